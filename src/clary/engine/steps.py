"""A plan on its way: its changes in chunks that can be sent together.

A chunk ends where a change needs the outcome of one before it, touches the same record
again, or goes to another system; and where it is as large as the pace allows.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta

from clary.engine.codec import StoredChange
from clary.engine.journal import PERHAPS_WRITTEN, Journal, JournalEntry, JournalState
from clary.engine.plan import PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.references import references
from clary.kernel.change import Change, Origin, Ref, Written
from clary.kernel.errors import ClaryError, Finding
from clary.kernel.settings import Settings

FIRST_CHUNK = 10
"""Documents of the first chunk, before it is known how fast the target is."""


@dataclass(slots=True)
class Step:
    """One change on its way through the executor.

    Attributes:
        change: the change, its references filled once they are known.
        previous: how far an earlier attempt got; none for a change that was never begun.
        rejected: planned as rejected.
        refs: values it needs from earlier outcomes.
        handed: it was handed over for writing, so a look that finds it finds our write.
        perhaps: it may have been written, so it is not written again on a guess.
        written: what the target answered, until it is read back.
        error: the last error that was not final.
        findings: what the plan says about it.
        known: the journal's newest other row with the same origin and attempt.
        answer: the row of another plan that answers the same request.
    """

    change: Change
    previous: JournalState | None = None
    rejected: bool = False
    refs: tuple[Ref, ...] = ()
    handed: bool = False
    perhaps: bool = False
    written: Written | None = None
    error: ClaryError | None = None
    findings: tuple[Finding, ...] = ()
    known: JournalEntry | None = None
    answer: JournalEntry | None = None

    @classmethod
    def of(
        cls, stored: StoredChange, previous: JournalState | None = None, *, sent: bool = False
    ) -> Step:
        """Return the step of a stored change; `sent` tells that it was handed over before.

        What was parked was not written, as its target said; should it be there all the
        same, it is ours.
        """
        perhaps = previous in PERHAPS_WRITTEN
        return cls(
            change=stored.change,
            previous=previous,
            rejected=stored.rejected,
            refs=references(stored.change) if stored.refers else (),
            handed=perhaps or sent,
            perhaps=perhaps,
        )

    @property
    def needs(self) -> frozenset[int]:
        """Numbers of the changes whose outcomes it needs."""
        return frozenset(self.change.depends_on) | {ref.change for ref in self.refs}


@dataclass(slots=True)
class Pace:
    """How many documents go together: as many as fit the time, within bounds.

    Attributes:
        most: never more than this.
        time: how long they are to take.
        size: how many the next are.
        least: never fewer than this.
        growth: at most so many times as many as the last: few may have taken little time for
            a reason of their own.
    """

    most: int
    time: timedelta
    size: int
    least: int = 1
    growth: int | None = None

    @classmethod
    def of(cls, settings: Settings) -> Pace:
        """Return the pace that the settings give."""
        most = settings.group_documents
        time = timedelta(milliseconds=settings.group_milliseconds)
        return cls(most, time, min(FIRST_CHUNK, most))

    def learn(self, documents: int, took: timedelta) -> None:
        """Choose the next size from how long some documents took, rests included."""
        fitting = documents * self.time // took if took else self.most
        if self.growth is not None:
            fitting = min(fitting, self.size * self.growth)
        self.size = max(self.least, min(self.most, fitting))


@dataclass(slots=True)
class _Chunk:
    """The steps gathered so far, and what they touch."""

    steps: list[Step] = field(default_factory=list)
    numbers: set[int] = field(default_factory=set)
    records: set[tuple[str, str]] = field(default_factory=set)
    origins: set[Origin] = field(default_factory=set)

    def takes(self, step: Step, size: int) -> bool:
        """Tell whether a step can be sent together with those gathered."""
        if not self.steps:
            return True
        change = step.change
        if len(self.steps) >= size or change.system != self.steps[0].change.system:
            return False
        if change.key is not None and (change.record_type, change.key) in self.records:
            return False
        if change.origin is not None and change.origin in self.origins:
            return False
        return self.numbers.isdisjoint(change.depends_on) and not any(
            ref.change in self.numbers for ref in step.refs
        )

    def add(self, step: Step) -> None:
        """Take a step in."""
        self.steps.append(step)
        self.numbers.add(step.change.number)
        if step.change.key is not None:
            self.records.add((step.change.record_type, step.change.key))
        if step.change.origin is not None:
            self.origins.add(step.change.origin)


class Feed:
    """Reads what is left of a plan, in chunks."""

    def __init__(self, plans: PlanStore, journal: Journal, pace: Pace) -> None:
        """Read from the stores; `pace` may change from chunk to chunk."""
        self._plans = plans
        self._journal = journal
        self._pace = pace

    def chunks(self, plan: PlanSummary, *, fresh: bool) -> Iterator[list[Step]]:
        """Yield the steps of a plan that have no final outcome yet, in order.

        `fresh` says that the journal has no row of this plan.
        """
        chunk = _Chunk()
        for step in self._steps(plan, fresh=fresh):
            if not chunk.takes(step, self._pace.size):
                yield chunk.steps
                chunk = _Chunk()
            chunk.add(step)
        if chunk.steps:
            yield chunk.steps

    def sent(self, plan: PlanSummary) -> Iterator[list[Step]]:
        """Yield the steps of a plan that were sent without a known outcome, one by one."""
        for number in self._journal.sent(plan.id):
            for stored in self._plans.stored(plan.id, number - 1, 1):
                yield [Step.of(stored, JournalState.SENT)]

    def _steps(self, plan: PlanSummary, *, fresh: bool) -> Iterator[Step]:
        begun: dict[int, tuple[JournalState, bool]] = {}
        last_known = 0
        for stored in self._plans.stored(plan.id):
            number = stored.change.number
            if not fresh and number > last_known:
                last_known = number + 10 * self._pace.most
                begun = self._journal.begun(plan.id, number, last_known)
            previous, sent = begun.get(number, (None, False))
            if previous is None or previous.open:
                yield Step.of(stored, previous, sent=sent)
