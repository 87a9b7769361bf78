"""Every record type, each declared once: to add one, declare it beside its kin and list it here."""

from __future__ import annotations

from clary.ledger.record import RecordType
from clary.ledger.types import journals, lists, parties, people, purchases, sales

ALL_TYPES: tuple[RecordType, ...] = (
    people.USER,
    lists.CURRENCY,
    lists.DEPARTMENT,
    lists.ACCOUNT,
    lists.BANK,
    lists.SHIP_METHOD,
    people.EMPLOYEE,
    people.SALES_REP,
    parties.VENDOR,
    lists.TAX_CODE,
    lists.ITEM,
    parties.CUSTOMER,
    lists.JOB,
    sales.QUOTE,
    sales.SALES_ORDER,
    purchases.PURCHASE_ORDER,
    purchases.PURCHASE,
    journals.INVENTORY_ADJUSTMENT,
    sales.SALES_INVOICE,
    purchases.VENDOR_CREDIT,
    sales.CREDIT_MEMO,
    sales.RECEIPT,
    purchases.PAYMENT,
    journals.BANK_PAYMENT,
    journals.BANK_RECEIPT,
    journals.BANK_TRANSFER,
    sales.ALLOCATION,
    journals.JOURNAL_ENTRY,
)
