"""Reads of the push API: options, records, and what the company is.

Records are read from the books themselves, so that what was written can be read at once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from clary.companies.contract import Operation
from clary.flows.push import options as options_of
from clary.flows.push import outbound, query
from clary.flows.push.answers import Page
from clary.flows.push.declaring import PushType
from clary.flows.push.showing import Record, Showing
from clary.flows.push.types import type_at, type_named
from clary.flows.push.types_lists import COMPANY
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.push.keeping import PushConnection
from clary.hub.push.lookups import Books
from clary.hub.push.problems import ID_LENGTH
from clary.hub.push.reading import Reading
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import inner, needs_somewhere
from clary.hub.services.push_companies import company_for
from clary.hub.services.push_connections import BY_KEY, books_of, connection_of
from clary.kernel.clock import timestamp
from clary.kernel.errors import Unsupported
from clary.ledger.fields import EditionName

Found = TypeVar("Found")


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
    return push_type.name == COMPANY.name or edition in push_type.records


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
    connection, bound = _books(installation, company_id, connection_id)
    push_type = _type_for(path, BY_KEY[connection.platform].edition)
    kinds = query.kinds_of(push_type)
    if page.query is not None:
        query.parse(page.query, kinds)
    if page.order is not None:
        query.parse_order(page.order, kinds)
    return _read(installation, bound, push_type, lambda reading: reading.page(push_type, page))


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

    def one(reading: Reading) -> Record:
        found = reading.one(push_type, key)
        if push_type.name == "trackingCategories" and found.get("hasChildren"):
            children = [e for e in reading.categories() if e.get("parentId") == key]
            return {**found, "subCategories": children}
        return found

    return _read(installation, bound, push_type, one)


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


def _read(
    installation: Installation,
    bound: str,
    push_type: PushType,
    wanted: Callable[[Reading], Found],
) -> Found:
    """Return what is wanted of books that are open for reading.

    Raises:
        Unsupported: their driver cannot read the data type (DATATYPE_UNSUPPORTED).
    """
    opened = open_company(installation, bound)
    try:
        with opened.company.reading() as session:
            showing = Showing(Books(session, opened.info), timestamp(installation.clock.now()))
            return wanted(Reading(session, showing))
    except Unsupported:
        raise options_of.unsupported(push_type.name, opened.info.edition) from None
