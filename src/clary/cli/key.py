"""`clary key`: keys with which programs use the API."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

import click

from clary.cli.arguments import COMPANY, DAY
from clary.cli.frame import Face, Group, command, example
from clary.cli.user import ROLES

if TYPE_CHECKING:
    from rich.console import Console


@click.group(cls=Group)
def key() -> None:
    """Make and revoke the keys with which programs use the API."""


@command(key, "add", writes=True)
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(ROLES),
    default="operator",
    show_default=True,
    help="What the program may do.",
)
@click.option(
    "--company",
    "companies",
    multiple=True,
    type=COMPANY,
    metavar="COMPANY",
    help="Only this company. May be given many times (default: all companies).",
)
@click.option("--expires", type=DAY, help="Last day on which it works, in UTC (default: never).")
@example("clary key add webshop --company try --expires 2030-12-31")
def add(
    face: Face,
    name: str,
    role: str,
    companies: tuple[str, ...],
    expires: date | None,
    dry_run: bool,
) -> None:
    """Make a key, and show it once.

    Keep it where the program finds it and nobody else does: it cannot be shown again.
    """
    from clary.hub.access import Role
    from clary.hub.services.keys import add_key

    ends = None
    if expires is not None:
        ends = datetime.combine(expires, time(), UTC) + timedelta(days=1)
    with face.installation() as installation:
        answer = add_key(installation, name, Role(role), companies or None, ends, dry_run=dry_run)

    def show(out: Console) -> None:
        if answer.key is None:
            out.print(f"Would make the key {answer.name}.", markup=False)
            return
        out.print(answer.key, markup=False)
        face.note("Keep this key now: it is not shown again.")

    face.answer({"name": answer.name, "key": answer.key}, show)


@command(key, "list")
@click.option("--revoked", is_flag=True, help="List those that were revoked, too.")
@example("clary key list")
def list_(face: Face, revoked: bool) -> None:
    """List the keys; none of them is shown whole."""
    from clary.cli.show import show_table
    from clary.hub.services.keys import MARK, list_keys

    with face.installation() as installation:
        answers = list_keys(installation, revoked=revoked)
        now = installation.clock.now()

    def when(moment: datetime | None, none: str) -> str:
        return f"{moment:%Y-%m-%d %H:%M}" if moment else none

    def show(out: Console) -> None:
        if not answers:
            face.note("There is no key yet. Try: clary key add NAME")
            return
        rows = [
            (
                each.name,
                f"{MARK}_{each.public}_…",
                each.role.value,
                "all companies" if each.companies is None else ", ".join(each.companies),
                when(each.used_at, "never"),
                when(each.expires_at, "never"),
                "in force" if each.is_in_force(now) else "ended",
            )
            for each in answers
        ]
        columns = ("Name", "=Key", "Role", "For", "=Used (UTC)", "=Ends (UTC)", "State")
        show_table(out, columns, rows)

    face.answer({"keys": [each.as_dict() for each in answers]}, show)


@command(key, "revoke", writes=True)
@click.argument("name")
@example("clary key revoke webshop")
def revoke(face: Face, name: str, dry_run: bool) -> None:
    """Revoke a key; the next request with it is refused."""
    from clary.hub.services.keys import revoke_key

    with face.installation() as installation:
        if not dry_run:
            face.agree(f"Revoke the key {name}?")
        answer = revoke_key(installation, name, dry_run=dry_run)
    said = "Would revoke" if dry_run else "Revoked"
    sentence = f"{said} the key {answer.name}."
    face.answer(answer.as_dict(), lambda out: out.print(sentence, markup=False))
