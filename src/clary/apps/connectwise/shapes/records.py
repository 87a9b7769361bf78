"""The records of ConnectWise: companies, members, catalog, invoices, payments, orders."""

from __future__ import annotations

from decimal import Decimal

from pydantic import Field

from clary.apps.connectwise.shapes.base import (
    CurrencyReference,
    InvoiceReference,
    ItemReference,
    Reference,
    Shape,
)


class Company(Shape):
    """A company: customer, vendor or both."""

    id: int | None = None
    identifier: str | None = None
    name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    state: str | None = None
    zip: str | None = None
    country: Reference | None = None
    phone_number: str | None = None
    fax_number: str | None = None
    website: str | None = None
    account_number: str | None = None
    vendor_identifier: str | None = None
    is_vendor_flag: bool | None = None
    tax_identifier: str | None = None
    tax_code: Reference | None = None
    billing_terms: Reference | None = None
    bill_to_company: Reference | None = None
    billing_site: Reference | None = None
    billing_contact: Reference | None = None
    default_contact: Reference | None = None
    site: Reference | None = None
    invoice_to_email_address: str | None = None
    currency: CurrencyReference | None = None
    types: list[Reference] | None = None
    deleted_flag: bool | None = None
    mobile_guid: str | None = None


class CompanySite(Shape):
    """An address of a company."""

    id: int | None = None
    name: str | None = None
    address_line1: str | None = None
    address_line2: str | None = None
    city: str | None = None
    state_reference: Reference | None = None
    zip: str | None = None
    country: Reference | None = None
    phone_number: str | None = None
    fax_number: str | None = None
    tax_code: Reference | None = None
    primary_address_flag: bool | None = None
    default_billing_flag: bool | None = None
    default_shipping_flag: bool | None = None
    inactive_flag: bool | None = None


class CommunicationItem(Shape):
    """One e-mail address, telephone or fax number of a contact."""

    value: str | None = None
    extension: str | None = None
    default_flag: bool | None = None
    communication_type: str | None = None


class Contact(Shape):
    """A person at a company."""

    id: int | None = None
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    default_phone_nbr: str | None = None
    communication_items: list[CommunicationItem] | None = None


class Member(Shape):
    """A person of the service company itself, paid back for expenses as a vendor."""

    id: int | None = None
    identifier: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    vendor_number: str | None = None
    inactive_flag: bool | None = None
    office_email: str | None = None
    primary_email: str | None = None
    office_phone: str | None = None
    mobile_phone: str | None = None
    country: Reference | None = None
    license_class: str | None = None
    security_role: Reference | None = None
    structure_level: Reference | None = None
    type: Reference | None = None


class CatalogItem(Shape):
    """A product of the catalog."""

    id: int | None = None
    identifier: str | None = None
    description: str | None = None
    customer_description: str | None = None
    inactive_flag: bool | None = None
    type: Reference | None = None
    product_class: str | None = None
    serialized_flag: bool | None = None
    unit_of_measure: Reference | None = None
    price: Decimal | None = None
    cost: Decimal | None = None
    taxable_flag: bool | None = None
    manufacturer_part_number: str | None = None
    vendor: Reference | None = None
    vendor_sku: str | None = None


class ProductType(Shape):
    """A product type; `type_xref` says what the books make of it."""

    id: int | None = None
    name: str | None = None
    inactive_flag: bool | None = None
    type_xref: str | None = None


class BillingTerm(Shape):
    """Terms of payment."""

    id: int | None = None
    name: str | None = None
    due_days: int | None = None
    terms_xref: str | None = None


class BillingStatus(Reference):
    """The status of an invoice; only closed ones can be exported."""

    is_closed: bool | None = None


class Invoice(Shape):
    """An invoice as ConnectWise keeps it, whatever its state."""

    id: int | None = None
    invoice_number: str | None = None
    type: str | None = None
    status: BillingStatus | None = None
    company: Reference | None = None
    bill_to_company: Reference | None = None
    account_number: str | None = None
    apply_to_type: str | None = None
    apply_to_id: int | None = None
    reference: str | None = None
    customer_po: str | None = Field(default=None, alias="customerPO")
    date: str | None = None
    due_date: str | None = None
    location_id: int | None = None
    location: Reference | None = None
    currency: CurrencyReference | None = None
    subtotal: Decimal | None = None
    total: Decimal | None = None
    sales_tax: Decimal | None = None
    payments: Decimal | None = None
    credits: Decimal | None = None
    balance: Decimal | None = None
    gl_batch: Reference | None = None
    unbatched_batch: Reference | None = None


class InvoicePayment(Shape):
    """A payment, or a credit memo (`credit`), applied to an invoice."""

    id: int | None = None
    type: str | None = None
    source: str | None = None
    invoice: InvoiceReference | None = None
    credit: InvoiceReference | None = None
    amount: Decimal | None = None
    balance: Decimal | None = None
    invoice_balance: Decimal | None = None
    invoice_total: Decimal | None = None
    payment_date: str | None = None
    applied_by: str | None = None
    payment_sync_status: str | None = None
    payment_sync_date: str | None = None
    gl_batch_id: str | None = Field(default=None, alias="glBatchID")


class GLEntry(Shape):
    """One GL row of an invoice."""

    id: int | None = None
    type: str | None = None
    amount: Decimal | None = None
    description: str | None = None
    is_batched: bool | None = None


class PurchaseOrder(Shape):
    """A purchase order; it is never made in Sage, its receipts are."""

    id: int | None = None
    po_number: str | None = None
    po_date: str | None = None
    closed_flag: bool | None = None
    status: Reference | None = None
    location_id: int | None = None
    location: Reference | None = None
    vendor_company: Reference | None = None
    vendor_invoice_number: str | None = None
    vendor_invoice_date: str | None = None
    freight_cost: Decimal | None = None
    sales_tax: Decimal | None = None
    total: Decimal | None = None
    currency: CurrencyReference | None = None


class PurchaseOrderLineItem(Shape):
    """One line of a purchase order; a receipt is listed once it is received and closed."""

    id: int | None = None
    line_number: int | None = None
    description: str | None = None
    product: ItemReference | None = None
    quantity: Decimal | None = None
    received_quantity: Decimal | None = None
    received_status: str | None = None
    date_received: str | None = None
    unit_cost: Decimal | None = None
    closed_flag: bool | None = None
    canceled_flag: bool | None = None
    batched_flag: bool | None = None
    packing_slip: str | None = None
