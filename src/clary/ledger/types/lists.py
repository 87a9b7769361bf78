"""The lists that documents refer to: accounts, items, tax codes and the smaller ones."""

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
from clary.ledger.record import Record
from clary.ledger.types.declaring import list_type
from clary.ledger.types.groups import (
    CUSTOM_FIELDS,
    Address,
    Component,
    CustomField,
    PriceLevel,
    uk_reference,
    us_id,
)
from clary.ledger.types.stamps import Stamped

US_ACCOUNT_TYPES = (
    "cash",
    "accounts_receivable",
    "inventory",
    "receivable_retainage",
    "other_current_assets",
    "fixed_assets",
    "accumulated_depreciation",
    "other_assets",
    "accounts_payable",
    "payable_retainage",
    "other_current_liabilities",
    "long_term_liabilities",
    "equity_does_not_close",
    "retained_earnings",
    "equity_gets_closed",
    "income",
    "cost_of_sales",
    "expenses",
)
UK_ACCOUNT_TYPES = (
    "sales",
    "purchases",
    "direct_expenses",
    "overheads",
    "fixed_assets",
    "current_assets",
    "current_liabilities",
    "long_term_liabilities",
    "capital_and_reserves",
)
UK_NOMINAL_KINDS = ("normal", "bank", "control")
US_ITEM_CLASSES = ("non_stock", "stock", "description_only", "assembly", "service", "labor")
UK_ITEM_CLASSES = ("stock", "non_stock", "service")
COST_METHODS = ("fifo", "lifo", "average")
JOB_STATUSES = ("open", "in_progress", "on_hold", "completed")


class Account(Stamped):
    """One account of the general ledger (UK: nominal account)."""

    id: str = text(
        "Account ID",
        us=Rule(15, required=True, characters="*?+", source="Sage 50 US file layouts"),
        uk=uk_reference(label="Nominal code"),
        key=True,
    )
    name: str = text(
        "Description", us=Rule(30, required=True), uk=Rule(60, required=True, label="Name")
    )
    type: str | None = choice(
        "Account type",
        (),
        us=Rule(required=True, choices=US_ACCOUNT_TYPES),
        uk=Rule(choices=UK_ACCOUNT_TYPES, label="Category"),
        help="UK: worked out from the chart of accounts' ranges when not stated.",
    )
    kind: str | None = choice("Nominal type", UK_NOMINAL_KINDS, us=ABSENT)
    inactive: bool | None = flag("Inactive")
    balance: Decimal | None = money("Balance", computed=True)


class Item(Stamped):
    """Something bought or sold (UK: product)."""

    id: str = text(
        "Item ID",
        us=us_id(),
        uk=Rule(30, required=True, label="Product code", characters=" "),
        key=True,
    )
    description: str | None = text("Description", us=Rule(30, required=True), uk=60)
    item_class: str | None = choice(
        "Item class",
        (),
        us=Rule(required=True, choices=US_ITEM_CLASSES),
        uk=Rule(choices=UK_ITEM_CLASSES, label="Item type"),
        alias="class",
    )
    inactive: bool | None = flag("Inactive")
    sales_description: str | None = text("Description for sales", us=160, uk=ABSENT, multiline=True)
    purchase_description: str | None = text(
        "Description for purchases", us=160, uk=ABSENT, multiline=True
    )
    sales_price: Decimal | None = decimal("Sales price")
    price_levels: list[PriceLevel] | None = group("Price levels 2-10", us=9, uk=ABSENT)
    unit_of_measure: str | None = text("Unit of measure", us=15, uk=Rule(8, label="Unit of sale"))
    tax_type: int | None = integer("Item tax type", uk=ABSENT, help="1 to 25; 1 is Regular.")
    tax_code_id: str | None = text("Tax code", us=ABSENT, uk=3, reference="tax_code")
    sales_account_id: str | None = text(
        "GL sales account", us=15, uk=Rule(8, label="Sales nominal"), reference="account"
    )
    inventory_account_id: str | None = text(
        "GL inventory account",
        us=15,
        uk=ABSENT,
        reference="account",
        help="For non-stock and service items: the salaries and wages account.",
    )
    cost_account_id: str | None = text(
        "GL cost of sales account", us=15, uk=ABSENT, reference="account"
    )
    purchase_account_id: str | None = text("Purchase nominal", us=ABSENT, uk=8, reference="account")
    cost_method: str | None = choice("Costing method", COST_METHODS, uk=ABSENT)
    unit_cost: Decimal | None = decimal(
        "Unit cost", uk=Rule(label="Last cost price"), help="Cost of one non-stock or service unit."
    )
    preferred_vendor_id: str | None = text(
        "Preferred vendor", us=20, uk=Rule(8, label="Supplier A/C"), reference="vendor"
    )
    vendor_part_number: str | None = text("Vendor part number", us=ABSENT, uk=16)
    upc: str | None = text("UPC or SKU", us=20, uk=Rule(60, label="Barcode"))
    location: str | None = text("Location", us=10, uk=16)
    weight: Decimal | None = decimal("Weight")
    reorder_level: Decimal | None = decimal("Minimum stock", uk=Rule(label="Re-order level"))
    reorder_quantity: Decimal | None = decimal("Reorder quantity")
    category: int | None = integer("Category", us=ABSENT)
    department_id: str | None = text("Department", us=ABSENT, uk=3, reference="department")
    subject_to_commission: bool | None = flag("Subject to commission", uk=ABSENT)
    components: list[Component] | None = group("Components", us=50, uk=50)
    custom_fields: list[CustomField] | None = CUSTOM_FIELDS
    quantity_on_hand: Decimal | None = decimal("Quantity on hand", computed=True)
    stock_value: Decimal | None = money("Stock value", computed=True)


class Agency(Record):
    """One agency of a US sales tax code, with its rate in percent."""

    id: str = text("Agency ID", us=Rule(8, required=True), uk=ABSENT)
    description: str | None = text("Description", us=30, uk=ABSENT)
    rate: Decimal = decimal("Rate in percent", us=Rule(required=True), uk=ABSENT, places=6)
    account_id: str = text(
        "Tax payable account", us=Rule(15, required=True), uk=ABSENT, reference="account"
    )
    vendor_id: str | None = text("Vendor", us=20, uk=ABSENT, reference="vendor")


class TaxCode(Stamped):
    """A sales tax code: US a list of agencies, UK one rate of value added tax."""

    id: str = text(
        "Sales tax code",
        us=Rule(8, required=True),
        uk=Rule(3, required=True, upper=True, label="Tax code"),
        key=True,
    )
    description: str | None = text("Description", us=30, uk=60)
    exempt: bool | None = flag("Tax exempt", uk=ABSENT)
    tax_freight: bool | None = flag("Tax freight", uk=ABSENT)
    agencies: list[Agency] | None = group("Sales tax agencies", us=5, uk=ABSENT)
    rate: Decimal | None = decimal("Rate in percent", us=ABSENT, places=3)
    on_return: bool | None = flag("Include in VAT return", us=ABSENT)
    reverse_charge: bool | None = flag("Reverse charge", us=ABSENT)
    inactive: bool | None = flag("Inactive")


class Currency(Stamped):
    """A currency; its rate is foreign units per unit of the base currency."""

    id: str = text(
        "Currency code",
        uk=Rule(3, required=True, upper=True),
        us=Rule(3, required=True, upper=True),
        key=True,
    )
    name: str | None = text("Name", us=30, uk=30)
    symbol: str | None = text("Symbol", us=3, uk=3)
    rate: Decimal | None = decimal("Exchange rate", places=6)
    base: bool | None = flag("Base currency", computed=True)


class Department(Stamped):
    """A department, by which UK transactions are analysed."""

    id: str = text(
        "Department number",
        us=ABSENT,
        uk=Rule(3, required=True, characters="alphanumeric"),
        key=True,
    )
    name: str | None = text("Name", us=ABSENT, uk=60)
    reference: str | None = text("Reference", us=ABSENT, uk=8)


class Job(Stamped):
    """A job (UK: project) that revenue and cost are gathered on."""

    id: str = text("Job ID", us=us_id(), uk=uk_reference(12, label="Project reference"), key=True)
    name: str | None = text("Description", us=Rule(30, required=True), uk=Rule(60, label="Name"))
    inactive: bool | None = flag("Inactive", uk=ABSENT)
    customer_id: str | None = text("Customer", us=20, uk=8, reference="customer")
    start_date: date | None = day("Start date")
    end_date: date | None = day("End date")
    status: str | None = choice("Status", JOB_STATUSES, us=ABSENT)
    purchase_order: str | None = text("Purchase order", us=20, uk=Rule(60, label="Order number"))
    address: Address | None = group("Address")
    custom_fields: list[CustomField] | None = CUSTOM_FIELDS


class ShipMethod(Stamped):
    """A way goods are shipped (US)."""

    id: str = text("Shipping method", us=Rule(20, required=True), uk=ABSENT, key=True)
    number: int | None = integer("Number", uk=ABSENT)


class Bank(Stamped):
    """A bank account (UK): a nominal account with bank details."""

    id: str = text("Account reference", us=ABSENT, uk=uk_reference(), key=True)
    name: str | None = text("Name", us=ABSENT, uk=60)
    bank_name: str | None = text("Bank name", us=ABSENT, uk=60)
    sort_code: str | None = text("Sort code", us=ABSENT, uk=10)
    account_number: str | None = text("Account number", us=ABSENT, uk=60)
    iban: str | None = text("IBAN", us=ABSENT, uk=60)
    bic: str | None = text("BIC", us=ABSENT, uk=60)
    currency: str | None = text("Currency", us=ABSENT, uk=3, reference="currency")
    overdraft_limit: Decimal | None = money("Overdraft limit", us=ABSENT)
    type: str | None = choice("Bank type", ("cheque", "cash", "credit_card"), us=ABSENT)
    inactive: bool | None = flag("Inactive", us=ABSENT)
    balance: Decimal | None = money("Balance", us=ABSENT, computed=True)


ACCOUNT = list_type(
    "account",
    Account,
    10,
    ("Account", "Chart of accounts"),
    ("Nominal account", "Nominal ledger"),
    "accounts",
    "nominal",
    "nominals",
    "ChartOfAccounts",
)
ITEM = list_type(
    "item",
    Item,
    48,
    ("Item", "Inventory items"),
    ("Product", "Products"),
    "items",
    "product",
    "products",
    "stock",
    "InventoryItemsList",
)
TAX_CODE = list_type(
    "tax_code",
    TaxCode,
    46,
    ("Sales tax code", "Sales tax codes"),
    ("Tax code", "Tax codes"),
    "tax_codes",
    "SalesTaxCodes",
)
CURRENCY = list_type(
    "currency", Currency, 5, ("Currency", "Currencies"), ("Currency", "Currencies"), "currencies"
)
DEPARTMENT = list_type(
    "department", Department, 8, None, ("Department", "Departments"), "departments"
)
JOB = list_type(
    "job",
    Job,
    55,
    ("Job", "Jobs"),
    ("Project", "Projects"),
    "jobs",
    "project",
    "projects",
    "JobList",
)
SHIP_METHOD = list_type(
    "ship_method",
    ShipMethod,
    30,
    ("Shipping method", "Shipping methods"),
    None,
    "ship_methods",
    "ShippingMethods",
)
BANK = list_type("bank", Bank, 12, None, ("Bank account", "Bank accounts"), "banks", "bank_account")
