"""Routes of the work that waits for companies: why it waits, and going on with it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from pydantic import Field

from clary.api.native.calls import Call, Reply
from clary.api.native.routes import Route
from clary.api.native.shown import AT, WorkItemShown
from clary.api.native.values import Paged, Shown, Writing
from clary.api.native.whole_lists import page_of_all
from clary.hub.services import working as service
from clary.hub.services.applying import Waiting
from clary.hub.services.dropping import drop_work
from clary.hub.services.queueing import PATIENCE
from clary.hub.telling import reason_outside
from clary.kernel.change import Body, JsonValue
from clary.ledger.nested import entries_of

TAG: Final = "work"
ONE: Final = "/companies/{company}/work"
_NUMBER: Final = re.compile("[0-9]{1,15}")


class LaneShown(Shown):
    """How the work of one company stands."""

    company: str
    waiting: int
    parked: int = Field(description="Pieces that were set aside for a person.")
    reason_code: str | None = Field(description="Why all of it waits.")
    reason: str | None
    waiting_since: str | None
    next_look_at: str | None
    paused_by: str | None
    paused_at: str | None
    working: str | None = Field(description="Who works on it.")
    drained_at: str | None
    items: list[WorkItemShown]


class Lanes(Shown):
    """A page of companies that ever had work."""

    items: list[LaneShown]
    next: str | None


def list_(call: Call) -> Reply:
    """List how the work of every company stands."""
    items, end = page_of_all(call, service.list_work(call.installation), _place)
    return call.paged([_told(each) for each in items], end)


def _place(answer: service.LaneAnswer) -> list[str]:
    return [answer.lane.company.casefold()]


def get(call: Call) -> Reply:
    """Show the work of a company."""
    limit = call.query(Paged).limit
    (found,) = service.list_work(call.installation, call["company"], limit)
    return Reply.of(_told(found))


def pause(call: Call) -> Reply:
    """Begin nothing more for a company."""
    return _changed(call, service.pause_work)


def resume(call: Call) -> Reply:
    """Go on with a company."""
    return _changed(call, service.resume_work)


def retry(call: Call) -> Reply:
    """Put back what was set aside."""
    return _changed(call, service.retry_work)


def drop(call: Call) -> Reply:
    """Drop what is not to be done any more."""
    dry_run = call.query(Writing).dry_run
    number = int(call["number"]) if _NUMBER.fullmatch(call["number"]) else 0
    waiting = Waiting(patience=PATIENCE)
    dropped = drop_work(call.installation, call["company"], number, waiting, dry_run=dry_run)
    return Reply.of(_told(dropped.lane))


def _changed(call: Call, change: Callable[..., service.LaneAnswer]) -> Reply:
    dry_run = call.query(Writing).dry_run
    return Reply.of(_told(change(call.installation, call["company"], dry_run=dry_run)))


def _told(answer: service.LaneAnswer) -> Body:
    """Return how work stands, without what only the operator of the server may know."""
    told = answer.as_dict()
    shown = [told, *entries_of(told["items"])]
    lane, *items = ({**each, "reason": _reason(each)} for each in shown)
    return {**lane, "items": list(items)}


def _reason(shown: Mapping[str, JsonValue]) -> str | None:
    code, reason = (None if shown[n] is None else str(shown[n]) for n in ("reason_code", "reason"))
    return reason_outside(code, reason)


_EXAMPLE: Final = {
    "company": "acme",
    "waiting": 1,
    "parked": 0,
    "reason_code": "USER_NAME_IN_USE",
    "reason": "Sage is open under the user name Connector.",
    "waiting_since": AT,
    "next_look_at": AT,
    "paused_by": None,
    "paused_at": None,
    "working": None,
    "drained_at": AT,
    "items": [
        {
            "serial": 12,
            "kind": "push",
            "plan": None,
            "operation": "b1a7b0b5-7a0e-4b7e-9d4f-6c1f2d3e4a5b",
            "state": "waiting",
            "reason_code": None,
            "reason": None,
            "accepted_at": AT,
            "attempts": 0,
        }
    ],
}
_CHANGES: Final = (
    ("pause", pause, "Begin nothing more for a company until it is resumed"),
    ("resume", resume, "Go on with a company that was paused, or look at one that waits at once"),
    ("retry", retry, "Put back what was set aside for a person, in its old place"),
)

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path="/work",
        name="list_work",
        tag=TAG,
        summary="List how the work of every company stands, and why it waits",
        query=Paged,
        answer=list_,
        shown=Lanes,
        example={"items": [{**_EXAMPLE, "items": []}], "next": None},
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_work",
        tag=TAG,
        summary="Show the work of a company, piece by piece",
        description="What was set aside comes first, then what waits, in order; `limit` pieces.",
        query=Paged,
        answer=get,
        shown=LaneShown,
        example=_EXAMPLE,
    ),
    *(
        Route(
            verb="POST",
            path=f"{ONE}/{verb}",
            name=f"{verb}_work",
            tag=TAG,
            summary=summary,
            query=Writing,
            answer=answer,
            shown=LaneShown,
            example=_EXAMPLE,
        )
        for verb, answer, summary in _CHANGES
    ),
    Route(
        verb="DELETE",
        path=f"{ONE}/{{number}}",
        name="drop_work",
        tag=TAG,
        summary="Drop a piece of work that waits or was set aside",
        description=(
            "What was pushed ends as failed, and says who dropped it; a plan stays, and can be"
            " applied again. What is or may be in the books already is not dropped (409)."
        ),
        query=Writing,
        places={"number": "12"},
        answer=drop,
        shown=LaneShown,
        example={**_EXAMPLE, "waiting": 0, "items": []},
    ),
)
