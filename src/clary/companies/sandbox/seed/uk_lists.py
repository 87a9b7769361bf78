"""The lists of the UK demo company: nominals, banks, suppliers, products, customers, projects."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from clary.companies.contract import Query, Session
from clary.companies.keys import Key, KeyKind
from clary.companies.sandbox.seed import names
from clary.companies.sandbox.seed import uk_tables as tables
from clary.companies.sandbox.seed.catalogue import catalogue
from clary.companies.sandbox.seed.names import UNITED_KINGDOM as HERE
from clary.companies.sandbox.seed.names import Firm, Town
from clary.companies.sandbox.seed.story import Cast, Client, Dice, Goods
from clary.kernel.change import Body

SCALE = Decimal("0.7")
_TRADING = 194
_INACTIVE = 4
_LARGEST_CONTRACT = 29
_DISCOUNTED_EVERY = 5


def accounts(session: Session) -> None:
    """Create the nominals, banks, departments and the euro."""
    there = {str(body["id"]) for body in session.read("account", Query(fields=("id",)))}
    banks = {code for code, *_ in tables.BANKS}
    for line in tables.NOMINALS.strip().splitlines():
        code, name = line.split(" ", 1)
        if code in there:
            session.update("account", Key(KeyKind.ID, code), {"name": name})
        elif code not in banks:
            session.create("account", {"id": code, "name": name})
    rate = str(tables.EURO_RATE)
    session.create("currency", {"id": "EUR", "name": "Euro", "symbol": "€", "rate": rate})
    for code, name, kind, currency in tables.BANKS:
        session.create("bank", {"id": code, "name": name, "type": kind, "currency": currency})
    for number, name in tables.DEPARTMENTS:
        session.create("department", {"id": number, "name": name, "reference": name[:8].upper()})


def lists(session: Session, dice: Dice, first: date) -> Cast:
    """Create everything else and return the cast of the story."""
    suppliers, others = _suppliers(session, dice)
    goods = catalogue(SCALE)
    for place, one in enumerate(goods):
        one.vendor = suppliers[place * len(suppliers) // len(goods)]
        session.create("item", _product(one))
    clients = _customers(session, dice)
    _projects(session, clients, first)
    return Cast(clients, [clients[0].id], suppliers, others, goods, dice)


def _party(dice: Dice, key: str, name: str, address: str, town: Town) -> Body:
    return {
        "id": key,
        "name": name,
        "contact_name": names.person(dice),
        "telephone1": names.telephone(dice, HERE),
        "email": names.email(key, HERE),
        "terms_agreed": True,
        "terms_text": tables.TERMS_TEXT,
        "payment_due_from": "invoice_date",
        "due_days": 30,
        "tax_code_id": tables.STANDARD,
        address: {
            "line1": names.street(dice),
            "city": town.name,
            "state": town.region,
            "zip": town.code,
            "country": "GB",
        },
    }


# -- suppliers --------------------------------------------------------------------------------


def _suppliers(session: Session, dice: Dice) -> tuple[list[str], list[str]]:
    """Create the suppliers; return those of hardware, and those of this and that."""
    for key, name, nominal, days in tables.VENDORS:
        body = _party(dice, key, name, "mail_to", dice.pick(HERE.towns))
        session.create("vendor", {**body, "account_id": nominal, "due_days": days})
    taken = [key for key, *_ in tables.VENDORS]
    suppliers = names.firms(dice, HERE, tables.SUPPLIERS, names.HARDWARE, taken)
    taken += [firm.squeezed for firm in suppliers]
    others = names.firms(dice, HERE, tables.OTHERS, names.SERVICES, taken)
    for firm in (*suppliers, *others):
        nominal = "5000" if firm in suppliers else dice.pick(tables.OCCASIONAL).account
        body = _party(dice, firm.squeezed, firm.name, "mail_to", dice.pick(HERE.towns))
        session.create("vendor", {**body, "account_id": nominal})
    idle = _party(dice, "HARROWTY", "Harrow Typewriters", "mail_to", HERE.towns[0])
    session.create("vendor", {**idle, "inactive": True})
    abroad = _party(dice, tables.EURO_SUPPLIER, "Liffey Software", "mail_to", _DUBLIN)
    abroad |= {"currency": "EUR", "account_id": "5003", "tax_code_id": "T24"}
    session.create("vendor", _moved(abroad, "mail_to", "IE"))
    return [firm.squeezed for firm in suppliers], [firm.squeezed for firm in others]


_DUBLIN = Town("Dublin", "Leinster", "D01 F5P2")
_KOELN = Town("Köln", "Nordrhein-Westfalen", "50667")


def _moved(body: Body, address: str, country: str) -> Body:
    """Return a party with its address in another country."""
    inner = body[address]
    return {**body, address: {**inner, "country": country}} if isinstance(inner, dict) else body


# -- products ---------------------------------------------------------------------------------


def _product(goods: Goods) -> Body:
    body: Body = {
        "id": goods.id,
        "description": goods.name,
        "class": goods.kind,
        "sales_price": str(goods.price),
        "unit_cost": str(goods.cost),
        "unit_of_measure": goods.unit,
        "tax_code_id": tables.STANDARD,
        "sales_account_id": tables.SALES_NOMINAL[goods.kind],
        "purchase_account_id": tables.PURCHASE_NOMINAL[goods.kind],
        "department_id": tables.DEPARTMENT_OF[goods.kind],
    }
    if goods.kind == "stock":
        body["preferred_vendor_id"] = goods.vendor
        body["reorder_level"] = str(goods.reorder)
        body["reorder_quantity"] = str(goods.target)
        body["location"] = f"BAY {goods.id[:2]}"
    return body


# -- customers --------------------------------------------------------------------------------


def _customers(session: Session, dice: Dice) -> list[Client]:
    """Create the customers; return those that buy."""
    firms = names.firms(dice, HERE, _TRADING + _INACTIVE, HERE.second)
    habits = [habit for habit, often in tables.HABITS for _ in range(often)]
    clients = []
    for place, firm in enumerate(firms):
        body = _customer(dice, firm)
        if place >= _TRADING:
            session.create("customer", {**body, "inactive": True})
            continue
        client = Client(firm.squeezed, tables.STANDARD, dice.pick(habits))
        if place < tables.CONTRACTS:
            client.seats = dice.between(4, _LARGEST_CONTRACT)
        if place % _DISCOUNTED_EVERY == 0:
            client.discount = True
            body["discount_days"], body["discount_percent"] = 10, "2"
        clients.append(client)
        session.create("customer", body)
    abroad = _party(dice, tables.EURO_CUSTOMER, "Rheintechnik GmbH", "bill_to", _KOELN)
    abroad |= {"currency": "EUR", "account_id": "4003", "tax_code_id": "T22"}
    session.create("customer", _moved(abroad, "bill_to", "DE"))
    return clients


def _customer(dice: Dice, firm: Firm) -> Body:
    since = date(2005, 1, 1) + timedelta(days=dice.between(0, 3600))
    body = _party(dice, firm.squeezed, firm.name, "bill_to", dice.pick(HERE.towns))
    return body | {
        "account_id": tables.SALES_NOMINAL["service"],
        "credit_limit": dice.pick(tables.CREDIT_LIMITS),
        "department_id": tables.SUPPORT,
        "customer_since": since.isoformat(),
    }


def _projects(session: Session, clients: list[Client], first: date) -> None:
    """Create one project for each of some customers; their project work is booked on it."""
    chosen = clients[:: len(clients) // tables.PROJECT_COUNT][: tables.PROJECT_COUNT]
    for number, client in enumerate(chosen):
        client.job = f"PROJ{number + 101}"
        body: Body = {
            "id": client.job,
            "name": ("Office network", "Server move", "New branch", "Cabling")[number % 4],
            "customer_id": client.id,
            "start_date": (first + timedelta(days=14 * number)).isoformat(),
            "status": "in_progress",
        }
        session.create("job", body)
