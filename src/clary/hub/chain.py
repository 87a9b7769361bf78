"""Verifies the audit trail: every seal, and what each run left in the journal.

Reads the trail from its beginning and stops at the first row that does not hold, since
everything after a broken link is unproven.  How far it held the last time is remembered in a
file beside the database, so that usually only what is new is read.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Row, func, select

from clary.engine.runs import Runs, RunState, RunSummary
from clary.engine.tables import PLANS, RUNS
from clary.hub.tables import AUDIT, AUDIT_HEAD
from clary.hub.trail import SEALED, digest_of, digest_of_old, sealed
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError, Finding, Misconfigured, declare
from clary.store.database import Database

AUDIT_BROKEN = declare(
    "AUDIT_BROKEN",
    Misconfigured,
    "The audit trail does not hold at entry {number} ({what}): {reason}.",
    "Someone wrote to the database past Clary, or it is damaged: compare it with your backups,"
    " and treat what this entry and the later ones say as unproven.",
)
AUDIT_RUN_BROKEN = declare(
    "AUDIT_RUN_BROKEN",
    Misconfigured,
    "Run {run} for {company} is not as it was sealed: {reason}.",
    "Someone wrote to the database past Clary, or it is damaged: compare the run with the books"
    " and with your backups.",
)

AUDIT_REPLACED = declare(
    "AUDIT_REPLACED",
    Misconfigured,
    "The audit trail is not the one that was verified here the last time, up to entry {number}.",
    "That is so after a backup was put back; otherwise someone has worked the trail out anew:"
    " compare it with your backups, and with seals that you keep elsewhere.",
)

PAGE = 1000
POSITION_FILE = "audit-verified.json"
"""In the folder of the installation: up to where the trail held when it was last verified."""


@dataclass(frozen=True, slots=True)
class Position:
    """An entry of the trail up to which it was verified: its number and its seal."""

    entries: int = 0
    seal: str = ""


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found of the trail.

    Attributes:
        entries: rows that hold.
        runs: runs whose journal is as it was sealed.
        open: runs at work or waiting, whose journal may still change.
        seal: the newest seal that holds; empty where there is no row.
        broken: the first thing that does not hold; none where all does.
        since: entries that were verified an earlier time, and not looked at now.
        replaced: the trail does not go on from where it was verified an earlier time.
    """

    entries: int
    runs: int
    open: int
    seal: str
    broken: Finding | None
    since: int = 0
    replaced: Finding | None = None

    @property
    def told(self) -> str:
        """What was found, in words."""
        if self.broken:
            return self.broken.message
        if not self.entries:
            return "no entries yet"
        working = f", {self.open} at work" if self.open else ""
        earlier = f" ({self.since} of them verified earlier)" if self.since else ""
        return (
            f"{self.entries} entries{earlier}, {self.runs} runs{working}; newest seal {self.seal}"
        )


class _Verifier:
    def __init__(self, database: Database, since: Position) -> None:
        self._database = database
        self._runs = Runs(database)
        self.entries = since.entries
        self.sealed_runs = 0
        self.open = 0
        self.seal = since.seal

    def broken(self) -> Finding | None:
        """Walk the trail from where it starts; return the first thing that does not hold."""
        with self._database.read() as read:
            head = read.execute(select(AUDIT_HEAD)).first()
        if head is None:
            return _broken(0, "the head", "its head is missing")
        for row, newest in _rows(self._database, self.entries, head.last):
            found = self._link(row) or (self._run(row) if row.run and row.id == newest else None)
            if found is not None:
                return found
            self.entries, self.seal = row.id, row.seal
        if (self.entries, self.seal) != (head.last, head.seal):
            return _broken(self.entries + 1, "the newest entries", "entries are missing")
        return self._unsealed(head.unsealed)

    def _link(self, row: Row[Any]) -> Finding | None:
        if row.id != self.entries + 1:
            return _broken(self.entries + 1, "missing", "entries are missing")
        if sealed(self.seal, {name: getattr(row, name) for name in SEALED}) != row.seal:
            if row.run:
                return _run_broken(row.run, row.company, "its entry in the trail was changed")
            return _broken(row.id, row.what, "it was changed")
        return None

    def _run(self, row: Row[Any]) -> Finding | None:
        """Compare a run with the newest row about it."""
        try:
            run = self._runs.summary(row.run)
        except (ClaryError, ValueError, KeyError, TypeError):  # none, or values that no run has
            return _run_broken(row.run, row.company, "it is gone or cannot be read")
        if run.ended_at is None:
            self.open += 1
            return None
        if digest_of(self._database, run) != row.digest and not self._is_old(run, row.digest):
            if self._went_on(run, row):
                self.open += 1
                return None
            return _run_broken(run.id, run.company, "the run or its journal was changed")
        self.sealed_runs += 1
        return None

    def _is_old(self, run: RunSummary, digest: str | None) -> bool:
        """Tell whether an older program sealed a refused run, with a plan that is still there.

        Which one it was it did not note: only the right one comes to the same digest.
        """
        if run.state is not RunState.REFUSED or run.refusal is not None:
            return False
        query = (
            select(PLANS.c.id)
            .where(
                PLANS.c.company == run.company,
                PLANS.c.flow == run.flow,
                PLANS.c.changes == run.planned,
                PLANS.c.created_at <= timestamp(run.started_at),
            )
            .order_by(PLANS.c.serial.desc())
        )
        with self._database.read() as read:
            plans = read.execute(query).scalars()
            return any(digest_of_old(run, [plan]) == digest for plan in plans)

    def _went_on(self, run: RunSummary, row: Row[Any]) -> bool:
        """Tell whether a run was resumed while it was looked at."""
        newest = select(func.max(AUDIT.c.id)).where(AUDIT.c.run == run.id)
        with self._database.read() as read:
            since = read.execute(newest).scalar_one()
        return bool(since != row.id) or self._runs.summary(run.id).ended_at is None

    def _unsealed(self, before: int) -> Finding | None:
        """Return a finding for a run that ended and has no row, if there is one."""
        sealing = select(AUDIT.c.id).where(AUDIT.c.run == RUNS.c.id).exists()
        ended = RUNS.c.ended_at.is_not(None)
        query = (
            select(RUNS.c.id, RUNS.c.company)
            .where(RUNS.c.serial > before, ended, ~sealing)
            .order_by(RUNS.c.serial)
            .limit(1)
        )
        with self._database.read() as read:
            row = read.execute(query).first()
        return None if row is None else _run_broken(row.id, row.company, "it was never sealed")


def _rows(database: Database, after: int, last: int) -> Iterator[tuple[Row[Any], int]]:
    """Yield the rows between two numbers, each with the newest row about the same run."""
    other = AUDIT.alias()
    newest = select(func.max(other.c.id)).where(other.c.run == AUDIT.c.run).scalar_subquery()
    query = select(AUDIT, newest.label("newest")).order_by(AUDIT.c.id).limit(PAGE)
    while True:
        with database.read() as read:
            page = read.execute(query.where(AUDIT.c.id > after, AUDIT.c.id <= last)).all()
        for row in page:
            yield row, row.newest or row.id
        if len(page) < PAGE:
            return
        after = page[-1].id


def _broken(number: int, what: str, reason: str) -> Finding:
    return AUDIT_BROKEN.finding(number=number, what=what, reason=reason)


def _run_broken(run: str, company: str | None, reason: str) -> Finding:
    return AUDIT_RUN_BROKEN.finding(record=f"run {run}", run=run, company=company, reason=reason)


def verify_trail(database: Database, since: Position | None = None) -> Verified:
    """Verify the trail; reads every row of the trail and of the journal once.

    Args:
        database: holds the trail.
        since: only what was added since then, where the trail still holds that entry; what was
            changed before it is not found.  None verifies the whole trail.
    """
    start, replaced = since or Position(), None
    if not _holds(database, start):
        replaced = AUDIT_REPLACED.warning(number=start.entries)
        start = Position()
    verifier = _Verifier(database, start)
    broken = verifier.broken()
    return Verified(
        verifier.entries,
        verifier.sealed_runs,
        verifier.open,
        verifier.seal,
        broken,
        start.entries,
        replaced,
    )


def _holds(database: Database, position: Position) -> bool:
    if not position.entries:
        return True
    query = select(AUDIT.c.seal).where(AUDIT.c.id == position.entries)
    with database.read() as read:
        return bool(read.execute(query).scalar_one_or_none() == position.seal)


def remembered(home: Path) -> Position | None:
    """Return up to where the trail held the last time; none where that is not known."""
    try:
        stored = json.loads((home / POSITION_FILE).read_text(encoding="utf-8"))
        return Position(int(stored["entries"]), str(stored["seal"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is verified from its beginning once more


def remember(home: Path, found: Verified) -> None:
    """Remember up to where the trail held, beside the database that it is about.

    Raises:
        OSError: the folder cannot be written.
    """
    text = json.dumps({"entries": found.entries, "seal": found.seal})
    part = home / f"{POSITION_FILE}.part"
    part.write_text(text, encoding="utf-8")
    part.replace(home / POSITION_FILE)
