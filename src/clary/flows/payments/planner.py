"""Plans what the payments in ConnectWise must become, invoice by invoice.

Looked at are the invoices of which something new was settled, and those that an earlier
sync left payments on: a receipt that was voided since leaves no trace but their change, and
so does a payment that a person entered, changed or deleted in ConnectWise.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from clary.apps.connectwise.conditions import one_of
from clary.apps.connectwise.payment_target import RECORD_TYPE, body_of
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.shapes import Invoice, InvoicePayment
from clary.companies.contract import Info, Session, TypeCapability
from clary.companies.keys import key_of
from clary.companies.settlements import SettledSince, Settlement
from clary.engine.plan import Entry, Planned
from clary.flows.payments import problems
from clary.flows.payments.deciding import Case, CreditShare, Decision, Paid, Wish, decide
from clary.flows.payments.matching import (
    CREDIT_MEMO,
    INVOICE,
    Document,
    Match,
    Matcher,
    in_groups,
    minor,
)
from clary.flows.payments.ours import TRACKED, Ours, mark, payments_of_ours
from clary.flows.payments.register import Known, Looked, Pair, PaymentRegister
from clary.flows.payments.settled import Settlements
from clary.kernel.change import Action, Body, Change, JsonValue, Ref
from clary.kernel.errors import Finding
from clary.kernel.money import money_text
from clary.ledger.registry import record_type as declared_type
from clary.store import Database

GROUP: Final = 100
"""Invoices that are looked at together."""

REDUCED_COUNT: Final = 10
REDUCED_SHARE: Final = 5
"""This many payments may be lowered or removed, or one in five, whichever is more."""


@dataclass(frozen=True, slots=True)
class Sides:
    """Both sides of a sync, for reading.

    Attributes:
        pair: what is compared, and what pins it.
        origin: what origins call the site.
        accounting: the site.
        session: the books.
        settlements: how their invoices were settled.
        info: what the company is.
        capabilities: what its door can do.
        database: journal and register.
    """

    pair: Pair
    origin: str
    accounting: Accounting
    session: Session
    settlements: Settlements
    info: Info
    capabilities: Mapping[str, TypeCapability]
    database: Database


@dataclass(slots=True)
class _Group:
    """What is known of some invoices that are looked at together."""

    settlements: Sequence[Settlement]
    documents: Sequence[Document]
    matches: Sequence[Match]
    ours: Mapping[int, Ours]


class PaymentPlanner:
    """Makes the entries of one sync's plan, and the rows of its report."""

    def __init__(self, sides: Sides, matcher: Matcher, sync: int) -> None:
        """Plan the sync of this number."""
        self._sides = sides
        self._matcher = matcher
        self._sync = sync
        self._register = PaymentRegister(sides.database)
        self._number = 0
        self._billed: dict[str, int | None] = {}
        """What each invoice of Sage that was looked at is in ConnectWise."""
        self._claimed: set[int] = set()
        self._credits: dict[str, Invoice | None] = {}
        self._credit_left: dict[int, int] = {}
        self._rows: list[Looked] = []
        self._reduced = self._held = 0

    def entries(self, since: SettledSince | None) -> Iterator[Entry]:
        """Yield every change of a payment, and what was found on the way.

        Raises:
            Unreachable, Busy, Unauthorised: one of the sides cannot be read just now.
        """
        for some in in_groups(self._sides.settlements.touched(since), GROUP):
            yield from self._looked_at(some)
        gone: list[Looked] = []
        for known in in_groups(self._register.known(self._sides.pair), GROUP):
            self._held += sum(1 for each in known if each.looked.after)
            yield from self._known(known, gone)
        yield from self._without(gone)
        if self._reduced > max(REDUCED_COUNT, self._held // REDUCED_SHARE):
            yield problems.MASS_REDUCTION.finding(count=self._reduced, population=self._held)

    # --- which invoices ---------------------------------------------------------------------

    def _known(self, known: Sequence[Known], gone: list[Looked]) -> Iterator[Entry]:
        """Look again at known invoices that changed; note those that the books lost."""
        left = [each for each in known if each.looked.invoice not in self._billed]
        found = self._sides.settlements.of([each.looked.invoice for each in left])
        changed: list[Settlement] = []
        shown = self._shown([each.looked.billed for each in left if each.looked.billed])
        for each, settlement in zip(left, found, strict=True):
            if settlement is None:
                gone.append(each.looked)
            elif not _is_as_known(settlement, each, shown.get(each.looked.billed or 0)):
                changed.append(settlement)
            elif each.looked.billed is not None:
                self._claimed.add(each.looked.billed)
        yield from self._looked_at(changed)
        gone += [each.looked for each in known if self._is_another(each.looked)]

    def _shown(self, billed: Sequence[int]) -> dict[int, int]:
        """Return what ConnectWise shows as paid of invoices, in minor units, if it says so."""
        if not billed:
            return {}
        condition = one_of("id", sorted(billed))
        found = self._sides.accounting.invoices(condition, fields=("id", "total", "balance"))
        return {
            each.id: minor(each.total) - minor(each.balance)
            for each in found
            if each.id is not None and each.total is not None and each.balance is not None
        }

    def _is_another(self, looked: Looked) -> bool:
        """Tell whether an invoice turned out to be another one in ConnectWise than before."""
        return self._billed.get(looked.invoice) not in (looked.billed, None)

    def _without(self, gone: Sequence[Looked]) -> Iterator[Entry]:
        """Take back the payments of invoices that the books hold no more."""
        billed: dict[int, Looked] = {}
        for looked in gone:
            if looked.billed is not None and looked.billed not in self._claimed and looked.after:
                billed[looked.billed] = looked
            else:
                self._forget(looked)
        ours = payments_of_ours(self._sides.database, self._sides.pair.site, billed)
        for invoice in self._matcher.invoices(sorted(billed)):
            if invoice.id is not None:
                looked = replace(billed[invoice.id], settled=0, settled_on=None, parts=())
                yield from self._one(looked, invoice, ours[invoice.id], ())
        yield from self._kept()

    def _forget(self, looked: Looked) -> None:
        """Note that nothing of an invoice that was known has to be looked at any more."""
        empty = replace(looked, settled=0, settled_on=None, parts=(), billed=None)
        self._note(replace(empty, others=0, before=0, after=0, code=None))

    # --- some invoices ------------------------------------------------------------------------

    def _looked_at(self, settlements: Sequence[Settlement]) -> Iterator[Entry]:
        if not settlements:
            return
        group = self._gathered(settlements)
        shared = Counter(each.invoice.id for each in group.matches if each.invoice is not None)
        for settlement, document, match in zip(
            settlements, group.documents, group.matches, strict=True
        ):
            looked = _looked(settlement)
            invoice, finding = match.invoice, match.finding
            if invoice is not None:
                finding = self._hindrance(document, invoice, shared[invoice.id])
            if invoice is None or finding is not None:
                yield from self._left_alone(looked, invoice, finding)
                continue
            yield from self._unexplained(settlement, document)
            shares = self._shares(settlement)
            ours = group.ours.get(invoice.id or 0, {})
            yield from self._one(looked, invoice, ours, shares)
        yield from self._kept()

    def _gathered(self, settlements: Sequence[Settlement]) -> _Group:
        documents = self._invoices(settlements)
        matches = self._matcher.match(documents)
        credits_ = {
            part.key
            for settlement, match in zip(settlements, matches, strict=True)
            for part in settlement.parts
            if match.invoice is not None and part.record_type == CREDIT_MEMO
        }
        self._learn(sorted(credits_ - self._credits.keys()))
        billed = [each.invoice.id for each in matches if each.invoice is not None]
        ours = payments_of_ours(
            self._sides.database, self._sides.pair.site, [each for each in billed if each]
        )
        return _Group(settlements, documents, matches, ours)

    def _invoices(self, settlements: Sequence[Settlement]) -> list[Document]:
        """Return the invoices of settlements, with their origins."""
        found = {
            each.key: each for each in self._documents(INVOICE, [each.key for each in settlements])
        }
        documents = []
        for each in settlements:
            plain = Document(INVOICE, each.key, each.number or "", each.party, each.total)
            stated = found.get(each.key, plain)
            documents.append(replace(plain, origin=stated.origin, currency=stated.currency))
        return documents

    def _documents(self, record_type: str, keys: Sequence[str]) -> list[Document]:
        declared = declared_type(record_type)
        named = [key_of(declared, key) for key in keys]
        bodies = self._sides.session.get_many(record_type, named)
        return [Document.of(record_type, body) for body in bodies if body is not None]

    def _learn(self, credits_: Sequence[str]) -> None:
        """Find out what credit memos of Sage are in ConnectWise."""
        documents = self._documents(CREDIT_MEMO, credits_)
        for document, match in zip(documents, self._matcher.match(documents), strict=True):
            found = match.invoice
            self._credits[document.key] = found
            if found is not None and found.id is not None:
                self._credit_left.setdefault(found.id, -minor(found.balance))

    def _hindrance(self, document: Document, invoice: Invoice, count: int) -> Finding | None:
        """Return why nothing can be written for an invoice, or none."""
        if count > 1 or invoice.id in self._claimed:
            several = f"several invoices in Sage are invoice {invoice.invoice_number}"
            return problems.INVOICE_AMBIGUOUS.warning(record=document.words, candidates=several)
        own = document.currency or self._sides.info.currency
        found = invoice.currency.currency_code if invoice.currency is not None else None
        if found is not None and found.upper() != own.upper():
            return problems.CURRENCY_DIFFERS.warning(
                record=document.words, number=document.number, found=found, currency=own
            )
        return None

    def _left_alone(
        self, looked: Looked, invoice: Invoice | None, finding: Finding | None
    ) -> Iterator[Entry]:
        """Note an invoice for which nothing is written."""
        billed = None if invoice is None else invoice.id
        code = None if finding is None else finding.code
        self._note(replace(looked, billed=billed, code=code))
        if finding is not None:
            yield finding

    @staticmethod
    def _unexplained(settlement: Settlement, document: Document) -> Iterator[Entry]:
        if settlement.explained != settlement.settled:
            yield problems.UNEXPLAINED.warning(
                record=document.words,
                number=document.number,
                settled=money_text(settlement.settled),
                explained=money_text(settlement.explained),
            )

    # --- one invoice ------------------------------------------------------------------------

    def _shares(self, settlement: Settlement) -> list[CreditShare]:
        """Return the credit memos that both sides know, with what Sage applies of each."""
        amounts: Counter[str] = Counter()
        for part in settlement.parts:
            if part.record_type == CREDIT_MEMO and self._credits.get(part.key) is not None:
                amounts[part.key] += part.whole
        shares = []
        for key, amount in amounts.items():
            found = self._credits[key]
            if found is not None and found.id is not None:
                number = found.invoice_number or str(found.id)
                shares.append(CreditShare(found.id, number, amount, self._credit_left[found.id]))
        return shares

    def _one(
        self,
        looked: Looked,
        invoice: Invoice,
        ours: Ours,
        shares: Sequence[CreditShare],
    ) -> Iterator[Entry]:
        """Yield what becomes of the payments of one invoice."""
        billed = invoice.id or 0
        self._claimed.add(billed)
        payments = [
            each
            for each in self._sides.accounting.payments(billed)
            if each.invoice is None or each.invoice.id == billed
        ]
        paid = [_paid(each, ours) for each in payments]
        number = invoice.invoice_number or str(billed)
        case = Case(
            number=number,
            settled=looked.settled,
            settled_on=looked.settled_on,
            total=looked.total,
            billed=minor(invoice.total),
            paid=paid,
            credits=[_with_ours(each, paid) for each in shares],
        )
        decision = decide(case)
        for credit, used in decision.credits.items():
            self._credit_left[credit] = self._credit_left.get(credit, 0) - used
        code = next((each.code for each in decision.findings), None)
        row = replace(looked, billed=billed, others=case.others, before=case.ours)
        self._note(replace(row, after=decision.after, code=code))
        bodies = {each.id: body_of(each, billed) for each in payments}
        yield from (replace(each, record=f"invoice {number}") for each in decision.findings)
        yield from self._changes(looked, invoice, decision, bodies)

    def _changes(
        self,
        looked: Looked,
        invoice: Invoice,
        decision: Decision,
        bodies: Mapping[int | None, Body],
    ) -> Iterator[Planned]:
        """Yield the changes of one invoice; what raises waits for what lowers and for its kin."""
        known: list[JsonValue] = [each for each in bodies if each is not None]
        before: list[int] = []
        for wish in decision.wishes:
            self._number += 1
            held = None if wish.paid is None else bodies[wish.paid.id]
            beside: Body = {"known_payments": [each for each in known if not _is_of(held, each)]}
            if wish.gain > 0:
                beside["at_most"] = money_text(decision.at_most)
            change = self._change(looked, invoice, wish, held, beside)
            if wish.gain > 0:
                change = replace(change, depends_on=tuple(before))
            if wish.action is Action.CREATE:
                known = [*known, Ref(change.number, "payment_id").as_value()]
            if wish.gain < 0 or wish.action is Action.CREATE:
                before.append(change.number)
            self._reduced += wish.gain < 0
            currency = invoice.currency.currency_code if invoice.currency is not None else None
            yield Planned(change, currency=currency or self._sides.info.currency, amount=wish.gain)

    def _change(
        self,
        looked: Looked,
        invoice: Invoice,
        wish: Wish,
        held: Body | None,
        beside: Body,
    ) -> Change:
        """Return a wish as a change; `beside` is what it must still fit to when it is written."""
        stated: Body = {"amount": money_text(wish.amount), "date": wish.day}
        after: Body | None = None
        if wish.action is Action.CREATE:
            after = {
                "invoice_id": invoice.id,
                "invoice_number": invoice.invoice_number,
                "credit_id": wish.credit,
                **stated,
                **beside,
            }
        elif wish.action is Action.UPDATE and held is not None:
            after = {name: value for name, value in stated.items() if held[name] != value}
        return Change(
            number=self._number,
            system=self._sides.pair.app,
            action=wish.action,
            record_type=RECORD_TYPE,
            key=None if wish.paid is None else f"{invoice.id}/{wish.paid.id}",
            before=None if held is None else {**held, **beside},
            after=after,
            document=looked.number or looked.invoice,
            tracked={TRACKED: mark(self._sides.pair.site, invoice.id or 0)},
        )

    def _note(self, row: Looked) -> None:
        """Add a row to the report; the first about an invoice holds."""
        if row.invoice not in self._billed:
            self._billed[row.invoice] = row.billed
            self._rows.append(row)

    def _kept(self) -> Iterator[Entry]:
        """Write the rows of the report that were made so far; yields nothing."""
        rows, self._rows = self._rows, []
        self._register.add(self._sync, rows)
        yield from ()


def _looked(settlement: Settlement) -> Looked:
    return Looked(
        invoice=settlement.key,
        number=settlement.number,
        party=settlement.party,
        total=settlement.total,
        settled=settlement.settled,
        settled_on=settlement.settled_on,
        parts=settlement.parts,
    )


def _is_of(held: Body | None, payment: JsonValue) -> bool:
    return held is not None and held["payment_id"] == payment


def _is_as_known(settlement: Settlement, known: Known, shown: int | None) -> bool:
    """Tell whether an invoice stands on both sides as it was when all about it was written.

    Args:
        settlement: how it is settled in Sage.
        known: what the last sync that looked at it knows.
        shown: what ConnectWise shows as paid of it; none where it does not say.
    """
    looked = known.looked
    same = (looked.settled, looked.settled_on) == (settlement.settled, settlement.settled_on)
    there = shown is None or shown == looked.others + looked.after
    return same and there and known.sure and looked.code not in problems.LOOK_AGAIN


def _paid(payment: InvoicePayment, ours: Ours) -> Paid:
    return Paid(
        id=payment.id or 0,
        amount=minor(payment.amount or Decimal(0)),
        day=(payment.payment_date or "")[: len("2026-01-31")] or None,
        credit=None if payment.credit is None else payment.credit.id,
        ours=payment.id in ours,
        given=ours.get(payment.id or 0),
    )


def _with_ours(share: CreditShare, paid: Sequence[Paid]) -> CreditShare:
    """Return a share that may use again what we applied of the credit memo here already."""
    own = sum(each.amount for each in paid if each.ours and each.credit == share.credit)
    return replace(share, left=share.left + own)
