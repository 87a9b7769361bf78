"""The US demo company: Tidewater Systems, which looks after firms' computers in California."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from clary.companies.contract import Session
from clary.companies.keys import Key, KeyKind
from clary.companies.sandbox.company import SandboxCompany
from clary.companies.sandbox.seed import story, us_lists
from clary.companies.sandbox.seed import us_tables as tables
from clary.companies.sandbox.seed.buying import Buying, Plan
from clary.companies.sandbox.seed.collecting import Collecting
from clary.companies.sandbox.seed.selling import Selling
from clary.companies.sandbox.seed.story import Cast, Dice, Event, Owed, listed, money
from clary.companies.sandbox.seed.us_clerk import UsClerk
from clary.companies.sandbox.seed.us_months import UsMonths
from clary.companies.sandbox.values import set_values
from clary.kernel.change import Body
from clary.kernel.clock import Clock, local_date

SEED = 20140612
FREIGHT = Decimal("18.50")
HARDWARE = 0.6
OPENING_INVOICES = 46
OPENING_BILLS = 16
DEPOSIT = "1500.00"


def fill(session: Session, company: SandboxCompany, clock: Clock) -> None:
    """Fill an empty US company with lists and up to two years of documents, up to today."""
    dice = Dice(SEED)
    settings = {"defaults_required": True, "tax_types": {"1": True, "2": False}}
    with session.group():
        us_lists.accounts(session)
    set_values(company.path, defaults=json.dumps(tables.DEFAULTS), settings=json.dumps(settings))
    periods = company.info().periods
    first, last = periods[0].start, min(local_date(clock), periods[-1].end)
    with session.group():
        cast = us_lists.lists(session, dice, first)
    if first <= last:
        _tell(session, cast, first, last)


def _tell(session: Session, cast: Cast, first: date, last: date) -> None:
    """Post the whole story, month by month, as far as the last day."""
    clerk = UsClerk()
    plan = Plan(
        recurring=tables.RECURRING,
        yearly=tables.YEARLY,
        licences=tables.LICENCE_VENDORS,
        terms={key: days for key, _, _, days in tables.VENDORS},
        early=tuple(cast.suppliers[::5]),
        occasional=tables.OCCASIONAL,
    )
    collecting = Collecting(cast, clerk)
    selling = Selling(cast, clerk, collecting, last, FREIGHT, HARDWARE)
    buying = Buying(cast, clerk, plan, last)
    entries = UsMonths(session, cast, buying, collecting)
    story.post(session, cast, _opening(cast, collecting, buying, first))
    for month in story.months(first, last):
        entries.begin(month)
        events: list[Event] = []
        for day in month.days:
            if day <= last:
                events += buying.on(month, day)
                events += selling.on(month, day)
                events += collecting.on(month, day)
                events += entries.on(month, day)
        story.post(session, cast, events)
    days = list(story.working_days(first, last))
    story.post(session, cast, [_deposit(cast, max(days, default=last))])
    _hold(session)


# -- what was there before ---------------------------------------------------------------------


def _opening(cast: Cast, collecting: Collecting, buying: Buying, first: date) -> Iterator[Event]:
    """Yield balances brought forward, open invoices and bills, and the stock on hand."""
    lines: list[Body] = [
        {"account_id": account, "amount": amount, "description": "Brought forward"}
        for account, amount in tables.OPENING.items()
    ]
    rest = -sum((Decimal(amount) for amount in tables.OPENING.values()), Decimal(0))
    lines.append(
        {"account_id": tables.RETAINED, "amount": money(rest), "description": "Brought forward"}
    )
    yield Event(first, "journal_entry", {"number": "OPENING", "lines": listed(*lines)})
    yield _opening_stock(cast, first)
    for number, client in enumerate(cast.dice.some(cast.clients, OPENING_INVOICES)):
        due = first + timedelta(days=cast.dice.between(-25, 28))
        pays = first + timedelta(days=cast.dice.between(3, 55))
        amount = cast.dice.near(Decimal(2900), 80)
        key = f"{19970 + number}"
        collecting.owed.append(Owed(first, client.id, key, amount, pays))
        yield _brought_forward("sales_invoice", "customer_id", client.id, key, amount, due, first)
    for number, vendor in enumerate(cast.dice.some(cast.suppliers, OPENING_BILLS)):
        due = first + timedelta(days=cast.dice.between(2, 27))
        amount = cast.dice.near(Decimal(2400), 70)
        key = f"{vendor[:3]}-{3900 + number}"
        buying.owed.append(Owed(first, vendor, key, amount, due))
        yield _brought_forward("purchase", "vendor_id", vendor, key, amount, due, first)


def _brought_forward(
    record_type: str,
    field: str,
    party: str,
    number: str,
    amount: Decimal,
    due: date,
    first: date,
) -> Event:
    line: Body = {
        "account_id": tables.RETAINED,
        "amount": money(amount),
        "description": "Brought forward",
    }
    if record_type == "sales_invoice":
        line["tax_type"] = 2
    body: Body = {
        "number": number,
        field: party,
        "due_date": due.isoformat(),
        "beginning_balance": True,
        "lines": listed(line),
    }
    return Event(first, record_type, body)


def _opening_stock(cast: Cast, first: date) -> Event:
    lines: list[Body] = []
    for goods in cast.of_kind("stock"):
        goods.on_hand = max(1, goods.target * 3 // 4)
        lines.append(
            {
                "item_id": goods.id,
                "quantity": str(goods.on_hand),
                "unit_cost": str(goods.cost),
                "account_id": tables.RETAINED,
            }
        )
    body: Body = {"number": "OPENING", "reason": "Brought forward", "lines": listed(*lines)}
    return Event(first, "inventory_adjustment", body)


# -- how it stands at the end ----------------------------------------------------------------------


def _deposit(cast: Cast, last: date) -> Event:
    """Return a deposit on a project that has not begun."""
    client = next(client for client in cast.clients if client.job is not None)
    line: Body = {
        "account_id": "24000",
        "amount": DEPOSIT,
        "description": "Deposit on a project",
        "job_id": client.job,
    }
    body: Body = {
        "reference": cast.number("receipt", 7000, "R"),
        "customer_id": client.id,
        "payment_method": "Check",
        "cash_account_id": tables.CHECKING,
        "lines": listed(line),
    }
    return Event(last, "receipt", body)


def _hold(session: Session) -> None:
    """Put one customer on hold: the same on every day, since other seeds name it."""
    held = Key(KeyKind.ID, tables.HELD)
    session.update("customer", held, {"credit_status": "always_hold"})
