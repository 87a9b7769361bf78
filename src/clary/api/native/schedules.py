"""Routes of schedules: what is done again and again, and what came of it last."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from clary.api.native import paging
from clary.api.native.calls import ACCEPTED, CREATED, Call, Reply
from clary.api.native.changing import IF_MATCH, require_version, tagged, version_of
from clary.api.native.connections import Changes, Values
from clary.api.native.routes import Route
from clary.api.native.scope import require_seen
from clary.api.native.shown import AT
from clary.api.native.values import Asked, Name, Paged, Shown, Writing
from clary.hub import scheduled_kinds
from clary.hub.services import schedules as service

TAG: Final = "schedules"
SCHEDULES: Final = "/schedules"
ONE: Final = "/schedules/{schedule}"
PLACES: Final = {"schedule": "nightly"}


def _moment(value: object) -> object:
    if isinstance(value, str):
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is not None and found.tzinfo is not None:
            return found
    message = "it is no moment with a time zone, such as 2026-01-31T02:00:00Z"
    raise ValueError(message)


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment with its time zone, such as 2026-01-31T02:00:00Z."""
Interval = Annotated[
    str, Field(max_length=20, description="1m to 31d: minutes, hours or days.", examples=["15m"])
]


class ScheduleAdded(Asked):
    """Work to be done again and again."""

    name: Name
    kind: Name = Field(description="What is done: one of GET /schedule-kinds.")
    company: Name
    every: Interval = "15m"
    settings: Values = Field(default_factory=dict, description="Settings of the kind, by name.")
    paused: bool = False
    first_run_at: Moment | None = Field(
        default=None, description="When it comes first; later times are reckoned from there."
    )


class ScheduleChanged(Asked):
    """What is to be changed; what is left out stays as it is."""

    every: Interval | None = None
    settings: Changes = Field(default_factory=dict, description="By name; null forgets one.")
    paused: bool | None = None
    next_run_at: Moment | None = Field(
        default=None, description="When it comes next; later times are reckoned from there."
    )


class SchedulesAsked(Paged):
    """Parameters of the list of schedules."""

    company: Name | None = Field(
        default=None, description="Only those of this company.", examples=["acme"]
    )


class LastShown(Shown):
    """What came of a schedule last."""

    standing: str = Field(description="new, waiting, succeeded, with errors or failed.")
    code: str | None
    message: str
    plan: str | None
    run: str | None
    ended_at: str | None


class ScheduleShown(Shown):
    """A schedule."""

    name: str
    company: str
    kind: str
    settings: dict[str, str]
    every: str
    next_run_at: str | None = Field(description="None while it is paused.")
    last_run_at: str | None
    author: str | None = Field(description="In whose name it is done.")
    paused_by: str | None
    paused_at: str | None
    last: LastShown
    stored: bool


class SchedulesShown(Shown):
    """A page of schedules."""

    items: list[ScheduleShown]
    next: str | None


class KindSetting(Shown):
    """A setting of a kind of schedule."""

    name: str
    meaning: str
    required: bool
    choices: list[str] = Field(description="The only values it takes; empty for any.")


class KindShown(Shown):
    """A kind of work that can be scheduled."""

    name: str
    meaning: str
    settings: list[KindSetting]


class KindsShown(Shown):
    """Every kind of work that can be scheduled."""

    items: list[KindShown]


def _version(answer: service.ScheduleAnswer) -> str:
    shown = answer.as_dict()
    return version_of({name: shown[name] for name in ("kind", "settings", "every", "paused_at")})


def _shown(answer: service.ScheduleAnswer, status: int = 200, **headers: str) -> Reply:
    return tagged(answer.as_dict(), _version(answer), status, **headers)


def list_(call: Call) -> Reply:
    """List schedules by name."""
    asked = call.query(SchedulesAsked)
    if asked.company is not None:
        require_seen(call.installation, {"company": asked.company})
    last = paging.one_of(call.after(), str) or ""
    found = service.list_schedules(call.installation, asked.company, last, asked.limit + 1)
    items, end = paging.page_of(found, asked.limit, lambda each: [each.schedule.name])
    return call.paged([each.as_dict() for each in items], end)


def kinds(_: Call) -> Reply:
    """List the kinds of work that can be scheduled."""
    items = [
        {
            "name": kind.name,
            "meaning": kind.meaning,
            "settings": [
                {
                    "name": each.name,
                    "meaning": each.meaning,
                    "required": each.required,
                    "choices": list(each.choices),
                }
                for each in kind.settings
            ],
        }
        for kind in scheduled_kinds.KINDS.values()
    ]
    return Reply.of({"items": items})


def add(call: Call) -> Reply:
    """Have work done again and again."""
    asked = call.body(ScheduleAdded)
    require_seen(call.installation, {"company": asked.company})
    wanted = service.ScheduleChange(
        every=asked.every,
        settings=list(asked.settings.items()),
        paused=asked.paused or None,
        first=asked.first_run_at,
    )
    answer = service.add_schedule(
        call.installation,
        asked.name,
        asked.kind,
        asked.company,
        wanted,
        dry_run=call.query(Writing).dry_run,
    )
    if not answer.stored:
        return Reply.of(answer.as_dict())
    return _shown(answer, CREATED, Location=f"{call.root}/schedules/{answer.schedule.name}")


def get(call: Call) -> Reply:
    """Show a schedule."""
    return _shown(service.show_schedule(call.installation, call["schedule"]))


def change(call: Call) -> Reply:
    """Change a schedule."""
    asked = call.body(ScheduleChanged)
    _require(call)
    wanted = service.ScheduleChange(
        every=asked.every,
        settings=[(name, text) for name, text in asked.settings.items() if text is not None],
        removed=[name for name, text in asked.settings.items() if text is None],
        paused=asked.paused,
        first=asked.next_run_at,
    )
    answer = service.change_schedule(
        call.installation, call["schedule"], wanted, dry_run=call.query(Writing).dry_run
    )
    return _shown(answer)


def remove(call: Call) -> Reply:
    """Forget a schedule."""
    _require(call)
    answer = service.remove_schedule(
        call.installation, call["schedule"], dry_run=call.query(Writing).dry_run
    )
    return Reply.of(answer.as_dict())


def run(call: Call) -> Reply:
    """Have the work of a schedule done now."""
    is_dry = call.query(Writing).dry_run
    answer = service.run_schedule(call.installation, call["schedule"], dry_run=is_dry)
    return _shown(answer, 200 if is_dry else ACCEPTED)


def _require(call: Call) -> None:
    require_version(
        call,
        f"schedule {call['schedule']}",
        lambda: _version(service.show_schedule(call.installation, call["schedule"])),
    )


_EXAMPLE: Final = {
    "name": "nightly",
    "company": "acme",
    "kind": "batch",
    "settings": {"app": "psa", "good_only": "yes"},
    "every": "1d",
    "next_run_at": AT,
    "last_run_at": None,
    "author": "key robot",
    "paused_by": None,
    "paused_at": None,
    "last": {
        "standing": "new",
        "code": None,
        "message": "It has not come yet.",
        "plan": None,
        "run": None,
        "ended_at": None,
    },
    "stored": True,
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path="/schedule-kinds",
        name="list_schedule_kinds",
        tag=TAG,
        summary="List the kinds of work that can be scheduled",
        answer=kinds,
        shown=KindsShown,
        example={"items": [{"name": "check", "meaning": "Can it be opened?", "settings": []}]},
    ),
    Route(
        verb="GET",
        path=SCHEDULES,
        name="list_schedules",
        tag=TAG,
        summary="List schedules, and what came of each last",
        query=SchedulesAsked,
        answer=list_,
        shown=SchedulesShown,
        example={"items": [_EXAMPLE], "next": None},
    ),
    Route(
        verb="POST",
        path=SCHEDULES,
        name="add_schedule",
        tag=TAG,
        summary="Have work done again and again",
        description="It is done in the name of the key that added it or changed it last.",
        query=Writing,
        body=ScheduleAdded,
        sent={
            "name": "nightly",
            "kind": "batch",
            "company": "acme",
            "every": "1d",
            "settings": {"app": "psa", "good_only": "yes"},
            "first_run_at": "2026-04-01T02:00:00Z",
        },
        answer=add,
        shown=ScheduleShown,
        status=CREATED,
        others={200: ScheduleShown},
        example=_EXAMPLE,
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_schedule",
        tag=TAG,
        summary="Show a schedule",
        places=PLACES,
        answer=get,
        shown=ScheduleShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="PATCH",
        path=ONE,
        name="change_schedule",
        tag=TAG,
        summary="Change a schedule, pause it or go on with it",
        query=Writing,
        body=ScheduleChanged,
        sent={"every": "12h", "paused": False},
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=change,
        shown=ScheduleShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="DELETE",
        path=ONE,
        name="remove_schedule",
        tag=TAG,
        summary="Forget a schedule",
        description="What it has done stays.",
        query=Writing,
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=remove,
        shown=ScheduleShown,
        example={**_EXAMPLE, "stored": False},
    ),
    Route(
        verb="POST",
        path=f"{ONE}/run",
        name="run_schedule",
        tag=TAG,
        summary="Have it done now, once, besides its times",
        description="It waits its turn among the other work of the company.",
        query=Writing,
        places=PLACES,
        answer=run,
        shown=ScheduleShown,
        status=ACCEPTED,
        others={200: ScheduleShown},
        example=_EXAMPLE,
    ),
)
