"""Approves plans: above an amount, someone other than the author has to look first.

The amount of a plan is the sum of the totals of its documents in the company's books, each
without its sign: a credit weighs as much as an invoice, and what is changed, deleted or taken
back weighs as much as what was there.  A plan never changes once it is stored, so that an
approval is for exactly what was looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from sqlalchemy import exists, insert, select

from clary.engine.plan import PlanSummary
from clary.engine.plan_store import PlanStore
from clary.hub.access import Role
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
from clary.kernel.change import Body, Change, JsonValue
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Guarded, declare
from clary.kernel.money import from_minor, money_text, to_minor
from clary.ledger.nested import entries_of
from clary.ledger.record import Family
from clary.ledger.registry import record_type

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
    "{author} made the plan {plan} and cannot approve it.",
    "{who} may approve it with `clary plan approve {plan}`.",
)


APPROVED: Final = "plan.approve"
"""What the audit trail calls an approval."""


@dataclass(frozen=True, slots=True)
class ApprovalAnswer:
    """Whether a plan needs an approval, and who gave it.

    Attributes:
        plan: id of the plan.
        company: its company.
        author: who made it.
        amount: what it comes to in minor units; none where it cannot be told, as a
            document in another currency states no rate.
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
        Guarded: whoever approves made the plan (APPROVAL_OWN).
    """
    summary = PlanStore(installation.database).summary(plan_id)
    found = _approval(installation, summary)
    actor = installation.actor
    if actor.casefold() == found.author.casefold():
        who = _who_may(installation, summary)
        raise APPROVAL_OWN.raised(record=f"plan {plan_id}", author=actor, plan=plan_id, who=who)
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


@needs(Role.OPERATOR, "plan.header.company")
def require_approved(installation: Installation, plan: PlanSummary) -> None:
    """Make sure that a plan was approved, if it needs that; called before it is applied.

    Raises:
        Guarded: it was not; the error says who may approve it (APPROVAL_NEEDED).
    """
    limit = limit_of(installation, plan.header.company)
    if limit is None:
        return
    found = _approval(installation, plan)
    if found.needed and found.approver is None:
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
    header = plan.header
    limit = limit_of(installation, header.company)
    # Only what the sealed trail tells of counts: a row that somebody put in by hand does not.
    told = exists().where(AUDIT.c.what == APPROVED, AUDIT.c.record == plan.id)
    with installation.database.read() as read:
        row = read.execute(select(APPROVAL).where(APPROVAL.c.plan == plan.id, told)).one_or_none()
    return ApprovalAnswer(
        plan=plan.id,
        company=header.company,
        author=header.author,
        amount=amount_of(installation, plan),
        limit=limit,
        approver=None if row is None else row.approver,
        approved_at=None if row is None else timestamp(from_timestamp(row.approved_at)),
    )


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
        names = [
            user.name
            for user in all_users(read)
            if not user.disabled
            and user.access.allows(Role.APPROVER, header.company)
            and user.name.casefold() != header.author.casefold()
        ]
    listed = ", ".join(names) or "No user yet (`clary user add NAME --role approver` adds one)"
    return f"{listed}, or another person at the machine of the installation,"


@inner
def amount_of(installation: Installation, plan: PlanSummary) -> int | None:
    """Return what a plan comes to in the company's currency, in minor units.

    None stands for an amount that cannot be told.  Reads every change of the plan, so it is
    asked only where a limit is set or a person wants to know.
    """
    total = 0
    base = ""
    for stored in PlanStore(installation.database).stored(plan.id):
        change = stored.change
        if stored.rejected or change.system != plan.header.company:
            continue
        stated = _currency_of(change)
        if stated and not base:
            base = open_company(installation, plan.header.company).info.currency
        amount = _weight(change, base)
        if amount is None:
            return None
        total += amount
    return total


def _currency_of(change: Change) -> str | None:
    stated = (change.after or {}).get("currency") or (change.before or {}).get("currency")
    return str(stated) if stated else None


def _weight(change: Change, base: str) -> int | None:
    """Return what a change weighs: the larger of what its document was and will be."""
    declared = record_type(change.record_type)
    if declared.family is Family.LIST:
        return 0
    bodies = [body for body in (change.before, change.after) if body]
    amount = max((_total(declared.total, body) for body in bodies), default=0)
    if not amount or _currency_of(change) in (None, base):
        return amount
    rates = [body["exchange_rate"] for body in bodies if body.get("exchange_rate")]
    rate = Decimal(str(rates[-1])) if rates else Decimal(0)
    # A rate is units of the other currency for one of the company's own.
    return to_minor(from_minor(amount) / rate) if rate > 0 else None


def _total(field: str | None, body: Mapping[str, JsonValue]) -> int:
    """Return the total of a document without its sign, in minor units.

    Where none is stated it is worked out from the lines.  Those of a journal entry come to
    nothing together: it weighs what its debits or its credits come to.
    """
    stated = body.get(field) if field else None
    if isinstance(stated, str):
        return abs(to_minor(Decimal(stated)))
    amounts = [to_minor(Decimal(each)) for each in _amounts(body)]
    debits = sum(amount for amount in amounts if amount > 0)
    return max(debits, debits - sum(amounts))


def _amounts(body: Mapping[str, JsonValue]) -> Iterator[str]:
    """Yield the amounts of which a document's total is made up."""
    yield from _texts(body.get("amount"), body.get("freight_amount"))
    for group in ("lines", "taxes", "applications"):
        for entry in entries_of(body.get(group)):
            yield from _texts(entry.get("tax_amount"), entry.get("amount"))
            price, quantity = entry.get("unit_price"), entry.get("quantity")
            if entry.get("amount") is None and price is not None and quantity is not None:
                yield str(Decimal(str(price)) * Decimal(str(quantity)))


def _texts(*values: JsonValue) -> Iterator[str]:
    yield from (value for value in values if isinstance(value, str))


def _told(amount: int | None) -> str | None:
    return None if amount is None else money_text(amount)
