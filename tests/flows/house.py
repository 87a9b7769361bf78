"""A company with the whole way of an operation around it: planner, plan store, executor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from clary.companies.contract import Company, Query
from clary.companies.target import CompanyTarget
from clary.engine.executor import ApplyOptions, Executor
from clary.engine.lease import Leases
from clary.engine.plan import Entry, Planned, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import RunSummary
from clary.flows.operations.memory import JournalMemory
from clary.flows.operations.planner import Planner
from clary.flows.operations.requests import (
    Document,
    Operation,
    OperationOptions,
    OperationRequest,
    OperationResult,
)
from clary.flows.operations.results import results
from clary.flows.operations.storing import Asked, store_plan
from clary.kernel.change import Body
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read
from clary.ledger.nested import find_type
from clary.store import Database
from tests.databases import url_in

SYSTEM = "books"
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def nothing(_: str) -> None:
    """Let the work go on at every point."""


class House:
    """One installation with one company."""

    def __init__(self, folder: Path, company: Company) -> None:
        self.company = company
        self.info = company.info()
        self.clock = FixedClock(NOON)
        self.database = Database.open(url_in(folder))
        self.store = PlanStore(self.database)
        self.settings = replace(read({}), group_documents=10)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.database.close()

    def request(
        self,
        operation: str,
        name: str,
        documents: Iterable[Document],
        options: OperationOptions | None = None,
    ) -> OperationRequest:
        declared = find_type(name, self.info.edition)
        return OperationRequest(
            Operation(operation), declared, documents, options or OperationOptions()
        )

    def plan(self, *requests: OperationRequest) -> PlanSummary:
        with self.company.session() as session:
            planner = Planner(
                session,
                self.info,
                self.company.capabilities(),
                SYSTEM,
                JournalMemory(self.database, SYSTEM, self.info.identity),
            )
            entries = (entry for asked in requests for entry in planner.plan(asked))
            return self.keep(entries)

    def entries(self, *requests: OperationRequest) -> list[Planned]:
        """Return what the planner says of each document, without storing it."""
        with self.company.session() as session:
            planner = Planner(session, self.info, self.company.capabilities(), SYSTEM)
            found = [entry for asked in requests for entry in planner.plan(asked)]
        return [each for each in found if isinstance(each, Planned)]

    def keep(self, entries: Iterable[Entry]) -> PlanSummary:
        asked = Asked(SYSTEM, "tester")
        return store_plan(self.database, self.info, self.clock, asked, entries)

    def apply(
        self,
        plan_id: str,
        options: ApplyOptions | None = None,
        trip: Callable[[str], None] = nothing,
    ) -> RunSummary:
        leases = Leases(self.database, self.clock)
        with (
            leases.acquire(self.info.identity, "tester", 60) as lease,
            self.company.session(write=True) as session,
        ):
            target = CompanyTarget(session, self.info, capabilities=self.company.capabilities())
            executor = Executor(self.database, self.settings, self.clock, trip=trip)
            return executor.apply(plan_id, {SYSTEM: target}, lease, options)

    def operate(
        self,
        operation: str,
        name: str,
        *documents: Document,
        options: OperationOptions | None = None,
    ) -> list[OperationResult]:
        """Plan, apply and return the result of each document."""
        summary = self.plan(self.request(operation, name, documents, options))
        run = self.apply(summary.id)
        return list(results(self.database, run.id))

    def records(self, name: str) -> list[Body]:
        """Return every record of a type as the company holds it."""
        with self.company.session() as session:
            return list(session.read(name, Query()))

    def fill(self, name: str, *bodies: Mapping[str, object]) -> None:
        """Create records the ordinary way; every one must succeed."""
        documents = [Document(str(n), body) for n, body in enumerate(bodies)]
        found = self.operate("create", name, *documents)
        assert [each.status.value for each in found] == ["success"] * len(bodies), found
