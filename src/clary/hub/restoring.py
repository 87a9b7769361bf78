"""Brings a restore to its end, also after the process that began it was killed.

A restore changes the database and company files, and no system commits both together.  So
the new files lie ready in a folder before the database is changed, and the transaction that
changes it notes the number of the restore: where that note is found, the files are put in
place; where it is not, nothing happened and the folder goes.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, delete, insert, select

from clary.companies.files.atomic import replacing, sync_folder
from clary.engine.tables import LEASES
from clary.kernel.clock import Clock, timestamp
from clary.store.database import Database, allow_idling

FOLDER: Final = ".restore"
STATE: Final = "state.json"
BOOKS: Final = "books/"
"""Where the company files are, in the folder as in a backup."""
_MARK: Final = "restore:"


def pending(home: Path) -> Path | None:
    """Return the folder of a restore that has not come to its end, or none."""
    folder = home / FOLDER
    return folder if folder.exists() else None


def note(connection: Connection, number: str, clock: Clock) -> None:
    """Note in the transaction of a restore that it was done: a lease that nobody holds."""
    connection.execute(delete(LEASES).where(LEASES.c.identity.startswith(_MARK)))
    now = timestamp(clock.now())
    connection.execute(
        insert(LEASES).values(identity=_MARK + number, owner="", epoch=0, expires_at=now)
    )


def begin(staged: Path, home: Path, number: str) -> Path:
    """Put the staged files where `finish` looks for them, just before the database changes."""
    with replacing(staged / STATE) as stream:
        stream.write(json.dumps({"number": number}).encode())
    folder = staged.rename(home / FOLDER)
    sync_folder(home)
    return folder


def finish(database: Database, home: Path) -> list[str]:
    """Bring a restore to its end: forward where the database has it, else back.

    The write lock keeps others out meanwhile, and waits for a restore that is under way.

    Returns:
        What was done with each company file, in a sentence.

    Raises:
        Busy: someone is logged on to a company; it goes on with the next command.
        Misconfigured, Unreachable: a file cannot be written.
    """
    with database.write() as connection:
        allow_idling(connection)
        folder = pending(home)
        if folder is None:
            return []
        done = _put_in_place(folder, home) if _is_noted(connection, folder) else []
        shutil.rmtree(folder)
    return done


def _is_noted(connection: Connection, folder: Path) -> bool:
    number = json.loads((folder / STATE).read_text(encoding="utf-8"))["number"]
    query = select(LEASES.c.identity).where(LEASES.c.identity == _MARK + number)
    return connection.execute(query).first() is not None


def _put_in_place(folder: Path, home: Path) -> list[str]:
    """Restore each company file; one that was done before the process died is gone already."""
    from clary.companies.sandbox.backup import restore  # noqa: PLC0415 - only after a restore

    told = []
    for staged in sorted((folder / BOOKS).rglob("*.clary")):
        path = home / staged.relative_to(folder / BOOKS)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        told.append(restore(path, staged))
        staged.unlink()
    return told
