"""What clients see of batches: the batches, and their debit and credit lines."""

from __future__ import annotations

from clary.apps.connectwise.sandbox.fields import STAMP, Field, Kind
from clary.apps.connectwise.sandbox.listing import Listing

BATCHES = Listing(
    "AccountingBatch",
    "batch r",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("batchIdentifier", Kind.TEXT, "r.identifier"),
        Field("exportInvoicesFlag", Kind.FLAG, "r.invoices"),
        Field("exportExpensesFlag", Kind.FLAG, "r.expenses"),
        Field("exportProductsFlag", Kind.FLAG, "r.products"),
        Field("closedFlag", Kind.FLAG, "r.closed"),
        *STAMP,
    ),
)

ACCOUNT_TYPES = {
    "AR": "Accounts Receivable",
    "AP": "Accounts Payable",
    "R": "Revenue - Service",
    "RA": "Revenue - Agreement",
    "RD": "Down Payment",
    "RE": "Revenue - Expense",
    "RP": "Revenue - Product",
    "ST": "Sales Tax",
    "PF": "Purchase Order Freight",
    "PT": "Purchase Tax",
    "EE": "Expense External",
    "EI": "Expense Internal",
    "EO": "Expense Offset",
    "IA": "Inventory Adjustment",
    "IT": "Inventory Transfer",
}
"""The names that the site gives the types of GL rows."""

_TYPE = (
    "CASE WHEN r.role = 'cost' AND r.account = r.cost_account THEN 'Cost of Goods Sold' "
    "WHEN r.role = 'cost' THEN 'Inventory' "
    "WHEN r.role = 'implied' AND r.document <> 'P' THEN 'Inventory' "
    "WHEN r.role = 'detail' AND r.document = 'P' THEN 'Purchase' "
    + "".join(f"WHEN r.type = '{code}' THEN '{name}' " for code, name in ACCOUNT_TYPES.items())
    + "ELSE r.type END"
)

ENTRIES = Listing(
    "BatchEntry",
    "gl r LEFT JOIN invoice i ON r.document = 'I' AND i.id = r.document_id "
    "LEFT JOIN company ic ON ic.id = i.bill_to_id "
    "LEFT JOIN invoice_line n ON r.document = 'I' AND n.id = r.line_id "
    "LEFT JOIN receipt q ON r.document = 'P' AND q.id = r.document_id "
    "LEFT JOIN purchase_order o ON o.id = q.order_id LEFT JOIN company pc ON pc.id = o.vendor_id "
    "LEFT JOIN purchase_line l ON r.document = 'P' AND l.id = r.line_id "
    "LEFT JOIN expense e ON r.document = 'E' AND e.id = r.document_id "
    "LEFT JOIN member m ON m.id = e.member_id "
    "LEFT JOIN catalog k ON k.id = coalesce(n.catalog_id, l.catalog_id)",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("accountType", Kind.TEXT, f"({_TYPE})"),
        Field("name", Kind.TEXT, "coalesce(ic.name, pc.name, m.firstName || ' ' || m.lastName)"),
        Field("accountNumber", Kind.TEXT, "r.account"),
        Field("debit", Kind.MONEY, "max(r.amount, 0)"),
        Field("credit", Kind.MONEY, "max(-r.amount, 0)"),
        Field("cost", Kind.MONEY, "coalesce(n.cost, l.unit_cost, 0)"),
        Field("item", Kind.TEXT, "k.identifier"),
        Field("salesCode", Kind.TEXT, "r.sales_code"),
        Field("costOfGoodsSoldAccountNumber", Kind.TEXT, "r.cost_account"),
        Field("invoice/id", Kind.WHOLE, "i.id"),
        Field("invoice/identifier", Kind.TEXT, "i.number"),
        Field("invoice/billingType", Kind.TEXT, "i.type"),
        Field("invoice/invoiceDate", Kind.DAY, "i.date"),
        Field("purchaseOrder/id", Kind.WHOLE, "o.id"),
        Field("purchaseOrder/name", Kind.TEXT, "o.number"),
        Field("lineItem/id", Kind.WHOLE, "l.id"),
        Field("lineItem/identifier", Kind.TEXT, "CAST(l.number AS TEXT)"),
        Field("transfer", Kind.TEXT, "iif(r.document = 'T', r.document_id || '-transfer', NULL)"),
        Field("expense/id", Kind.WHOLE, "e.id"),
        Field("expense/amount", Kind.MONEY, "e.amount"),
        Field("adjustmentDetail/id", Kind.WHOLE, "iif(r.document = 'A', r.document_id, NULL)"),
        Field(
            "adjustmentDetail/name",
            Kind.TEXT,
            "iif(r.document = 'A', r.document_id || '-adjustment', NULL)",
        ),
    ),
)
