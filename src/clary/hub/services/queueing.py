"""Applies plans for callers who cannot wait: at once, or in turn as the work of their company.

Nothing overtakes what was accepted before: where work waits for the company, where its lane is
paused, or where something writes to it just now, the plan is put behind what waits already;
whoever asked follows it by its id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from clary.engine.lease import LEASE_HELD
from clary.engine.plan_store import PlanStore
from clary.engine.runs import UNFINISHED, Runs, RunSummary
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.pausing import paused_error
from clary.hub.queued import plans_of, waiting_plans
from clary.hub.services.applying import Applying, RunAnswer, apply_plan, resume_run
from clary.hub.services.permissions import needs
from clary.hub.services.working import planned_of, queue_plan
from clary.hub.turns import SESSION_TAKEN
from clary.hub.work import Work, WorkState
from clary.hub.workers import Workers
from clary.kernel.errors import Busy, ClaryError, declare

WORK_AHEAD = declare(
    "WORK_AHEAD",
    Busy,
    "Work that was accepted before waits for {company}, and no worker is alive to do it.",
    "Start `clary serve` or `clary worker`, or have it done now: `clary work drain {company}`.",
)

PATIENCE = timedelta(seconds=10)
"""How long the writer before is waited for where no worker could do it later."""

_TAKEN = frozenset({LEASE_HELD.name, SESSION_TAKEN.name})


@needs(Role.OPERATOR, plan="plan_id")
def apply_or_queue(
    installation: Installation, plan_id: str, applying: Applying, *, later: bool = False
) -> RunAnswer | None:
    """Apply a plan at once and return its run; or none, where it waits its turn.

    Args:
        installation: whose plan.
        plan_id: the plan.
        applying: how it is applied.
        later: do not try at once, if a worker is alive.

    Raises:
        Busy: no worker is alive, and the company is paused (WORK_PAUSED, WORK_HELD) or has work
            that waits (WORK_AHEAD).
        Rejected, Guarded, Busy, Misconfigured, Unreachable, Unauthorised: as for
            `apply_plan`.
    """

    def apply(how: Applying) -> RunAnswer:
        return apply_plan(installation, plan_id, how)

    return _now_or_queued(installation, apply, plan_id, applying, later=later)


@needs(Role.OPERATOR, run="run_id")
def resume_or_queue(
    installation: Installation, run_id: str, applying: Applying, *, later: bool = False
) -> RunAnswer | None:
    """Go on with a run at once and return it; or none, where it waits its turn.

    Raises:
        Guarded: it was refused (RUN_REFUSED).
        Busy: as for `apply_or_queue`.
        Rejected, Guarded, Busy, Misconfigured, Unreachable, Unauthorised: as for
            `resume_run`.
    """
    plan = planned_of(installation, run_id)

    def resume(how: Applying) -> RunAnswer:
        return resume_run(installation, run_id, how)

    return _now_or_queued(installation, resume, plan, applying, later=later)


@needs(Role.OPERATOR, plan="plan_id")
def go_on_or_queue(
    installation: Installation, plan_id: str, applying: Applying
) -> RunAnswer | None:
    """Return the run of a plan that was begun or queued before; none where it still waits.

    A run that has not ended is gone on with, unless another process is at it.

    Raises:
        ClaryError: as for `resume_or_queue`.
    """
    begun = PlanStore(installation.database).summary(plan_id).run
    if begun is None:
        return None
    run = Runs(installation.database).summary(begun)
    return resume_or_queue(installation, begun, applying) if _is_open(run) else RunAnswer(run)


@needs(Role.OPERATOR, plan="plan_id")
def is_under_way(installation: Installation, plan_id: str) -> bool:
    """Tell whether a plan was begun, waits its turn or was set aside: it is not to be made anew.

    Raises:
        Rejected: there is no such plan (PLAN_UNKNOWN).
    """
    plan = PlanStore(installation.database).summary(plan_id)
    work = Work(installation.database, installation.clock)
    with installation.database.read() as read:
        return plan.run is not None or bool(waiting_plans(work, read, [plan]))


def _is_open(run: RunSummary) -> bool:
    return run.state in UNFINISHED


def _now_or_queued(
    installation: Installation,
    write: Callable[[Applying], RunAnswer],
    plan_id: str,
    applying: Applying,
    *,
    later: bool,
) -> RunAnswer | None:
    alive = bool(Workers(installation.database, installation.clock).alive())
    before = _before(installation, plan_id)
    if before is not None and not alive:
        raise before
    if before is None and not (later and alive):
        patience = timedelta(0) if alive else PATIENCE
        try:
            return write(replace(applying, waiting=replace(applying.waiting, patience=patience)))
        except ClaryError as error:
            # What was begun before the trouble came goes on by itself once that has passed.
            if alive and _waits(installation, plan_id):
                return None
            if not alive or error.code not in _TAKEN:
                raise
    queue_plan(installation, plan_id, applying)
    return None


def _before(installation: Installation, plan_id: str) -> ClaryError | None:
    """Return what comes before a plan as an error; none where its company is free for it."""
    company = PlanStore(installation.database).summary(plan_id).header.company
    work = Work(installation.database, installation.clock)
    paused_by = work.paused_by(company)
    if paused_by is not None:
        return paused_error(company, paused_by)
    first = work.waiting(company, 1)
    with installation.database.read() as read:
        is_ahead = first and plan_id not in plans_of(read, first).values()
    return WORK_AHEAD.raised(company=company) if is_ahead else None


def _waits(installation: Installation, plan_id: str) -> bool:
    """Tell whether a plan waits its turn."""
    work = Work(installation.database, installation.clock)
    plan = PlanStore(installation.database).summary(plan_id)
    with installation.database.read() as read:
        found = waiting_plans(work, read, [plan]).get(plan_id)
    return found is not None and found.state is WorkState.WAITING
