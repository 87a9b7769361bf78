"""Which payments in ConnectWise Clary made: those that the journal says it made.

ConnectWise keeps no reference of ours with a payment, so that nothing there tells them
apart.  A payment that no row of the journal accounts for is somebody else's.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import exists, select

from clary.apps.connectwise.payment_target import RECORD_TYPE
from clary.engine.journal import JournalState, in_pages
from clary.engine.runs import UNFINISHED
from clary.engine.tables import JOURNAL, PLAN_CHANGES, PLANS, PROPERTIES, RUNS
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


def payments_of_ours(
    database: Database, site: str, invoices: Iterable[int]
) -> dict[int, frozenset[int]]:
    """Return the ids of the payments that Clary made of each of these invoices."""
    marks = {mark(site, invoice): invoice for invoice in invoices}
    found: dict[int, set[int]] = {invoice: set() for invoice in marks.values()}
    for some in in_pages(marks):
        query = (
            select(PROPERTIES.c.value, JOURNAL.c.key, JOURNAL.c.action, JOURNAL.c.state)
            .join(
                JOURNAL,
                (JOURNAL.c.plan == PROPERTIES.c.plan) & (JOURNAL.c.number == PROPERTIES.c.number),
            )
            .where(
                PROPERTIES.c.name == TRACKED,
                PROPERTIES.c.value.in_(some),
                JOURNAL.c.record_type == RECORD_TYPE,
                JOURNAL.c.key.is_not(None),
            )
            .order_by(JOURNAL.c.plan, JOURNAL.c.number)
        )
        with database.read() as connection:
            for value, key, action, state in connection.execute(query):
                _note(found[marks[value]], int(key.partition("/")[2]), action, state)
    return {invoice: frozenset(ids) for invoice, ids in found.items()}


def _note(ours: set[int], payment: int, action: str, state: str) -> None:
    """Note what a row of the journal says of a payment."""
    if action == Action.DELETE.value and state in _GONE:
        ours.discard(payment)
    elif action == Action.CREATE.value and state == JournalState.CONFIRMED.value:
        ours.add(payment)


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
