"""Routes of batches: what waits in ConnectWise, posted into the books and marked as posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice
from typing import Annotated, Any, Final

from pydantic import Field

from clary.api.native import paging
from clary.api.native.batches_asked import (
    BatchAsked,
    BatchQuery,
    Rerun,
    Selected,
    Unbatch,
    WaitingAsked,
)
from clary.api.native.calls import ACCEPTED, Call, Reply
from clary.api.native.routes import Answer, Route
from clary.api.native.shown import AT, EXAMPLE_PLAN, EXAMPLE_RUN, RunShown
from clary.api.native.values import Asked, Day, FindingShown, JsonObject, Name, Paged, Shown
from clary.api.native.working import applying, going_on, in_turn, is_open, once, told
from clary.flows.batch.finishing import BATCH_BLOCKED
from clary.hub.services import batch_reruns, batches
from clary.hub.services.applying import Applying, RunAnswer
from clary.hub.services.batch_running import batch_run
from clary.hub.services.batch_verifying import verify_a_batch, why_not_listed
from clary.hub.services.plans import PlanAnswer, plan_findings, show_plan
from clary.kernel.errors import ClaryError, error_of

TAG: Final = "batches"
BATCHES: Final = "/companies/{company}/batches"
COPIES: Final = "/apps/{app}/batches"
ONE: Final = "/companies/{company}/batches/{number}"
COPY: Final = "/apps/{app}/batches/{number}"
PLACES: Final = {"app": "psa", "number": "20260131AL-I"}
FINDINGS: Final = 1000
"""Most findings of a plan that an answer holds; the plan gives the others."""

Location = Annotated[str, Field(max_length=200)]


class AppNamed(Asked):
    """Which ConnectWise connection is meant."""

    app: Name = Field(description="The ConnectWise connection.", examples=["psa"])


class LocationsAsked(Asked):
    """Parameters of the list of locations."""

    through: Day | None = Field(default=None, description="Only what is dated until this day.")


class WhyAsked(LocationsAsked):
    """Parameters of the question why a document is not listed."""

    location: Location = ""


class CopiesAsked(Paged):
    """Parameters of the list of batches."""

    app: Name | None = Field(default=None, description="Only those of this connection.")


class LocationShown(Shown):
    """A location where something waits."""

    id: int | None
    name: str
    waiting: dict[str, int]


class LocationsShown(Shown):
    """The locations where something waits."""

    items: list[LocationShown]


class UnpostedShown(Shown):
    """A page of what waits."""

    items: list[JsonObject]
    next: str | None


class ReasonsShown(Shown):
    """Why a document is not listed, or that it is."""

    document: str
    reasons: list[FindingShown]


class BatchShown(Shown):
    """Our copy of a batch."""

    number: str
    app: str
    company: str
    kinds: list[str]
    state: str
    plan: str | None
    run: str | None
    created_at: str
    note: str
    selection: JsonObject
    documents: dict[str, int] = Field(description="Documents by how they stand.")
    elsewhere: dict[str, int] = Field(description="Documents that a later batch holds.")


class BatchPage(Shown):
    """A page of batches, the newest first."""

    items: list[BatchShown]
    next: str | None


class BatchDocuments(Shown):
    """A page of the documents of a batch."""

    items: list[JsonObject]
    next: str | None


class BatchDone(Shown):
    """What a request about a batch comes to."""

    outcome: str | None = Field(
        description="completed, completed with errors, waiting or failed; none for a dry run, and"
        " while it waits its turn."
    )
    plan: JsonObject
    run: RunShown | None = Field(description="None for a dry run, and while it waits its turn.")
    waits: bool = Field(description="It waits its turn; the plan names its run once it began.")
    batches: list[BatchShown]
    errors: list[FindingShown]
    warnings: list[FindingShown]


def locations(call: Call) -> Reply:
    """List the locations where something waits."""
    found = batches.list_locations(
        call.installation, call["app"], call.query(LocationsAsked).through
    )
    items = [
        {
            "id": each.place.id,
            "name": each.place.name,
            "waiting": {kind.value: count for kind, count in each.counts.items()},
        }
        for each in found
    ]
    return Reply.of({"items": items})


def unposted(call: Call) -> Reply:
    """List what waits to be posted."""
    asked = call.query(WaitingAsked)
    found = batches.list_unposted(call.installation, call["app"], asked.meant())
    last = call.after()
    if last is not None:
        places = [[each.kind.value, each.id] for each in found]
        found = found[places.index(list(last)) + 1 :] if list(last) in places else []
    items, end = paging.page_of(
        found[: asked.limit + 1], asked.limit, lambda each: [each.kind.value, each.id]
    )
    return call.paged([each.as_body() for each in items], end)


def why(call: Call) -> Reply:
    """Tell why a document is not listed."""
    asked = call.query(WhyAsked)
    meant = batches.BatchAsked(location=asked.location, through=asked.through)
    found = why_not_listed(call.installation, call["app"], call["document"], meant)
    return Reply.of({"document": call["document"], "reasons": told(found)})


def list_(call: Call) -> Reply:
    """List batches, the newest first."""
    asked = call.query(CopiesAsked)
    before = paging.one_of(call.after(), int)
    found = batches.list_batches(call.installation, asked.app, asked.limit + 1, before)
    items, end = paging.page_of(found, asked.limit, lambda each: [each.batch.id])
    return call.paged([each.as_dict() for each in items], end)


def get(call: Call) -> Reply:
    """Show a batch."""
    return Reply.of(batches.show_batch(call.installation, call["app"], call["number"]).as_dict())


def documents(call: Call) -> Reply:
    """List the documents of a batch."""
    limit = call.query(Paged).limit
    view = batches.show_batch(call.installation, call["app"], call["number"])
    after = _behind(call.after())
    found = list(islice(batches.batch_documents(call.installation, view, after), limit + 1))
    items, end = paging.page_of(
        found, limit, lambda each: [each.kind.value, each.number, each.source]
    )
    return call.paged([batches.document_dict(each, view) for each in items], end)


def _behind(position: Sequence[Any] | None) -> Sequence[str] | None:
    match position:
        case None:
            return None
        case [str(kind), str(number), str(source)]:
            return kind, number, source
        case _:
            raise paging.CURSOR_INVALID.raised()


def run(call: Call) -> Reply:
    """Post what waits, then mark it in ConnectWise."""
    asked = call.body(BatchAsked)
    planned = batches.plan_a_batch(call.installation, asked.app, call["company"], asked.meant())
    return _batch_done(call, planned.plan, planned.as_dict())


def clear(call: Call) -> Reply:
    """Mark documents in ConnectWise as posted; post nothing."""
    asked = call.body(Selected)
    meant = replace(asked.meant(), clears=True, note=f"Marks as posted: {asked.number}.")
    planned = batches.plan_a_batch(call.installation, asked.app, call["company"], meant)
    return _batch_done(call, planned.plan, planned.as_dict())


def rerun(call: Call) -> Reply:
    """Compare a batch with the books, and post what they lack."""
    asked = call.body(Rerun)
    planned = batch_reruns.plan_a_rerun(
        call.installation,
        asked.app,
        call["company"],
        call["number"],
        asked.decisions(),
        frozenset(asked.exclude),
    )
    return _batch_done(call, planned.plan, planned.as_dict())


def unbatch(call: Call) -> Reply:
    """Take a batch, or some of its documents, back."""
    asked = call.body(Unbatch)
    planned = batch_reruns.plan_an_unbatching(
        call.installation,
        asked.app,
        call["company"],
        call["number"],
        frozenset(asked.documents),
        posted="delete" if asked.delete else "default",
    )
    return _batch_done(call, planned, planned.as_dict())


def verify(call: Call) -> Reply:
    """Compare a batch with the books, to the penny and line."""
    app = call.query(AppNamed).app
    report = verify_a_batch(call.installation, app, call["company"], call["number"])
    return Reply.of(report.as_body())


def _batch_done(call: Call, planned: PlanAnswer, told_of_plan: JsonObject) -> Reply:
    """Apply the plan of a batch, unless the request is a dry run, and answer what it comes to."""
    plan = planned.plan.id
    if call.query(BatchQuery).dry_run:
        return Reply.of(_planned(call, plan, told_of_plan, waits=False))
    run_answer = _carried_out(call, planned, _how(call))
    if run_answer is None:
        return in_turn(call, plan, _planned(call, plan, told_of_plan, waits=True))
    answer = batch_run(call.installation, run_answer.run.id)
    told_of_it = {
        "outcome": answer.ended.value,
        "plan": told_of_plan,
        "run": run_answer.as_dict(),
        "waits": False,
        "batches": [each.as_dict() for each in answer.batches],
        "errors": told(answer.errors),
        "warnings": told(answer.warnings),
    }
    return going_on(call, run_answer, told_of_it) if is_open(run_answer) else Reply.of(told_of_it)


def _gone_on(call: Call, plan: str) -> Reply:
    """Answer what a request about a batch comes to that is sent again."""
    planned = show_plan(call.installation, plan)
    return _batch_done(call, planned, planned.as_dict())


def _how(call: Call) -> Applying:
    how = applying(call)
    if not call.query(BatchQuery).good_only:
        return how
    return replace(how, confirmed=how.confirmed | {BATCH_BLOCKED.name})


def _carried_out(call: Call, planned: PlanAnswer, how: Applying) -> RunAnswer | None:
    """Apply the plan of a batch; what stands against it is told with the id of the plan."""
    plan = planned.plan.id
    try:
        return once(call, plan, how)
    except ClaryError as error:
        if error.code not in planned.plan.blocked:
            raise
        where = f"All that stands against it: GET /api/v1/plans/{plan}/findings."
        findings = [
            replace(each, remedy=f"{each.remedy} {where}".strip()) for each in error.findings
        ]
        raise error_of(tuple(findings)) from error


def _planned(call: Call, plan: str, told_of_plan: JsonObject, *, waits: bool) -> JsonObject:
    found = list(islice(plan_findings(call.installation, plan), FINDINGS))
    return {
        "outcome": None,
        "plan": told_of_plan,
        "run": None,
        "waits": waits,
        "batches": told_of_plan.get("batches", []),
        "errors": [each.as_dict() for each in found if each.severity == "error"],
        "warnings": [each.as_dict() for each in found if each.severity != "error"],
    }


_BATCH: Final = {
    "number": "20260131AL-I",
    "app": "psa",
    "company": "acme",
    "kinds": ["Invoice"],
    "state": "posted",
    "plan": EXAMPLE_PLAN["id"],
    "run": EXAMPLE_RUN["id"],
    "created_at": AT,
    "note": "",
    "selection": {"through": "2026-01-31"},
    "documents": {"posted": 12},
    "elsewhere": {},
}
_DOCUMENT: Final = {
    "id": "invoice:1001",
    "kind": "invoice",
    "number": "10001",
    "date": "2026-01-31",
    "party": "ACME",
    "total": "1200.00",
    "currency": "USD",
    "state": "posted",
}
_DONE: Final = {
    "outcome": "completed",
    "plan": EXAMPLE_PLAN,
    "run": {**EXAMPLE_RUN, "flow": "batch"},
    "waits": False,
    "batches": [_BATCH],
    "errors": [],
    "warnings": [],
}
_WAITING: Final = {
    "kind": "Invoice",
    "number": "10001",
    "id": "1001",
    "title": "10001",
    "date": "2026-01-31",
    "party": "Acme",
    "total": "1200.00",
    "currency": "USD",
    "location": "Main office",
}

_READS: Final = (
    Route(
        verb="GET",
        path="/apps/{app}/locations",
        name="list_locations",
        tag=TAG,
        summary="List the locations where something waits to be posted",
        query=LocationsAsked,
        places=PLACES,
        answer=locations,
        shown=LocationsShown,
        example={"items": [{"id": 2, "name": "Branch", "waiting": {"Invoice": 12}}]},
    ),
    Route(
        verb="GET",
        path="/apps/{app}/unposted",
        name="list_unposted",
        tag=TAG,
        summary="List what waits to be posted",
        query=WaitingAsked,
        places=PLACES,
        answer=unposted,
        shown=UnpostedShown,
        example={"items": [_WAITING], "next": None},
    ),
    Route(
        verb="GET",
        path="/apps/{app}/unposted/{document}/why",
        name="why_not_listed",
        tag=TAG,
        summary="Tell why a document is not listed, or that it is",
        query=WhyAsked,
        places={"app": "psa", "document": "10001"},
        answer=why,
        shown=ReasonsShown,
        example={"document": "10001", "reasons": []},
    ),
    Route(
        verb="GET",
        path="/batches",
        name="list_batches",
        tag=TAG,
        summary="List batches, the newest first",
        query=CopiesAsked,
        answer=list_,
        shown=BatchPage,
        example={"items": [_BATCH], "next": None},
    ),
    Route(
        verb="GET",
        path=f"{COPY}/documents",
        name="list_batch_documents",
        tag=TAG,
        summary="List the documents of a batch, and how they stand",
        query=Paged,
        places=PLACES,
        answer=documents,
        shown=BatchDocuments,
        example={"items": [_DOCUMENT], "next": None},
    ),
    Route(
        verb="GET",
        path=COPY,
        name="get_batch",
        tag=TAG,
        summary="Show a batch",
        places=PLACES,
        answer=get,
        shown=BatchShown,
        example=_BATCH,
    ),
    Route(
        verb="GET",
        path=f"{ONE}/verification",
        name="verify_batch",
        tag=TAG,
        summary="Compare a batch with the books, to the penny and line",
        query=AppNamed,
        places=PLACES,
        answer=verify,
        shown={"type": "object", "required": ["number", "ok", "lists", "accounts", "problems"]},
        example={"number": "B", "ok": True, "lists": [], "accounts": [], "problems": []},
    ),
)


def _writing(
    *,
    path: str,
    name: str,
    summary: str,
    description: str,
    answer: Answer,
    body: type[Asked],
    sent: JsonObject,
) -> Route:
    return Route(
        verb="POST",
        path=path,
        name=name,
        tag=TAG,
        summary=summary,
        description=description,
        query=BatchQuery,
        body=body,
        sent=sent,
        headers=("prefer",),
        problems=(410,),
        places=PLACES,
        answer=answer,
        goes_on=_gone_on,
        shown=BatchDone,
        others={ACCEPTED: BatchDone},
        example=_DONE,
    )


ROUTES: Final[tuple[Route, ...]] = (
    *_READS,
    _writing(
        path=f"{BATCHES}/clear",
        name="clear_batch",
        summary="Mark documents in ConnectWise as posted; post nothing",
        description="For old documents that are in the books already, or shall never be.",
        answer=clear,
        body=Selected,
        sent={"app": "psa", "number": "OLD-2024", "through": "2024-12-31", "include": ["1001"]},
    ),
    _writing(
        path=BATCHES,
        name="run_batch",
        summary="Post what waits in ConnectWise, then mark it there as posted",
        description="Where documents cannot be posted nothing is written, unless `good_only`"
        " lets the others go; `dry_run` answers the plan.",
        answer=run,
        body=BatchAsked,
        sent={
            "app": "psa",
            "number": "20260131AL-I",
            "kinds": ["invoices"],
            "through": "2026-01-31",
        },
    ),
    _writing(
        path=f"{ONE}/rerun",
        name="rerun_batch",
        summary="Compare a batch with the books, and post what they lack",
        description="What was posted before and is missing is posted again only with"
        " `post_missing`.",
        answer=rerun,
        body=Rerun,
        sent={"app": "psa"},
    ),
    _writing(
        path=f"{ONE}/unbatch",
        name="unbatch",
        summary="Take a batch, or some of its documents, back",
        description="In the books and in ConnectWise. What was paid or edited since stays, with"
        " its cause.",
        answer=unbatch,
        body=Unbatch,
        sent={"app": "psa", "documents": ["10001"]},
    ),
)
