"""Work that schedules add: each kind declared once, and what the lane does about it.

A scheduled look writes nothing to a company or an app by itself.  It makes a plan where there is
something to do, and hands it to the lane in one transaction with what it remembers; from there
on it is a plan like any other, applied once whatever is killed in between.  What a person has to
decide is refused here, with what to do, and looked at again when the schedule comes next.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection, literal_column, update

from clary.engine.plan import PlanState, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.hub import happenings
from clary.hub.handling import Ending, Handler, Outcome, Writing
from clary.hub.installation import Installation
from clary.hub.plan_work import PLAN_KIND
from clary.hub.scheduled_kinds import BATCH, CHECK, PAYMENTS, Looked, settings_of
from clary.hub.schedules import LastResult, Schedule, Schedules
from clary.hub.services.applying import require_appliable
from clary.hub.services.approving import APPROVAL_NEEDED
from clary.hub.services.opening import Opened
from clary.hub.services.schedules import applying_of, reference_of
from clary.hub.work import Work, WorkItem, WorkState
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.clock import timestamp
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Finding,
    Guarded,
    Misconfigured,
    Rejected,
    Severity,
    Unauthorised,
    Unreachable,
    declare,
    error_of,
)

NOTHING_POSTABLE = declare(
    "SCHEDULE_NOTHING_POSTABLE",
    Rejected,
    "None of the {count} documents that wait can be posted: {first}",
    "See all of them with `clary plan show {plan}`, mend them, and the next time they are posted.",
)

DRAIN_POINTS = ("schedule looked", "schedule recorded")
"""Points between the durable steps of a scheduled look, in their order."""

_OF_COMPANIES = (Busy, Unreachable, Unauthorised, Misconfigured)


Look = Callable[[Installation, Opened, Mapping[str, str]], Looked]
"""Looks at both sides, with the settings of a schedule; writes nothing but a plan."""


def _check(_: Installation, opened: Opened, __: Mapping[str, str]) -> Looked:
    with opened.company.reading():
        info = opened.info
        return Looked(f"{info.name} is the linked company and can be opened.")


def _payments(installation: Installation, opened: Opened, settings: Mapping[str, str]) -> Looked:
    from clary.hub import scheduled_looks  # noqa: PLC0415 - loads an app, for payments only

    return scheduled_looks.payments(installation, opened.name, settings)


def _batch(installation: Installation, opened: Opened, settings: Mapping[str, str]) -> Looked:
    from clary.hub import scheduled_looks  # noqa: PLC0415 - loads an app, for batches only

    return scheduled_looks.batch(installation, opened.name, settings)


_LOOKS: Mapping[str, Look] = {
    CHECK.name: _check,
    PAYMENTS.name: _payments,
    BATCH.name: _batch,
}


def handle(
    installation: Installation, opened: Opened, writing: Writing, items: Sequence[WorkItem]
) -> Sequence[Ending]:
    """Look for one schedule; the next item comes when that is recorded."""
    item = items[0]
    schedules = Schedules(installation.database, installation.clock)
    with installation.database.read() as read:
        schedule = schedules.find(read, item.reference)
    if schedule is None or (schedule.kind, schedule.company) != (item.kind, item.company):
        return [Ending(item)]  # it was removed or became another one meanwhile
    last = schedule.last
    if last is not None and last.serial >= item.serial and last.code is None:
        return [Ending(item)]  # recorded by one who died before saying so
    acting = installation.acting_as(
        replace(installation.access, name=schedule.author or installation.actor, key=None)
    )
    looking = _Looking(acting, opened, schedule, item)
    result = looking.result()
    installation.trip(DRAIN_POINTS[0])
    # What was looked at may have taken longer than the lease lasts.
    writing.lease.renew()
    with installation.database.write(writing.lease.identity) as write:
        writing.lease.fence(write)
        looking.hand_over(write, result)
        looking.tell(write, result)
        schedules.ended(write, schedule.name, result)
    installation.trip(DRAIN_POINTS[1])
    return [_ending(item, result)]


def _ending(item: WorkItem, result: LastResult) -> Ending:
    if result.code is None:
        return Ending(item)
    return Ending(item, Outcome.PARKED, result.code, result.message)


@dataclass(frozen=True, slots=True)
class _Looking:
    """One look for a schedule, in the name of whoever made it."""

    installation: Installation
    opened: Opened
    schedule: Schedule
    item: WorkItem

    def result(self) -> LastResult:
        """Look, and return what came of it.

        Raises:
            Busy, Unreachable, Unauthorised, Misconfigured: it is the company that cannot be
                worked with; all of its work waits for that.
        """
        plan = None
        try:
            plan = self._approved() or self._new()
            if isinstance(plan, str):
                self._require_appliable(plan)
                return self._ended(message="The plan waits its turn.", plan=plan)
            return self._ended(message=plan.message)
        except ClaryError as error:
            if isinstance(error, _OF_COMPANIES):
                self._require_open()
            finding = error.findings[0]
            told = f"{finding.message} {finding.remedy}".strip()
            kept = plan if isinstance(plan, str) else None
            return self._ended(code=error.code, message=told, plan=kept)

    def _approved(self) -> str | None:
        """Return the plan that waits for an approval, or waited for it; none if none does."""
        last = self.schedule.last
        if last is None or last.code != APPROVAL_NEEDED.name or last.plan is None:
            return None
        state = PlanStore(self.installation.database).summary(last.plan).state
        return last.plan if state is PlanState.READY else None

    def _new(self) -> str | Looked:
        """Return a new plan, or what was found where nothing is to be done."""
        kind, settings = self.schedule.kind, settings_of(self.schedule)
        found = _LOOKS[kind](self.installation, self.opened, settings)
        return found.plan or found

    def _require_appliable(self, plan_id: str) -> None:
        """Make sure that a plan can be applied without a person.

        Raises:
            Guarded, Rejected: something stands against it, or it needs an approval.
        """
        store = PlanStore(self.installation.database)
        plan, applying = store.summary(plan_id), applying_of(self.schedule)
        left = [code for code in plan.blocked if code not in applying.confirmed]
        if left:
            found = [each for each in store.remarks(plan_id) if each.code in left]
            raise Guarded(*(_of_plan(each, plan_id) for each in found))
        if plan.rejected and plan.rejected >= plan.changes:
            raise _nothing_postable(store, plan)
        require_appliable(self.installation, plan, applying)

    def _require_open(self) -> None:
        """Make sure that the company is not what the trouble is with."""
        with self.opened.company.session():
            pass

    def _ended(
        self, *, message: str, code: str | None = None, plan: str | None = None
    ) -> LastResult:
        return LastResult(self.item.serial, self.installation.clock.now(), code, message, plan)

    def hand_over(self, write: Connection, result: LastResult) -> None:
        """Have the plan applied in its turn; what an earlier one left set aside makes way."""
        work = Work(self.installation.database, self.installation.clock)
        if self.schedule.last is not None and self.schedule.last.plan is not None:
            earlier = reference_of(self.schedule, self.schedule.last.plan)
            write.execute(
                update(WORK_ITEM)
                .where(
                    WORK_ITEM.c.kind == PLAN_KIND,
                    WORK_ITEM.c.reference == earlier,
                    WORK_ITEM.c.state == literal_column(f"'{WorkState.PARKED.value}'"),
                )
                .values(state=WorkState.DONE.value, ended_at=timestamp(result.ended_at))
            )
        if result.plan is not None and result.code is None:
            reference = reference_of(self.schedule, result.plan)
            work.add(write, self.item.company, PLAN_KIND, [reference])

    def tell(self, write: Connection, result: LastResult) -> None:
        """Let people know of trouble, once as long as it stays the same."""
        last = self.schedule.last
        if result.code is None or (last is not None and last.code == result.code):
            return
        facts = {"schedule": self.schedule.name, "code": result.code, "reason": result.message}
        told = happenings.Happening(
            happenings.Kind.SCHEDULE_FAILED, result.ended_at, self.item.company, facts
        )
        happenings.put(write, [told])


def _of_plan(finding: Finding, plan: str) -> Finding:
    """Return a finding about a plan with the plan's id in its remedy."""
    return replace(finding, remedy=f"{finding.remedy} All of it: `clary plan show {plan}`.")


def _nothing_postable(store: PlanStore, plan: PlanSummary) -> ClaryError:
    errors = (each for each in store.findings(plan.id) if each.severity is Severity.ERROR)
    first = next(errors, None)
    said = "" if first is None else first.message
    return error_of((NOTHING_POSTABLE.finding(count=plan.rejected, first=said, plan=plan.id),))


HANDLERS: Mapping[str, Handler] = dict.fromkeys(_LOOKS, handle)
"""What does each kind of scheduled work in the lane of its company."""
