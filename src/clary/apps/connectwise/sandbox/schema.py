"""The tables of a site.

Lists (companies, members, tax codes ...) are JSON bodies with a few generated columns, made
from their declarations in `lists`.  Documents are tables of their own, because the site
computes with them.  Amounts are minor units, quantities thousandths, days ISO texts.

`gl` holds the rows that a document gives for the books when it is closed, with the accounts
that the mapping names at that moment.  A row that no batch holds waits to be posted.  Roles:

    header   receivable of an invoice           detail   revenue, purchase or expense of a line
    cost     cost of sales and its other side   tax      sales or purchase tax
    freight  freight of a purchase order        offset   what is owed to a member
    implied  the other side of a purchase, adjustment or transfer: an export never names it,
             it goes into a batch with the last of the rows that it balances
"""

from __future__ import annotations

from clary.apps.connectwise.sandbox.declared import LISTS, ListOf

APPLICATION_ID = 0x43575354
"""Marks the file as a site's."""

FORMAT = 1

DOCUMENTS = """
CREATE TABLE site (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE api_key (
    public TEXT PRIMARY KEY, private TEXT NOT NULL, member_id INTEGER NOT NULL, expires TEXT
) WITHOUT ROWID;
CREATE TABLE integrator (
    name TEXT PRIMARY KEY, password TEXT NOT NULL, all_records INTEGER NOT NULL,
    member_api INTEGER NOT NULL
);
CREATE TABLE invoice (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, type TEXT NOT NULL, status_id INTEGER NOT NULL,
    company_id INTEGER NOT NULL, bill_to_id INTEGER NOT NULL, ship_to_id INTEGER NOT NULL,
    site_id INTEGER, location_id INTEGER NOT NULL, department_id INTEGER NOT NULL,
    terms_id INTEGER, tax_code_id INTEGER, currency_id INTEGER NOT NULL, date TEXT NOT NULL,
    due_date TEXT, agreement_id INTEGER, ticket_id INTEGER, reference TEXT, customer_po TEXT,
    attention TEXT, top_comment TEXT, bottom_comment TEXT, internal_notes TEXT,
    service_total INTEGER NOT NULL DEFAULT 0, expense_total INTEGER NOT NULL DEFAULT 0,
    product_total INTEGER NOT NULL DEFAULT 0, agreement_amount INTEGER NOT NULL DEFAULT 0,
    downpayment_applied INTEGER NOT NULL DEFAULT 0, subtotal INTEGER NOT NULL DEFAULT 0,
    sales_tax INTEGER NOT NULL DEFAULT 0, total INTEGER NOT NULL DEFAULT 0,
    closed INTEGER NOT NULL DEFAULT 0, closed_on TEXT, closed_by TEXT, entered_by TEXT,
    updated_on TEXT NOT NULL, updated_by TEXT NOT NULL,
    unbatched_id INTEGER, unbatched_name TEXT
);
CREATE UNIQUE INDEX invoice_number ON invoice (number COLLATE NOCASE);
CREATE INDEX invoice_company ON invoice (company_id);
CREATE TABLE invoice_line (
    id INTEGER PRIMARY KEY, invoice_id INTEGER NOT NULL, position INTEGER NOT NULL,
    kind TEXT NOT NULL, catalog_id INTEGER, expense_id INTEGER, description TEXT NOT NULL,
    ticket_id INTEGER, summary TEXT, notes TEXT, member_id INTEGER, quantity INTEGER NOT NULL,
    price INTEGER NOT NULL, cost INTEGER NOT NULL, amount INTEGER NOT NULL,
    taxable INTEGER NOT NULL, serials TEXT, worked_on TEXT
);
CREATE INDEX invoice_line_of ON invoice_line (invoice_id);
CREATE TABLE agreement (id INTEGER PRIMARY KEY, name TEXT NOT NULL, type_id INTEGER NOT NULL);
CREATE TABLE payment (
    id INTEGER PRIMARY KEY AUTOINCREMENT, invoice_id INTEGER NOT NULL, type TEXT NOT NULL,
    credit_id INTEGER, amount INTEGER NOT NULL, date TEXT, applied_by TEXT,
    sync_status TEXT, sync_date TEXT, updated_on TEXT NOT NULL, updated_by TEXT NOT NULL
);
CREATE INDEX payment_of ON payment (invoice_id);
CREATE INDEX payment_credit ON payment (credit_id) WHERE credit_id IS NOT NULL;
CREATE TABLE purchase_order (
    id INTEGER PRIMARY KEY, number TEXT NOT NULL, date TEXT NOT NULL, status_id INTEGER NOT NULL,
    vendor_id INTEGER NOT NULL, location_id INTEGER NOT NULL, department_id INTEGER NOT NULL,
    terms_id INTEGER, tax_code_id INTEGER, currency_id INTEGER NOT NULL, warehouse_id INTEGER,
    freight INTEGER NOT NULL DEFAULT 0, freight_slip TEXT, tax_po INTEGER NOT NULL DEFAULT 0,
    tax_freight INTEGER NOT NULL DEFAULT 0, vendor_invoice_number TEXT, vendor_invoice_date TEXT,
    vendor_order_number TEXT, tracking TEXT, notes TEXT, closed INTEGER NOT NULL DEFAULT 0,
    closed_on TEXT, entered_by TEXT, updated_on TEXT NOT NULL, updated_by TEXT NOT NULL
);
CREATE UNIQUE INDEX purchase_order_number ON purchase_order (number COLLATE NOCASE);
CREATE TABLE purchase_line (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, number INTEGER NOT NULL,
    catalog_id INTEGER NOT NULL, description TEXT NOT NULL, quantity INTEGER NOT NULL,
    unit_cost INTEGER NOT NULL, received INTEGER NOT NULL DEFAULT 0, received_status TEXT NOT NULL,
    received_on TEXT, closed INTEGER NOT NULL DEFAULT 0, canceled INTEGER NOT NULL DEFAULT 0,
    packing_slip TEXT, serials TEXT, tax INTEGER NOT NULL DEFAULT 0, warehouse_id INTEGER,
    receipt_id INTEGER, unbatched_id INTEGER, updated_on TEXT NOT NULL, updated_by TEXT NOT NULL
);
CREATE INDEX purchase_line_of ON purchase_line (order_id);
CREATE INDEX purchase_line_receipt ON purchase_line (receipt_id);
CREATE TABLE receipt (
    id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, packing_slip TEXT NOT NULL,
    date TEXT NOT NULL, first_gl INTEGER NOT NULL, closed_on TEXT NOT NULL
);
CREATE INDEX receipt_of ON receipt (order_id);
CREATE TABLE expense_report (
    id INTEGER PRIMARY KEY, member_id INTEGER NOT NULL, start TEXT NOT NULL, end TEXT NOT NULL
);
CREATE TABLE expense (
    id INTEGER PRIMARY KEY, report_id INTEGER, member_id INTEGER NOT NULL,
    company_id INTEGER NOT NULL, type_id INTEGER NOT NULL, classification_id INTEGER NOT NULL,
    payment_type_id INTEGER, date TEXT NOT NULL, amount INTEGER NOT NULL,
    billable TEXT NOT NULL, status TEXT NOT NULL, notes TEXT, location_id INTEGER NOT NULL,
    department_id INTEGER NOT NULL, currency_id INTEGER NOT NULL, ticket_id INTEGER, summary TEXT,
    invoice_id INTEGER, closed_on TEXT, updated_on TEXT NOT NULL, updated_by TEXT NOT NULL
);
CREATE TABLE adjustment (
    id INTEGER PRIMARY KEY, identifier TEXT NOT NULL, type_id INTEGER NOT NULL, reason TEXT,
    notes TEXT, location_id INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0, closed_on TEXT,
    closed_by TEXT, updated_on TEXT NOT NULL, updated_by TEXT NOT NULL
);
CREATE TABLE adjustment_detail (
    id INTEGER PRIMARY KEY, adjustment_id INTEGER NOT NULL, catalog_id INTEGER NOT NULL,
    warehouse_id INTEGER NOT NULL, quantity INTEGER NOT NULL, unit_cost INTEGER NOT NULL,
    on_hand INTEGER NOT NULL DEFAULT 0, serial TEXT
);
CREATE INDEX adjustment_detail_of ON adjustment_detail (adjustment_id);
CREATE TABLE transfer (
    id INTEGER PRIMARY KEY, date TEXT NOT NULL, catalog_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL, unit_cost INTEGER NOT NULL, from_id INTEGER NOT NULL,
    to_id INTEGER NOT NULL, location_id INTEGER NOT NULL, closed_on TEXT NOT NULL
);
CREATE TABLE batch (
    id INTEGER PRIMARY KEY AUTOINCREMENT, identifier TEXT NOT NULL, invoices INTEGER NOT NULL,
    expenses INTEGER NOT NULL, products INTEGER NOT NULL, closed INTEGER NOT NULL DEFAULT 0,
    updated_on TEXT NOT NULL, updated_by TEXT NOT NULL
);
CREATE UNIQUE INDEX batch_identifier ON batch (identifier COLLATE NOCASE);
CREATE TABLE gl (
    id INTEGER PRIMARY KEY AUTOINCREMENT, document TEXT NOT NULL, document_id INTEGER NOT NULL,
    role TEXT NOT NULL, type TEXT NOT NULL, account TEXT NOT NULL, class TEXT NOT NULL DEFAULT '',
    amount INTEGER NOT NULL, line_id INTEGER, level INTEGER, cost_account TEXT,
    inventory_account TEXT, product_account TEXT, sales_code TEXT, description TEXT,
    batch_id INTEGER
);
CREATE INDEX gl_document ON gl (document, document_id);
CREATE INDEX gl_waiting ON gl (document, document_id) WHERE batch_id IS NULL;
CREATE INDEX gl_batch ON gl (batch_id) WHERE batch_id IS NOT NULL;
CREATE TABLE spoilt (
    document TEXT NOT NULL, document_key TEXT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL
);
"""


def statements() -> list[str]:
    """Return the statements that make the tables of a site."""
    return [each for each in DOCUMENTS.split(";\n") if each.strip()] + [
        statement for declared in LISTS for statement in _list_table(declared)
    ]


def _list_table(declared: ListOf) -> list[str]:
    columns = "".join(
        f", {name} GENERATED ALWAYS AS (json_extract(body, '$.{name}')) STORED"
        for name in declared.columns
    )
    own = f"(id INTEGER PRIMARY KEY, parent INTEGER, body TEXT NOT NULL{columns})"
    made = [f"CREATE TABLE {declared.table} {own}"]
    if declared.parent:
        made.append(f"CREATE INDEX {declared.table}_of ON {declared.table} (parent)")
    return made
