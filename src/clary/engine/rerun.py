"""A rerun as an explicit plan against the books: what is there, what is missing, what is new.

It takes the changes that a planner would post for the first time and sets what a rerun
needs: the attempt of each origin, and findings that the preview shows.  Applying it
skips what is present; what is missing is posted only once a person has confirmed it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from clary.companies.contract import Fate, OriginFound, Session
from clary.engine.decide import ORIGIN_MISSING, ORIGIN_PENDING
from clary.engine.guards import BOOKS_RESTORED, MASS_COUNT, MASS_SHARE
from clary.engine.journal import Journal, JournalEntry, JournalState
from clary.engine.plan import Entry, Planned
from clary.kernel.change import Action, Change
from clary.kernel.errors import Finding, Rejected, declare
from clary.store import Database

ORIGIN_PRESENT = declare(
    "ORIGIN_PRESENT",
    Rejected,
    "This document is in the books already, as {key}.",
    "Nothing needs to be done; it is skipped.",
)
ORIGIN_REVERSED = declare(
    "ORIGIN_REVERSED",
    Rejected,
    "This document was posted before and reversed since; it is posted again.",
    "Leave it out (--exclude) if it shall stay reversed.",
)
ORIGIN_UNCLEAR = declare(
    "ORIGIN_UNCLEAR",
    Rejected,
    "Several documents in the books look like this one ({evidence}).",
    "Look which of them it is; give the document another number if it is none.",
    http_status=409,
)


_Latest: TypeAlias = dict[tuple[str, str, str], JournalEntry]
"""The newest attempt of each origin, by system, record type and origin."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What books and journal know of a document that is to be created.

    Attributes:
        change: the change at its current attempt.
        found: what became of its origin in the books; none for a change without one.
        entry: the journal's newest attempt at it, if there was one.
    """

    change: Change
    found: OriginFound | None = None
    entry: JournalEntry | None = None

    @property
    def is_live(self) -> bool:
        """The document is in the books already."""
        return self.found is not None and self.found.fate is Fate.LIVE


class Rerun:
    """Counts while it goes: how many origins were posted before, how many are missing."""

    def __init__(self, database: Database, identity: str, session: Session) -> None:
        """Compare with the books behind `session`; only what went to `identity` counts."""
        self._journal = Journal(database)
        self._identity = identity
        self._session = session
        self.known = 0
        self.missing = 0

    def standings(self, changes: Sequence[Change]) -> list[Standing]:
        """Return what is known of some changes, in order, by one look for each type."""
        latest = self._latest(changes)
        current = [_current(change, latest) for change in changes]
        fates = self._fates(current)
        return [
            Standing(change, fates.get(change.number), _entry_of(change, latest))
            for change in current
        ]

    def remarks(self) -> Iterator[Finding]:
        """Yield the guard that stands against a rerun which finds much missing."""
        if self.missing > max(MASS_COUNT, self.known // MASS_SHARE):
            yield BOOKS_RESTORED.finding(
                missing=self.missing, known=self.known, code=BOOKS_RESTORED.name
            )

    def _latest(self, changes: Sequence[Change]) -> _Latest:
        """Return the newest attempt that the journal knows of each origin."""
        by_system: dict[str, list[str]] = {}
        for change in changes:
            if _has_origin(change) and change.origin is not None:
                by_system.setdefault(change.system, []).append(change.origin.base)
        latest: _Latest = {}
        for system, bases in by_system.items():
            found = self._journal.with_origins(self._identity, system, bases)
            for (record_type, base), entries in found.items():
                sent = [entry for entry in entries if entry.state not in _NEVER_WRITTEN]
                if sent:
                    newest = max(sent, key=lambda entry: entry.attempt or 0)
                    latest[system, record_type, base] = newest
        return latest

    def _fates(self, changes: Sequence[Change]) -> dict[int, OriginFound]:
        by_type: dict[str, list[Change]] = {}
        for change in changes:
            if _has_origin(change):
                by_type.setdefault(change.record_type, []).append(change)
        fates: dict[int, OriginFound] = {}
        for name, group in by_type.items():
            origins = [change.origin for change in group if change.origin is not None]
            answers = self._session.find_origins(name, origins)
            fates.update((c.number, found) for c, found in zip(group, answers, strict=True))
        return fates

    def entry(self, standing: Standing) -> Entry:
        """Return a change with what is to be said of it, and count it."""
        change, entry, found = standing.change, standing.entry, standing.found
        if found is None or change.origin is None:
            return change
        origin = change.origin
        posted = entry is not None and entry.state is JournalState.CONFIRMED
        self.known += posted
        record = change.record
        match found.fate:
            case Fate.LIVE:
                return Planned(change, (ORIGIN_PRESENT.warning(record=record, key=found.key),))
            case Fate.REVERSED:
                again = replace(change, origin=replace(origin, attempt=origin.attempt + 1))
                return Planned(again, (ORIGIN_REVERSED.warning(record=record),))
            case Fate.AMBIGUOUS:
                unclear = ORIGIN_UNCLEAR.finding(record=record, evidence=found.evidence)
                return Planned(change, (unclear,))
            case Fate.ABSENT if posted and entry is not None:
                self.missing += 1
                return Planned(change, (_missing(record, entry),))
            case Fate.ABSENT | Fate.DELIVERED if entry is not None and entry.state.open:
                return Planned(change, (ORIGIN_PENDING.finding(record=record, run=entry.run),))
            case Fate.ABSENT | Fate.DELIVERED:
                return change


_NEVER_WRITTEN = frozenset(
    {JournalState.REJECTED, JournalState.FAILED, JournalState.PLANNED, JournalState.PARKED}
)


def _has_origin(change: Change) -> bool:
    return change.action is Action.CREATE and change.origin is not None


def _entry_of(change: Change, latest: _Latest) -> JournalEntry | None:
    if not latest or not _has_origin(change) or change.origin is None:
        return None
    return latest.get((change.system, change.record_type, change.origin.base))


def _current(change: Change, latest: _Latest) -> Change:
    """Return the change at its current attempt: the next one after an undo."""
    entry = _entry_of(change, latest)
    if entry is None or entry.attempt is None or change.origin is None:
        return change
    attempt = entry.attempt + (entry.state is JournalState.UNDONE)
    return replace(change, origin=replace(change.origin, attempt=attempt))


def _missing(record: str, entry: JournalEntry) -> Finding:
    day = "an unknown day" if entry.ended_at is None else entry.ended_at.date()
    return ORIGIN_MISSING.warning(record=record, date=day, key=entry.key)
