"""Databases for tests: SQLite files, and a PostgreSQL server that a test run starts for itself.

The server is a child of the test process and dies with it, listens on a socket in a folder
of its own and on no port, and keeps nothing: tests that run at the same time never meet.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from clary.store import Database
from tests import surroundings

KINDS = ("sqlite", "postgresql")
URL_FILE = "database.url"
"""File in the folder of a test that names its database, for other processes, too."""

_PREFIX = "clary-postgresql-"
_ROOT = Path(tempfile.gettempdir())
_ABANDONED_SECONDS = 6 * 3600
_READY_SECONDS = 30
_COPIES_BY_LOG = 150_000
"""From this version on a server copies a database through its log unless told otherwise."""
_SERVER = (
    "listen_addresses=",
    "fsync=off",
    "full_page_writes=off",
    "shared_buffers=32MB",
    "max_connections=200",
    "autovacuum=off",
    "log_min_messages=fatal",
)
"""Nothing has to survive the machine here: what tests kill is our own process."""


def url_in(folder: Path) -> str:
    """Return the URL of the database of a test's folder: the one named there, else a file."""
    named = folder / URL_FILE
    if named.exists():
        return named.read_text(encoding="utf-8")
    return f"sqlite:///{folder / 'clary.db'}"


@dataclass(slots=True)
class Server:
    """A running server.

    Attributes:
        folder: holds its data and its socket.
        programs: folder of the server's programs.
    """

    folder: Path
    programs: Path
    _process: subprocess.Popen[bytes]
    _numbers: Iterator[int] = field(default_factory=count)
    _templates: dict[str, str] = field(default_factory=dict)
    _connection: psycopg.Connection | None = None

    def url(self, database: str, **query: str) -> str:
        """Return the URL of a database of this server."""
        stated = "".join(f"&{name}={quote(value)}" for name, value in query.items())
        return f"postgresql://postgres@/{database}?host={quote(str(self.folder))}{stated}"

    def execute(self, statement: str) -> None:
        """Run a statement of the superuser, in the database that comes with every server."""
        if self._connection is None:
            self._connection = psycopg.connect(self.url("postgres"), autocommit=True)
        self._connection.execute(sql.SQL(statement))

    def new(self, *, migrated: bool = False, options: str = "") -> str:
        """Make a database and return its name: empty, or with all tables."""
        template = self._migrated() if migrated else "template0"
        self.execute("select 1")
        name = f"test_{next(self._numbers)}"
        self.execute(f'create database "{name}" template "{template}" {options} {self._way}')
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.execute(f'drop database if exists "{name}" with (force)')

    @property
    def _way(self) -> str:
        """How a small database is copied fastest; servers before 15 know no other way."""
        assert self._connection is not None
        is_stated = self._connection.info.server_version >= _COPIES_BY_LOG
        return "strategy file_copy" if is_stated else ""

    def _migrated(self) -> str:
        if "migrated" not in self._templates:
            name = self.new()
            database = Database.open(self.url(name))
            database.migrate()
            database.close()
            self._templates["migrated"] = name
        return self._templates["migrated"]

    def stop(self) -> None:
        """Stop the server at once and wait until it is gone."""
        if self._connection is not None:
            self._connection.close()
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(_READY_SECONDS)


@contextmanager
def running_server(*stated: str) -> Iterator[Server]:
    """Start a server, give it, and leave nothing of it behind.

    Args:
        stated: settings of the server, such as `fsync=on`, before those of tests.
    """
    programs = _programs()
    _sweep()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=_ROOT))
    try:
        if _is_root():
            shutil.chown(folder, "postgres", "postgres")
        data = str(folder / "data")
        subprocess.run(
            [
                *_as_postgres(),
                *(str(programs / "initdb"), "-D", data, "-A", "trust", "-U", "postgres"),
                *("--no-sync", "-E", "UTF8", "--locale=C"),
            ],
            cwd="/",
            check=True,
            stdout=subprocess.DEVNULL,
        )
        process = _started(programs, folder, stated)
        server = Server(folder, programs, process)
        try:
            _wait_until_ready(server)
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(programs: Path, folder: Path, wanted: Sequence[str]) -> subprocess.Popen[bytes]:
    options = (*_SERVER, f"unix_socket_directories={folder}", *wanted)
    stated = [part for each in options for part in ("-c", each)]
    command = [str(programs / "postgres"), "-D", str(folder / "data"), *stated]
    log_file = folder / "log"
    with log_file.open("wb") as log:
        return subprocess.Popen(
            [*_as_postgres(dies_with_us=True), *command], cwd="/", stdout=log, stderr=log
        )


def _is_root() -> bool:
    """Tell whether this process is the superuser, whom the server refuses to run as."""
    return os.geteuid() == 0


def _as_postgres(*, dies_with_us: bool = False) -> Sequence[str]:
    """Return what a command begins with to run as the server's own user and end with us."""
    user = ("--reuid=postgres", "--regid=postgres", "--init-groups")
    asked = [*(user if _is_root() else ()), *(["--pdeathsig=INT"] * dies_with_us)]
    return [surroundings.system_command("setpriv"), *asked] if asked else []


def _programs() -> Path:
    """Return the folder of the newest server's programs, or skip with the reason."""
    return Path(surroundings.system_command("pg_ctl")).resolve().parent


def _wait_until_ready(server: Server) -> None:
    until = time.monotonic() + _READY_SECONDS
    while time.monotonic() < until:
        with suppress(psycopg.OperationalError), psycopg.connect(server.url("postgres")):
            return
        time.sleep(0.02)
    pytest.fail(f"PostgreSQL did not start: {(server.folder / 'log').read_text('utf-8')}")


def _sweep() -> None:
    """Remove what killed test runs have left."""
    for folder in _ROOT.glob(f"{_PREFIX}*"):
        with suppress(OSError):
            pid_file = folder / "data" / "postmaster.pid"
            is_old = time.time() - folder.stat().st_mtime > _ABANDONED_SECONDS
            if is_old or not (pid_file.exists() or _is_new(folder)):
                shutil.rmtree(folder, ignore_errors=True)


def _is_new(folder: Path) -> bool:
    """Tell whether a folder may belong to a server that is only just starting."""
    return time.time() - folder.stat().st_mtime < 2 * _READY_SECONDS
