"""Work of the kind `plan`: a stored plan that waited because its company was busy."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from clary.engine.decide import OUTCOME_UNKNOWN
from clary.engine.lease import LEASE_LOST
from clary.engine.plan import PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs, RunState, RunSummary
from clary.hub.access import ROLE_MISSING, Role
from clary.hub.handling import Ending, Outcome, Writing
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, applied, require_appliable
from clary.hub.services.authors import acting_for
from clary.hub.services.opening import Opened
from clary.hub.work import WorkItem
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Guarded,
    Rejected,
    Unauthorised,
    Unreachable,
    error_of,
)


def changes_company(installation: Installation, item: WorkItem) -> bool:
    """Tell whether a plan changes the company itself, and not only an app."""
    asked = json.loads(item.reference)
    return item.company in PlanStore(installation.database).systems(asked["plan"])


def handle(
    installation: Installation, opened: Opened, writing: Writing, items: Sequence[WorkItem]
) -> Sequence[Ending]:
    """Apply the plans in order, up to the first that has to wait."""
    return list(_until_waiting(_applied(installation, opened, writing, item) for item in items))


def _until_waiting(endings: Iterable[Ending | None]) -> Iterable[Ending]:
    for ending in endings:
        if ending is None:
            return
        yield ending
        if ending.outcome is Outcome.WAIT:
            return


def _applied(
    installation: Installation, opened: Opened, writing: Writing, item: WorkItem
) -> Ending | None:
    """Return how a plan ended; none where it was told to stop, and goes on at the next look."""
    if writing.stopped():
        return None
    asked = json.loads(item.reference)
    applying = Applying(
        stop_on_error=asked["stop_on_error"],
        post_missing=asked["post_missing"],
        confirmed=frozenset(asked["confirmed"]),
        stopped=writing.stopped,
    )
    held = (opened, writing.lease, writing.targets)
    store = PlanStore(installation.database)
    try:
        acting, plan = _permitted(installation, item, asked, applying)
    except (Guarded, Rejected, Unauthorised) as error:
        if isinstance(error, Unauthorised) and error.code != ROLE_MISSING.name:
            raise  # it is the company that lets nobody in to see what the plan comes to
        return _parked(item, error)
    try:
        run = applied(acting, plan, held, applying, resumes=True)
    except (Busy, Unreachable) as error:
        # What is wrong with the company makes all its work wait; an app is this plan's own.
        is_own = error.code != LEASE_LOST.name and store.systems(asked["plan"]) != {opened.name}
        if not is_own:
            raise
        return Ending(item, Outcome.WAIT, error.code, error.findings[0].message, is_own=True)
    except ClaryError as error:  # a guard, an app that is set up wrongly
        return _parked(item, error)
    if run.state is RunState.INTERRUPTED:
        return None
    return _ending(acting, opened.name, item, run)


def _permitted(
    installation: Installation, item: WorkItem, asked: Mapping[str, Any], applying: Applying
) -> tuple[Installation, PlanSummary]:
    """Return the installation as whoever asked may use it now, and the plan they may have applied.

    Raises:
        Rejected, Guarded, Unauthorised: they may not, or not any more.
        Busy, Unreachable, Unauthorised, Misconfigured: the company cannot be asked what the
            plan would come to; all its work waits for that.
    """
    plan = PlanStore(installation.database).summary(asked["plan"])
    acting = acting_for(installation, asked["author"], item.accepted_at)
    acting.access.require(Role.OPERATOR, plan.header.company)
    if plan.run is None:  # what was asked for may need an approval by now
        require_appliable(acting, plan, applying)
    return acting, plan


def _parked(item: WorkItem, error: ClaryError) -> Ending:
    return Ending(item, Outcome.PARKED, error.code, error.findings[0].message)


def _ending(installation: Installation, company: str, item: WorkItem, run: RunSummary) -> Ending:
    """Return how a run left its plan: ended, or waiting as its first open change says."""
    if not run.pending:
        return Ending(item)
    results = Runs(installation.database).results(run.id)
    waits = next((entry for entry in results if entry.state.open), None)
    found = (waits.findings if waits else ()) or (OUTCOME_UNKNOWN.finding(),)
    error = error_of(found)
    is_own = waits is None or waits.system != company
    return Ending(item, Outcome.WAIT, error.code, error.findings[0].message, is_own=is_own)
