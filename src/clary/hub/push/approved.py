"""Puts back to work what waited for an approval that its plan has by now."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    func,
    literal_column,
    select,
    update,
)

from clary.hub.plan_work import PLAN_KIND, PLAN_OPENS
from clary.hub.push.accepting import KIND
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.tables import APPROVAL, AUDIT
from clary.hub.work import WorkState
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.identifiers import new_id

_ID_LENGTH: Final = len(new_id("plan"))
"""Characters of the id of a plan: all ids have as many."""


def is_due(read: Connection, code: str, entry: str) -> bool:
    """Tell whether there is something to put back; see `put_back`."""
    queries = _pushes(code, entry), _plans(code, entry)
    return any(read.execute(query.limit(1)).first() is not None for query in queries)


def put_back(write: Connection, code: str, entry: str) -> int:
    """Put back the pushes and plans that are set aside and were approved; return how many.

    Args:
        write: a writing transaction.
        code: the code that what lacks an approval is set aside for.
        entry: what the audit trail calls an approval; one that it lacks is none.
    """
    queries = _pushes(code, entry), _plans(code, entry)
    due = [serial for query in queries for serial in write.execute(query).scalars()]
    again = (
        update(WORK_ITEM)
        .where(WORK_ITEM.c.serial.in_(due))
        .values(
            state=WorkState.WAITING.value,
            reason_code=None,
            reason=None,
            attempts=0,
            ended_at=None,
        )
    )
    return write.execute(again).rowcount if due else 0


def _pushes(code: str, entry: str) -> Select[int]:
    item = WORK_ITEM.c
    told = exists().where(AUDIT.c.what == entry, AUDIT.c.record == APPROVAL.c.plan)
    return (
        select(item.serial)
        .join(PUSH_OPERATION, PUSH_OPERATION.c.key == item.reference)
        .join(APPROVAL, APPROVAL.c.plan == PUSH_OPERATION.c.plan)
        .where(_set_aside(KIND, code), told)
    )


def _plans(code: str, entry: str) -> Select[int]:
    item = WORK_ITEM.c
    told = exists().where(AUDIT.c.what == entry, AUDIT.c.record == APPROVAL.c.plan)
    # The database finds the plan in the reference: however many wait, only what is due is read.
    plan = func.substr(item.reference, len(PLAN_OPENS) + 1, _ID_LENGTH)
    return (
        select(item.serial)
        .join(APPROVAL, APPROVAL.c.plan == plan)
        .where(_set_aside(PLAN_KIND, code), told)
    )


def _set_aside(kind: str, code: str) -> ColumnElement[bool]:
    item = WORK_ITEM.c
    # A literal for the state and no bare column for the kind, so that the index of the few rows
    # in this state is used, and not that of the kind, which has all that was ever done.
    is_parked = item.state == literal_column(f"'{WorkState.PARKED.value}'")
    return and_(is_parked, func.coalesce(item.kind, "") == kind, item.reason_code == code)
