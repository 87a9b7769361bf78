"""`clary audit`: who did what, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import islice
from typing import TYPE_CHECKING

import click

from clary.cli.arguments import COMPANY, DAY
from clary.cli.frame import Face, Group, command, example

if TYPE_CHECKING:
    from rich.console import Console

    from clary.hub.trail import AuditRow

DETAIL_LENGTH = 80


@click.group(cls=Group)
def audit() -> None:
    """Read the audit trail: who did what, and when."""


@command(audit, "list")
@click.option("--company", type=COMPANY, help="Only what concerns this company or app.")
@click.option("--user", help='Only what this user did; "key NAME" for an API key.')
@click.option("--since", type=DAY, help="Only what was done on this day or later, in UTC.")
@click.option(
    "--limit",
    type=click.IntRange(0),
    default=50,
    show_default=True,
    help="How many, the newest first; 0 shows them all.",
)
@example("clary audit list --company try --since 2026-01-31")
def list_(
    face: Face, company: str | None, user: str | None, since: date | None, limit: int
) -> None:
    """List what was done, the newest first.

    `clary doctor` verifies that nobody has changed the trail.
    """
    from clary.hub.services.auditing import audit_rows

    start = None if since is None else datetime.combine(since, time(), UTC)
    with face.installation() as installation:
        rows = audit_rows(installation, company, user, start, limit=limit or None)
        if face.json:
            face.answer_stream({}, "entries", (row.as_dict() for row in rows))
            return
        face.answer({}, lambda out: _show(out, face, islice(rows, limit or None)))


def _show(out: Console, face: Face, rows: islice[AuditRow]) -> None:
    from clary.cli.show import show_table

    shown = [
        (
            str(row.id),
            f"{datetime.fromisoformat(row.time):%Y-%m-%d %H:%M}",
            row.actor,
            row.what,
            row.company or "",
            row.run or row.record or "",
            _details(row),
        )
        for row in rows
    ]
    if not shown:
        face.note("There is no such entry.")
        return
    columns = (">No", "=When (UTC)", "Who", "What", "Company", "Record", "Details")
    show_table(out, columns, shown)


def _details(row: AuditRow) -> str:
    """Return what changed, shortly; the whole of it is in the JSON document."""
    old, new = row.old or {}, row.new or {}
    changed = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    parts = [
        f"{name}: {old[name]} -> {new.get(name)}" if name in old else f"{name}: {new[name]}"
        for name in changed
        if name in old or new[name] not in (None, 0, [], {})
    ]
    text = ", ".join(parts)
    return text if len(text) <= DETAIL_LENGTH else f"{text[: DETAIL_LENGTH - 1]}…"
