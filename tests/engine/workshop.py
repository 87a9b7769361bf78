"""The engine with everything it needs, in one folder, as the tests use it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from clary.engine.executor import ApplyOptions, Executor
from clary.engine.journal import Journal, JournalEntry
from clary.engine.lease import Lease, Leases
from clary.engine.owner import is_gone
from clary.engine.plan import Entry, PlanHeader, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs, RunSummary
from clary.kernel.change import Action, Body, Change, Origin, Target, Verb
from clary.kernel.clock import FixedClock
from clary.kernel.settings import Settings, read
from clary.store import Database
from tests.databases import url_in
from tests.engine.little_store import LittleStore

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


def nothing(_: object) -> None:
    """Do nothing with what is told."""


class Workshop:
    """Database, stores, executor, a fixed clock, and a little store as target `shop`."""

    def __init__(
        self,
        folder: Path,
        *,
        group: int = 100,
        trip: Callable[[str], None] = nothing,
        store: LittleStore | None = None,
        takes_over: bool = False,
    ) -> None:
        self.folder = folder
        self.clock = FixedClock(START)
        self.database = Database.open(url_in(folder))
        self.plans = PlanStore(self.database)
        self.runs = Runs(self.database)
        self.journal = Journal(self.database)
        self.leases = Leases(self.database, self.clock, is_gone=is_gone if takes_over else None)
        self.pauses: list[timedelta] = []
        self.settings: Settings = replace(read({}), group_documents=group)
        self.executor = Executor(
            self.database, self.settings, self.clock, trip=trip, pause=self.pauses.append
        )
        self.store = store or LittleStore(folder / "little.db")
        self.targets: dict[str, Target] = {"shop": self.store}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.store.close()
        self.database.close()

    def lease(self, owner: str = "test") -> Lease:
        return self.leases.acquire("little", owner, 60)

    def plan(self, *entries: Entry, **header: object) -> PlanSummary:
        return self.plans.write(self.header(**header), entries)

    def header(self, **stated: object) -> PlanHeader:
        given = PlanHeader("operations", "shop", "little", 1, "tester", START)
        return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need

    def apply(self, *entries: Entry, options: ApplyOptions | None = None) -> RunSummary:
        return self.apply_plan(self.plan(*entries).id, options)

    def apply_plan(self, plan_id: str, options: ApplyOptions | None = None) -> RunSummary:
        with self.lease() as lease:
            return self.executor.apply(plan_id, self.targets, lease, options)

    def resume(self, run_id: str, options: ApplyOptions | None = None) -> RunSummary:
        with self.lease() as lease:
            return self.executor.resume(run_id, self.targets, lease, options)

    def results(self, run_id: str) -> list[JournalEntry]:
        return list(self.runs.results(run_id))

    def states(self, run_id: str) -> list[str]:
        return [entry.state.value for entry in self.results(run_id)]


def invoice(number: int, amount: str = "10.00", **stated: object) -> Change:
    """Return a change that creates an invoice with an origin of its own."""
    given = Change(
        number=number,
        system="shop",
        action=Action.CREATE,
        record_type="invoice",
        after={"amount": amount},
        origin=Origin("test", f"doc-{number}"),
        document=f"doc-{number}",
    )
    return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need


def invoices(count: int, first: int = 1) -> Iterable[Change]:
    """Yield changes that create invoices."""
    return (invoice(number) for number in range(first, first + count))


def customer(number: int, name: str, **stated: object) -> Change:
    """Return a change that creates a customer, who goes by id and has no origin."""
    after: Body = {"id": name, "name": f"Customer {name}"}
    given = Change(number, "shop", Action.CREATE, "customer", after=after)
    return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need


def update(number: int, key: str, before: Body, after: Body, **stated: object) -> Change:
    """Return a change that updates a customer."""
    given = Change(number, "shop", Action.UPDATE, "customer", key, before, after)
    return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need


def void(number: int, key: str, **stated: object) -> Change:
    """Return a change that voids an invoice."""
    given = Change(number, "shop", Action.ACT, "invoice", key, verb=Verb.VOID)
    return replace(given, **stated)  # type: ignore[arg-type]  # tests state what they need
