"""The engine with a sandbox company as its target, as the tests of undo and rerun use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from clary.companies.contract import Info, Session
from clary.companies.sandbox import SandboxCompany
from clary.companies.target import CompanyTarget
from clary.engine.executor import ApplyOptions, Executor
from clary.engine.journal import Journal, JournalEntry
from clary.engine.lease import Leases
from clary.engine.plan import Entry, PlanHeader, Planned, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs, RunSummary
from clary.engine.undo import UndoOptions, plan_undo
from clary.kernel.change import Action, Body, Change, Origin, Target
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read
from clary.store import Database
from tests.databases import url_in

START = datetime(2026, 3, 15, 12, tzinfo=UTC)


class Bookkeeping:
    """An installation with the sandbox company in its folder, called `books`."""

    def __init__(self, folder: Path) -> None:
        self.clock = FixedClock(START)
        self.database = Database.open(url_in(folder))
        self.plans = PlanStore(self.database)
        self.runs = Runs(self.database)
        self.journal = Journal(self.database)
        self.path = folder / "books.clary"
        self.company = SandboxCompany(self.path)
        self.session: Session = self.company.session(write=True)

    @property
    def info(self) -> Info:
        return self.company.info()

    def close(self) -> None:
        self.session.close()
        self.database.close()

    def header(self, **stated: object) -> PlanHeader:
        info = self.info
        given = PlanHeader(
            "operations", "books", info.identity, info.generation, "tester", self.clock.now()
        )
        return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need

    def plan(self, *entries: Entry) -> PlanSummary:
        return self.plans.write(self.header(), entries)

    def apply(
        self,
        *entries: Entry,
        options: ApplyOptions | None = None,
        targets: Mapping[str, Target] | None = None,
    ) -> RunSummary:
        return self.apply_plan(self.plan(*entries), options, targets)

    def apply_plan(
        self,
        plan: PlanSummary,
        options: ApplyOptions | None = None,
        targets: Mapping[str, Target] | None = None,
    ) -> RunSummary:
        executor = Executor(self.database, read({}), self.clock, pause=lambda _: None)
        target = CompanyTarget(self.session, self.info, capabilities=self.company.capabilities())
        every = {"books": target, **(targets or {})}
        with Leases(self.database, self.clock).acquire(self.info.identity, "test", 60) as lease:
            return executor.apply(plan.id, every, lease, options)

    def plan_undo(self, run: RunSummary, options: UndoOptions | None = None) -> PlanSummary:
        return plan_undo(self.database, run.id, self.session, self.info, self.clock, options)

    def undo(self, run: RunSummary, options: UndoOptions | None = None) -> RunSummary:
        return self.apply_plan(self.plan_undo(run, options))

    def results(self, run: RunSummary) -> list[JournalEntry]:
        return list(self.runs.results(run.id))

    def stopped(self, plan: PlanSummary) -> list[tuple[str, str]]:
        """Return record and code of every error that a plan found."""
        return [
            (finding.record or "", finding.code)
            for finding in self.plans.findings(plan.id)
            if finding.severity.value == "error"
        ]

    def warned(self, plan: PlanSummary) -> list[str]:
        """Return the code of every warning that a plan found."""
        findings = self.plans.findings(plan.id)
        return [finding.code for finding in findings if finding.severity.value == "warning"]


def created(number: int, record_type: str, body: Body, **stated: object) -> Change:
    """Return a change that creates a record; documents have an origin of their own."""
    given = Change(
        number,
        "books",
        Action.CREATE,
        record_type,
        after=body,
        origin=None if "id" in body else Origin("test", f"doc-{number}"),
        document=f"doc-{number}",
    )
    return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need


def numbered(*bodies: tuple[str, Body]) -> list[Planned]:
    """Return changes that create these records, numbered from 1."""
    return [Planned(created(number, name, body)) for number, (name, body) in enumerate(bodies, 1)]
