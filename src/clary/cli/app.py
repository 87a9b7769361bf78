"""`clary app`: the other systems that are connected, and whether they can be worked with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from click.shell_completion import CompletionItem

from clary.cli.arguments import COMPANY, connections_offered
from clary.cli.frame import Face, Group, command, example
from clary.cli.stating import asked, settings_options, unset_option

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.services.apps import AppAnswer, AppChecks


class AppType(click.ParamType[str]):
    """The name of a connected app."""

    name = "app"

    def shell_complete(
        self, _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the connected apps."""
        from clary.hub.services.apps import list_apps

        return connections_offered(list_apps, incomplete)


class KindType(click.ParamType[str]):
    """A kind of app."""

    name = "kind"

    def shell_complete(
        self, _context: click.Context, _parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Offer the kinds of apps."""
        from clary.hub.apps import APPS

        return [
            CompletionItem(kind.name, help=kind.meaning)
            for kind in APPS.values()
            if kind.name.startswith(incomplete)
        ]


_STYLES = {"ok": "green", "warning": "yellow", "failed": "red"}

APP = AppType()
KIND = KindType()
app_argument = click.argument("name", type=APP, metavar="NAME")


@click.group(cls=Group)
def app() -> None:
    """Connect other systems, such as ConnectWise, and test them."""


@command(app, "add", writes=True)
@click.argument("name")
@click.option("--kind", type=KIND, required=True, help="What kind of system it is.")
@settings_options("site=na.myconnectwise.net", "private_key")
@example(
    "clary app add cw --kind connectwise --set site=na.myconnectwise.net \\",
    "    --set company=acme --set client_id=GUID --set public_key=KEY --secret private_key",
)
def add(
    face: Face,
    name: str,
    kind: str,
    settings: tuple[tuple[str, str], ...],
    secrets: tuple[str, ...],
    dry_run: bool,
) -> None:
    """Connect another system under a name.

    It is logged on to first, and the connection is tied to the company there that
    answers: if the settings later lead to another one, they are refused.
    """
    from clary.hub.services.apps import add_app

    with face.installation() as installation:
        answer = add_app(installation, name, kind, asked(settings, secrets), dry_run=dry_run)
    said = "Would connect" if dry_run else "Connected"
    face.answer(answer.as_dict(), lambda out: _show_app(out, said, answer))


@command(app, "set", writes=True)
@app_argument
@settings_options("site=na.myconnectwise.net", "private_key")
@unset_option
@click.option("--relink", is_flag=True, help="Tie the connection to where it leads now.")
@example("clary app set cw --set account_delimiter=colon --secret private_key")
def change(
    face: Face,
    name: str,
    settings: tuple[tuple[str, str], ...],
    secrets: tuple[str, ...],
    removed: tuple[str, ...],
    relink: bool,
    dry_run: bool,
) -> None:
    """Change the settings of a connected system."""
    from clary.hub.services.apps import change_app

    wanted = asked(settings, secrets, removed)
    with face.installation() as installation:
        answer = change_app(installation, name, wanted, relink=relink, dry_run=dry_run)
    said = "Would change" if dry_run else "Changed"
    face.answer(answer.as_dict(), lambda out: _show_app(out, said, answer))


@command(app, "remove", writes=True)
@app_argument
@example("clary app remove cw")
def remove(face: Face, name: str, dry_run: bool) -> None:
    """Forget a connected system, which stays as it is.

    Its keys are forgotten too. Plans, runs and batches are kept: they say what was done.
    """
    from clary.hub.services.apps import remove_app

    with face.installation() as installation:
        if not dry_run:
            face.agree(f"Forget the connection {name}?")
        answer = remove_app(installation, name, dry_run=dry_run)
    said = "Would forget" if dry_run else "Forgot"
    face.answer(
        answer.as_dict(), lambda out: out.print(f"{said} {answer.connection.name}.", markup=False)
    )


@command(app, "list")
@example("clary app list")
def list_(face: Face) -> None:
    """List the connected systems."""
    from clary.cli.show import show_table
    from clary.hub.services.apps import list_apps

    with face.installation() as installation:
        answers = list_apps(installation)

    def show(out: Console) -> None:
        if not answers:
            face.note("No app is connected yet. See: clary app add --help")
            return
        rows = [
            (answer.connection.name, answer.connection.doors[0].driver, answer.connection.title)
            for answer in answers
        ]
        show_table(out, ("Name", "Kind", "What it leads to"), rows)

    face.answer({"apps": [answer.as_dict() for answer in answers]}, show)


@command(app, "test")
@app_argument
@click.option(
    "--company",
    type=COMPANY,
    help="The company that is posted into: its account numbers are looked at, too.",
)
@example("clary app test cw")
def test(face: Face, name: str, company: str | None) -> None:
    """Check that a system is set up as posting needs it.

    Logs on, and looks at the member's rights, the accounting package, the GL accounts, and
    at records that lack a number. Each line is ok, or says what to change and where.
    """
    from clary.hub.services.apps import check_app

    with face.installation() as installation:
        checks = check_app(installation, name, company)
    face.answer(checks.as_dict(), lambda out: _show_checks(out, checks))
    click.get_current_context().exit(checks.exit_status)


def _show_app(out: Console, said: str, answer: AppAnswer) -> None:
    from clary.cli.show import show_facts

    connection = answer.connection
    out.print(f"{said} {connection.name}.", markup=False)
    settings = answer.as_dict()["settings"]
    stated = settings.items() if isinstance(settings, dict) else ()
    show_facts(
        out,
        [
            ("Kind", connection.doors[0].driver),
            ("Leads to", connection.title),
            ("Answers", answer.greeting),
            ("Settings", ", ".join(f"{name}={value}" for name, value in stated)),
        ],
    )


def _show_checks(out: Console, checks: AppChecks) -> None:
    from rich.text import Text

    from clary.cli.show import counted, new_table

    table = new_table("Check", "=State", "Found")
    for line in checks.lines:
        state = Text(line.state, style=_STYLES[line.state])
        table.add_row(Text(line.name), state, Text(line.found))
    out.print(table)
    remedies = [(line.name, line.remedy) for line in checks.lines if line.remedy]
    if remedies:
        out.print("\n[bold]What to change, and where[/bold]")
    for name, remedy in remedies:
        out.print(Text.assemble((f"{name}: ", "bold"), remedy), soft_wrap=True)
    out.print()
    wrong = sum(line.state == "failed" for line in checks.lines)
    doubts = sum(line.state == "warning" for line in checks.lines)
    told = [counted(wrong, "check") + " failed"] if wrong else []
    told += [counted(doubts, "warning")] if doubts else []
    out.print(f"{', '.join(told)}." if told else "Everything is in order.")
