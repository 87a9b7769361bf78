"""The company that the benchmarks post into: all rules on, the same for every run."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from clary.companies.contract import Session
from clary.companies.sandbox import SandboxCompany, create
from clary.kernel.change import Body

CUSTOMERS = 500
STOCK = 10_000_000

_ACCOUNTS = (
    ("1020", "Checking account", "cash"),
    ("1100", "Accounts receivable", "accounts_receivable"),
    ("1200", "Inventory", "inventory"),
    ("2000", "Accounts payable", "accounts_payable"),
    ("2310", "Sales tax payable", "other_current_liabilities"),
    ("3900", "Retained earnings", "retained_earnings"),
    ("4000", "Sales", "income"),
    ("5000", "Cost of sales", "cost_of_sales"),
    ("6000", "Wages", "expenses"),
)


def new_company(path: Path) -> SandboxCompany:
    """Return a fresh company with accounts, a tax code, items in stock and customers."""
    create(path, name="Bench", edition="us", fiscal_year_start=date(2026, 1, 1))
    company = SandboxCompany(path)
    with company.session(write=True) as session, session.group():
        _fill(session)
    return company


def _fill(session: Session) -> None:
    for account_id, name, account_type in _ACCOUNTS:
        session.create("account", {"id": account_id, "name": name, "type": account_type})
    agencies: list[Body] = [{"id": "STATE", "rate": "7.25", "account_id": "2310"}]
    session.create("tax_code", {"id": "CA", "description": "California", "agencies": agencies})
    session.create("vendor", {"id": "SUPPLY", "name": "Supply"})
    item: Body = {
        "description": "Widget",
        "sales_account_id": "4000",
        "inventory_account_id": "1200",
        "cost_account_id": "5000",
    }
    session.create("item", {**item, "id": "WIDGET", "class": "stock", "cost_method": "fifo"})
    service: Body = {"id": "SERVICE", "class": "service", "unit_cost": "20"}
    session.create("item", {**item, **service, "inventory_account_id": "6000"})
    for number in range(CUSTOMERS):
        session.create(
            "customer",
            {
                "id": f"C{number:05d}",
                "name": f"Customer {number}",
                "tax_code_id": "CA",
                "terms": "net",
                "due_days": 30,
                "credit_limit": "100000000.00",
                "credit_status": "hold_over_limit",
            },
        )
    purchase: Body = {
        "number": "STOCK",
        "vendor_id": "SUPPLY",
        "date": "2026-01-05",
        "payable_account_id": "2000",
        "lines": [{"item_id": "WIDGET", "quantity": str(STOCK), "unit_price": "4"}],
    }
    session.create("purchase", purchase)


def invoices(count: int, series: str = "I") -> Iterator[Body]:
    """Yield three-line invoices: stock, service, and a plain account line."""
    for number in range(count):
        yield {
            "number": f"{series}{number}",
            "customer_id": f"C{number % CUSTOMERS:05d}",
            "date": f"2026-{number % 12 + 1:02d}-{number % 28 + 1:02d}",
            "receivable_account_id": "1100",
            "lines": [
                {"item_id": "WIDGET", "quantity": "3", "unit_price": "10"},
                {"item_id": "SERVICE", "quantity": "2", "unit_price": "50"},
                {"description": "Sundry", "account_id": "4000", "amount": "5.00"},
            ],
        }
