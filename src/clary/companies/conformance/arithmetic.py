"""Figures of a document that hang together: line amounts, tax, totals, what is settled.

Worked out here once more, apart from the posting rules, so that a driver which adds up
wrongly is not compared with itself.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from clary.companies.conformance.references import OpenDocument, References, Tax
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import canonical, round_half_up
from clary.ledger.fields import EditionName

SETTLED: Final = Decimal("20.00")
"""What a full receipt, payment or credit applies to an invoice of 25.00."""

DISCOUNT: Final = Decimal("1.00")
ON_ACCOUNT: Final = Decimal("10.00")
WHOLE: Final = Decimal("25.00")

_ORDER_FIELDS: Final = (
    "sales_order_number",
    "sales_order_line",
    "purchase_order_number",
    "purchase_order_line",
)
_SETTLES: Final = {
    "receipt": "sales_invoice",
    "payment": "purchase",
    "credit_memo": "sales_invoice",
    "vendor_credit": "purchase",
}


def _money(amount: Decimal) -> str:
    return canonical(round_half_up(amount), 2)


def _lines(body: Body) -> list[Body]:
    lines = body.get("lines")
    return [line for line in lines if isinstance(line, dict)] if isinstance(lines, list) else []


def _decimal(value: JsonValue) -> Decimal:
    return Decimal(str(value or 0))


def _percent(amount: Decimal, rate: Decimal) -> Decimal:
    return round_half_up(amount * rate / 100)


def finish(
    record_type: str, body: Body, edition: EditionName, references: References, *, full: bool
) -> None:
    """Set the figures of a document of any type; a list record is left as it is."""
    if record_type in _SETTLES:
        _apply(record_type, body, references, full=full)
    _price_lines(body)
    finisher = _FINISHERS.get(record_type)
    if finisher is not None:
        finisher(body, edition, references)


def _price_lines(body: Body) -> None:
    """Make each amount quantity times price, less the discount."""
    for line in _lines(body):
        if "unit_price" in line and "amount" in line:
            whole = _decimal(line["quantity"]) * _decimal(line["unit_price"])
            line["amount"] = _money(whole * (100 - _decimal(line.get("discount_percent"))) / 100)


def _apply(record_type: str, body: Body, references: References, *, full: bool) -> None:
    """Settle a part of one fresh invoice; credits take no settlement discount."""
    entries = body.pop("applications", None)
    found = references.open_document(_SETTLES[record_type]) if full else None
    if found is None or not isinstance(entries, list) or not isinstance(entries[0], dict):
        return
    entry = {**entries[0], **_named(found), "amount": _money(SETTLED)}
    if record_type in ("receipt", "payment"):
        entry["discount_amount"] = _money(DISCOUNT)
    else:
        entry.pop("discount_amount", None)
    body["applications"] = [entry]


def _named(document: OpenDocument) -> Body:
    named: Body = {"transaction_number": document.transaction_number}
    if document.number is not None:
        named["invoice_number"] = document.number
    return named


def _trade(body: Body, edition: EditionName, references: References) -> None:
    tax = references.tax()
    if edition == "uk":
        _value_added_tax(body, tax)
    elif "taxes" in body:
        _sales_tax(body, tax)
    if "total" in body:
        parts = [_decimal(line.get("amount")) for line in _lines(body)]
        parts += [_decimal(line.get("tax_amount")) for line in _lines(body)]
        freight = _decimal(body.get("freight_amount"))
        carriage = _percent(freight, tax.rate) if tax is not None and edition == "uk" else 0
        body["total"] = _money(sum(parts, freight + carriage) + _agencies(body))


def _agencies(body: Body) -> Decimal:
    taxes = body.get("taxes")
    entries = taxes if isinstance(taxes, list) else []
    return sum(
        (_decimal(entry.get("amount")) for entry in entries if isinstance(entry, dict)),
        Decimal(0),
    )


def _value_added_tax(body: Body, tax: Tax | None) -> None:
    """State the tax of every line that states one, at the rate of its code."""
    for line in _lines(body):
        if tax is not None and "tax_code_id" in line and "tax_amount" in line:
            line["tax_amount"] = _money(_percent(_decimal(line["amount"]), tax.rate))
        elif "tax_amount" in line:
            line["tax_amount"] = "0.00"


def _sales_tax(body: Body, tax: Tax | None) -> None:
    """State the tax of each agency on the lines, and on freight where the code taxes it."""
    if tax is None:
        for name in ("taxes", "tax_code_id"):
            body.pop(name, None)
        return
    base = sum((_decimal(line.get("amount")) for line in _lines(body)), Decimal(0))
    if tax.tax_freight:
        base += _decimal(body.get("freight_amount"))
    body["taxes"] = [
        {
            "agency_id": agency.id,
            "description": agency.description,
            "account_id": agency.account_id,
            "amount": _money(_percent(base, agency.rate)),
        }
        for agency in tax.agencies
    ]


def _purchase(body: Body, edition: EditionName, references: References) -> None:
    _trade(body, edition, references)
    _order(body, references, "purchase_order", "purchase_order_number", "purchase_order_line")


def _sale(body: Body, edition: EditionName, references: References) -> None:
    _trade(body, edition, references)
    _order(body, references, "sales_order", "sales_order_number", "sales_order_line")


def _order(body: Body, references: References, order_type: str, number: str, place: str) -> None:
    """Let the lines that name an order name one that exists."""
    lines = [line for line in _lines(body) if number in line]
    found = references.open_document(order_type) if lines else None
    for line in lines:
        if found is not None and found.number is not None:
            line[number] = found.number
        else:
            line.pop(number)
            line.pop(place, None)


def _cash(body: Body, edition: EditionName, references: References) -> None:
    """Make the amount what is applied, what the lines hold, and something on account."""
    del edition, references
    for line in _lines(body):
        for name in _ORDER_FIELDS:
            line.pop(name, None)
    applied = SETTLED + ON_ACCOUNT if "applications" in body else Decimal(0)
    direct = sum((_decimal(line.get("amount")) for line in _lines(body)), Decimal(0))
    if "amount" in body:
        body["amount"] = _money(applied + direct or WHOLE)


def _journal(body: Body, edition: EditionName, references: References) -> None:
    """Make one debit and one credit of the same amount."""
    del edition, references
    for line, amount in zip(_lines(body), (WHOLE, -WHOLE), strict=True):
        line["amount"] = _money(amount)


def _allocation(body: Body, edition: EditionName, references: References) -> None:
    """Tie a fresh credit of the usual customer to a fresh invoice."""
    del edition
    credit = references.open_document("credit_memo")
    invoice = references.open_document("sales_invoice")
    party = references.key("customer")
    if credit is not None and invoice is not None and party is not None:
        body["party_id"] = party
        body["credit"] = credit.transaction_number
        body["invoice"] = invoice.transaction_number
        body["amount"] = _money(SETTLED)
    body.pop("discount_amount", None)


_FINISHERS: Final[dict[str, Callable[[Body, EditionName, References], None]]] = {
    "sales_invoice": _sale,
    "credit_memo": _sale,
    "quote": _sale,
    "sales_order": _sale,
    "purchase": _purchase,
    "vendor_credit": _purchase,
    "purchase_order": _purchase,
    "bank_payment": _trade,
    "bank_receipt": _trade,
    "receipt": _cash,
    "payment": _cash,
    "journal_entry": _journal,
    "allocation": _allocation,
}
