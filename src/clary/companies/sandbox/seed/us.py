"""The US demo company: Tidewater Systems, a service business in California."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from clary.companies.contract import Session
from clary.companies.sandbox.company import SandboxCompany
from clary.companies.sandbox.seed import names, story
from clary.companies.sandbox.seed.story import Cast, Due, Event, Goods, money
from clary.companies.sandbox.values import set_values
from clary.kernel.change import Body
from clary.kernel.clock import Clock, local_date

SEED = 20140612
CUSTOMERS = 200
VENDORS = 80

CHART = """
10000 Petty cash|cash
10200 Checking account|cash
10300 Payroll account|cash
10500 Savings account|cash
11000 Accounts receivable|accounts_receivable
11500 Allowance for doubtful accounts|other_current_assets
12000 Inventory|inventory
14000 Prepaid expenses|other_current_assets
14100 Employee advances|other_current_assets
15000 Furniture and fixtures|fixed_assets
15100 Computer equipment|fixed_assets
15200 Vehicles|fixed_assets
17000 Depreciation, furniture|accumulated_depreciation
17100 Depreciation, equipment|accumulated_depreciation
17200 Depreciation, vehicles|accumulated_depreciation
19000 Deposits|other_assets
20000 Accounts payable|accounts_payable
23000 Accrued expenses|other_current_liabilities
23100 Sales tax payable, state|other_current_liabilities
23110 Sales tax payable, county|other_current_liabilities
23200 Wages payable|other_current_liabilities
23400 Payroll taxes payable|other_current_liabilities
24000 Customer deposits|other_current_liabilities
27000 Long-term notes payable|long_term_liabilities
39003 Common stock|equity_does_not_close
39004 Paid-in capital|equity_does_not_close
39005 Retained earnings|retained_earnings
39007 Dividends paid|equity_gets_closed
40000 Sales, hardware|income
40100 Sales, services|income
40200 Sales, subscriptions|income
40300 Sales, other|income
40900 Sales returns|income
41000 Freight charged|income
48000 Interest income|income
49000 Sales discounts|income
50000 Cost of sales, hardware|cost_of_sales
50100 Cost of sales, services|cost_of_sales
50200 Cost of sales, subscriptions|cost_of_sales
57500 Freight paid|cost_of_sales
59000 Purchase discounts|cost_of_sales
60000 Wages|expenses
60100 Technicians' wages|expenses
60200 Payroll taxes|expenses
61000 Advertising|expenses
62000 Bank charges|expenses
63000 Depreciation|expenses
64000 Insurance|expenses
65000 Legal and accounting|expenses
66000 Office supplies|expenses
66500 Postage|expenses
67000 Rent|expenses
68000 Repairs|expenses
69000 Telephone|expenses
70000 Travel|expenses
71000 Utilities|expenses
72000 Vehicle running|expenses
73000 Subscriptions bought|expenses
89000 Other expense|expenses
"""
DEFAULTS = {
    "accounts_receivable": "11000",
    "accounts_payable": "20000",
    "sales": "40100",
    "purchases": "66000",
    "freight": "41000",
    "sales_discount": "49000",
    "purchase_discount": "59000",
    "cash": "10200",
    "retained_earnings": "39005",
}
SALES_ACCOUNT = {"stock": "40000", "service": "40100", "non_stock": "40200"}
COST_ACCOUNT = {"stock": "50000", "service": "50100", "non_stock": "50200"}
OTHER_ACCOUNT = {"stock": "12000", "service": "60100", "non_stock": "73000"}
MONTHLY = (
    ("67000", "3200.00", "Rent"),
    ("71000", "410.00", "Utilities"),
    ("69000", "285.00", "Telephone"),
)
TAX_CODES: tuple[Body, ...] = (
    {
        "id": "CA",
        "description": "California",
        "agencies": [
            {"id": "STATE", "description": "State tax", "rate": "6.000000", "account_id": "23100"},
            {
                "id": "COUNTY",
                "description": "County tax",
                "rate": "1.250000",
                "account_id": "23110",
            },
        ],
    },
    {
        "id": "NV",
        "description": "Nevada",
        "tax_freight": True,
        "agencies": [
            {
                "id": "NVSTATE",
                "description": "Nevada tax",
                "rate": "6.850000",
                "account_id": "23100",
            }
        ],
    },
    {"id": "EXEMPT", "description": "Exempt", "exempt": True},
)
TAX_BY_STATE = {"CA": "CA", "NV": "NV", "OR": "EXEMPT"}


def fill(session: Session, company: SandboxCompany, clock: Clock) -> None:
    """Fill an empty US company with lists and two years of documents up to today."""
    random = Random(SEED)  # noqa: S311 - plausible data, not secrets
    settings = {"defaults_required": True, "tax_types": {"1": True, "2": False}}
    for line in CHART.strip().splitlines():
        start, account_type = line.split("|")
        account_id, name = start.split(" ", 1)
        session.create("account", {"id": account_id, "name": name[:30], "type": account_type})
    set_values(company.path, defaults=json.dumps(DEFAULTS), settings=json.dumps(settings))
    with session.group():
        cast = _lists(session, random)
    first = company.info().periods[0].start
    last = min(local_date(clock), company.info().periods[-1].end)
    story.post(session, _story(cast, first, last))


def _lists(session: Session, random: Random) -> Cast:
    for code in TAX_CODES:
        session.create("tax_code", dict(code))
    for number, method in enumerate(("Courier", "Ground", "Air", "Pickup", "Own van")):
        session.create("ship_method", {"id": method, "number": number})
    for number, name in enumerate(names.PEOPLE[:6]):
        body: Body = {"id": f"EMP-{number + 1:02d}", "name": name, "sales_rep": number < 3}
        session.create("employee", body)
    vendors = _vendors(session, random)
    goods = list(_items(session, random, vendors))
    return Cast(_customers(session, random), vendors, goods, random)


def _vendors(session: Session, random: Random) -> list[str]:
    taken: set[str] = set()
    ids = []
    for name in names.company_names(random, VENDORS, names.VENDORS):
        vendor_id = names.short_code(name, taken, 10)
        town, state, code = random.choice(names.US_TOWNS)
        session.create(
            "vendor",
            {
                "id": vendor_id,
                "name": name,
                "contact_name": names.person(random),
                "telephone1": names.telephone(random),
                "mail_to": {
                    "line1": names.street(random),
                    "city": town[:15],
                    "state": state,
                    "zip": code,
                },
                "terms": "net",
                "due_days": random.choice((14, 30, 30, 45)),
                "account_id": random.choice(("66000", "73000", "68000", "61000")),
            },
        )
        ids.append(vendor_id)
    return ids


def _items(session: Session, random: Random, vendors: list[str]) -> Iterator[Goods]:
    for prefix, text, cost, price in names.GOODS:
        for number in range(1, 13):
            step = Decimal(number) / 10 + 1
            yield _item(
                session,
                random,
                vendors,
                Goods(
                    f"{prefix}-{number * 10:03d}",
                    text.format(n=number * 2),
                    "stock",
                    (cost * step).quantize(Decimal("0.01")),
                    (price * step).quantize(Decimal("0.01")),
                ),
            )
    for code, text, cost, price in names.SERVICES:
        yield _item(
            session, random, vendors, Goods(code, text, "service", Decimal(cost), Decimal(price))
        )
    for code, text, cost, price in names.SUBSCRIPTIONS:
        yield _item(
            session, random, vendors, Goods(code, text, "non_stock", Decimal(cost), Decimal(price))
        )


def _item(session: Session, random: Random, vendors: list[str], goods: Goods) -> Goods:
    body: Body = {
        "id": goods.id,
        "description": goods.description[:30],
        "class": goods.kind,
        "sales_description": goods.description,
        "sales_price": str(goods.price),
        "tax_type": 2 if goods.kind == "service" else 1,
        "sales_account_id": SALES_ACCOUNT[goods.kind],
        "inventory_account_id": OTHER_ACCOUNT[goods.kind],
        "cost_account_id": COST_ACCOUNT[goods.kind],
    }
    if goods.kind == "stock":
        body["cost_method"] = random.choice(("fifo", "fifo", "average", "lifo"))
        body["preferred_vendor_id"] = random.choice(vendors)
        body["reorder_level"] = "4"
    else:
        body["unit_cost"] = str(goods.cost)
    session.create("item", body)
    return goods


def _customers(session: Session, random: Random) -> list[str]:
    taken: set[str] = set()
    ids = []
    for name in names.company_names(random, CUSTOMERS, names.SECOND):
        customer_id = names.short_code(name, taken, 10)
        town, state, code = random.choice(names.US_TOWNS)
        address: Body = {"line1": names.street(random), "city": town, "state": state, "zip": code}
        session.create(
            "customer",
            {
                "id": customer_id,
                "name": name,
                "type": random.choice(("RETAIL", "TRADE", "PUBLIC")),
                "contact_name": names.person(random),
                "telephone1": names.telephone(random),
                "bill_to": address,
                "tax_code_id": TAX_BY_STATE[state],
                "terms": "net",
                "due_days": 30,
                "discount_days": 10,
                "discount_percent": "2",
                "credit_limit": random.choice(("2500.00", "10000.00", "25000.00")),
                "credit_status": random.choice(
                    ("no_credit_limit", "no_credit_limit", "notify_over_limit")
                ),
                "sales_rep_id": f"EMP-{random.randint(1, 3):02d}",
                "price_level": 1,
            },
        )
        ids.append(customer_id)
    return ids


def _story(cast: Cast, first: date, last: date) -> Iterator[Event]:
    yield _opening(first)
    receivable: list[Due] = []
    payable: list[Due] = []
    for day in story.working_days(first, last):
        if (day.day <= 3 and day.weekday() == 0) or day == first:
            yield from _monthly(cast, day)
        for goods in story.low_stock(cast)[:2]:
            yield _purchase(cast, day, goods, payable)
        for _ in range(cast.random.choice((1, 2, 2, 3))):
            event = _invoice(cast, day, receivable)
            if event is not None:
                yield event
        for due in story.due_by(receivable, day):
            yield _receipt(cast, day, due)
        for due in story.due_by(payable, day):
            yield _payment(cast, day, due)


def _opening(first: date) -> Event:
    lines: list[Body] = [
        {"account_id": "10200", "amount": "250000.00", "description": "Opening balance"},
        {"account_id": "15100", "amount": "42000.00", "description": "Opening balance"},
        {"account_id": "39003", "amount": "-292000.00", "description": "Opening balance"},
    ]
    return Event(first, "journal_entry", {"number": "OPENING", "lines": story.lines_body(lines)})


def _monthly(cast: Cast, day: date) -> Iterator[Event]:
    lines: list[Body] = [
        {"account_id": account, "amount": amount, "description": text}
        for account, amount, text in MONTHLY
    ]
    yield Event(
        day,
        "payment",
        {
            "reference": cast.number("", 1000),
            "vendor_name": "Landlord and utilities",
            "cash_account_id": "10200",
            "lines": story.lines_body(lines),
        },
    )
    wages: list[Body] = [
        {"account_id": "60000", "amount": "9800.00", "description": "Wages of the month"},
        {"account_id": "60200", "amount": "940.00", "description": "Payroll taxes"},
        {"account_id": "10300", "amount": "-10740.00", "description": "Wages of the month"},
    ]
    number = cast.number("PAY", 0)
    yield Event(day, "journal_entry", {"number": number, "lines": story.lines_body(wages)})


def _purchase(cast: Cast, day: date, goods: Goods, payable: list[Due]) -> Event:
    quantity = cast.random.randint(8, 20)
    goods.on_hand += quantity
    cost = (goods.cost * Decimal(cast.random.randint(96, 104)) / 100).quantize(Decimal("0.01"))
    vendor = cast.random.choice(cast.vendors)
    number = cast.number("B-", 5000)
    amount = cost * quantity
    payable.append(Due(day + timedelta(days=30), vendor, number, amount))
    lines: list[Body] = [{"item_id": goods.id, "quantity": str(quantity), "unit_price": str(cost)}]
    return Event(
        day,
        "purchase",
        {"number": number, "vendor_id": vendor, "lines": story.lines_body(lines)},
    )


def _invoice(cast: Cast, day: date, receivable: list[Due]) -> Event | None:
    chosen = story.sales_lines(cast)
    if not chosen:
        return None
    customer = cast.random.choice(cast.customers)
    number = cast.number("", 20000)
    lines: list[Body] = [
        {
            "item_id": goods.id,
            "quantity": str(quantity),
            "unit_price": str(goods.price),
            "description": goods.description,
        }
        for goods, quantity in chosen
    ]
    total = sum((goods.price * quantity for goods, quantity in chosen), Decimal(0))
    if cast.random.random() > 0.06:  # noqa: PLR2004 - a few are never paid
        share = Decimal(1) if cast.random.random() > 0.1 else Decimal("0.5")  # noqa: PLR2004 - one in ten pays half
        paid = (total * share).quantize(Decimal("0.01"))
        receivable.append(Due(story.payment_day(cast.random, day), customer, number, paid))
    body: Body = {"number": number, "customer_id": customer, "lines": story.lines_body(lines)}
    if cast.random.random() < 0.15:  # noqa: PLR2004 - some are shipped
        body["freight_amount"] = "18.50"
        body["ship_via"] = "Ground"
    return Event(day, "sales_invoice", body)


def _receipt(cast: Cast, day: date, due: Due) -> Event:
    applied: list[Body] = [{"invoice_number": due.number, "amount": money(due.amount)}]
    return Event(
        day,
        "receipt",
        {
            "reference": cast.number("R", 7000),
            "customer_id": due.party,
            "payment_method": "Check",
            "cash_account_id": "10200",
            "applications": story.lines_body(applied),
        },
    )


def _payment(cast: Cast, day: date, due: Due) -> Event:
    applied: list[Body] = [{"invoice_number": due.number, "amount": money(due.amount)}]
    return Event(
        day,
        "payment",
        {
            "reference": cast.number("", 1000),
            "vendor_id": due.party,
            "cash_account_id": "10200",
            "applications": story.lines_body(applied),
        },
    )
