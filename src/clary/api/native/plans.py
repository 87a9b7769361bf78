"""Routes of plans: what would be done, what stands against it, approving it and doing it."""

from __future__ import annotations

from itertools import islice
from typing import Final

from pydantic import Field

from clary.api.native import paging
from clary.api.native.calls import OK, Call, Reply
from clary.api.native.routes import Route
from clary.api.native.scope import require_seen
from clary.api.native.shown import (
    AT,
    EXAMPLE_OPERATION,
    EXAMPLE_PLAN,
    PLAN,
    OperationShown,
    PlanRowShown,
    PlanShown,
)
from clary.api.native.values import FindingShown, Name, Paged, Shown, Writing
from clary.api.native.working import ApplyAsked, done, gone_on, told
from clary.hub.access import Role
from clary.hub.services import approving
from clary.hub.services import plans as service

TAG: Final = "plans"
PLANS: Final = "/plans"
ONE: Final = "/plans/{plan}"


class PlansAsked(Paged):
    """Parameters of the list of plans."""

    company: Name | None = Field(
        default=None, description="Only those of this company.", examples=["acme"]
    )


class PlansShown(Shown):
    """A page of plans."""

    items: list[PlanShown]
    next: str | None


class PlanRows(Shown):
    """A page of what a plan does."""

    items: list[PlanRowShown]
    next: str | None


class PlanFindings(Shown):
    """A page of what stands against a plan."""

    items: list[FindingShown]
    next: str | None


class ApprovalShown(Shown):
    """Whether a plan needs an approval, and who gave it."""

    plan: str
    company: str
    author: str
    amount: str | None = Field(description="What it comes to; none where that cannot be told.")
    limit: str | None
    needed: bool
    approver: str | None
    approved_at: str | None


def list_(call: Call) -> Reply:
    """List plans, the newest first."""
    asked = call.query(PlansAsked)
    if asked.company is not None:
        require_seen(call.installation, {"company": asked.company})
    last = paging.one_of(call.after(), str)
    found = service.list_plans(call.installation, asked.company, asked.limit + 1, last)
    items, end = paging.page_of(found, asked.limit, lambda each: [each.plan.id])
    return call.paged([each.as_dict() for each in items], end)


def get(call: Call) -> Reply:
    """Show a plan."""
    return Reply.of(service.show_plan(call.installation, call["plan"]).as_dict())


def rows(call: Call) -> Reply:
    """List what a plan does, document by document."""
    limit = call.query(Paged).limit
    last = paging.one_of(call.after(), int) or 0
    found = list(service.plan_rows(call.installation, call["plan"], last, limit + 1))
    items, end = paging.page_of(found, limit, lambda each: [each.number])
    return call.paged([each.as_dict() for each in items], end)


def findings(call: Call) -> Reply:
    """List what stands against a plan."""
    limit = call.query(Paged).limit
    last = paging.one_of(call.after(), int) or 0
    found = service.plan_findings(call.installation, call["plan"], limit + 1, last)
    listed = list(islice(found, limit + 1))
    return call.paged(told(listed[:limit]), [last + limit] if len(listed) > limit else None)


def apply(call: Call) -> Reply:
    """Do what a plan says."""
    planned = service.show_plan(call.installation, call["plan"])
    call.installation.access.require(Role.OPERATOR, planned.plan.header.company)
    return done(call, planned)


def approval(call: Call) -> Reply:
    """Show whether a plan needs an approval, and who gave it."""
    return Reply.of(approving.approval_of(call.installation, call["plan"]).as_dict())


def approve(call: Call) -> Reply:
    """Approve a plan that someone else made."""
    is_dry = call.query(Writing).dry_run
    found = approving.approve_plan(call.installation, call["plan"], dry_run=is_dry)
    return Reply.of(found.as_dict(), OK)


_EXAMPLE_ROW: Final = {
    "number": 1,
    "document": "1",
    "record_type": "customer",
    "key": None,
    "action": "create",
    "rejected": False,
    "fields": [{"field": "id", "before": None, "after": "ACME"}],
    "findings": [],
    "tracked": {},
}
_EXAMPLE_FINDING: Final = {
    "code": "FIELD_REQUIRED",
    "severity": "error",
    "record": "customer #1",
    "field": "id",
    "message": "ID is missing.",
    "remedy": "State it.",
}
_EXAMPLE_APPROVAL: Final = {
    "plan": PLAN,
    "company": "acme",
    "author": "key shop",
    "amount": "1200.00",
    "limit": "1000.00",
    "needed": True,
    "approver": "ann",
    "approved_at": AT,
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=PLANS,
        name="list_plans",
        tag=TAG,
        summary="List plans, the newest first",
        query=PlansAsked,
        answer=list_,
        shown=PlansShown,
        example={"items": [EXAMPLE_PLAN], "next": None},
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_plan",
        tag=TAG,
        summary="Show a plan",
        answer=get,
        shown=PlanShown,
        example=EXAMPLE_PLAN,
    ),
    Route(
        verb="GET",
        path=f"{ONE}/rows",
        name="list_plan_rows",
        tag=TAG,
        summary="List what a plan does, document by document",
        query=Paged,
        problems=(410,),
        answer=rows,
        shown=PlanRows,
        example={"items": [_EXAMPLE_ROW], "next": None},
    ),
    Route(
        verb="GET",
        path=f"{ONE}/findings",
        name="list_plan_findings",
        tag=TAG,
        summary="List what stands against a plan",
        query=Paged,
        answer=findings,
        shown=PlanFindings,
        example={"items": [_EXAMPLE_FINDING], "next": None},
    ),
    Route(
        verb="POST",
        path=f"{ONE}/apply",
        name="apply_plan",
        tag=TAG,
        summary="Do what a plan says",
        description="Each document is done once, however often this is asked for.",
        query=ApplyAsked,
        headers=("prefer",),
        problems=(410,),
        answer=apply,
        goes_on=gone_on,
        shown=OperationShown,
        others={202: OperationShown},
        example=EXAMPLE_OPERATION,
    ),
    Route(
        verb="GET",
        path=f"{ONE}/approval",
        name="get_approval",
        tag=TAG,
        summary="Show whether a plan needs an approval, and who gave it",
        problems=(410,),
        answer=approval,
        shown=ApprovalShown,
        example=_EXAMPLE_APPROVAL,
    ),
    Route(
        verb="POST",
        path=f"{ONE}/approval",
        name="approve_plan",
        tag=TAG,
        summary="Approve a plan that someone else made",
        query=Writing,
        problems=(410,),
        answer=approve,
        shown=ApprovalShown,
        example=_EXAMPLE_APPROVAL,
    ),
)
