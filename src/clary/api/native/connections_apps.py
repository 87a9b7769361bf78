"""Routes of apps: the other systems that companies are worked with."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from clary.api.native import paging
from clary.api.native.calls import CREATED, Call, Reply
from clary.api.native.changing import IF_MATCH, require_version, tagged
from clary.api.native.connections import ConnectionChanged, SettingsAdded, as_asked, stated
from clary.api.native.routes import Route
from clary.api.native.scope import require_seen
from clary.api.native.values import Asked, FindingShown, Name, Paged, Shown, Writing
from clary.hub.services import apps as service
from clary.kernel.clock import timestamp
from clary.kernel.masking import MASK

TAG: Final = "apps"
APPS: Final = "/apps"
ONE: Final = "/apps/{app}"
PLACES: Final = {"app": "psa"}


class AppAdded(SettingsAdded):
    """An app to connect."""

    name: Name
    kind: Name = Field(description="What kind of app it is, such as connectwise.")


class AppShown(Shown):
    """The connection of an app; secrets are masked."""

    name: str
    kind: str
    title: str
    settings: dict[str, str]
    identity: str | None
    created_at: str
    updated_at: str
    stored: bool = Field(description="False where it is only what would be stored.")
    greeting: str = Field(description="What answered when it was logged on to.")


class Apps(Shown):
    """A page of apps."""

    items: list[AppShown]
    next: str | None


class AppTested(Asked):
    """Parameters of the test of an app."""

    company: Name | None = Field(
        default=None,
        description="The company that is posted into: its accounts are looked at, too.",
        examples=["acme"],
    )


class AppCheckShown(Shown):
    """One thing that was looked at."""

    name: str
    state: str
    ok: bool
    found: str
    remedy: str
    findings: list[FindingShown]


class AppChecksShown(Shown):
    """What was looked at, one thing after the other."""

    name: str
    ok: bool
    checks: list[AppCheckShown]


def _version(answer: service.AppAnswer) -> str:
    return timestamp(answer.connection.updated_at)


def _shown(answer: service.AppAnswer, status: int = 200, **headers: str) -> Reply:
    return tagged(answer.as_dict(), _version(answer), status, **headers)


def list_(call: Call) -> Reply:
    """List the connected apps."""
    limit = call.query(Paged).limit
    last = paging.one_of(call.after(), str) or ""
    found = service.list_apps(call.installation, last, limit + 1)
    items, end = paging.page_of(found, limit, lambda each: [each.connection.name])
    return call.paged([each.as_dict() for each in items], end)


def add(call: Call) -> Reply:
    """Connect an app."""
    asked = call.body(AppAdded)
    with as_asked():
        answer = service.add_app(
            call.installation,
            asked.name,
            asked.kind,
            stated(asked.settings, asked.secrets),
            dry_run=call.query(Writing).dry_run,
        )
    if not answer.stored:
        return Reply.of(answer.as_dict())
    return _shown(answer, CREATED, Location=f"{call.root}/apps/{answer.connection.name}")


def get(call: Call) -> Reply:
    """Show the connection of an app."""
    return _shown(service.show_app(call.installation, call["app"]))


def change(call: Call) -> Reply:
    """Change the connection of an app."""
    asked = call.body(ConnectionChanged)
    _require(call)
    with as_asked():
        answer = service.change_app(
            call.installation,
            call["app"],
            stated(asked.settings, asked.secrets),
            relink=asked.relink,
            dry_run=call.query(Writing).dry_run,
        )
    return _shown(answer) if answer.stored else Reply.of(answer.as_dict())


def remove(call: Call) -> Reply:
    """Forget the connection of an app."""
    _require(call)
    is_dry = call.query(Writing).dry_run
    return Reply.of(service.remove_app(call.installation, call["app"], dry_run=is_dry).as_dict())


def _require(call: Call) -> None:
    require_version(
        call,
        f"app {call['app']}",
        lambda: _version(service.show_app(call.installation, call["app"])),
    )


def test(call: Call) -> Reply:
    """Look at everything that must be right before an app is worked with."""
    company = call.query(AppTested).company
    if company is not None:
        require_seen(call.installation, {"company": company})
    return Reply.of(service.check_app(call.installation, call["app"], company).as_dict())


_EXAMPLE: Final = {
    "name": "psa",
    "kind": "connectwise",
    "title": "demo",
    "settings": {"site": "na.example.com", "company": "demo", "private_key": MASK},
    "identity": "https://na.example.com/demo",
    "created_at": "2026-03-31T12:00:00.000000Z",
    "updated_at": "2026-03-31T12:00:00.000000Z",
    "stored": True,
    "greeting": "",
}
_CHECK: Final = {
    "name": "log on",
    "state": "ok",
    "ok": True,
    "found": "version 2025.1",
    "remedy": "",
    "findings": [],
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=APPS,
        name="list_apps",
        tag=TAG,
        summary="List the connected apps",
        query=Paged,
        answer=list_,
        shown=Apps,
        example={"items": [_EXAMPLE], "next": None},
    ),
    Route(
        verb="POST",
        path=APPS,
        name="add_app",
        tag=TAG,
        summary="Connect an app",
        description="It is logged on to before it is stored, and pinned to what answers.",
        query=Writing,
        body=AppAdded,
        sent={
            "name": "psa",
            "kind": "connectwise",
            "settings": {
                "site": "na.example.com",
                "company": "demo",
                "client_id": "my-program",
                "public_key": "public",
            },
            "secrets": {"private_key": MASK},
        },
        answer=add,
        shown=AppShown,
        status=CREATED,
        others={200: AppShown},
        example=_EXAMPLE,
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_app",
        tag=TAG,
        summary="Show the connection of an app",
        answer=get,
        places=PLACES,
        shown=AppShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="PATCH",
        path=ONE,
        name="change_app",
        tag=TAG,
        summary="Change the connection of an app",
        query=Writing,
        body=ConnectionChanged,
        sent={"settings": {"timeout": "60", "member": None}},
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=change,
        shown=AppShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="DELETE",
        path=ONE,
        name="remove_app",
        tag=TAG,
        summary="Forget the connection of an app",
        description="The app itself stays as it is; the secrets are forgotten.",
        query=Writing,
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=remove,
        shown=AppShown,
        example={**_EXAMPLE, "stored": False},
    ),
    Route(
        verb="POST",
        path=f"{ONE}/test",
        name="test_app",
        tag=TAG,
        summary="Look at everything that must be right before an app is worked with",
        query=AppTested,
        places=PLACES,
        answer=test,
        shown=AppChecksShown,
        example={"name": "psa", "ok": True, "checks": [_CHECK]},
    ),
)
