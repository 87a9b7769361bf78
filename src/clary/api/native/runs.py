"""Routes of runs: what was done, how far it is, taking it back and going on with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any, Final

from pydantic import Field

from clary.api.native import paging
from clary.api.native.calls import Call, Following, Reply
from clary.api.native.paging import CURSOR_INVALID
from clary.api.native.problems import HEADER_UNFIT
from clary.api.native.routes import EVENTS, Route
from clary.api.native.scope import require_seen
from clary.api.native.shown import (
    AT,
    EXAMPLE_OPERATION,
    EXAMPLE_RUN,
    PLAN,
    OperationShown,
    RunShown,
)
from clary.api.native.values import Asked, Count, FindingShown, Flag, Name, Paged, Shown
from clary.api.native.working import (
    ApplyAsked,
    applying,
    done,
    going_on,
    gone_on,
    is_for_later,
    is_open,
    shown,
    told,
    waiting,
)
from clary.engine.runs import RunState
from clary.hub.access import Role
from clary.hub.services import runs as service
from clary.hub.services.applying import RunAnswer
from clary.hub.services.queueing import resume_or_queue
from clary.hub.services.working import RUN_REFUSED

TAG: Final = "runs"
RUNS: Final = "/runs"
ONE: Final = "/runs/{run}"
_EVENT: Final = re.compile("[0-9]{1,15}")


class RunsAsked(Paged):
    """Parameters of the list of runs."""

    company: Name | None = Field(
        default=None, description="Only those of this company.", examples=["acme"]
    )
    tracked: Annotated[str, Field(max_length=700, pattern="^[^=]+=.*$")] | None = Field(
        default=None,
        description="Only those with a document that the caller marked so, NAME=VALUE.",
        examples=["ticket=4711"],
    )


class RunsShown(Shown):
    """A page of runs."""

    items: list[RunShown]
    next: str | None


class RunWhole(RunShown):
    """A run, and what was found about it as a whole."""

    remarks: list[FindingShown]


class ResultShown(Shown):
    """How one change of a run ended."""

    plan: str
    number: int
    action: str
    record_type: str
    key: str | None
    document: str | None
    state: str
    journal_state: str
    action_taken: str | None
    undone_by: str | None
    findings: list[FindingShown]
    tracked: dict[str, str]


class RunResults(Shown):
    """A page of how the changes of a run ended."""

    items: list[ResultShown]
    next: str | None


class EventShown(Shown):
    """One line of a run's log."""

    id: int
    time: str
    level: str
    message: str
    record: str | None
    done: int
    total: int


class RunLog(Shown):
    """A page of a run's log."""

    items: list[EventShown]
    next: str | None


class EventsAsked(Asked):
    """Parameters of a stream of events."""

    after: Count = Field(default=0, description="Only events after this one.")


class UndoAsked(ApplyAsked):
    """Parameters of taking a run back."""

    delete: Flag = Field(
        default=False,
        description="Delete posted documents where the edition can, instead of reversing them.",
    )


def list_(call: Call) -> Reply:
    """List runs, the newest first."""
    asked = call.query(RunsAsked)
    if asked.company is not None:
        require_seen(call.installation, {"company": asked.company})
    name, _, value = (asked.tracked or "").partition("=")
    tracked = (name, value) if asked.tracked else None
    last = paging.one_of(call.after(), str)
    found = service.list_runs(call.installation, asked.company, tracked, asked.limit + 1, last)
    items, end = paging.page_of(found, asked.limit, lambda each: [each.run.id])
    return call.paged([each.as_dict() for each in items], end)


def get(call: Call) -> Reply:
    """Show a run."""
    found = service.show_run(call.installation, call["run"])
    remarks = service.run_remarks(call.installation, call["run"])
    return Reply.of({**found.as_dict(), "remarks": told(remarks)})


def results(call: Call) -> Reply:
    """List how each change of a run ended."""
    limit = call.query(Paged).limit
    plans = service.show_run(call.installation, call["run"]).run.plans
    behind = _behind(call.after())
    found = list(islice(service.run_results(call.installation, call["run"], behind), limit + 1))
    items, end = paging.page_of(found, limit, lambda each: [plans.index(each.plan), each.number])
    return call.paged([service.result_dict(each) for each in items], end)


def _behind(position: Sequence[Any] | None) -> tuple[int, int]:
    if position is None:
        return 0, 0
    match position:
        case [int(place), int(number)] if 0 <= place < 10**6 and 0 <= number < 10**15:
            return place, number
    raise CURSOR_INVALID.raised()


def log(call: Call) -> Reply:
    """List the events of a run."""
    limit = call.query(Paged).limit
    last = paging.one_of(call.after(), int) or 0
    found = service.event_page(call.installation, call["run"], last, limit + 1)
    items, end = paging.page_of(found, limit, lambda each: [each.id])
    return call.paged([service.event_dict(each) for each in items], end)


def events(call: Call) -> Following | Reply:
    """Stream the events of a run until it has ended."""
    running = service.show_run(call.installation, call["run"]).run.state is RunState.RUNNING
    after = call.query(EventsAsked).after
    stated = call.headers.get("last-event-id")
    if stated is not None:
        if not _EVENT.fullmatch(stated.strip()):
            raise HEADER_UNFIT.raised(field="last-event-id", reason="it is no id of an event")
        after = int(stated)
        if not running and not service.event_page(call.installation, call["run"], after, 1):
            return Reply.empty()  # whoever reads a stream asks for it anew until told so
    return Following(call["run"], after)


def undo(call: Call) -> Reply:
    """Take a run back."""
    deletes = call.query(UndoAsked).delete
    planned = service.plan_the_undo(call.installation, call["run"], delete_posted=deletes)
    return done(call, planned)


def resume(call: Call) -> Reply:
    """Go on with a run that waits or was interrupted."""
    before = service.show_run(call.installation, call["run"])
    call.installation.access.require(Role.OPERATOR, before.run.company)
    if not before.run.plans:
        raise RUN_REFUSED.raised(run=before.run.id)
    if call.query(ApplyAsked).dry_run:
        return _resumed(call, before)
    later = is_for_later(call)
    run = resume_or_queue(call.installation, call["run"], applying(call), later=later)
    if run is None:
        return waiting(call, before.run.plans[0])
    return _resumed(call, run)


def _resumed(call: Call, run: RunAnswer) -> Reply:
    told_of_it = shown(call, run.run.plans[0], run)
    if is_open(run) and not call.query(ApplyAsked).dry_run:
        return going_on(call, run, told_of_it)
    return Reply.of(told_of_it)


_EXAMPLE_EVENT: Final = {
    "id": 17,
    "time": AT,
    "level": "info",
    "message": "created",
    "record": "customer ACME",
    "done": 1,
    "total": 1,
}
_EXAMPLE_RESULT: Final = {
    "plan": PLAN,
    "number": 1,
    "action": "create",
    "record_type": "customer",
    "key": "ACME",
    "document": "1",
    "state": "confirmed",
    "journal_state": "confirmed",
    "action_taken": "created",
    "undone_by": None,
    "findings": [],
    "tracked": {},
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=RUNS,
        name="list_runs",
        tag=TAG,
        summary="List runs, the newest first",
        query=RunsAsked,
        answer=list_,
        shown=RunsShown,
        example={"items": [EXAMPLE_RUN], "next": None},
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_run",
        tag=TAG,
        summary="Show a run",
        answer=get,
        shown=RunWhole,
        example={**EXAMPLE_RUN, "remarks": []},
    ),
    Route(
        verb="GET",
        path=f"{ONE}/results",
        name="list_run_results",
        tag=TAG,
        summary="List how each change of a run ended",
        query=Paged,
        answer=results,
        shown=RunResults,
        example={"items": [_EXAMPLE_RESULT], "next": None},
    ),
    Route(
        verb="GET",
        path=f"{ONE}/log",
        name="list_run_log",
        tag=TAG,
        summary="List the events of a run",
        query=Paged,
        answer=log,
        shown=RunLog,
        example={"items": [_EXAMPLE_EVENT], "next": None},
    ),
    Route(
        verb="GET",
        path=f"{ONE}/events",
        name="stream_run_events",
        tag=TAG,
        summary="Stream the events of a run until it has ended",
        description="Server-sent events: `id` is the event's, `data` what the log shows of it."
        " An event `end` closes the stream. A client that was cut off states `Last-Event-ID`"
        " and misses nothing; once the run has ended and it has all of them, the answer is 204.",
        query=EventsAsked,
        headers=("last-event-id",),
        media=EVENTS,
        answer=events,
    ),
    Route(
        verb="POST",
        path=f"{ONE}/undo",
        name="undo_run",
        tag=TAG,
        summary="Take a run back",
        description="What it did is voided, reversed, restored or deleted, as the edition has"
        " it. What was edited, paid or used since is named and left alone.",
        query=UndoAsked,
        headers=("prefer",),
        problems=(410,),
        answer=undo,
        goes_on=gone_on,
        shown=OperationShown,
        others={202: OperationShown},
        example=EXAMPLE_OPERATION,
    ),
    Route(
        verb="POST",
        path=f"{ONE}/resume",
        name="resume_run",
        tag=TAG,
        summary="Go on with a run that waits or was interrupted",
        description="What was sent before is looked up first, so that nothing is done twice.",
        query=ApplyAsked,
        headers=("prefer",),
        problems=(410,),
        answer=resume,
        shown=OperationShown,
        others={202: OperationShown},
        example=EXAMPLE_OPERATION,
    ),
)
