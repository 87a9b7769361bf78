"""The stored connections of an installation: what is connected, by which drivers, to what.

A connection is pinned to the very company that it showed when it was made: a path or a
server that later leads to other books is refused instead of written to.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import cast

from sqlalchemy import Connection as Stored
from sqlalchemy import Row, delete, insert, select, update

from clary.hub.tables import CONNECTION
from clary.hub.trail import Entry, Recorder, Values
from clary.kernel.clock import Clock, from_timestamp, timestamp
from clary.kernel.errors import Guarded, Misconfigured, Rejected, declare
from clary.ledger.fields import EditionName
from clary.store.database import Database

CONNECTION_UNKNOWN = declare(
    "CONNECTION_UNKNOWN",
    Misconfigured,
    "There is no {kind} called {name!r}.",
    "{known}",
    http_status=404,
)
CONNECTION_EXISTS = declare(
    "CONNECTION_EXISTS",
    Misconfigured,
    "There is a connection called {name} already.",
    "Choose another name, change it with `clary company set` or `clary app set`, or remove"
    " it first.",
    http_status=409,
)
CONNECTION_MODIFIED = declare(
    "CONNECTION_MODIFIED",
    Guarded,
    "Somebody else has changed or removed the {kind} connection {name} meanwhile; nothing of"
    " this change is stored.",
    "Look at it as it is now, and change it again if that is still wanted.",
)
CONNECTION_NAME_INVALID = declare(
    "CONNECTION_NAME_INVALID",
    Rejected,
    "{name!r} cannot be the name of a connection.",
    "Use 1 to 39 letters, digits, dots, hyphens and underscores, a letter or digit first.",
    exit_code=2,
)

_NAME = re.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,38}")


class ConnectionKind(StrEnum):
    """What a connection leads to."""

    COMPANY = "company"
    APP = "app"


@dataclass(frozen=True, slots=True)
class Door:
    """One driver of a connection and its settings; secrets are in the vault."""

    driver: str
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Connection:
    """One stored connection.

    Attributes:
        name: what every face calls it; case does not tell two apart.
        kind: company or app.
        doors: its drivers, the preferred one first.
        title: the company's name as its books gave it when it was linked.
        edition: edition of a company.
        identity: what pins it to the company that it showed when it was linked.
        generation: generation of the books at that moment.
        created_at: when it was added, aware.
        updated_at: when it was last changed, aware.
    """

    name: str
    kind: ConnectionKind
    doors: tuple[Door, ...]
    title: str
    edition: EditionName | None
    identity: str | None
    generation: int | None
    created_at: datetime
    updated_at: datetime


def is_name(text: str) -> bool:
    """Tell whether a text can be the name of a connection."""
    return _NAME.fullmatch(text) is not None


def require_name(name: str) -> None:
    """Make sure that `name` can be the name of a connection.

    Raises:
        Rejected: it cannot (CONNECTION_NAME_INVALID).
    """
    if not is_name(name):
        raise CONNECTION_NAME_INVALID.raised(name=name[:80])


def _unrecorded(_write: object, _entry: Entry) -> None:
    """Keep no trail, for a database that is only looked at."""


@dataclass(frozen=True, slots=True)
class Connections:
    """The connections of an installation.

    Attributes:
        database: where they are stored.
        clock: dates what is stored.
        record: adds to the audit trail what is changed, in the same transaction.
    """

    database: Database
    clock: Clock
    record: Recorder = _unrecorded

    def all(self, kind: ConnectionKind | None = None, after: str = "") -> list[Connection]:
        """Return the connections by name, those of one kind and after a name if given."""
        query = select(CONNECTION).order_by(CONNECTION.c.folded)
        if after:
            query = query.where(CONNECTION.c.folded > after.casefold())
        if kind is not None:
            query = query.where(CONNECTION.c.kind == kind.value)
        with self.database.read() as read:
            return [_connection(row) for row in read.execute(query)]

    def find(self, name: str) -> Connection | None:
        """Return the connection called `name` in any case, or none."""
        query = select(CONNECTION).where(CONNECTION.c.folded == name.casefold())
        with self.database.read() as read:
            row = read.execute(query).one_or_none()
        return None if row is None else _connection(row)

    def get(self, name: str, kind: ConnectionKind) -> Connection:
        """Return the connection of a kind called `name`.

        Raises:
            Misconfigured: there is none (CONNECTION_UNKNOWN).
        """
        found = self.find(name)
        if found is None or found.kind is not kind:
            raise CONNECTION_UNKNOWN.raised(
                kind=kind.value, name=name[:80], known=self._known(kind)
            )
        return found

    def _known(self, kind: ConnectionKind) -> str:
        names = [connection.name for connection in self.all(kind)]
        if not names:
            return f"None is connected yet: add one with `clary {kind.value} add`."
        return f"Use one of: {', '.join(names)}."

    def require_free(self, name: str) -> None:
        """Make sure that a new connection can be called `name`.

        Raises:
            Rejected: it is no usable name (CONNECTION_NAME_INVALID).
            Misconfigured: it is taken (CONNECTION_EXISTS).
        """
        require_name(name)
        found = self.find(name)
        if found is not None:
            raise CONNECTION_EXISTS.raised(name=found.name)

    def add(self, connection: Connection) -> None:
        """Store a new connection.

        Raises:
            Rejected, Misconfigured: its name cannot be used, see `require_free`.
        """
        self.require_free(connection.name)
        with self.database.write() as write:
            write.execute(insert(CONNECTION).values(**_values(connection)))
            self._note(write, "add", connection, {}, _told(connection))

    def save(self, connection: Connection, before: Connection) -> Connection:
        """Store a changed connection under its name and return it as stored.

        Args:
            connection: the connection as it shall be.
            before: the connection that it was made of.

        Raises:
            Guarded: somebody else has changed or removed it since (CONNECTION_MODIFIED).
        """
        saved = replace(connection, updated_at=self.clock.now())
        with self.database.write() as write:
            if _stored(write, connection.name) != before:
                raise CONNECTION_MODIFIED.raised(kind=before.kind.value, name=before.name)
            write.execute(
                update(CONNECTION)
                .where(CONNECTION.c.name == connection.name)
                .values(**_values(saved))
            )
            self._note(write, "set", saved, _told(before), _told(saved))
        return saved

    def remove(self, name: str) -> None:
        """Forget a connection; the books it led to stay as they are."""
        with self.database.write() as write:
            before = _stored(write, name)
            write.execute(delete(CONNECTION).where(CONNECTION.c.name == name))
            if before is not None:
                self._note(write, "remove", before, _told(before), {})

    def _note(
        self, write: Stored, verb: str, connection: Connection, old: Values, new: Values
    ) -> None:
        what, name = f"{connection.kind.value}.{verb}", connection.name
        self.record(write, Entry(what, company=name, record=name, old=old, new=new))


def _stored(write: Stored, name: str) -> Connection | None:
    row = write.execute(select(CONNECTION).where(CONNECTION.c.name == name)).one_or_none()
    return None if row is None else _connection(row)


def _told(connection: Connection | None) -> Values:
    """Return what the audit trail keeps of a connection; its secrets are in the vault."""
    if connection is None:
        return {}
    return {
        "title": connection.title,
        "identity": connection.identity,
        "generation": connection.generation,
        "drivers": [{"driver": d.driver, "settings": dict(d.settings)} for d in connection.doors],
    }


def _values(connection: Connection) -> dict[str, object]:
    doors = [{"driver": d.driver, "settings": dict(d.settings)} for d in connection.doors]
    return {
        "name": connection.name,
        "folded": connection.name.casefold(),
        "kind": connection.kind.value,
        "doors": json.dumps(doors, ensure_ascii=False),
        "title": connection.title,
        "edition": connection.edition,
        "identity": connection.identity,
        "generation": connection.generation,
        "created_at": timestamp(connection.created_at),
        "updated_at": timestamp(connection.updated_at),
    }


def _connection(row: Row[tuple[object, ...]]) -> Connection:
    return Connection(
        name=row.name,
        kind=ConnectionKind(row.kind),
        doors=tuple(Door(door["driver"], door["settings"]) for door in json.loads(row.doors)),
        title=row.title,
        edition=cast("EditionName | None", row.edition),
        identity=row.identity,
        generation=row.generation,
        created_at=from_timestamp(row.created_at),
        updated_at=from_timestamp(row.updated_at),
    )
