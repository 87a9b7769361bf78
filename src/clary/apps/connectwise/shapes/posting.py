"""What waits to be posted, and what was posted: unposted documents, batches, GL rows."""

from __future__ import annotations

from decimal import Decimal

from clary.apps.connectwise.shapes.base import (
    CurrencyReference,
    InvoiceReference,
    Reference,
    Shape,
)


class UnpostedInvoice(Shape):
    """A closed invoice that waits; an export is asked for by `billing_log_id`."""

    id: int | None = None
    billing_log_id: int | None = None
    location_id: int | None = None
    location: Reference | None = None
    company: Reference | None = None
    account_number: str | None = None
    bill_to_company: Reference | None = None
    invoice_number: str | None = None
    invoice_date: str | None = None
    invoice_type: str | None = None
    currency: CurrencyReference | None = None
    total: Decimal | None = None
    date_closed: str | None = None


class UnpostedExpense(Shape):
    """An expense that waits; an export is asked for by `expense_detail_id`."""

    id: int | None = None
    location_id: int | None = None
    company: Reference | None = None
    account_number: str | None = None
    credit_account: str | None = None
    expense_detail_id: int | None = None
    expense_type: Reference | None = None
    classification: str | None = None
    gl_type: str | None = None
    member: Reference | None = None
    date_expense: str | None = None
    charge_description: str | None = None
    payment_method: Reference | None = None
    currency: CurrencyReference | None = None
    total: Decimal | None = None
    ticket: Reference | None = None
    date_closed: str | None = None


class UnpostedProcurement(Shape):
    """A purchase, adjustment or transfer that waits.

    An export is asked for by the text `unposted_product_id`; `id` is the GL id that a
    batch takes for adjustments and transfers.
    """

    id: int | None = None
    description: str | None = None
    unposted_product_id: str | None = None
    location_id: int | None = None
    procurement_type: str | None = None
    purchase_order: Reference | None = None
    purchase_date: str | None = None
    currency: CurrencyReference | None = None
    total: Decimal | None = None
    tax_total: Decimal | None = None
    customer: Reference | None = None
    vendor: Reference | None = None
    vendor_account_number: str | None = None
    vendor_invoice_number: str | None = None
    vendor_invoice_date: str | None = None
    freight_cost: Decimal | None = None
    date_closed: str | None = None


class AccountingBatch(Shape):
    """A batch of posted GL entries."""

    id: int | None = None
    batch_identifier: str | None = None
    export_invoices_flag: bool | None = None
    export_expenses_flag: bool | None = None
    export_products_flag: bool | None = None
    closed_flag: bool | None = None


class EntryRow(Shape):
    """Which GL row a debit or credit of a batch is of, and no more: a batch may hold many."""

    id: int | None = None
    account_type: str | None = None


class BatchEntry(EntryRow):
    """One debit or credit of a batch."""

    name: str | None = None
    account_number: str | None = None
    debit: Decimal | None = None
    credit: Decimal | None = None
    cost: Decimal | None = None
    item: str | None = None
    cost_of_goods_sold_account_number: str | None = None
    invoice: InvoiceReference | None = None
    purchase_order: Reference | None = None
    line_item: Reference | None = None
    transfer: str | None = None
    expense: Reference | None = None
    adjustment_detail: Reference | None = None
