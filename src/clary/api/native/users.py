"""Routes of users: who may log on, and what they may do."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from clary.api.native.calls import CREATED, Call, Reply
from clary.api.native.changing import IF_MATCH, require_version, tagged
from clary.api.native.routes import Route
from clary.api.native.shown import AT
from clary.api.native.values import Asked, Name, Paged, Shown, Writing
from clary.api.native.whole_lists import page_of_all
from clary.hub.access import Role
from clary.hub.services import users as service
from clary.kernel.clock import timestamp
from clary.kernel.masking import MASK

TAG: Final = "users"
USERS: Final = "/users"
ONE: Final = "/users/{user}"
PLACES: Final = {"user": "ada"}

RoleName = Literal["viewer", "operator", "approver", "admin"]
Secret = Annotated[str, Field(max_length=1024)]
Roles = Annotated[dict[Name, RoleName | None], Field(max_length=1000)]


class UserAdded(Asked):
    """A user to add."""

    name: Name
    email: Annotated[str, Field(max_length=320)] | None = None
    password: Secret | None = Field(default=None, description="Never shown; none: no log-on yet.")
    role: RoleName | None = Field(default=None, description="For all companies.")
    companies: Roles = Field(default_factory=dict, description="Roles for single companies.")


class UserChanged(Asked):
    """What is to be changed; what is left out stays as it is."""

    email: Annotated[str, Field(max_length=320)] | None = Field(
        default=None, description="Empty forgets it."
    )
    password: Secret | None = None
    role: RoleName | Literal["none"] | None = Field(
        default=None, description="For all companies; `none` takes it away."
    )
    companies: Roles = Field(
        default_factory=dict, description="Roles for single companies; null takes one away."
    )
    disabled: bool | None = None


class UserShown(Shown):
    """A user; never the password."""

    name: str
    email: str | None
    role: str | None
    companies: dict[str, str]
    disabled: bool
    has_password: bool
    created_at: str
    updated_at: str
    stored: bool


class Users(Shown):
    """A page of users."""

    items: list[UserShown]
    next: str | None


def _version(answer: service.UserAnswer) -> str:
    return timestamp(answer.user.updated_at)


def _shown(answer: service.UserAnswer, status: int = 200, **headers: str) -> Reply:
    return tagged(answer.as_dict(), _version(answer), status, **headers)


def list_(call: Call) -> Reply:
    """List users by name."""
    items, end = page_of_all(call, service.list_users(call.installation), _place)
    return call.paged([each.as_dict() for each in items], end)


def _place(answer: service.UserAnswer) -> list[str]:
    return [answer.user.name.casefold()]


def add(call: Call) -> Reply:
    """Add a user."""
    asked = call.body(UserAdded)
    wanted = service.UserChange(
        email=asked.email,
        password=asked.password,
        role=None if asked.role is None else Role(asked.role),
        roles=_roles(asked.companies),
    )
    answer = service.add_user(
        call.installation, asked.name, wanted, dry_run=call.query(Writing).dry_run
    )
    if not answer.stored:
        return Reply.of(answer.as_dict())
    return _shown(answer, CREATED, Location=f"{call.root}/users/{answer.user.name}")


def _roles(stated: dict[str, RoleName | None]) -> dict[str, Role | None]:
    return {name: None if role is None else Role(role) for name, role in stated.items()}


def get(call: Call) -> Reply:
    """Show a user."""
    return _shown(service.show_user(call.installation, call["user"]))


def change(call: Call) -> Reply:
    """Change a user."""
    asked = call.body(UserChanged)
    _require(call)
    wanted = service.UserChange(
        email=asked.email,
        password=asked.password,
        role=None if asked.role in (None, "none") else Role(asked.role),
        no_role=asked.role == "none",
        roles=_roles(asked.companies),
        disabled=asked.disabled,
    )
    answer = service.change_user(
        call.installation, call["user"], wanted, dry_run=call.query(Writing).dry_run
    )
    return _shown(answer) if answer.stored else Reply.of(answer.as_dict())


def remove(call: Call) -> Reply:
    """Remove a user."""
    _require(call)
    is_dry = call.query(Writing).dry_run
    return Reply.of(service.remove_user(call.installation, call["user"], dry_run=is_dry).as_dict())


def _require(call: Call) -> None:
    require_version(
        call,
        f"user {call['user']}",
        lambda: _version(service.show_user(call.installation, call["user"])),
    )


_EXAMPLE: Final = {
    "name": "ada",
    "email": "ada@example.com",
    "role": "viewer",
    "companies": {"acme": "approver"},
    "disabled": False,
    "has_password": True,
    "created_at": AT,
    "updated_at": AT,
    "stored": True,
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=USERS,
        name="list_users",
        tag=TAG,
        summary="List users",
        query=Paged,
        answer=list_,
        shown=Users,
        example={"items": [_EXAMPLE], "next": None},
    ),
    Route(
        verb="POST",
        path=USERS,
        name="add_user",
        tag=TAG,
        summary="Add a user",
        query=Writing,
        body=UserAdded,
        sent={"name": "ada", "email": "ada@example.com", "password": MASK, "role": "viewer"},
        answer=add,
        shown=UserShown,
        status=CREATED,
        others={200: UserShown},
        example=_EXAMPLE,
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_user",
        tag=TAG,
        summary="Show a user",
        places=PLACES,
        answer=get,
        shown=UserShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="PATCH",
        path=ONE,
        name="change_user",
        tag=TAG,
        summary="Change a user",
        query=Writing,
        body=UserChanged,
        sent={"companies": {"acme": "approver"}},
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=change,
        shown=UserShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="DELETE",
        path=ONE,
        name="remove_user",
        tag=TAG,
        summary="Remove a user",
        description="What they did stays in the audit trail.",
        query=Writing,
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=remove,
        shown=UserShown,
        example={**_EXAMPLE, "stored": False},
    ),
)
