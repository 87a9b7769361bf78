"""Drops work that waits or was set aside and is not to be done any more.

Nobody may be at it while it is dropped, so the lease on its company is held meanwhile.  What is
or may be in the books already is not dropped: that would say that it is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, Select, or_, select

from clary.engine.journal import PERHAPS_WRITTEN, JournalState
from clary.engine.lease import Lease
from clary.engine.plan_store import PlanStore
from clary.engine.runs import UNFINISHED, Runs
from clary.engine.tables import JOURNAL, PLANS, RUNS
from clary.hub.access import Role
from clary.hub.connections import Connection as Connected
from clary.hub.connections import ConnectionKind
from clary.hub.installation import Installation
from clary.hub.plan_work import PLAN_KIND, beginning_of
from clary.hub.push.accepting import KIND as PUSH_KIND
from clary.hub.push.ending import concluded, store
from clary.hub.push.keeping import operations_in
from clary.hub.push.taking import failed
from clary.hub.queued import plans_of
from clary.hub.services.applying import Waiting, acquired
from clary.hub.services.permissions import needs
from clary.hub.services.working import LaneAnswer, lane_answer
from clary.hub.trail import Entry
from clary.hub.work import WORK_DROPPED, Work, WorkItem, scope
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError, Finding, Guarded, Rejected, declare, error_of

WORK_UNKNOWN = declare(
    "WORK_UNKNOWN",
    Rejected,
    "No work with the number {number} waits or was set aside for {company}.",
    "`clary work list {company}` lists the work with its numbers.",
    http_status=404,
    exit_code=2,
)
WORK_BEGUN = declare(
    "WORK_BEGUN",
    Guarded,
    "Work {number} for {company} is or may be in the books already, so it cannot be dropped.",
    "Have it looked up: `clary work retry {company}`; run {run} tells how it ended.",
)

_WRITTEN: Final = PERHAPS_WRITTEN | {JournalState.CONFIRMED, JournalState.SKIPPED}
_IS_OPEN: Final = RUNS.c.state.in_([each.value for each in UNFINISHED])


@dataclass(frozen=True, slots=True)
class Dropped:
    """Work that was dropped, and how the work of its company stands.

    Attributes:
        item: the work, as it stood before.
        lane: the work of its company since.
    """

    item: WorkItem
    lane: LaneAnswer


@needs(Role.OPERATOR, "company")
def drop_work(
    installation: Installation,
    company: str,
    number: int,
    waiting: Waiting | None = None,
    *,
    dry_run: bool = False,
) -> Dropped:
    """Drop one piece of work; a push ends as failed and says who dropped it.

    Args:
        installation: whose work.
        company: name of the connection.
        number: number of the work.
        waiting: what to do while another process writes to the company.
        dry_run: only make sure that it can be dropped.

    Raises:
        Misconfigured: there is no such company (CONNECTION_UNKNOWN).
        Rejected: no such work waits or was set aside (WORK_UNKNOWN).
        Guarded: it is or may be in the books, or some of it (WORK_BEGUN).
        Busy: another process writes to the company (LEASE_HELD).
    """
    connected = installation.connections.get(company, ConnectionKind.COMPANY)
    dropping = _Dropping(installation, connected.name, number)
    if dry_run:
        with installation.database.read() as read:
            item = dropping.found(read)
    else:
        with _held(installation, connected, waiting or Waiting()) as lease:
            item = dropping.drop(lease)
    return Dropped(item, lane_answer(installation, connected.name))


@contextmanager
def _held(
    installation: Installation, connected: Connected, waiting: Waiting
) -> Iterator[Lease | None]:
    """Hold the lease on a company; none where it never showed its books, so nobody writes."""
    if connected.identity is None:
        yield None
        return
    with acquired(installation, connected.identity, waiting, company=connected.name) as lease:
        yield lease


@dataclass(frozen=True, slots=True)
class _Dropping:
    installation: Installation
    company: str
    number: int

    def found(self, read: Connection) -> WorkItem:
        """Return the work, if it may be dropped.

        Raises:
            Rejected, Guarded: as for `drop_work`.
        """
        item = self._work.numbered(read, self.company, self.number)
        if item is None:
            raise self._unknown()
        self._check_not_written(read, item)
        return item

    def drop(self, lease: Lease | None) -> WorkItem:
        """Drop the work in one transaction and return it as it stood."""
        installation = self.installation
        why = WORK_DROPPED.finding(actor=installation.actor)
        with installation.database.write(scope(self.company)) as write:
            if lease is not None:
                lease.fence(write)
            item = self.found(write)
            plan = plans_of(write, [item]).get(item.serial)
            if not self._work.drop(write, item, why.code, why.message):
                raise self._unknown()
            if item.kind == PUSH_KIND:
                self._fail(write, item.reference)
            # What waited behind it need not wait for what it had to.
            self._work.look_again(write, self.company)
            installation.trail.record(write, self._entry(item, plan))
        return item

    @property
    def _work(self) -> Work:
        return Work(self.installation.database, self.installation.clock)

    def _unknown(self) -> ClaryError:
        return WORK_UNKNOWN.raised(number=self.number, company=self.company)

    def _check_not_written(self, read: Connection, item: WorkItem) -> None:
        """Make sure that nothing of it is or may be in the books.

        A plan whose run has ended is done with: what is left to drop of it is its item.

        Raises:
            Guarded: it is, or may be (WORK_BEGUN).
        """
        plan = plans_of(read, [item]).get(item.serial)
        query = _writing(plan)
        if item.kind == PUSH_KIND:
            # What follows a document has its name with a number behind.
            of_push = or_(
                JOURNAL.c.document == item.reference,
                JOURNAL.c.document.startswith(f"{item.reference}.", autoescape=True),
            )
            query = query.where(of_push)
        else:
            query = query.where(_IS_OPEN)
        run = read.execute(query).scalar_one_or_none()
        if run is not None:
            raise WORK_BEGUN.raised(number=item.serial, company=self.company, run=run)

    def _fail(self, write: Connection, key: str) -> None:
        """End the operation of a push, and tell those who asked for it."""
        now = self.installation.clock.now()
        for operation in operations_in(write, [key]).values():
            if operation.completed_at is None:
                why = WORK_DROPPED.finding(actor=self.installation.actor)
                told = failed(operation, (why, *operation.findings))
                store(write, [concluded(told, now)], now)

    def _entry(self, item: WorkItem, plan: str | None) -> Entry:
        old = {
            "number": item.serial,
            "kind": item.kind,
            "plan": plan,
            "state": item.state.value,
            "reason_code": item.reason_code,
            "reason": item.reason,
            "accepted_at": timestamp(item.accepted_at),
        }
        about = item.reference if item.kind == PUSH_KIND else plan
        return Entry("work.drop", company=self.company, record=about, old=old)


def _writing(plan: str | None) -> Select[tuple[str]]:
    """Return the query of a run that wrote, or may have written, something of a plan."""
    return (
        select(RUNS.c.id)
        .join(JOURNAL, JOURNAL.c.run == RUNS.c.serial)
        .join(PLANS, PLANS.c.serial == JOURNAL.c.plan)
        .where(PLANS.c.id == plan, JOURNAL.c.state.in_([each.value for each in _WRITTEN]))
        .limit(1)
    )


@needs(Role.OPERATOR, plan="plan_id")
def require_not_dropped(installation: Installation, plan_id: str) -> None:
    """Make sure that nobody dropped a plan before anything of it was written.

    Raises:
        Rejected: somebody did (WORK_DROPPED), or there is no such plan (PLAN_UNKNOWN).
    """
    begun = PlanStore(installation.database).summary(plan_id).run
    if begun is not None and Runs(installation.database).summary(begun).state not in UNFINISHED:
        return
    work = Work(installation.database, installation.clock)
    with installation.database.read() as read:
        items = work.beginning(read, PLAN_KIND, beginning_of(plan_id))
        if not items or items[-1].reason_code != WORK_DROPPED.name:
            return
        is_written = read.execute(_writing(plan_id)).first() is not None
    if not is_written:
        why = Finding(WORK_DROPPED.name, items[-1].reason or "", WORK_DROPPED.remedy)
        raise error_of((why,))
