"""Failures on demand: each one that an integration with Sage 50 meets, when you want it.

An armed fault counts down in the company file, so that it strikes whichever process
comes next, and as often as was asked for.  A strike is counted even where the write it
hits is rolled back: it is counted in the open transaction, and once more in one of its
own if that transaction is lost.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from clary.companies.sandbox.file import DISK_FULL, connect, transaction
from clary.companies.sandbox.situations import RECORD_IN_USE, company_values, edition_of, met
from clary.companies.sandbox.users import PERSONS
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Code,
    Guarded,
    Rejected,
    Unauthorised,
    Uncertain,
    Unreachable,
    declare,
)
from clary.ledger.fields import EditionName

COMPANY_BUSY = declare(
    "COMPANY_BUSY",
    Busy,
    "Sage 50 is busy with another task{words}.",
    "Wait until it has finished; the work is tried again.",
)
SESSION_LOST = declare(
    "SESSION_LOST",
    Unreachable,
    "The session with Sage 50 was lost{words}.",
    "Open a new session; nothing of the present group was written.",
)
SERVER_START_FAILED = declare(
    "SERVER_START_FAILED",
    Unreachable,
    "Sage 50 could not be started as a server{words}.",
    "Run the connector in the same user session and with the same elevation as Sage 50, and"
    " end a Sage 50 that hangs.",
)
CONNECTION_BROKE = declare(
    "CONNECTION_BROKE",
    Uncertain,
    "The connection broke off while Sage 50 was writing; the outcome is unknown{words}.",
    "Look in the company what was written before anything is written again.",
)
ANSWER_LATE = declare(
    "ANSWER_LATE",
    Uncertain,
    "Sage 50 did not answer a write before its deadline; the outcome is unknown{words}.",
    "Look in the company what was written before anything is written again.",
)
DEADLINE_EXCEEDED = declare(
    "DEADLINE_EXCEEDED",
    Unreachable,
    "Sage 50 did not answer before the deadline{words}.",
    "Try again; if it lasts, restart Sage 50 and check the machine it runs on.",
)
WRONG_COMPANY_OPEN = declare(
    "WRONG_COMPANY_OPEN",
    Guarded,
    "Sage 50 has another company open than {company}{words}.",
    "Open {company} in Sage 50, then run again; nothing was written.",
)
READ_ONLY_USER = declare(
    "READ_ONLY_USER",
    Unauthorised,
    "The Sage user may only read{words}.",
    "Give the connector's user the right to write, or name another user.",
)
FAULT_UNKNOWN = declare(
    "FAULT_UNKNOWN",
    Rejected,
    "There is no fault {kind!r}.",
    "Use one of {known}.",
    exit_code=2,
)
FAULT_STAGE = declare(
    "FAULT_STAGE",
    Rejected,
    "The fault {kind} cannot strike on {on}.",
    "Use one of {known}.",
    exit_code=2,
)
FAULT_TIMES = declare(
    "FAULT_TIMES",
    Rejected,
    "A fault cannot strike {times} times.",
    "Use a number from 1 to {most}.",
    exit_code=2,
)

MOST_TIMES: Final = 100_000


class Stage(StrEnum):
    """Where in a session's work a fault can strike.

    `commit` is just before a group is committed, `committed` just after.
    """

    CONNECT = "connect"
    READ = "read"
    WRITE = "write"
    COMMIT = "commit"
    COMMITTED = "committed"


@dataclass(frozen=True, slots=True)
class Strike:
    """What a fault knows when it strikes."""

    edition: EditionName
    stage: Stage
    company: str
    record: str


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of failure.

    Attributes:
        name: its name in commands.
        help: what it does, in one sentence.
        stages: what a caller may say it strikes on, and the stage that stands for; the
            first is the default.
        error: makes the error it raises.
        breaks: the session is lost with it and its logon stays behind.
    """

    name: str
    help: str
    stages: Mapping[str, Stage]
    error: Callable[[Strike], ClaryError]
    breaks: bool = False

    @property
    def default(self) -> str:
        """What it strikes on unless told otherwise."""
        return next(iter(self.stages))


def _plain(code: Code) -> Callable[[Strike], ClaryError]:
    return lambda strike: met(code, strike.edition, company=strike.company)


def _slow(strike: Strike) -> ClaryError:
    late = strike.stage is Stage.COMMITTED
    return met(ANSWER_LATE if late else DEADLINE_EXCEEDED, strike.edition)


def _record_in_use(strike: Strike) -> ClaryError:
    holder = PERSONS[strike.edition]
    return met(RECORD_IN_USE, strike.edition, holder=holder, record=strike.record)


def _disk_full(strike: Strike) -> ClaryError:
    return DISK_FULL.raised(path=strike.company)


_CONNECT: Final = {"connect": Stage.CONNECT}
_WRITE: Final = {"write": Stage.WRITE}
_COMMIT: Final = {"write": Stage.COMMIT}
_COMMITTED: Final = {"write": Stage.COMMITTED}
_READ: Final = {"read": Stage.READ}

FAULTS: Final[dict[str, Fault]] = {
    fault.name: fault
    for fault in (
        Fault(
            "busy",
            "Sage is busy with another task; the work is tried again later.",
            {**_WRITE, **_CONNECT, **_READ},
            _plain(COMPANY_BUSY),
        ),
        Fault(
            "lost-session",
            "The session ends in the middle; nothing of the present group is written.",
            {**_WRITE, **_READ},
            _plain(SESSION_LOST),
            breaks=True,
        ),
        Fault(
            "server-start-failed",
            "Sage cannot be started as a server: COM 80080005.",
            _CONNECT,
            _plain(SERVER_START_FAILED),
        ),
        Fault(
            "crash-after-commit",
            "The books are written, then the connection breaks: the outcome looks unknown.",
            _COMMITTED,
            _plain(CONNECTION_BROKE),
            breaks=True,
        ),
        Fault(
            "crash-before-commit",
            "The connection breaks just before the books are written; it looks the same.",
            _COMMIT,
            _plain(CONNECTION_BROKE),
            breaks=True,
        ),
        Fault(
            "wrong-company",
            "Someone has opened another company in Sage.",
            _CONNECT,
            _plain(WRONG_COMPANY_OPEN),
        ),
        Fault(
            "read-only-user",
            "The user has lost the right to write.",
            _WRITE,
            _plain(READ_ONLY_USER),
        ),
        Fault(
            "slow",
            "The answer comes after the deadline; a write was done all the same.",
            {**_COMMITTED, **_CONNECT, **_READ},
            _slow,
        ),
        Fault(
            "disk-full",
            "The disk is full when the books are written; nothing of the group is.",
            _COMMIT,
            _disk_full,
        ),
        Fault(
            "record-in-use",
            "Someone has the record open in Sage.",
            _WRITE,
            _record_in_use,
        ),
    )
}
"""Every fault by name, in the order help shows them."""


def _fault(kind: str) -> Fault:
    fault = FAULTS.get(kind)
    if fault is None:
        raise FAULT_UNKNOWN.raised(kind=kind, known=", ".join(FAULTS))
    return fault


def set_fault(path: Path, kind: str, *, times: int = 1, on: str | None = None) -> str:
    """Arm a fault and return a sentence of what will happen.

    Args:
        path: the company file.
        kind: name of the fault.
        times: how often it strikes.
        on: connect, read or write; the fault's own default if none.

    Raises:
        Rejected: no such fault, not on that, or not that often.
        Misconfigured, Busy: the company cannot be opened.
    """
    fault = _fault(kind)
    if not 1 <= times <= MOST_TIMES:
        raise FAULT_TIMES.raised(times=times, most=MOST_TIMES)
    place = on or fault.default
    stage = fault.stages.get(place)
    if stage is None:
        raise FAULT_STAGE.raised(kind=kind, on=place, known=", ".join(fault.stages))
    with contextlib.closing(connect(path)) as connection, transaction(connection, path):
        connection.execute(
            "INSERT INTO fault (kind, stage, times) VALUES (?, ?, ?)"
            " ON CONFLICT (kind, stage) DO UPDATE SET times = excluded.times",
            (kind, stage.value, times),
        )
    often = "time" if times == 1 else f"{times} times"
    return f"The fault {kind} strikes on {place} the next {often}."


def clear_faults(path: Path) -> int:
    """Disarm every fault and return how many there were.

    Raises:
        Misconfigured, Busy: the company cannot be opened.
    """
    with contextlib.closing(connect(path)) as connection, transaction(connection, path):
        count: int = connection.execute("SELECT count(*) FROM fault WHERE times > 0").fetchone()[0]
        connection.execute("DELETE FROM fault")
    return count


@dataclass(frozen=True, slots=True)
class Armed:
    """A fault that waits to strike."""

    kind: str
    stage: Stage
    times: int

    @property
    def on(self) -> str:
        """What it strikes on, as `set_fault` takes it: connect, read or write."""
        stages = _fault(self.kind).stages
        return next((on for on, stage in stages.items() if stage is self.stage), self.stage.value)


def list_faults(path: Path) -> list[Armed]:
    """Return the faults that wait to strike.

    Raises:
        Misconfigured, Busy: the company cannot be opened.
    """
    with contextlib.closing(connect(path)) as connection:
        rows = connection.execute(
            "SELECT kind, stage, times FROM fault WHERE times > 0 ORDER BY kind, stage"
        )
        return [Armed(kind, Stage(stage), times) for kind, stage, times in rows]


class Faults:
    """The armed faults as one session meets them.

    Attributes:
        broken: a fault has broken the session off; nothing can be done in it any more.
    """

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        """Read which faults are armed."""
        values = company_values(connection)
        self.broken = False
        self._connection = connection
        self._path = path
        self._edition = edition_of(values)
        self._company = values["name"]
        self._spent: list[tuple[str, str]] = []
        self.load()

    @property
    def armed(self) -> bool:
        """A fault waits to strike, or one has struck in the open transaction."""
        return bool(self._armed or self._spent)

    def load(self) -> None:
        """Read the armed faults again: after the start of a transaction, or outside one."""
        self._armed: dict[str, list[str]] = {}
        for kind, stage in self._connection.execute(
            "SELECT kind, stage FROM fault WHERE times > 0 ORDER BY kind"
        ):
            self._armed.setdefault(stage, []).append(kind)

    def trip(self, stage: Stage, record: str = "the record") -> None:
        """Let an armed fault strike.

        Raises:
            ClaryError: the fault's own error.
        """
        if not self._connection.in_transaction:
            self.load()
        if self._armed:
            for kind in self._armed.get(stage.value, ()):
                if kind in FAULTS and self._counted(kind, stage):
                    fault = FAULTS[kind]
                    self.broken = self.broken or fault.breaks
                    raise fault.error(Strike(self._edition, stage, self._company, record))

    def _counted(self, kind: str, stage: Stage) -> bool:
        """Count one strike; false where another process was faster."""
        if not self._connection.in_transaction:
            return self._count_alone(kind, stage.value)
        self._spent.append((kind, stage.value))
        counted = self._count(kind, stage.value)
        self.load()
        return counted

    def _count(self, kind: str, stage: str) -> bool:
        return (
            self._connection.execute(
                "UPDATE fault SET times = times - 1 WHERE kind = ? AND stage = ? AND times > 0",
                (kind, stage),
            ).rowcount
            == 1
        )

    def _count_alone(self, kind: str, stage: str) -> bool:
        with transaction(self._connection, self._path):
            return self._count(kind, stage)

    def ended(self, *, committed: bool) -> None:
        """Tell that the transaction is over; what a lost one had counted counts again."""
        spent, self._spent = self._spent, []
        if not committed:
            for kind, stage in spent:
                self._count_alone(kind, stage)
