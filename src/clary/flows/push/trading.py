"""Makes invoices, credit notes, bills and bill credit notes of pushed documents.

Source: push-api.md 2.2 and 2.3: what a line may state in place of its net, that a read bill
shows its gross total as unit amount, and what must agree with what.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Final

from clary.flows.push import problems, taxing
from clary.flows.push.drafting import (
    PENNY,
    Draft,
    check_sum,
    copied,
    entries,
    find_account,
    find_party,
    number,
    shown,
    take_currency,
    text,
)
from clary.flows.push.reading import Tree
from clary.flows.push.tracking import take_tracking
from clary.kernel.money import round_half_up
from clary.ledger.posting import problems as codes
from clary.ledger.posting import uk_problems

_HUNDRED: Final = Decimal(100)
_DISCOUNTS: Final = ("discountAmount", "discountPercentage")
_LOST: Final = ("additionalTaxAmount", "additionalTaxPercentage")


def build_sale(draft: Draft, *, is_invoice: bool) -> None:
    """Make an invoice or credit note of what is stated; UK a batch entry."""
    _build(draft, "customer", is_bill=False)
    if draft.edition == "uk":
        draft.body["form"] = "ledger"
    if "date" not in draft.body:
        draft.body["date"] = draft.today.isoformat()
    if is_invoice and draft.edition == "uk":
        _refuse_banks(draft)


def build_bill(draft: Draft) -> None:
    """Make a bill or a supplier's credit of what is stated; the tax it states is kept."""
    _build(draft, "supplier", is_bill=True)
    if draft.edition == "us":
        said = entries(draft.said, "lineItems")
        taxing.refuse_us_tax(draft, said, _lines(draft), _tax_total(draft))
    elif any("tax_amount" in line for line in _lines(draft)):
        draft.body["tax_override"] = True
        taxing.note_unusual_tax(draft, entries(draft.said, "lineItems"), _lines(draft))


build_invoice = partial(build_sale, is_invoice=True)
build_credit_note = partial(build_sale, is_invoice=False)


def _lines(draft: Draft) -> list[dict[str, object]]:
    lines = draft.body.get("lines")
    return lines if isinstance(lines, list) else []


def _build(draft: Draft, party_kind: str, *, is_bill: bool) -> None:
    edition = draft.edition
    draft.body.update(copied(draft.push_type.fields, draft.said, edition))
    party = find_party(draft, party_kind)
    if party is not None:
        take_currency(draft, party.currency, is_bill=is_bill)
    said = entries(draft.said, "lineItems")
    for position, (stated, line) in enumerate(zip(said, _lines(draft), strict=True)):
        _take_line(draft, stated, line, f"lineItems.{position}", is_bill=is_bill)
    if not is_bill and edition == "us":
        taxing.take_us_rates(draft, said, _lines(draft))
    _check_totals(draft, said, is_bill=is_bill)
    _check_discounts(draft, said)
    _refuse_lost_money(draft)


def _take_line(
    draft: Draft, stated: Tree, line: dict[str, object], where: str, *, is_bill: bool
) -> None:
    account = text(stated, "accountRef.id")
    find_account(draft, account, f"{where}.accountRef.id")
    _take_item(draft, stated, where, has_account=account is not None)
    _check_discount(draft, stated, where)
    net = _net(draft, stated, where)
    if net is not None:
        line["amount"] = net
        _keep_price(draft, stated, line, net, where)
    if draft.edition == "uk":
        tax = taxing.stated_tax(stated, net)
        if tax is not None:
            line["tax_amount"] = tax
        taxing.take_uk_rate(draft, text(stated, "taxRateRef.id"), line, f"{where}.taxRateRef.id")
    take_tracking(
        draft,
        entries(stated, "trackingCategoryRefs"),
        line,
        f"{where}.trackingCategoryRefs",
        cost_codes=is_bill,
    )


def _take_item(draft: Draft, stated: Tree, where: str, *, has_account: bool) -> None:
    """Check the item of a US line; it gives the account where the line states none."""
    key = text(stated, "itemRef.id")
    if key is not None and draft.books.name("item", key) is None:
        draft.unknown(f"{where}.itemRef.id", "item", key)
    elif key is None and not has_account and draft.edition == "us":
        draft.error(codes.ACCOUNT_REQUIRED, f"{where}.accountRef")


def _net(draft: Draft, stated: Tree, where: str) -> Decimal | None:
    """Return the net of a line, or note that its amounts do not say it."""
    sub_total = number(stated, "subTotal")
    tax, total = number(stated, "taxAmount"), number(stated, "totalAmount")
    if sub_total is not None:
        if tax is not None:
            check_sum(
                draft,
                f"{where}.totalAmount",
                "Total Amount",
                total,
                sub_total + tax,
                "net and tax",
            )
        return sub_total
    if tax is not None and total is not None:
        return total - tax
    priced = _priced(stated)
    if priced is None:
        draft.error(problems.PUSH_LINE_AMOUNT_MISSING, where)
        return None
    return priced


def _priced(stated: Tree) -> Decimal | None:
    """Return quantity times unit amount less discounts, or none where they are not stated."""
    gross = _gross(stated)
    return None if gross is None else round_half_up(gross - _discount(stated, gross))


def _gross(stated: Tree) -> Decimal | None:
    """Return quantity times unit amount, or none where they are not stated."""
    quantity, price = number(stated, "quantity"), number(stated, "unitAmount")
    if price is None:
        return None
    return price * (quantity if quantity is not None else 1)


def _discount(stated: Tree, gross: Decimal) -> Decimal:
    """Return what is taken off a line of a gross amount."""
    percent = number(stated, "discountPercentage") or Decimal(0)
    return number(stated, "discountAmount") or gross * percent / _HUNDRED


def _check_discount(draft: Draft, stated: Tree, where: str) -> None:
    """Note a discount of a line that adds to it, or takes off more than there is."""
    if not any(number(stated, name) for name in _DISCOUNTS):
        return
    gross = _gross(stated)
    # Without a price, the net says what is left after the discount, which may be any.
    most = {"discountPercentage": _HUNDRED, "discountAmount": gross}
    for name, limit in most.items():
        discount = number(stated, name) or Decimal(0)
        low, high = sorted((Decimal(0), max(discount, Decimal(0)) if limit is None else limit))
        if not low <= discount <= high:
            draft.error(
                problems.PUSH_DISCOUNT_INVALID,
                f"{where}.{name}",
                stated=shown(discount),
                low=shown(low),
                high=shown(high),
            )
    amount, percent = number(stated, "discountAmount"), number(stated, "discountPercentage")
    if gross is None or not amount or not percent:
        return
    taken = gross * percent / _HUNDRED
    if abs(amount - taken) > PENNY:
        _note_difference(draft, f"{where}.discountAmount", amount, "the percentage", taken)


def _note_difference(draft: Draft, where: str, stated: Decimal, of: str, computed: Decimal) -> None:
    draft.error(
        problems.PUSH_AMOUNTS_DIFFER,
        where,
        label="Discount",
        stated=shown(round_half_up(stated)),
        of=of,
        computed=shown(round_half_up(computed)),
    )


def _keep_price(
    draft: Draft, stated: Tree, line: dict[str, object], net: Decimal, where: str
) -> None:
    """Keep quantity and unit price where they give the net by themselves.

    A discount, or a price that is the total of the line with its tax (as bills are read),
    leaves the amount alone to say what the line is worth.
    """
    quantity, price = number(stated, "quantity"), number(stated, "unitAmount")
    priced = _priced(stated)
    if priced is None or price is None:
        if quantity is not None and quantity < 0:
            line.pop("quantity", None)
        return
    is_same = abs(priced - net) <= PENNY
    discounted = any(number(stated, name) for name in _DISCOUNTS)
    if is_same and not discounted and quantity is not None and quantity > 0:
        return
    line.pop("unit_price", None)
    if quantity is not None and quantity <= 0:
        line.pop("quantity", None)
    gross = net + (number(stated, "taxAmount") or Decimal(0))
    if not is_same and price and abs(priced - gross) > PENNY:
        draft.error(
            problems.PUSH_AMOUNTS_DIFFER,
            f"{where}.unitAmount",
            label="The net of the line",
            stated=shown(net),
            of="quantity and unit amount",
            computed=shown(priced),
        )


def _refuse_banks(draft: Draft) -> None:
    """Note lines of a UK invoice that are posted to a bank account (2.2)."""
    for position, stated in enumerate(entries(draft.said, "lineItems")):
        key = text(stated, "accountRef.id")
        found = draft.books.account(key) if key is not None else None
        if found is not None and found.is_bank:
            where = f"lineItems.{position}.accountRef.id"
            draft.error(uk_problems.NOMINAL_IS_BANK, where, value=found.id)


def _tax_total(draft: Draft) -> str:
    """Return the property of the header that states the tax."""
    return "taxAmount" if draft.push_type.name == "bills" else "totalTaxAmount"


def _check_totals(draft: Draft, said: list[Tree], *, is_bill: bool) -> None:
    """Check the totals that are stated; zero stands for none, as clients must send some.

    What the document comes to by its own words is stated to the books, which post nothing else.
    """
    made = [line.get("amount") for line in _lines(draft)]
    nets = [net for net in made if isinstance(net, Decimal)]
    if len(nets) != len(said):
        return
    pairs = zip(said, nets, strict=True)
    taxes = [tax for tax in (taxing.stated_tax(*pair) for pair in pairs) if tax is not None]
    net, name, of = sum(nets, Decimal(0)), _tax_total(draft), "the lines"
    check_sum(draft, "subTotal", "Sub Total", _nonzero(draft, "subTotal"), net, of)
    tax, total = _nonzero(draft, name), _nonzero(draft, "totalAmount")
    if len(taxes) == len(said):
        stated, tax = tax, sum(taxes, Decimal(0))
        check_sum(draft, name, "Tax", stated, tax, of)
        tax = round_half_up(net + tax) - net  # digits beyond the penny are told of at the lines
        name = name if stated else "lineItems"
    else:
        of = "net and tax"
    if tax is not None:
        check_sum(draft, "totalAmount", "Total", total, net + tax, of)
        total = total or net + tax
        if draft.edition == "us" and not is_bill and not draft.failed:
            taxing.keep_us_tax(draft, _lines(draft), tax, name)
    if total is not None:
        draft.body["total"] = total


def _nonzero(draft: Draft, name: str) -> Decimal | None:
    """Return a number of the header, none where it is zero."""
    return number(draft.said, name) or None


def _check_discounts(draft: Draft, said: list[Tree]) -> None:
    """Note a discount of the header that the lines do not say: nothing would take it off."""
    if not any(number(draft.said, name) for name in ("totalDiscount", "discountPercentage")):
        return
    gross = taken = Decimal(0)
    for stated in said:
        own = _gross(stated)
        own = number(stated, "subTotal") or Decimal(0) if own is None else own
        gross += own
        taken += _discount(stated, own)
    percent = number(draft.said, "discountPercentage") or Decimal(0)
    wanted = {
        "totalDiscount": number(draft.said, "totalDiscount") or Decimal(0),
        "discountPercentage": gross * percent / _HUNDRED,
    }
    for name, amount in wanted.items():
        if amount and abs(amount - taken) > PENNY * len(said):
            _note_difference(draft, name, amount, "the discounts of the lines", taken)


def _refuse_lost_money(draft: Draft) -> None:
    """Note amounts of the header that no field of the books holds."""
    withheld = entries(draft.said, "withholdingTax")
    lost = {name: number(draft.said, name) for name in _LOST}
    lost["withholdingTax"] = next((x for each in withheld if (x := number(each, "amount"))), None)
    for name, amount in lost.items():
        if amount:
            draft.error(problems.PUSH_MONEY_LOST, name, name=name)
