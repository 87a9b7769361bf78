"""Puts back to work what waited for an approval that its plan has by now."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, Select, exists, literal_column, select, update

from clary.hub.plan_work import PLAN_KIND, planned_by
from clary.hub.push.accepting import KIND
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.tables import APPROVAL, AUDIT
from clary.hub.work import WorkState
from clary.hub.work_tables import WORK_ITEM


def is_due(read: Connection, code: str, entry: str) -> bool:
    """Tell whether there is something to put back; see `put_back`."""
    pushed = read.execute(_pushes(code, entry).limit(1)).first() is not None
    return pushed or bool(_plans(read, code, entry))


def put_back(write: Connection, code: str, entry: str) -> int:
    """Put back the pushes and plans that are set aside and were approved; return how many.

    Args:
        write: a writing transaction.
        code: the code that what lacks an approval is set aside for.
        entry: what the audit trail calls an approval; one that it lacks is none.
    """
    due = [*write.execute(_pushes(code, entry)).scalars(), *_plans(write, code, entry)]
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
        .where(_SET_ASIDE, item.kind == KIND, item.reason_code == code, told)
    )


def _plans(read: Connection, code: str, entry: str) -> Sequence[int]:
    """Return the numbers of the items that are approved plans."""
    item = WORK_ITEM.c
    query = select(item.serial, item.reference).where(
        _SET_ASIDE, item.kind == PLAN_KIND, item.reason_code == code
    )
    plans = {int(serial): planned_by(reference) for serial, reference in read.execute(query)}
    if not plans:
        return []
    told = exists().where(AUDIT.c.what == entry, AUDIT.c.record == APPROVAL.c.plan)
    given = select(APPROVAL.c.plan).where(APPROVAL.c.plan.in_(set(plans.values())), told)
    approved = set(read.execute(given).scalars())
    return [serial for serial, plan in plans.items() if plan in approved]


# A literal, so that the index of the few rows in this state is used.
_SET_ASIDE = WORK_ITEM.c.state == literal_column(f"'{WorkState.PARKED.value}'")
