"""How pushes end: what is stored of them, and who is told, in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, bindparam, update

from clary.flows.push.answers import Status
from clary.hub.push import events, problems
from clary.hub.push.keeping import PushOperation, companies, values_of
from clary.hub.push.tables import PUSH_OPERATION

_PLANNED: Final = ("plan", "findings")
"""Columns that change as an operation is planned; it may time out in the meantime."""

_ENDED: Final = (
    *_PLANNED,
    *("status", "completed_at", "error", "change_type", "change_id"),
)
"""Columns that change as an operation ends."""


def concluded(operation: PushOperation, now: datetime) -> PushOperation:
    """Return an operation with its end; a late one stays timed out and says what became."""
    if not operation.is_late(now):
        return replace(operation, completed_at=now)
    what = "it failed" if operation.change_id is None else "the record was written"
    late = problems.PUSH_LATE.warning(what=what)
    return replace(
        operation,
        completed_at=now,
        status=Status.TIMED_OUT,
        error=late.message,
        findings=(*operation.findings, late),
    )


def store(write: Connection, operations: Sequence[PushOperation], now: datetime) -> None:
    """Store operations that were planned or have ended, and tell consumers of the ends.

    Args:
        write: the transaction.
        operations: the operations.
        now: when, aware.
    """
    ended = [each for each in operations if each.completed_at is not None]
    _change(write, _PLANNED, [each for each in operations if each.completed_at is None])
    _change(write, _ENDED, ended)
    consumers = events.consumers(write, now) if ended else ()
    if not consumers:
        return
    known = {each.id: each for each in companies(write, list({each.company for each in ended}))}
    for number, each in enumerate(ended):
        if each.company in known:
            company = known[each.company]
            # A moment of its own each, so that they are told in this order.
            at = now + timedelta(microseconds=number)
            told = events.of_operation(each, company, now)
            events.tell(write, company, *told, at, consumers, each.bound)


def _change(write: Connection, columns: Sequence[str], operations: Sequence[PushOperation]) -> None:
    """Store columns of operations, all with one statement."""
    if operations:
        statement = update(PUSH_OPERATION).where(PUSH_OPERATION.c.key == bindparam("this"))
        values: dict[str, object] = {name: bindparam(name) for name in columns}
        stated = [{"this": each.key, **values_of(each, columns)} for each in operations]
        write.execute(statement.values(values), stated)
