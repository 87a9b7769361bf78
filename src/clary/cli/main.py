"""The `clary` command itself: its groups, its version, and what happens on a surprise."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType

import click

from clary.cli.frame import Group, write_plainly
from clary.kernel.exit_codes import MEANINGS, ExitCode

HELP = """Moves data in and out of Sage 50 company books: plan first, then apply.

COMPANY in all commands is the name of a company that was added (`clary company list`), or
sandbox:FILE for any sandbox company file.

\b
Start with a company to try things on:
  clary sandbox create try --edition us --seed demo
  clary records query try customer --where "balance > 1000"
"""


class Root(Group):
    """The outermost command."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: object,
    ) -> click.Context:
        """Read the command line; help and version are told here."""
        write_plainly()
        with readers_may_leave():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, context: click.Context) -> object:
        """Run a command; a surprise ends with one line instead of a traceback."""
        sys.excepthook = surprise
        with readers_may_leave():
            return super().invoke(context)

    def format_epilog(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the exit codes."""
        with formatter.section("Exit codes"):
            formatter.write_dl([(str(code), meaning) for code, meaning in MEANINGS.items()])


@contextmanager
def readers_may_leave() -> Iterator[None]:
    """End quietly, with a code of its own, once nobody reads what the command prints.

    Raises:
        click.exceptions.Exit: the reader has gone (141, as of a program that the system stops).
    """
    try:
        try:
            yield
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered goes nowhere, or the interpreter would complain at its end.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        for stream in (sys.stdout, sys.stderr):
            os.dup2(nowhere, stream.fileno())
        raise click.exceptions.Exit(ExitCode.READER_GONE) from None


def surprise(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Tell of an error that no part of the program foresaw."""
    if "--debug" in sys.argv:
        sys.__excepthook__(kind, error, trace)
    click.echo(f"Error: Clary itself failed ({kind.__name__}: {error}).", err=True)
    click.echo("  do    Run it again with --debug and report what it shows.", err=True)


main = Root(
    name="clary",
    help=HELP,
    context_settings={
        "help_option_names": ["-h", "--help"],
        "max_content_width": 96,
        "auto_envvar_prefix": "CLARY",
    },
    lazy={
        "sandbox": "clary.cli.sandbox:sandbox",
        "company": "clary.cli.company:company",
        "app": "clary.cli.app:app",
        "records": "clary.cli.records:records",
        "batch": "clary.cli.batch:batch",
        "payments": "clary.cli.payments:payments",
        "plan": "clary.cli.plan:plan",
        "work": "clary.cli.work:work",
        "schedule": "clary.cli.schedule:schedule",
        "runs": "clary.cli.runs:runs",
        "user": "clary.cli.user:user",
        "key": "clary.cli.key:key",
        "setting": "clary.cli.setting:setting",
        "notify": "clary.cli.notify:notify",
        "audit": "clary.cli.audit:audit",
        "backup": "clary.cli.backup:backup",
        "restore": "clary.cli.backup:restore",
        "doctor": "clary.cli.doctor:doctor",
        "serve": "clary.cli.serve:serve",
        "worker": "clary.cli.serve:worker",
        "demo": "clary.cli.demo:demo",
    },
)
main = click.version_option(package_name="clary", message="%(prog)s %(version)s")(main)
