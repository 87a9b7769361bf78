"""Documents of the purchase side: orders, bills and item receipts, credits, payments."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clary.ledger.fields import ABSENT, Rule, day, decimal, flag, group, integer, money, text
from clary.ledger.record import Family
from clary.ledger.types.declaring import document_type
from clary.ledger.types.documents import (
    LINES_UK,
    LINES_US_PURCHASES,
    UK_NUMBER,
    US_NUMBER,
    Document,
    Posted,
    PricedLine,
    TradeDocument,
)
from clary.ledger.types.groups import Address, Application

VENDOR_REFERENCE_US = Rule(20, required=True)
VENDOR_REFERENCE_UK = Rule(8, required=True, upper=True, label="Account reference")


class PurchaseLine(PricedLine):
    """One line of a purchase document."""

    purchase_order_number: str | None = text("Purchase order", us=20, uk=ABSENT)
    purchase_order_line: int | None = integer(
        "Purchase order line", uk=ABSENT, help="Place of the line in its purchase order, from 1."
    )
    reimbursable: bool | None = flag("Used for reimbursable expenses", uk=ABSENT)


class PurchaseDocument(TradeDocument):
    """What bills and vendor credits have in common."""

    number: str | None = text("Invoice number", us=US_NUMBER, uk=UK_NUMBER)
    vendor_id: str = text(
        "Vendor ID", us=VENDOR_REFERENCE_US, uk=VENDOR_REFERENCE_UK, reference="vendor"
    )
    vendor_name: str | None = text("Vendor name", us=39, uk=60, computed=True)
    customer_invoice_number: str | None = text("Customer invoice number", us=20, uk=ABSENT)
    customer_sales_order: str | None = text("Customer sales order", us=20, uk=ABSENT)
    payable_account_id: str | None = text(
        "Accounts payable account", us=15, uk=ABSENT, reference="account"
    )
    lines: list[PurchaseLine] = group("Lines", us=LINES_US_PURCHASES, uk=LINES_UK)


class Purchase(PurchaseDocument):
    """A bill of a vendor, or goods received that wait for their bill (US)."""

    waiting_on_bill: bool | None = flag("Waiting on bill", uk=ABSENT)


class VendorCredit(PurchaseDocument):
    """A credit of a vendor; its amounts are natural, not negative."""

    return_authorization: str | None = text("Return authorization", us=20, uk=ABSENT)
    applications: list[Application] | None = group("Applied to", us=100, uk=100)


class PurchaseOrderLine(PurchaseLine):
    """One line of a purchase order."""

    quantity_received: Decimal | None = decimal(
        "Quantity received",
        uk=ABSENT,
        computed=True,
        help="What the purchases that name the order have received of it.",
    )


class PurchaseOrder(Document):
    """An order to a vendor; it posts nothing."""

    number: str | None = text("PO number", us=US_NUMBER, uk=Rule(7, label="Order number"))
    vendor_id: str = text(
        "Vendor ID", us=VENDOR_REFERENCE_US, uk=VENDOR_REFERENCE_UK, reference="vendor"
    )
    vendor_name: str | None = text("Vendor name", us=39, uk=60, computed=True)
    closed: bool | None = flag("Closed")
    good_through: date | None = day("Good through", uk=Rule(label="Delivery date"))
    ship_to: Address | None = group("Ship to", uk=Rule(label="Deliver to"))
    ship_via: str | None = text("Ship via", us=20, uk=ABSENT)
    drop_ship: bool | None = flag("Drop ship", uk=ABSENT)
    payable_account_id: str | None = text(
        "Accounts payable account", us=15, uk=ABSENT, reference="account"
    )
    currency: str | None = text("Currency", us=ABSENT, uk=3, reference="currency")
    note: str | None = text("Note", us=2000, uk=Rule(180, label="Notes"), multiline=True)
    total: Decimal | None = money("Total", computed=True)
    lines: list[PurchaseOrderLine] = group("Lines", us=LINES_US_PURCHASES, uk=LINES_UK)


class Payment(Posted):
    """Money to a vendor, for bills, on account or for direct expenses."""

    reference: str | None = text("Check number", us=20, uk=Rule(30, label="Reference"))
    vendor_id: str | None = text(
        "Vendor ID",
        us=20,
        uk=Rule(8, required=True, upper=True, label="Account reference"),
        reference="vendor",
    )
    vendor_name: str | None = text("Payee", us=39, uk=60)
    payment_method: str | None = text("Payment method", us=20, uk=ABSENT)
    cash_account_id: str = text(
        "Cash account",
        us=Rule(15, required=True),
        uk=Rule(8, required=True, upper=True, label="Bank account"),
        reference="account",
    )
    memo: str | None = text("Memo", us=30, uk=Rule(60, label="Details"))
    amount: Decimal | None = money("Amount", help="Checked against what it is made of when stated.")
    discount_account_id: str | None = text(
        "Discount account", us=15, uk=ABSENT, reference="account"
    )
    prepayment: bool | None = flag("Prepayment", uk=ABSENT)
    applications: list[Application] | None = group(
        "Invoices paid", us=LINES_US_PURCHASES, uk=LINES_UK
    )
    lines: list[PurchaseLine] | None = group("Expense lines", us=LINES_US_PURCHASES, uk=ABSENT)
    currency: str | None = text("Currency", us=ABSENT, uk=3, reference="currency")
    exchange_rate: Decimal | None = decimal("Exchange rate", us=ABSENT, places=6)
    unapplied_amount: Decimal | None = money("Not applied", computed=True)


PURCHASE_ORDER = document_type(
    "purchase_order",
    PurchaseOrder,
    64,
    ("Purchase order", "Purchase orders"),
    ("Purchase order", "Purchase orders"),
    "purchase_orders",
    "PurchaseOrderJournal",
    party="vendor_id",
    family=Family.ORDER,
)
PURCHASE = document_type(
    "purchase",
    Purchase,
    66,
    ("Purchase", "Purchases"),
    ("Purchase invoice", "Purchase invoices"),
    "purchases",
    "purchase_invoice",
    "purchase_invoices",
    "bill",
    "bills",
    "PurchaseJournal",
    party="vendor_id",
)
VENDOR_CREDIT = document_type(
    "vendor_credit",
    VendorCredit,
    72,
    ("Vendor credit memo", "Vendor credit memos"),
    ("Purchase credit note", "Purchase credit notes"),
    "vendor_credits",
    "vendor_credit_memo",
    "purchase_credit_note",
    party="vendor_id",
)
PAYMENT = document_type(
    "payment",
    Payment,
    82,
    ("Payment", "Payments"),
    ("Supplier payment", "Supplier payments"),
    "payments",
    "supplier_payment",
    "PaymentsJournal",
    number="reference",
    party="vendor_id",
    total="amount",
)
