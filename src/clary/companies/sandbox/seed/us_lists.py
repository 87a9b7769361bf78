"""The lists of the US demo company: accounts, taxes, people, vendors, items, customers, jobs."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from clary.companies.contract import Session
from clary.companies.sandbox.seed import names
from clary.companies.sandbox.seed import us_tables as tables
from clary.companies.sandbox.seed.catalogue import catalogue
from clary.companies.sandbox.seed.names import UNITED_STATES as HERE
from clary.companies.sandbox.seed.names import Firm
from clary.companies.sandbox.seed.story import Cast, Client, Dice, Goods, listed
from clary.kernel.change import Body

_TRADING = 190
_PROSPECTS = 6
_INACTIVE = 4
_LARGEST_CONTRACT = 28
_DISCOUNTED_EVERY = 4
_CUSTOM_LABEL = "Service level"


def accounts(session: Session) -> None:
    """Create the chart of accounts."""
    for line in tables.CHART.strip().splitlines():
        start, account_type = line.split("|")
        account_id, name = start.split(" ", 1)
        session.create("account", {"id": account_id, "name": name[:30], "type": account_type})


def lists(session: Session, dice: Dice, first: date) -> Cast:
    """Create everything else and return the cast of the story."""
    for number, method in enumerate(tables.SHIP_METHODS):
        session.create("ship_method", {"id": method, "number": number})
    _employees(session)
    suppliers, others = _vendors(session, dice)
    for code in tables.tax_codes():
        session.create("tax_code", code)
    goods = catalogue()
    for place, one in enumerate(goods):
        one.vendor = suppliers[place * len(suppliers) // len(goods)]
        session.create("item", _item(one, place))
    retired = _item(replace(goods[0], id="NB-00", name="Notebook 17in"), 0)
    session.create("item", {**retired, "inactive": True})
    clients, prospects = _customers(session, dice)
    _jobs(session, clients, first)
    return Cast(clients, prospects, suppliers, others, goods, dice)


def _employees(session: Session) -> None:
    for key, name, hired, wage, account, sells in tables.EMPLOYEES:
        body: Body = {
            "id": key,
            "name": name,
            "sales_rep": sells,
            "hired": hired,
            "pay_method": "salary",
            "pay_frequency": "monthly",
            "pay": listed({"number": 1, "name": "Salary", "rate": wage, "account_id": account}),
        }
        session.create("employee", body)
        if sells:
            session.create("sales_rep", {"id": key, "name": name})


def _address(dice: Dice, town: names.Town) -> Body:
    return {
        "line1": names.street(dice),
        "city": town.name,
        "state": town.region,
        "zip": town.code,
        "country": "USA",
    }


# -- vendors --------------------------------------------------------------------------------


def _vendors(session: Session, dice: Dice) -> tuple[list[str], list[str]]:
    """Create the vendors; return those of hardware, and those of this and that."""
    for key, name, account, days in tables.VENDORS:
        _vendor(session, dice, key, name, account, days)
    suppliers = names.firms(dice, HERE, tables.SUPPLIERS, names.HARDWARE)
    others = names.firms(dice, HERE, tables.OTHERS, names.SERVICES)
    for firm in suppliers:
        _vendor(session, dice, firm.dashed, firm.name, "50000", 30)
    for firm in others:
        account = dice.pick(tables.OCCASIONAL).account
        _vendor(session, dice, firm.dashed, firm.name, account, 30)
    _vendor(session, dice, "HARROW-TYPEWRITERS", "Harrow Typewriters", "68000", 30, inactive=True)
    return [firm.dashed for firm in suppliers], [firm.dashed for firm in others]


def _vendor(
    session: Session,
    dice: Dice,
    key: str,
    name: str,
    account: str,
    days: int,
    *,
    inactive: bool = False,
) -> None:
    body: Body = {
        "id": key,
        "name": name,
        "contact_name": names.person(dice),
        "telephone1": names.telephone(dice, HERE),
        "email": names.email(key, HERE),
        "mail_to": _address(dice, dice.pick(HERE.towns)),
        "terms": "net",
        "due_days": days,
        "account_id": account,
    }
    if inactive:
        body["inactive"] = True
    session.create("vendor", body)


# -- items -----------------------------------------------------------------------------------


def _item(goods: Goods, place: int) -> Body:
    body: Body = {
        "id": goods.id,
        "description": goods.name[:30],
        "class": goods.kind,
        "sales_description": goods.name,
        "sales_price": str(goods.price),
        "unit_of_measure": goods.unit,
        "tax_type": tables.TAX_TYPES[goods.kind],
        "sales_account_id": tables.SALES_ACCOUNT[goods.kind],
        "inventory_account_id": tables.OTHER_ACCOUNT[goods.kind],
        "cost_account_id": tables.COST_ACCOUNT[goods.kind],
    }
    if goods.kind == "stock":
        body["cost_method"] = ("fifo", "fifo", "average", "lifo")[place % 4]
        body["reorder_level"] = str(goods.reorder)
        body["reorder_quantity"] = str(goods.target)
        if goods.vendor:
            body["preferred_vendor_id"] = goods.vendor
    else:
        body["unit_cost"] = str(goods.cost)
    return body


# -- customers --------------------------------------------------------------------------------


def _customers(session: Session, dice: Dice) -> tuple[list[Client], list[str]]:
    """Create the customers; return those that buy, and the prospects."""
    firms = names.firms(dice, HERE, _TRADING + _PROSPECTS + _INACTIVE, HERE.second)
    habits = [habit for habit, often in tables.HABITS for _ in range(often)]
    clients, prospects = [], []
    for place, firm in enumerate(firms):
        town = dice.pick(HERE.towns)
        body = _customer(dice, firm, town)
        client = Client(firm.dashed, tables.TAX_OF_STATE[town.region], dice.pick(habits))
        if place < _TRADING:
            if place < tables.CONTRACTS:
                client.seats = dice.between(4, _LARGEST_CONTRACT)
                level = "Gold" if client.seats > _LARGEST_CONTRACT // 2 else "Silver"
                body["custom_fields"] = listed({"index": 1, "label": _CUSTOM_LABEL, "value": level})
            if place % _DISCOUNTED_EVERY == 0:
                client.discount = True
                body["discount_days"], body["discount_percent"] = 10, "2"
            clients.append(client)
        elif place < _TRADING + _PROSPECTS:
            body["prospect"] = True
            prospects.append(firm.dashed)
        else:
            body["inactive"] = True
        session.create("customer", body)
    return clients, prospects


def _customer(dice: Dice, firm: Firm, town: names.Town) -> Body:
    since = date(2005, 1, 1) + timedelta(days=dice.between(0, 3600))
    limited = dice.chance(0.4)
    return {
        "id": firm.dashed,
        "name": firm.name,
        "type": dice.pick(tables.CUSTOMER_TYPES),
        "contact_name": names.person(dice),
        "telephone1": names.telephone(dice, HERE),
        "email": names.email(firm.dashed, HERE),
        "bill_to": _address(dice, town),
        "tax_code_id": tables.TAX_OF_STATE[town.region],
        "terms": "net",
        "due_days": 30,
        "credit_limit": dice.pick(tables.CREDIT_LIMITS),
        "credit_status": "notify_over_limit" if limited else "no_credit_limit",
        "sales_rep_id": f"EMP-{dice.between(1, 3):02d}",
        "price_level": 1,
        "customer_since": since.isoformat(),
    }


def _jobs(session: Session, clients: list[Client], first: date) -> None:
    """Create one job for each of some customers; their project work is booked on it."""
    for number, client in enumerate(clients[:: len(clients) // tables.JOBS][: tables.JOBS]):
        client.job = f"JOB-{number + 101}"
        body: Body = {
            "id": client.job,
            "name": ("Office network", "Server move", "New branch", "Cabling")[number % 4],
            "customer_id": client.id,
            "start_date": (first + timedelta(days=14 * number)).isoformat(),
        }
        session.create("job", body)
