"""Documents of the sales side: quotes, orders, invoices, credit memos, receipts."""

from __future__ import annotations

from datetime import date
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
from clary.ledger.record import Family
from clary.ledger.types.declaring import document_type
from clary.ledger.types.documents import (
    LINES_UK,
    LINES_US,
    UK_NUMBER,
    US_NUMBER,
    Document,
    Posted,
    PricedLine,
    TradeDocument,
)
from clary.ledger.types.groups import Address, AgencyTax, Application

FORMS = ("ledger", "document")


class SalesLine(PricedLine):
    """One line of a sales document."""

    tax_type: int | None = integer("Item tax type", uk=ABSENT, help="1 to 25; 1 is Regular.")
    discount_percent: Decimal | None = decimal("Discount percent", us=ABSENT)
    sales_order_number: str | None = text("Sales order", us=20, uk=ABSENT)
    sales_order_line: int | None = integer(
        "Sales order line", uk=ABSENT, help="Place of the line in its sales order, from 1."
    )
    serial_number: str | None = text("Serial number", us=Rule(20, since=2010), uk=ABSENT)


class SalesDocument(TradeDocument):
    """What invoices and credit memos have in common."""

    number: str | None = text("Invoice number", us=US_NUMBER, uk=UK_NUMBER)
    customer_id: str = text(
        "Customer ID",
        us=Rule(20, required=True),
        uk=Rule(8, required=True, upper=True, label="Account reference"),
        reference="customer",
    )
    customer_name: str | None = text("Customer name", us=39, uk=60, computed=True)
    customer_po: str | None = text("Customer PO", us=20, uk=Rule(60, label="Customer order number"))
    form: str | None = choice("Form", FORMS, us=ABSENT, help="`ledger` (SI/SC) or `document`.")
    posted: bool | None = flag("Ledgers updated", us=ABSENT, computed=True)
    sales_rep_id: str | None = text("Sales representative", us=20, uk=ABSENT, reference="sales_rep")
    receivable_account_id: str | None = text(
        "Accounts receivable account", us=15, uk=ABSENT, reference="account"
    )
    tax_code_id: str | None = text("Sales tax code", us=8, uk=ABSENT, reference="tax_code")
    taxes: list[AgencyTax] | None = group(
        "Sales tax", us=5, uk=ABSENT, help="Worked out from the tax code when not stated."
    )
    freight_amount: Decimal | None = money("Freight", uk=Rule(label="Carriage net"))
    freight_tax_code_id: str | None = text(
        "Carriage tax code", us=ABSENT, uk=3, reference="tax_code"
    )
    freight_account_id: str | None = text(
        "Freight account", us=15, uk=Rule(8, label="Carriage nominal"), reference="account"
    )
    statement_note: str | None = text("Statement note", us=2000, uk=ABSENT, multiline=True)
    lines: list[SalesLine] = group("Lines", us=LINES_US, uk=LINES_UK)


class SalesInvoice(SalesDocument):
    """An invoice to a customer."""


class CreditMemo(SalesDocument):
    """A credit to a customer (UK: credit note); its amounts are natural, not negative."""

    return_authorization: str | None = text("Return authorization", us=20, uk=ABSENT)
    applications: list[Application] | None = group("Applied to", us=100, uk=100)


class OrderLine(SalesLine):
    """One line of a sales order."""

    quantity_delivered: Decimal | None = decimal(
        "Quantity shipped",
        uk=ABSENT,
        computed=True,
        help="What the invoices that name the order have delivered of it.",
    )


class SalesOrderDocument(Document):
    """What quotes and sales orders have in common; they post nothing."""

    number: str | None = text("Number", us=US_NUMBER, uk=Rule(7, label="Number"))
    customer_id: str = text(
        "Customer ID",
        us=Rule(20, required=True),
        uk=Rule(8, required=True, upper=True, label="Account reference"),
        reference="customer",
    )
    customer_name: str | None = text("Customer name", us=39, uk=60, computed=True)
    customer_po: str | None = text("Customer PO", us=20, uk=Rule(60, label="Customer order number"))
    ship_to: Address | None = group("Ship to", uk=Rule(label="Deliver to"))
    ship_via: str | None = text("Ship via", us=20, uk=ABSENT)
    sales_rep_id: str | None = text("Sales representative", us=20, uk=ABSENT, reference="sales_rep")
    receivable_account_id: str | None = text(
        "Accounts receivable account", us=15, uk=ABSENT, reference="account"
    )
    tax_code_id: str | None = text("Sales tax code", us=8, uk=ABSENT, reference="tax_code")
    currency: str | None = text("Currency", us=ABSENT, uk=3, reference="currency")
    note: str | None = text("Note", us=2000, uk=Rule(180, label="Notes"), multiline=True)
    closed: bool | None = flag("Closed")
    total: Decimal | None = money("Total", computed=True)


class Quote(SalesOrderDocument):
    """An offer to a customer."""

    good_through: date | None = day("Good through", uk=Rule(label="Expiry date"))
    lines: list[SalesLine] = group("Lines", us=LINES_US, uk=LINES_UK)


class SalesOrder(SalesOrderDocument):
    """An order of a customer."""

    ship_by: date | None = day("Ship by", uk=Rule(label="Despatch date"))
    lines: list[OrderLine] = group("Lines", us=LINES_US, uk=LINES_UK)


class Receipt(Posted):
    """Money from a customer, for invoices, on account or for direct sales."""

    reference: str | None = text(
        "Reference",
        us=Rule(20, required=True, source="Sage 50 US import field tables"),
        uk=Rule(30),
    )
    receipt_number: str | None = text("Receipt number", us=20, uk=ABSENT)
    deposit_ticket: str | None = text("Deposit ticket ID", us=13, uk=ABSENT)
    customer_id: str | None = text(
        "Customer ID",
        us=20,
        uk=Rule(8, required=True, upper=True, label="Account reference"),
        reference="customer",
    )
    customer_name: str | None = text("Customer name", us=39, uk=60)
    payment_method: str | None = text("Payment method", us=20, uk=ABSENT)
    cash_account_id: str = text(
        "Cash account",
        us=Rule(15, required=True),
        uk=Rule(8, required=True, upper=True, label="Bank account"),
        reference="account",
    )
    details: str | None = text("Details", us=ABSENT, uk=60)
    amount: Decimal | None = money("Amount", help="Checked against what it is made of when stated.")
    discount_account_id: str | None = text(
        "Discount account", us=15, uk=ABSENT, reference="account"
    )
    prepayment: bool | None = flag("Prepayment", uk=ABSENT)
    applications: list[Application] | None = group("Invoices paid", us=LINES_US, uk=LINES_UK)
    lines: list[SalesLine] | None = group("Direct sales lines", us=LINES_US, uk=ABSENT)
    currency: str | None = text("Currency", us=ABSENT, uk=3, reference="currency")
    exchange_rate: Decimal | None = decimal("Exchange rate", us=ABSENT, places=6)
    unapplied_amount: Decimal | None = money("Not applied", computed=True)


class Allocation(Posted):
    """The tie between a credit (receipt, credit memo, payment) and an invoice of one party."""

    party_type: str = choice(
        "Ledger",
        ("customer", "vendor"),
        us=Rule(required=True, choices=("customer", "vendor")),
        uk=Rule(required=True, choices=("customer", "vendor")),
    )
    party_id: str = text("Party", us=Rule(20, required=True), uk=Rule(8, required=True, upper=True))
    credit: int = integer(
        "Credit's transaction number", us=Rule(required=True), uk=Rule(required=True)
    )
    invoice: int = integer(
        "Invoice's transaction number", us=Rule(required=True), uk=Rule(required=True)
    )
    amount: Decimal = money("Amount", us=Rule(required=True), uk=Rule(required=True))
    discount_amount: Decimal | None = money("Discount taken")


QUOTE = document_type(
    "quote",
    Quote,
    60,
    ("Quote", "Quotes"),
    ("Quotation", "Quotations"),
    "quotes",
    "quotation",
    family=Family.ORDER,
    party="customer_id",
)
SALES_ORDER = document_type(
    "sales_order",
    SalesOrder,
    62,
    ("Sales order", "Sales orders"),
    ("Sales order", "Sales orders"),
    "sales_orders",
    "SalesOrders",
    "SalesOrderJournal",
    family=Family.ORDER,
    party="customer_id",
)
SALES_INVOICE = document_type(
    "sales_invoice",
    SalesInvoice,
    70,
    ("Invoice", "Invoices"),
    ("Sales invoice", "Sales invoices"),
    "sales_invoices",
    "invoice",
    "invoices",
    "SalesJournal",
    party="customer_id",
)
CREDIT_MEMO = document_type(
    "credit_memo",
    CreditMemo,
    74,
    ("Credit memo", "Credit memos"),
    ("Sales credit note", "Sales credit notes"),
    "credit_memos",
    "credit_note",
    "credit_notes",
    "sales_credit_note",
    party="customer_id",
)
RECEIPT = document_type(
    "receipt",
    Receipt,
    80,
    ("Receipt", "Receipts"),
    ("Customer receipt", "Customer receipts"),
    "receipts",
    "customer_receipt",
    "CashReceiptsJournal",
    number="reference",
    total="amount",
    party="customer_id",
)
ALLOCATION = document_type(
    "allocation",
    Allocation,
    90,
    ("Allocation", "Allocations"),
    ("Allocation", "Allocations"),
    "allocations",
    number=None,
    party="party_id",
    total="amount",
)
