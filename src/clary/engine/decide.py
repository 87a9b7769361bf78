"""What follows from a look: is the change done, to be written, or for a person to settle?

Pure, so that every case of exactly-once can be read here in one place and tested alone.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from clary.engine.journal import Conclusion, JournalEntry, JournalState
from clary.engine.steps import Step
from clary.kernel.change import Action, Change, Sight, Sighting, Verb
from clary.kernel.errors import (
    Code,
    Finding,
    Guarded,
    Rejected,
    Severity,
    Uncertain,
    declare,
)

RECORD_STALE = declare(
    "RECORD_STALE",
    Rejected,
    "The record was changed after the plan was made.",
    "Plan again; the new plan starts from the record as it is now.",
    http_status=409,
)
ORIGIN_MISSING = declare(
    "ORIGIN_MISSING",
    Guarded,
    "This document was posted on {date} as {key} and is no longer in the books.",
    "Look whether the books were restored from a backup; --post-missing posts it again.",
)
ORIGIN_VOIDED = declare(
    "ORIGIN_VOIDED",
    Guarded,
    "This document was posted as {key}, and has been voided, reversed or taken back since.",
    "If it shall be posted again, confirm that with --post-missing, or state --repost for it"
    " alone; --exclude leaves it out.",
)
ORIGIN_PENDING = declare(
    "ORIGIN_PENDING",
    Uncertain,
    "Run {run} sent this document, and it is not known yet whether it is in the books.",
    "See how it stands with `clary runs show {run}`; `clary runs resume {run}` looks again.",
)
ORIGIN_ANSWERED = declare(
    "ORIGIN_ANSWERED",
    Rejected,
    "Run {run} answered this request before; nothing was sent again.",
    "Nothing needs to be done; use another key for another document.",
)
ORIGIN_UNDONE = declare(
    "ORIGIN_UNDONE",
    Rejected,
    "This request was answered before and then taken back by run {run}.",
    "A retry never posts it again; send it with a new idempotency key to post it again.",
)
OUTCOME_UNKNOWN = declare(
    "OUTCOME_UNKNOWN",
    Uncertain,
    "Whether this was written is not known, and the company cannot tell.",
    "Look in the company for the document, then settle the change by hand.",
)
WRITTEN_AND_CHANGED = declare(
    "WRITTEN_AND_CHANGED",
    Uncertain,
    "This was sent, and the record has been changed or reversed since.",
    "Look at the record in the company, then settle the change by hand.",
)
DELIVERED_WAITING = declare(
    "DELIVERED_WAITING",
    Uncertain,
    "This was handed over and is not in the books yet{where}.",
    "Import the file (the run's log names it) or wait for the other side, then resume the run.",
)

_DONE = {
    Action.CREATE: "created",
    Action.UPDATE: "updated",
    Action.DELETE: "deleted",
}
_DONE_BY_VERB = {
    Verb.POST: "posted",
    Verb.VOID: "voided",
    Verb.REVERSE: "reversed",
    Verb.ALLOCATE: "allocated",
    Verb.UNALLOCATE: "unallocated",
}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do with one step after a look; `write` where it is to be written.

    Attributes:
        state: the journal state it ends in; none to write it.
        taken: what was done, in one word.
        findings: why.
    """

    state: JournalState | None
    taken: str = "none"
    findings: tuple[Finding, ...] = ()


WRITE = Verdict(None)


def taken_word(change: Change) -> str:
    """Return what doing a change is called afterwards: created, voided, ..."""
    return _DONE_BY_VERB[change.verb] if change.verb else _DONE.get(change.action, "none")


def decide(step: Step, sighting: Sighting, *, confirmed_missing: bool) -> Verdict:
    """Return what follows from what a look found of a step.

    Args:
        step: the change, whether it was handed over before, and what the journal knows.
        sighting: what the target found.
        confirmed_missing: a person has confirmed that missing documents are posted again.
    """
    if step.previous is JournalState.DELIVERED and sighting.sight is not Sight.PRESENT:
        return _delivered(step, sighting)
    match sighting.sight:
        case Sight.PRESENT:
            return _present(step, suffices=sighting.suffices)
        case Sight.ABSENT:
            return _absent(step, confirmed_missing=confirmed_missing)
        case Sight.REVERSED:
            return _settle(step, WRITTEN_AND_CHANGED) if step.perhaps else WRITE
        case Sight.DELIVERED if step.known is not None and step.known.state.open:
            return _parked(step, step.known)
        case Sight.DELIVERED:
            return _delivered(step, sighting)
        case Sight.STALE:
            return _stale(step, sighting)
        case Sight.UNKNOWN:
            return _unknown(step, sighting)


def _present(step: Step, *, suffices: bool) -> Verdict:
    if step.handed:
        return Verdict(JournalState.CONFIRMED, taken_word(step.change))
    if step.change.action is Action.CREATE and step.change.origin is None and not suffices:
        # Only an origin proves that a record is this very document; a record that
        # happens to have the same key is for the company to refuse.
        return WRITE
    taken = "none" if step.change.action is Action.CREATE else "unchanged"
    return Verdict(JournalState.SKIPPED, taken)


def _absent(step: Step, *, confirmed_missing: bool) -> Verdict:
    known = step.known
    asked = [each for each in step.findings if each.code == ORIGIN_VOIDED.name]
    if asked and not (step.perhaps or confirmed_missing):
        findings = tuple(replace(each, severity=Severity.ERROR) for each in asked)
        return Verdict(JournalState.REJECTED, findings=findings)
    if known is None or step.perhaps:
        return WRITE
    if known.state is JournalState.DELIVERED:
        return _parked(step, known)
    if known.state is JournalState.CONFIRMED and not confirmed_missing:
        missing = ORIGIN_MISSING.finding(
            record=step.change.record,
            date="an unknown day" if known.ended_at is None else known.ended_at.date(),
            key=known.key,
        )
        return Verdict(JournalState.REJECTED, findings=(missing,))
    return WRITE


def _delivered(step: Step, sighting: Sighting) -> Verdict:
    where = f": {sighting.evidence}" if sighting.evidence else ""
    waiting = DELIVERED_WAITING.warning(record=step.change.record, where=where)
    return Verdict(JournalState.DELIVERED, findings=(waiting, *sighting.findings))


def _stale(step: Step, sighting: Sighting) -> Verdict:
    if step.perhaps:
        return _settle(step, WRITTEN_AND_CHANGED, *sighting.findings)
    findings = sighting.findings or (_about(step, RECORD_STALE),)
    return Verdict(JournalState.REJECTED, findings=findings)


def _unknown(step: Step, sighting: Sighting) -> Verdict:
    known = step.known
    if step.perhaps:
        return _settle(step, OUTCOME_UNKNOWN, *sighting.findings)
    if sighting.findings:
        return Verdict(JournalState.REJECTED, findings=sighting.findings)
    if known is None:
        return WRITE
    if known.state is JournalState.CONFIRMED:
        return Verdict(JournalState.SKIPPED, findings=(answered(step.change, known),))
    return _parked(step, known) if known.state.open else WRITE


def answered(change: Change, known: JournalEntry) -> Finding:
    """Return the warning that a request was answered from the journal."""
    if known.state is JournalState.UNDONE:
        return ORIGIN_UNDONE.warning(record=change.record, run=known.undone_by)
    return ORIGIN_ANSWERED.warning(record=change.record, run=known.run)


def _parked(step: Step, known: JournalEntry) -> Verdict:
    pending = ORIGIN_PENDING.finding(record=step.change.record, run=known.run)
    return Verdict(JournalState.PARKED, findings=(pending,))


def _settle(step: Step, code: Code, *findings: Finding) -> Verdict:
    return Verdict(JournalState.UNCERTAIN, findings=(_about(step, code), *findings))


def _about(step: Step, code: Code) -> Finding:
    return code.finding(record=step.change.record)


def conclusion(step: Step, verdict: Verdict, sighting: Sighting) -> Conclusion:
    """Return how a step ended that needed no write, with the record as it was found."""
    return Conclusion(
        change=step.change,
        state=verdict.state or JournalState.PLANNED,
        taken=verdict.taken,
        key=sighting.key,
        body=sighting.body,
        findings=(*step.findings, *verdict.findings),
    )
