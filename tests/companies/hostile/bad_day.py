"""An installation whose only company sits behind a hostile door, on a bad day."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from clary.companies.contract import Info, Session
from clary.companies.hostile import HostileCompany, Malice
from clary.companies.sandbox import SandboxCompany
from clary.companies.target import CompanyTarget
from clary.engine.executor import Executor
from clary.engine.journal import JournalEntry
from clary.engine.lease import Leases
from clary.engine.plan import Entry, PlanHeader, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import UNFINISHED, Runs, RunSummary
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Busy, Unreachable
from clary.kernel.settings import read
from clary.store import Database

START = datetime(2026, 3, 15, 12, tzinfo=UTC)
LEASE_SECONDS = 60
MOST_TRIES = 80


class BadDay:
    """Plans are applied and resumed until nothing waits any more, or it is hopeless."""

    def __init__(
        self, folder: Path, malice: Malice, *, group: int = 5, keeps_origins: bool = True
    ) -> None:
        self.clock = FixedClock(START)
        self.database = Database.open(f"sqlite:///{folder / 'clary.db'}")
        self.honest = SandboxCompany(folder / "books.clary")
        self.company = HostileCompany(
            self.honest, malice, keeps_origins=keeps_origins, wait=self._outlast_the_lease
        )
        settings = replace(read({}), group_documents=group)
        self.executor = Executor(self.database, settings, self.clock, pause=self.clock.advance)
        self.plans = PlanStore(self.database)
        self.runs = Runs(self.database)
        self._sessions: list[Session] = []

    def _outlast_the_lease(self) -> None:
        self.clock.advance(timedelta(seconds=LEASE_SECONDS + 1))

    def close(self) -> None:
        self.database.close()

    def plan(self, *entries: Entry) -> PlanSummary:
        info = self.honest.info()
        header = PlanHeader(
            "operations", "books", info.identity, info.generation, "tester", self.clock.now()
        )
        return self.plans.write(header, entries)

    def _open(self) -> Session:
        session = self.company.session(write=True)
        self._sessions.append(session)
        return session

    def _log_off(self) -> None:
        while self._sessions:
            self._sessions.pop().close()

    def try_once(self, plan: PlanSummary, run: RunSummary | None) -> RunSummary | None:
        """Apply the plan, or resume its run, in one session; return how the run stands."""
        info = self.honest.info()
        leases = Leases(self.database, self.clock)
        try:
            with leases.acquire(info.identity, "test", LEASE_SECONDS) as lease:
                targets = {"books": self._target(info)}
                if run is None:
                    return self.executor.apply(plan.id, targets, lease)
                return self.executor.resume(run.id, targets, lease)
        except (Busy, Unreachable):
            # The lease ran out, or the company cannot be reached just now.
            found = [each for each in self.runs.list() if plan.id in each.plans]
            return next((each for each in found if each.state in UNFINISHED), None)
        finally:
            self._log_off()

    def _target(self, info: Info) -> CompanyTarget:
        return CompanyTarget(
            self._open(), info, capabilities=self.company.capabilities(), reopen=self._open
        )

    def apply(self, *entries: Entry) -> RunSummary:
        """Apply a plan and resume its run until it has ended."""
        plan = self.plan(*entries)
        run: RunSummary | None = None
        for _ in range(MOST_TRIES):
            run = self.try_once(plan, run)
            if run is not None and run.state not in UNFINISHED:
                return run
        message = f"the run did not end: {run}; {self.company.struck}"
        raise AssertionError(message)

    def results(self, run: RunSummary) -> list[JournalEntry]:
        return list(self.runs.results(run.id))
