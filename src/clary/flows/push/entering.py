"""Makes journal entries and direct costs of pushed documents.

Source: push-api.md 2.2, rows journalEntries and directCosts.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from clary.flows.push import problems, taxing
from clary.flows.push.drafting import (
    Draft,
    check_sum,
    copied,
    entries,
    find_account,
    find_bank,
    number,
    shown,
    take_rate,
    text,
)
from clary.flows.push.reading import Tree
from clary.flows.push.tracking import take_tracking
from clary.ledger.posting import problems as codes
from clary.ledger.posting import uk_problems

_IGNORED: Final = (
    "updatedOn",
    "modifiedDate",
    "sourceModifiedDate",
    "description",
    "recordRef",
    "journalRef",
)
_ONE: Final = (Decimal(1), Decimal(-1))


def build_journal_entry(draft: Draft) -> None:
    """Make a journal entry of what is stated."""
    said = draft.said
    draft.body.update(copied(draft.push_type.fields, said, draft.edition))
    stated_day = text(said, "postedOn") or text(said, "createdOn")
    draft.body["date"] = stated_day or draft.today.isoformat()
    for name in _IGNORED:
        if said.get(name) is not None:
            draft.warn(problems.PUSH_PROPERTY_IGNORED, name, name=name)
    lines = draft.body.get("lines")
    balance = Decimal(0)
    for position, stated in enumerate(entries(said, "journalLines")):
        line = lines[position] if isinstance(lines, list) else {}
        _check_journal_line(draft, stated, line, f"journalLines.{position}")
        balance += number(stated, "netAmount") or Decimal(0)
    if balance:
        draft.error(codes.JOURNAL_UNBALANCED, "journalLines", difference=shown(abs(balance)))


def _check_journal_line(draft: Draft, stated: Tree, line: dict[str, object], where: str) -> None:
    base = draft.books.currency
    if number(stated, "netAmount") == 0:
        draft.error(problems.PUSH_AMOUNT_ZERO, f"{where}.netAmount", label="Net Amount")
    currency = text(stated, "currency")
    if currency is not None and currency.strip().upper() != base:
        draft.error(
            problems.PUSH_CURRENCY_NOT_BASE,
            f"{where}.currency",
            stated=currency,
            expected=base,
        )
    key, place = text(stated, "accountRef.id"), f"{where}.accountRef.id"
    account = find_account(draft, key, place)
    if account is not None and account.currency not in (None, base):
        draft.error(
            uk_problems.BANK_NOT_BASE_CURRENCY,
            place,
            value=account.id,
            held=account.currency,
            expected=base,
        )
    tracking = stated.get("tracking")
    if isinstance(tracking, dict):
        refs = entries(tracking, "recordRefs")
        take_tracking(draft, refs, line, f"{where}.tracking.recordRefs")


def with_bank(stated: Mapping[str, object]) -> Mapping[str, object]:
    """Return a direct cost whose bank account is where the options have it.

    The API's data model has no `accountRef`: its clients name the bank in the payment of the
    first allocation, where reading shows it, too.
    """
    allocations = stated.get("paymentAllocations")
    first = allocations[0] if isinstance(allocations, list) and allocations else None
    payment = first.get("payment") if isinstance(first, Mapping) else None
    account = payment.get("accountRef") if isinstance(payment, Mapping) else None
    if stated.get("accountRef") or not isinstance(account, Mapping):
        return stated
    return {**stated, "accountRef": account}


def build_direct_cost(draft: Draft) -> None:
    """Make a bank payment (UK) or a payment of expenses (US) of what is stated."""
    said = draft.said
    draft.body.update(copied(draft.push_type.fields, said, draft.edition))
    bank = find_bank(draft)
    base = draft.books.currency
    usual = (bank.currency if bank is not None else None) or base
    stated = text(said, "currency")
    if stated is not None and bank is not None and stated.strip().upper() != usual:
        draft.error(uk_problems.CURRENCY_DIFFERS, "currency", stated=stated, expected=usual)
    elif usual != base and bank is not None:
        # Sage keeps bank entries in the base currency (UK-BANK-CURRENCY).
        draft.error(
            uk_problems.BANK_NOT_BASE_CURRENCY,
            "accountRef.id",
            value=bank.id,
            held=usual,
            expected=base,
        )
    else:
        take_rate(draft, is_base=True)
    lines = draft.body.get("lines")
    for position, entry in enumerate(entries(said, "lineItems")):
        line = lines[position] if isinstance(lines, list) else {}
        _take_cost_line(draft, entry, line, f"lineItems.{position}")
    _finish_cost(draft)


def _take_cost_line(draft: Draft, stated: Tree, line: dict[str, object], where: str) -> None:
    find_account(draft, text(stated, "accountRef.id"), f"{where}.accountRef.id")
    if draft.edition == "uk":
        code = number(stated, "taxCode")
        name = "taxRateRef.id" if code is None else "taxCode"
        key = text(stated, "taxRateRef.id") if code is None else _code_text(code)
        taxing.take_uk_rate(draft, key, line, f"{where}.{name}")
    _check_cost_amounts(draft, stated, where)
    take_tracking(
        draft,
        entries(stated, "trackingCategoryRefs"),
        line,
        f"{where}.trackingCategoryRefs",
        cost_codes=True,
        department_required=draft.edition == "uk",
    )


def _code_text(code: Decimal) -> str:
    """Return a tax code that is typed a number; clients write 1 as 1.0 (push-api.md 6)."""
    return format(code.to_integral_value() if code == code.to_integral_value() else code, "f")


def _check_cost_amounts(draft: Draft, stated: Tree, where: str) -> None:
    net, tax = number(stated, "subTotal"), number(stated, "taxAmount") or Decimal(0)
    quantity, price = number(stated, "quantity"), number(stated, "unitAmount")
    if quantity is not None and quantity not in _ONE:
        draft.error(problems.PUSH_QUANTITY_ONE, f"{where}.quantity")
    if price == 0:
        draft.error(problems.PUSH_AMOUNT_ZERO, f"{where}.unitAmount", label="Unit Amount")
    if net is None:
        return
    if not net and not tax:
        draft.error(uk_problems.LINE_ZERO, f"{where}.subTotal")
    if price and quantity in _ONE and price * quantity != net:
        draft.warn(problems.PUSH_UNIT_AMOUNT_SET, f"{where}.unitAmount")
    total = number(stated, "totalAmount")
    place = f"{where}.totalAmount"
    check_sum(draft, place, "Total Amount", total or None, net + tax, "net and tax")


def _finish_cost(draft: Draft) -> None:
    """Check the totals against the lines, and state the total."""
    said = entries(draft.said, "lineItems")
    net = sum((number(line, "subTotal") or Decimal(0) for line in said), Decimal(0))
    tax = sum((number(line, "taxAmount") or Decimal(0) for line in said), Decimal(0))
    sums = (
        ("subTotal", "Sub Total", net),
        ("taxAmount", "Tax Amount", tax),
        ("totalAmount", "Total Amount", net + tax),
    )
    for name, label, computed in sums:
        check_sum(draft, name, label, number(draft.said, name), computed, "the lines")
    lines = draft.body.get("lines")
    made = lines if isinstance(lines, list) else []
    if draft.edition == "us":
        taxing.refuse_us_tax(draft, said, made)
        draft.body["amount"] = net
        return
    draft.body["total"] = net + tax
    if tax:
        draft.body["tax_override"] = True
        taxing.note_unusual_tax(draft, said, made)
