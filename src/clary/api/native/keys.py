"""Routes of API keys: made, shown once, and revoked."""

from __future__ import annotations

from typing import Annotated, Final

from pydantic import Field

from clary.api.native.calls import CREATED, Call, Reply
from clary.api.native.routes import Route
from clary.api.native.schedules import Moment
from clary.api.native.shown import AT
from clary.api.native.users import RoleName
from clary.api.native.values import Asked, Flag, Name, Paged, Shown, Writing
from clary.api.native.whole_lists import page_of_all
from clary.hub.access import Role
from clary.hub.services import keys as service
from clary.kernel.clock import timestamp

TAG: Final = "keys"
KEYS: Final = "/keys"
ONE: Final = "/keys/{name}"
PLACES: Final = {"name": "webshop"}


class KeyAdded(Asked):
    """A key to make."""

    name: Name
    role: RoleName = "operator"
    companies: Annotated[list[Name], Field(min_length=1, max_length=1000)] | None = Field(
        default=None, description="The companies it is for; all of them if none is stated."
    )
    expires_at: Moment | None = Field(default=None, description="When it ends; never if none.")


class KeysAsked(Paged):
    """Parameters of the list of keys."""

    revoked: Flag = Field(default=False, description="List those that were revoked, too.")


class KeyShown(Shown):
    """A key, without its text."""

    name: str
    public: str = Field(description="Its public part, by which a key that was found is known.")
    role: str
    companies: list[str] | None
    author: str
    created_at: str
    expires_at: str | None
    revoked_at: str | None
    used_at: str | None


class KeyMade(KeyShown):
    """A key that was just made; its text is shown this once."""

    key: str | None = Field(description="The key: keep it now. None for a dry run.")


class Keys(Shown):
    """A page of keys."""

    items: list[KeyShown]
    next: str | None


def list_(call: Call) -> Reply:
    """List keys by name."""
    found = service.list_keys(call.installation, revoked=call.query(KeysAsked).revoked)
    items, end = page_of_all(call, found, _place)
    return call.paged([each.as_dict() for each in items], end)


def _place(answer: service.KeyAnswer) -> list[str]:
    return [answer.name.casefold(), timestamp(answer.created_at)]


def add(call: Call) -> Reply:
    """Make a key."""
    asked = call.body(KeyAdded)
    is_dry = call.query(Writing).dry_run
    answer = service.add_key(
        call.installation,
        asked.name,
        Role(asked.role),
        asked.companies,
        asked.expires_at,
        dry_run=is_dry,
    )
    shown = {**answer.as_dict(), "key": answer.key}
    return Reply.of(shown, 200 if is_dry else CREATED)


def revoke(call: Call) -> Reply:
    """Take a key out of force."""
    is_dry = call.query(Writing).dry_run
    return Reply.of(service.revoke_key(call.installation, call["name"], dry_run=is_dry).as_dict())


_EXAMPLE: Final = {
    "name": "webshop",
    "public": "Ab3dE6gH9jK2",
    "role": "operator",
    "companies": ["acme"],
    "author": "ada",
    "created_at": AT,
    "expires_at": None,
    "revoked_at": None,
    "used_at": None,
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=KEYS,
        name="list_keys",
        tag=TAG,
        summary="List keys; none of them is shown whole",
        query=KeysAsked,
        answer=list_,
        shown=Keys,
        example={"items": [_EXAMPLE], "next": None},
    ),
    Route(
        verb="POST",
        path=KEYS,
        name="add_key",
        tag=TAG,
        summary="Make a key, and show it once",
        description="Keep it now: no later answer shows it, not even to the same Idempotency-Key.",
        query=Writing,
        body=KeyAdded,
        sent={"name": "webshop", "role": "operator", "companies": ["acme"]},
        answer=add,
        shown=KeyMade,
        status=CREATED,
        others={200: KeyMade},
        example={**_EXAMPLE, "key": "clary_Ab3dE6gH9jK2_…"},
        is_secret=True,
    ),
    Route(
        verb="DELETE",
        path=ONE,
        name="revoke_key",
        tag=TAG,
        summary="Take a key out of force",
        description="The next request with it is refused.",
        query=Writing,
        places=PLACES,
        answer=revoke,
        shown=KeyShown,
        example={**_EXAMPLE, "revoked_at": AT},
    ),
)
