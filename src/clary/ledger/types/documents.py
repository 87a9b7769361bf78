"""What documents have in common: header stamps, and the lines of sales and purchases."""

from __future__ import annotations

from datetime import date as Date  # noqa: N812 - the field is called date
from decimal import Decimal

from clary.ledger.fields import (
    ABSENT,
    Rule,
    choice,
    day,
    decimal,
    flag,
    group,
    integer,
    money,
    text,
)
from clary.ledger.record import Record
from clary.ledger.types.groups import Address
from clary.ledger.types.stamps import Stamped

US_NUMBER = Rule(20, source="Sage 50 US import field tables")
UK_NUMBER = Rule(30, label="Reference", source="Sage UK knowledge base, audit trail import")
LINES_US = Rule(154, source="Sage 50 US help, import tips 2021 (160, in AR journals 154)")
LINES_US_PURCHASES = Rule(160, source="Sage 50 US help, import tips 2021")
LINES_UK = Rule(1000, source="inferred")


STATUSES = ("live", "reversed", "reversal")

MAKES_TOTAL = frozenset({"lines", "freight_amount", "tax_code_id", "applications"})
"""Fields that a document's total comes of; a total that is stated beside a change of them is
checked anew, although it be the same as before."""


class Document(Stamped):
    """A dated document.  Its key is the number that the company gives it."""

    transaction_number: int | None = integer(
        "Transaction number", computed=True, key=True, help="Given by the company; never reused."
    )
    date: Date = day("Date", us=Rule(required=True), uk=Rule(required=True))
    period: int | None = integer("Accounting period", computed=True)
    origin: str | None = text(
        "Origin", us=80, uk=80, help="Where the document comes from; found again on a rerun."
    )


class Posted(Document):
    """A document that moves balances."""

    status: str | None = choice(
        "Status",
        STATUSES,
        computed=True,
        help="`reversed` was voided or reversed, `reversal` is what did it; `live` counts.",
    )
    reversed_by: int | None = integer("Voided or reversed by transaction", computed=True)
    reverses: int | None = integer("Voids or reverses transaction", computed=True)


class PricedLine(Record):
    """What lines of sales and of purchases have in common; amounts are natural, not signed."""

    item_id: str | None = text(
        "Item ID", us=20, uk=Rule(30, label="Product code"), reference="item"
    )
    quantity: Decimal | None = decimal("Quantity")
    description: str | None = text(
        "Description", us=160, uk=Rule(60, label="Details"), multiline=True
    )
    account_id: str | None = text(
        "GL account", us=15, uk=Rule(8, label="Nominal code"), reference="account"
    )
    unit_price: Decimal | None = decimal("Unit price")
    amount: Decimal | None = money("Amount", uk=Rule(label="Net amount"))
    tax_code_id: str | None = text("Tax code", us=ABSENT, uk=3, reference="tax_code")
    tax_amount: Decimal | None = money("Tax amount", us=ABSENT)
    job_id: str | None = text("Job", us=20, uk=Rule(12, label="Project"), reference="job")
    department_id: str | None = text("Department", us=ABSENT, uk=3, reference="department")
    unit_of_measure: str | None = text("Unit of measure", us=15, uk=8)
    weight: Decimal | None = decimal("Weight", uk=ABSENT)


class TradeDocument(Posted):
    """What sales and purchase documents have in common."""

    due_date: Date | None = day("Date due")
    discount_date: Date | None = day("Discount date", uk=ABSENT)
    discount_amount: Decimal | None = money("Discount amount", uk=ABSENT)
    terms_text: str | None = text("Displayed terms", us=20, uk=ABSENT)
    details: str | None = text("Details", us=ABSENT, uk=60)
    ship_to: Address | None = group("Ship to", uk=Rule(label="Deliver to"))
    ship_via: str | None = text("Ship via", us=20, uk=ABSENT)
    ship_date: Date | None = day("Ship date", uk=ABSENT)
    drop_ship: bool | None = flag("Drop ship", uk=ABSENT)
    note: str | None = text("Note", us=2000, uk=Rule(180, label="Notes"), multiline=True)
    internal_note: str | None = text("Internal note", us=2000, uk=ABSENT, multiline=True)
    currency: str | None = text("Currency", us=ABSENT, uk=3, reference="currency")
    exchange_rate: Decimal | None = decimal("Exchange rate", us=ABSENT, places=6)
    tax_override: bool | None = flag(
        "Keep stated tax", help="Accepts tax that differs from what the edition works out."
    )
    beginning_balance: bool | None = flag("Beginning balance", uk=ABSENT)
    total: Decimal | None = money("Total", help="Checked against the lines and tax when stated.")
    tax_total: Decimal | None = money("Tax", computed=True)
    amount_due: Decimal | None = money("Amount due", computed=True)
