"""A chunk at its target: looked at, written and read back, until each change has an outcome.

What comes back as busy, lost or uncertain is looked at again before it is tried again; a
few tries, then it waits for the run to be resumed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeAlias, runtime_checkable

from clary.engine.decide import WRITE, conclusion, decide, taken_word
from clary.engine.journal import Conclusion, JournalState
from clary.engine.lease import Lease
from clary.engine.plan import Planned
from clary.engine.prepare import not_attempted
from clary.engine.steps import Step
from clary.engine.unread import READ_BACK_FAILED
from clary.kernel.change import (
    OF_RECORDS,
    Action,
    Body,
    Change,
    Reconnecting,
    Sighting,
    Target,
    Written,
)
from clary.kernel.courtesy import make_way
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Failed,
    Finding,
    Rejected,
    Severity,
    Uncertain,
    Unreachable,
    Unsupported,
    declare,
)

INTERRUPTED = declare(
    "INTERRUPTED",
    Unreachable,
    "The run was interrupted before this was written.",
    "Resume the run.",
)
READ_BACK_EMPTY = declare(
    "READ_BACK_EMPTY",
    Uncertain,
    "The company said that this was written, and has no such record.",
    "Look in the company for the record, then settle the change by hand.",
)
RECORD_REMAINS = declare(
    "RECORD_REMAINS",
    Uncertain,
    "The company said that the record was deleted, and still has it.",
    "Look at the record in the company, then settle the change by hand.",
)

STORED_OTHERWISE = declare(
    "STORED_OTHERWISE",
    Rejected,
    "{name} was sent as {sent} and is stored as {stored}.",
    "Look at the record; correct it where the company's value is not meant.",
)

FIRST_PAUSE = timedelta(milliseconds=200)
"""Wait before the second try; each further one waits twice as long."""

_RETRIED = (Busy, Unreachable, Uncertain)
"""What may go away by itself within a second or two."""


Review: TypeAlias = Callable[[Change], Planned]
"""Returns a change as it is to be written, with what is to be said about it; one with an error
is rejected instead."""


def reviewed_by(*reviews: Review) -> Review:
    """Return a review that asks several, each about what the one before made of a change."""

    def review(change: Change) -> Planned:
        findings: tuple[Finding, ...] = ()
        for each in reviews:
            planned = each(change)
            change, findings = planned.change, (*findings, *planned.findings)
        return Planned(change, findings)

    return review


@runtime_checkable
class Comparing(Protocol):
    """A target that can tell whether a record holds what was sent."""

    def unlike(self, change: Change, body: Body) -> Sequence[tuple[str, str, str]]:
        """Return name, sent and stored value of each stated field that differs."""
        ...


@dataclass(frozen=True, slots=True)
class Rules:
    """What the caller of a run decided about sending.

    Attributes:
        stop_on_error: nothing is sent after the first rejected or failed change.
        confirmed_missing: documents that are missing from the books are posted again.
        look_only: what was sent is looked up, and nothing is written.
        review: says of a change that is about to be written how it stands by now.
    """

    stop_on_error: bool = False
    confirmed_missing: bool = False
    look_only: bool = False
    review: Review = Planned


class Sending:
    """Brings the steps of one chunk, all of one target, to their outcomes.

    Attributes:
        ended: how each step ended, by the number of its change.
        halted: the error because of which nothing more is to be sent to this target.
        stopped_at: the record at whose error the sending stopped, if it was asked to.
    """

    def __init__(
        self,
        steps: Sequence[Step],
        *,
        target: Target,
        lease: Lease,
        trip: Callable[[str], None],
        rules: Rules,
    ) -> None:
        """Send `steps`, all of one system."""
        self._steps = steps
        self._target = target
        self._comparing = target if isinstance(target, Comparing) else None
        self._lease = lease
        self._trip = trip
        self._rules = rules
        self.ended: dict[int, Conclusion] = {}
        self.halted: ClaryError | None = None
        self.stopped_at: str | None = None

    def run(self, retries: int, pause: Callable[[timedelta], None]) -> None:
        """Try until every step has ended, at most `retries` times more than once.

        Raises:
            Busy: the lease was lost (LEASE_LOST).
        """
        length = FIRST_PAUSE
        self._attempt()
        for _ in range(retries):
            if not any(isinstance(step.error, _RETRIED) for step in self._waiting()):
                break
            pause(length)
            length *= 2
            self._reconnect()
            self._attempt()
        self._give_up()

    def _waiting(self) -> list[Step]:
        return [step for step in self._steps if step.change.number not in self.ended]

    def _attempt(self) -> None:
        waiting_now = self._waiting()
        stopped = self.stopped_at is not None
        to_write = self._look([step for step in waiting_now if step.written is None])
        self._trip("chunk looked at")
        if self._rules.look_only:
            for step in to_write:
                finding = INTERRUPTED.finding(record=step.change.record)
                self._end(step, JournalState.PARKED, findings=(finding, *step.findings))
        elif to_write and not stopped:
            self._write(to_write)
        self._trip("chunk written")
        self._read_back([step for step in self._waiting() if step.written is not None])
        self._trip("chunk read back")

    def _look(self, steps: Sequence[Step]) -> list[Step]:
        """Look at steps; return those to be written."""
        if not steps:
            return []
        self._lease.check()
        try:
            sightings = self._target.look([step.change for step in steps])
        except ClaryError as error:
            for step in steps:
                self._unseen(step, error)
            return []
        to_write: list[Step] = []
        for step, sighting in zip(steps, sightings, strict=True):
            verdict = decide(step, sighting, confirmed_missing=self._rules.confirmed_missing)
            if verdict is WRITE:
                if self._is_still_meant(step):
                    to_write.append(step)
            elif verdict.state is JournalState.CONFIRMED and _can_be_read(step, sighting):
                step.written = Written(sighting.key)
            else:
                self.ended[step.change.number] = conclusion(step, verdict, sighting)
        return self._cut(to_write) if self._rules.stop_on_error else to_write

    def _is_still_meant(self, step: Step) -> bool:
        """Tell whether a step may be written; one that the caller's review rules out ends."""
        found = self._rules.review(step.change).findings
        errors = tuple(each for each in found if each.severity is Severity.ERROR)
        if errors:
            self._end(step, JournalState.REJECTED, findings=(*errors, *step.findings))
        return not errors

    def _unseen(self, step: Step, error: ClaryError) -> None:
        """Take note that a step could not be looked at; what may be written stays open."""
        if step.perhaps:
            step.error = error
        else:
            self._refused(step, error)

    def _cut(self, to_write: list[Step]) -> list[Step]:
        """Return those to be written before the first step that a look ruled out."""
        bad = [n for n, each in self.ended.items() if each.state is JournalState.REJECTED]
        if not bad:
            return to_write
        first = self.ended[min(bad)].change
        later = [step for step in to_write if step.change.number > first.number]
        self._stop_at(first.record, later)
        return [step for step in to_write if step.change.number < first.number]

    def _write(self, steps: Sequence[Step]) -> None:
        self._lease.check()
        try:
            changes = [step.change for step in steps]
            results = self._target.write(changes, stop=self._rules.stop_on_error)
        except ClaryError as error:
            results = [error] * len(steps)
        for step, result in zip(steps, results, strict=not self._rules.stop_on_error):
            step.handed = True
            if isinstance(result, ClaryError):
                self._refused(step, result)
            elif result.delivered:
                self._end(step, JournalState.DELIVERED, result)
            else:
                step.written = result
                step.error = None
        if len(results) < len(steps):
            self._stop_at(steps[len(results) - 1].change.record, steps[len(results) :])

    def _refused(self, step: Step, error: ClaryError) -> None:
        findings = (*error.findings, *step.findings)
        if isinstance(error, Rejected | Unsupported):
            self._end(step, JournalState.REJECTED, findings=findings)
        elif isinstance(error, Failed):
            self._end(step, JournalState.FAILED, findings=findings)
        else:
            step.error = error
            step.perhaps = step.perhaps or isinstance(error, Uncertain)

    def _stop_at(self, record: str, later: Sequence[Step]) -> None:
        self.stopped_at = record
        for step in later:
            self.ended[step.change.number] = not_attempted(step, record)

    def _read_back(self, steps: Sequence[Step]) -> None:
        """Read what was written, unless the answer to the write held it, and end the steps."""
        to_read = [step for step in steps if step.written is not None and step.written.body is None]
        for step in steps:
            if step.written is not None and step.written.body is not None:
                self._confirmed(step, step.written, step.written.body)
        if not to_read:
            return
        self._lease.check()
        written = [step.written for step in to_read if step.written is not None]
        try:
            bodies = self._target.read_back([step.change for step in to_read], written)
        except ClaryError as error:
            for step in to_read:
                step.error = error
            return
        for step, answer, body in zip(to_read, written, bodies, strict=True):
            make_way()
            self._verified(step, answer, body)

    def _verified(self, step: Step, written: Written, body: Body | None) -> None:
        action = step.change.action
        doubt = None
        # What was confirmed before was there then; it must have been removed since.
        fresh = step.previous is not JournalState.CONFIRMED
        if fresh and body is None and action in (Action.CREATE, Action.UPDATE):
            doubt = READ_BACK_EMPTY
        elif body is not None and action is Action.DELETE:
            doubt = RECORD_REMAINS
        if doubt is None:
            self._confirmed(step, written, body)
        else:
            findings = (doubt.finding(record=step.change.record), *step.findings)
            self._end(step, JournalState.UNCERTAIN, written, body, findings)

    def _confirmed(self, step: Step, written: Written, body: Body | None) -> None:
        """End a step that was written, with a warning for each field stored otherwise."""
        differing: Sequence[tuple[str, str, str]] = ()
        stating = step.change.action in (Action.CREATE, Action.UPDATE)
        if body is not None and stating and self._comparing is not None:
            differing = self._comparing.unlike(step.change, body)
        warnings = tuple(
            STORED_OTHERWISE.warning(
                record=step.change.record, field=name, name=name, sent=sent, stored=stored
            )
            for name, sent, stored in differing
        )
        findings = (*written.warnings, *warnings, *step.findings)
        self._end(step, JournalState.CONFIRMED, written, body, findings)

    def _reconnect(self) -> None:
        target = self._target
        lost = [step for step in self._waiting() if isinstance(step.error, Unreachable)]
        if lost and isinstance(target, Reconnecting):
            self._lease.check()
            try:
                target.reconnect()
            except ClaryError as error:
                for step in lost:
                    step.error = error

    def _give_up(self) -> None:
        """End what is still waiting, and tell whether the target is worth further chunks."""
        left = [(step, step.error) for step in self._waiting() if step.error is not None]
        nothing_done = len(left) == len(self._steps)
        for step, error in left:
            if step.written is not None:
                warning = READ_BACK_FAILED.warning(record=step.change.record, reason=str(error))
                findings = (warning, *step.written.warnings, *step.findings)
                self._end(step, JournalState.CONFIRMED, step.written, findings=findings)
            else:
                self.ended[step.change.number] = waiting(step, error)
            if _halts(error, nothing_done=nothing_done):
                self.halted = error

    def _end(
        self,
        step: Step,
        state: JournalState,
        written: Written | None = None,
        body: Body | None = None,
        findings: tuple[Finding, ...] | None = None,
    ) -> None:
        warnings = written.warnings if written else ()
        self.ended[step.change.number] = Conclusion(
            change=step.change,
            state=state,
            taken=taken_word(step.change) if state is JournalState.CONFIRMED else "none",
            key=written.key if written else None,
            body=body,
            undo=written.undo if written else None,
            findings=(*warnings, *step.findings) if findings is None else findings,
        )


def _can_be_read(step: Step, sighting: Sighting) -> bool:
    """Tell whether what was found can be read, and has not been; it may have no key."""
    missing = sighting.body is None and step.change.action is not Action.DELETE
    return missing and (sighting.key or step.change.key) is not None


def _halts(error: ClaryError, *, nothing_done: bool) -> bool:
    """Tell whether an error stands for the whole target and not for one record.

    A busy record is parked alone; a company that is busy, or where nothing could be done, is
    so as a whole.
    """
    is_of_one = error.code in OF_RECORDS or isinstance(error, Uncertain)
    return nothing_done if is_of_one else True


def waiting(step: Step, error: ClaryError) -> Conclusion:
    """Return how a step ends that waits for the run to be resumed."""
    state = JournalState.UNCERTAIN if step.perhaps else JournalState.PARKED
    if step.previous is JournalState.DELIVERED:
        state = JournalState.DELIVERED
    return Conclusion(step.change, state, "none", findings=(*error.findings, *step.findings))
