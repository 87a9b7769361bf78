"""Routes of stored settings: decisions for the installation or for one company."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from clary.api.native.calls import Call, Reply
from clary.api.native.changing import IF_MATCH, require_version, tagged, version_of
from clary.api.native.routes import Route
from clary.api.native.values import Asked, Name, Paged, Shown, Writing
from clary.api.native.whole_lists import page_of_all
from clary.hub.services import deciding as service

TAG: Final = "settings"
SETTINGS: Final = "/settings"
ONE: Final = "/settings/{setting}"
PLACES: Final = {"setting": "approval_amount"}


class SettingPlace(Asked):
    """Which setting is meant."""

    company: Name | None = Field(
        default=None, description="That of this company; of the installation if none."
    )


class SettingWriting(Writing):
    """Which setting is meant, and whether it is only tried."""

    company: Name | None = Field(
        default=None, description="That of this company; of the installation if none."
    )


class SettingChanged(Asked):
    """What is decided."""

    value: Annotated[str, Field(max_length=1000)]


class SettingShown(Shown):
    """A stored setting."""

    name: str
    meaning: str
    company: str | None
    value: str | None


class Settings(Shown):
    """A page of settings."""

    items: list[SettingShown]
    next: str | None


def list_(call: Call) -> Reply:
    """List settings by name."""
    items, end = page_of_all(call, service.list_decisions(call.installation), _place)
    return call.paged([each.as_dict() for each in items], end)


def _place(answer: service.DecisionAnswer) -> list[str]:
    return [answer.name, answer.company or ""]


def _shown(answer: service.DecisionAnswer) -> Reply:
    return tagged(answer.as_dict(), version_of({"value": answer.value}))


def get(call: Call) -> Reply:
    """Show a setting."""
    place = call.query(SettingPlace).company
    return _shown(service.show_decision(call.installation, call["setting"], place))


def put(call: Call) -> Reply:
    """Decide something."""
    return _changed(call, call.body(SettingChanged).value)


def forget(call: Call) -> Reply:
    """Forget what was decided."""
    return _changed(call, None)


def _changed(call: Call, value: str | None) -> Reply:
    asked = call.query(SettingWriting)
    name, installation = call["setting"], call.installation

    def version() -> str:
        before = service.show_decision(installation, name, asked.company)
        return version_of({"value": before.value})

    require_version(call, f"setting {name}", version)
    answer = service.change_decision(
        installation, name, value, asked.company, dry_run=asked.dry_run
    )
    return _shown(answer)


_EXAMPLE: Final = {
    "name": "approval_amount",
    "meaning": "plans above this amount need someone else's approval",
    "company": None,
    "value": "10000.00",
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=SETTINGS,
        name="list_settings",
        tag=TAG,
        summary="List settings, and what is decided",
        query=Paged,
        answer=list_,
        shown=Settings,
        example={"items": [_EXAMPLE], "next": None},
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_setting",
        tag=TAG,
        summary="Show a setting",
        query=SettingPlace,
        places=PLACES,
        answer=get,
        shown=SettingShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="PUT",
        path=ONE,
        name="put_setting",
        tag=TAG,
        summary="Decide something, for the installation or one company",
        query=SettingWriting,
        body=SettingChanged,
        sent={"value": "10000.00"},
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=put,
        shown=SettingShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="DELETE",
        path=ONE,
        name="forget_setting",
        tag=TAG,
        summary="Forget what was decided",
        query=SettingWriting,
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=forget,
        shown=SettingShown,
        example={**_EXAMPLE, "value": None},
    ),
)
