"""Copies of a company file, and putting one back.

A backup is one plain file.  A restore replaces the books in a single transaction of the
company file, so that whoever has it open sees either the old books or the new, and a
session that was open notices by the company's marker.  What belongs to the installation
and not to the books stays as it is: the lease, access, armed faults, and what the person
at Sage has open.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clary.companies.sandbox.file import (
    COMPANY_CORRUPT,
    COMPANY_EXISTS,
    COMPANY_LOCKED,
    COMPANY_MISSING,
    FILE_ERROR,
    connect,
    sqlite_errors,
    transaction,
)
from clary.companies.sandbox.situations import (
    check_alone,
    company_values,
    edition_of,
    set_value,
)
from clary.kernel.errors import ClaryError, Guarded, declare
from clary.kernel.identifiers import new_guid

BACKUP_OF_ANOTHER = declare(
    "BACKUP_OF_ANOTHER",
    Guarded,
    "{file} is a backup of the company {found}, not of {company}.",
    "Restore it under a name of its own, or choose a backup of {company}.",
)

_OF_THE_INSTALLATION: Final = ("access", "interface", "program", "program_user", "exclusive")
_TRIES: Final = 8
"""How often a locked file is tried again: the copy itself waits 250 ms between tries."""


def backup(path: Path, file: Path) -> str:
    """Write a consistent copy of the company to `file` and return a sentence about it.

    The company may be in use meanwhile.

    Raises:
        Misconfigured: there is no such company, or there is a file of that name already.
        Busy, Unreachable: the company cannot be read, or the copy not be written.
    """
    if file.exists():
        raise COMPANY_EXISTS.raised(path=file.name)
    with _folder_beside(file) as folder, contextlib.closing(connect(path)) as source:
        copy = folder / file.name
        _copied(source, copy, path)
        name = company_values(source)["name"]
        _placed(copy, file)
    return f"The books of {name} were copied to {file.name}."


def _unseen(before: int | None, after: int) -> None:
    """Nobody looks before books are replaced."""


def restore(path: Path, file: Path, begin: Callable[[int | None, int], None] = _unseen) -> str:
    """Put a backup back in place of the company's books and return a sentence about it.

    The company gets a generation above both, so that everything that remembers documents
    of it looks again.

    Args:
        path: the company.
        file: the backup.
        begin: called once nothing stands against it and before the books are touched, with
            their generation, none where they cannot be read, and the one that they get.

    Raises:
        Misconfigured: `file` is no company, is damaged, or is of a newer version.
        Guarded: it is a backup of another company.
        Busy: someone is logged on.
        Unreachable: the file cannot be written.
    """
    if not file.is_file():
        raise COMPANY_MISSING.raised(path=file.name)
    with _folder_beside(path) as folder:
        copy = folder / file.name
        with sqlite_errors(file), contextlib.closing(_read_only(file)) as source:
            _copied(source, copy, file)
        with contextlib.closing(connect(copy)) as fresh:
            _check_whole(fresh, file)
            sentence = _put_back(path, _Backup(file, copy, fresh, begin))
    return sentence


def check_restorable(path: Path, file: Path) -> None:
    """Make sure that a backup can be put back now, and change nothing.

    Raises:
        Misconfigured: `file` is no company, is damaged, or is of a newer version.
        Guarded: it is a backup of another company.
        Busy: someone is logged on.
    """
    with contextlib.closing(connect(file)) as fresh:
        _check_whole(fresh, file)
        theirs = company_values(fresh)
    try:
        live = connect(path)
    except ClaryError as error:
        if error.code not in (COMPANY_MISSING.name, COMPANY_CORRUPT.name):
            raise
        return  # nothing is lost where there is none, or none that can be opened
    with contextlib.closing(live):
        values = company_values(live)
        _check_same(values, theirs, file)
        check_alone(live, edition_of(values), None, "restore a backup")


def _check_same(values: dict[str, str], theirs: dict[str, str], file: Path) -> None:
    if theirs["identity"] != values["identity"]:
        raise BACKUP_OF_ANOTHER.raised(file=file.name, found=theirs["name"], company=values["name"])


@contextmanager
def _folder_beside(file: Path) -> Iterator[Path]:
    """Give a folder on the same file system, gone afterwards."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=".clary-", dir=file.parent))
    except OSError as error:
        raise FILE_ERROR.raised(path=file.name, reason=error.strerror or "no access") from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _read_only(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True, isolation_level=None)


def _copied(source: sqlite3.Connection, copy: Path, named: Path) -> None:
    """Write all of `source` to a new plain file."""
    with sqlite_errors(named), contextlib.closing(sqlite3.connect(copy)) as target:
        source.backup(target)
        target.execute("PRAGMA journal_mode=DELETE").fetchone()


def _placed(copy: Path, file: Path) -> None:
    try:
        copy.replace(file)
    except OSError as error:
        raise FILE_ERROR.raised(path=file.name, reason=error.strerror or "no access") from error


def _check_whole(fresh: sqlite3.Connection, file: Path) -> None:
    with sqlite_errors(file):
        found = fresh.execute("PRAGMA quick_check(1)").fetchone()[0]
    if found != "ok":
        raise COMPANY_CORRUPT.raised(path=file.name, reason=found)


@dataclass(frozen=True, slots=True)
class _Backup:
    """A backup that is put back: its file, a copy to work on, and who is told before."""

    file: Path
    copy: Path
    fresh: sqlite3.Connection
    begin: Callable[[int | None, int], None]


def _put_back(path: Path, backup: _Backup) -> str:
    try:
        live = connect(path)
    except ClaryError as error:
        if error.code not in (COMPANY_MISSING.name, COMPANY_CORRUPT.name):
            raise
        generation = _prepared(backup.fresh, backup.copy, {}, [])
        backup.begin(None, generation)
        _replace_file(path, backup.copy, backup.fresh)
    else:
        with contextlib.closing(live):
            generation = _overwritten(live, path, backup)
    return f"The books were restored from {backup.file.name}; this is generation {generation}."


def _overwritten(live: sqlite3.Connection, path: Path, backup: _Backup) -> int:
    """Write the prepared copy over the live books, in one transaction of the live file."""
    fresh, values = backup.fresh, company_values(live)
    theirs = company_values(fresh)
    _check_same(values, theirs, backup.file)
    check_alone(live, edition_of(values), None, "restore a backup")
    faults = live.execute("SELECT kind, stage, times FROM fault").fetchall()
    generation = _prepared(fresh, backup.copy, values, faults)
    backup.begin(int(values.get("generation", "0")), generation)
    with sqlite_errors(path):
        live.execute("PRAGMA busy_timeout=0").fetchone()  # the tries below do the waiting
        fresh.backup(live, progress=_Patience(path))
    return generation


class _Patience:
    """Stops a copy that another program keeps waiting; by itself it would wait for ever."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._left = _TRIES

    def __call__(self, status: int, remaining: int, total: int) -> None:
        """Count one try that found the file locked."""
        del remaining, total
        if status in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            self._left -= 1
            if self._left < 0:
                raise COMPANY_LOCKED.raised(path=self._path.name)


def _prepared(
    fresh: sqlite3.Connection,
    copy: Path,
    values: dict[str, str],
    faults: list[tuple[str, str, int]],
) -> int:
    """Make the copy the next generation of the live company and return its number."""
    theirs = company_values(fresh)
    generation = 1 + max(int(theirs["generation"]), int(values.get("generation", "0")))
    with transaction(fresh, copy):
        set_value(fresh, "generation", str(generation))
        set_value(fresh, "marker", new_guid())
        for name in _OF_THE_INSTALLATION:
            if name in values:
                set_value(fresh, name, values[name])
        _keep_fence(fresh, values, theirs)
        for table in ("logon", "record_lock", "fault"):
            fresh.execute(f"DELETE FROM {table}")
        fresh.executemany("INSERT INTO fault (kind, stage, times) VALUES (?, ?, ?)", faults)
    return generation


def _keep_fence(fresh: sqlite3.Connection, values: dict[str, str], theirs: dict[str, str]) -> None:
    """Keep the newer lease, so that an owner who was superseded stays so."""
    if int(values.get("fence", "0")) > int(theirs["fence"]):
        set_value(fresh, "fence", values["fence"])
        set_value(fresh, "fence_owner", values["fence_owner"])


def _replace_file(path: Path, copy: Path, fresh: sqlite3.Connection) -> None:
    """Put the copy where there is no company, or one too damaged to be opened."""
    with sqlite_errors(copy):
        fresh.execute("PRAGMA journal_mode=DELETE").fetchone()
    fresh.close()
    for ending in ("-wal", "-shm", "-journal"):
        path.with_name(path.name + ending).unlink(missing_ok=True)
    _placed(copy, path)
