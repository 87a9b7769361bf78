"""One database of one installation, and the two ways to use it: read and write.

A writing transaction takes the write lock at its start (a lock asked for halfway cannot
be waited for), and what the database library raises leaves here as our own errors.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Self

from sqlalchemy import Connection, Engine, MetaData, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from clary.store.problems import DATABASE_EMPTY, DATABASE_URL_INVALID, translated

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

BUSY_MILLISECONDS = 30_000
"""How long a statement waits for another process's lock before DATABASE_LOCKED."""

_WRITES = "clary_writes"


class Database:
    """The database of an installation.  Threads may share it; a connection they may not."""

    def __init__(self, engine: Engine) -> None:
        """Wrap an engine made by `open`."""
        self._engine = engine
        self.url = engine.url.render_as_string(hide_password=True)

    @classmethod
    def open(cls, url: str, *, busy_milliseconds: int = BUSY_MILLISECONDS) -> Self:
        """Return the database at `url`; a SQLite file and its folder are made if missing.

        Raises:
            Misconfigured: not a usable URL (DATABASE_URL_INVALID), not a database
                (DATABASE_CORRUPT), a file without content (DATABASE_EMPTY) or not
                writable (DATABASE_UNREADABLE).
            Busy: another process keeps it locked (DATABASE_LOCKED).
        """
        parsed = _parsed(url)
        try:
            engine = create_engine(parsed)
        except (NoSuchModuleError, ModuleNotFoundError) as error:
            raise DATABASE_URL_INVALID.raised(url=url, reason=str(error)) from error
        if parsed.get_backend_name() == "sqlite":
            _tune_sqlite(engine, busy_milliseconds)
        database = cls(engine)
        with database.read() as connection:
            connection.execute(text("select 1"))
        return database

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection with one consistent view of the data.

        Raises:
            Busy, Misconfigured, Failed: as `store.problems` lists them.
        """
        with self._connected(writes=False) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection in a writing transaction: committed at the end, or undone.

        Raises:
            Busy, Misconfigured, Failed: as `store.problems` lists them.
        """
        with self._connected(writes=True) as connection:
            yield connection

    @contextmanager
    def _connected(self, *, writes: bool) -> Iterator[Connection]:
        try:
            with self._engine.connect() as plain:
                connection = plain.execution_options(**{_WRITES: writes})
                with connection.begin():
                    yield connection
        except (sqlite3.Error, DBAPIError) as error:
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


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DATABASE_URL_INVALID.raised(url=url, reason="it cannot be parsed") from error
    if parsed.get_backend_name() == "sqlite":
        if not parsed.database or parsed.database == ":memory:":
            raise DATABASE_URL_INVALID.raised(
                url=url, reason="a database in memory would lose the journal"
            )
        try:
            _made(Path(parsed.database))
        except OSError as error:
            raise DATABASE_URL_INVALID.raised(url=url, reason=str(error)) from error
        except sqlite3.Error as error:
            raise translated(error, url) from error
    return parsed


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


def _tune_sqlite(engine: Engine, busy_milliseconds: int) -> None:
    """Set every new connection up, and begin transactions ourselves.

    The driver's own transaction control begins too late (at the first write), which
    turns waiting for a lock into an error.
    """

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _: ConnectionPoolEntry) -> None:
        connection.isolation_level = None
        connection.execute(f"PRAGMA busy_timeout = {busy_milliseconds}")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get(_WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
