"""The same invoices through plan, journal and read-back, beside the driver alone."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from bench.company import invoices, new_company
from clary.companies.contract import Fence
from clary.companies.target import CompanyTarget
from clary.engine.executor import Executor
from clary.engine.lease import Leases
from clary.engine.plan import PlanHeader
from clary.engine.plan_store import PlanStore
from clary.kernel import settings
from clary.kernel.change import Action, Change, Origin
from clary.kernel.clock import SystemClock
from clary.store import Database

COMPANY = "bench"


def _changes(count: int) -> Iterator[Change]:
    for number, body in enumerate(invoices(count), start=1):
        yield Change(
            number=number,
            system=COMPANY,
            action=Action.CREATE,
            record_type="sales_invoice",
            after=body,
            origin=Origin("bench", str(body["number"])),
        )


def pipeline(folder: Path, count: int) -> float:
    """Return documents per second through plan, journal, driver and read-back."""
    company = new_company(folder / "pipeline.clary")
    clock = SystemClock()
    database = Database.open(f"sqlite:///{folder / 'clary.db'}")
    try:
        database.migrate()
        info = company.info()
        started = time.perf_counter()
        header = PlanHeader(
            flow="bench",
            company=COMPANY,
            identity=info.identity,
            generation=info.generation,
            author="bench",
            created_at=clock.now(),
        )
        plan = PlanStore(database).write(header, _changes(count))
        lease = Leases(database, clock).acquire(info.identity, "bench", 3_600)
        fence = Fence(lease.owner, lease.epoch)
        with lease, company.session(write=True, fence=fence) as session:
            target = CompanyTarget(session, info, capabilities=company.capabilities())
            executor = Executor(database, settings.read({}), clock)
            summary = executor.apply(plan.id, {COMPANY: target}, lease)
        elapsed = time.perf_counter() - started
    finally:
        database.close()
    if summary.applied != count:
        message = f"{summary.applied} of {count} documents were applied"
        raise RuntimeError(message)
    return count / elapsed
