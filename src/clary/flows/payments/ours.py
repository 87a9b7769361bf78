"""Which payments in ConnectWise Clary made: those that the journal says it made.

ConnectWise keeps no reference of ours with a payment, so that nothing there tells them
apart.  A payment that no row of the journal accounts for is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Table, and_, exists, select

from clary.apps.connectwise.payment_target import RECORD_TYPE
from clary.engine.codec import body_from, mapping_from
from clary.engine.journal import JournalState, in_pages
from clary.engine.runs import UNFINISHED
from clary.engine.tables import JOURNAL, OUTCOMES, PLAN_CHANGES, PLANS, PROPERTIES, RUNS
from clary.kernel.change import Action
from clary.store import Database

_GONE: Final = (
    JournalState.CONFIRMED.value,
    JournalState.SKIPPED.value,
    JournalState.UNDONE.value,
)
"""States of a deletion after which the payment is not there."""

TRACKED: Final = "clary.payment_of"
"""Tracked property of every change of a payment: site and id of its invoice."""


def mark(site: str, invoice: int) -> str:
    """Return the value of the tracked property for an invoice."""
    return f"{site}/{invoice}"


Ours = Mapping[int, str | None]
"""Payments by id, each with the day that the site gave it by itself, where Clary stated none."""


def payments_of_ours(database: Database, site: str, invoices: Iterable[int]) -> dict[int, Ours]:
    """Return the payments that Clary made of each of these invoices."""
    marks = {mark(site, invoice): invoice for invoice in invoices}
    found: dict[int, dict[int, str | None]] = {invoice: {} for invoice in marks.values()}
    for some in in_pages(marks):
        query: Select[Any] = (
            select(
                *(PROPERTIES.c.value, JOURNAL.c.key, JOURNAL.c.action, JOURNAL.c.state),
                *(PLAN_CHANGES.c.content, OUTCOMES.c.body),
            )
            .join(JOURNAL, _same_change(JOURNAL, PROPERTIES))
            .join(PLAN_CHANGES, _same_change(PLAN_CHANGES, PROPERTIES), isouter=True)
            .join(OUTCOMES, _same_change(OUTCOMES, PROPERTIES), isouter=True)
            .where(
                PROPERTIES.c.name == TRACKED,
                PROPERTIES.c.value.in_(some),
                JOURNAL.c.record_type == RECORD_TYPE,
                JOURNAL.c.key.is_not(None),
            )
            .order_by(JOURNAL.c.plan, JOURNAL.c.number)
        )
        with database.read() as connection:
            for row in connection.execute(query):
                _note(found[marks[row.value]], int(row.key.partition("/")[2]), row)
    return dict(found)


def _same_change(one: Table, other: Table) -> ColumnElement[bool]:
    return and_(one.c.plan == other.c.plan, one.c.number == other.c.number)


def _note(ours: dict[int, str | None], payment: int, row: Row[Any]) -> None:
    """Note what a row of the journal says of a payment."""
    if row.action == Action.DELETE.value and row.state in _GONE:
        ours.pop(payment, None)
    elif row.state == JournalState.CONFIRMED.value and (
        row.action == Action.CREATE.value or payment in ours
    ):
        stated = (mapping_from(row.content) if row.content else {}).get("after") or {}
        if "date" in stated:
            given = (body_from(row.body) or {}).get("date")
            ours[payment] = None if stated["date"] or given is None else str(given)
        else:
            ours.setdefault(payment, None)


def unfinished_run(database: Database, identity: str, app: str) -> str | None:
    """Return the oldest run of a company that has not finished writing payments, if any."""
    changes = exists().where(
        PLAN_CHANGES.c.plan == PLANS.c.serial,
        PLAN_CHANGES.c.system == app,
        PLAN_CHANGES.c.record_type == RECORD_TYPE,
    )
    query = (
        select(RUNS.c.id)
        .join(PLANS, PLANS.c.run == RUNS.c.serial)
        .where(
            RUNS.c.identity == identity,
            RUNS.c.state.in_([state.value for state in UNFINISHED]),
            changes,
        )
        .order_by(RUNS.c.serial)
        .limit(1)
    )
    with database.read() as connection:
        return connection.execute(query).scalar_one_or_none()
