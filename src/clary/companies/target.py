"""A company as a target of the executor: how changes become calls of a session."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import islice

from clary.companies.contract import Fate, Info, OriginFound, Query, Session
from clary.companies.keys import RECORD_NOT_FOUND, Key, parse_key
from clary.kernel.change import (
    Action,
    Body,
    Change,
    JsonValue,
    Sight,
    Sighting,
    Verb,
    Written,
)
from clary.kernel.errors import ClaryError, Failed, Finding, Rejected, Unsupported, declare
from clary.ledger.record import Family, RecordType
from clary.ledger.registry import record_type

FIELD_CHANGED = declare(
    "FIELD_CHANGED",
    Rejected,
    "{name} was {before} when the plan was made and is {now} now.",
    "Plan again; the new plan starts from the record as it is now.",
    http_status=409,
)
RECORD_GONE = declare(
    "RECORD_GONE",
    Rejected,
    "The record was there when the plan was made and is gone now.",
    "Plan again without it.",
    http_status=409,
)
ORIGIN_AMBIGUOUS = declare(
    "ORIGIN_AMBIGUOUS",
    Rejected,
    "Several documents in the books look like this one ({evidence}).",
    "Look which of them it is; give the document another number if it is none.",
    http_status=409,
)
CHANGE_INCOMPLETE = declare(
    "CHANGE_INCOMPLETE",
    Failed,
    "The planner made a change that lacks its {part}.",
    "Report this; nothing was written for this change.",
)

SETTLEMENT_FIELDS = frozenset({"amount_due", "unapplied_amount", "reversed_by"})
"""Computed fields that count when a document is compared: whether it was paid, used or
reversed since."""

SHOWN_LENGTH = 80

_FINAL = (Rejected, Unsupported, Failed)
"""Errors of one document; the next document is written all the same."""


def compared(declared: RecordType, body: Mapping[str, JsonValue]) -> Body:
    """Return the fields of a body by which two states of a record are compared.

    Stamps and other figures that the company works out are left out, except those that
    tell whether a document was settled.
    """
    fields = declared.fields
    return {
        name: value
        for name, value in body.items()
        if name not in fields or not fields[name].computed or name in SETTLEMENT_FIELDS
    }


class CompanyTarget:
    """Applies changes to one company inside one session."""

    def __init__(
        self, session: Session, info: Info, *, reopen: Callable[[], Session] | None = None
    ) -> None:
        """Write through `session`.

        Args:
            session: a session that may write.
            info: what the company is; tells the executor whose books these are.
            reopen: opens a new session after this one was lost.
        """
        self._session = session
        self._reopen = reopen
        self._edition = info.edition
        self.identity = info.identity
        self.generation = info.generation

    def reconnect(self) -> None:
        """Close the session and open a new one.

        Raises:
            Unreachable, Busy, Unauthorised: the company still cannot be reached.
        """
        if self._reopen is not None:
            self._session.close()
            self._session = self._reopen()

    def population(self, record_type: str, at_most: int) -> int:
        """Return how many records of a type there are, counting no further than `at_most`."""
        query = Query(limit=at_most)
        return sum(1 for _ in islice(self._session.read(record_type, query), at_most))

    def look(self, changes: Sequence[Change]) -> Sequence[Sighting]:
        """Tell for each change whether it is done already, can be done, or is stale.

        A created document is found by its origin, in one bulk read per record type; a
        list record by its own key.  Any other change is compared with the record as it
        is now.
        """
        found: dict[int, Sighting] = {}
        by_type: dict[str, list[Change]] = {}
        for change in changes:
            if change.action is Action.CREATE and change.origin is not None:
                by_type.setdefault(change.record_type, []).append(change)
            else:
                found[change.number] = self._look_at(change)
        for name, group in by_type.items():
            found.update(self._look_for(name, group))
        return [found[change.number] for change in changes]

    def _look_for(self, name: str, changes: Sequence[Change]) -> Mapping[int, Sighting]:
        origins = [change.origin for change in changes if change.origin is not None]
        answers = self._session.find_origins(name, origins)
        return {
            change.number: self._by_origin(change, answer)
            for change, answer in zip(changes, answers, strict=True)
        }

    def _by_origin(self, change: Change, answer: OriginFound) -> Sighting:
        match answer.fate:
            case Fate.LIVE:
                body = None if answer.key is None else self._record(change, answer.key)
                return Sighting(Sight.PRESENT, answer.key, body, answer.evidence)
            case Fate.REVERSED:
                return Sighting(Sight.REVERSED, answer.key, evidence=answer.evidence)
            case Fate.AMBIGUOUS:
                finding = ORIGIN_AMBIGUOUS.finding(record=change.record, evidence=answer.evidence)
                return Sighting(Sight.UNKNOWN, findings=(finding,), evidence=answer.evidence)
            case Fate.ABSENT:
                return Sighting(Sight.ABSENT)
'''
