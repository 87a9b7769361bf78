"""Routes of companies: what is connected, with which settings, and whether it works.

A secret only comes in: what is stored is shown as a mask, and no answer holds its text.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Final

from pydantic import Field

from clary.api.native import paging
from clary.api.native.calls import CREATED, Call, Reply
from clary.api.native.changing import IF_MATCH, require_version, tagged
from clary.api.native.routes import Route
from clary.api.native.values import Asked, FindingShown, Flag, Name, Paged, Shown, Writing
from clary.hub.services import checks, connecting
from clary.hub.services.stated import Asked as Stated
from clary.kernel.clock import timestamp
from clary.kernel.errors import Misconfigured, Rejected, declare
from clary.kernel.masking import MASK

CONNECTION_UNFIT = declare(
    "CONNECTION_UNFIT",
    Rejected,
    "With these settings nothing is connected: {reason}",
    "Correct the settings and secrets, and send it again; the other findings say more.",
)

TAG: Final = "companies"
COMPANIES: Final = "/companies"
ONE: Final = "/companies/{company}"

LEAVE_WORK: Final = "Do it although work waits for the books; it is never done in others."

Value = Annotated[str, Field(max_length=4096)]
Values = Annotated[dict[Name, Value], Field(max_length=100)]
Changes = Annotated[dict[Name, Value | None], Field(max_length=100)]


class SettingsAdded(Asked):
    """Settings and secrets of a new connection."""

    settings: Values = Field(
        default_factory=dict, description="By name; `driver.name` means the setting of one driver."
    )
    secrets: Values = Field(default_factory=dict, description="By name; never shown again.")


class CompanyAdded(SettingsAdded):
    """A company to connect."""

    name: Name
    drivers: Annotated[list[Name], Field(min_length=1, max_length=10)] = Field(
        description="Names of its drivers, the preferred one first."
    )


class ConnectionChanged(Asked):
    """Settings and secrets to store; null forgets one."""

    settings: Changes = Field(default_factory=dict, description="By name; null forgets one.")
    secrets: Changes = Field(default_factory=dict, description="By name; null forgets one.")
    relink: bool = Field(default=False, description="Pin it to where it leads now.")


class CompanyChanged(ConnectionChanged):
    """What to store of the connection of a company."""

    leave_work: bool = Field(default=False, description=LEAVE_WORK)


class Removing(Writing):
    """How a connection is forgotten."""

    leave_work: Flag = Field(default=False, description=LEAVE_WORK)


class DriverShown(Shown):
    """A driver and its settings; secrets are masked."""

    driver: str
    settings: dict[str, str]


class CompanyShown(Shown):
    """The connection of a company."""

    name: str
    title: str
    edition: str | None
    drivers: list[DriverShown]
    identity: str | None
    generation: int | None
    created_at: str
    updated_at: str
    stored: bool = Field(description="False where it is only what would be stored.")


class Companies(Shown):
    """A page of companies."""

    items: list[CompanyShown]
    next: str | None


class CheckShown(Shown):
    """One thing that was checked."""

    name: str
    ok: bool
    message: str
    findings: list[FindingShown]


class ChecksShown(Shown):
    """What was checked, one thing after the other."""

    name: str
    ok: bool
    checks: list[CheckShown]


def stated(settings: Mapping[str, str | None], secrets: Mapping[str, str | None]) -> Stated:
    """Return settings and secrets as the services take them; what is null is forgotten."""
    named = {**settings, **secrets}
    return Stated(
        settings=[(name, text) for name, text in settings.items() if text is not None],
        secrets=[(name, text) for name, text in secrets.items() if text is not None],
        removed=[name for name, text in named.items() if text is None],
    )


@contextmanager
def as_asked() -> Iterator[None]:
    """Blame the request for what its settings lead to, and not the installation.

    Raises:
        Rejected: nothing can be connected with them (CONNECTION_UNFIT).
    """
    try:
        yield
    except Misconfigured as error:
        if error.status != Misconfigured.http_status:
            raise
        unfit = CONNECTION_UNFIT.finding(reason=error.findings[0].message)
        raise Rejected(unfit, *error.findings) from error


def _version(answer: connecting.ConnectionAnswer) -> str:
    return timestamp(answer.connection.updated_at)


def _shown(answer: connecting.ConnectionAnswer, status: int = 200, **headers: str) -> Reply:
    return tagged(answer.as_dict(), _version(answer), status, **headers)


def list_(call: Call) -> Reply:
    """List the connected companies."""
    limit = call.query(Paged).limit
    last = paging.one_of(call.after(), str) or ""
    found = connecting.list_companies(call.installation, last, limit + 1)
    items, end = paging.page_of(found, limit, lambda each: [each.connection.name])
    return call.paged([each.as_dict() for each in items], end)


def add(call: Call) -> Reply:
    """Connect a company."""
    asked = call.body(CompanyAdded)
    with as_asked():
        answer = connecting.add_company(
            call.installation,
            asked.name,
            asked.drivers,
            stated(asked.settings, asked.secrets),
            dry_run=call.query(Writing).dry_run,
        )
    if not answer.stored:
        return Reply.of(answer.as_dict())
    return _shown(answer, CREATED, Location=f"{call.root}/companies/{answer.connection.name}")


def get(call: Call) -> Reply:
    """Show the connection of a company."""
    return _shown(connecting.show_company(call.installation, call["company"]))


def change(call: Call) -> Reply:
    """Change the connection of a company."""
    asked = call.body(CompanyChanged)
    _require(call)
    with as_asked():
        answer = connecting.change_company(
            call.installation,
            call["company"],
            stated(asked.settings, asked.secrets),
            relink=asked.relink,
            leave_work=asked.leave_work,
            dry_run=call.query(Writing).dry_run,
        )
    return _shown(answer) if answer.stored else Reply.of(answer.as_dict())


def remove(call: Call) -> Reply:
    """Forget the connection of a company."""
    _require(call)
    asked = call.query(Removing)
    answer = connecting.remove_company(
        call.installation, call["company"], leave_work=asked.leave_work, dry_run=asked.dry_run
    )
    return Reply.of(answer.as_dict())


def _require(call: Call) -> None:
    require_version(
        call,
        f"company {call['company']}",
        lambda: _version(connecting.show_company(call.installation, call["company"])),
    )


def test(call: Call) -> Reply:
    """Test everything that work with a company needs."""
    return Reply.of(checks.check_company(call.installation, call["company"]).as_dict())


def doctor(call: Call) -> Reply:
    """Check the whole installation."""
    return Reply.of(checks.check_installation(call.installation).as_dict())


_EXAMPLE: Final = {
    "name": "acme",
    "title": "Acme Services",
    "edition": "us",
    "drivers": [{"driver": "sandbox", "settings": {"file": "companies/acme.clary"}}],
    "identity": "{5F0A3E52-6D0C-4E0B-8A0B-0C9E6A1F2B3C}",
    "generation": 1,
    "created_at": "2026-03-31T12:00:00.000000Z",
    "updated_at": "2026-03-31T12:00:00.000000Z",
    "stored": True,
}
_CHECKED: Final = {
    "name": "acme",
    "ok": True,
    "checks": [{"name": "settings", "ok": True, "message": "sandbox", "findings": []}],
}
_SENT: Final = {
    "name": "acme",
    "drivers": ["sandbox"],
    "settings": {"file": "companies/acme.clary", "user": "Connector"},
    "secrets": {"password": MASK},
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=COMPANIES,
        name="list_companies",
        tag=TAG,
        summary="List the connected companies",
        query=Paged,
        answer=list_,
        shown=Companies,
        example={"items": [_EXAMPLE], "next": None},
    ),
    Route(
        verb="POST",
        path=COMPANIES,
        name="add_company",
        tag=TAG,
        summary="Connect a company",
        description="It is opened before it is stored, and pinned to the books that it shows.",
        query=Writing,
        body=CompanyAdded,
        sent=_SENT,
        answer=add,
        shown=CompanyShown,
        status=CREATED,
        others={200: CompanyShown},
        example=_EXAMPLE,
    ),
    Route(
        verb="GET",
        path=ONE,
        name="get_company",
        tag=TAG,
        summary="Show the connection of a company",
        answer=get,
        shown=CompanyShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="PATCH",
        path=ONE,
        name="change_company",
        tag=TAG,
        summary="Change the connection of a company",
        description="What waits for the company is tried again at once.",
        query=Writing,
        body=CompanyChanged,
        sent={"settings": {"user": "Connector"}, "secrets": {"password": MASK}},
        headers=(IF_MATCH,),
        problems=(412,),
        answer=change,
        shown=CompanyShown,
        example=_EXAMPLE,
    ),
    Route(
        verb="DELETE",
        path=ONE,
        name="remove_company",
        tag=TAG,
        summary="Forget the connection of a company",
        description="The books stay as they are; its secrets and schedules are forgotten.",
        query=Removing,
        headers=(IF_MATCH,),
        problems=(412,),
        answer=remove,
        shown=CompanyShown,
        example={**_EXAMPLE, "stored": False},
    ),
    Route(
        verb="POST",
        path=f"{ONE}/test",
        name="test_company",
        tag=TAG,
        summary="Test everything that work with a company needs",
        description="From its settings to the rights of the user; nothing is written.",
        answer=test,
        shown=ChecksShown,
        example=_CHECKED,
    ),
    Route(
        verb="GET",
        path="/doctor",
        name="check_installation",
        tag="installation",
        summary="Check the program, its folder, database, secrets, trail and companies",
        answer=doctor,
        shown=ChecksShown,
        example={**_CHECKED, "name": "/var/lib/clary"},
    ),
)
