"""Documents of the books as the push API shows them: trade, money, journals, direct costs.

Source of the shapes: push-api.md 2.3 and 3.  Where Sage keeps no unit price, the unit amount
is the net of the line and the quantity 1.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Final

from clary.companies.contract import LedgerRow
from clary.flows.push.allocating import CREDIT_TYPE, PARTS
from clary.flows.push.paying import ON_ACCOUNT
from clary.flows.push.showing import (
    ZERO,
    Record,
    Showing,
    Shown,
    account_ref,
    amount,
    currency_of,
    key_of,
    midnight,
    rate_ref,
    rows,
    stamps,
    stated,
    tracking_refs,
    word,
)
from clary.flows.push.spreading import us_taxed
from clary.flows.push.types_trade import NOTE_FIELD
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import from_minor
from clary.ledger.fields import EditionName

PARTY_NAMES: Final = {"customer": "companyName", "supplier": "supplierName"}
PARTY_TYPES: Final = {"customer": "customer", "supplier": "vendor"}

SOURCES: Final[Mapping[str, str]] = {
    "sales_invoice": "invoices",
    "credit_memo": "creditNotes",
    "purchase": "bills",
    "vendor_credit": "billCreditNotes",
    "receipt": "payments",
    "payment": "billPayments",
    "bank_payment": "directCosts",
    "bank_receipt": "directIncomes",
    "bank_transfer": "transfers",
    "journal_entry": "journalEntries",
}
"""Data type of the record behind a posting, by record type."""


def is_void(body: Mapping[str, JsonValue]) -> bool:
    """Tell whether a document no longer counts: it was reversed, or reverses another."""
    return word(body, "status") in ("reversed", "reversal")


def _party_ref(body: Body, kind: str) -> Record | None:
    ours = PARTY_TYPES[kind]
    key = word(body, f"{ours}_id")
    if key is None:
        return None
    return stated(**{"id": key, PARTY_NAMES[kind]: word(body, f"{ours}_name")})


def _settled_status(body: Body, whole: str) -> str:
    if is_void(body):
        return "Void"
    if body.get("form") == "document" and not body.get("posted"):
        return "Draft"
    total, left = amount(body, "total"), amount(body, "amount_due")
    if not total or left >= total:
        return whole
    return "PartiallyPaid" if left else "Paid"


def _note(body: Body, edition: EditionName) -> str | None:
    return word(body, NOTE_FIELD[edition])


def _trade_line(
    showing: Showing, line: Mapping[str, JsonValue], tax: Decimal, code: str | None
) -> Record:
    net = amount(line, "amount")
    quantity, price = word(line, "quantity"), word(line, "unit_price")
    priced = quantity is not None and price is not None
    item = word(line, "item_id")
    return stated(
        description=word(line, "description"),
        unitAmount=Decimal(price) if priced and price is not None else net,
        quantity=Decimal(quantity) if priced and quantity is not None else Decimal(1),
        discountAmount=ZERO,
        discountPercentage=amount(line, "discount_percent"),
        subTotal=net,
        taxAmount=tax,
        totalAmount=net + tax,
        accountRef=account_ref(showing, word(line, "account_id")),
        taxRateRef=rate_ref(showing, code),
        itemRef=None if item is None else stated(id=item, name=showing.books.name("item", item)),
        trackingCategoryRefs=tracking_refs(showing, line),
    )


def _trade_lines(showing: Showing, body: Body, *, is_sale: bool) -> list[Shown]:
    """Return the lines; US tax, which belongs to the whole, is spread over what is taxed."""
    if is_sale and not showing.is_uk:
        return [_trade_line(showing, *each) for each in us_taxed(body, showing)]
    return [*_lines(showing, body)]


def _lines(showing: Showing, body: Body) -> list[Record]:
    return [
        _trade_line(showing, line, amount(line, "tax_amount"), word(line, "tax_code_id"))
        for line in rows(body, "lines")
    ]


def _figures(body: Body) -> tuple[Decimal, Decimal, Decimal, Decimal]:
    """Return net, tax, total and what is open; nothing is open of a void document."""
    total, tax = amount(body, "total"), amount(body, "tax_total")
    left = ZERO if is_void(body) else amount(body, "amount_due")
    return total - tax, tax, total, left


def invoice(body: Body, showing: Showing) -> Record:
    """Return a sales invoice as the API shows it."""
    net, tax, total, left = _figures(body)
    return {
        **stated(
            id=key_of(body),
            invoiceNumber=word(body, "number"),
            customerRef=_party_ref(body, "customer"),
            salesOrderRefs=[],
            issueDate=midnight(body.get("date")),
            dueDate=midnight(body.get("due_date")),
            note=_note(body, showing.books.edition),
        ),
        **currency_of(body, showing),
        "lineItems": _trade_lines(showing, body, is_sale=True),
        "paymentAllocations": [],
        "withholdingTax": [],
        "totalDiscount": ZERO,
        "subTotal": net,
        "additionalTaxAmount": ZERO,
        "additionalTaxPercentage": ZERO,
        "totalTaxAmount": tax,
        "totalAmount": total,
        "amountDue": left,
        "discountPercentage": ZERO,
        "status": _settled_status(body, "Submitted"),
        **stamps(body, showing),
    }


def bill(body: Body, showing: Showing) -> Record:
    """Return a purchase invoice as the API shows it."""
    net, tax, total, left = _figures(body)
    return {
        **stated(
            id=key_of(body),
            reference=word(body, "number"),
            supplierRef=_party_ref(body, "supplier"),
            purchaseOrderRefs=[],
            issueDate=midnight(body.get("date")),
            dueDate=midnight(body.get("due_date")),
            note=_note(body, showing.books.edition),
        ),
        **currency_of(body, showing),
        "lineItems": _trade_lines(showing, body, is_sale=False),
        "withholdingTax": [],
        "status": _settled_status(body, "Open"),
        "subTotal": net,
        "taxAmount": tax,
        "totalAmount": total,
        "amountDue": left,
        "paymentAllocations": [],
        **stamps(body, showing),
    }


def _credit(body: Body, showing: Showing, *, kind: str, number: str) -> Record:
    net, tax, total, left = _figures(body)
    is_sale = kind == "customer"
    extra = {"additionalTaxAmount": ZERO, "additionalTaxPercentage": ZERO} if is_sale else {}
    return {
        **stated(
            **{
                "id": key_of(body),
                number: word(body, "number"),
                f"{kind}Ref": _party_ref(body, kind),
                "issueDate": midnight(body.get("date")),
                "note": _note(body, showing.books.edition),
            }
        ),
        **currency_of(body, showing),
        "withholdingTax": [],
        "totalAmount": total,
        "totalDiscount": ZERO,
        "subTotal": net,
        **extra,
        "totalTaxAmount": tax,
        "discountPercentage": ZERO,
        "remainingCredit": left,
        "status": _settled_status(body, "Submitted"),
        "lineItems": _trade_lines(showing, body, is_sale=is_sale),
        "paymentAllocations": [],
        **stamps(body, showing),
    }


credit_note = partial(_credit, kind="customer", number="creditNoteNumber")
bill_credit_note = partial(_credit, kind="supplier", number="billCreditNoteNumber")


def _money(body: Body, showing: Showing, *, kind: str, link: str) -> Record:
    total = amount(body, "amount")
    day = midnight(body.get("date"))
    memo = word(body, "details") if kind == "customer" else word(body, "memo")
    method = word(body, "payment_method")
    return {
        **stated(
            **{
                "id": key_of(body),
                f"{kind}Ref": _party_ref(body, kind),
                "accountRef": account_ref(showing, word(body, "cash_account_id")),
                "paymentMethodRef": None if method is None else {"id": method, "name": method},
                "reference": word(body, "reference"),
                "note": memo,
            }
        ),
        "totalAmount": total,
        **currency_of(body, showing),
        "date": day,
        "lines": [
            stated(amount=total, links=_links(body, showing, kind, link), allocatedOnDate=day)
        ],
        **stamps(body, showing, is_deleted=is_void(body)),
    }


def _links(body: Body, showing: Showing, kind: str, link: str) -> list[Shown]:
    """Return what a payment settles, the credits that it uses, and what stays on account."""
    ours = PARTY_TYPES[kind]
    party = word(body, f"{ours}_id") or ""
    found = _Links()
    for entry in rows(body, "applications"):
        number, key = word(entry, "invoice_number"), entry.get("transaction_number")
        if key is None and number is not None:
            key = showing.books.document(ours, party, number)
        found.add(link, key, -amount(entry, "amount"))
    # Of a payment that stands, an allocation that was taken back alone is none of it any more.
    parts = [each for each in rows(body, PARTS) if is_void(body) or not is_void(each)]
    for part in parts:
        found.add(link, part.get("invoice"), -amount(part, "amount"))
    for part in parts:
        credit = "CreditNote" if word(part, CREDIT_TYPE) else _PAID_BEFORE[kind]
        found.add(credit, part.get("credit"), amount(part, "amount"))
    left = amount(body, "unapplied_amount")
    if left and kind == "customer":
        found.add(ON_ACCOUNT, party, -left)
    elif left:
        found.add("Unlinked", None, -left)
    return [stated(type=of, id=key, amount=worth) for (of, key), worth in found.worth.items()]


_PAID_BEFORE: Final = {"customer": "Payment", "supplier": "BillPayment"}
"""What a credit is called that is no credit note, by party."""


@dataclass(slots=True)
class _Links:
    """Links of a payment, one for each record: several lines are made one (push-api.md 2.2)."""

    worth: dict[tuple[str, str | None], Decimal] = field(default_factory=dict)

    def add(self, kind: str, key: JsonValue, worth: Decimal) -> None:
        """Add to the link with a record."""
        name = kind, None if key is None else str(key)
        self.worth[name] = self.worth.get(name, ZERO) + worth


payment = partial(_money, kind="customer", link="Invoice")
bill_payment = partial(_money, kind="supplier", link="Bill")


def _direct(body: Body, showing: Showing, *, lines: Sequence[Record], bank: str) -> Record:
    net = sum((_decimal(line["subTotal"]) for line in lines), ZERO)
    tax = sum((_decimal(line["taxAmount"]) for line in lines), ZERO)
    day = midnight(body.get("date"))
    total = net + tax
    money: Record = {
        "payment": stated(
            id=key_of(body),
            accountRef=account_ref(showing, word(body, bank)),
            paidOnDate=day,
            totalAmount=total,
            **currency_of(body, showing),
        ),
        "allocation": stated(allocatedOnDate=day, totalAmount=total, **currency_of(body, showing)),
    }
    return {
        **stated(
            id=key_of(body),
            reference=word(body, "number") or word(body, "reference"),
            note=word(body, "details") or word(body, "memo"),
        ),
        "issueDate": day,
        **currency_of(body, showing),
        "lineItems": list(lines),
        "paymentAllocations": [money],
        "subTotal": net,
        "taxAmount": tax,
        "totalAmount": total,
        **stamps(body, showing, is_deleted=is_void(body)),
    }


def _decimal(value: Shown) -> Decimal:
    return value if isinstance(value, Decimal) else ZERO


def direct(body: Body, showing: Showing) -> Record:
    """Return money that was paid or received without a bill or invoice as the API shows it."""
    bank = "bank_id" if showing.is_uk else "cash_account_id"
    return _direct(body, showing, lines=_lines(showing, body), bank=bank)


def journal_entry(body: Body, showing: Showing) -> Record:
    """Return a journal entry of its own as the API shows it."""
    lines = [
        (word(line, "account_id"), amount(line, "amount"), word(line, "description"), line)
        for line in rows(body, "lines")
    ]
    day = midnight(body.get("date"))
    return {
        **stated(
            id=key_of(body),
            description=word(body, "description") or word(body, "number"),
            postedOn=day,
            createdOn=day,
            updatedOn=word(body, "last_saved_at") or word(body, "created_at") or day,
            recordRef={"id": key_of(body), "dataType": "journalEntries"},
        ),
        "journalLines": [
            {
                **_journal_line(showing, account, net, text),
                "tracking": {"recordRefs": _record_refs(showing, line)},
            }
            for account, net, text, line in lines
        ],
        **stamps(body, showing, is_deleted=is_void(body)),
    }


def _record_refs(showing: Showing, line: Mapping[str, JsonValue]) -> list[Shown]:
    return [
        {"id": ref["id"], "dataType": "trackingCategories"}
        for ref in tracking_refs(showing, line)
        if isinstance(ref, Mapping)
    ]


def _journal_line(showing: Showing, account: str | None, net: Decimal, text: str | None) -> Record:
    return stated(
        description=text,
        netAmount=net,
        currency=showing.books.currency,
        accountRef=account_ref(showing, account),
    )


def posted_entry(posted: Sequence[LedgerRow], showing: Showing) -> Record:
    """Return what one transaction posted as a journal entry, tied to its source (2.3).

    Args:
        posted: the rows of the transaction, at least one.
        showing: names of the accounts.
    """
    first = posted[0]
    day = midnight(first.date.isoformat())
    data_type = SOURCES.get(first.record_type)
    return {
        **stated(
            id=str(first.transaction_number),
            description=first.number,
            postedOn=day,
            createdOn=day,
            updatedOn=day,
            modifiedDate=showing.modified,
            recordRef=None
            if data_type is None
            else {"id": str(first.transaction_number), "dataType": data_type},
        ),
        "journalLines": [
            _journal_line(showing, row.account_id, from_minor(row.amount), row.description or None)
            for row in posted
        ],
        "metadata": {"isDeleted": False},
    }
