"""Routes of payments: what Sage shows as paid, brought back to ConnectWise."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Final, Literal

from pydantic import Field

from clary.api.native import paging
from clary.api.native.calls import ACCEPTED, Call, Reply
from clary.api.native.routes import Route
from clary.api.native.scope import require_seen
from clary.api.native.shown import AT, EXAMPLE_PLAN, EXAMPLE_RUN, PlanShown, RunShown
from clary.api.native.values import Asked, FindingShown, JsonObject, Name, Paged, Shown
from clary.api.native.working import ApplyAsked, carried_out, going_on, in_turn, is_open
from clary.flows.payments.register import SYNC_UNKNOWN
from clary.flows.payments.settled import Way
from clary.flows.payments.since import start_of
from clary.hub.services import payments as service

TAG: Final = "payments"
SYNCS: Final = "/payments/syncs"
PLACES: Final = {"sync": "3"}
_DIGITS: Final = 9


class SyncAsked(Asked):
    """A sync of payments."""

    app: Name = Field(description="The ConnectWise connection.")
    since: Annotated[str, Field(max_length=40)] = Field(
        default="last",
        description="last, week, two-weeks, month, or a day such as 2026-01-31.",
    )
    way: Literal["fast", "fallback"] = Field(
        default="fast",
        description="fast asks Sage directly, which may need its permission; fallback reads open"
        " items, which needs none.",
    )


class SyncsAsked(Paged):
    """Parameters of the list of syncs."""

    app: Name | None = Field(default=None, description="Only those of this connection.")
    company: Name | None = Field(default=None, description="Only those of this company.")


class SyncShown(Shown):
    """A sync of payments."""

    id: int
    app: str
    company: str
    way: str
    asked: str
    since: str | None
    read_at: str
    plan: str | None
    run: str | None
    standing: str
    succeeded: bool


class SyncPage(Shown):
    """A page of syncs, the newest first."""

    items: list[SyncShown]
    next: str | None


class SyncInvoices(Shown):
    """A page of what a sync found of invoices."""

    items: list[JsonObject]
    next: str | None


class SyncDone(Shown):
    """What a request to sync payments comes to."""

    outcome: str | None = Field(
        description="nothing to do, completed, completed with errors or waiting; none for a dry"
        " run, and while it waits its turn."
    )
    sync: SyncShown
    plan: PlanShown
    run: RunShown | None
    waits: bool = Field(description="It waits its turn; the plan names its run once it began.")
    unapplied: list[JsonObject] = Field(
        description="Receipts and credits with something left, when it was planned; none in the"
        " answer of a request that was sent again while its plan was under way."
    )
    findings: list[FindingShown]


def sync(call: Call) -> Reply:
    """Show in ConnectWise what is paid."""
    asked = call.body(SyncAsked)
    installation = call.installation
    planned = service.plan_sync(
        installation, asked.app, call["company"], start_of(asked.since), Way(asked.way)
    )
    if call.query(ApplyAsked).dry_run:
        return Reply.of(_shown(planned))
    return _done(call, planned)


def _gone_on(call: Call, plan: str) -> Reply:
    """Answer what a sync comes to that is asked for again while its plan is under way."""
    return _done(call, service.sync_of_plan(call.installation, plan))


def _done(call: Call, planned: service.SyncPlanned) -> Reply:
    """Apply the plan of a sync, or go on with it, and answer what it comes to."""
    run = carried_out(call, planned.plan)
    if run is None:
        return in_turn(call, planned.plan.plan.id, {**_shown(planned), "waits": True})
    done = service.SyncDone(planned, run)
    stored = service.show_sync(call.installation, planned.sync.id)
    told_of_it = {
        **_shown(planned),
        "outcome": done.outcome.value,
        "sync": stored.as_dict(),
        "run": run.as_dict(),
    }
    return going_on(call, run, told_of_it) if is_open(run) else Reply.of(told_of_it)


def _shown(planned: service.SyncPlanned) -> JsonObject:
    return {"outcome": None, "run": None, "waits": False, **planned.as_dict()}


def list_(call: Call) -> Reply:
    """List syncs, the newest first."""
    asked = call.query(SyncsAsked)
    if asked.company is not None:
        require_seen(call.installation, {"company": asked.company})
    before = paging.one_of(call.after(), int)
    found = service.list_syncs(call.installation, asked.app, asked.company, asked.limit + 1, before)
    items, end = paging.page_of(found, asked.limit, lambda each: [each.id])
    return call.paged([each.as_dict() for each in items], end)


def get(call: Call) -> Reply:
    """Show a sync."""
    return Reply.of(service.show_sync(call.installation, _number(call)).as_dict())


def invoices(call: Call) -> Reply:
    """List what a sync found of each invoice."""
    limit = call.query(Paged).limit
    last = paging.one_of(call.after(), str) or ""
    stored = service.show_sync(call.installation, _number(call))
    found = list(islice(service.sync_invoices(call.installation, stored, last), limit + 1))
    items, end = paging.page_of(found, limit, lambda each: [each.invoice])
    return call.paged([each.as_dict() for each in items], end)


def _number(call: Call) -> int:
    """Return the number that the path names.

    Raises:
        Rejected: it is none of a sync (PAYMENTS_SYNC_UNKNOWN).
    """
    text = call["sync"]
    if not (text.isascii() and text.isdecimal() and len(text) <= _DIGITS):
        raise SYNC_UNKNOWN.raised(sync=text[:40])
    return int(text)


_SYNC: Final = {
    "id": 3,
    "app": "psa",
    "company": "acme",
    "way": "fast",
    "asked": "last",
    "since": "2026-03-30",
    "read_at": AT,
    "plan": EXAMPLE_PLAN["id"],
    "run": EXAMPLE_RUN["id"],
    "standing": "succeeded",
    "succeeded": True,
}
_DONE: Final = {
    "outcome": "completed",
    "sync": _SYNC,
    "plan": {**EXAMPLE_PLAN, "flow": "payments"},
    "run": {**EXAMPLE_RUN, "flow": "payments"},
    "waits": False,
    "unapplied": [],
    "findings": [],
}
_INVOICE: Final = {
    "invoice": "1201",
    "number": "10001",
    "customer_id": "ACME",
    "total": "1200.00",
    "paid": "1200.00",
    "paid_in_full_on": "2026-03-31",
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="POST",
        path="/companies/{company}/payments/sync",
        name="sync_payments",
        tag=TAG,
        summary="Show in ConnectWise what is paid in Sage",
        description="Doing it again writes nothing; `dry_run` answers the plan.",
        query=ApplyAsked,
        body=SyncAsked,
        sent={"app": "psa", "since": "last", "way": "fast"},
        headers=("prefer",),
        problems=(410,),
        answer=sync,
        goes_on=_gone_on,
        shown=SyncDone,
        others={ACCEPTED: SyncDone},
        example=_DONE,
    ),
    Route(
        verb="GET",
        path=SYNCS,
        name="list_syncs",
        tag=TAG,
        summary="List syncs of payments, the newest first",
        query=SyncsAsked,
        answer=list_,
        shown=SyncPage,
        example={"items": [_SYNC], "next": None},
    ),
    Route(
        verb="GET",
        path=f"{SYNCS}/{{sync}}",
        name="get_sync",
        tag=TAG,
        summary="Show a sync of payments",
        places=PLACES,
        answer=get,
        shown=SyncShown,
        example=_SYNC,
    ),
    Route(
        verb="GET",
        path=f"{SYNCS}/{{sync}}/invoices",
        name="list_sync_invoices",
        tag=TAG,
        summary="List what a sync found of each invoice",
        query=Paged,
        places=PLACES,
        answer=invoices,
        shown=SyncInvoices,
        example={"items": [_INVOICE], "next": None},
    ),
)
