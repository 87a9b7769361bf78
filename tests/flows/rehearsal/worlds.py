"""Two small companies with a past: every rule of posting can be met and broken in them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from clary.companies.contract import Session
from clary.companies.keys import Key, KeyKind
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.values import set_values
from clary.kernel.change import Body, JsonValue, Verb
from clary.ledger.fields import EditionName

LOCKED = "2026-01-31"


def lines(*entries: Body) -> JsonValue:
    return [dict(entry) for entry in entries]


@dataclass
class World:
    """A company file, and the transaction numbers of what is in it."""

    edition: EditionName
    path: Path
    numbers: dict[str, int] = field(default_factory=dict)

    def post(self, session: Session, name: str, record_type: str, body: Body) -> None:
        written = session.create(record_type, {"date": "2026-02-10", **body})
        self.numbers[name] = int(str(written.key))


# -- the US company ------------------------------------------------------------------------

US_ACCOUNTS = {
    "1020": "cash",
    "1100": "accounts_receivable",
    "1150": "accounts_receivable",
    "1200": "inventory",
    "2000": "accounts_payable",
    "2310": "other_current_liabilities",
    "2320": "other_current_liabilities",
    "3900": "retained_earnings",
    "4000": "income",
    "4100": "income",
    "4900": "income",
    "5000": "cost_of_sales",
    "6000": "expenses",
    "6900": "expenses",
}
US_CUSTOMERS: Mapping[str, Body] = {
    "ACME": {"tax_code_id": "TAX", "terms": "net", "due_days": 30},
    "EARLY": {"discount_days": 10, "discount_percent": "2", "due_days": 30, "terms": "net"},
    "LIMIT": {"credit_status": "hold_over_limit", "credit_limit": "250.00"},
    "NOTIFY": {"credit_status": "notify_over_limit", "credit_limit": "250.00"},
    "HOLD": {"credit_status": "always_hold"},
    "ALWAYS": {"credit_status": "always_notify"},
    "GONE": {"inactive": True},
}
US_GOODS: Body = {
    "class": "stock",
    "sales_account_id": "4000",
    "inventory_account_id": "1200",
    "cost_account_id": "5000",
}
US_ITEMS: Mapping[str, Body] = {
    "FIFO": {**US_GOODS, "cost_method": "fifo"},
    "LIFO": {**US_GOODS, "cost_method": "lifo"},
    "AVERAGE": {**US_GOODS, "cost_method": "average"},
    "EMPTY": {**US_GOODS, "cost_method": "fifo"},
    "BARE": {"class": "stock", "cost_method": "average", "sales_account_id": "4000"},
    "WORK": {
        "class": "service",
        "unit_cost": "12.5",
        "tax_type": 2,
        "sales_account_id": "4100",
        "inventory_account_id": "6000",
        "cost_account_id": "5000",
    },
    "TEXT": {"class": "description_only", "sales_account_id": "4100"},
}
US_DEFAULTS = {
    "accounts_receivable": "1100",
    "accounts_payable": "2000",
    "freight": "4900",
    "sales_discount": "4900",
}


def make_us(path: Path) -> World:
    world = World("us", path)
    create(path, name="United", edition="us", fiscal_year_start=date(2026, 1, 1))
    with SandboxCompany(path).session(write=True) as session:
        for account_id, kind in US_ACCOUNTS.items():
            session.create("account", {"id": account_id, "name": account_id, "type": kind})
        agencies = lines(
            {"id": "STATE", "rate": "6", "account_id": "2310"},
            {"id": "CITY", "rate": "1.25", "account_id": "2320"},
        )
        session.create("tax_code", {"id": "TAX", "agencies": agencies, "tax_freight": True})
        session.create("tax_code", {"id": "FREE", "exempt": True})
        for key, body in US_CUSTOMERS.items():
            session.create("customer", {"id": key, "name": key.title(), **body})
        for key in ("SUPPLY", "LABOR"):
            session.create("vendor", {"id": key, "name": key, "terms": "net", "due_days": 20})
        for key, body in US_ITEMS.items():
            session.create("item", {"id": key, "description": key, **body})
        session.create("job", {"id": "JOB", "name": "A job"})
        session.create("employee", {"id": "EMP", "name": "An employee"})
        session.update("account", Key(KeyKind.ID, "6900"), {"inactive": True})
        set_values(path, defaults=json.dumps(US_DEFAULTS), lock_date=LOCKED)
    with SandboxCompany(path).session(write=True) as session:
        _us_past(world, session)
    return world


def _us_past(world: World, session: Session) -> None:
    for number, (item, price) in enumerate(
        [("FIFO", "4"), ("FIFO", "5"), ("LIFO", "6"), ("LIFO", "7.5"), ("AVERAGE", "3.33")]
    ):
        line: Body = {"item_id": item, "quantity": "7", "unit_price": price}
        bill: Body = {"number": f"B{number}", "vendor_id": "SUPPLY", "lines": lines(line)}
        world.post(session, f"bill {number}", "purchase", bill)
    for customer in ("ACME", "LIMIT", "EARLY"):
        body: Body = {
            "number": "N1",
            "customer_id": customer,
            "lines": lines({"account_id": "4100", "amount": "80.00", "tax_type": 2}),
        }
        world.post(session, customer, "sales_invoice", body)
        world.post(session, f"{customer} again", "sales_invoice", {**body, "number": "N2"})
    money: Body = {"cash_account_id": "1020", "amount": "50.00"}
    receipt: Body = {"reference": "R1", "customer_id": "ACME", **money}
    world.post(session, "receipt", "receipt", receipt)
    world.post(session, "payment", "payment", {"vendor_id": "SUPPLY", **money})
    void = Key(KeyKind.NUMBER, str(world.numbers["EARLY again"]))
    session.act("sales_invoice", void, Verb.VOID, {})


# -- the UK company ------------------------------------------------------------------------

UK_PARTIES: Mapping[str, Body] = {
    "ACME": {"tax_code_id": "T1", "account_id": "4000"},
    "PLAIN": {},
    "LIMIT": {"credit_limit": "250.00"},
    "HELD": {"on_hold": True},
    "NOTERMS": {"terms_agreed": False},
    "GONE": {"inactive": True},
    "EUROPE": {"currency": "EUR", "tax_code_id": "T4"},
}


def make_uk(path: Path) -> World:
    world = World("uk", path)
    create(path, name="Kingdom", edition="uk", fiscal_year_start=date(2026, 1, 1))
    set_values(path, foreign_trader="1", settings=json.dumps({"stop_on_hold": True}))
    with SandboxCompany(path).session(write=True) as session:
        session.create("currency", {"id": "EUR", "name": "Euro", "rate": "1.173"})
        session.create("bank", {"id": "1210", "name": "Second bank"})
        session.create("bank", {"id": "1220", "name": "Euro bank", "currency": "EUR"})
        session.create("account", {"id": "7500", "name": "Printing"})
        session.create("account", {"id": "7600", "name": "Old", "inactive": True})
        session.create("department", {"id": "1", "name": "North"})
        for key, body in UK_PARTIES.items():
            session.create("customer", {"id": key, "name": key, **body})
            usual = {**body, "account_id": "5000"} if "account_id" in body else body
            session.create("vendor", {"id": key, "name": key, **usual})
        for key in ("GOODS", "SPARE"):
            session.create("item", {"id": key, "description": key, "sales_account_id": "4000"})
        session.create("item", {"id": "WORK", "description": "Work", "class": "service"})
        _uk_past(world, session)
    set_values(path, lock_date=LOCKED)
    return world


def _uk_past(world: World, session: Session) -> None:
    for number, amount in enumerate(("31.00", "40.00")):
        line: Body = {"item_id": "GOODS", "quantity": "7", "amount": amount}
        bill: Body = {"number": f"B{number}", "vendor_id": "ACME", "lines": lines(line)}
        world.post(session, f"bill {number}", "purchase", bill)
    for customer in ("ACME", "LIMIT", "EUROPE"):
        body: Body = {
            "number": "N1",
            "customer_id": customer,
            "lines": lines({"account_id": "4000", "amount": "80.01", "tax_code_id": "T0"}),
        }
        world.post(session, customer, "sales_invoice", body)
        world.post(session, f"{customer} again", "sales_invoice", {**body, "number": "N2"})
    money: Body = {"cash_account_id": "1200", "amount": "50.00"}
    world.post(session, "receipt", "receipt", {"customer_id": "ACME", **money})
    world.post(session, "payment", "payment", {"vendor_id": "ACME", **money})
    euros: Body = {"customer_id": "EUROPE", "exchange_rate": "1.2", **money}
    world.post(session, "euros", "receipt", euros)
