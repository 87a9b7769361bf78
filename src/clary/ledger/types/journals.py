"""Documents without a customer or vendor: journal entries, bank entries, stock."""

from __future__ import annotations

from decimal import Decimal

from clary.ledger.fields import ABSENT, Rule, decimal, flag, group, money, text
from clary.ledger.record import Record
from clary.ledger.types.declaring import document_type
from clary.ledger.types.documents import LINES_UK, Posted

REFERENCE_US = Rule(20)
REFERENCE_UK = Rule(30)


class JournalLine(Record):
    """One row of a journal entry; a debit is positive, a credit negative."""

    account_id: str = text(
        "GL account",
        us=Rule(15, required=True),
        uk=Rule(8, required=True, upper=True, label="Nominal code"),
        reference="account",
    )
    description: str | None = text("Description", us=160, uk=Rule(60, label="Details"))
    amount: Decimal = money("Amount", us=Rule(required=True), uk=Rule(required=True))
    job_id: str | None = text("Job", us=20, uk=ABSENT, reference="job")
    department_id: str | None = text("Department", us=ABSENT, uk=3, reference="department")
    tax_code_id: str | None = text("Tax code", us=ABSENT, uk=3, reference="tax_code")


class JournalEntry(Posted):
    """A general journal entry (UK: JD and JC); its lines add up to zero."""

    number: str | None = text("Reference", us=REFERENCE_US, uk=REFERENCE_UK)
    description: str | None = text("Description", us=160, uk=Rule(60, label="Details"))
    reversing: bool | None = flag("Reverse on the first day of the next period", uk=ABSENT)
    lines: list[JournalLine] = group(
        "Lines", us=Rule(560, source="Sage 50 US help, general journal (2 to 560)"), uk=LINES_UK
    )


class BankLine(Record):
    """One line of a bank entry, with its tax (UK)."""

    account_id: str = text(
        "Nominal code", us=ABSENT, uk=Rule(8, required=True, upper=True), reference="account"
    )
    description: str | None = text("Details", us=ABSENT, uk=60)
    amount: Decimal = money("Net amount", us=ABSENT, uk=Rule(required=True))
    tax_code_id: str | None = text("Tax code", us=ABSENT, uk=3, reference="tax_code")
    tax_amount: Decimal | None = money("Tax amount", us=ABSENT)
    department_id: str | None = text("Department", us=ABSENT, uk=3, reference="department")


class BankEntry(Posted):
    """What bank payments and bank receipts have in common (UK: BP, BR, CP, CR)."""

    number: str | None = text("Reference", us=ABSENT, uk=REFERENCE_UK)
    bank_id: str = text(
        "Bank account", us=ABSENT, uk=Rule(8, required=True, upper=True), reference="bank"
    )
    details: str | None = text("Details", us=ABSENT, uk=60)
    tax_override: bool | None = flag("Keep stated tax", us=ABSENT)
    total: Decimal | None = money("Total", us=ABSENT)
    lines: list[BankLine] = group("Lines", us=ABSENT, uk=LINES_UK)


class BankPayment(BankEntry):
    """Money out of a bank account to no supplier (UK: BP, from a cash account CP)."""


class BankReceipt(BankEntry):
    """Money into a bank account from no customer (UK: BR, into a cash account CR)."""


class BankTransfer(Posted):
    """Money between two bank accounts (UK: a JC and a JD)."""

    number: str | None = text("Reference", us=ABSENT, uk=REFERENCE_UK)
    from_bank_id: str = text(
        "From bank", us=ABSENT, uk=Rule(8, required=True, upper=True), reference="bank"
    )
    to_bank_id: str = text(
        "To bank", us=ABSENT, uk=Rule(8, required=True, upper=True), reference="bank"
    )
    details: str | None = text("Details", us=ABSENT, uk=60)
    department_id: str | None = text("Department", us=ABSENT, uk=3, reference="department")
    total: Decimal = money("Amount", us=ABSENT, uk=Rule(required=True))


class AdjustmentLine(Record):
    """One item of an inventory adjustment; a negative quantity takes out of stock."""

    item_id: str = text(
        "Item ID",
        us=Rule(20, required=True),
        uk=Rule(30, required=True, label="Product code"),
        reference="item",
    )
    quantity: Decimal = decimal("Quantity", us=Rule(required=True), uk=Rule(required=True))
    unit_cost: Decimal | None = decimal("Unit cost")
    account_id: str | None = text("Source account", us=15, uk=ABSENT, reference="account")
    job_id: str | None = text("Job", us=20, uk=ABSENT, reference="job")


class InventoryAdjustment(Posted):
    """A change of the quantity in stock without purchase or sale (UK: AI and AO)."""

    number: str | None = text("Reference", us=REFERENCE_US, uk=Rule(8))
    reason: str | None = text("Reason to adjust", us=30, uk=Rule(60, label="Details"))
    total: Decimal | None = money("Amount adjusted", computed=True)
    lines: list[AdjustmentLine] = group("Lines", us=160, uk=LINES_UK)


JOURNAL_ENTRY = document_type(
    "journal_entry",
    JournalEntry,
    92,
    ("General journal entry", "General journal entries"),
    ("Journal entry", "Journal entries"),
    "journal_entries",
    "journal",
    "GeneralJournal",
    total=None,
)
BANK_PAYMENT = document_type(
    "bank_payment",
    BankPayment,
    84,
    None,
    ("Bank payment", "Bank payments"),
    "bank_payments",
)
BANK_RECEIPT = document_type(
    "bank_receipt",
    BankReceipt,
    85,
    None,
    ("Bank receipt", "Bank receipts"),
    "bank_receipts",
)
BANK_TRANSFER = document_type(
    "bank_transfer",
    BankTransfer,
    86,
    None,
    ("Bank transfer", "Bank transfers"),
    "bank_transfers",
)
INVENTORY_ADJUSTMENT = document_type(
    "inventory_adjustment",
    InventoryAdjustment,
    68,
    ("Inventory adjustment", "Inventory adjustments"),
    ("Stock adjustment", "Stock adjustments"),
    "inventory_adjustments",
    "AdjustmentsJournal",
)
