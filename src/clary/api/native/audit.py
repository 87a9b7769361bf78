"""Routes of the audit trail: who did what and when, and whether it holds."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from clary.api.native import paging
from clary.api.native.calls import Call, Reply
from clary.api.native.routes import Route
from clary.api.native.schedules import Moment
from clary.api.native.scope import require_seen
from clary.api.native.shown import AT
from clary.api.native.values import FindingShown, Name, Paged, Shown
from clary.hub.connections import ConnectionKind
from clary.hub.services import auditing as service
from clary.kernel.errors import Finding

TAG: Final = "audit"
AUDIT: Final = "/audit"


class AuditAsked(Paged):
    """Parameters of the audit trail."""

    company: Name | None = Field(
        default=None, description="Only what concerns this company or app.", examples=["acme"]
    )
    user: Name | None = Field(
        default=None, description="Only what this user did; a key is `key NAME`.", examples=["ada"]
    )
    since: Moment | None = Field(
        default=None, description="Only what was done then or later.", examples=[AT]
    )


class AuditEntry(Shown):
    """One entry of the trail."""

    id: int
    time: str
    user: str
    what: str
    company: str | None
    record: str | None
    run: str | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    digest: str | None
    seal: str


class AuditPage(Shown):
    """A page of the trail, the newest first."""

    items: list[AuditEntry]
    next: str | None


class AuditVerified(Shown):
    """What was found of the trail."""

    ok: bool
    message: str
    entries: int = Field(description="Entries that hold and were looked at now.")
    since: int = Field(description="Entries that were verified an earlier time.")
    runs: int
    open: int
    seal: str
    broken: FindingShown | None
    replaced: FindingShown | None


def list_(call: Call) -> Reply:
    """List entries, the newest first."""
    asked = call.query(AuditAsked)
    installation = call.installation
    if asked.company is not None:
        found_app = installation.connections.find(asked.company)
        if found_app is None or found_app.kind is ConnectionKind.COMPANY:
            require_seen(installation, {"company": asked.company})
    rows = service.audit_rows(
        installation,
        asked.company,
        asked.user,
        asked.since,
        before=paging.one_of(call.after(), int),
        limit=asked.limit + 1,
    )
    items, end = paging.page_of(list(rows), asked.limit, lambda each: [each.id])
    return call.paged([each.as_dict() for each in items], end)


def verify(call: Call) -> Reply:
    """Verify the trail."""
    found = service.verify_audit(call.installation)
    return Reply.of(
        {
            "ok": found.broken is None,
            "message": found.told,
            "entries": found.entries,
            "since": found.since,
            "runs": found.runs,
            "open": found.open,
            "seal": found.seal,
            "broken": _told(found.broken),
            "replaced": _told(found.replaced),
        }
    )


def _told(finding: Finding | None) -> dict[str, str | None] | None:
    return None if finding is None else finding.as_dict()


_ENTRY: Final = {
    "id": 7,
    "time": AT,
    "user": "ada",
    "what": "company.set",
    "company": "acme",
    "record": "acme",
    "run": None,
    "old": {"title": "Acme"},
    "new": {"title": "Acme Services"},
    "digest": None,
    "seal": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
}
_VERIFIED: Final = {
    "ok": True,
    "message": "7 entries and 2 runs hold",
    "entries": 7,
    "since": 0,
    "runs": 2,
    "open": 0,
    "seal": _ENTRY["seal"],
    "broken": None,
    "replaced": None,
}

ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=AUDIT,
        name="list_audit",
        tag=TAG,
        summary="List entries of the audit trail, the newest first",
        description="Whoever may not see everything is given what concerns the companies that"
        " they are approver of.",
        query=AuditAsked,
        answer=list_,
        shown=AuditPage,
        example={"items": [_ENTRY], "next": None},
    ),
    Route(
        verb="GET",
        path=f"{AUDIT}/verification",
        name="verify_audit",
        tag=TAG,
        summary="Verify that nobody has changed the audit trail",
        answer=verify,
        shown=AuditVerified,
        example=_VERIFIED,
    ),
)
