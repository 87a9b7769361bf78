"""Reads of the push API: options, records, what the company is, and refreshes.

Records are read from the books themselves, so that what was written can be read at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row, insert, select

from clary.companies.contract import Operation, Query, Session
from clary.companies.keys import parse_key
from clary.flows.push import options as options_of
from clary.flows.push import outbound, query
from clary.flows.push.answers import Page
from clary.flows.push.declaring import PushType
from clary.flows.push.narrowing import narrowed
from clary.flows.push.showing import Record, Showing
from clary.flows.push.types import ALL_TYPES, type_at, type_named
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.push import events
from clary.hub.push.keeping import PushConnection, new_key
from clary.hub.push.lookups import Books
from clary.hub.push.problems import ID_LENGTH, PUSH_DATASET_UNKNOWN, PUSH_RECORD_UNKNOWN
from clary.hub.push.tables import PUSH_DATASET
from clary.hub.services.opening import Opened, open_company
from clary.hub.services.permissions import inner, needs_somewhere
from clary.hub.services.push_companies import company_for
from clary.hub.services.push_connections import BY_KEY, books_of, connection_of
from clary.hub.services.push_operations import chosen
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError, Rejected
from clary.ledger.fields import EditionName
from clary.ledger.registry import record_type

COMPANY: Final = "company"


@needs_somewhere(Role.VIEWER)
def push_options(
    installation: Installation, company_id: str, connection_id: str, name: str
) -> Record:
    """Return what may be pushed of a data type to a connection.

    Raises:
        Rejected: there is no such company or connection.
        Unsupported: the integration takes no such documents (DATATYPE_UNSUPPORTED).
    """
    company = company_for(installation, company_id, Role.VIEWER)
    connection = connection_of(company, connection_id)
    edition = BY_KEY[connection.platform].edition
    push_type = type_named(name)
    if push_type is None or not push_type.is_pushed_in(edition):
        raise options_of.unsupported(name[:ID_LENGTH], edition)
    lengths: Mapping[str, int] = {}
    if connection.bound is not None:
        opened = open_company(installation, connection.bound)
        capability = opened.company.capabilities().get(push_type.records[edition])
        if capability is None or not capability.can(Operation.CREATE):
            raise options_of.unsupported(name, edition)
        lengths = capability.lengths
    return options_of.options(push_type, edition, lengths)


@inner
def is_read(push_type: PushType, edition: EditionName) -> bool:
    """Tell whether a data type can be read in an edition."""
    return push_type.name == COMPANY or edition in push_type.records


@dataclass(frozen=True, slots=True)
class _Reading:
    """A company that is open for reading, and how its records are shown."""

    opened: Opened
    session: Session
    showing: Showing

    @property
    def edition(self) -> EditionName:
        return self.opened.info.edition

    def all(self, push_type: PushType, page: Page) -> tuple[list[Record], int]:
        """Return a page of the records of a data type, and how many there are."""
        special = _SPECIAL.get(push_type.name)
        if special is not None:
            return chosen(special(self), page, query.kinds_of(push_type))
        bodies = self._bodies(push_type, page)
        if page.query is not None or page.order is not None:
            shown = [outbound.show(push_type, body, self.showing) for body in bodies]
            return chosen(shown, page, query.kinds_of(push_type))
        results: list[Record] = []
        total = 0
        for total, body in enumerate(bodies, 1):
            if page.start < total <= page.start + page.size:
                results.append(outbound.show(push_type, body, self.showing))
        return results, total

    def _bodies(self, push_type: PushType, page: Page) -> Iterator[Body]:
        where = None
        if page.query is not None:
            tree = query.parse(page.query, query.kinds_of(push_type))
            where = narrowed(tree, push_type, self.edition)
        name = push_type.records[self.edition]
        for body in self.session.read(name, Query(where=where)):
            if outbound.is_shown(push_type, body, self.showing):
                yield body

    def one(self, push_type: PushType, key: str) -> Record:
        """Return one record by its id."""
        special = _SPECIAL.get(push_type.name)
        if special is not None:
            found = [each for each in special(self) if each.get("id") == key]
            if found:
                return found[0]
            raise _unknown(push_type, key)
        declared = record_type(push_type.records[self.edition])
        try:
            body = self.session.get(declared.name, parse_key(declared, key))
        except Rejected:
            raise _unknown(push_type, key) from None
        if not outbound.is_shown(push_type, body, self.showing):
            raise _unknown(push_type, key)
        return outbound.show(push_type, body, self.showing)

    def tax_rates(self) -> list[Record]:
        """Return the tax rates, whose ids are not those of the books."""
        found = type_named("taxRates")
        assert found is not None  # noqa: S101 - one of the declared types
        rows = self.session.read(found.records[self.edition], Query())
        return [outbound.show(found, body, self.showing) for body in rows]

    def categories(self) -> list[Record]:
        """Return departments and projects behind what they are children of."""
        found = type_named("trackingCategories")
        assert found is not None  # noqa: S101 - one of the declared types
        names = ("department", "job") if self.edition == "uk" else ("job",)
        shown = outbound.category_parents(self.showing)
        for name in names:
            rows = self.session.read(name, Query())
            shown += [outbound.show(found, body, self.showing, name) for body in rows]
        return shown

    def payment_methods(self) -> list[Record]:
        """Return the payment methods that receipts and payments name (US)."""
        names = {
            str(body["payment_method"])
            for name in ("receipt", "payment")
            for body in self.session.read(name, Query())
            if body.get("payment_method")
        }
        return [outbound.payment_method(name, self.showing) for name in sorted(names)]

    def entries(self) -> list[Record]:
        """Return every transaction of the ledger as a journal entry."""
        return outbound.posted_entries(list(self.session.ledger_rows()), self.showing)

    def journals(self) -> list[Record]:
        """Return the one journal."""
        return [outbound.journal(self.showing)]


_SPECIAL: Final[Mapping[str, Callable[[_Reading], list[Record]]]] = {
    "taxRates": _Reading.tax_rates,
    "trackingCategories": _Reading.categories,
    "paymentMethods": _Reading.payment_methods,
    "journalEntries": _Reading.entries,
    "journals": _Reading.journals,
}
"""Data types that are not simply the records of one type."""


def _unknown(push_type: PushType, key: str) -> ClaryError:
    return PUSH_RECORD_UNKNOWN.raised(id=key[:ID_LENGTH], data_type=push_type.name)


def _type_for(path: str, edition: EditionName) -> PushType:
    push_type = type_at(path)
    if push_type is None or not is_read(push_type, edition):
        raise options_of.unsupported(path[:ID_LENGTH], edition)
    return push_type


@needs_somewhere(Role.VIEWER)
def push_records(
    installation: Installation,
    company_id: str,
    connection_id: str | None,
    path: str,
    page: Page,
) -> tuple[list[Record], int]:
    """Return a page of the records of a data type, and how many there are after the query.

    Raises:
        Rejected: there is no such company or connection, or query or order cannot be used.
        Unsupported: the integration has no such data type.
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the books cannot be opened.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    connection, bound = _books(installation, company_id, connection_id)
    push_type = _type_for(path, BY_KEY[connection.platform].edition)
    kinds = query.kinds_of(push_type)
    if page.query is not None:
        query.parse(page.query, kinds)
    if page.order is not None:
        query.parse_order(page.order, kinds)
    del company
    opened = open_company(installation, bound)
    with opened.company.reading() as session:
        return _reading(installation, opened, session).all(push_type, page)


@needs_somewhere(Role.VIEWER)
def push_record(
    installation: Installation, company_id: str, connection_id: str | None, path: str, key: str
) -> Record:
    """Return one record by its id.

    Raises:
        Rejected: there is no such company, connection or record.
        Unsupported: the integration has no such data type.
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the books cannot be opened.
    """
    connection, bound = _books(installation, company_id, connection_id)
    push_type = _type_for(path, BY_KEY[connection.platform].edition)
    opened = open_company(installation, bound)
    with opened.company.reading() as session:
        reading = _reading(installation, opened, session)
        found = reading.one(push_type, key)
        if push_type.name == "trackingCategories" and found.get("hasChildren"):
            children = [e for e in reading.categories() if e.get("parentId") == key]
            return {**found, "subCategories": children}
        return found


@needs_somewhere(Role.VIEWER)
def push_info(installation: Installation, company_id: str) -> Record:
    """Return what the company is, as its books say.

    Raises:
        Rejected: there is no such company, or it is not linked.
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the books cannot be opened.
    """
    _, bound = _books(installation, company_id, None)
    return outbound.company(open_company(installation, bound).info)


def _books(
    installation: Installation, company_id: str, connection_id: str | None
) -> tuple[PushConnection, str]:
    company = company_for(installation, company_id, Role.VIEWER)
    return books_of(installation, company, connection_id)


def _reading(installation: Installation, opened: Opened, session: Session) -> _Reading:
    modified = timestamp(installation.clock.now())
    return _Reading(opened, session, Showing(Books(session, opened.info), modified))


# --- refreshes -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dataset:
    """One refresh of a data type.

    Attributes:
        id: its id.
        company: id of the company.
        connection: id of the connection.
        data_type: what was refreshed.
        status: how it ended.
        error: what went wrong, if anything.
        requested: when, as ISO text in UTC.
        completed: when it ended, as ISO text in UTC.
    """

    id: str
    company: str
    connection: str
    data_type: str
    status: str
    error: str | None
    requested: str
    completed: str | None


COMPLETE: Final = "Complete"
FETCH_ERROR: Final = "FetchError"


@needs_somewhere(Role.OPERATOR)
def refresh_data(
    installation: Installation, company_id: str, connection_id: str | None, name: str | None
) -> list[Dataset]:
    """Refresh a data type, or all of them: the books are asked whether they can be read.

    Nothing is copied, since reads come from the books; what a refresh tells is that they
    could be read at that moment, or why not.

    Raises:
        Rejected: there is no such company or connection, or it is not linked.
        Unsupported: the integration has no such data type.
    """
    company = company_for(installation, company_id, Role.OPERATOR)
    connection, bound = books_of(installation, company, connection_id)
    edition = BY_KEY[connection.platform].edition
    chosen_types = [each for each in ALL_TYPES if is_read(each, edition)]
    if name is not None:
        chosen_types = [each for each in chosen_types if each.name == name]
        if not chosen_types:
            raise options_of.unsupported(name[:ID_LENGTH], edition)
    asked_at = installation.clock.now()
    error = _trouble(installation, bound)
    now = installation.clock.now()
    made = [
        Dataset(
            new_key(),
            company.id,
            connection.id,
            each.name,
            COMPLETE if error is None else FETCH_ERROR,
            error,
            timestamp(asked_at),
            timestamp(now),
        )
        for each in chosen_types
    ]
    payload: Record = {
        "referenceCompany": events.company_told(company),
        "dataTypes": [
            {
                "connectionId": each.connection,
                "dataType": each.data_type,
                "recordsModified": True,
                "status": each.status,
            }
            for each in made
        ],
    }
    with installation.database.write(f"push data {company.id}") as write:
        write.execute(insert(PUSH_DATASET), [_values(each) for each in made])
        events.tell(write, company, "read.completed", payload, now)
    return made


def _trouble(installation: Installation, bound: str) -> str | None:
    """Return why the books cannot be read just now, or none if they can."""
    try:
        with open_company(installation, bound).company.reading():
            return None
    except ClaryError as error:
        return f"{error.findings[0].message} [{error.code}]"


@needs_somewhere(Role.VIEWER)
def data_history(installation: Installation, company_id: str) -> list[Dataset]:
    """Return the refreshes of a company, the newest first.

    Raises:
        Rejected: there is no such company.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    order = (PUSH_DATASET.c.requested_at.desc(), PUSH_DATASET.c.id)
    asked = select(PUSH_DATASET).where(PUSH_DATASET.c.company == company.id).order_by(*order)
    with installation.database.read() as read:
        return [_dataset(row) for row in read.execute(asked)]


@needs_somewhere(Role.VIEWER)
def dataset(installation: Installation, company_id: str, dataset_id: str) -> Dataset:
    """Return one refresh of a company.

    Raises:
        Rejected: there is none.
    """
    for each in data_history(installation, company_id):
        if each.id == dataset_id:
            return each
    raise PUSH_DATASET_UNKNOWN.raised(id=dataset_id[:ID_LENGTH])


@needs_somewhere(Role.VIEWER)
def data_status(installation: Installation, company_id: str) -> dict[str, Record]:
    """Return for each data type of a company how its last refresh ended.

    Raises:
        Rejected: there is no such company.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    editions = {BY_KEY[each.platform].edition for each in company.connections}
    history = data_history(installation, company_id)
    found: dict[str, Record] = {}
    for push_type in ALL_TYPES:
        if any(is_read(push_type, edition) for edition in editions):
            own = [each for each in history if each.data_type == push_type.name]
            found[push_type.name] = _status(push_type.name, own)
    return found


def _status(name: str, history: list[Dataset]) -> Record:
    good = next((each for each in history if each.status == COMPLETE), None)
    told: Record = {"dataType": name, "currentStatus": "Initial"}
    if history:
        told |= {"currentStatus": history[0].status, "latestSyncId": history[0].id}
    if good is not None:
        told |= {"lastSuccessfulSync": good.completed, "latestSuccessfulSyncId": good.id}
    return told


def _values(made: Dataset) -> dict[str, object]:
    return {
        "id": made.id,
        "company": made.company,
        "connection": made.connection,
        "data_type": made.data_type,
        "status": made.status,
        "error": made.error,
        "requested_at": made.requested,
        "completed_at": made.completed,
    }


def _dataset(row: Row[Any]) -> Dataset:
    return Dataset(
        row.id,
        row.company,
        row.connection,
        row.data_type,
        row.status,
        row.error,
        row.requested_at,
        row.completed_at,
    )
