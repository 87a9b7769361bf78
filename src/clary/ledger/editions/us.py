"""Tables of the US edition: account types, item classes, credit statuses, journals, objects.

The same thing has other numbers at each door of Sage; our word is in the middle, and every
driver reads the numbers here.  Sources are those of sage50-us.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class AccountType:
    """One type of account.

    Attributes:
        name: our word.
        code: sparse code of files, export and COM (HLP chart page, real export).
        sdk_code: number in the .NET interface (reflected 2026).
        text: what Sage calls it.
        is_debit: its balance is usually a debit.
    """

    name: str
    code: int
    sdk_code: int
    text: str
    is_debit: bool


ACCOUNT_TYPES: tuple[AccountType, ...] = (
    AccountType("cash", 0, 0, "Cash", is_debit=True),
    AccountType("accounts_receivable", 1, 1, "Accounts Receivable", is_debit=True),
    AccountType("inventory", 2, 2, "Inventory", is_debit=True),
    AccountType("receivable_retainage", 3, 3, "Receivable Retainage", is_debit=True),
    AccountType("other_current_assets", 4, 4, "Other Current Assets", is_debit=True),
    AccountType("fixed_assets", 5, 5, "Fixed Assets", is_debit=True),
    AccountType("accumulated_depreciation", 6, 6, "Accumulated Depreciation", is_debit=False),
    AccountType("other_assets", 8, 7, "Other Assets", is_debit=True),
    AccountType("accounts_payable", 10, 8, "Accounts Payable", is_debit=False),
    AccountType("payable_retainage", 11, 9, "Payable Retainage", is_debit=False),
    AccountType("other_current_liabilities", 12, 10, "Other Current Liabilities", is_debit=False),
    AccountType("long_term_liabilities", 14, 11, "Long Term Liabilities", is_debit=False),
    AccountType("equity_does_not_close", 16, 12, "Equity-doesn't close", is_debit=False),
    AccountType("retained_earnings", 18, 13, "Equity-Retained Earnings", is_debit=False),
    AccountType("equity_gets_closed", 19, 14, "Equity-gets closed", is_debit=False),
    AccountType("income", 21, 15, "Income", is_debit=False),
    AccountType("cost_of_sales", 23, 16, "Cost of Sales", is_debit=True),
    AccountType("expenses", 24, 17, "Expenses", is_debit=True),
)

ITEM_CLASSES: Mapping[str, int] = {
    "non_stock": 0,
    "stock": 1,
    "description_only": 2,
    "assembly": 3,
    "service": 4,
    "labor": 5,
}
"""Item classes by our word (HLP)."""

PREMIUM_ITEM_CLASSES: Mapping[int, str] = {
    6: "Activity",
    7: "Charge",
    8: "Master stock",
    9: "Substock",
    10: "Serialized stock",
    11: "Serialized assembly",
}
"""Classes of Premium and up that records here do not have: they are reported, not guessed."""

COST_METHODS: Mapping[str, int] = {"fifo": 0, "lifo": 1, "average": 2}
"""Costing methods (numbers from memory of the vendor's screens: unproven)."""


class CreditEffect(StrEnum):
    """What a credit status does to an invoice."""

    NOTHING = "nothing"
    WARN = "saved with a warning"
    REFUSE = "refused"


@dataclass(frozen=True, slots=True)
class CreditStatus:
    """One credit status of a customer.

    Attributes:
        name: our word.
        number: number in files (order inferred; two of them seen in a real export).
        text: what Sage calls it.
        effect: what it does to an invoice (MOB, HLP).
        only_over_limit: it holds only where balance and invoice exceed the limit.
    """

    name: str
    number: int
    text: str
    effect: CreditEffect
    only_over_limit: bool = False


CREDIT_STATUSES: tuple[CreditStatus, ...] = (
    CreditStatus("no_credit_limit", 0, "No Credit Limit", CreditEffect.NOTHING),
    CreditStatus(
        "notify_over_limit", 1, "Notify Over Limit", CreditEffect.WARN, only_over_limit=True
    ),
    CreditStatus("always_notify", 2, "Always Notify", CreditEffect.WARN),
    CreditStatus(
        "hold_over_limit", 3, "Hold Over Limit", CreditEffect.REFUSE, only_over_limit=True
    ),
    CreditStatus("always_hold", 4, "Always Hold", CreditEffect.REFUSE),
)


@dataclass(frozen=True, slots=True)
class Journal:
    """How a posted document is told from others in the journal tables.

    Attributes:
        record_type: our record type.
        journal: JrnlKey_Journal.
        extended: JournalEx; none where no source gives it.
        module: R receivable, P payable, none for others.
    """

    record_type: str
    journal: int
    extended: int | None
    module: str | None = None


JOURNALS: tuple[Journal, ...] = (
    Journal("journal_entry", 0, 1),
    Journal("receipt", 1, None, "R"),
    Journal("payment", 2, 5, "P"),
    Journal("sales_invoice", 3, 8, "R"),
    Journal("credit_memo", 3, 9, "R"),
    Journal("purchase", 4, 11, "P"),
    Journal("vendor_credit", 4, 12, "P"),
    Journal("purchase_order", 10, 18, "P"),
)
"""Measured in live companies by a running program (PSA); orders, quotes and stock unknown."""


@dataclass(frozen=True, slots=True)
class SageObject:
    """One object of the import and export window.

    Attributes:
        number: its number in COM (PeachwIEObj).
        name: its name there, without the common prefix.
        record_types: our record types that it carries.
    """

    number: int
    name: str
    record_types: tuple[str, ...] = ()


OBJECTS: tuple[SageObject, ...] = (
    SageObject(0, "VendorList", ("vendor",)),
    SageObject(1, "PurchaseJournal", ("purchase", "vendor_credit")),
    SageObject(2, "PaymentsJournal", ("payment",)),
    SageObject(3, "PurchaseOrderJournal", ("purchase_order",)),
    SageObject(4, "CustomerList", ("customer",)),
    SageObject(5, "SalesJournal", ("sales_invoice", "credit_memo", "quote")),
    SageObject(6, "CashReceiptsJournal", ("receipt",)),
    SageObject(7, "SalesTaxCodes", ("tax_code",)),
    SageObject(8, "SalesOrders", ("sales_order",)),
    SageObject(9, "SalesTaxAuthorities"),
    SageObject(10, "CompanyInformation"),
    SageObject(11, "AccountingPeriods"),
    SageObject(12, "DefaultAccounts"),
    SageObject(13, "ElectronicBanking"),
    SageObject(14, "ChartOfAccounts", ("account",)),
    SageObject(15, "GeneralJournal", ("journal_entry",)),
    SageObject(16, "GeneralLedgerRows"),
    SageObject(17, "InventoryItemsList", ("item",)),
    SageObject(18, "AssembliesJournal"),
    SageObject(19, "AdjustmentsJournal", ("inventory_adjustment",)),
    SageObject(20, "ShippingMethods", ("ship_method",)),
    SageObject(21, "ItemTaxTypes"),
    SageObject(22, "JobList", ("job",)),
    SageObject(23, "PhaseList"),
    SageObject(24, "CostCodeList"),
    SageObject(25, "EmployeeList", ("employee", "sales_rep")),
    SageObject(26, "PayrollJournal"),
    SageObject(27, "TimeTicketRegister"),
    SageObject(28, "ExpenseTicketRegister"),
    SageObject(29, "CustomerDefaults"),
    SageObject(30, "VendorDefaults"),
    SageObject(31, "InventoryItemDefaults"),
    SageObject(32, "JobDefaults"),
    SageObject(33, "BillOfMaterials"),
    SageObject(34, "WorkTicket"),
    SageObject(35, "UnitMeasure"),
    SageObject(36, "VendorInsuranceList"),
    SageObject(37, "Budgets"),
    SageObject(38, "ContactsList"),
)
"""Numbers from the interface of 22.0; a newer one appends (peachwserver_22_enums.json)."""

DELETABLE_OBJECTS: Mapping[str, int] = {
    "customer": 0,
    "vendor": 1,
    "item": 2,
    "employee": 3,
    "account": 4,
    "job": 5,
    "tax_code": 8,
    "inventory_adjustment": 18,
    "payment": 22,
    "journal_entry": 23,
    "purchase_order": 24,
    "purchase": 25,
    "receipt": 26,
    "sales_order": 27,
    "sales_invoice": 28,
    "quote": 29,
    "credit_memo": 40,
    "vendor_credit": 41,
}
"""Record types by their number in COM's delete call (PeachBusObjects).  Payments have two
numbers there, 22 (cash disbursement) and 44; 22 is inferred."""
