"""Watches who writes to the books of a sandbox company: the file itself keeps the log.

Triggers note every log-on and log-off, every fence of a lease, and every record that is
written, with the fence and the session that were in force then.  Whatever process writes, it
cannot pass them by.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

_FENCE = "(SELECT CAST(value AS INTEGER) FROM company WHERE name = 'fence')"
_SESSION = "(SELECT session FROM logon WHERE program = 'clary')"
_TABLE = """
CREATE TABLE watched (
    number INTEGER PRIMARY KEY, what TEXT, fence INTEGER, session TEXT, process INTEGER,
    record TEXT, moment TEXT DEFAULT (strftime('%Y-%m-%dT%H:%M:%f', 'now'))
)
"""
_TRIGGERS = {
    "log_on": ("INSERT ON logon", "'on'", "NEW.session", "NEW.process", "NULL"),
    "log_off": ("DELETE ON logon", "'off'", "OLD.session", "OLD.process", "NULL"),
    "left": ("UPDATE ON logon", "'left'", "NEW.session", "OLD.process", "NULL"),
    "document": ("INSERT ON document", "'write'", _SESSION, "NULL", "NEW.origin"),
    "customer": ("INSERT ON customer_record", "'write'", _SESSION, "NULL", "NEW.id"),
    "vendor": ("INSERT ON vendor_record", "'write'", _SESSION, "NULL", "NEW.id"),
    "fence": (
        "UPDATE ON company WHEN NEW.name = 'fence' AND NEW.value <> OLD.value",
        "'fence'",
        _SESSION,
        "NULL",
        "NULL",
    ),
}


def watch(path: Path) -> None:
    """Have a company file, not in use by anyone, keep a log of its writers."""
    with closing(sqlite3.connect(path, isolation_level=None)) as books:
        books.execute(_TABLE)
        for name, (when, what, session, process, record) in _TRIGGERS.items():
            books.execute(
                f"CREATE TRIGGER watched_{name} AFTER {when} BEGIN"
                " INSERT INTO watched (what, fence, session, process, record)"
                f" VALUES ({what}, {_FENCE}, {session}, {process}, {record}); END"
            )


@dataclass(slots=True)
class _Session:
    """Who is logged on."""

    name: str
    process: int
    fence: int


def writers(path: Path, killed: Collection[int] = ()) -> set[int]:
    """Return the processes that wrote to a company, and make sure that they never met.

    Args:
        path: the company file, watched.
        killed: numbers of the processes that were killed; their sessions may have stayed.

    Raises:
        AssertionError: a session or a lease began while that of another living process
            lasted, a fence fell, or something was written by whoever did not hold both.
    """
    with closing(sqlite3.connect(path)) as books:
        rows = books.execute(
            "SELECT what, fence, session, process, record FROM watched ORDER BY number"
        ).fetchall()
    found: set[int] = set()
    fence, current = 0, None
    for what, new_fence, session, process, record in rows:
        assert new_fence >= fence, f"{path.name}: the fence fell from {fence} to {new_fence}"
        if what == "fence":
            is_over = current is None or current.process in killed
            assert is_over, f"{path.name}: a lease began in the session of {current}"
            fence = new_fence
        elif what == "on":
            is_over = current is None or current.process in killed
            assert is_over, f"{path.name}: {process} logged on in the session of {current}"
            current = _Session(session, process, new_fence)
        elif what in ("off", "left"):
            current = None if current is not None and current.name == session else current
        else:
            assert current is not None, f"{path.name}: {record} was written without a session"
            assert (current.name, current.fence) == (session, fence), (path.name, record, current)
            found.add(current.process)
    return found
