"""Has plans carried out for a request: at once, or queued where the company is busy.

The one place in which routes that write meet the services that apply plans.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Annotated, Final

from pydantic import Field

from clary.api.native.calls import ACCEPTED, OK, Call, Reply
from clary.api.native.values import Flag, Writing
from clary.api.native.ways import over_http
from clary.engine.runs import UNFINISHED
from clary.flows.operations.requests import OperationResult, Status
from clary.hub.services.applying import Applying, RunAnswer
from clary.hub.services.operations import Applied, operation_results
from clary.hub.services.plans import PlanAnswer, plan_remarks, plan_rows, show_plan
from clary.hub.services.queueing import apply_or_queue, go_on_or_queue
from clary.kernel.errors import Finding

PREVIEWED: Final = 1000
"""Most rows of a plan that the answer of a dry run holds; the plan gives the others."""

ASYNC: Final = "respond-async"
_NAMES: Final = r"^[A-Z][A-Z0-9_]*(,[A-Z][A-Z0-9_]*)*$"


class ApplyAsked(Writing):
    """How a plan is applied."""

    stop_on_error: Flag = Field(
        default=False, description="Stop at the first document that is rejected or fails."
    )
    post_missing: Flag = Field(
        default=False,
        description="Post documents again that were posted before and are gone.",
    )
    confirm: Annotated[str, Field(max_length=500, pattern=_NAMES)] | None = Field(
        default=None,
        description="Guards that a person has confirmed, by their codes, with commas between.",
        examples=["MASS_CHANGE"],
    )


def applying(call: Call) -> Applying:
    """Return how the plan of a request is applied."""
    asked = call.query(ApplyAsked)
    return Applying(
        stop_on_error=asked.stop_on_error,
        post_missing=asked.post_missing,
        confirmed=frozenset(asked.confirm.split(",") if asked.confirm else ()),
        stopped=call.stopping,
        goes_on=True,
    )


def is_for_later(call: Call) -> bool:
    """Tell whether the client would rather have it queued than wait for it."""
    preferred = call.headers.get("prefer", "").split(",")
    return ASYNC in (each.strip().lower() for each in preferred)


def carried_out(call: Call, planned: PlanAnswer) -> RunAnswer | None:
    """Apply a plan, or go on with it, and return its run; none where it waits its turn.

    Raises:
        ClaryError: as for `apply_plan`.
    """
    return once(call, planned.plan.id, applying(call))


def once(call: Call, plan: str, how: Applying) -> RunAnswer | None:
    """Do what `carried_out` does in this way; a request that is sent again goes on with it.

    Raises:
        ClaryError: as for `apply_plan`.
    """
    if call.attempt.plan == plan:
        return go_on_or_queue(call.installation, plan, how)
    call.attempt.note(plan)
    return apply_or_queue(call.installation, plan, how, later=is_for_later(call))


def is_open(run: RunAnswer) -> bool:
    """Tell whether a run has not come to its end, and goes on by itself."""
    return run.run.state in UNFINISHED


def going_on(call: Call, run: RunAnswer, told: object) -> Reply:
    """Return the answer of a request whose run has begun and goes on by itself."""
    where = f"{call.root}/runs/{run.run.id}"
    return replace(Reply.of(told, ACCEPTED, Location=where), is_final=False)


def results_of(call: Call, planned: PlanAnswer, run: RunAnswer) -> Iterable[OperationResult]:
    """Return the one result of each document of a plan that was applied."""
    return operation_results(call.installation, Applied(planned, run))


def shown(
    call: Call,
    plan: str,
    run: RunAnswer | None,
    results: Iterable[OperationResult] = (),
    *,
    is_dry: bool = False,
) -> dict[str, object]:
    """Return what a request comes to, as JSON-ready values.

    Args:
        call: the request.
        plan: id of its plan, which is read as it stands now.
        run: its run; none for a dry run and where it waits.
        results: what became of its documents.
        is_dry: it was only planned.
    """
    installation = call.installation
    rows = plan_rows(installation, plan, limit=PREVIEWED) if is_dry else ()
    return {
        "plan": show_plan(installation, plan).as_dict(),
        "run": None if run is None else run.as_dict(),
        "waits": run is None and not is_dry,
        "results": [each.as_dict() for each in results],
        "preview": [each.as_dict() for each in rows],
        "remarks": told(plan_remarks(installation, plan)),
    }


def told(findings: Iterable[Finding]) -> list[dict[str, str | None]]:
    """Return findings as JSON-ready values."""
    return [over_http(each).as_dict() for each in findings]


def waiting(call: Call, plan: str) -> Reply:
    """Return the answer of a request whose plan waits its turn."""
    return in_turn(call, plan, shown(call, plan, None))


def in_turn(call: Call, plan: str, told: object) -> Reply:
    """Return the answer of a request whose plan waits its turn, with what is told of it."""
    where = f"{call.root}/plans/{plan}"
    return replace(Reply.of(told, ACCEPTED, Location=where), is_final=False)


def done(call: Call, planned: PlanAnswer) -> Reply:
    """Apply a plan, unless the request is a dry run, and answer what it comes to."""
    plan = planned.plan.id
    if call.query(ApplyAsked).dry_run:
        return Reply.of(shown(call, plan, None, is_dry=True))
    run = carried_out(call, planned)
    if run is None:
        return waiting(call, plan)
    results = list(results_of(call, planned, run))
    told_of_it = shown(call, plan, run, results)
    if is_open(run):
        return going_on(call, run, told_of_it)
    is_final = all(each.status is not Status.PENDING for each in results)
    if not is_final:  # a document waits for a run before this one, and is planned anew
        call.attempt.note(None)
    return replace(Reply.of(told_of_it, OK), is_final=is_final)


def gone_on(call: Call, plan: str) -> Reply:
    """Answer what a request comes to that is sent again while its plan is under way."""
    return done(call, show_plan(call.installation, plan))
