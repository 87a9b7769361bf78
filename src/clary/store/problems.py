"""What can go wrong with the database file, in words that say what to do.

The database library reports everything as one of two or three exceptions; the number
inside tells a full disk from a locked file, and each needs another remedy.
"""

from __future__ import annotations

import sqlite3

from sqlalchemy.exc import DBAPIError

from clary.kernel.errors import Busy, ClaryError, Code, Failed, Misconfigured, declare

DATABASE_LOCKED = declare(
    "DATABASE_LOCKED",
    Busy,
    "The database {url} is in use by another process.",
    "Try again; if it stays so, `clary doctor` shows which process holds it.",
)
DATABASE_FULL = declare(
    "DATABASE_FULL",
    Misconfigured,
    "The disk of the database {url} is full; nothing was written.",
    "Make room on the disk, then run the command again; an interrupted run can be resumed.",
)
DATABASE_CORRUPT = declare(
    "DATABASE_CORRUPT",
    Misconfigured,
    "The file {url} is not a database of this program, or it is damaged: {reason}.",
    "Put a copy of it in its place, and keep the damaged file for a look; documents that were"
    " posted are found again in the books.",
)
DATABASE_EMPTY = declare(
    "DATABASE_EMPTY",
    Misconfigured,
    "The file {file} is empty: the connections, plans and runs that it held are lost.",
    "Put a backup of it in its place. If there is none, move the file away; `clary doctor` then"
    " names the company files that were connected.",
)
DATABASE_UNREADABLE = declare(
    "DATABASE_UNREADABLE",
    Misconfigured,
    "The database {url} cannot be opened for writing: {reason}.",
    "Check that its folder exists and that this user may write there.",
)
DATABASE_URL_INVALID = declare(
    "DATABASE_URL_INVALID",
    Misconfigured,
    "{url!r} is not the URL of a database that can be used: {reason}.",
    "Use sqlite:///PATH, or postgresql+psycopg://USER@HOST/NAME with the driver installed.",
)
DATABASE_NEWER = declare(
    "DATABASE_NEWER",
    Misconfigured,
    "The database {url} was written by a newer version of this program (schema {found}).",
    "Install the newer version, or restore a backup made before it.",
)
DATABASE_FOREIGN = declare(
    "DATABASE_FOREIGN",
    Misconfigured,
    "The file {url} holds the tables of another program.",
    "Set CLARY_DATABASE_URL, or CLARY_HOME, to a place of its own.",
)
DATABASE_FAILED = declare(
    "DATABASE_FAILED",
    Failed,
    "The database {url} refused a statement: {reason}.",
    "Run `clary doctor`; if it finds nothing, report this with the log.",
)

_BY_SQLITE_CODE: dict[int, Code] = {
    sqlite3.SQLITE_BUSY: DATABASE_LOCKED,
    sqlite3.SQLITE_LOCKED: DATABASE_LOCKED,
    sqlite3.SQLITE_FULL: DATABASE_FULL,
    sqlite3.SQLITE_CORRUPT: DATABASE_CORRUPT,
    sqlite3.SQLITE_NOTADB: DATABASE_CORRUPT,
    sqlite3.SQLITE_READONLY: DATABASE_UNREADABLE,
    sqlite3.SQLITE_CANTOPEN: DATABASE_UNREADABLE,
    sqlite3.SQLITE_PERM: DATABASE_UNREADABLE,
}
_PRIMARY = 0xFF
"""Extended result codes carry the primary one in their lowest byte."""


def translated(error: sqlite3.Error | DBAPIError, url: str) -> ClaryError:
    """Return our error for what the database library raised."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    number = getattr(cause, "sqlite_errorcode", None)
    code = _BY_SQLITE_CODE.get(number & _PRIMARY) if isinstance(number, int) else None
    return (code or DATABASE_FAILED).raised(url=url, reason=str(cause))
