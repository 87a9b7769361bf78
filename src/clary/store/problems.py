"""What can go wrong with the database, in words that say what to do.

The database library reports everything as one of two or three exceptions; the number
inside tells a full disk from a locked file, and each needs another remedy.
"""

from __future__ import annotations

import re
import sqlite3
from typing import Final

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from clary.kernel.errors import (
    Busy,
    ClaryError,
    Code,
    Failed,
    Misconfigured,
    Rejected,
    Unreachable,
    declare,
)

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
    "Use sqlite:///PATH, or postgresql://USER@HOST/NAME.",
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
    "The database {url} holds the tables of another program.",
    "Set CLARY_DATABASE_URL, or CLARY_HOME, to a place of its own.",
)
DATABASE_FAILED = declare(
    "DATABASE_FAILED",
    Failed,
    "The database {url} refused a statement: {reason}.",
    "Run `clary doctor`; if it finds nothing, report this with the log.",
)

DATABASE_UNREACHABLE = declare(
    "DATABASE_UNREACHABLE",
    Unreachable,
    "The server of the database {url} does not answer: {reason}.",
    "Check that it runs and can be reached; an interrupted run can be resumed then.",
)
DATABASE_CROWDED = declare(
    "DATABASE_CROWDED",
    Busy,
    "No connection to the database {url} was free: {reason}.",
    "Try again; if it stays so, raise max_connections of the server, or run fewer workers.",
    http_status=503,
)
DATABASE_LOGIN_REFUSED = declare(
    "DATABASE_LOGIN_REFUSED",
    Misconfigured,
    "The server of the database {url} refuses the user or the password: {reason}.",
    "Correct user and password in CLARY_DATABASE_URL, or in the password file of the server's"
    " own programs.",
)
DATABASE_MISSING = declare(
    "DATABASE_MISSING",
    Misconfigured,
    "There is no database {url}: {reason}.",
    "Make it with `createdb`, or correct its name in CLARY_DATABASE_URL.",
)
DATABASE_FORBIDDEN = declare(
    "DATABASE_FORBIDDEN",
    Misconfigured,
    "The user of the database {url} may not do this: {reason}.",
    "Make this user the owner of the database, and use the server that can be written to.",
)
DATABASE_ENCODING = declare(
    "DATABASE_ENCODING",
    Misconfigured,
    "The database {url} was made with the encoding {found}, which cannot hold every text.",
    "Make it anew with the encoding UTF8.",
)
DATABASE_TEXT_INVALID = declare(
    "DATABASE_TEXT_INVALID",
    Rejected,
    "A text holds a character that the database {url} cannot keep: {reason}.",
    "Take it out; it is an invisible character of the number 0.",
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


_BY_STATE: dict[str, Code] = {
    "55P03": DATABASE_LOCKED,
    "40P01": DATABASE_LOCKED,
    "40001": DATABASE_LOCKED,
    "53100": DATABASE_FULL,
    "53300": DATABASE_CROWDED,
    "28000": DATABASE_LOGIN_REFUSED,
    "28P01": DATABASE_LOGIN_REFUSED,
    "3D000": DATABASE_MISSING,
    "42501": DATABASE_FORBIDDEN,
    "25006": DATABASE_FORBIDDEN,
    "25P03": DATABASE_UNREACHABLE,
    "57P01": DATABASE_UNREACHABLE,
    "57P02": DATABASE_UNREACHABLE,
    "57P03": DATABASE_UNREACHABLE,
    "22021": DATABASE_TEXT_INVALID,
    "XX001": DATABASE_CORRUPT,
    "XX002": DATABASE_CORRUPT,
}
"""What PostgreSQL says by its SQLSTATE, in its documentation's appendix of error codes."""

_CONNECTION_STATES: Final = "08"
"""Class of the states that tell of a broken connection."""

_BY_WORDS: tuple[tuple[str, Code], ...] = (
    ("permission denied", DATABASE_FORBIDDEN),
    ('^database ".*" does not exist', DATABASE_MISSING),
    ('^role ".*" (does not exist|is not permitted to log in)', DATABASE_LOGIN_REFUSED),
    ("authentication failed|no password supplied|no pg_hba.conf entry", DATABASE_LOGIN_REFUSED),
    ("too many (clients|connections)|remaining connection slots", DATABASE_CROWDED),
)
"""What a server says when it refuses a connection: there the library gives no SQLSTATE."""

_FATAL: Final = "FATAL:  "


def translated(error: sqlite3.Error | DBAPIError | PoolExhausted, url: str) -> ClaryError:
    """Return our error for what the database library raised."""
    if isinstance(error, PoolExhausted):
        return DATABASE_CROWDED.raised(url=url, reason="this process uses all that it may")
    cause = error.orig if isinstance(error, DBAPIError) else error
    number = getattr(cause, "sqlite_errorcode", None)
    if isinstance(number, int):
        code = _BY_SQLITE_CODE.get(number & _PRIMARY, DATABASE_FAILED)
        return code.raised(url=url, reason=str(cause))
    is_lost = isinstance(error, DBAPIError) and error.connection_invalidated
    state = getattr(cause, "sqlstate", None)
    reason = _first_line(cause)
    code = _code(state, reason, is_lost=is_lost, kind=type(cause).__name__)
    return code.raised(url=url, reason=reason)


def _code(state: str | None, reason: str, *, is_lost: bool, kind: str) -> Code:
    """Return the code for what a server said."""
    if state is not None:
        lost = is_lost or state.startswith(_CONNECTION_STATES)
        return _BY_STATE.get(state, DATABASE_UNREACHABLE if lost else DATABASE_FAILED)
    if kind == "DataError":  # found by the driver before anything was sent
        return DATABASE_TEXT_INVALID
    if kind != "OperationalError":
        return DATABASE_FAILED
    found = (code for words, code in _BY_WORDS if re.search(words, reason))
    return next(found, DATABASE_UNREACHABLE)


def _first_line(cause: object) -> str:
    """Return what went wrong, without the rows that the server shows below it."""
    lines = [line for line in str(cause).splitlines() if line.strip()] or ["no reason given"]
    told = next((line for line in lines if _FATAL in line), lines[0])
    return told.rpartition(_FATAL)[2].strip().rstrip(".")
