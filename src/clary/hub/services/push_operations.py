"""Accepts pushes, and tells what became of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from threading import Event
from typing import Any, Final, NoReturn
from uuid import UUID, uuid5

from sqlalchemy import ColumnElement, Connection, and_, func, select, true, update

from clary.companies.contract import Operation as Ability
from clary.flows.push import answers, inbound, query
from clary.flows.push.answers import Page, Status
from clary.flows.push.declaring import PushType, PushVerb
from clary.flows.push.inbound import Terms
from clary.flows.push.options import check_verb, unsupported
from clary.flows.push.problems import ATTACHMENT_UNSUPPORTED
from clary.flows.push.selecting import selected
from clary.flows.push.showing import Record
from clary.flows.push.types import type_at
from clary.hub.access import Role
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation
from clary.hub.push import events
from clary.hub.push.accepting import KIND, Accepted, Also
from clary.hub.push.history import TOLD, condition, in_store
from clary.hub.push.keeping import (
    PushCompany,
    PushConnection,
    PushOperation,
    companies,
    new_key,
    operation_of,
    values_of,
)
from clary.hub.push.lookups import Trusting, judged_later
from clary.hub.push.problems import (
    ID_LENGTH,
    PUSH_BODY_INVALID,
    PUSH_KEY_REUSED,
    PUSH_OPERATION_UNKNOWN,
)
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.permissions import needs, needs_somewhere
from clary.hub.services.push_companies import company_for
from clary.hub.services.push_connections import BY_KEY, books_of, connection_of
from clary.hub.services.push_desk import Desk, Known, Standing, Ticket
from clary.hub.services.push_waiting import waiting_finding
from clary.hub.telling import told_outside
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
    accepted = judge_push(installation, desk, asked)
    if not accepted.has_ended:
        ended = Event()
        desk.acceptor.store([accepted], ended.set)
        ended.wait()
    return accepted.result()


@needs_somewhere(Role.OPERATOR)
def judge_push(
    installation: Installation,
    desk: Desk,
    asked: PushAsked,
    *,
    ticket: Ticket | None = None,
    standing: Standing | None = None,
) -> Accepted:
    """Return a push that is fit to be stored, or one that was stored before.

    Args:
        installation: as whoever pushes may use it.
        desk: where pushes are accepted; it has to be given what is not stored yet.
        asked: the push.
        ticket: what the right to push is remembered by; none forgets it.
        standing: the right to push as it is remembered.  Nothing is asked of database or
            books then; an error may be outdated, and is judged anew without it.

    Raises:
        Rejected, Unsupported, Busy, Unauthorised: as `accept_push`.
    """
    key = asked.idempotency_key
    if key is None:
        return _accepted(installation, desk, asked, ticket, standing)
    if not (0 < len(key) <= LONGEST_KEY and key.isprintable()):
        expected = f"1 to {LONGEST_KEY} printable characters"
        raise PUSH_BODY_INVALID.raised(what="Idempotency-Key", value=key[:80], expected=expected)
    # Of the company, not of the API key: whoever takes over with a new key repeats requests, too.
    name = sha256(f"{asked.company}\0{key}".encode()).hexdigest()
    desk.claim(name)
    try:
        accepted = _accepted(installation, desk, asked, ticket, standing, name)
    except ClaryError:
        try:
            replayed = None if standing is not None else _replayed(installation, name, asked)
        finally:
            desk.release(name)
        if replayed is None:
            raise
        return Accepted({}, replayed, outcome=replayed)
    except BaseException:
        desk.release(name)
        raise
    accepted.ended = partial(desk.release, name)
    return accepted


def _replayed(installation: Installation, name: str, asked: PushAsked) -> str | None:
    """Return what a request with the same Idempotency-Key was answered, if there was one.

    Raises:
        Rejected: there is no such company, or the key was used for another request.
        Unauthorised: the role for the company is missing.
    """
    company_for(installation, asked.company, Role.OPERATOR)
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
    installation: Installation,
    desk: Desk,
    asked: PushAsked,
    ticket: Ticket | None,
    standing: Standing | None,
    idempotency: str | None = None,
) -> Accepted:
    if standing is None:
        company = company_for(installation, asked.company, Role.OPERATOR)
        connection, bound = books_of(installation, company, asked.connection)
        known = desk.known(installation, bound)
        if ticket is not None:
            desk.remember(ticket, installation, company, (connection, bound))
    else:
        company, connection, bound = standing.company, standing.connection, standing.bound
        known = desk.last_known(bound)
    operation = _judged(installation, asked, connection, known)
    answer = answers.encoded(answers.operation(operation.shown(operation.requested_at)))
    values = values_of(operation)
    values |= {
        "idempotency": idempotency,
        "request": asked.fingerprint if idempotency else None,
        "answer": answer if idempotency else None,
    }
    has_ended = operation.completed_at is not None
    return Accepted(
        values,
        answer,
        None if has_ended else bound,
        also=_telling(operation, company) if has_ended else None,
        basis=None if standing is None else standing.rests_on,
    )


def _judged(
    installation: Installation,
    asked: PushAsked,
    connection: PushConnection,
    known: Known | None,
) -> PushOperation:
    """Return a push as it is accepted: pending, or failed already.

    Raises:
        Rejected, Unsupported: it cannot be accepted.
    """
    push_type = _type_for(asked, connection, known)
    timeout = _minutes(asked.timeout)
    document = inbound.document(asked.document) if asked.verb is not PushVerb.DELETE else {}
    operation = PushOperation(
        key=_key_for(connection.company, asked.idempotency_key),
        company=connection.company,
        connection=connection.id,
        data_type=push_type.name,
        verb=asked.verb,
        record_id=asked.record_id,
        document=asked.document,
        force_update=asked.force_update,
        author=installation.actor,
        requested_at=installation.clock.now(),
        timeout_minutes=timeout,
        bound=connection.bound,
        identity=connection.identity,
    )
    if known is None or asked.verb is PushVerb.DELETE:
        return operation
    return _checked(installation, operation, push_type, document, known)


def _key_for(company: str, idempotency_key: str | None) -> str:
    """Return the key of a new operation; the same one for the same Idempotency-Key.

    It names the document in the books: one that is repeated after the installation's database
    was put back to an earlier state is found there, and not posted a second time.
    """
    return new_key() if idempotency_key is None else str(uuid5(UUID(company), idempotency_key))


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


@needs_somewhere(Role.OPERATOR)
def refuse_attachment(
    installation: Installation, company_id: str, connection_id: str, path: str
) -> NoReturn:
    """Refuse a file for a record: no way into Sage 50 takes one.

    Raises:
        Unsupported: always (ATTACHMENT_UNSUPPORTED), once company and connection are found.
        Rejected: there is no such company or connection.
    """
    company = company_for(installation, company_id, Role.OPERATOR)
    platform = BY_KEY[connection_of(company, connection_id).platform]
    push_type = type_at(path)
    if push_type is None or platform.edition not in push_type.records:
        raise unsupported(path[:ID_LENGTH], platform.edition)
    raise ATTACHMENT_UNSUPPORTED.raised(name=push_type.name, platform=platform.name)


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
    findings = tuple(
        each
        for each in inbound.problems_of(push_type, document, books, terms)
        if not judged_later(each, push_type.name, updates=operation.verb is PushVerb.UPDATE)
    )
    if not any(each.severity is Severity.ERROR for each in findings):
        return replace(operation, findings=findings) if findings else operation
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
        PUSH_OPERATION.c.key == key, PUSH_OPERATION.c.company == company.id, _seen(installation)
    )
    with installation.database.read() as read:
        row = read.execute(query).one_or_none()
        if row is None:
            raise PUSH_OPERATION_UNKNOWN.raised(key=key[:ID_LENGTH])
        return _shown(installation, read, [row])[0]


def _seen(installation: Installation) -> ColumnElement[bool]:
    """Return the condition for operations of books that may be seen.

    A company of the API may have been linked to other books before.
    """
    access = installation.access
    if access.allows(Role.VIEWER):
        return true()
    names = [each.name for each in installation.connections.all(ConnectionKind.COMPANY)]
    return PUSH_OPERATION.c.bound.in_([name for name in names if access.allows(Role.VIEWER, name)])


@needs_somewhere(Role.VIEWER)
def list_push_operations(
    installation: Installation, company_id: str, page: Page
) -> tuple[list[Record], int]:
    """Return a page of a company's push operations, the newest first, and how many there are.

    Raises:
        Rejected: there is no such company, or query or order cannot be used.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    own = and_(PUSH_OPERATION.c.company == company.id, _seen(installation))
    newest = (PUSH_OPERATION.c.requested_at.desc(), PUSH_OPERATION.c.key.desc())
    kinds = query.OPERATION_KINDS
    tree = None if page.query is None else query.parse(page.query, kinds)
    order = None if page.order is None else in_store(query.parse_order(page.order, kinds))
    everything = select(*TOLD).where(own).order_by(*(newest if order is None else order))
    if order is not None:
        page = replace(page, order=None)
    with installation.database.read() as read:
        if tree is None and page.order is None:
            total = int(
                read.execute(
                    select(func.count()).select_from(PUSH_OPERATION).where(own)
                ).scalar_one()
            )
            rows = read.execute(everything.limit(page.size).offset(page.start)).all()
            return [answers.operation(each) for each in _shown(installation, read, rows)], total
        narrowed = None if tree is None else condition(tree)
        everything = everything if narrowed is None else everything.where(narrowed)
        found = read.execute(everything.execution_options(yield_per=_AT_ONCE))
        records = (
            answers.operation(each)
            for rows in found.partitions()
            for each in _shown(installation, read, rows)
        )
        return selected(records, page, kinds)


def _shown(
    installation: Installation, read: Connection, rows: Sequence[Any]
) -> list[answers.Operation]:
    """Return operations as they are told, each that waits with the reason."""
    work = Work(installation.database, installation.clock)
    pending = [row.key for row in rows if row.completed_at is None]
    reasons: dict[str, Finding | None] = {}
    for start in range(0, len(pending), _AT_ONCE):
        for item in work.of(read, KIND, pending[start : start + _AT_ONCE]):
            why = waiting_finding(item)
            reasons[item.reference] = None if why is None else told_outside(why)
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
            told = events.of_operation(timed_out, company, now)
            events.tell(write, company, *told, now, books=each.bound)
    return len(found)
