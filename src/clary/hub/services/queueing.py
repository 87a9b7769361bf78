"""Applies plans for callers who cannot wait: at once, or in turn as the work of their company.

Where the company is being written to and a worker is alive, the plan is put behind what waits
already; whoever asked follows it by its id.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from clary.engine.lease import LEASE_HELD
from clary.engine.runs import Runs
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, RunAnswer, apply_plan, resume_run
from clary.hub.services.permissions import needs
from clary.hub.services.working import queue_plan
from clary.hub.turns import SESSION_TAKEN
from clary.hub.workers import Workers
from clary.kernel.errors import Busy

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
        Rejected, Guarded, Busy, Misconfigured, Unreachable, Unauthorised: as for
            `apply_plan`.
    """

    def apply(how: Applying) -> RunAnswer:
        return apply_plan(installation, plan_id, how)

    return _now_or_queued(installation, apply, lambda: plan_id, applying, later=later)


@needs(Role.OPERATOR, run="run_id")
def resume_or_queue(
    installation: Installation, run_id: str, applying: Applying, *, later: bool = False
) -> RunAnswer | None:
    """Go on with a run at once and return it; or none, where it waits its turn.

    Raises:
        Rejected, Guarded, Busy, Misconfigured, Unreachable, Unauthorised: as for
            `resume_run`.
    """

    def resume(how: Applying) -> RunAnswer:
        return resume_run(installation, run_id, how)

    def plan() -> str:
        return Runs(installation.database).summary(run_id).plans[0]

    return _now_or_queued(installation, resume, plan, applying, later=later)


def _now_or_queued(
    installation: Installation,
    write: Callable[[Applying], RunAnswer],
    plan: Callable[[], str],
    applying: Applying,
    *,
    later: bool,
) -> RunAnswer | None:
    alive = bool(Workers(installation.database, installation.clock).alive())
    patience = timedelta(0) if alive else PATIENCE
    if not (later and alive):
        try:
            return write(replace(applying, waiting=replace(applying.waiting, patience=patience)))
        except Busy as error:
            if not alive or error.code not in _TAKEN:
                raise
    queue_plan(installation, plan(), applying)
    return None
