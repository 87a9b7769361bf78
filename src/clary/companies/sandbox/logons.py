"""Who is logged on: rows of the company file that hold between processes and after a crash.

A row names the machine, process and start of its holder.  So a session that a crash of
ours left behind on this very machine can be told from one that is alive.
"""

from __future__ import annotations

import os
import socket
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clary.kernel.identifiers import new_id

CONNECTOR_PROGRAM: Final = "clary"
SAGE_PROGRAM: Final = "Sage 50"

PERSON: Final = 0
"""Process of a row that a person at Sage holds: it never dies by itself."""

NOBODY: Final = -1
"""Process of a row whose holder is known to be gone."""

_START: Final = 19
"""Place of the start among what Linux tells of a process, counted from its state."""

_ENDED: Final = ("Z", "X")
"""States of a process that has ended, whether or not its parent has noticed."""

_FIELDS: Final = "user, program, since, session, machine, process, started"


@dataclass(frozen=True, slots=True)
class Logon:
    """One session as the company file knows it."""

    user: str
    program: str
    since: str
    session: str
    machine: str
    process: int
    started: str

    @property
    def is_left_behind(self) -> bool:
        """A crash on this machine left the session: its holder is gone for certain."""
        if self.process == NOBODY:
            return True
        if self.process == PERSON or self.machine != socket.gethostname():
            return False
        return not _is_running(self.process, self.started)


def _status(process: int) -> list[str]:
    """Return what Linux tells of a process, from its state on; nothing elsewhere."""
    try:
        text = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    return text.rpartition(")")[2].split()


def _started(process: int) -> str:
    """Return when a process started, in ticks of the machine; empty where unknown.

    A process number is used again after a while; the start tells the two apart.
    """
    status = _status(process)
    return status[_START] if len(status) > _START else ""


def _is_running(process: int, started: str) -> bool:
    if os.name != "posix":
        return True  # signal 0 asks on POSIX only; elsewhere a person removes the session
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    status = _status(process)
    if not status or not started:
        return True
    return status[0] not in _ENDED and status[_START] == started


def all_logons(connection: sqlite3.Connection) -> list[Logon]:
    """Return every session, the oldest first."""
    rows = connection.execute(f"SELECT {_FIELDS} FROM logon ORDER BY since, user")
    return [Logon(*row) for row in rows]


def people(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the users under which others than this program are logged on."""
    found = all_logons(connection)
    return tuple(each.user for each in found if each.program != CONNECTOR_PROGRAM)


def session_of(connection: sqlite3.Connection, user: str) -> str | None:
    """Return the session that is logged on under a user name, or none."""
    row = connection.execute("SELECT session FROM logon WHERE user = ?", (user,)).fetchone()
    return None if row is None else str(row[0])


def add(connection: sqlite3.Connection, user: str, since: str) -> str:
    """Add a session of this process and return its name."""
    process = os.getpid()
    session = new_id("session")
    _insert(
        connection,
        Logon(
            user,
            CONNECTOR_PROGRAM,
            since,
            session,
            socket.gethostname(),
            process,
            _started(process),
        ),
    )
    return session


def add_person(
    connection: sqlite3.Connection, user: str, since: str, program: str = SAGE_PROGRAM
) -> str:
    """Add a session that lasts until a person ends it, and return its name."""
    session = new_id("session")
    _insert(connection, Logon(user, program, since, session, "", PERSON, ""))
    return session


def _insert(connection: sqlite3.Connection, logon: Logon) -> None:
    connection.execute(
        f"INSERT INTO logon ({_FIELDS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            logon.user,
            logon.program,
            logon.since,
            logon.session,
            logon.machine,
            logon.process,
            logon.started,
        ),
    )


def remove(connection: sqlite3.Connection, session: str) -> None:
    """End a session; one that is gone already is no error."""
    connection.execute("DELETE FROM logon WHERE session = ?", (session,))


def abandon(connection: sqlite3.Connection, session: str) -> None:
    """Leave a session behind, as a crash of its process does."""
    connection.execute("UPDATE logon SET process = ? WHERE session = ?", (NOBODY, session))
