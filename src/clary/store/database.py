"""One database of one installation, and the two ways to use it: read and write.

It is a SQLite file or a PostgreSQL server, and who uses it cannot tell which.  A writing
transaction takes its lock at its start (a lock asked for halfway cannot be waited for),
and what the database library raises leaves here as our own errors.
"""

from __future__ import annotations

import os
import re
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Integer,
    MetaData,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.exc import TimeoutError as PoolExhausted
from sqlalchemy.pool import ConnectionPoolEntry

from clary.store import postgresql
from clary.store.problems import (
    DATABASE_EMPTY,
    DATABASE_LOCKED,
    DATABASE_URL_INVALID,
    translated,
)
from clary.store.turns import Turns

METADATA = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
"""Every table of engine, flows and hub; each package declares its own in `tables.py`."""

WHOLE = BigInteger().with_variant(Integer, "sqlite")
"""Whole numbers of 64 bits: what SQLite calls an integer is half as long on PostgreSQL."""

BUSY_MILLISECONDS = 30_000
"""How long a statement waits for another process's lock before DATABASE_LOCKED."""

SQLITE = "sqlite"
POSTGRESQL = "postgresql"
_SCOPE = "clary_scope"
_KNOWN = {
    "sqlite": SQLITE,
    "sqlite+pysqlite": SQLITE,
    "postgresql": POSTGRESQL,
    postgresql.DRIVER: POSTGRESQL,
}
_SECRET_PARTS = ("password", "sslpassword")
_USER_PART = re.compile("//.*@")


class Database:
    """The database of an installation.  Threads may share it; a connection they may not."""

    def __init__(self, engine: Engine, patience: float = 0) -> None:
        """Wrap an engine made by `open`; writers to a file wait for this many seconds."""
        self._engine = engine
        self._patience = patience
        self._turns = Turns()
        self.url = _shown(engine.url)
        self.kind = engine.dialect.name

    @classmethod
    def open(cls, url: str, *, busy_milliseconds: int = BUSY_MILLISECONDS) -> Self:
        """Return the database at `url`; a SQLite file and its folder are made if missing.

        Raises:
            Misconfigured: not a usable URL (DATABASE_URL_INVALID), not a database
                (DATABASE_CORRUPT), a file without content (DATABASE_EMPTY), not writable
                (DATABASE_UNREADABLE), no such database on the server (DATABASE_MISSING),
                the server refuses user or password (DATABASE_LOGIN_REFUSED), or one that
                cannot hold every text (DATABASE_ENCODING).
            Busy: another process keeps it locked (DATABASE_LOCKED), or the server has no
                connection left (DATABASE_CROWDED).
            Unreachable: the server does not answer (DATABASE_UNREACHABLE).
        """
        parsed = _parsed(url)
        try:
            engine = _engine(parsed, busy_milliseconds)
            database = cls(engine, busy_milliseconds / 1_000)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise DATABASE_URL_INVALID.raised(url=_shown(parsed), reason=str(error)) from error
        try:
            with database.read() as connection:
                if database.kind == POSTGRESQL:
                    postgresql.check(connection, database.url)
                else:
                    connection.execute(text("select 1"))
        except BaseException:
            database.close()
            raise
        return database

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection with one consistent view of the data.

        Raises:
            Busy, Unreachable, Misconfigured, Failed: as `store.problems` lists them.
        """
        with self._connected(None) as connection:
            yield connection

    @contextmanager
    def write(self, scope: str = "") -> Iterator[Connection]:
        """Give a connection in a writing transaction: committed at the end, or undone.

        Without a scope it is alone: no other writing transaction of the installation is
        under way, so that what it reads stays true until it commits.  On SQLite it always is.

        With a scope it is alone among those of the same scope and those without one, and
        writers of different scopes work beside each other.  That is safe where two scopes
        share no row that one of them reads to decide and the other writes.  The scope of
        the engine is the identity of a company, and it holds there:

        - leases, runs, events, plans and journal rows belong to one company, and whoever
          writes them holds its lease under the same scope.  A takeover and a write by the
          former holder are therefore in order, and the second sees the first;
        - the ids of the events of one run are given and committed under one scope, so
          they become visible in order: a reader of a run that goes on after the last id
          that it saw misses none.  Events of different runs come in no order; nobody may
          tail them together by id;
        - serial numbers come from sequences, which never give one out twice;
        - taking documents back adds one to a count of an earlier run in one statement, which
          holds whoever else counts there;
        - what removes or overwrites rows of many companies (plans past their retention,
          connections, restoring) has no scope, and waits for all others.

        A foreign key to a row that another scope updates does not wait for it: only its key
        is held.  Inside a block no second one may be opened: on SQLite it would wait for
        the first, and on PostgreSQL it could.

        Args:
            scope: what is written, such as the identity of a company; empty for everything.

        Raises:
            Busy, Unreachable, Misconfigured, Failed: as `store.problems` lists them.
        """
        with self._turn(), self._connected(scope) as connection:
            yield connection

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the other writers of this process, where one alone may write."""
        if self.kind == POSTGRESQL:
            yield
            return
        with ExitStack() as stack:
            try:
                stack.enter_context(self._turns.turn(self._patience))
            except TimeoutError as error:
                raise DATABASE_LOCKED.raised(url=self.url) from error
            yield

    @contextmanager
    def _connected(self, scope: str | None) -> Iterator[Connection]:
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(**{_SCOPE: scope})
                with connection.begin():
                    yield connection
        except (sqlite3.Error, DBAPIError, PoolExhausted) as error:
            raise translated(error, self.url) from error

    def migrate(self) -> None:
        """Bring the schema to what this program needs.

        Raises:
            Misconfigured: a newer program wrote it (DATABASE_NEWER).
        """
        from clary.store.migrate import migrate  # noqa: PLC0415 - migrations need the database

        migrate(self)

    def close(self) -> None:
        """Close every connection of this process."""
        self._engine.dispose()


def allow_idling(connection: Connection) -> None:
    """Let a transaction do nothing for long, where files are read or written in between."""
    if connection.dialect.name == POSTGRESQL:
        connection.exec_driver_sql(postgresql.IDLING)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        shown = _USER_PART.sub("//***@", url)
        raise DATABASE_URL_INVALID.raised(url=shown, reason="it cannot be parsed") from error
    kind = _KNOWN.get(parsed.drivername)
    if kind is None:
        reason = f"{parsed.drivername} is not known here"
        raise DATABASE_URL_INVALID.raised(url=_shown(parsed), reason=reason)
    if kind == SQLITE:
        _require_file(parsed)
    return parsed


def _require_file(url: URL) -> None:
    shown = _shown(url)
    if not url.database or url.database == ":memory:":
        raise DATABASE_URL_INVALID.raised(
            url=shown, reason="a database in memory would lose the journal"
        )
    try:
        _made(Path(url.database))
    except OSError as error:
        raise DATABASE_URL_INVALID.raised(url=shown, reason=str(error)) from error
    except sqlite3.Error as error:
        raise translated(error, shown) from error


def _shown(url: URL) -> str:
    """Return a URL without what is secret in it."""
    masked = {name: "***" for name in _SECRET_PARTS if name in url.query}
    return url.update_query_dict(masked).render_as_string(hide_password=True)


def _engine(url: URL, busy_milliseconds: int) -> Engine:
    if _KNOWN[url.drivername] == POSTGRESQL:
        engine = postgresql.engine_for(url, wait_milliseconds=busy_milliseconds)
    else:
        engine = create_engine(url)
        _set_up_sqlite(engine, busy_milliseconds)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Begin transactions ourselves.

    The drivers' own transaction control begins too late (at the first write), which turns
    waiting for a lock into an error.
    """
    scope = connection.get_execution_options().get(_SCOPE)
    if connection.dialect.name == POSTGRESQL:
        postgresql.begin(connection, scope)
    else:
        connection.exec_driver_sql("BEGIN" if scope is None else "BEGIN IMMEDIATE")


def _made(file: Path) -> None:
    """Make the database file if it is missing, whole at once and readable by its owner only.

    Nobody ever sees it empty: an empty file had content once, and is never filled anew.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if file.exists():
        if file.is_file() and file.stat().st_size == 0:
            raise DATABASE_EMPTY.raised(file=file)
        return
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    os.close(handle)
    try:
        with closing(sqlite3.connect(name)) as new:
            # Whoever opens it later finds it in this mode: two that would change it at once
            # are not made to wait for each other, one of them fails.
            new.execute("PRAGMA journal_mode = WAL")
            new.execute("VACUUM")  # writes the first page
        _placed(Path(name), file)
    finally:
        Path(name).unlink(missing_ok=True)


def _placed(new: Path, file: Path) -> None:
    """Give a new file its name, unless another process was faster."""
    with suppress(FileExistsError):
        try:
            os.link(new, file)
        except PermissionError:  # a file system without links
            file.touch(mode=0o600, exist_ok=False)
            file.write_bytes(new.read_bytes())


def _set_up_sqlite(engine: Engine, busy_milliseconds: int) -> None:
    """Set every connection up: durable, patient, with foreign keys; and let it go cleanly."""

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {busy_milliseconds}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "invalidate")
    def take_back(connection: sqlite3.Connection, *_: object) -> None:
        """Let go of the lock where a person interrupts a statement.

        Whoever handles the interruption still holds the statement, and a connection that is
        closed keeps its transaction as long as a statement of it is held.
        """
        connection.rollback()
