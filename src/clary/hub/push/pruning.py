"""Removes what the push API need not keep.

That is: documents that were written long ago, messages that were delivered or given up, and
refreshes that newer ones have followed.  Operations themselves are kept for ever, as outcomes
are: what was pushed, when, and what became of it.  Their documents are bodies, and go when
those of plans go.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypeAlias

from sqlalchemy import Delete, Select, Update, delete, exists, select, update

from clary.hub.push.tables import PUSH_DATASET, PUSH_DELIVERY, PUSH_OPERATION
from clary.kernel.clock import timestamp
from clary.store.database import Database

Change: TypeAlias = Delete | Update

MESSAGES_KEPT: Final = timedelta(days=30)
"""How long messages and refreshes are kept that have ended."""

AT_ONCE: Final = 500
"""Most rows of a kind that are removed in one transaction, so that nobody waits for long."""

_SCOPE: Final = "push pruning"


def prune_pushes(database: Database, now: datetime, retention: timedelta | None) -> int:
    """Remove what is past its time; return how many rows were removed or emptied.

    Args:
        database: where it is stored.
        now: the present moment, aware.
        retention: how long bodies are kept; none is for ever.
    """
    before = timestamp(now - MESSAGES_KEPT)
    changes: list[Change] = [
        delete(PUSH_DELIVERY).where(PUSH_DELIVERY.c.id.in_(_delivered(before))),
        delete(PUSH_DATASET).where(PUSH_DATASET.c.id.in_(_followed(before))),
    ]
    if retention is not None:
        written = PUSH_OPERATION.c.key.in_(_written(timestamp(now - retention)))
        changes.append(update(PUSH_OPERATION).where(written).values(document=""))
    return sum(_done(database, change) for change in changes)


def _done(database: Database, change: Change) -> int:
    """Make a change again and again, a few rows each time, until nothing is left to do."""
    total, rows = 0, AT_ONCE
    while rows >= AT_ONCE:
        with database.write(_SCOPE) as write:
            rows = write.execute(change).rowcount
        total += rows
    return total


def _delivered(before: str) -> Select[tuple[str]]:
    return select(PUSH_DELIVERY.c.id).where(PUSH_DELIVERY.c.ended_at < before).limit(AT_ONCE)


def _followed(before: str) -> Select[tuple[str]]:
    """Return the refreshes after which the same data type was refreshed as well as then."""
    newer = PUSH_DATASET.alias()
    same = [
        newer.c[name] == PUSH_DATASET.c[name]
        for name in ("company", "connection", "data_type", "status")
    ]
    follows = exists().where(*same, newer.c.requested_at > PUSH_DATASET.c.requested_at)
    query = select(PUSH_DATASET.c.id).where(PUSH_DATASET.c.requested_at < before, follows)
    return query.limit(AT_ONCE)


def _written(before: str) -> Select[tuple[str]]:
    ended = (PUSH_OPERATION.c.completed_at < before, PUSH_OPERATION.c.document != "")
    return select(PUSH_OPERATION.c.key).where(*ended).limit(AT_ONCE)
