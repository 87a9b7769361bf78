"""Companies, connections and operations of the push API, as they are stored."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import accumulate, takewhile
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select

from clary.flows.push import answers
from clary.flows.push.answers import Change, ChangeType, Status
from clary.flows.push.declaring import PushVerb
from clary.flows.push.types import type_named
from clary.hub.push.problems import PUSH_TIME_OVER
from clary.hub.push.tables import PUSH_COMPANY, PUSH_CONNECTION, PUSH_OPERATION
from clary.hub.trail import Values
from clary.kernel.clock import from_timestamp, moment_or_none, timestamp, timestamp_or_none
from clary.kernel.errors import Finding

SCOPE: Final = "push"
"""Scope of what writes companies and connections of the API."""


class LinkStatus(StrEnum):
    """How a connection stands."""

    PENDING = "PendingAuth"
    LINKED = "Linked"
    UNLINKED = "Unlinked"
    DEAUTHORIZED = "Deauthorized"


OPEN: Final = frozenset({LinkStatus.PENDING, LinkStatus.LINKED})
"""States of which a company has one connection at most."""


def new_key() -> str:
    """Return a new id as the API has them."""
    return str(uuid.uuid4())


@dataclass(frozen=True, slots=True)
class PushConnection:
    """One connection of a company.

    Attributes:
        id: its id.
        company: id of its company.
        platform: key of its integration.
        status: how it stands.
        bound: the connection of the installation that it is for; none until it is linked.
        identity: what pins the books that it was linked to.
        created_at: when it was made, aware.
        linked_at: when it was linked, aware.
    """

    id: str
    company: str
    platform: str
    status: LinkStatus
    bound: str | None
    identity: str | None
    created_at: datetime
    linked_at: datetime | None

    def told(self) -> Values:
        """Return what the audit trail keeps of the connection."""
        return {
            "push_company": self.company,
            "platform": self.platform,
            "status": self.status.value,
            "company": self.bound,
            "identity": self.identity,
        }


@dataclass(frozen=True, slots=True)
class PushCompany:
    """One company of the API with its connections.

    Attributes:
        id: its id.
        name: its name.
        description: what its maker says of it.
        tags: texts by name.
        created_at: when it was made, aware.
        created_by: who made it.
        connections: its connections, the oldest first.
    """

    id: str
    name: str
    description: str | None
    tags: Mapping[str, str]
    created_at: datetime
    created_by: str
    connections: tuple[PushConnection, ...] = ()

    @property
    def bound(self) -> str | None:
        """The connection of the installation that it is or was for at last, if any."""
        bound = (each.bound for each in reversed(self.connections) if each.bound is not None)
        return next(bound, None)

    def told(self) -> Values:
        """Return what the audit trail keeps of the company."""
        tags = dict(self.tags)
        return {"name": self.name, "description": self.description, "tags": tags}


@dataclass(frozen=True, slots=True, kw_only=True)
class PushOperation:
    """One push as it is stored.

    Attributes:
        key: its own id, which names the document in origins and work items, too.
        company: id of the company.
        connection: id of the connection.
        data_type: what is pushed.
        verb: create, update or delete.
        record_id: which record is updated or deleted.
        document: the document as JSON text; empty for a deletion.
        force_update: an update asks for no sourceModifiedDate.
        author: who pushed it.
        status: how far it is.
        requested_at: when it was accepted, aware.
        completed_at: when it ended, aware.
        timeout_minutes: after how many minutes it counts as timed out.
        error: what went wrong, in one sentence.
        findings: what is wrong or doubtful; fields are paths in the document.
        change_type: what was done.
        change_id: id of the record.
        plan: the plan that it became a part of.
        bound: the connection of the installation that it was accepted for.
        identity: what pins the books that it was accepted for.
    """

    key: str
    company: str
    connection: str
    data_type: str
    verb: PushVerb
    record_id: str | None = None
    document: str = ""
    force_update: bool = False
    author: str = ""
    status: Status = Status.PENDING
    requested_at: datetime
    completed_at: datetime | None = None
    timeout_minutes: int | None = None
    error: str | None = None
    findings: tuple[Finding, ...] = ()
    change_type: ChangeType | None = None
    change_id: str | None = None
    plan: str | None = None
    bound: str | None = None
    identity: str | None = None

    @property
    def timeout_at(self) -> datetime | None:
        """When it counts as timed out, aware."""
        if self.timeout_minutes is None:
            return None
        return self.requested_at + timedelta(minutes=self.timeout_minutes)

    def is_late(self, now: datetime) -> bool:
        """Tell whether it counts as timed out by now."""
        return self.timeout_at is not None and now >= self.timeout_at

    def shown(self, now: datetime, waiting: Finding | None = None) -> answers.Operation:
        """Return it as the API tells it.

        Args:
            now: the present moment; past its timeout a pending operation is told so.
            waiting: why it waits, where that is known.
        """
        findings = self.findings
        error, status = self.error, self.status
        if self.completed_at is None and status in (Status.PENDING, Status.TIMED_OUT):
            why = [] if waiting is None else [waiting]
            if self.is_late(now):
                status = Status.TIMED_OUT
                why = [PUSH_TIME_OVER.warning(), *why]
            findings = (*findings, *why)
            told = (f"{each.message} {each.remedy} [{each.code}]" for each in why)
            error = " ".join(told) or error
        change = None
        if self.change_type is not None and self.change_id is not None:
            change = Change(self.change_type, self.change_id, self.data_type)
        found = type_named(self.data_type)
        return answers.Operation(
            key=self.key,
            company=self.company,
            connection=self.connection,
            data_type=self.data_type,
            requested=timestamp(self.requested_at),
            status=status,
            completed=None if self.completed_at is None else timestamp(self.completed_at),
            timeout_minutes=self.timeout_minutes,
            error=error,
            findings=findings,
            model=found.model if found else "",
            change=change,
        )


def companies(read: Connection, ids: Sequence[str] | None = None) -> list[PushCompany]:
    """Return companies with their connections, the newest first."""
    query = select(PUSH_COMPANY).order_by(PUSH_COMPANY.c.created_at.desc(), PUSH_COMPANY.c.id)
    linked = select(PUSH_CONNECTION).order_by(PUSH_CONNECTION.c.created_at, PUSH_CONNECTION.c.id)
    if ids is not None:
        query = query.where(PUSH_COMPANY.c.id.in_(ids))
        linked = linked.where(PUSH_CONNECTION.c.company.in_(ids))
    found: dict[str, list[PushConnection]] = {}
    for row in read.execute(linked):
        found.setdefault(row.company, []).append(_connection(row))
    return [_company(row, tuple(found.get(row.id, ()))) for row in read.execute(query)]


def add_company(write: Connection, company: PushCompany) -> None:
    """Store a new company."""
    write.execute(
        insert(PUSH_COMPANY).values(
            id=company.id,
            name=company.name,
            description=company.description,
            tags=json.dumps(dict(company.tags)),
            created_at=timestamp(company.created_at),
            created_by=company.created_by,
        )
    )


def add_connection(write: Connection, connection: PushConnection) -> None:
    """Store a new connection."""
    write.execute(
        insert(PUSH_CONNECTION).values(
            id=connection.id,
            company=connection.company,
            platform=connection.platform,
            status=connection.status.value,
            bound=connection.bound,
            identity=connection.identity,
            created_at=timestamp(connection.created_at),
            linked_at=timestamp_or_none(connection.linked_at),
        )
    )


def _findings_text(operation: PushOperation) -> str:
    return json.dumps([one.as_dict() for one in operation.findings]) if operation.findings else "[]"


_COLUMNS: Final[Mapping[str, Callable[[PushOperation], object]]] = {
    **{
        name: attrgetter(name)
        for name in (
            *("key", "company", "connection", "data_type", "record_id", "document"),
            *("force_update", "author", "timeout_minutes", "error", "change_id"),
            *("plan", "bound", "identity"),
        )
    },
    "verb": lambda one: one.verb.value,
    "status": lambda one: one.status.value,
    "requested_at": lambda one: timestamp(one.requested_at),
    "completed_at": lambda one: timestamp_or_none(one.completed_at),
    "timeout_at": lambda one: timestamp_or_none(one.timeout_at),
    "findings": _findings_text,
    "change_type": lambda one: None if one.change_type is None else one.change_type.value,
}
"""What each column of an operation holds, but for what belongs to its Idempotency-Key."""


def values_of(operation: PushOperation, columns: Iterable[str] = _COLUMNS) -> dict[str, object]:
    """Return columns of an operation as a row has them; all of them unless they are named."""
    return {name: _COLUMNS[name](operation) for name in columns}


def _findings(text: str) -> tuple[Finding, ...]:
    return () if text == "[]" else tuple(Finding.from_dict(one) for one in json.loads(text))


def operation_of(row: Row[Any]) -> PushOperation:
    """Return the operation of a row."""
    return PushOperation(
        key=row.key,
        company=row.company,
        connection=row.connection,
        data_type=row.data_type,
        verb=PushVerb(row.verb),
        record_id=row.record_id,
        document=row.document,
        force_update=bool(row.force_update),
        author=row.author,
        status=Status(row.status),
        requested_at=from_timestamp(row.requested_at),
        completed_at=moment_or_none(row.completed_at),
        timeout_minutes=row.timeout_minutes,
        error=row.error,
        findings=_findings(row.findings),
        change_type=None if row.change_type is None else ChangeType(row.change_type),
        change_id=row.change_id,
        plan=row.plan,
        bound=row.bound,
        identity=row.identity,
    )


def operations_in(read: Connection, keys: Sequence[str]) -> dict[str, PushOperation]:
    """Return operations by their keys; those that are gone are left out."""
    query = select(PUSH_OPERATION).where(PUSH_OPERATION.c.key.in_(keys))
    return {row.key: operation_of(row) for row in read.execute(query)}


def held_together(read: Connection, keys: Sequence[str], characters: int) -> int:
    """Return how many operations, from the first on, have documents of so many characters.

    It is one at least, however long its document.

    Args:
        read: where to read.
        keys: the operations, in order.
        characters: most that their documents may have together.
    """
    table = PUSH_OPERATION.c
    query = select(table.key, func.length(table.document)).where(table.key.in_(keys))
    lengths = {row[0]: int(row[1]) for row in read.execute(query)}
    sums = accumulate(lengths.get(key, 0) for key in keys)
    return max(1, sum(1 for _ in takewhile(lambda each: each <= characters, sums)))


def open_of_plan(read: Connection, plan: str) -> dict[str, PushOperation]:
    """Return the operations of a plan that have not ended, by their keys."""
    query = select(PUSH_OPERATION).where(
        PUSH_OPERATION.c.plan == plan, PUSH_OPERATION.c.completed_at.is_(None)
    )
    return {row.key: operation_of(row) for row in read.execute(query)}


def has_open(read: Connection, company: str) -> bool:
    """Tell whether a company of the API has operations that have not ended."""
    query = select(PUSH_OPERATION.c.key).where(
        PUSH_OPERATION.c.company == company, PUSH_OPERATION.c.completed_at.is_(None)
    )
    return read.execute(query.limit(1)).first() is not None


def _company(row: Row[Any], connections: tuple[PushConnection, ...]) -> PushCompany:
    return PushCompany(
        id=row.id,
        name=row.name,
        description=row.description,
        tags=json.loads(row.tags),
        created_at=from_timestamp(row.created_at),
        created_by=row.created_by,
        connections=connections,
    )


def _connection(row: Row[Any]) -> PushConnection:
    return PushConnection(
        id=row.id,
        company=row.company,
        platform=row.platform,
        status=LinkStatus(row.status),
        bound=row.bound,
        identity=row.identity,
        created_at=from_timestamp(row.created_at),
        linked_at=moment_or_none(row.linked_at),
    )
