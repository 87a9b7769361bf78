"""What is settled about a change before it is sent: its dependencies, values and answers.

Nothing here speaks to the company; all of it comes from the plan and the journal.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from clary.engine.decide import ORIGIN_PENDING, answered
from clary.engine.deferred import finisher
from clary.engine.journal import Conclusion, Journal, JournalEntry, JournalState
from clary.engine.plan import Planned, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.references import filled
from clary.engine.steps import Step
from clary.engine.unread import DEPENDENCY_UNREAD, is_unread, needed_records, unread_steps
from clary.kernel.change import Action, Change
from clary.kernel.errors import ClaryError, Code, Finding, Rejected, declare

DEPENDENCY_FAILED = declare(
    "DEPENDENCY_FAILED",
    Rejected,
    "Change {number} of the plan, which this one needs, ended as {state}.",
    "Mend what stopped change {number}, then plan again.",
)
DEPENDENCY_PENDING = declare(
    "DEPENDENCY_PENDING",
    Rejected,
    "Change {number} of the plan, which this one needs, is still pending.",
    "Resume the run; this change follows by itself.",
)
NOT_ATTEMPTED = declare(
    "NOT_ATTEMPTED",
    Rejected,
    "Not attempted: the run stopped at {stopped_at}, as it was asked to at the first error.",
    "Mend {stopped_at}, then plan this document again.",
)


class Preparation:
    """Settles steps of one plan from plan and journal alone."""

    def __init__(
        self,
        plan: PlanSummary,
        plans: PlanStore,
        journal: Journal,
        review: Callable[[Change], Planned] = Planned,
    ) -> None:
        """Prepare steps of `plan`; `review` says how a change stands before it is finished."""
        self._review = review
        self._plan = plan
        self._plans = plans
        self._journal = journal

    def split(self, steps: Sequence[Step]) -> tuple[list[Step], list[Conclusion]]:
        """Return the steps that can be sent, and how the others ended.

        The values that a sent step needs from earlier outcomes are filled in.
        """
        self._attach_findings(steps)
        self._attach_known(steps)
        self._attach_answers(steps)
        states = self._states(steps)
        ready: list[Step] = []
        ended: list[Conclusion] = []
        for step in steps:
            conclusion = self._settled(step, states)
            if conclusion is None:
                ready.append(step)
            else:
                ended.append(conclusion)
        return ready, ended

    def _attach_findings(self, steps: Sequence[Step]) -> None:
        if self._plan.findings:
            first, last = steps[0].change.number, steps[-1].change.number
            found = self._plans.findings_between(self._plan.id, first, last)
            for step in steps:
                step.findings = tuple(found.get(step.change.number, ()))

    def _attach_known(self, steps: Sequence[Step]) -> None:
        """Note what the journal knows of the same origin and attempt from elsewhere."""
        wanted = [
            (step, step.change.origin)
            for step in steps
            if step.change.action is Action.CREATE and step.change.origin and not step.perhaps
        ]
        if not wanted:
            return
        bases = {origin.base for _, origin in wanted}
        identity, system = self._plan.header.identity, steps[0].change.system
        found = self._journal.with_origins(identity, system, bases)
        for step, origin in wanted:
            for entry in found.get((step.change.record_type, origin.base), ()):
                elsewhere = (entry.plan, entry.number) != (self._plan.id, step.change.number)
                if elsewhere and entry.attempt == origin.attempt:
                    step.known = entry

    def _states(self, steps: Sequence[Step]) -> Mapping[int, JournalState]:
        needed = {number for step in steps for number in step.needs}
        return self._journal.states(self._plan.id, sorted(needed)) if needed else {}

    def _attach_answers(self, steps: Sequence[Step]) -> None:
        """Note what the journal holds of the same request from another plan."""
        wanted = {
            step.change.idempotency_key: step
            for step in steps
            if step.change.idempotency_key is not None and not step.perhaps
        }
        if not wanted:
            return
        identity, system = self._plan.header.identity, steps[0].change.system
        found = self._journal.with_keys(identity, system, [key for key in wanted if key])
        for key, entries in found.items():
            for entry in entries:
                if entry.plan != self._plan.id and self._binds(entry):
                    wanted[key].answer = entry

    def _binds(self, entry: JournalEntry) -> bool:
        """Tell whether a row of another plan settles a request; of two that wait, the older."""
        return entry.state in _ANSWERED or (entry.state.open and entry.plan < self._plan.id)

    def _settled(
        self,
        step: Step,
        states: Mapping[int, JournalState],
    ) -> Conclusion | None:
        if step.rejected:
            return Conclusion(step.change, JournalState.REJECTED, "none", findings=step.findings)
        if step.answer is not None:
            return _answer(step, step.answer)
        # What may have been written was ready once; a look comes before anything else.
        blocked = None if step.perhaps else _blocked(step, states)
        if blocked is not None:
            return blocked
        return self._finish(step) if step.change.deferred else self._fill(step)

    def unread(self, steps: Sequence[Step]) -> list[Step]:
        """Return what must be read back first, because values of it are needed."""
        return unread_steps(self._plan.id, self._plans, self._journal, steps)

    def _fill(self, step: Step) -> Conclusion | None:
        if not step.refs:
            return None
        numbers = sorted({ref.change for ref in step.refs})
        entries = {each.number: each for each in self._entries(numbers)}
        for number in sorted(needed_records(step) & entries.keys()):
            if is_unread(entries[number]):
                return _parked(step, DEPENDENCY_UNREAD, number)
        try:
            step.change = filled(step.change, {n: each.outcome for n, each in entries.items()})
        except Rejected as error:
            return _rejected(step, (*error.findings, *step.findings))
        return None

    def _entries(self, numbers: Iterable[int]) -> Iterator[JournalEntry]:
        return self._journal.entries_of(self._plan.id, numbers)

    def _finish(self, step: Step) -> Conclusion | None:
        try:
            function = finisher(step.change)
        except ClaryError as error:
            return Conclusion(step.change, JournalState.FAILED, "none", findings=error.findings)
        reviewed = self._review(step.change)
        step.change = reviewed.change
        step.findings = (*step.findings, *reviewed.findings)
        outcomes = self._journal.outcomes_of(self._plan.id, step.change.depends_on)
        try:
            after = function(step.change, outcomes)
        except Rejected as error:
            return _rejected(step, (*error.findings, *step.findings))
        if after is None:
            return Conclusion(step.change, JournalState.SKIPPED, "none", findings=step.findings)
        step.change = replace(step.change, after=after)
        return None


_ANSWERED = frozenset({JournalState.CONFIRMED, JournalState.SKIPPED, JournalState.UNDONE})


def _answer(step: Step, entry: JournalEntry) -> Conclusion:
    if entry.state.open:
        pending = ORIGIN_PENDING.finding(record=step.change.record, run=entry.run)
        return Conclusion(
            step.change, JournalState.PARKED, "none", findings=(pending, *step.findings)
        )
    return Conclusion(
        change=step.change,
        state=JournalState.SKIPPED,
        taken="none",
        key=entry.key,
        body=entry.body,
        findings=(*step.findings, answered(step.change, entry)),
    )


def _blocked(step: Step, states: Mapping[int, JournalState]) -> Conclusion | None:
    for number in sorted(step.needs):
        state = states.get(number, JournalState.PLANNED)
        if state in (JournalState.CONFIRMED, JournalState.SKIPPED):
            continue
        if state.open:
            # A deferred change waits as well: what is pending may yet succeed.
            return _parked(step, DEPENDENCY_PENDING, number)
        if not step.change.deferred:
            failed = DEPENDENCY_FAILED.finding(
                record=step.change.record, number=number, state=state.value
            )
            return _rejected(step, (failed, *step.findings))
    return None


def _parked(step: Step, code: Code, number: int) -> Conclusion:
    finding = code.finding(record=step.change.record, number=number)
    return Conclusion(step.change, JournalState.PARKED, "none", findings=(finding, *step.findings))


def _rejected(step: Step, findings: tuple[Finding, ...]) -> Conclusion:
    return Conclusion(step.change, JournalState.REJECTED, "none", findings=findings)


def not_attempted(step: Step, record: str) -> Conclusion:
    """Return how a step ended that comes after the error at which the run stopped."""
    finding = NOT_ATTEMPTED.finding(record=step.change.record, stopped_at=record)
    return _rejected(step, (finding, *step.findings))
