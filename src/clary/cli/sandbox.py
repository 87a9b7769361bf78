"""`clary sandbox`: companies to try things on, the person at Sage, and misbehaviour."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

import click

from clary.cli.arguments import DAY, EDITION, company_argument, edition_of
from clary.cli.frame import Command, Face, Group, command, example

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.sandbox import FaultsAnswer, SandboxAnswer


@click.group(cls=Group, lazy={"serve": "clary.cli.serving:serve"})
def sandbox() -> None:
    """Make companies to try things on; play the person at Sage."""


class ReleaseType(click.ParamType[int]):
    """A release year (US) or version (UK); `later` is the newest."""

    name = "release"

    def convert(
        self,
        value: str | int,
        parameter: click.Parameter | None,
        context: click.Context | None,
    ) -> int:
        """Return the number; 0 stands for the newest."""
        if isinstance(value, int):
            return value
        if value.casefold() in {"later", "latest"}:
            return 0
        if not (value.isascii() and value.isdecimal()):
            self.fail(f"{value!r} is neither a year, a version nor `later`.", parameter, context)
        return int(value)


@command(sandbox, "create", writes=True)
@click.argument("name")
@click.option("--edition", type=EDITION, required=True, help="Sage 50 US or UK.")
@click.option(
    "--seed",
    type=click.Choice(["empty", "demo"]),
    default="empty",
    show_default=True,
    help="Start empty, or with a business of two years.",
)
@click.option("--release", type=ReleaseType(), help="Year (US) or version (UK) it follows.")
@click.option("--tier", help="Product, such as pro, premium or quantum.")
@click.option(
    "--users",
    type=click.Choice(["single", "multi"]),
    default="single",
    show_default=True,
    help="How many people can work in it at once.",
)
@click.option("--title", help="What its books call the company (default: NAME).")
@click.option("--fiscal-year-start", type=DAY, help="First day of the first fiscal year.")
@example("clary sandbox create try --edition us --seed demo")
def create(
    face: Face,
    name: str,
    *,
    edition: str,
    seed: str,
    release: int | None,
    tier: str | None,
    users: str,
    title: str | None,
    fiscal_year_start: date | None,
    dry_run: bool,
) -> None:
    """Make a company to try things on.

    It follows Sage 50's rules, lives in one file in the folder of the installation and
    is connected under the name NAME at once.
    """
    from clary.hub.services.sandbox import NewSandbox, create_sandbox

    wanted = NewSandbox(
        name=name,
        edition=edition_of(edition) or "us",
        seed=seed,
        release=release or None,
        tier=tier,
        users=users,
        title=title,
        fiscal_year_start=fiscal_year_start,
    )
    with face.installation() as installation:
        connection, answer = create_sandbox(installation, wanted, dry_run=dry_run)
    document: dict[str, object] = {**answer.as_dict()}
    document["connection"] = connection.as_dict() if connection else None
    face.answer(document, lambda out: _show(out, answer))


def _show(out: Console, answer: SandboxAnswer) -> None:
    from clary.cli.show import show_facts

    out.print(answer.message, markup=False)
    show_facts(out, [("File", str(answer.file))])


class ActCommand(Command):
    """The act command; its help ends with what the person at Sage can do."""

    def format_epilog(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of acts."""
        from clary.companies.sandbox.acts import ACTS

        with formatter.section("Acts"):
            formatter.write_dl([(act.usage, act.help) for act in ACTS.values()])


class FaultCommand(Command):
    """The fault command; its help ends with the faults there are."""

    def format_epilog(self, _context: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of faults."""
        from clary.companies.sandbox.faults import FAULTS

        with formatter.section("Faults"):
            formatter.write_dl([(name, fault.help) for name, fault in FAULTS.items()])


@command(
    sandbox,
    "act",
    writes=True,
    cls=ActCommand,
    context_settings={"ignore_unknown_options": True},
)
@company_argument
@click.argument("act")
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGUMENTS]...")
@example("clary sandbox act try open-sage --user PERSON")
def act(face: Face, company: str, act: str, arguments: tuple[str, ...], dry_run: bool) -> None:
    """Do what the person at Sage would do.

    For example open the program, grant access, or take a payment by hand.
    """
    from clary.hub.services.sandbox import act_at_sage

    words, options = split_options(arguments)
    with face.installation() as installation:
        answer = act_at_sage(installation, company, act, words, options, dry_run=dry_run)
    face.answer(answer.as_dict(), lambda out: out.print(answer.message, markup=False))


@command(sandbox, "fault", writes=True, cls=FaultCommand)
@company_argument
@click.argument("kind", required=False)
@click.option("--list", "listing", is_flag=True, help="List the faults that wait to strike.")
@click.option("--times", type=click.IntRange(1, 1000), default=1, help="How often (default: once).")
@click.option(
    "--on",
    type=click.Choice(["write", "connect", "read"]),
    help="What it strikes on (default: what suits the fault).",
)
@example(
    "clary sandbox fault try busy --times 2",
    "clary sandbox fault try --list",
    "clary sandbox fault try none",
)
def fault(
    face: Face,
    company: str,
    *,
    kind: str | None,
    listing: bool,
    times: int,
    on: str | None,
    dry_run: bool,
) -> None:
    """Make a company misbehave, to see what happens.

    The kind `none` ends all faults.
    """
    from clary.hub.services.sandbox import armed_faults, make_fault

    if listing == (kind is not None):
        message = "State either a KIND of fault or --list."
        raise click.UsageError(message)
    with face.installation() as installation:
        if kind is None:
            armed = armed_faults(installation, company)
            face.answer(armed.as_dict(), lambda out: _show_faults(out, armed))
            return
        answer = make_fault(installation, company, kind, times=times, on=on, dry_run=dry_run)
    face.answer(answer.as_dict(), lambda out: out.print(answer.message, markup=False))


def _show_faults(out: Console, armed: FaultsAnswer) -> None:
    from clary.cli.show import show_table

    if not armed.faults:
        out.print("No fault is armed.")
        return
    rows = [(each.kind, each.on, str(each.times)) for each in armed.faults]
    show_table(out, ("Fault", "Strikes on", ">Times left"), rows)


def split_options(arguments: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the plain words of an act, and its options `--name value` or `--name=value`.

    Raises:
        click.UsageError: an option has no value.
    """
    words: list[str] = []
    options: dict[str, str] = {}
    waiting: str | None = None
    for argument in arguments:
        if waiting is not None:
            options[waiting], waiting = argument, None
        elif argument.startswith("--"):
            name, equals, value = argument.removeprefix("--").partition("=")
            if equals:
                options[name] = value
            else:
                waiting = name
        else:
            words.append(argument)
    if waiting is not None:
        message = f"Option '--{waiting}' requires an argument."
        raise click.UsageError(message)
    return words, options
