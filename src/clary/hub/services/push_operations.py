"""Accepts pushes, and tells what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from clary.companies.contract import Operation as Ability
from clary.flows.push import answers, inbound, query
from clary.flows.push.answers import Page, Status
from clary.flows.push.declaring import PushType, PushVerb
from clary.flows.push.inbound import Terms
from clary.flows.push.options import check_verb, unsupported
from clary.flows.push.showing import Record
from clary.flows.push.types import type_at
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.push import events
from clary.hub.push.accepting import KIND, Also
from clary.hub.push.keeping import (
    PushCompany,
    PushConnection,
    PushOperation,
    companies,
    new_key,
    operation_of,
    values_of,
    waiting_finding,
)
from clary.hub.push.lookups import Trusting, judged_later
from clary.hub.push.problems import (
    ID_LENGTH,
    PUSH_BODY_INVALID,
    PUSH_KEY_REUSED,
    PUSH_OPERATION_UNKNOWN,
)
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.permissions import inner, needs, needs_somewhere
from clary.hub.services.push_companies import company_for
from clary.hub.services.push_connections import BY_KEY, books_of
from clary.hub.services.push_desk import Desk, Known
from clary.hub.work import Work
from clary.kernel.clock import local_date, timestamp
from clary.kernel.errors import ClaryError, Finding, Severity

LONGEST_TIMEOUT: Final = 525_600
"""Most minutes of a timeout: a year."""

LONGEST_KEY: Final = 255
"""Most characters of an Idempotency-Key."""

_NEEDED: Final[Mapping[PushVerb, tuple[Ability, ...]]] = {
    PushVerb.CREATE: (Ability.CREATE,),
    PushVerb.UPDATE: (Ability.UPDATE,),
    PushVerb.DELETE: (Ability.DELETE, Ability.VOID),
}
"""What a driver must be able to do for a verb: one of these."""


@dataclass(frozen=True, slots=True)
class PushAsked:
    """A push as it came.

    Attributes:
        company: id of the company.
        connection: id of the connection.
        path: the data type as paths name it.
        verb: create, update or delete.
        record_id: which record is updated or deleted.
        document: the document's JSON text; empty for a deletion.
        timeout: what was stated as timeoutInMinutes.
        force_update: an update asks for no sourceModifiedDate.
        idempotency_key: the Idempotency-Key, if any.
    """

    company: str
    connection: str
    path: str
    verb: PushVerb
    record_id: str | None = None
    document: str = ""
    timeout: str | None = None
    force_update: bool = False
    idempotency_key: str | None = None

    @property
    def fingerprint(self) -> str:
        """What tells this request from others with the same Idempotency-Key."""
        parts = (
            self.company,
            self.connection,
            self.path,
            self.verb.value,
            self.record_id or "",
            self.timeout or "",
            str(self.force_update),
            self.document,
        )
        return sha256("\0".join(parts).encode()).hexdigest()


@needs_somewhere(Role.OPERATOR)
def accept_push(installation: Installation, desk: Desk, asked: PushAsked) -> str:
    """Accept a push durably and return the answer's JSON text: the operation as it stands.

    Raises:
        Rejected: company or connection is unknown or not linked, the document is no JSON
            object, or the Idempotency-Key was used for another request.
        Unsupported: the integration does not do this with the data type.
        Busy: a request with the same Idempotency-Key is being answered.
        Unauthorised: the role for the company is missing.
    """
    key = asked.idempotency_key
    if key is None:
        return _accepted(installation, desk, asked, None)
    if not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        expected = f"1 to {LONGEST_KEY} printable characters"
        raise PUSH_BODY_INVALID.raised(what="Idempotency-Key", value=key[:80], expected=expected)
    name = sha256(f"{installation.actor}\0{key}".encode()).hexdigest()
    with desk.alone(name):
        replayed = _replayed(installation, name, asked)
        if replayed is not None:
            return replayed
        try:
            return _accepted(installation, desk, asked, name)
        except ClaryError:
            # Another process may have answered the same request in the meantime.
            replayed = _replayed(installation, name, asked)
            if replayed is None:
                raise
            return replayed


def _replayed(installation: Installation, name: str, asked: PushAsked) -> str | None:
    """Return what a request with the same Idempotency-Key was answered, if there was one."""
    columns = (PUSH_OPERATION.c.request, PUSH_OPERATION.c.answer)
    with installation.database.read() as read:
        row = read.execute(
            select(*columns).where(PUSH_OPERATION.c.idempotency == name)
        ).one_or_none()
    if row is None:
        return None
    if row.request != asked.fingerprint:
        raise PUSH_KEY_REUSED.raised()
    return str(row.answer)


def _accepted(
    installation: Installation, desk: Desk, asked: PushAsked, idempotency: str | None
) -> str:
    company = company_for(installation, asked.company, Role.OPERATOR)
    connection, bound = books_of(installation, company, asked.connection)
    known = desk.known(installation, bound)
    push_type = _type_for(asked, connection, known)
    timeout = _minutes(asked.timeout)
    document = inbound.document(asked.document) if asked.verb is not PushVerb.DELETE else {}
    operation = PushOperation(
        key=new_key(),
        company=company.id,
        connection=connection.id,
        data_type=push_type.name,
        verb=asked.verb,
        record_id=asked.record_id,
        document=asked.document,
        force_update=asked.force_update,
        author=installation.actor,
        requested_at=installation.clock.now(),
        timeout_minutes=timeout,
    )
    if known is not None and asked.verb is not PushVerb.DELETE:
        operation = _checked(installation, operation, push_type, document, known)
    answer = answers.encoded(answers.operation(operation.shown(operation.requested_at)))
    values = values_of(operation)
    values |= {
        "idempotency": idempotency,
        "request": asked.fingerprint if idempotency else None,
        "answer": answer if idempotency else None,
    }
    ended = operation.completed_at is not None
    also = _telling(operation, company) if ended else None
    desk.acceptor.store(values, None if ended else bound, also)
    return answer


def _telling(operation: PushOperation, company: PushCompany) -> Also:
    def tell(write: Connection) -> None:
        now = operation.requested_at
        events.tell(write, company, *events.of_operation(operation, company, now), now)

    return tell


def _type_for(asked: PushAsked, connection: PushConnection, known: Known | None) -> PushType:
    """Return the data type of a push that the integration and the driver can do.

    Raises:
        Unsupported: one of them cannot (DATATYPE_UNSUPPORTED).
    """
    edition = BY_KEY[connection.platform].edition
    push_type = type_at(asked.path)
    check_verb(push_type, asked.path[:ID_LENGTH], asked.verb, edition)
    if push_type is None:
        raise unsupported(asked.path[:ID_LENGTH], edition)
    if known is not None:
        capability = known.capabilities.get(push_type.records[edition])
        if capability is None or not any(map(capability.can, _NEEDED[asked.verb])):
            raise unsupported(push_type.name, edition)
    return push_type


def _minutes(stated: str | None) -> int | None:
    """Return a timeout in minutes.

    Raises:
        Rejected: it is no whole number of minutes (PUSH_BODY_INVALID).
    """
    if not stated:
        return None
    fits = stated.isascii() and stated.isdecimal() and len(stated) <= len(str(LONGEST_TIMEOUT))
    if not fits or not 1 <= int(stated) <= LONGEST_TIMEOUT:
        expected = f"a whole number from 1 to {LONGEST_TIMEOUT}"
        raise PUSH_BODY_INVALID.raised(
            what="timeoutInMinutes", value=stated[:20], expected=expected
        )
    return int(stated)


def _checked(
    installation: Installation,
    operation: PushOperation,
    push_type: PushType,
    document: Mapping[str, object],
    known: Known,
) -> PushOperation:
    """Return an operation with what can be told of its document without the books."""
    info = known.info
    stated = document.get("currency")
    books = Trusting(
        info.edition,
        info.currency,
        info.foreign_trader,
        stated if isinstance(stated, str) else None,
    )
    terms = Terms(
        today=local_date(installation.clock),
        release=info.release,
        refuse_foreign_bills=known.refuse_foreign_bills,
    )
    found = inbound.take(push_type, document, books, terms)
    findings = tuple(each for each in found.findings if not judged_later(each))
    if not any(each.severity is Severity.ERROR for each in findings):
        return replace(operation, findings=findings)
    failed = replace(
        operation,
        status=Status.FAILED,
        findings=findings,
        completed_at=operation.requested_at,
    )
    error = answers.failure(failed.shown(operation.requested_at), operation.key)
    return replace(failed, error=error)


@needs_somewhere(Role.VIEWER)
def push_operation(installation: Installation, company_id: str, key: str) -> answers.Operation:
    """Return a push operation of a company.

    Raises:
        Rejected: there is none.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    query = select(PUSH_OPERATION).where(
        PUSH_OPERATION.c.key == key, PUSH_OPERATION.c.company == company.id
    )
    with installation.database.read() as read:
        row = read.execute(query).one_or_none()
        if row is None:
            raise PUSH_OPERATION_UNKNOWN.raised(key=key[:ID_LENGTH])
        return _shown(installation, read, [row])[0]


@needs_somewhere(Role.VIEWER)
def list_push_operations(
    installation: Installation, company_id: str, page: Page
) -> tuple[list[Record], int]:
    """Return a page of a company's push operations, the newest first, and how many there are.

    Raises:
        Rejected: there is no such company, or query or order cannot be used.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    own = PUSH_OPERATION.c.company == company.id
    newest = (PUSH_OPERATION.c.requested_at.desc(), PUSH_OPERATION.c.key.desc())
    everything = select(PUSH_OPERATION).where(own).order_by(*newest)
    with installation.database.read() as read:
        if page.query is None and page.order is None:
            total = int(
                read.execute(
                    select(func.count()).select_from(PUSH_OPERATION).where(own)
                ).scalar_one()
            )
            rows = read.execute(everything.limit(page.size).offset(page.start)).all()
            return [answers.operation(each) for each in _shown(installation, read, rows)], total
        rows = read.execute(everything).all()
        records = [answers.operation(each) for each in _shown(installation, read, rows)]
    return chosen(records, page, query.OPERATION_KINDS)


@inner
def chosen(records: Sequence[Record], page: Page, kinds: query.Kinds) -> tuple[list[Record], int]:
    """Return the page of records that a query chooses, in its order, and how many it chooses.

    Raises:
        Rejected: query or order cannot be used (PUSH_QUERY_INVALID, PUSH_ORDER_INVALID).
    """
    found = list(records)
    if page.query is not None:
        matches = query.matcher(query.parse(page.query, kinds), kinds)
        found = [each for each in found if matches(each)]
    if page.order is not None:
        found = query.ordered(found, query.parse_order(page.order, kinds))
    return found[page.start : page.start + page.size], len(found)


def _shown(
    installation: Installation, read: Connection, rows: Sequence[Any]
) -> list[answers.Operation]:
    """Return operations as they are told, each that waits with the reason."""
    work = Work(installation.database, installation.clock)
    pending = [row.key for row in rows if row.status == Status.PENDING.value]
    reasons: dict[str, Finding | None] = {}
    for start in range(0, len(pending), _AT_ONCE):
        for item in work.of(read, KIND, pending[start : start + _AT_ONCE]):
            reasons[item.reference] = waiting_finding(item.reason_code, item.reason)
    now = installation.clock.now()
    return [operation_of(row).shown(now, reasons.get(row.key)) for row in rows]


_AT_ONCE: Final = 500


@needs(Role.OPERATOR)
def time_out_operations(installation: Installation) -> int:
    """Mark what is past its timeout, tell its consumers, and return how many operations.

    The work itself goes on: a result that comes later is recorded beside it.
    """
    now = installation.clock.now()
    due = select(PUSH_OPERATION).where(
        PUSH_OPERATION.c.status == Status.PENDING.value,
        PUSH_OPERATION.c.completed_at.is_(None),
        PUSH_OPERATION.c.timeout_at <= timestamp(now),
    )
    with installation.database.read() as read:
        if read.execute(due.limit(1)).first() is None:
            return 0
    with installation.database.write() as write:
        found = [operation_of(row) for row in write.execute(due)]
        known = {each.id: each for each in companies(write, list({o.company for o in found}))}
        for each in found:
            timed_out = replace(each, status=Status.TIMED_OUT)
            write.execute(
                update(PUSH_OPERATION)
                .where(PUSH_OPERATION.c.key == each.key)
                .values(status=Status.TIMED_OUT.value)
            )
            company = known[each.company]
            events.tell(write, company, *events.of_operation(timed_out, company, now), now)
    return len(found)
