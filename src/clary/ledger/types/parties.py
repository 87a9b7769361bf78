"""Customers and vendors: the two sides a company deals with."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from clary.ledger.fields import (
    ABSENT,
    Rule,
    choice,
    day,
    decimal,
    flag,
    group,
    integer,
    money,
    text,
)
from clary.ledger.record import Family, RecordType, TypeName
from clary.ledger.types.groups import (
    CUSTOM_FIELDS,
    IMPORT_US,
    Address,
    Contact,
    CustomField,
    uk_reference,
    us_id,
)
from clary.ledger.types.stamps import Stamped

CREDIT_STATUSES = (
    "no_credit_limit",
    "notify_over_limit",
    "always_notify",
    "hold_over_limit",
    "always_hold",
)
"""Credit statuses of Sage 50 US in the order of their numbers 0..4 (numbers inferred)."""

TERMS = ("net", "cod", "prepaid", "month_end", "day_of_month")
PAYMENT_DUE_FROM = (
    "invoice_date",
    "first_of_next_month",
    "before_end_of_next_month",
    "day_of_month",
    "one_month_after_invoice",
)
FORM_1099_TYPES = ("none", "interest", "miscellaneous")


class Party(Stamped):
    """What customers and vendors have in common."""

    name: str = text("Name", us=Rule(39, required=True, source=IMPORT_US), uk=60)
    inactive: bool | None = flag("Inactive")
    account_number: str | None = text("Account number", us=20, uk=ABSENT)
    type: str | None = text("Type", us=8, uk=ABSENT)
    contact_name: str | None = text("Contact", us=36, uk=30)
    telephone1: str | None = text("Telephone 1", us=20, uk=30)
    telephone2: str | None = text("Telephone 2", us=20, uk=30)
    fax: str | None = text("Fax", us=20, uk=30)
    email: str | None = text("E-mail", us=64, uk=255)
    web_site: str | None = text("Web site", us=64, uk=60)
    contacts: list[Contact] | None = group("Contacts", us=20, uk=20)
    terms: str | None = choice("Terms", TERMS, uk=ABSENT)
    terms_text: str | None = text("Terms text", us=ABSENT, uk=30)
    terms_agreed: bool | None = flag("Terms agreed", us=ABSENT)
    due_days: int | None = integer("Due days", uk=Rule(label="Payment due days"))
    payment_due_from: str | None = choice("Payment due from", PAYMENT_DUE_FROM, us=ABSENT)
    discount_days: int | None = integer("Discount days", uk=Rule(label="Settlement due days"))
    discount_percent: Decimal | None = decimal(
        "Discount percent", uk=Rule(label="Settlement discount percent")
    )
    credit_limit: Decimal | None = money("Credit limit")
    account_status: int | None = integer("Account status", us=ABSENT)
    on_hold: bool | None = flag("On hold", us=ABSENT)
    department_id: str | None = text("Department", us=ABSENT, uk=3, reference="department")
    currency: str | None = text("Currency", us=ABSENT, uk=3, reference="currency")
    tax_number: str | None = text("Tax ID", us=20, uk=Rule(20, label="VAT number"))
    bank_name: str | None = text("Bank name", us=ABSENT, uk=60)
    bank_sort_code: str | None = text("Bank sort code", us=ABSENT, uk=10)
    bank_account_number: str | None = text("Bank account number", us=ABSENT, uk=60)
    bank_account_name: str | None = text("Bank account name", us=ABSENT, uk=60)
    bank_iban: str | None = text("IBAN", us=ABSENT, uk=60)
    bank_bic: str | None = text("BIC", us=ABSENT, uk=60)
    custom_fields: list[CustomField] | None = CUSTOM_FIELDS


class Customer(Party):
    """Someone the company sells to."""

    id: str = text("Customer ID", us=us_id(), uk=uk_reference(label="Account reference"), key=True)
    prospect: bool | None = flag("Prospect", uk=ABSENT)
    bill_to: Address | None = group("Bill-to address", uk=Rule(label="Address"))
    ship_to: list[Address] | None = group(
        "Ship-to addresses", us=20, uk=Rule(99, label="Delivery addresses")
    )
    tax_code_id: str | None = text(
        "Sales tax code", us=8, uk=Rule(3, label="Default tax code"), reference="tax_code"
    )
    account_id: str | None = text(
        "GL sales account", us=15, uk=Rule(8, label="Default nominal code"), reference="account"
    )
    credit_status: str | None = choice("Credit status", CREDIT_STATUSES, uk=ABSENT)
    price_level: int | None = integer("Price level", uk=ABSENT)
    sales_rep_id: str | None = text("Sales representative", us=20, uk=ABSENT, reference="sales_rep")
    ship_via: str | None = text("Ship via", us=20, uk=ABSENT)
    payment_method: str | None = text("Payment method", us=20, uk=ABSENT)
    resale_number: str | None = text("Resale number", us=20, uk=ABSENT)
    open_purchase_order: str | None = text("Open purchase order", us=20, uk=ABSENT)
    trade_discount_percent: Decimal | None = decimal("Discount percent", us=ABSENT)
    customer_since: date | None = day("Customer since", uk=Rule(label="Account opened"))
    balance: Decimal | None = money("Balance", computed=True)
    last_invoice_date: date | None = day("Last invoice", computed=True)
    last_payment_date: date | None = day("Last payment", computed=True)


class Vendor(Party):
    """Someone the company buys from (UK: supplier)."""

    id: str = text("Vendor ID", us=us_id(), uk=uk_reference(label="Account reference"), key=True)
    mail_to: Address | None = group("Mail-to address", uk=Rule(label="Address"))
    remit_to: list[Address] | None = group("Remit-to addresses", us=20, uk=ABSENT)
    tax_code_id: str | None = text(
        "Default tax code", us=ABSENT, uk=Rule(3, label="Default tax code"), reference="tax_code"
    )
    account_id: str | None = text(
        "GL expense account", us=15, uk=Rule(8, label="Default nominal code"), reference="account"
    )
    form_1099_type: str | None = choice("1099 type", FORM_1099_TYPES, uk=ABSENT)
    ship_via: str | None = text("Ship via", us=20, uk=ABSENT)
    use_payment_defaults: bool | None = flag(
        "Use payment defaults", us=Rule(since=2014, source="generic connector help"), uk=ABSENT
    )
    default_payment_method: str | None = text(
        "Default payment method",
        us=Rule(20, since=2014, source="generic connector help"),
        uk=ABSENT,
    )
    default_cash_account_id: str | None = text(
        "Default cash account",
        us=Rule(15, since=2014, source="generic connector help"),
        uk=ABSENT,
        reference="account",
    )
    vendor_since: date | None = day("Vendor since", uk=Rule(label="Account opened"))
    balance: Decimal | None = money("Balance", computed=True)
    last_invoice_date: date | None = day("Last invoice", computed=True)
    last_payment_date: date | None = day("Last payment", computed=True)


CUSTOMER = RecordType(
    name="customer",
    record=Customer,
    family=Family.LIST,
    words={"us": TypeName("Customer", "Customers"), "uk": TypeName("Customer", "Customers")},
    aliases=("customers", "CustomerList", "sales_ledger"),
    order=50,
)
VENDOR = RecordType(
    name="vendor",
    record=Vendor,
    family=Family.LIST,
    words={"us": TypeName("Vendor", "Vendors"), "uk": TypeName("Supplier", "Suppliers")},
    aliases=("vendors", "supplier", "suppliers", "VendorList", "purchase_ledger"),
    order=45,
)
