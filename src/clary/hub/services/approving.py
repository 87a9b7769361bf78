"""Approves plans: above an amount, someone other than the author has to look first.

The amount of a plan is the sum of what its documents move in the company's books, each
without its sign: a credit weighs as much as an invoice, and what is changed, deleted or taken
back weighs as much as what was there.  What it cannot be told of needs an approval.  A plan
never changes once it is stored, so that an approval is for exactly what was looked at.
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import Row, exists, insert, select

from clary.engine.plan import PlanSummary
from clary.engine.plan_store import PlanStore
from clary.flows.rehearsal.weighing import Scales
from clary.hub.access import Role
from clary.hub.answering import answerable, in_common
from clary.hub.decisions import APPROVAL_AMOUNT, value_for
from clary.hub.happenings import Happening, Kind, put_once
from clary.hub.installation import Installation
from clary.hub.push import approved
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import inner, needs
from clary.hub.tables import APPROVAL, AUDIT
from clary.hub.trail import Entry
from clary.hub.users import all_users
from clary.hub.work import Work
from clary.kernel.change import Body
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import (
    Busy,
    Guarded,
    Misconfigured,
    Unauthorised,
    Unreachable,
    Unsupported,
    declare,
)
from clary.kernel.money import money_text, to_minor

APPROVAL_NEEDED = declare(
    "APPROVAL_NEEDED",
    Guarded,
    "The plan {plan} comes to {amount}, above the limit of {limit} for {company}; someone other"
    " than {author}, who made it, must approve it.",
    "{who} may approve it with `clary plan approve {plan}`; apply it then.",
)
APPROVAL_OWN = declare(
    "APPROVAL_OWN",
    Guarded,
    "{author} made the plan {plan} and cannot approve it{why}.",
    "{who} may approve it with `clary plan approve {plan}`.",
)


APPROVED: Final = "plan.approve"
"""What the audit trail calls an approval."""

_UNREADABLE: Final = (Busy, Unreachable, Unauthorised, Unsupported, Misconfigured, Guarded)
"""Errors of a company that cannot be read just now, or no longer."""

WEIGHED_AT_ONCE: Final = 500
"""Changes of a plan that are weighed together, so that memory stays flat."""


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """Whether a plan needs an approval, and who gave it.

    Attributes:
        plan: id of the plan.
        company: its company.
        author: who made it.
        amount: what it comes to in minor units; none where it cannot be told, as the books
            have no rate for the currency of a document, or cannot be read just now.
        limit: above this amount it needs an approval, in minor units; none is never.
        approver: who approved it, if anyone.
        approved_at: when, as text.
    """

    plan: str
    company: str
    author: str
    amount: int | None
    limit: int | None
    approver: str | None = None
    approved_at: str | None = None

    @property
    def needed(self) -> bool:
        """Tell whether the plan cannot be applied without an approval."""
        return self.limit is not None and (self.amount is None or self.amount > self.limit)

    def as_dict(self) -> Body:
        """Return it as JSON-ready values; amounts are text."""
        return {
            "plan": self.plan,
            "company": self.company,
            "author": self.author,
            "amount": _told(self.amount),
            "limit": _told(self.limit),
            "needed": self.needed,
            "approver": self.approver,
            "approved_at": self.approved_at,
        }


@needs(Role.VIEWER, plan="plan_id")
def approval_of(installation: Installation, plan_id: str) -> ApprovalAnswer:
    """Return whether a plan needs an approval, and who gave it.

    Raises:
        Rejected: there is no such plan, or its bodies are past their retention.
    """
    return _approval(installation, PlanStore(installation.database).summary(plan_id))


@needs(Role.APPROVER, plan="plan_id")
def approve_plan(
    installation: Installation, plan_id: str, *, dry_run: bool = False
) -> ApprovalAnswer:
    """Approve a plan, whether it needs that or not; a second approval changes nothing.

    Pushed documents that were set aside for it are back at work.

    Raises:
        Rejected: there is no such plan (PLAN_UNKNOWN), or its bodies are gone.
        Guarded: whoever approves made the plan, or answers for the key that did, or for both
            keys (APPROVAL_OWN).
    """
    summary = PlanStore(installation.database).summary(plan_id)
    found = _approval(installation, summary)
    actor = installation.actor
    _require_another(installation, summary)
    if found.approver is not None or dry_run:
        return found
    now = timestamp(installation.clock.now())
    with installation.database.write() as write:
        known = write.execute(select(APPROVAL).where(APPROVAL.c.plan == plan_id)).one_or_none()
        if known is None:
            values = {"plan": plan_id, "approver": actor, "approved_at": now}
            write.execute(insert(APPROVAL).values(values))
            new = {"author": found.author, "amount": _told(found.amount)}
            entry = Entry(APPROVED, company=found.company, record=plan_id, new=new)
            installation.trail.record(write, entry)
            if approved.put_back(write, APPROVAL_NEEDED.name, APPROVED):
                Work(installation.database, installation.clock).look_again(write, found.company)
    return _approval(installation, summary)


def _require_another(installation: Installation, plan: PlanSummary) -> None:
    """Make sure that whoever acts is not the author of a plan, under whatever key."""
    author, actor = plan.header.author, installation.actor
    with installation.database.read() as read:
        person = in_common(read, author, actor)
    if person is None:
        return
    keys = [each for each in (author, actor) if each.casefold() != person.casefold()]
    made = " and ".join(dict.fromkeys(keys))
    why = f"; {made} stands for {person}, who made it" if made else ""
    raise APPROVAL_OWN.raised(
        record=f"plan {plan.id}",
        author=author,
        plan=plan.id,
        why=why,
        who=_who_may(installation, plan),
    )


@needs(Role.OPERATOR, "plan.header.company")
def require_approved(installation: Installation, plan: PlanSummary) -> None:
    """Make sure that a plan was approved, if it needs that; called before it is applied.

    Raises:
        Guarded: it was not; the error says who may approve it (APPROVAL_NEEDED).
        Busy, Unreachable, Unauthorised, Misconfigured: the company cannot be asked what the
            plan would come to.
    """
    limit = limit_of(installation, plan.header.company)
    if limit is None or _given(installation, plan.id) is not None:
        return
    found = _answer(installation, plan, amount_of(installation, plan))
    if found.needed:
        facts = {
            "plan": plan.id,
            "amount": _told(found.amount) or "an amount that cannot be told",
            "limit": money_text(limit),
            "author": found.author,
            "who": _who_may(installation, plan),
        }
        at, subject = installation.clock.now(), f"plan {plan.id}"
        asked = Happening(Kind.PLAN_APPROVAL, at, found.company, facts, subject)
        put_once(installation.database, [asked])
        raise APPROVAL_NEEDED.raised(
            record=subject,
            plan=plan.id,
            company=found.company,
            author=found.author,
            **{name: facts[name] for name in ("amount", "limit", "who")},
        )


def _approval(installation: Installation, plan: PlanSummary) -> ApprovalAnswer:
    """Return what is shown of a plan; a company that cannot be read keeps nobody from looking."""
    try:
        amount = amount_of(installation, plan)
    except _UNREADABLE:
        amount = None
    return _answer(installation, plan, amount)


def _answer(installation: Installation, plan: PlanSummary, amount: int | None) -> ApprovalAnswer:
    header = plan.header
    given = _given(installation, plan.id)
    return ApprovalAnswer(
        plan=plan.id,
        company=header.company,
        author=header.author,
        amount=amount,
        limit=limit_of(installation, header.company),
        approver=None if given is None else given.approver,
        approved_at=None if given is None else timestamp(from_timestamp(given.approved_at)),
    )


def _given(installation: Installation, plan_id: str) -> Row[Any] | None:
    """Return the approval of a plan, if there is one."""
    # Only what the sealed trail tells of counts: a row that somebody put in by hand does not.
    told = exists().where(AUDIT.c.what == APPROVED, AUDIT.c.record == plan_id)
    with installation.database.read() as read:
        return read.execute(select(APPROVAL).where(APPROVAL.c.plan == plan_id, told)).one_or_none()


@inner
def limit_of(installation: Installation, company: str) -> int | None:
    """Return the amount above which plans of a company need an approval, in minor units."""
    with installation.database.read() as read:
        text = value_for(read, APPROVAL_AMOUNT, company)
    return None if text is None else to_minor(Decimal(text))


def _who_may(installation: Installation, plan: PlanSummary) -> str:
    """Return who may approve a plan, in words."""
    header = plan.header
    with installation.database.read() as read:
        own = {each.casefold() for each in answerable(read, header.author)}
        names = [
            user.name
            for user in all_users(read)
            if not user.disabled
            and user.access.allows(Role.APPROVER, header.company)
            and user.name.casefold() not in own
        ]
    listed = ", ".join(names) or "No user yet (`clary user add NAME --role approver` adds one)"
    return f"{listed}, or another person at the machine of the installation,"


@inner
def amount_of(installation: Installation, plan: PlanSummary) -> int | None:
    """Return what a plan comes to in the company's currency, in minor units.

    None stands for an amount that cannot be told.  Reads every change of the plan and asks the
    company what it would make of them, so it is asked only where a limit is set or a person
    wants to know.

    Raises:
        Busy, Unreachable, Unauthorised, Misconfigured: the company cannot be read.
    """
    company = plan.header.company
    stored = PlanStore(installation.database).stored(plan.id)
    own = (each.change for each in stored if each.change.system == company and not each.rejected)
    first = next(own, None)
    if first is None:
        return 0
    opened = open_company(installation, company)
    total = 0
    with opened.company.reading() as session:
        scales = Scales.of(opened.company, session, opened.info)
        with closing(scales):
            changes = chain((first,), own)
            while group := list(islice(changes, WEIGHED_AT_ONCE)):
                for amount in scales.weigh(group):
                    if amount is None:
                        return None
                    total += amount
    return total


def _told(amount: int | None) -> str | None:
    return None if amount is None else money_text(amount)
