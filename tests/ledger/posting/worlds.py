"""The small companies that posting tests work with, one per edition."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeVar

from clary.kernel.money import to_minor
from clary.ledger.editions import uk
from clary.ledger.posting.views import (
    AccountView,
    AgencyView,
    ItemView,
    PartyView,
    Policy,
    TaxCodeView,
)
from clary.ledger.record import Record
from tests.ledger.posting.shelf import Shelf

R = TypeVar("R", bound=Record)

US_ACCOUNTS = {
    "1000": "cash",
    "1100": "accounts_receivable",
    "1200": "inventory",
    "2000": "accounts_payable",
    "2300": "other_current_liabilities",
    "2310": "other_current_liabilities",
    "4000": "income",
    "4100": "income",
    "4200": "income",
    "4900": "income",
    "5000": "cost_of_sales",
    "5900": "cost_of_sales",
    "6000": "expenses",
    "6500": "expenses",
}
"""1000 cash, 1100 receivable, 1200 inventory, 2000 payable, 2300 state tax, 2310 city tax,
4000 sales, 4100 service revenue, 4200 freight, 4900 sales discount, 5000 cost of sales,
5900 purchase discount, 6000 salaries and wages, 6500 office expense."""

UK_ACCOUNTS = {
    "1100": "control",
    "1200": "bank",
    "1210": "bank",
    "1220": "bank",
    "2100": "control",
    "2200": "control",
    "2201": "control",
    "2202": "normal",
    "4000": "normal",
    "4001": "normal",
    "4009": "normal",
    "4905": "normal",
    "5000": "normal",
    "5001": "normal",
    "5009": "normal",
    "7500": "normal",
    "7906": "normal",
}


def made(record: type[R], **values: object) -> R:
    """Return a record with these fields."""
    return record.model_validate(values)


def money(text: str) -> Decimal:
    """Return an amount as documents state it."""
    return Decimal(text)


def party(number: int, key: str, party_type: str, **values: object) -> PartyView:
    """Return a customer or vendor without a balance; `values` are fields of the view."""
    view = PartyView(
        number=number,
        id=key,
        type=party_type,
        name=key.title(),
        inactive=False,
        prospect=False,
        credit_status=None,
        credit_limit=None,
        balance=0,
        tax_code_id=None,
        account_id=None,
        terms="net",
        due_days=30,
        discount_days=0,
        discount_percent=0,
    )
    for name, value in values.items():
        setattr(view, name, value)
    return view


def item(number: int, key: str, item_class: str, **values: object) -> ItemView:
    """Return an item without stock; `values` are fields of the view."""
    view = ItemView(
        number=number,
        id=key,
        item_class=item_class,
        description=key.title(),
        inactive=False,
        tax_type=1,
        tax_code_id=None,
        sales_account_id=None,
        inventory_account_id=None,
        cost_account_id=None,
        purchase_account_id=None,
        cost_method="fifo",
        unit_cost=0,
        quantity=0,
        value=0,
    )
    for name, value in values.items():
        setattr(view, name, value)
    return view


def us_company() -> Shelf:
    """Return a US company: customer ACME, vendor PAPER, an item of every class, tax codes."""
    shelf = Shelf(
        Policy(
            edition="us",
            currency="USD",
            defaults={
                "accounts_receivable": "1100",
                "accounts_payable": "2000",
                "freight": "4200",
                "sales_discount": "4900",
                "purchase_discount": "5900",
                "sales": "4000",
                "purchases": "6500",
            },
            tax_types={1: True, 2: False},
            negative_stock=True,
            foreign_trader=False,
        )
    )
    for number, (key, kind) in enumerate(US_ACCOUNTS.items(), start=1):
        shelf.accounts[key] = AccountView(number, key, f"Account {key}", kind, None, inactive=False)
    shelf.customers["ACME"] = party(1, "ACME", "customer", account_id="4000")
    shelf.vendors["PAPER"] = party(2, "PAPER", "vendor", account_id="6500")
    goods = {"inventory_account_id": "1200", "cost_account_id": "5000", "sales_account_id": "4000"}
    work = {
        **goods,
        "inventory_account_id": "6000",
        "unit_cost": 750_000,
        "sales_account_id": "4100",
    }
    shelf.items = {
        "FIFO": item(1, "FIFO", "stock", **goods),
        "LIFO": item(2, "LIFO", "stock", cost_method="lifo", **goods),
        "AVERAGE": item(3, "AVERAGE", "stock", cost_method="average", **goods),
        "KIT": item(4, "KIT", "assembly", **goods),
        "PART": item(5, "PART", "non_stock", **work),
        "HOUR": item(6, "HOUR", "service", **work),
        "SHIFT": item(7, "SHIFT", "labor", **work),
        "NOTE": item(
            8, "NOTE", "description_only", sales_account_id="4000", cost_account_id="5000"
        ),
    }
    state = AgencyView("STATE", "State tax", 7_000_000, "2300")
    city = AgencyView("CITY", "City tax", 1_250_000, "2310")
    shelf.tax_codes = {
        "LOCAL": TaxCodeView("LOCAL", agencies=(state, city)),
        "SHIPPED": TaxCodeView("SHIPPED", agencies=(state,), tax_freight=True),
        "EXEMPT": TaxCodeView("EXEMPT", exempt=True, agencies=(state,)),
    }
    shelf.lists = {("job", "DECK")}
    return shelf


def uk_company() -> Shelf:
    """Return a UK company: customer ACME, supplier PAPER, products, T-codes, euro accounts."""
    shelf = Shelf(
        Policy(
            edition="uk",
            currency="GBP",
            defaults=dict(uk.DEFAULTS),
            tax_types={},
            negative_stock=False,
            foreign_trader=True,
            rates={"EUR": 1_250_000},
        )
    )
    for number, (key, kind) in enumerate(UK_ACCOUNTS.items(), start=1):
        category = uk.category_of(key) or ""
        held = "EUR" if key == "1220" else None
        shelf.accounts[key] = AccountView(
            number, key, f"Nominal {key}", category, kind, inactive=False, currency=held
        )
    shelf.customers["ACME"] = party(1, "ACME", "customer", terms=None)
    shelf.customers["EURO"] = party(3, "EURO", "customer", terms=None, currency="EUR")
    shelf.vendors["PAPER"] = party(2, "PAPER", "vendor", terms=None)
    shelf.vendors["PAPIER"] = party(4, "PAPIER", "vendor", terms=None, currency="EUR")
    goods = {"sales_account_id": "4001", "purchase_account_id": "5001"}
    shelf.items = {
        "DESK": item(1, "DESK", "stock", **goods),
        "CHAIR": item(2, "CHAIR", "stock", tax_code_id="T5", department_id="7", **goods),
        "VISIT": item(3, "VISIT", "service", **goods),
    }
    shelf.tax_codes = {
        code.id: TaxCodeView(
            code.id, rate=to_minor(code.rate, 6), reverse_charge=code.reverse_charge
        )
        for code in uk.TAX_CODES
    }
    shelf.lists = {
        ("currency", "GBP"),
        ("currency", "EUR"),
        ("department", "7"),
        ("department", "8"),
        ("job", "SITE"),
    }
    return shelf
