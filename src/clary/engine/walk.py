"""The walk of a chunk: sent mark, look, write, read back, outcome.

Sent marks are committed before the company is touched and outcomes after, each for the
whole chunk.  Whatever is not final is looked at again before it is tried again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from clary.engine.guards import target_of
from clary.engine.journal import Conclusion, Journal, JournalState, JournalWriter
from clary.engine.lease import Lease
from clary.engine.plan import PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.prepare import Preparation, not_attempted
from clary.engine.run_log import RunLog
from clary.engine.sending import Rules, Sending, waiting
from clary.engine.steps import Step
from clary.kernel.change import State, Target
from clary.kernel.clock import Clock, timestamp
from clary.kernel.courtesy import make_way
from clary.kernel.errors import ClaryError
from clary.store import Database

JOURNAL_POINTS = (
    "run opened",
    "plan checked",
    "chunk prepared",
    "chunk sent",
    "chunk looked at",
    "chunk written",
    "chunk read back",
    "chunk concluded",
    "run closed",
)
"""Every point between two durable steps of a run, in order; tests stop the process at each."""


@dataclass(slots=True)
class Work:
    """What a run works with, and what has stopped it so far.

    Attributes:
        retries: how often a busy or lost target is tried again.
        rules: what the caller decided about sending.
        halted: systems that nothing more is sent to in this run, with the error.
        stopped_at: the record at whose error the run stopped, if it was asked to stop.
        stopped: asked between two groups; true ends the run as interrupted.
    """

    database: Database
    clock: Clock
    lease: Lease
    targets: Mapping[str, Target]
    log: RunLog
    trip: Callable[[str], None]
    pause: Callable[[timedelta], None]
    retries: int
    rules: Rules
    halted: dict[str, ClaryError] = field(default_factory=dict)
    stopped_at: str | None = None
    stopped: Callable[[], bool] = lambda: False


class Walk:
    """Takes the chunks of one plan through the journal and to their targets."""

    def __init__(self, work: Work, plan: PlanSummary, serial: int) -> None:
        """Walk the chunks of the plan with this serial number in the store."""
        self._work = work
        self._writer = JournalWriter(serial, work.log.serial, work.lease.epoch)
        plans, journal = PlanStore(work.database), Journal(work.database)
        self._preparation = Preparation(plan, plans, journal, work.rules.review)

    def take(self, steps: Sequence[Step]) -> None:
        """Take a chunk, all of one system, to its outcomes.

        Raises:
            Busy: the lease was lost; the rows stay as they are (LEASE_LOST).
        """
        work = self._work
        if not work.rules.look_only and work.stopped_at is None:
            self._read_again(steps)
        ready, ended = self._prepared(steps)
        work.trip("chunk prepared")
        self._mark_sent(steps, ready, ended)
        work.trip("chunk sent")
        if ready:
            self._send(ready)
            work.trip("chunk concluded")

    def _read_again(self, steps: Sequence[Step]) -> None:
        """Read back what earlier changes wrote unread and these ones need."""
        for unread in self._preparation.unread(steps):
            if unread.change.system not in self._work.halted:
                self._send([unread])

    def _send(self, steps: Sequence[Step]) -> None:
        """Bring steps of one system to their outcomes, and store these."""
        work = self._work
        sending = Sending(
            steps,
            target=target_of(work.targets, steps[0].change.system),
            lease=work.lease,
            trip=work.trip,
            rules=work.rules,
        )
        sending.run(work.retries, work.pause)
        self._conclude(steps, sending)

    def _prepared(self, steps: Sequence[Step]) -> tuple[list[Step], list[Conclusion]]:
        """Return the steps to send, and how the others end without being sent."""
        work = self._work
        if work.stopped_at is not None:
            return [], [not_attempted(step, work.stopped_at) for step in steps]
        error = work.halted.get(steps[0].change.system)
        ready, ended = self._preparation.split(steps)
        if error is not None:
            return [], ended + [waiting(step, error) for step in ready]
        if work.rules.stop_on_error:
            return self._cut_at_error(steps, ready, ended)
        return ready, ended

    def _cut_at_error(
        self, steps: Sequence[Step], ready: list[Step], ended: list[Conclusion]
    ) -> tuple[list[Step], list[Conclusion]]:
        """Return the same, with nothing sent after the first that ends in an error."""
        bad = [each for each in ended if each.state.shown in (State.REJECTED, State.FAILED)]
        if not bad:
            return ready, ended
        first = min(bad, key=lambda each: each.change.number)
        number, record = first.change.number, first.change.record
        self._work.stopped_at = record
        before = [each for each in ended if each.change.number <= number]
        after = [not_attempted(step, record) for step in steps if step.change.number > number]
        return [step for step in ready if step.change.number < number], before + after

    def _mark_sent(
        self, steps: Sequence[Step], ready: Sequence[Step], ended: Sequence[Conclusion]
    ) -> None:
        work = self._work
        now = work.clock.now()
        begun = {step.change.number for step in steps if step.previous is not None}
        # A delivered change is only looked for, and never marked as sent again.
        again = [step.change for step in ready if _is_sent_again(step)]
        renewed = [each for each in ended if each.change.number in begun]
        new = [each for each in ended if each.change.number not in begun]
        make_way()
        with work.database.write(work.lease.identity) as connection:
            work.lease.fence(connection)
            self._writer.forget_outcomes(connection, sorted(begun))
            fresh = [step.change for step in ready if step.previous is None]
            self._writer.open(connection, fresh, timestamp(now))
            self._writer.reopen(connection, again, timestamp(now))
            self._writer.add_concluded(connection, new, timestamp(now))
            self._writer.conclude(connection, renewed, timestamp(now))
            if ended:
                self._count(steps, ended)
                work.log.save(connection, now, ended)

    def _conclude(self, ready: Sequence[Step], sending: Sending) -> None:
        work = self._work
        ended = [sending.ended[step.change.number] for step in ready]
        now = work.clock.now()
        self._count(ready, ended)
        make_way()
        read_again = [step.change.number for step in ready if step.previous in _DONE]
        with work.database.write(work.lease.identity) as connection:
            work.lease.fence(connection)
            self._writer.forget_outcomes(connection, read_again)
            self._writer.conclude(connection, ended, timestamp(now))
            self._writer.mark_undone(connection, [*_taken_back(ended)])
            work.log.save(connection, now, ended)
        work.stopped_at = work.stopped_at or sending.stopped_at
        if sending.halted is not None:
            work.halted[ready[0].change.system] = sending.halted

    def _count(self, steps: Sequence[Step], ended: Sequence[Conclusion]) -> None:
        previous = {step.change.number: step.previous for step in steps}
        for each in ended:
            self._work.log.count(previous[each.change.number], each.state)


def _is_sent_again(step: Step) -> bool:
    return step.previous is not None and step.previous is not JournalState.DELIVERED


_DONE = (JournalState.CONFIRMED, JournalState.SKIPPED)


def _taken_back(ended: Sequence[Conclusion]) -> list[tuple[str, int]]:
    return [each.change.undoes for each in ended if each.change.undoes and each.state in _DONE]
