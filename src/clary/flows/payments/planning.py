"""Makes the plan of a sync of payments, and keeps what the sync found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from clary.companies.contract import OpenItem, Order, Query
from clary.engine.plan import Entry, PlanHeader, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.flows.batch.overrides import MappingKind, Overrides, OverrideStore
from clary.flows.payments import problems
from clary.flows.payments.matching import Knowledge, Matcher, posted_documents
from clary.flows.payments.ours import unfinished_run
from clary.flows.payments.planner import PaymentPlanner, Sides
from clary.flows.payments.register import PaymentRegister, Sync
from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start, since_of
from clary.kernel.clock import Clock, local_date
from clary.kernel.errors import Finding
from clary.kernel.identifiers import fingerprint

SETTLERS: Final = ("receipt", "credit_memo", "allocation")
"""What can settle an invoice to a customer."""

_NUMBER: Final = "transaction_number"


@dataclass(frozen=True, slots=True)
class Asked:
    """A sync as a person asks for it.

    Attributes:
        start: from when on.
        way: how settlements are read.
        author: who asks.
        retention: how long the plan keeps its bodies; none is for ever.
    """

    start: Start | date
    way: Way
    author: str
    retention: timedelta | None = None


@dataclass(frozen=True, slots=True)
class SyncPlan:
    """A sync that was planned.

    Attributes:
        sync: what was asked for, and its number.
        plan: its plan.
        unapplied: receipts and credit memos of which something is not applied to any invoice.
    """

    sync: Sync
    plan: PlanSummary
    unapplied: Sequence[OpenItem]


def plan_payments(sides: Sides, asked: Asked, clock: Clock) -> SyncPlan:
    """Store the plan of a sync, and what it found; nothing is written to either side.

    Raises:
        Rejected: the start lies ahead (PAYMENTS_SINCE_FUTURE).
        Guarded: an earlier run has not finished writing payments (PAYMENTS_UNFINISHED).
        Unreachable, Busy, Unauthorised, Misconfigured: one of the sides cannot be read;
            nothing stays.
    """
    _check_finished(sides)
    register = PaymentRegister(sides.database)
    last = register.last(sides.pair)
    remarks: list[Finding] = []
    if asked.start is Start.LAST:
        if last is None:
            pair = sides.pair
            remarks.append(problems.NEVER_SYNCED.warning(app=pair.app, company=pair.company))
        elif last.generation != sides.info.generation:
            last = None
            remarks.append(problems.BOOKS_RESTORED_SINCE.warning())
    today = local_date(clock)
    since = since_of(asked.start, today, last)
    sync = Sync(
        pair=sides.pair,
        generation=sides.info.generation,
        way=asked.way,
        asked=str(asked.start),
        since=None if since is None else since.day,
        day=today,
        read_at=clock.now(),
        # Before anything else is read: what is made meanwhile belongs to the next sync.
        newest=_newest(sides),
    )
    number = register.open(sync)
    planner = PaymentPlanner(sides, _matcher(sides, clock), number)

    def entries() -> Iterator[Entry]:
        yield from remarks
        yield from planner.entries(since)

    plan = None
    try:
        plan = PlanStore(sides.database).write(_header(sides, asked, sync), entries())
    finally:
        if plan is None:
            register.forget(number)
    register.planned(number, plan.id)
    return SyncPlan(register.find(number), plan, list(_unapplied(sides)))


def _check_finished(sides: Sides) -> None:
    run = unfinished_run(sides.database, sides.pair.identity, sides.pair.app)
    if run is not None:
        raise problems.UNFINISHED.raised(run=run, app=sides.pair.app)


def _matcher(sides: Sides, clock: Clock) -> Matcher:
    pair = sides.pair
    stored = OverrideStore(sides.database, clock).current(pair.app, pair.company)
    overrides = Overrides.of(stored)
    knowledge = Knowledge(
        origin_system=sides.origin,
        posted=posted_documents(sides.database, pair.app, pair.company),
        customer=lambda account: overrides.target(MappingKind.CUSTOMER, account),
    )
    return Matcher(sides.accounting, sides.session, sides.info, sides.capabilities, knowledge)


def _newest(sides: Sides) -> int:
    """Return the highest transaction number of what settles invoices; 0 if there is none."""
    highest = 0
    for record_type in SETTLERS:
        capability = sides.capabilities.get(record_type)
        if capability is None:
            continue
        sorts = _NUMBER in capability.sorts
        order = (Order(_NUMBER, descending=True),) if sorts else ()
        query = Query(order=order, fields=(_NUMBER,), limit=1 if sorts else None)
        found = (int(str(body[_NUMBER])) for body in sides.session.read(record_type, query))
        highest = max(highest, max(found, default=0))
    return highest


def _unapplied(sides: Sides) -> Iterator[OpenItem]:
    """Yield the receipts and credit memos that are not applied in full, oldest first."""
    for item in sides.session.open_items("customer", None):
        if item.record_type in SETTLERS:
            yield item


def _header(sides: Sides, asked: Asked, sync: Sync) -> PlanHeader:
    pair = sides.pair
    start = "the beginning" if sync.since is None else str(sync.since)
    return PlanHeader(
        flow=problems.FLOW,
        company=pair.company,
        identity=pair.identity,
        generation=sides.info.generation,
        author=asked.author,
        created_at=sync.read_at,
        fingerprint=fingerprint(f"{pair.site} {pair.identity} {sync.since} {sync.newest}"),
        note=f"Payments since {start}, from {pair.company} to {pair.app}.",
        retention=asked.retention,
    )
