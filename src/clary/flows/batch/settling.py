"""How the documents of a batch stand, as the journal tells it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection, and_, select

from clary.engine.journal import JournalState
from clary.engine.tables import JOURNAL, PLANS, PROPERTIES
from clary.flows.batch.copies import BatchDocument, Standing

ACCEPTED: Final = "clary.accepted"
"""Tracked of a document that a person found in the books, entered by hand: its id."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the journal says of a document.

    Attributes:
        state: state of the row that counts.
        key: key of the record.
        plan: number of the plan that the row is of; a later one has a higher one.
        was_undone: an earlier posting was taken back.
        is_by_hand: a person said that the record is it, which somebody entered by hand.
    """

    state: JournalState
    key: str | None
    plan: int
    was_undone: bool = False
    is_by_hand: bool = False


def mark(document: BatchDocument) -> tuple[str | None, str | None]:
    """Return what the journal knows a document by."""
    return document.record_type, document.origin


def known_of(
    connection: Connection, identity: str, company: str, documents: Sequence[BatchDocument]
) -> dict[tuple[str | None, str | None], Known]:
    """Return the row about each document that counts: the newest of those that tell most."""
    origins = {each.origin for each in documents if each.origin is not None}
    columns = JOURNAL.c
    query = (
        select(columns.origin, columns.record_type, columns.state, columns.key, columns.plan)
        .join(PLANS, PLANS.c.serial == JOURNAL.c.plan)
        .where(
            JOURNAL.c.origin.in_(origins),
            JOURNAL.c.system == company,
            PLANS.c.identity == identity,
        )
        .order_by(JOURNAL.c.attempt, JOURNAL.c.plan, JOURNAL.c.number)
    )
    found: dict[tuple[str | None, str | None], Known] = {}
    for origin, record_type, stated, key, plan in connection.execute(query):
        state = JournalState(stated)
        earlier = found.get((record_type, origin))
        undone = state is JournalState.UNDONE or (earlier is not None and earlier.was_undone)
        if earlier is None or _weight(state) >= _weight(earlier.state):
            found[record_type, origin] = Known(state, key, plan, undone)
        else:
            found[record_type, origin] = replace(earlier, was_undone=undone)
    entered = _accepted(connection, identity, company, documents)
    for each in documents:
        known, by_hand = found.get(mark(each)), entered.get(each.source)
        if known is not None and by_hand is not None and by_hand.plan > known.plan:
            found[mark(each)] = by_hand
    return found


def _accepted(
    connection: Connection, identity: str, company: str, documents: Sequence[BatchDocument]
) -> dict[str, Known]:
    """Return what somebody entered by hand and a person accepted since, by the document's id."""
    query = (
        select(PROPERTIES.c.value, JOURNAL.c.key, JOURNAL.c.plan)
        .join(
            JOURNAL,
            and_(JOURNAL.c.plan == PROPERTIES.c.plan, JOURNAL.c.number == PROPERTIES.c.number),
        )
        .join(PLANS, PLANS.c.serial == JOURNAL.c.plan)
        .where(
            PROPERTIES.c.name == ACCEPTED,
            PROPERTIES.c.value.in_([each.source for each in documents]),
            JOURNAL.c.state == JournalState.SKIPPED.value,
            JOURNAL.c.system == company,
            PLANS.c.identity == identity,
        )
        .order_by(JOURNAL.c.plan)
    )
    return {
        source: Known(JournalState.SKIPPED, key, plan, is_by_hand=True)
        for source, key, plan in connection.execute(query)
    }


def _weight(state: JournalState) -> int:
    """Return how much a row of the journal tells of its document.

    What was never written tells nothing, and that it was found there less than that it
    was written or taken back.
    """
    if state in _NEVER_WRITTEN:
        return 0
    return 1 if state is JournalState.SKIPPED else 2


_NEVER_WRITTEN = frozenset({JournalState.REJECTED, JournalState.FAILED, JournalState.PLANNED})
_IN_BOOKS = frozenset({JournalState.CONFIRMED, JournalState.SKIPPED})


def settled(document: BatchDocument, known: Known | None, held: frozenset[int]) -> BatchDocument:
    """Return a document as it stands now.

    Args:
        document: the document as our copy has it.
        known: what the journal says of it.
        held: GL ids that its batch holds.
    """
    is_held = bool(document.gl_ids) and held.issuperset(document.gl_ids)
    if known is not None and known.is_by_hand:
        document = replace(document, origin=None, key=known.key)
    if document.origin is None:
        return replace(document, state=Standing.HANDLED if is_held else Standing.LEFT)
    if known is None:
        return replace(document, state=Standing.HANDLED if is_held else Standing.WAITING)
    key = known.key or document.key
    if known.state in _IN_BOOKS and is_held:
        return replace(document, key=key, state=Standing.POSTED)
    if known.was_undone and (known.state is JournalState.UNDONE or not is_held):
        return replace(document, state=Standing.TAKEN_BACK)
    if known.state in _IN_BOOKS:
        return replace(document, key=key, state=Standing.UNBATCHED)
    return replace(document, state=Standing.WAITING if known.state.open else Standing.LEFT)
