"""The one executor: it applies plans to companies and apps alike, and resumes runs.

Before the first write every guard is asked and every record that is to be changed is
looked at; then the plan goes chunk by chunk through journal and target (`engine.walk`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection, select

from clary.engine import guards
from clary.engine.journal import Journal, JournalState
from clary.engine.lease import Lease
from clary.engine.plan import Planned, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.run_log import RunLog
from clary.engine.runs import UNFINISHED, Runs, RunState, RunSummary
from clary.engine.sending import Review, Rules
from clary.engine.steps import Feed, Pace
from clary.engine.tables import PLANS, RUNS
from clary.engine.walk import JOURNAL_POINTS, Walk, Work
from clary.kernel.change import Target
from clary.kernel.clock import Clock
from clary.kernel.collecting import seldom_collected
from clary.kernel.errors import ClaryError, Finding, Guarded, Rejected
from clary.kernel.interrupting import uninterrupted
from clary.kernel.settings import Settings
from clary.store import Database

__all__ = ["JOURNAL_POINTS", "ApplyOptions", "Executor"]


@dataclass(frozen=True, slots=True)
class ApplyOptions:
    """What the caller decides about an application.

    Attributes:
        stop_on_error: stop at the first rejected or failed change; what follows is
            rejected as not attempted.
        confirmed_missing: post documents again whose origin was posted before and is
            no longer in the books.
        confirmed: codes of the guards that a person has confirmed (MASS_CHANGE, ...).
        author: who applies.
        retries: how often a busy or lost target is tried again before it is parked.
        review: says of a change that is about to be written how it stands by now.
        stopped: asked between two groups; true ends the run as interrupted.
    """

    stop_on_error: bool = False
    confirmed_missing: bool = False
    confirmed: frozenset[str] = frozenset()
    author: str = ""
    retries: int = 3
    review: Review = Planned
    stopped: Callable[[], bool] = lambda: False


Progress = Callable[[RunSummary], None]
Ending = Callable[[RunSummary], Callable[[Connection], None]]
"""Looks at a run that ends, and returns what is done in the transaction that stores its end."""
Opening = Callable[[Connection, RunSummary], None]
"""Takes note of a run that begins or goes on, in the transaction that stores this."""


def _ignore(_: object) -> None:
    """Do nothing with what is told."""


def _unnoted(_: Connection, __: RunSummary) -> None:
    """Take no note of a run."""


def _unsealed(_: RunSummary) -> Callable[[Connection], None]:
    """Add nothing to the end of a run."""
    return _ignore


def _sleep(length: timedelta) -> None:
    time.sleep(length.total_seconds())


class Executor:
    """Applies plans to targets, under a lease, through the journal."""

    def __init__(
        self,
        database: Database,
        settings: Settings,
        clock: Clock,
        *,
        trip: Callable[[str], None] = _ignore,
        pause: Callable[[timedelta], None] = _sleep,
        opening: Opening = _unnoted,
        ending: Ending = _unsealed,
    ) -> None:
        """Work in `database`.

        Args:
            database: holds plans and journal.
            settings: size and time of a group.
            clock: tells the time.
            trip: called with each of `JOURNAL_POINTS` as it is reached, for tests.
            pause: waits between two tries of a busy target.
            opening: takes note of a run that is applied or resumed, as it begins or goes on.
            ending: seals what a run left, in the transaction that stores its end.
        """
        self._opening = opening
        self._ending = ending
        self._database = database
        self._settings = settings
        self._clock = clock
        self._trip = trip
        self._pause = pause
        self._plans = PlanStore(database)
        self._runs = Runs(database)
        self._journal = Journal(database)

    def apply(
        self,
        plan_id: str | Sequence[str],
        targets: Mapping[str, Target],
        lease: Lease,
        options: ApplyOptions | None = None,
        progress: Progress = _ignore,
    ) -> RunSummary:
        """Apply one plan, or several for one company as one run.

        What earlier runs of the company sent without learning the outcome is looked up
        first.  Unexpected exceptions end the run as failed and are raised on.  A run that
        was told to stop is returned as interrupted.

        Raises:
            Guarded: a guard stopped it before its first write.
            Busy: the lease was lost (LEASE_LOST); the run can be resumed.
            Rejected: there is no such plan (PLAN_UNKNOWN).
        """
        chosen = options or ApplyOptions()
        ids = [plan_id] if isinstance(plan_id, str) else list(plan_id)
        plans = [self._plans.summary(each) for each in ids]
        guards.check_appliable(plans)
        for plan in plans:
            guards.check_blocked(self._plans, plan, chosen.confirmed)
        now = self._clock.now()
        with self._database.write(lease.identity) as connection:
            lease.fence(connection)
            log = RunLog.open(connection, plans, chosen.author, lease.epoch, now)
            log.event(connection, now, f"The run started with {log.planned} changes.")
            self._opening(connection, log.summary())
        work = self._work(log, targets, lease, chosen)
        self._trip("run opened")
        with self._ended(work):
            with self._refused(work):
                self._check(plans, work, chosen)
            self._trip("plan checked")
            self._walk(plans, work, progress, fresh=True)
        self._trip("run closed")
        return log.summary()

    def resume(
        self,
        run_id: str,
        targets: Mapping[str, Target],
        lease: Lease,
        options: ApplyOptions | None = None,
        progress: Progress = _ignore,
    ) -> RunSummary:
        """Go on with a run that was interrupted or parked.

        Whatever was sent without a known outcome is looked up before it is written again.
        A run that has ended is returned as it is.

        Raises:
            Guarded: other books answer (WRONG_COMPANY, COMPANY_RESTORED), or a guard stops a
                run that had written nothing yet.
            Busy: the lease was lost (LEASE_LOST).
            Rejected: there is no such run (RUN_UNKNOWN).
        """
        summary = self._runs.summary(run_id)
        if summary.state not in UNFINISHED:
            return summary
        chosen = options or ApplyOptions()
        plans = [self._plans.summary(each) for each in summary.plans]
        for plan in plans:
            guards.check_company(plan, lease, targets)
        was_begun = bool(self._journal.counts(run_id))
        log = self._again(summary, lease, self._opening)
        work = self._work(log, targets, lease, chosen)
        with self._ended(work):
            if not was_begun:  # it may have ended before its guards were asked
                self._check_late(plans, work, chosen)
            self._walk(plans, work, progress, fresh=False)
        self._trip("run closed")
        return work.log.summary()

    def settle(self, run_id: str, targets: Mapping[str, Target], lease: Lease) -> RunSummary:
        """Look up what a run sent without learning the outcome, and write nothing.

        Raises:
            Busy: the lease was lost (LEASE_LOST).
            Rejected: there is no such run (RUN_UNKNOWN).
        """
        summary = self._runs.summary(run_id)
        sent = self._journal.counts(run_id).get(JournalState.SENT, 0)
        if summary.state not in UNFINISHED or not (sent or summary.state is RunState.RUNNING):
            return summary
        log = self._again(summary, lease, _unnoted)
        work = self._work(log, targets, lease, ApplyOptions(retries=0))
        work.rules = Rules(look_only=True)
        with self._ended(work):
            for plan in [self._plans.summary(each) for each in summary.plans]:
                walk = Walk(work, plan, self._serial(plan))
                feed = Feed(self._plans, self._journal, Pace.of(self._settings))
                for chunk in feed.sent(plan):
                    with uninterrupted():
                        walk.take(chunk)
            log.state = RunState.INTERRUPTED
        return log.summary()

    def _work(
        self, log: RunLog, targets: Mapping[str, Target], lease: Lease, options: ApplyOptions
    ) -> Work:
        rules = Rules(
            stop_on_error=options.stop_on_error,
            confirmed_missing=options.confirmed_missing,
            review=options.review,
        )
        return Work(
            database=self._database,
            clock=self._clock,
            lease=lease,
            targets=targets,
            log=log,
            trip=self._trip,
            pause=self._pause,
            retries=options.retries,
            rules=rules,
            stopped=options.stopped,
        )

    def _again(self, summary: RunSummary, lease: Lease, opening: Opening) -> RunLog:
        now = self._clock.now()
        # Under the lease nobody else changes them; the fence below makes sure of it.
        counts = self._journal.counts(summary.id)
        with self._database.write(lease.identity) as connection:
            lease.fence(connection)
            serial = connection.execute(
                select(RUNS.c.serial).where(RUNS.c.id == summary.id)
            ).scalar_one()
            log = RunLog.again(summary, int(serial), counts)
            log.save(connection, now)
            log.event(connection, now, "The run goes on.")
            opening(connection, log.summary())
        return log

    def _check(self, plans: Sequence[PlanSummary], work: Work, options: ApplyOptions) -> None:
        for plan in plans:
            guards.check_company(plan, work.lease, work.targets)
            guards.check_mass(self._database, plan, work.targets, options.confirmed)
        for earlier in self._runs.unfinished(work.lease.identity):
            if earlier.id != work.log.id:
                self.settle(earlier.id, work.targets, work.lease)
        for plan in plans:
            guards.check_stale(self._plans, plan, work.targets, work.lease)

    @seldom_collected()
    def _walk(
        self, plans: Sequence[PlanSummary], work: Work, progress: Progress, *, fresh: bool
    ) -> None:
        pace = Pace.of(self._settings)
        feed = Feed(self._plans, self._journal, pace)
        for plan in plans:
            walk = Walk(work, plan, self._serial(plan))
            for chunk in feed.chunks(plan, fresh=fresh):
                if work.stopped():
                    work.log.state = RunState.INTERRUPTED
                    return
                start = self._clock.now()
                with uninterrupted():
                    walk.take(chunk)
                pace.learn(len(chunk), self._clock.now() - start)
                progress(work.log.summary())
        work.log.state = _end_state(work)

    def _check_late(self, plans: Sequence[PlanSummary], work: Work, options: ApplyOptions) -> None:
        """Ask the guards of a run that goes on; trouble on the way leaves it to go on later."""
        try:
            self._check(plans, work, options)
        except (Guarded, Rejected) as error:
            work.log.refuse(error.findings)
            raise

    def _serial(self, plan: PlanSummary) -> int:
        with self._database.read() as connection:
            query = select(PLANS.c.serial).where(PLANS.c.id == plan.id)
            return int(connection.execute(query).scalar_one())

    @contextmanager
    def _refused(self, work: Work) -> Iterator[None]:
        """Mark the run as refused where a check stops it; its end leaves its plans free."""
        findings: tuple[Finding, ...] = ()
        checked = False
        try:
            yield
            checked = True
        except ClaryError as error:
            findings = error.findings
            raise
        finally:
            if not checked:
                work.log.refuse(findings)

    @contextmanager
    def _ended(self, work: Work) -> Iterator[None]:
        """Store how the run ended, also where an exception ends it; it is raised on."""
        log = work.log
        try:
            yield
        except (ClaryError, KeyboardInterrupt):
            if log.state is RunState.RUNNING:
                log.state = RunState.INTERRUPTED
            raise
        finally:
            if log.state is RunState.RUNNING:
                log.state = RunState.FAILED
            log.ended_at = now = self._clock.now()
            seal = self._ending(log.summary())
            with self._database.write(work.lease.identity) as connection:
                # Whoever has taken over the lease may be going on with this very run.
                if work.lease.is_held(connection):
                    log.save(connection, now)
                    if log.state is RunState.REFUSED:
                        log.free(connection, now)
                    log.event(connection, now, f"The run ended as {log.state.value}.")
                    seal(connection)


def _end_state(work: Work) -> RunState:
    if work.log.summary().pending:
        return RunState.PARKED
    return RunState.FINISHED if work.stopped_at is None else RunState.STOPPED
