"""Connections of the push API: which books of the installation a company of the API is for."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import ColumnElement, Connection, delete, select, update

from clary.flows.push.showing import Record
from clary.flows.push.types import PLATFORMS, SOURCE_TYPE, Platform
from clary.hub.access import Role
from clary.hub.connections import Connection as Books
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation
from clary.hub.push import events
from clary.hub.push.keeping import (
    OPEN,
    SCOPE,
    LinkStatus,
    PushCompany,
    PushConnection,
    add_connection,
    new_key,
)
from clary.hub.push.problems import (
    ID_LENGTH,
    PUSH_ALREADY_CONNECTED,
    PUSH_BODY_INVALID,
    PUSH_CONNECTION_UNKNOWN,
    PUSH_EDITION_DIFFERS,
    PUSH_LINKED_BEFORE,
    PUSH_NOT_LINKED,
    PUSH_PLATFORM_UNKNOWN,
)
from clary.hub.push.tables import PUSH_CONNECTION, PUSH_DATASET
from clary.hub.services.permissions import inner, needs_somewhere
from clary.hub.services.push_companies import as_stored, company_for
from clary.hub.tables import CONNECTION
from clary.hub.trail import Entry
from clary.hub.work import Lane, Work
from clary.kernel.clock import timestamp

COMPLETE: Final = "Complete"
"""Status of a refresh that ended well."""

BY_KEY: Final = {platform.key: platform for platform in PLATFORMS.values()}
"""The integrations by their keys."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """How a refresh ended.

    Attributes:
        at: when, as ISO text in UTC.
        status: its status.
        error: what went wrong, if anything.
    """

    at: str
    status: str
    error: str | None


@dataclass(frozen=True, slots=True)
class ConnectionAnswer:
    """A connection as faces show it.

    Attributes:
        connection: the connection, its status as it is now.
        platform: its integration.
        lane: how the work for its books stands; none until it is linked.
        read: the last refresh that ended well, if any.
        unread: the last refresh that did not, if any.
    """

    connection: PushConnection
    platform: Platform
    lane: Lane | None
    read: Refreshed | None = None
    unread: Refreshed | None = None


def platform_of(key: str) -> Platform:
    """Return the integration of a key.

    Raises:
        Rejected: there is none (PUSH_PLATFORM_UNKNOWN).
    """
    found = BY_KEY.get(key)
    if found is None:
        raise PUSH_PLATFORM_UNKNOWN.raised(key=key[:ID_LENGTH], known=", ".join(sorted(BY_KEY)))
    return found


@inner
def connection_of(company: PushCompany, connection_id: str) -> PushConnection:
    """Return a connection of a company.

    Raises:
        Rejected: it has no such connection (PUSH_CONNECTION_UNKNOWN).
    """
    for each in company.connections:
        if each.id == connection_id:
            return each
    raise PUSH_CONNECTION_UNKNOWN.raised(id=connection_id[:ID_LENGTH])


@inner
def current(read: Connection, connection: PushConnection) -> PushConnection:
    """Return a connection with its status as it is now: books that are gone end it."""
    if connection.status is LinkStatus.LINKED and not _is_there(read, connection):
        return replace(connection, status=LinkStatus.DEAUTHORIZED)
    return connection


def _is_there(read: Connection, connection: PushConnection) -> bool:
    """Tell whether the name still leads to the books that a connection was linked to."""
    query = select(CONNECTION.c.identity).where(
        CONNECTION.c.folded == (connection.bound or "").casefold(),
        CONNECTION.c.kind == ConnectionKind.COMPANY.value,
    )
    row = read.execute(query).one_or_none()
    return row is not None and connection.identity in (None, row.identity)


@inner
def books_of(
    installation: Installation, company: PushCompany, connection_id: str | None
) -> tuple[PushConnection, str]:
    """Return a linked connection of a company, and the connection of its books.

    Args:
        installation: where they are stored.
        company: the company.
        connection_id: the connection; the one that is linked if none.

    Raises:
        Rejected: there is no such connection, or it is not linked (PUSH_NOT_LINKED).
    """
    chosen = None
    if connection_id is not None:
        chosen = connection_of(company, connection_id)
    else:
        linked = (each for each in company.connections if each.status is LinkStatus.LINKED)
        chosen = next(linked, company.connections[-1] if company.connections else None)
    if chosen is None:
        raise PUSH_NOT_LINKED.raised(status="missing")
    with installation.database.read() as read:
        chosen = current(read, chosen)
    if chosen.status is LinkStatus.LINKED and chosen.bound is not None:
        return chosen, chosen.bound
    raise PUSH_NOT_LINKED.raised(status=chosen.status.value)


@inner
def shown(installation: Installation, connection: PushConnection) -> ConnectionAnswer:
    """Return a connection as faces show it."""
    lane = None
    if connection.bound is not None:
        lane = Work(installation.database, installation.clock).lane(connection.bound)
    with installation.database.read() as read:
        now = current(read, connection)
        good = _last(read, connection, PUSH_DATASET.c.status == COMPLETE)
        bad = _last(read, connection, PUSH_DATASET.c.status != COMPLETE)
    return ConnectionAnswer(now, BY_KEY[connection.platform], lane, good, bad)


def _last(
    read: Connection, connection: PushConnection, which: ColumnElement[bool]
) -> Refreshed | None:
    mine = (
        PUSH_DATASET.c.company == connection.company,
        PUSH_DATASET.c.connection == connection.id,
    )
    query = (
        select(PUSH_DATASET)
        .where(*mine, which)
        .order_by(PUSH_DATASET.c.requested_at.desc(), PUSH_DATASET.c.id)
        .limit(1)
    )
    row = read.execute(query).first()
    return None if row is None else Refreshed(row.completed_at, row.status, row.error)


def _tell(
    installation: Installation,
    company: PushCompany,
    connection: PushConnection,
    kind: str,
    write: Connection,
) -> None:
    platform = BY_KEY[connection.platform]
    payload: Record = {
        "referenceCompany": events.company_told(company),
        "connection": {
            "id": connection.id,
            "integrationId": platform.integration_id,
            "integrationKey": platform.key,
            "sourceId": platform.source_id,
            "sourceType": SOURCE_TYPE,
            "platformName": platform.name,
            "linkUrl": f"/companies/{company.id}/connections/{connection.id}/authorization",
            "status": connection.status.value,
            "created": timestamp(connection.created_at),
        },
    }
    events.tell(write, company, kind, payload, installation.clock.now())


@needs_somewhere(Role.VIEWER)
def list_push_connections(installation: Installation, company_id: str) -> list[ConnectionAnswer]:
    """Return the connections of a company, the oldest first.

    Raises:
        Rejected: there is no such company.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    return [shown(installation, each) for each in company.connections]


@needs_somewhere(Role.VIEWER)
def push_connection(
    installation: Installation, company_id: str, connection_id: str
) -> ConnectionAnswer:
    """Return a connection of a company.

    Raises:
        Rejected: there is none.
    """
    company = company_for(installation, company_id, Role.VIEWER)
    return shown(installation, connection_of(company, connection_id))


@needs_somewhere(Role.OPERATOR)
def create_push_connection(
    installation: Installation, company_id: str, platform_key: str
) -> ConnectionAnswer:
    """Make a connection, which waits for the books it is for.

    Raises:
        Rejected: there is no such company or integration, or the company has a connection
            already (PUSH_ALREADY_CONNECTED).
    """
    company = company_for(installation, company_id, Role.OPERATOR)
    platform = platform_of(platform_key)
    now = installation.clock.now()
    made = PushConnection(
        new_key(), company.id, platform.key, LinkStatus.PENDING, None, None, now, None
    )
    with installation.database.write(SCOPE) as write:
        company = as_stored(write, company)
        if any(current(write, each).status in OPEN for each in company.connections):
            raise PUSH_ALREADY_CONNECTED.raised()
        add_connection(write, made)
        _tell(installation, company, made, "connection.created", write)
        entry = Entry("push_connection.add", record=made.id, new=made.told())
        installation.trail.record(write, entry)
    return shown(installation, made)


@needs_somewhere(Role.OPERATOR)
def link_push_connection(
    installation: Installation, company_id: str, connection_id: str, name: str
) -> ConnectionAnswer:
    """Link a connection to a company of the installation; it can be written to from now on.

    One that was linked before can be linked again to the same books only: what was pushed to
    it is theirs.

    Raises:
        Rejected: there is no such connection, it was linked to other books before
            (PUSH_LINKED_BEFORE), another one is linked (PUSH_ALREADY_CONNECTED), or the company
            is of another edition (PUSH_EDITION_DIFFERS).
        Misconfigured: there is no such company of the installation.
        Unauthorised: the role for that company is missing.
    """
    company = company_for(installation, company_id, Role.OPERATOR)
    found = connection_of(company, connection_id)
    if not name:
        raise PUSH_BODY_INVALID.raised(
            what="company", value="", expected="the name of a company of this installation"
        )
    installation.access.require(Role.OPERATOR, name)
    books = installation.connections.get(name, ConnectionKind.COMPANY)
    platform = BY_KEY[found.platform]
    if books.edition != platform.edition:
        raise PUSH_EDITION_DIFFERS.raised(name=books.name, platform=platform.name)
    with installation.database.write(SCOPE) as write:
        company = as_stored(write, company)
        found = connection_of(company, connection_id)
        if current(write, found).status is LinkStatus.LINKED and _is_for(found, books):
            linked = found
        else:
            linked = _linked(installation, write, company, found, books)
    return shown(installation, linked)


def _is_for(connection: PushConnection, books: Books) -> bool:
    """Tell whether a connection is or was linked to these books."""
    return (connection.bound, connection.identity) == (books.name, books.identity)


def _linked(
    installation: Installation,
    write: Connection,
    company: PushCompany,
    found: PushConnection,
    books: Books,
) -> PushConnection:
    """Link a connection and return it; see `link_push_connection`."""
    if found.bound is not None and not _is_for(found, books):
        raise PUSH_LINKED_BEFORE.raised()
    others = [each for each in company.connections if each.id != found.id]
    if any(current(write, each).status is LinkStatus.LINKED for each in others):
        raise PUSH_ALREADY_CONNECTED.raised()
    now = installation.clock.now()
    linked = replace(
        found,
        status=LinkStatus.LINKED,
        bound=books.name,
        identity=books.identity,
        linked_at=now,
    )
    write.execute(
        update(PUSH_CONNECTION)
        .where(PUSH_CONNECTION.c.id == found.id)
        .values(
            status=linked.status.value,
            bound=linked.bound,
            identity=linked.identity,
            linked_at=timestamp(now),
        )
    )
    again = found.linked_at is not None
    kind = "connection.reconnected" if again else "connection.connected"
    _tell(installation, company, linked, kind, write)
    old, new = found.told(), linked.told()
    entry = Entry("push_connection.link", linked.bound, linked.id, old=old, new=new)
    installation.trail.record(write, entry)
    return linked


@needs_somewhere(Role.OPERATOR)
def unlink_push_connection(
    installation: Installation, company_id: str, connection_id: str
) -> ConnectionAnswer:
    """Unlink a linked connection; what waits is still written.

    Raises:
        Rejected: there is none, or it is not linked (PUSH_NOT_LINKED).
    """
    company = company_for(installation, company_id, Role.OPERATOR)
    with installation.database.write(SCOPE) as write:
        company = as_stored(write, company)
        found = connection_of(company, connection_id)
        if found.status is not LinkStatus.LINKED:
            raise PUSH_NOT_LINKED.raised(status=found.status.value)
        unlinked = replace(found, status=LinkStatus.UNLINKED)
        write.execute(
            update(PUSH_CONNECTION)
            .where(PUSH_CONNECTION.c.id == found.id)
            .values(status=unlinked.status.value)
        )
        _tell(installation, company, unlinked, "connection.disconnected", write)
        old, new = found.told(), unlinked.told()
        entry = Entry("push_connection.unlink", found.bound, found.id, old=old, new=new)
        installation.trail.record(write, entry)
    return shown(installation, unlinked)


@needs_somewhere(Role.OPERATOR)
def delete_push_connection(installation: Installation, company_id: str, connection_id: str) -> None:
    """Forget a connection; its operations and the books stay.

    Raises:
        Rejected: there is none.
    """
    company = company_for(installation, company_id, Role.OPERATOR)
    with installation.database.write(SCOPE) as write:
        company = as_stored(write, company)
        found = connection_of(company, connection_id)
        write.execute(delete(PUSH_CONNECTION).where(PUSH_CONNECTION.c.id == found.id))
        _tell(installation, company, found, "connection.deleted", write)
        entry = Entry("push_connection.remove", found.bound, found.id, old=found.told())
        installation.trail.record(write, entry)
