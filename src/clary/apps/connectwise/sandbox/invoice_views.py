"""What clients see of invoices: the invoices, those that wait, their payments and GL rows."""

from __future__ import annotations

from clary.apps.connectwise.sandbox.fields import (
    STAMP,
    Field,
    Kind,
    currency,
    reference,
)
from clary.apps.connectwise.sandbox.listing import Listing

UNPOSTED_BASE = 1_000_000
"""What the id of an unposted invoice has on top of its billing log id, so that whoever takes
the one for the other is found out."""

WAITING = (
    "EXISTS (SELECT 1 FROM gl w WHERE w.document = '{0}' AND w.document_id = r.id "
    "AND w.batch_id IS NULL)"
)
WITHOUT_ROWS = "NOT EXISTS (SELECT 1 FROM gl n WHERE n.document = '{0}' AND n.document_id = r.id)"

INVOICE_TYPES = ("Agreement", "CreditMemo", "DownPayment", "Miscellaneous", "Progress", "Standard")

_SOURCE = (
    "invoice r LEFT JOIN company c ON c.id = r.company_id "
    "LEFT JOIN company bt ON bt.id = r.bill_to_id LEFT JOIN company st ON st.id = r.ship_to_id "
    "LEFT JOIN site_of_company s ON s.id = r.site_id LEFT JOIN location l ON l.id = r.location_id "
    "LEFT JOIN department d ON d.id = r.department_id "
    "LEFT JOIN billing_term t ON t.id = r.terms_id LEFT JOIN tax_code x ON x.id = r.tax_code_id "
    "LEFT JOIN currency cu ON cu.id = r.currency_id "
    "LEFT JOIN billing_status b ON b.id = r.status_id "
    "LEFT JOIN agreement a ON a.id = r.agreement_id"
)
_PAID = (
    "coalesce((SELECT sum(p.amount) FROM payment p "
    "WHERE p.invoice_id = r.id AND p.type = '{0}'), 0)"
)
_PAYMENTS, _CREDITS = _PAID.format("P"), _PAID.format("C")
_GIVEN = "coalesce((SELECT sum(p.amount) FROM payment p WHERE p.credit_id = r.id), 0)"
_BATCH = (
    "(SELECT {0} FROM gl g JOIN batch h ON h.id = g.batch_id "
    "WHERE g.document = 'I' AND g.document_id = r.id LIMIT 1)"
)


def _site_address(prefix: str) -> tuple[Field, ...]:
    parts = (
        ("AddressLine1", "addressLine1"),
        ("AddressLine2", "addressLine2"),
        ("City", "city"),
        ("State", "stateReference.identifier"),
        ("Zip", "zip"),
        ("Country", "country.name"),
    )
    return tuple(
        Field(prefix + end, Kind.TEXT, f"json_extract(s.body, '$.{path}')") for end, path in parts
    )


INVOICES = Listing(
    "Invoice",
    _SOURCE,
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("invoiceNumber", Kind.TEXT, "r.number", "number", length=15),
        Field("type", Kind.TEXT, "r.type", "type", required=True, choices=INVOICE_TYPES),
        *reference("status", "b", "name", column="status_id", table="billing_status"),
        Field("status/isClosed", Kind.FLAG, "r.closed"),
        *reference(
            "company",
            "c",
            "identifier",
            "name",
            column="company_id",
            table="company",
            required=True,
        ),
        *reference(
            "billToCompany", "bt", "identifier", "name", column="bill_to_id", table="company"
        ),
        *reference(
            "shipToCompany", "st", "identifier", "name", column="ship_to_id", table="company"
        ),
        Field("accountNumber", Kind.TEXT, "bt.accountNumber"),
        Field("attention", Kind.TEXT, "r.attention", "attention", length=60),
        *reference("billingSite", "s", "name"),
        *_site_address("billingSite"),
        *reference("shippingSite", "s", "name"),
        *_site_address("shippingSite"),
        *reference("billingTerms", "t", "name", column="terms_id", table="billing_term"),
        Field("reference", Kind.TEXT, "r.reference", "reference", length=50),
        Field("customerPO", Kind.TEXT, "r.customer_po", "customer_po", length=50),
        Field("date", Kind.DAY, "r.date", "date"),
        Field("locationId", Kind.WHOLE, "r.location_id", "location_id"),
        *reference("location", "l", "name"),
        Field("departmentId", Kind.WHOLE, "r.department_id", "department_id"),
        *reference("department", "d", "name"),
        Field("topComment", Kind.TEXT, "r.top_comment", "top_comment"),
        Field("bottomComment", Kind.TEXT, "r.bottom_comment", "bottom_comment"),
        Field("taxableFlag", Kind.FLAG, "r.tax_code_id IS NOT NULL"),
        *reference("taxCode", "x", column="tax_code_id", table="tax_code"),
        Field("taxCode/name", Kind.TEXT, "x.identifier"),
        Field("internalNotes", Kind.TEXT, "r.internal_notes", "internal_notes"),
        Field("serviceTotal", Kind.MONEY, "r.service_total"),
        *currency(column="currency_id"),
        Field("dueDate", Kind.DAY, "r.due_date", "due_date"),
        Field("expenseTotal", Kind.MONEY, "r.expense_total"),
        Field("productTotal", Kind.MONEY, "r.product_total"),
        Field("agreementAmount", Kind.MONEY, "r.agreement_amount"),
        Field("downpaymentApplied", Kind.MONEY, "r.downpayment_applied"),
        Field("subtotal", Kind.MONEY, "r.subtotal"),
        Field("total", Kind.MONEY, "r.total"),
        Field("salesTax", Kind.MONEY, "r.sales_tax"),
        Field("closedBy", Kind.TEXT, "r.closed_by"),
        Field("payments", Kind.MONEY, _PAYMENTS),
        Field("credits", Kind.MONEY, _CREDITS),
        Field("balance", Kind.MONEY, f"(r.total - {_PAYMENTS} - {_CREDITS} + {_GIVEN})"),
        Field("ticket/id", Kind.WHOLE, "r.ticket_id"),
        *reference("agreement", "a", "name"),
        Field("glBatch/id", Kind.WHOLE, _BATCH.format("h.id")),
        Field("glBatch/name", Kind.TEXT, _BATCH.format("h.identifier")),
        Field("unbatchedBatch/id", Kind.WHOLE, "r.unbatched_id"),
        Field("unbatchedBatch/name", Kind.TEXT, "r.unbatched_name"),
        *STAMP,
    ),
)

CLOSED_INVOICES = Listing(
    "ClosedInvoice",
    "invoice r LEFT JOIN billing_status b ON b.id = r.status_id",
    (
        Field("id", Kind.WHOLE, "r.id"),
        *reference("status", "b", "name", column="status_id", table="billing_status"),
        Field("status/isClosed", Kind.FLAG, "r.closed"),
        Field("internalNotes", Kind.TEXT, "r.internal_notes", "internal_notes"),
        *STAMP,
    ),
)


def _tax_level(word: str, level: int) -> tuple[Field, ...]:
    """Return the fields of one of the named tax levels of a document that waits."""
    taxed = (
        f"FROM gl g{level} WHERE g{level}.document = 'I' AND g{level}.document_id = r.id "
        f"AND g{level}.role = 'tax' AND g{level}.level = {level}"
    )
    xref = (
        "SELECT json_extract(v.body, '$.taxCodeXref') FROM tax_code_level v "
        f"WHERE v.parent = r.tax_code_id AND json_extract(v.body, '$.taxLevel') = {level}"
    )
    amount = f"(SELECT -sum(g{level}.amount) {taxed})"
    return (
        Field(f"{word}TaxFlag", Kind.FLAG, f"{amount} IS NOT NULL"),
        Field(f"{word}TaxXref", Kind.TEXT, f"({xref})"),
        Field(f"{word}TaxAmount", Kind.MONEY, amount),
    )


UNPOSTED_INVOICES = Listing(
    "UnpostedInvoice",
    _SOURCE,
    (
        Field("id", Kind.WHOLE, f"(r.id + {UNPOSTED_BASE})"),
        Field("billingLogId", Kind.WHOLE, "r.id"),
        Field("locationId", Kind.WHOLE, "r.location_id"),
        *reference("location", "l", "name"),
        Field("departmentId", Kind.WHOLE, "r.department_id"),
        *reference("department", "d", "identifier", "name"),
        *reference("company", "c", "identifier", "name"),
        Field("accountNumber", Kind.TEXT, "bt.accountNumber"),
        *reference("billToCompany", "bt", "identifier", "name"),
        *reference("billToSite", "s", "name"),
        *reference("shipToCompany", "st", "identifier", "name"),
        *reference("shipToSite", "s", "name"),
        Field("invoiceNumber", Kind.TEXT, "r.number"),
        Field("invoiceDate", Kind.DAY, "r.date"),
        Field("invoiceType", Kind.TEXT, "r.type"),
        Field("description", Kind.TEXT, "coalesce(r.top_comment, a.name, r.type)"),
        *reference("billingTerms", "t", "name"),
        Field("dueDays", Kind.TEXT, "t.dueDays"),
        Field("dueDate", Kind.DAY, "r.due_date"),
        *currency(),
        Field("subTotal", Kind.MONEY, "r.subtotal"),
        Field("total", Kind.MONEY, "r.total"),
        Field("hasTime", Kind.FLAG, "r.service_total <> 0"),
        Field("hasExpenses", Kind.FLAG, "r.expense_total <> 0"),
        Field("hasProducts", Kind.FLAG, "r.product_total <> 0"),
        Field("invoiceTaxableFlag", Kind.FLAG, "r.tax_code_id IS NOT NULL"),
        *reference("taxCode", "x"),
        Field("taxCode/name", Kind.TEXT, "x.identifier"),
        Field("avalaraTaxFlag", Kind.FLAG, "0"),
        Field("salesTaxAmount", Kind.MONEY, "r.sales_tax"),
        *_tax_level("state", 1),
        *_tax_level("county", 2),
        *_tax_level("city", 3),
        Field("createdBy", Kind.TEXT, "r.entered_by"),
        Field("dateClosed", Kind.MOMENT, "r.closed_on"),
        *STAMP,
    ),
    where=f"r.closed = 1 AND ({WAITING.format('I')} OR {WITHOUT_ROWS.format('I')})",
    base=UNPOSTED_BASE,
)

INVOICE_LEVELS = Listing(
    "UnpostedInvoiceTaxableLevel",
    "gl r JOIN invoice i ON i.id = r.document_id LEFT JOIN tax_code_level v "
    "ON v.parent = i.tax_code_id AND json_extract(v.body, '$.taxLevel') = r.level",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("taxLevel", Kind.WHOLE, "r.level"),
        Field("taxCodeXref", Kind.TEXT, "json_extract(v.body, '$.taxCodeXref')"),
        Field("taxAmount", Kind.MONEY, "(-r.amount)"),
    ),
    where="r.document = 'I' AND r.role = 'tax' AND r.batch_id IS NULL",
    forward=False,
)

PAYMENTS = Listing(
    "InvoicePayment",
    "payment r JOIN invoice i ON i.id = r.invoice_id LEFT JOIN invoice k ON k.id = r.credit_id",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("type", Kind.TEXT, "r.type", "type", choices=("P", "C")),
        Field("source", Kind.TEXT, "'Default'"),
        Field("invoice/id", Kind.WHOLE, "i.id"),
        Field("invoice/identifier", Kind.TEXT, "i.number"),
        Field("invoice/billingType", Kind.TEXT, "i.type"),
        Field("invoice/invoiceDate", Kind.DAY, "i.date"),
        Field("credit/id", Kind.WHOLE, "k.id", "credit_id", table="invoice"),
        Field("credit/identifier", Kind.TEXT, "k.number"),
        Field("amount", Kind.MONEY, "r.amount", "amount", required=True),
        Field("invoiceTotal", Kind.MONEY, "i.total"),
        Field(
            "invoiceBalance",
            Kind.MONEY,
            "(i.total - (SELECT sum(p.amount) FROM payment p WHERE p.invoice_id = i.id))",
        ),
        Field("paymentDate", Kind.DAY, "r.date", "date"),
        Field("appliedBy", Kind.TEXT, "r.applied_by"),
        Field("paymentSyncStatus", Kind.TEXT, "r.sync_status", "sync_status"),
        Field("paymentSyncDate", Kind.MOMENT, "r.sync_date", "sync_date"),
        *STAMP,
    ),
    forward=False,
)

GL_ENTRIES = Listing(
    "GLEntry",
    "gl r LEFT JOIN invoice_line n ON n.id = r.line_id LEFT JOIN catalog k ON k.id = n.catalog_id",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("type", Kind.TEXT, "r.type"),
        Field("amount", Kind.MONEY, "r.amount"),
        Field("description", Kind.TEXT, "substr(r.description, 1, 100)"),
        Field("segment1", Kind.TEXT, "r.account", "account", length=255),
        Field("segment2", Kind.TEXT, "nullif(r.class, '')"),
        Field("productId", Kind.TEXT, "k.identifier"),
        Field("cost", Kind.MONEY, "n.cost"),
        Field("salesCode", Kind.TEXT, "r.sales_code"),
        Field("inventory", Kind.TEXT, "r.inventory_account"),
        Field("cogs1", Kind.TEXT, "r.cost_account"),
        Field("isBatched", Kind.FLAG, "r.batch_id IS NOT NULL"),
    ),
    where="r.document = 'I'",
    forward=False,
)
