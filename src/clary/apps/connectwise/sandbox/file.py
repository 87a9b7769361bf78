"""The file of a site: opened, checked, read and written.

One request is one transaction: readers see one moment of the site, also while a long answer
is streamed, and a request that is refused leaves nothing behind.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, LifoQueue

from clary.apps.connectwise.sandbox.schema import APPLICATION_ID, FORMAT, statements
from clary.kernel.errors import Misconfigured, declare

SITE_FILE_UNUSABLE = declare(
    "SITE_FILE_UNUSABLE",
    Misconfigured,
    "The file {path} cannot be used as a sandbox site: {reason}.",
    "Name another file with --file, or remove this one to have a new site made.",
)

_WAIT_SECONDS = 60
_CACHE_KIB = 64_000
_MOST_COUNTS = 1_000


class SiteFile:
    """The state of one site; connections are reused and never shared at the same time."""

    def __init__(self, path: Path) -> None:
        """Open the file of a site.

        Raises:
            Misconfigured: there is none, or the file is something else.
        """
        if not path.is_file():
            raise SITE_FILE_UNUSABLE.raised(path=path.name, reason="there is no such file")
        self.path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        self.generation = 0
        """How many requests have written; a count holds for one generation."""
        self._counts: dict[Hashable, int] = {}
        try:
            with self.reading() as connection:
                _check(connection, path)
        except sqlite3.Error as error:
            raise SITE_FILE_UNUSABLE.raised(path=path.name, reason=error) from error

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Give a connection that sees one moment of the site."""
        connection = self._take()
        try:
            connection.execute("BEGIN")
            yield connection
        finally:
            connection.execute("ROLLBACK")
            self._idle.put(connection)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give a connection whose changes are kept if nothing is raised."""
        connection = self._take()
        try:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
            except BaseException:
                connection.execute("ROLLBACK")
                raise
            connection.execute("COMMIT")
            self.generation += 1
        finally:
            self._idle.put(connection)

    def remembered(self, key: Hashable, count: Callable[[], int]) -> int:
        """Return a count that is taken once for a key, which names the generation.

        Every page of a list tells which page is the last, so that the same count is
        wanted a hundred times in a row.
        """
        if len(self._counts) > _MOST_COUNTS:
            self._counts.clear()
        known = self._counts.get(key)
        if known is None:
            known = self._counts[key] = count()
        return known

    def close(self) -> None:
        """Close the connections that are idle."""
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _take(self) -> sqlite3.Connection:
        try:
            return self._idle.get_nowait()
        except Empty:
            return connect(self.path)


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection that may change threads between requests."""
    connection = sqlite3.connect(
        path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=NORMAL")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    connection.execute("PRAGMA temp_store=MEMORY")
    return connection


def make(path: Path) -> sqlite3.Connection:
    """Make the tables of a new site in place of what is there, and return the open connection.

    Raises:
        Misconfigured: the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        for left in ("", "-wal", "-shm"):
            path.with_name(path.name + left).unlink(missing_ok=True)
        connection = connect(path)
    except (OSError, sqlite3.Error) as error:
        raise SITE_FILE_UNUSABLE.raised(path=path.name, reason=error) from error
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={FORMAT}")
    for statement in statements():
        connection.execute(statement)
    return connection


def _check(connection: sqlite3.Connection, path: Path) -> None:
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    if mark != APPLICATION_ID:
        raise SITE_FILE_UNUSABLE.raised(path=path.name, reason="it is no sandbox site")
    found = connection.execute("PRAGMA user_version").fetchone()[0]
    if found != FORMAT:
        reason = f"its format is {found} and this version of Clary knows {FORMAT}"
        raise SITE_FILE_UNUSABLE.raised(path=path.name, reason=reason)


def value_of(connection: sqlite3.Connection, name: str) -> str:
    """Return a value of the site itself; empty if it has none."""
    row = connection.execute("SELECT value FROM site WHERE name = ?", (name,)).fetchone()
    return str(row[0]) if row else ""


def set_value(connection: sqlite3.Connection, name: str, value: str) -> None:
    """Keep a value of the site itself."""
    connection.execute(
        "INSERT INTO site VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        (name, value),
    )
