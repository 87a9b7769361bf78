"""How a PostgreSQL server is connected to, and how its transactions begin.

A server lets many write at once, and our statements were written for one writer at a time:
they read, decide and write.  Advisory locks, taken as a writing transaction begins and
let go by the server as it ends, give back exactly the order that they rely on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from clary.store.problems import DATABASE_ENCODING

DRIVER: Final = "postgresql+psycopg"

CONNECTIONS: Final = 20
"""Most connections of one process; a server allows 100 in all unless set otherwise."""

IDLE_MILLISECONDS: Final = 20_000
"""How long a transaction may do nothing before the server ends it and frees its locks.

It is shorter than the wait for a lock, so that a process which was stopped in the middle
of a write makes others wait, and not fail; what it had written is undone.
"""

_CONNECTING: Final[Mapping[str, object]] = {
    "connect_timeout": 10,
    "application_name": "clary",
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""A server or a client whose machine is gone without a word is noticed within half a minute."""

_SESSION: Final = (
    "select set_config('lock_timeout', '{wait}', false),"
    " set_config('idle_in_transaction_session_timeout', '{idle}', false),"
    " set_config('tcp_keepalives_idle', '10', false),"
    " set_config('tcp_keepalives_interval', '5', false),"
    " set_config('tcp_keepalives_count', '3', false),"
    " set_config('synchronous_commit', case current_setting('synchronous_commit')"
    " when 'off' then 'on' else current_setting('synchronous_commit') end, false)"
)
"""Patience, and that what was committed is on the server's disk, whatever its settings."""

IDLING: Final = "set local idle_in_transaction_session_timeout = 0"
"""Lifts the limit for one transaction."""

_READ: Final = "begin isolation level repeatable read, read only"
_WRITE: Final = "begin isolation level read committed"


def engine_for(url: URL, *, wait_milliseconds: int) -> Engine:
    """Return the engine of a server; nothing is connected yet.

    Args:
        url: where it is; what it states of a connection goes before our own choice.
        wait_milliseconds: how long to wait for a lock, or for one of the connections.
    """
    stated = {name: value for name, value in _CONNECTING.items() if name not in url.query}
    engine = create_engine(
        url.set(drivername=DRIVER),
        # We begin transactions ourselves, see `begin`; the driver would do it a second time.
        isolation_level="AUTOCOMMIT",
        connect_args=stated,
        pool_size=CONNECTIONS // 4,
        max_overflow=CONNECTIONS - CONNECTIONS // 4,
        pool_timeout=wait_milliseconds / 1000,
        pool_pre_ping=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: DBAPIConnection, _: ConnectionPoolEntry) -> None:
        cursor: Any = connection.cursor()
        with cursor:
            cursor.execute(_SESSION.format(wait=wait_milliseconds, idle=IDLE_MILLISECONDS))
        connection.commit()

    return engine


def begin(connection: Connection, scope: str | None) -> None:
    """Begin a transaction in one round trip.

    A reader gets one snapshot for all that it reads.  A writer gets a new one with each
    statement: one taken while it waited for its lock would show what was before the
    other writer, and deciding by that is what the lock is there to prevent.

    Args:
        connection: where to begin it.
        scope: none to read; to write, what `Database.write` was given.
    """
    if scope is None:
        statements = _READ
    elif scope:
        statements = f"{_WRITE}; {_lock('', shared=True)}; {_lock(scope)}"
    else:
        statements = f"{_WRITE}; {_lock('')}"
    connection.exec_driver_sql(statements)


def _lock(scope: str, *, shared: bool = False) -> str:
    kind = "_shared" if shared else ""
    return f"select pg_advisory_xact_lock{kind}({lock_number(scope)})"


def lock_number(scope: str) -> int:
    """Return the number of the lock of a scope; two that share one only wait needlessly."""
    digest = hashlib.blake2b(f"clary/{scope}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def check(connection: Connection, url: str) -> None:
    """Make sure that a database can hold every text.

    Raises:
        Misconfigured: it was made with another encoding than UTF-8 (DATABASE_ENCODING).
    """
    found = connection.execute(text("select current_setting('server_encoding')")).scalar_one()
    if found != "UTF8":
        raise DATABASE_ENCODING.raised(url=url, found=found)


def sort_texts_by_bytes(connection: Connection) -> None:
    """Let every text column sort by its characters' numbers, as SQLite does.

    Otherwise the order of pages, and which moment is later, would hang on the language
    that the database was made with.
    """
    found = connection.execute(
        text(
            "select table_name, column_name from information_schema.columns"
            " where table_schema = current_schema() and data_type = 'text'"
            " and collation_name is distinct from 'C' and table_name <> 'alembic_version'"
        )
    ).all()
    quoted = connection.dialect.identifier_preparer.quote
    for table, column in found:
        statement = f'alter table {quoted(table)} alter {quoted(column)} type text collate "C"'
        connection.execute(text(statement))
