"""Puts pushes back to work whose plan waited for an approval that it has by now."""

from __future__ import annotations

from sqlalchemy import Connection, Select, exists, literal_column, select, update

from clary.hub.push.accepting import KIND
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.tables import APPROVAL, AUDIT
from clary.hub.work import WorkState
from clary.hub.work_tables import WORK_ITEM


def is_due(read: Connection, code: str, entry: str) -> bool:
    """Tell whether there is something to put back; see `put_back`."""
    return read.execute(_due(code, entry).limit(1)).first() is not None


def put_back(write: Connection, code: str, entry: str) -> int:
    """Put back the pushes that are set aside and whose plan was approved; return how many.

    Args:
        write: a writing transaction.
        code: the code that pushes without an approval are set aside for.
        entry: what the audit trail calls an approval; one that it lacks is none.
    """
    again = (
        update(WORK_ITEM)
        .where(WORK_ITEM.c.serial.in_(_due(code, entry)))
        .values(
            state=WorkState.WAITING.value,
            reason_code=None,
            reason=None,
            attempts=0,
            ended_at=None,
        )
    )
    return write.execute(again).rowcount


def _due(code: str, entry: str) -> Select[int]:
    item = WORK_ITEM.c
    told = exists().where(AUDIT.c.what == entry, AUDIT.c.record == APPROVAL.c.plan)
    return (
        select(item.serial)
        .join(PUSH_OPERATION, PUSH_OPERATION.c.key == item.reference)
        .join(APPROVAL, APPROVAL.c.plan == PUSH_OPERATION.c.plan)
        .where(
            # A literal, so that the index of the few rows in this state is used.
            item.state == literal_column(f"'{WorkState.PARKED.value}'"),
            item.kind == KIND,
            item.reason_code == code,
            told,
        )
    )
