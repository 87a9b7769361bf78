"""Routes of notifications: who is told of what, by e-mail or webhook, and the mail server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final, Literal

from pydantic import Field

from clary.api.native import paging
from clary.api.native.calls import CREATED, Call, Reply
from clary.api.native.changing import IF_MATCH, require_version, tagged, version_of
from clary.api.native.routes import Route
from clary.api.native.shown import AT
from clary.api.native.values import Asked, FindingShown, Flag, Name, Paged, Shown, Writing
from clary.api.native.whole_lists import page_of_all
from clary.hub.happenings import KINDS
from clary.hub.services import notifications as service
from clary.hub.services import notifications_mail as mail
from clary.kernel.masking import MASK

TAG: Final = "notifications"
SUBSCRIPTIONS: Final = "/notifications"
ONE: Final = "/notifications/{notification}"
SERVER: Final = "/mail-server"
PLACES: Final = {"notification": "office"}

Address = Annotated[str, Field(min_length=1, max_length=2000)]
Addresses = Annotated[list[Address], Field(max_length=20)]
Kinds = Annotated[list[Name], Field(max_length=50)]
Secret = Annotated[str, Field(max_length=1024)]


class SubscriptionChanged(Asked):
    """What a notification is to be; what is left out stays as it is."""

    to: Addresses | None = Field(default=None, description="E-mail addresses.")
    webhook: Address | None = Field(
        default=None, description="URL that takes signed messages, in place of e-mail."
    )
    about: Kinds | None = Field(
        default=None, description="What to tell of: kinds of GET /notification-kinds, or `all`."
    )
    companies: Annotated[list[Name], Field(max_length=1000)] | None = Field(
        default=None, description="Only these companies; empty is all that the owner may see."
    )
    daily_at: Annotated[str, Field(max_length=5)] | None = Field(
        default=None, description="Once a day at this time, such as 07:30; empty tells at once."
    )
    zone: Name | None = Field(default=None, description="Time zone, such as Europe/London.")
    busy_minutes: Annotated[int, Field(ge=1, le=10_080)] | None = Field(
        default=None, description="How long a company is busy before that is told."
    )
    owner: Name | None = Field(default=None, description="User whose rights bound what it tells.")
    paused: bool | None = None

    def wanted(self) -> service.Wanted:
        """Return it as the services take it."""
        return service.Wanted(
            to=_tuple(self.to),
            webhook=self.webhook,
            about=_tuple(self.about),
            companies=_tuple(self.companies),
            daily_at=self.daily_at,
            zone=self.zone,
            busy_minutes=self.busy_minutes,
            owner=self.owner,
            paused=self.paused,
        )


def _tuple(stated: Sequence[str] | None) -> tuple[str, ...] | None:
    return None if stated is None else tuple(stated)


class SubscriptionAdded(SubscriptionChanged):
    """A notification to make."""

    name: Name


class SubscriptionShown(Shown):
    """Who is told of what."""

    name: str
    owner: str
    channel: str = Field(description="mail or webhook.")
    targets: list[str]
    about: list[str] | None
    companies: list[str] | None
    daily_at: str | None
    zone: str
    busy_minutes: int
    paused: bool
    next_digest_at: str | None
    gathered: int = Field(default=0, description="What the next message will tell of.")
    waiting: int = Field(default=0, description="Messages that wait.")
    given_up: int = 0
    delivered_at: str | None = None
    problem_code: str | None = None
    problem: str | None = None
    stored: bool


class SubscriptionMade(SubscriptionShown):
    """Who is told of what, with what messages are signed with: shown this once."""

    secret: str | None = None


class SubscriptionPage(Shown):
    """A page of notifications."""

    items: list[SubscriptionShown]
    next: str | None


class TrialShown(Shown):
    """What became of a trial message to one address."""

    target: str
    delivered: bool
    problem: FindingShown | None


class Trials(Shown):
    """What became of trial messages."""

    items: list[TrialShown]


class HappeningKind(Shown):
    """Something that people may be told of."""

    name: str
    meaning: str


class HappeningKinds(Shown):
    """Everything that people may be told of."""

    items: list[HappeningKind]


class MessagesAsked(Paged):
    """Parameters of the list of messages."""

    notification: Name | None = Field(default=None, description="Only those of this one.")


class MessageShown(Shown):
    """A message."""

    id: str
    subscription: str
    kind: str
    target: str
    subject: str
    happenings: int
    state: str
    attempts: int
    next_at: str | None
    reason_code: str | None
    reason: str | None
    created_at: str
    ended_at: str | None


class Messages(Shown):
    """A page of messages, the newest first."""

    items: list[MessageShown]
    next: str | None


class MailServerWriting(Writing):
    """Parameters of a change of the mail server."""

    check: Flag = Field(default=True, description="Log on to it first; store nothing if it fails.")


class MailServerChanged(Asked):
    """The mail server; what is left out stays as it is."""

    host: Name | None = None
    port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    security: Literal["none", "starttls", "tls"] | None = None
    user: Annotated[str, Field(max_length=320)] | None = Field(
        default=None, description="Empty logs on as nobody and forgets the password."
    )
    password: Secret | None = Field(default=None, description="Never shown.")
    sender: Annotated[str, Field(max_length=320)] | None = None


class MailServerShown(Shown):
    """The mail server; never its password."""

    host: str | None
    port: int | None = None
    security: str | None = None
    user: str | None = None
    sender: str | None = None
    has_password: bool
    stored: bool


_CHANGEABLE: Final = (
    "owner",
    "targets",
    "about",
    "companies",
    "daily_at",
    "zone",
    "busy_minutes",
    "paused",
)


def _version(shown: Mapping[str, Any]) -> str:
    return version_of({name: shown.get(name) for name in _CHANGEABLE})


def _current(call: Call) -> str:
    found = service.show_subscription(call.installation, call["notification"])
    return _version(found.as_dict())


def _shown(answer: service.SubscriptionAnswer, status: int = 200, **headers: str) -> Reply:
    shown = answer.as_dict()
    return tagged(shown, _version(shown), status, **headers)


def kinds(_: Call) -> Reply:
    """List what people may be told of."""
    items = [{"name": kind.value, "meaning": about.meaning} for kind, about in KINDS.items()]
    return Reply.of({"items": items})


def list_(call: Call) -> Reply:
    """List notifications by name."""
    found = sorted(service.list_subscriptions(call.installation), key=_place)
    items, end = page_of_all(call, found, _place)
    return call.paged([each.as_dict() for each in items], end)


def _place(answer: service.SubscriptionAnswer) -> list[str]:
    return [answer.subscription.name.casefold()]


def add(call: Call) -> Reply:
    """Tell someone of what happens from now on."""
    asked = call.body(SubscriptionAdded)
    is_dry = call.query(Writing).dry_run
    answer = service.subscribe(call.installation, asked.name, asked.wanted(), dry_run=is_dry)
    if is_dry:
        return Reply.of(answer.as_dict())
    where = f"{call.root}/notifications/{answer.subscription.name}"
    return _shown(answer, CREATED, Location=where)


def get(call: Call) -> Reply:
    """Show a notification."""
    return _shown(service.show_subscription(call.installation, call["notification"]))


def change(call: Call) -> Reply:
    """Change a notification."""
    asked = call.body(SubscriptionChanged)
    require_version(call, f"notification {call['notification']}", lambda: _current(call))
    answer = service.modify_subscription(
        call.installation,
        call["notification"],
        asked.wanted(),
        dry_run=call.query(Writing).dry_run,
    )
    return _shown(answer)


def remove(call: Call) -> Reply:
    """Tell nobody any more."""
    require_version(call, f"notification {call['notification']}", lambda: _current(call))
    is_dry = call.query(Writing).dry_run
    answer = service.unsubscribe(call.installation, call["notification"], dry_run=is_dry)
    return Reply.of(answer.as_dict())


def test(call: Call) -> Reply:
    """Send a trial message to every address now."""
    found = service.try_subscription(call.installation, call["notification"])
    return Reply.of({"items": [each.as_dict() for each in found]})


def messages(call: Call) -> Reply:
    """List messages, the newest first."""
    asked = call.query(MessagesAsked)
    found = service.list_messages(
        call.installation, asked.notification, asked.limit + 1, _before(call.after())
    )
    items, end = paging.page_of(found, asked.limit, lambda each: [each.created_at, each.id])
    return call.paged([each.as_dict() for each in items], end)


def _before(position: Sequence[Any] | None) -> tuple[str, str] | None:
    match position:
        case None:
            return None
        case [str(made), str(last)]:
            return made, last
        case _:
            raise paging.CURSOR_INVALID.raised()


def get_server(call: Call) -> Reply:
    """Show the mail server."""
    shown = mail.show_mail_server(call.installation).as_dict()
    return tagged(shown, version_of(shown))


def change_server(call: Call) -> Reply:
    """Change the mail server."""
    asked, query = call.body(MailServerChanged), call.query(MailServerWriting)
    _require_server(call)
    wanted = mail.ServerWanted(**asked.model_dump())
    answer = mail.change_mail_server(
        call.installation, wanted, check=query.check, dry_run=query.dry_run
    )
    shown = answer.as_dict()
    return tagged(shown, version_of(shown))


def remove_server(call: Call) -> Reply:
    """Forget the mail server."""
    _require_server(call)
    is_dry = call.query(Writing).dry_run
    return Reply.of(mail.remove_mail_server(call.installation, dry_run=is_dry).as_dict())


def _require_server(call: Call) -> None:
    require_version(
        call,
        "the mail server",
        lambda: version_of(mail.show_mail_server(call.installation).as_dict()),
    )


_EXAMPLE: Final = {
    "name": "office",
    "owner": "ada",
    "channel": "mail",
    "targets": ["office@example.com"],
    "about": ["run.problems", "plan.approval"],
    "companies": ["acme"],
    "daily_at": None,
    "zone": "Europe/London",
    "busy_minutes": 30,
    "paused": False,
    "next_digest_at": None,
    "stored": True,
}
_MESSAGE: Final = {
    "id": "msg_01K2M7Q4T8ZD3V5X6Y7W8A9B0C",
    "subscription": "office",
    "kind": "run.problems",
    "target": "office@example.com",
    "subject": "Clary: 1 document was not written",
    "happenings": 1,
    "state": "delivered",
    "attempts": 1,
    "next_at": None,
    "reason_code": None,
    "reason": None,
    "created_at": AT,
    "ended_at": AT,
}
_SERVER: Final = {
    "host": "mail.example.com",
    "port": 587,
    "security": "starttls",
    "user": "clary",
    "sender": "clary@example.com",
    "has_password": True,
    "stored": True,
}

_MAIL_ROUTES: Final = (
    Route(
        verb="GET",
        path=SERVER,
        name="get_mail_server",
        tag=TAG,
        summary="Show the mail server",
        answer=get_server,
        shown=MailServerShown,
        example=_SERVER,
    ),
    Route(
        verb="PATCH",
        path=SERVER,
        name="change_mail_server",
        tag=TAG,
        summary="Change the mail server; what waits is then sent at once",
        query=MailServerWriting,
        body=MailServerChanged,
        sent={"host": "mail.example.com", "port": 587, "user": "clary", "password": MASK},
        headers=(IF_MATCH,),
        problems=(412,),
        answer=change_server,
        shown=MailServerShown,
        example=_SERVER,
    ),
    Route(
        verb="DELETE",
        path=SERVER,
        name="remove_mail_server",
        tag=TAG,
        summary="Forget the mail server and its password",
        query=Writing,
        headers=(IF_MATCH,),
        problems=(412,),
        answer=remove_server,
        shown=MailServerShown,
        example={"host": None, "has_password": False, "stored": True},
    ),
)

ROUTES: Final[tuple[Route, ...]] = (
    *_MAIL_ROUTES,
    Route(
        verb="GET",
        path="/notification-kinds",
        name="list_notification_kinds",
        tag=TAG,
        summary="List what people may be told of",
        answer=kinds,
        shown=HappeningKinds,
        example={"items": [{"name": "run.problems", "meaning": "a run ended with problems"}]},
    ),
    Route(
        verb="GET",
        path="/notification-messages",
        name="list_messages",
        tag=TAG,
        summary="List messages, the newest first",
        query=MessagesAsked,
        answer=messages,
        shown=Messages,
        example={"items": [_MESSAGE], "next": None},
    ),
    Route(
        verb="GET",
        path=SUBSCRIPTIONS,
        name="list_notifications",
        tag=TAG,
        summary="List who is told of what: one's own, or all as admin",
        query=Paged,
        answer=list_,
        shown=SubscriptionPage,
        example={"items": [_EXAMPLE], "next": None},
    ),
    Route(
        verb="POST",
        path=SUBSCRIPTIONS,
        name="add_notification",
        tag=TAG,
        summary="Tell someone of what happens from now on",
        description="The answer of a webhook holds, this once, the secret that signs its messages.",
        query=Writing,
        body=SubscriptionAdded,
        sent={"name": "office", "to": ["office@example.com"], "about": ["run.problems"]},
        answer=add,
        shown=SubscriptionMade,
        status=CREATED,
        others={200: SubscriptionMade},
        example=_EXAMPLE,
        is_secret=True,
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_notification",
        tag=TAG,
        summary="Show who is told of what, and how it stands",
        places=PLACES,
        answer=get,
        shown=SubscriptionShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="PATCH",
        path=ONE,
        name="change_notification",
        tag=TAG,
        summary="Change who is told of what",
        query=Writing,
        body=SubscriptionChanged,
        sent={"daily_at": "07:30", "zone": "Europe/London"},
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=change,
        shown=SubscriptionShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="DELETE",
        path=ONE,
        name="remove_notification",
        tag=TAG,
        summary="Tell them no more",
        query=Writing,
        headers=(IF_MATCH,),
        problems=(412,),
        places=PLACES,
        answer=remove,
        shown=SubscriptionShown,
        example={**_EXAMPLE, "stored": False},
    ),
    Route(
        verb="POST",
        path=f"{ONE}/test",
        name="test_notification",
        tag=TAG,
        summary="Send a trial message to every address now",
        places=PLACES,
        answer=test,
        shown=Trials,
        example={"items": [{"target": "office@example.com", "delivered": True, "problem": None}]},
    ),
)
