"""Makes receipts and payments of pushed payments: signs, sums, and lines that become one.

A payment's lines hold links: negative ones pay off invoices, positive ones are credits that
are used up.  Sage has one line for each payment (push-api.md 2.2), so that the money left
after the credits settles the invoices, and each credit becomes an allocation.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from typing import Final

from clary.flows.push import problems
from clary.flows.push.allocating import ALLOCATION
from clary.flows.push.drafting import (
    Draft,
    check_sum,
    copied,
    entries,
    find_bank,
    find_party,
    number,
    take_currency,
    text,
)
from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import problems as codes

DEBTS: Final = frozenset({"Invoice", "Bill"})
CREDITS: Final = {"CreditNote": "credit note", "Payment": "payment"}
_RECORDS: Final = {
    "Invoice": "sales_invoice",
    "Bill": "purchase",
    "CreditNote": "credit_memo",
    "Payment": "receipt",
}
"""Record types of what is linked."""

ON_ACCOUNT: Final = "PaymentOnAccount"
KEY_DIGITS: Final = 15
"""Most digits of a transaction number."""


@dataclass(frozen=True, slots=True)
class _Link:
    """One link of a payment, with its place in the document."""

    kind: str
    id: str
    amount: Decimal
    where: str


def build_money(draft: Draft, *, kind: str) -> None:
    """Make a receipt or payment, and an allocation for each credit that is used."""
    draft.body.update(copied(draft.push_type.fields, draft.said, draft.edition))
    find_bank(draft)
    party = find_party(draft, kind)
    if party is not None:
        take_currency(draft, party.currency)
    links = list(_links(draft))
    _check_sums(draft)
    party_id = text(draft.said, f"{kind}Ref.id") or ""
    _check_links(draft, links, party_id)
    if not draft.failed:
        _check_open(draft, links, party_id)
    if draft.failed:
        return
    debts = _by_key(link for link in links if link.kind in DEBTS)
    used = _by_key(link for link in links if link.kind in CREDITS)
    party_type = "customer" if kind == "customer" else "vendor"
    for credit, amount in used.items():
        if not _allocate(draft, credit, amount, debts, (party_type, party_id)):
            draft.error(problems.PUSH_CREDIT_TOO_SMALL, "lines")
            return
    _settle(draft, debts)


build_payment = partial(build_money, kind="customer")
build_bill_payment = partial(build_money, kind="supplier")


def _links(draft: Draft) -> Iterator[_Link]:
    for position, line in enumerate(entries(draft.said, "lines")):
        for place, link in enumerate(entries(line, "links")):
            kind, key, amount = text(link, "type"), text(link, "id"), number(link, "amount")
            if kind is not None and key is not None and amount is not None:
                yield _Link(kind, key, amount, f"lines.{position}.links.{place}")


def _check_sums(draft: Draft) -> None:
    """Check each line against its links, and the total against the lines (2.2)."""
    total = Decimal(0)
    for position, line in enumerate(entries(draft.said, "lines")):
        stated = number(line, "amount") or Decimal(0)
        total += stated
        amounts = (number(link, "amount") for link in entries(line, "links"))
        linked = sum((each for each in amounts if each is not None), Decimal(0))
        where, of = f"lines.{position}.amount", "its links, their sign turned,"
        check_sum(draft, where, "Amount", stated, -linked, of)
    check_sum(
        draft,
        "totalAmount",
        "Total Amount",
        number(draft.said, "totalAmount"),
        total,
        "the lines",
    )


def _check_links(draft: Draft, links: list[_Link], party_id: str) -> None:
    for link in links:
        where = f"{link.where}.amount"
        if link.kind in CREDITS:
            if link.amount <= 0:
                what = f"a {CREDITS[link.kind]} that is used"
                draft.error(problems.PUSH_LINK_SIGN, where, sign="positive", what=what)
            _check_key(draft, link, CREDITS[link.kind])
        elif link.amount >= 0:
            what = f"{_article(link.kind)} that is paid"
            draft.error(problems.PUSH_LINK_SIGN, where, sign="negative", what=what)
        elif link.kind in DEBTS:
            _check_key(draft, link, link.kind.lower())
        elif link.id.casefold() != party_id.casefold():
            # Money on account is the party's own (OpenAPI, payment link type).
            draft.error(
                problems.PUSH_LINK_UNKNOWN, f"{link.where}.id", value=link.id, kind="customer here"
            )


def _article(kind: str) -> str:
    return {"Invoice": "an invoice", "Bill": "a bill"}.get(kind, "money on account")


def _check_key(draft: Draft, link: _Link, kind: str) -> None:
    if not (link.id.isascii() and link.id.isdecimal() and len(link.id) <= KEY_DIGITS):
        draft.error(problems.PUSH_LINK_UNKNOWN, f"{link.where}.id", value=link.id, kind=kind)


def _check_open(draft: Draft, links: list[_Link], party_id: str) -> None:
    """Check that what an allocation ties together is the party's, and open as far as it says.

    The books say the same of the money itself as it is posted.  An allocation is posted behind
    the money, though: what it lacks has to be known before.
    """
    if not draft.books.has_records or all(link.kind not in CREDITS for link in links):
        return
    wanted: dict[tuple[str, int], Decimal] = {}
    for link in links:
        if link.kind not in _RECORDS:
            continue
        name = _RECORDS[link.kind], int(link.id)
        wanted[name] = wanted.get(name, Decimal(0)) + abs(link.amount)
        seen = draft.books.settleable(*name)
        if seen is None or seen.party.casefold() != party_id.casefold():
            where = f"{link.where}.id"
            draft.error(codes.DOCUMENT_NOT_OPEN, where, party=party_id, value=link.id)
        elif wanted[name] > seen.open:
            draft.error(
                codes.APPLIED_TOO_MUCH,
                f"{link.where}.amount",
                amount=money_text(to_minor(wanted[name])),
                open=money_text(to_minor(seen.open)),
                value=link.id,
            )


def _by_key(links: Iterator[_Link]) -> dict[int, Decimal]:
    """Return the amount of each record that is linked, several lines made one."""
    found: dict[int, Decimal] = {}
    for link in links:
        found[int(link.id)] = found.get(int(link.id), Decimal(0)) + abs(link.amount)
    return found


def _allocate(
    draft: Draft, credit: int, amount: Decimal, debts: dict[int, Decimal], party: tuple[str, str]
) -> bool:
    """Use a credit up on the debts in their order; tell whether they took all of it."""
    left = amount
    for invoice, owed in debts.items():
        used = min(left, owed)
        if used:
            debts[invoice] = owed - used
            left -= used
            allocation: dict[str, object] = {
                "date": draft.body["date"],
                "party_type": party[0],
                "party_id": party[1],
                "credit": credit,
                "invoice": invoice,
                "amount": used,
            }
            draft.further.append((ALLOCATION, allocation))
    return not left


def _settle(draft: Draft, debts: dict[int, Decimal]) -> None:
    """Apply the money to what is left of the debts; without money there are allocations only.

    Each link has its sign and no credit is left, so that the total cannot be negative, and is
    zero only where credits settled everything.
    """
    total = number(draft.said, "totalAmount") or Decimal(0)
    if not total and draft.further:
        draft.record_type, draft.body = draft.further.pop(0)
        _note_lost(draft)
        return
    draft.body["amount"] = total
    applied = [{"transaction_number": key, "amount": owed} for key, owed in debts.items() if owed]
    if applied:
        draft.body["applications"] = applied


def _note_lost(draft: Draft) -> None:
    """Note what a document states that an allocation has no place for."""
    for one in draft.push_type.written(draft.edition):
        if one.name in _OF_MONEY and one.name in draft.said and draft.edition not in one.required:
            draft.warn(problems.PUSH_PROPERTY_IGNORED, one.name, name=one.name)


_OF_MONEY: Final = frozenset({"reference", "note", "paymentMethodRef"})
