"""Tables of the UK edition: transaction types, control accounts, chart, tax codes.

What a company file of the edition starts with, and the words and numbers that drivers
and reports share, each once, each with its source as the reference files name it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from clary.ledger.rules import Evidence

LAST_DEPARTMENT: Final = 999
"""Departments are numbered 0 to 999; 0 is the default one (KB-at, zynk)."""

DEFAULT_DEPARTMENT: Final = "0"
"""Every company has it; it need not be made first."""

NON_VAT_TAX_CODE: Final = "T9"
"""Tax code of receipts, payments and transfers (zynk, COMPANY.NON_VAT_TAX_CODE)."""

LAST_TAX_CODE: Final = 99
"""Tax codes are T0 to T99 (KB-tax)."""


@dataclass(frozen=True, slots=True)
class TransactionType:
    """One type of the audit trail.

    Attributes:
        code: the two or three letters of the audit trail.
        number: its number in the type library (TransType).
        text: what a bookkeeper calls it.
        record_type: the record type that makes it; none where no record type does.
        imported: the transaction import takes it (KB-at).
    """

    code: str
    number: int
    text: str
    record_type: str | None = None
    imported: bool = False


TRANSACTION_TYPES: tuple[TransactionType, ...] = (
    TransactionType("SI", 1, "Sales invoice", "sales_invoice", imported=True),
    TransactionType("SC", 2, "Sales credit", "credit_memo", imported=True),
    TransactionType("SR", 3, "Sales receipt", "receipt"),
    TransactionType("SA", 4, "Sales receipt on account", "receipt", imported=True),
    TransactionType("SD", 5, "Sales discount", "receipt"),
    TransactionType("PI", 6, "Purchase invoice", "purchase", imported=True),
    TransactionType("PC", 7, "Purchase credit", "vendor_credit", imported=True),
    TransactionType("PP", 8, "Purchase payment", "payment"),
    TransactionType("PA", 9, "Purchase payment on account", "payment", imported=True),
    TransactionType("PD", 10, "Purchase discount", "payment"),
    TransactionType("BP", 11, "Bank payment", "bank_payment", imported=True),
    TransactionType("BR", 12, "Bank receipt", "bank_receipt", imported=True),
    TransactionType("CP", 13, "Cash payment", "bank_payment", imported=True),
    TransactionType("CR", 14, "Cash receipt", "bank_receipt", imported=True),
    TransactionType("JD", 15, "Journal debit", "journal_entry", imported=True),
    TransactionType("JC", 16, "Journal credit", "journal_entry", imported=True),
    TransactionType("VP", 17, "Visa payment", None, imported=True),
    TransactionType("VR", 18, "Visa receipt", None, imported=True),
    TransactionType("CC", 19, "Cash credit"),
    TransactionType("CD", 20, "Cash discount"),
    TransactionType("PAI", 21, "Project adjustment in"),
    TransactionType("PAO", 22, "Project adjustment out"),
    TransactionType("CO", 23, "Cost"),
    TransactionType("SP", 24, "Sales payment (refund)", None, imported=True),
    TransactionType("PR", 25, "Purchase refund", None, imported=True),
)
"""Codes and numbers from the type library; texts from 19 on are inferred."""

STOCK_TRANSACTION_TYPES: Mapping[str, int] = {
    "AI": 1,
    "AO": 2,
    "GI": 3,
    "GO": 4,
    "MI": 5,
    "MO": 6,
    "GR": 7,
    "DI": 8,
    "DO": 9,
    "WO": 10,
}
"""Stock movements by number (type library, StockTransType)."""

DOCUMENT_TYPES: Mapping[str, int] = {
    "product invoice": 0,
    "order invoice": 1,
    "service invoice": 2,
    "product credit": 3,
    "service credit": 4,
    "product proforma": 5,
    "product quotation": 6,
    "service proforma": 7,
    "service quotation": 8,
}
"""Stored type of a document (type library, InvoiceType)."""

ITEM_TYPES: Mapping[str, int] = {"stock": 0, "non_stock": 1, "service": 2}
"""Product types by our item class (type library, StockItemType)."""

NOMINAL_KINDS: Mapping[str, int] = {"normal": 1, "bank": 2, "control": 4}
"""Kinds of nominal accounts (type library, NominalType)."""

CATEGORIES: Mapping[str, int] = {
    "sales": 1,
    "purchases": 2,
    "direct_expenses": 3,
    "overheads": 4,
    "fixed_assets": 5,
    "current_assets": 6,
    "current_liabilities": 7,
    "long_term_liabilities": 8,
    "capital_and_reserves": 9,
}
"""Categories of nominal accounts by our account type (type library, NominalCategory)."""

PAYMENT_DUE_FROM: Mapping[str, int] = {
    "invoice_date": 0,
    "first_of_next_month": 1,
    "before_end_of_next_month": 2,
    "day_of_month": 3,
    "one_month_after_invoice": 4,
}
"""From when payment days count (type library, PaymentDueFromOption)."""


@dataclass(frozen=True, slots=True)
class ControlAccount:
    """One control account of the company.

    Attributes:
        number: its number in the type library (ControlAccounts).
        name: our name in the company's defaults.
        text: what the settings call it.
        code: default nominal code; none where the reference names none.
        kind: kind of its nominal account; `control` ones take no ordinary posting.
        evidence: what kind of source gives the code.
    """

    number: int
    name: str
    text: str
    code: str | None
    kind: str = "normal"
    evidence: Evidence = Evidence.VENDOR_PAGE


CONTROL_ACCOUNTS: tuple[ControlAccount, ...] = (
    ControlAccount(0, "debtors", "Debtors control", "1100", "control"),
    ControlAccount(1, "creditors", "Creditors control", "2100", "control"),
    ControlAccount(2, "default_bank", "Default bank", "1200", "bank"),
    ControlAccount(3, "sales_tax", "VAT on sales", "2200", "control"),
    ControlAccount(4, "purchase_tax", "VAT on purchases", "2201", "control"),
    ControlAccount(5, "sales_discount", "Sales discount", "4009"),
    ControlAccount(6, "purchase_discount", "Purchase discount", "5009"),
    ControlAccount(7, "retained_earnings", "Retained earnings", "3200"),
    ControlAccount(8, "default_sales", "Default sales", "4000"),
    ControlAccount(9, "accruals", "Accruals", "2109"),
    ControlAccount(10, "prepayments", "Prepayments", "1103"),
    ControlAccount(11, "bad_debts", "Bad debts", "8100"),
    ControlAccount(12, "mispostings", "Mispostings", "9999"),
    ControlAccount(13, "suspense", "Suspense", "9998"),
    ControlAccount(14, "credit_charges", "Credit charges", "4400"),
    ControlAccount(
        15, "exchange_variance", "Exchange rate variance", "7906", evidence=Evidence.INFERRED
    ),
    ControlAccount(16, "vat_liability", "VAT liability", "2202"),
    ControlAccount(
        17, "manual_adjustments", "Manual adjustments", None, evidence=Evidence.INFERRED
    ),
    ControlAccount(18, "union_oss", "Union OSS", None, evidence=Evidence.INFERRED),
    ControlAccount(19, "non_union_oss", "Non-Union OSS", None, evidence=Evidence.INFERRED),
    ControlAccount(20, "ioss", "IOSS", None, evidence=Evidence.INFERRED),
)
"""Codes from KB-ctl and the COMPANY row of the demo data; which of them take no ordinary
posting is inferred (VAT liability does: it is what a VAT payment is posted to)."""

DEFAULTS: Mapping[str, str] = {
    **{one.name: one.code for one in CONTROL_ACCOUNTS if one.code is not None},
    "default_purchases": "5000",
    "default_tax_code": "T1",
    "non_vat_tax_code": NON_VAT_TAX_CODE,
    "carriage_tax_code": "T1",
    "freight": "4905",
}
"""What the company's defaults hold at first, by the names that posting rules use.
Default purchases and the carriage nominal are inferred; carriage tax T1 is zynk-tax."""


@dataclass(frozen=True, slots=True)
class ChartRange:
    """One range of nominal codes; its bounds belong to it."""

    low: str
    high: str
    category: str
    text: str


CHART: tuple[ChartRange, ...] = (
    ChartRange("0010", "0059", "fixed_assets", "Fixed assets"),
    ChartRange("1000", "1259", "current_assets", "Current assets"),
    ChartRange("2100", "2299", "current_liabilities", "Current liabilities"),
    ChartRange("2300", "2399", "long_term_liabilities", "Long term liabilities"),
    ChartRange("3000", "3299", "capital_and_reserves", "Capital and reserves"),
    ChartRange("4000", "4999", "sales", "Sales"),
    ChartRange("5000", "5299", "purchases", "Purchases"),
    ChartRange("6000", "6999", "direct_expenses", "Direct expenses"),
    ChartRange("7000", "8299", "overheads", "Overheads"),
    ChartRange("9998", "9999", "overheads", "Suspense and mispostings"),
)
"""The default chart of accounts (code list [noms]); range ends are inferred, and so is
the category of suspense and mispostings."""


def category_of(nominal_code: str) -> str | None:
    """Return the category whose range holds the code, or none outside every range.

    Codes are compared as text, so that 40001 lies in 4000 to 4999 (inferred).
    """
    for one in CHART:
        if one.low <= nominal_code <= one.high or nominal_code.startswith(one.high):
            return one.category
    return None


@dataclass(frozen=True, slots=True)
class TaxCode:
    """One tax code as a new company has it.

    Attributes:
        id: T0 to T99.
        description: what it is for; empty for a code that nothing uses yet.
        rate: percent; of a reverse charge code the rate that is posted on both sides.
        reverse_charge: the buyer accounts for the tax.
        on_return: it is part of the VAT return.
        evidence: what kind of source gives rate and use.
    """

    id: str
    description: str
    rate: Decimal = Decimal(0)
    reverse_charge: bool = False
    on_return: bool = True
    evidence: Evidence = Evidence.VENDOR_PAGE


_STANDARD = Decimal(20)
_LOWER = Decimal(5)

_NAMED_TAX_CODES: tuple[TaxCode, ...] = (
    TaxCode("T0", "Zero rated"),
    TaxCode("T1", "Standard rate", _STANDARD),
    TaxCode("T2", "Exempt"),
    TaxCode("T4", "Goods sold to the EC"),
    TaxCode("T5", "Lower rate", _LOWER),
    TaxCode("T7", "Zero rated goods bought from the EC"),
    TaxCode("T8", "Standard rated goods bought from the EC", _STANDARD, reverse_charge=True),
    TaxCode("T9", "Not VAT", on_return=False),
    TaxCode("T14", "Imported goods, no VAT"),
    TaxCode("T15", "Services of the rest of the world, no VAT", evidence=Evidence.INFERRED),
    TaxCode(
        "T16",
        "Services of the rest of the world, standard rate",
        _STANDARD,
        reverse_charge=True,
        evidence=Evidence.INFERRED,
    ),
    TaxCode("T17", "Imported goods, zero rated", evidence=Evidence.INFERRED),
    TaxCode("T18", "Imported goods, postponed VAT", _STANDARD, reverse_charge=True),
    TaxCode("T19", "Imported goods, exempt", evidence=Evidence.INFERRED),
    TaxCode("T20", "Domestic reverse charge", _STANDARD, reverse_charge=True),
    TaxCode("T21", "CIS reverse charge, standard rate", _STANDARD, reverse_charge=True),
    TaxCode("T22", "Services sold to the EC"),
    TaxCode("T23", "Zero rated services bought from the EC"),
    TaxCode("T24", "Standard rated services bought from the EC", _STANDARD, reverse_charge=True),
    TaxCode("T25", "Flat rate scheme, capital purchases", _STANDARD, evidence=Evidence.INFERRED),
    TaxCode(
        "T26",
        "CIS reverse charge, lower rate",
        _LOWER,
        reverse_charge=True,
        evidence=Evidence.INFERRED,
    ),
)


def _all_tax_codes() -> tuple[TaxCode, ...]:
    named = {code.id: code for code in _NAMED_TAX_CODES}
    unused = (
        TaxCode(f"T{number}", "", on_return=False, evidence=Evidence.INFERRED)
        for number in range(LAST_TAX_CODE + 1)
    )
    return tuple(named.get(code.id, code) for code in unused)


TAX_CODES: tuple[TaxCode, ...] = _all_tax_codes()
"""T0 to T99 with the rates of the United Kingdom (KB-tax, whitings, mewsy).  Ireland has
other rates.  Sage keeps the rate of a reverse charge in a related code; here the code
carries it itself (inferred)."""
