"""What happens in the demo business, told once for both editions.

A steady trade: goods are bought when they run low, invoices go out through the month,
most are paid a few weeks later (some late, some in parts, a few not at all), bills are
paid when due, rent and wages come each month, and now and then something goes back.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from clary.companies.contract import Session
from clary.kernel.change import Body, JsonValue

GROUP = 200
"""Documents posted as one group."""


@dataclass(slots=True)
class Goods:
    """One thing the business trades with."""

    id: str
    description: str
    kind: str
    cost: Decimal
    price: Decimal
    on_hand: int = 0


@dataclass(slots=True)
class Cast:
    """Who and what the story is about."""

    customers: list[str]
    vendors: list[str]
    goods: list[Goods]
    random: Random
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, prefix: str, start: int) -> str:
        """Return the next document number of a series."""
        self.numbers[prefix] = self.numbers.get(prefix, start) + 1
        return f"{prefix}{self.numbers[prefix]}"


@dataclass(frozen=True, slots=True)
class Event:
    """One document to be posted; `follows` receives its outcome."""

    day: date
    record_type: str
    body: Body


def money(value: Decimal) -> str:
    """Return an amount with two decimals."""
    return f"{value:.2f}"


def post(session: Session, events: Iterator[Event]) -> None:
    """Post the events in their order, in groups."""
    waiting: list[Event] = []
    for event in events:
        waiting.append(event)
        if len(waiting) == GROUP:
            _post_group(session, waiting)
            waiting = []
    _post_group(session, waiting)


def _post_group(session: Session, events: list[Event]) -> None:
    with session.group():
        for event in events:
            session.create(event.record_type, {"date": event.day.isoformat(), **event.body})


def working_days(first: date, last: date) -> Iterator[date]:
    """Yield Mondays to Fridays from `first` to `last`."""
    day = first
    while day <= last:
        if day.weekday() < 5:  # noqa: PLR2004 - Saturday is 5
            yield day
        day += timedelta(days=1)


@dataclass(slots=True)
class Due:
    """An invoice or bill that will be paid."""

    day: date
    party: str
    number: str
    amount: Decimal


def due_by(waiting: list[Due], day: date) -> list[Due]:
    """Take from `waiting` what falls due by `day`."""
    now = [one for one in waiting if one.day <= day]
    waiting[:] = [one for one in waiting if one.day > day]
    return now


def payment_day(random: Random, day: date) -> date:
    """Return when a customer pays an invoice of `day`: mostly in time, some late."""
    if random.random() < 0.08:  # noqa: PLR2004 - one in twelve pays very late
        return day + timedelta(days=random.randint(60, 200))
    return day + timedelta(days=random.randint(10, 45))


def sales_lines(cast: Cast) -> list[tuple[Goods, int]]:
    """Return what one customer buys: services, subscriptions, and goods that are there."""
    random = cast.random
    chosen: list[tuple[Goods, int]] = []
    for goods in random.sample(cast.goods, random.randint(1, 4)):
        quantity = random.randint(1, 6) if goods.kind == "stock" else random.randint(1, 20)
        if goods.kind == "stock":
            quantity = min(quantity, goods.on_hand)
            goods.on_hand -= quantity
        if quantity and all(goods is not other for other, _ in chosen):
            chosen.append((goods, quantity))
    return chosen


def low_stock(cast: Cast) -> list[Goods]:
    """Return goods that are running low."""
    return [goods for goods in cast.goods if goods.kind == "stock" and goods.on_hand < 4]  # noqa: PLR2004 - the reorder level


def lines_body(lines: list[Body]) -> JsonValue:
    """Return lines as they stand in a body."""
    return [dict(line) for line in lines]
