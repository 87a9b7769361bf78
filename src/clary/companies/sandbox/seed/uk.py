"""The UK demo company: Fenland Systems, which looks after the computers of firms in the fens."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from clary.companies.keys import Key, KeyKind
from clary.companies.sandbox.company import SandboxCompany
from clary.companies.sandbox.seed import story, uk_lists
from clary.companies.sandbox.seed import uk_tables as tables
from clary.companies.sandbox.seed.buying import Buying, Plan
from clary.companies.sandbox.seed.collecting import Collecting
from clary.companies.sandbox.seed.selling import Selling
from clary.companies.sandbox.seed.story import Cast, Dice, Event, Owed, listed, money
from clary.companies.sandbox.seed.uk_abroad import Abroad
from clary.companies.sandbox.seed.uk_clerk import UkClerk
from clary.companies.sandbox.seed.uk_months import UkMonths
from clary.companies.sandbox.session import SandboxSession
from clary.companies.sandbox.values import set_values
from clary.kernel.change import Body
from clary.kernel.clock import Clock, local_date

SEED = 19810605
CARRIAGE = Decimal("12.50")
HARDWARE = 0.53
NOT_UPDATED_DAYS = 4
OPENING_INVOICES = 38
OPENING_BILLS = 14


def fill(session: SandboxSession, company: SandboxCompany, clock: Clock) -> None:
    """Fill an empty UK company with lists and up to two years of documents, up to today."""
    dice = Dice(SEED)
    with session.group():
        uk_lists.accounts(session)
    set_values(company.path, foreign_trader="1")
    periods = company.info().periods
    first, last = periods[0].start, min(local_date(clock), periods[-1].end)
    with session.group():
        cast = uk_lists.lists(session, dice, first)
    if first <= last:
        _tell(session, cast, first, last)


def _tell(session: SandboxSession, cast: Cast, first: date, last: date) -> None:
    """Post the whole story, month by month, as far as the last day."""
    clerk = UkClerk(last - timedelta(days=NOT_UPDATED_DAYS))
    plan = Plan(
        recurring=tables.RECURRING,
        yearly=tables.YEARLY,
        licences=tables.LICENCE_VENDORS,
        terms={key: days for key, _, _, days in tables.VENDORS},
        early=tuple(cast.suppliers[::5]),
        occasional=tables.OCCASIONAL,
    )
    collecting = Collecting(cast, clerk)
    selling = Selling(cast, clerk, collecting, last, CARRIAGE, HARDWARE)
    buying = Buying(cast, clerk, plan, last)
    entries = UkMonths(session, cast, buying, collecting)
    abroad = Abroad(cast)
    story.post(session, cast, _opening(cast, entries, collecting, buying, first))
    for month in story.months(first, last):
        entries.begin(month)
        events: list[Event] = []
        for day in month.days:
            if day <= last:
                for part in (buying, selling, collecting, entries, abroad):
                    events += part.on(month, day)
        story.post(session, cast, events)
        if month.end == last:
            entries.close(last, first=not month.index)
    _hold_worst(session, collecting)


# -- what was there before ---------------------------------------------------------------------


def _opening(
    cast: Cast, entries: UkMonths, collecting: Collecting, buying: Buying, first: date
) -> Iterator[Event]:
    """Yield the stock on hand, open invoices and bills, and the balances brought forward.

    Open invoices and bills go against suspense, and so does the journal of the balances
    with what they come to; after it suspense is empty.
    """
    yield _opening_stock(cast, entries, first)
    suspense = Decimal(0)
    for number, client in enumerate(cast.dice.some(cast.clients, OPENING_INVOICES)):
        due = first + timedelta(days=cast.dice.between(-25, 28))
        pays = first + timedelta(days=cast.dice.between(3, 55))
        owed = Owed(first, client.id, f"{19960 + number}", cast.dice.near(Decimal(2100), 80), pays)
        collecting.owed.append(owed)
        suspense -= owed.open
        yield _brought_forward("sales_invoice", "customer_id", owed, due)
    for number, vendor in enumerate(cast.dice.some(cast.suppliers, OPENING_BILLS)):
        due = first + timedelta(days=cast.dice.between(2, 27))
        amount = cast.dice.near(Decimal(1900), 70)
        owed = Owed(first, vendor, f"{vendor[:3]}-{3900 + number}", amount, due)
        buying.owed.append(owed)
        suspense += owed.open
        yield _brought_forward("purchase", "vendor_id", owed, due)
    yield _balances(entries, suspense, first)


def _balances(entries: UkMonths, suspense: Decimal, first: date) -> Event:
    amounts = {account: Decimal(text) for account, text in tables.OPENING.items()}
    amounts[tables.STOCK] = entries.stock
    amounts[tables.SUSPENSE] = -suspense
    amounts[tables.RESULT] = -sum(amounts.values(), Decimal(0))
    lines: list[Body] = [
        {"account_id": account, "amount": money(amount), "description": "Brought forward"}
        for account, amount in amounts.items()
    ]
    return Event(first, "journal_entry", {"number": "O/BAL", "lines": listed(*lines)})


def _brought_forward(record_type: str, field: str, owed: Owed, due: date) -> Event:
    line: Body = {
        "account_id": tables.SUSPENSE,
        "amount": money(owed.open),
        "tax_code_id": tables.OUTSIDE,
        "description": "Opening balance",
    }
    body: Body = {
        "number": owed.number,
        field: owed.party,
        "due_date": due.isoformat(),
        "lines": listed(line),
    }
    return Event(owed.day, record_type, body)


def _opening_stock(cast: Cast, entries: UkMonths, first: date) -> Event:
    lines: list[Body] = []
    for goods in cast.of_kind("stock"):
        goods.on_hand = max(1, goods.target * 3 // 4)
        entries.stock += goods.cost * goods.on_hand
        lines.append(
            {
                "item_id": goods.id,
                "quantity": str(goods.on_hand),
                "unit_cost": str(goods.cost),
            }
        )
    body: Body = {"number": "O/BAL", "reason": "Opening stock", "lines": listed(*lines)}
    return Event(first, "inventory_adjustment", body)


# -- how it stands at the end ----------------------------------------------------------------------


def _hold_worst(session: SandboxSession, collecting: Collecting) -> None:
    """Put the customer whose unpaid invoice is oldest on hold."""
    unpaid = [owed for owed in collecting.owed if owed.pay_on is None]
    if unpaid:
        worst = min(unpaid, key=lambda owed: owed.day)
        session.update("customer", Key(KeyKind.ID, worst.party), {"on_hold": True})
