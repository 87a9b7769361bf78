"""What all commands have in common: options, errors, exit codes and where output goes.

Data goes to standard output and everything else to standard error; with --json the data
is one JSON document.  Colour and progress are for terminals only, and nothing is ever
asked where no person sits at one.
"""

from __future__ import annotations

import codecs
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from io import StringIO, TextIOWrapper
from typing import TYPE_CHECKING, TextIO, TypeVar

import click

from clary.kernel.errors import ClaryError, Finding, Severity
from clary.kernel.exit_codes import ExitCode

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.installation import Installation

F = TypeVar("F", bound=Callable[..., object])

PIPE_WIDTH = 400
"""Width of tables that go to a file or another program: no line is ever broken."""

PLAIN = {"─": "-", "…": "...", "→": "->"}
"""What stands in our texts for a sign that a stream's encoding lacks."""


class Face:
    """How one command talks: what it was asked for, and where its output goes.

    Attributes:
        json: one JSON document instead of text for people.
        debug: show the traceback of an error.
        yes: do not ask.
        interrupted: the run that a person has just interrupted, if one was at work.
    """

    def __init__(self, *, json: bool = False, debug: bool = False, yes: bool = False) -> None:
        self.json = json
        self.debug = debug
        self.yes = yes
        self.interrupted: str | None = None

    @contextmanager
    def installation(self) -> Iterator[Installation]:
        """Give the installation that the environment names, closed at the end."""
        from clary.hub.installation import Installation

        with Installation() as installation:
            try:
                yield installation
            except KeyboardInterrupt:
                from clary.hub.services.runs import newest_interrupted

                self.interrupted = newest_interrupted(installation)
                raise

    def answer(self, document: Mapping[str, object], show: Callable[[Console], None]) -> None:
        """Give a document out as JSON, or let `show` print it for people."""
        if self.json:
            write_json(document)
        elif sys.stdout.isatty():
            show(console(sys.stdout))
        else:
            plain = StringIO()
            show(console(plain))
            for line in plain.getvalue().splitlines():
                click.echo(line.rstrip())

    def answer_stream(
        self,
        head: Mapping[str, object],
        name: str,
        items: Iterable[Mapping[str, object]],
        *,
        counted: bool = False,
    ) -> int:
        """Write one JSON document whose list `name` may be of any length; return its length.

        The head comes first, so it cannot hold what is only known at the end; with
        `counted` the length follows the list as `count`.
        """
        out = sys.stdout
        opening = json_text(head)[:-1].rstrip()
        out.write(f"{opening},\n" if len(opening) > 1 else "{\n")
        out.write(f"  {json.dumps(name)}: [")
        count = 0
        for item in items:
            out.write(",\n    " if count else "\n    ")
            out.write(json.dumps(item, ensure_ascii=not speaks_unicode(out), default=str))
            count += 1
        out.write("\n  ]" if count else "]")
        out.write(f',\n  "count": {count}\n}}\n' if counted else "\n}\n")
        return count

    def note(self, text: str) -> None:
        """Tell the person something that is not data."""
        click.echo(text, err=True)

    def agree(self, question: str) -> None:
        """Ask a person to agree; where none sits at the terminal, the command itself does.

        Raises:
            click.Abort: the person does not agree.
        """
        if self.asks:
            click.confirm(question, abort=True, err=True)

    @property
    def asks(self) -> bool:
        """Tell whether a person sits at the terminal and wants to be asked."""
        return not (self.yes or self.json) and sys.stdin.isatty() and sys.stderr.isatty()


pass_face = click.make_pass_decorator(Face)


class Command(click.Command):
    """A command whose errors are told in our words and end with their exit code."""

    def invoke(self, context: click.Context) -> object:
        """Run the command with its own face."""
        values = context.params
        face = Face(
            json=bool(values.pop("json_output", False)),
            debug=bool(values.pop("debug", False)),
            yes=bool(values.pop("yes", False)),
        )
        context.obj = face
        if "NO_COLOR" in os.environ:
            context.color = False
        try:
            return super().invoke(context)
        except ClaryError as error:
            if face.debug:
                traceback.print_exc()
            report(error, json_output=face.json)
            status = error.exit_status
        except KeyboardInterrupt:
            onward = f" To go on: clary runs resume {face.interrupted}" if face.interrupted else ""
            click.echo(f"Interrupted.{onward}", err=True)
            status = ExitCode.INTERRUPTED
        raise click.exceptions.Exit(status)


class Group(click.Group):
    """A group whose commands are declared by name and imported when they are used."""

    def __init__(self, *args: object, lazy: Mapping[str, str] | None = None, **kw: object) -> None:
        """Make a group; `lazy` maps names to `module:attribute`."""
        super().__init__(*args, **kw)  # type: ignore[arg-type]  # the library checks its own
        self._lazy = dict(lazy or {})

    def list_commands(self, context: click.Context) -> list[str]:
        """Return the names of all commands, those not imported yet too, always in one order."""
        del context
        return [*(name for name in self.commands if name not in self._lazy), *self._lazy]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        """Return a command, importing it if need be."""
        if name not in self._lazy:
            return super().get_command(context, name)
        module, _, attribute = self._lazy[name].partition(":")
        found = getattr(__import__(module, fromlist=[attribute]), attribute)
        if not isinstance(found, click.Command):
            message = f"{self._lazy[name]} is no command"
            raise TypeError(message)
        return found


def common_options(*, writes: bool) -> list[click.Option]:
    """Return the options that every command has, and those of every writing one."""
    writing = [
        click.Option(["--dry-run"], is_flag=True, help="Show what would be done; change nothing."),
        click.Option(["--yes", "-y"], is_flag=True, help="Do not ask before going on."),
    ]
    return [
        *(writing if writes else []),
        click.Option(
            ["--json", "json_output"], is_flag=True, help="Print one JSON document for programs."
        ),
        click.Option(
            ["--debug"], is_flag=True, help="Show where in the program an error came from."
        ),
    ]


def command(
    group: click.Group,
    name: str,
    *,
    writes: bool = False,
    cls: type[Command] = Command,
    context_settings: Mapping[str, object] | None = None,
) -> Callable[[F], Command]:
    """Make a function a command of `group`, with the options that every command has.

    The function's docstring is the help, its first line the summary.
    """

    def decorate(function: F) -> Command:
        made = click.command(name, cls=cls, context_settings=dict(context_settings or {}))(
            pass_face(function)
        )
        made.params.extend(common_options(writes=writes))
        group.add_command(made, name)
        return made

    return decorate


def console(file: TextIO) -> Console:
    """Return a console for text that people read."""
    from rich.console import Console

    width = None if file.isatty() else PIPE_WIDTH
    return Console(file=file, width=width, highlight=False, emoji=False, soft_wrap=False)


def write_plainly() -> None:
    """Let both output streams take every character: what they cannot encode is replaced."""
    codecs.register_error(write_plainly.__name__, _plain)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=write_plainly.__name__)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Return the plain sign for one of ours, else the character's number."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    found = PLAIN.get(character) or character.encode("ascii", "backslashreplace").decode("ascii")
    return found, error.start + 1


def speaks_unicode(file: TextIO) -> bool:
    """Tell whether a stream can take every character."""
    return (file.encoding or "ascii").replace("-", "").lower().startswith("utf")


def json_text(document: Mapping[str, object]) -> str:
    """Return a document as JSON; dates, moments and amounts become text."""
    ascii_only = not speaks_unicode(sys.stdout)
    return json.dumps(document, indent=2, ensure_ascii=ascii_only, default=str)


def write_json(document: Mapping[str, object]) -> None:
    """Print one JSON document."""
    click.echo(json_text(document))


def as_json(findings: Iterable[Finding]) -> list[dict[str, str | None]]:
    """Return findings as JSON-ready values."""
    return [finding.as_dict() for finding in findings]


def report(error: ClaryError, *, json_output: bool) -> None:
    """Tell all that led to an error, on standard error."""
    if json_output:
        findings = as_json(error.findings)
        document = {"error": {**findings[0], "exit_code": error.exit_status, "findings": findings}}
        click.echo(json.dumps(document, indent=2), err=True)
        return
    for finding in error.findings:
        tell(finding)


def tell(finding: Finding) -> None:
    """Print one finding for a person: the sentence, where, the code, and what to do."""
    wrong = finding.severity is Severity.ERROR
    title = click.style("Error:", fg="red", bold=True) if wrong else click.style("Note:", bold=True)
    click.echo(f"{title} {finding.message}", err=True)
    places = [finding.record, f"field {finding.field}" if finding.field else None]
    where = ", ".join(place for place in places if place)
    for label, text in (("where", where), ("do", finding.remedy), ("code", finding.code)):
        if text:
            click.echo(f"  {click.style(f'{label:<6}', dim=True)}{text}", err=True)


def example(*lines: str) -> Callable[[F], F]:
    """Add an example to the help of a command; its lines are never re-wrapped."""

    def decorate(function: F) -> F:
        shown = "".join(f"      {line}\n" for line in lines)
        function.__doc__ = f"{(function.__doc__ or '').rstrip()}\n\n    \b\n    Example:\n{shown}"
        return function

    return decorate
