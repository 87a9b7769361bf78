"""What the small companies of the tests hold, and shorthand to work with them."""

from __future__ import annotations

from decimal import Decimal

from clary.companies.contract import Session
from clary.companies.keys import Key, parse_key
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import money_text
from clary.ledger.registry import record_type

US_ACCOUNTS = (
    ("1020", "Checking account", "cash"),
    ("1100", "Accounts receivable", "accounts_receivable"),
    ("1200", "Inventory", "inventory"),
    ("2000", "Accounts payable", "accounts_payable"),
    ("2310", "Sales tax payable", "other_current_liabilities"),
    ("3900", "Retained earnings", "retained_earnings"),
    ("4000", "Sales", "income"),
    ("4100", "Freight", "income"),
    ("4900", "Discounts given", "income"),
    ("5000", "Cost of sales", "cost_of_sales"),
    ("5900", "Discounts taken", "cost_of_sales"),
    ("6000", "Wages", "expenses"),
    ("6100", "Office supplies", "expenses"),
)
US_ITEMS: tuple[tuple[str, str, str, Body], ...] = (
    ("FIFO", "stock", "1200", {"cost_method": "fifo"}),
    ("LIFO", "stock", "1200", {"cost_method": "lifo"}),
    ("AVERAGE", "stock", "1200", {"cost_method": "average"}),
    ("PART", "non_stock", "6000", {"unit_cost": "7.50"}),
    ("LABOR", "service", "6000", {"unit_cost": "20"}),
    ("TEXT", "description_only", "6000", {}),
)


def fill_us(session: Session) -> None:
    """Create the lists of the small US company."""
    for account_id, name, account_type in US_ACCOUNTS:
        session.create("account", {"id": account_id, "name": name, "type": account_type})
    agencies: list[Body] = [
        {"id": "STATE", "rate": "6", "account_id": "2310"},
        {"id": "CITY", "rate": "1.25", "account_id": "2310"},
    ]
    session.create("tax_code", {"id": "TAXED", "agencies": agencies, "tax_freight": True})
    session.create("tax_code", {"id": "FREE", "exempt": True})
    for item_id, item_class, other, more in US_ITEMS:
        body: Body = {
            "id": item_id,
            "description": item_id.title(),
            "class": item_class,
            "sales_account_id": "4000",
            "inventory_account_id": other,
            "cost_account_id": "5000",
            **more,
        }
        session.create("item", body)
    for name in ("ACME", "BETA"):
        session.create(
            "customer", {"id": name, "name": name.title(), "terms": "net", "due_days": 30}
        )
        session.create("vendor", {"id": f"V-{name}", "name": name.title()})


def key(name: str, text: object) -> Key:
    """Return a key of a record type."""
    return parse_key(record_type(name), str(text))


def lines(*entries: Body) -> JsonValue:
    """Return lines as they stand in a body."""
    return [dict(entry) for entry in entries]


def invoice(*entries: Body, customer: str = "ACME", **more: JsonValue) -> Body:
    """Return an invoice of the small US company."""
    return {
        "customer_id": customer,
        "date": "2026-03-02",
        "receivable_account_id": "1100",
        "lines": lines(*entries),
        **more,
    }


def bill(*entries: Body, vendor: str = "V-ACME", **more: JsonValue) -> Body:
    """Return a bill of the small US company."""
    return {
        "vendor_id": vendor,
        "date": "2026-02-02",
        "payable_account_id": "2000",
        "lines": lines(*entries),
        **more,
    }


def plain(amount: str, account: str = "4000") -> Body:
    """Return a line without an item."""
    return {"account_id": account, "amount": amount}


def goods(item: str, quantity: str, price: str) -> Body:
    """Return a line with an item."""
    return {"item_id": item, "quantity": quantity, "unit_price": price}


def balances(session: Session) -> dict[str, str]:
    """Return the accounts that have a balance; a debit is positive."""
    return {
        figure.id: money_text(figure.balance)
        for figure in session.trial_balance(None)
        if figure.balance
    }


def moved(session: Session, transaction: object) -> dict[str, Decimal]:
    """Return what one transaction moved, by account."""
    sums: dict[str, Decimal] = {}
    for row in session.ledger_rows():
        if row.transaction_number == int(str(transaction)):
            sums[row.account_id] = sums.get(row.account_id, Decimal(0)) + Decimal(row.amount) / 100
    return {account: amount for account, amount in sums.items() if amount}


def everything(session: Session) -> dict[str, object]:
    """Return every figure that an undo must bring back."""
    return {
        "balances": balances(session),
        "customers": _figures(session, "customer", "balance"),
        "vendors": _figures(session, "vendor", "balance"),
        "stock": _figures(session, "item", "stock_value"),
        "quantities": _figures(session, "item", "quantity_on_hand"),
        "open": sorted(
            (item.record_type, item.key, item.open)
            for side in ("customer", "vendor")
            for item in session.open_items(side, None)
        ),
    }


def _figures(session: Session, name: str, field: str) -> dict[str, JsonValue]:
    from clary.companies.contract import Query  # noqa: PLC0415 - keeps the head short

    return {str(body["id"]): body.get(field) for body in session.read(name, Query())}
