"""Accounts, items and what is only read, as data types of the push API.

Source: push-api.md sections 1.1 (the three names of accounts), 1.2 (verbs) and 3 (fields).
The rules of accounts and items are those of the books: no options of Sage 50 list them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clary.flows.push.declaring import (
    BOTH,
    UK,
    US,
    Field,
    Note,
    OptionType,
    PushType,
    PushVerb,
    declare,
    read_only,
    reference,
    unwritten,
)
from clary.flows.push.types_trade import DATE_TIME, NUMBER, TEXT
from clary.ledger.fields import EditionName

ACCOUNT_TYPES: Final = ("Asset", "Expense", "Income", "Liability", "Equity")

CATEGORIES: Final[Mapping[EditionName, Mapping[str, str]]] = {
    "us": {
        "cash": "Asset.Cash",
        "accounts_receivable": "Asset.AccountsReceivable",
        "inventory": "Asset.Inventory",
        "receivable_retainage": "Asset.ReceivableRetainage",
        "other_current_assets": "Asset.OtherCurrentAssets",
        "fixed_assets": "Asset.FixedAssets",
        "accumulated_depreciation": "Asset.AccumulatedDepreciation",
        "other_assets": "Asset.OtherAssets",
        "accounts_payable": "Liability.AccountsPayable",
        "payable_retainage": "Liability.PayableRetainage",
        "other_current_liabilities": "Liability.OtherCurrentLiabilities",
        "long_term_liabilities": "Liability.LongTermLiabilities",
        "equity_does_not_close": "Equity.DoesNotClose",
        "retained_earnings": "Equity.RetainedEarnings",
        "equity_gets_closed": "Equity.GetsClosed",
        "income": "Income.Income",
        "cost_of_sales": "Expense.CostOfSales",
        "expenses": "Expense.Expenses",
    },
    "uk": {
        "sales": "Income.Sales",
        "purchases": "Expense.Purchases",
        "direct_expenses": "Expense.DirectExpenses",
        "overheads": "Expense.Overheads",
        "fixed_assets": "Asset.FixedAssets",
        "current_assets": "Asset.CurrentAssets",
        "current_liabilities": "Liability.CurrentLiabilities",
        "long_term_liabilities": "Liability.LongTermLiabilities",
        "capital_and_reserves": "Equity.CapitalAndReserves",
    },
}
"""Category of the API by account type of the books; the word before the point is the type.
`Asset.CurrentAssets` is seen in examples (push-api.md 2.3), the others are inferred."""

USUAL_TYPES: Final[Mapping[str, str]] = {
    "Asset": "other_current_assets",
    "Expense": "expenses",
    "Income": "income",
    "Liability": "other_current_liabilities",
    "Equity": "equity_does_not_close",
}
"""US account type of a type of the API whose category is not stated (inferred)."""

ITEM_CLASSES: Final[Mapping[str, str]] = {
    "stock": "Inventory",
    "assembly": "Inventory",
    "non_stock": "NonInventory",
    "description_only": "NonInventory",
    "service": "Service",
    "labor": "Service",
}
"""Type of the API by item class of the books; pushed items get the first class of a type."""

_STAMPS = (
    *read_only(DATE_TIME, "modifiedDate", "sourceModifiedDate"),
    *read_only(OptionType.OBJECT, "metadata"),
    *unwritten(OptionType.OBJECT, "supplementalData"),
)


def _status(name: str, what: str) -> Field:
    return declare(
        TEXT,
        name,
        None,
        "Status",
        f"Whether the {what} is in use.",
        choices=("Active", "Archived"),
        by_hand=True,
    )


ACCOUNTS = PushType(
    name="chartOfAccounts",
    path="accounts",
    model="Account",
    label="Nominal Account",
    help="An account of the general ledger.",
    records={"us": "account", "uk": "account"},
    verbs=frozenset({PushVerb.CREATE}),
    fields=(
        declare(
            TEXT,
            "nominalCode",
            "id",
            "Nominal Code",
            "ID of the account.",
            Note("Must be unique."),
            required=BOTH,
        ),
        declare(TEXT, "name", "name", "Name", "Name of the account.", required=BOTH),
        declare(
            TEXT,
            "type",
            None,
            "Type",
            "What kind of account it is.",
            Note("The chart of accounts must give the nominal code this type.", editions=UK),
            required=US,
            choices=ACCOUNT_TYPES,
            by_hand=True,
        ),
        declare(
            TEXT,
            "fullyQualifiedCategory",
            "type",
            "Category",
            "The account type in Sage with its type, such as Asset.Cash.",
            Note("A usual account type is chosen unless it is stated.", warns=False),
            offered=US,
            choices={"us": tuple(CATEGORIES["us"].values())},
            by_hand=True,
        ),
        declare(
            OptionType.BOOLEAN,
            "isBankAccount",
            {"uk": "kind"},
            "Is Bank Account",
            "Whether money is kept in it.",
            by_hand=True,
        ),
        declare(
            TEXT,
            "currency",
            None,
            "Currency",
            "Currency of the account.",
            Note("Must be the base currency of the company."),
            by_hand=True,
        ),
        _status("status", "account"),
        *read_only(TEXT, "id", "fullyQualifiedName"),
        *unwritten(TEXT, "description"),
        *unwritten(NUMBER, "currentBalance"),
        *read_only(OptionType.ARRAY, "validDatatypeLinks"),
        *_STAMPS,
    ),
    places={"type": "type"},
)


def _trading(name: str, label: str, price: str, account: Mapping[EditionName, str]) -> Field:
    """Return how an item is bought or sold."""
    text = "sales_description" if name == "invoiceItem" else "purchase_description"
    rate = declare(TEXT, "id", {"uk": "tax_code_id"}, "Tax Rate Id", "ID of the tax rate.")
    return declare(
        OptionType.OBJECT,
        name,
        None,
        label,
        f"{label} of the item.",
        fields=(
            declare(
                TEXT, "description", {"us": text}, "Description", "Text on documents.", offered=US
            ),
            declare(NUMBER, "unitPrice", price, "Unit Price", "Price of one unit."),
            reference(
                "accountRef",
                account,
                "Account",
                "The account that it is posted to.",
                Note("Must be the ID of an existing account."),
            ),
            declare(
                OptionType.OBJECT,
                "taxRateRef",
                None,
                "Tax Rate",
                "The usual tax rate.",
                offered=UK if name == "invoiceItem" else frozenset(),
                fields=(rate, *read_only(TEXT, "name")),
            ),
        ),
    )


ITEMS = PushType(
    name="items",
    model="Item",
    label="Item",
    help="Something that is bought or sold.",
    records={"us": "item", "uk": "item"},
    verbs=frozenset({PushVerb.CREATE}),
    fields=(
        declare(
            TEXT, "code", "id", "Code", "ID of the item.", Note("Must be unique."), required=BOTH
        ),
        declare(TEXT, "name", "description", "Name", "Name of the item.", required=BOTH),
        declare(
            TEXT,
            "type",
            "class",
            "Type",
            "What kind of item it is.",
            required=BOTH,
            choices=("Inventory", "NonInventory", "Service"),
            by_hand=True,
        ),
        _status("itemStatus", "item"),
        _trading(
            "invoiceItem",
            "Sales",
            "sales_price",
            {"us": "sales_account_id", "uk": "sales_account_id"},
        ),
        _trading(
            "billItem",
            "Purchases",
            "unit_cost",
            {"us": "cost_account_id", "uk": "purchase_account_id"},
        ),
        *read_only(OptionType.BOOLEAN, "isBillItem", "isInvoiceItem"),
        *read_only(TEXT, "id"),
        *_STAMPS,
    ),
    places={},
)


def _read_type(
    name: str,
    model: str,
    label: str,
    records: Mapping[EditionName, str],
    *fields: Field,
    needs_connection: bool = False,
) -> PushType:
    return PushType(
        name=name,
        model=model,
        label=label,
        help=f"{label}, only read.",
        records=records,
        fields=(*fields, *_STAMPS),
        needs_connection=needs_connection,
        places={},
    )


TAX_RATES = _read_type(
    "taxRates",
    "TaxRate",
    "Tax Rates",
    {"us": "tax_code", "uk": "tax_code"},
    *read_only(TEXT, "id", "name", "code", "status"),
    *read_only(NUMBER, "effectiveTaxRate", "totalTaxRate"),
)
TRACKING_CATEGORIES = _read_type(
    "trackingCategories",
    "TrackingCategory",
    "Tracking Categories",
    {"us": "job", "uk": "department"},
    *read_only(TEXT, "id", "name", "status", "parentId"),
    *read_only(OptionType.BOOLEAN, "hasChildren"),
)
PAYMENT_METHODS = _read_type(
    "paymentMethods",
    "PaymentMethod",
    "Payment Methods",
    {"us": "receipt"},
    *read_only(TEXT, "id", "name", "type", "status"),
)
BANK_ACCOUNTS = _read_type(
    "bankAccounts",
    "BankAccount",
    "Bank Accounts",
    {"us": "account", "uk": "bank"},
    *read_only(
        TEXT,
        "id",
        "accountName",
        "accountType",
        "nominalCode",
        "sortCode",
        "accountNumber",
        "iBan",
        "currency",
        "institution",
        "status",
    ),
    *read_only(NUMBER, "balance", "availableBalance", "overdraftLimit"),
    needs_connection=True,
)
JOURNALS = _read_type(
    "journals",
    "Journal",
    "Journals",
    {"us": "journal_entry", "uk": "journal_entry"},
    *read_only(TEXT, "id", "journalCode", "name", "type", "parentId", "status"),
    *read_only(DATE_TIME, "createdOn"),
    *read_only(OptionType.BOOLEAN, "hasChildren"),
)
DIRECT_INCOMES = _read_type(
    "directIncomes",
    "DirectIncome",
    "Direct Incomes",
    {"us": "receipt", "uk": "bank_receipt"},
    *read_only(TEXT, "id", "reference", "note", "currency"),
    *read_only(DATE_TIME, "issueDate"),
    *read_only(NUMBER, "currencyRate", "subTotal", "taxAmount", "totalAmount"),
    needs_connection=True,
)
COMPANY = PushType(
    name="company",
    path="info",
    model="CompanyDataset",
    label="Company",
    help="What the company is, only read.",
    records={},
    places={},
)
