"""The `clary` command itself: its groups, its version, and what happens on a surprise."""

from __future__ import annotations

import sys
from io import TextIOWrapper
from types import TracebackType

import click

from clary.cli.frame import Group

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

    def invoke(self, context: click.Context) -> object:
        """Run a command; a surprise ends with one line instead of a traceback."""
        sys.excepthook = surprise
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        return super().invoke(context)


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
        "records": "clary.cli.records:records",
        "plan": "clary.cli.plan:plan",
        "runs": "clary.cli.runs:runs",
        "doctor": "clary.cli.doctor:doctor",
        "demo": "clary.cli.demo:demo",
    },
)
main = click.version_option(package_name="clary", message="%(prog)s %(version)s")(main)
