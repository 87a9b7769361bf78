"""What the demo business is made of, told once for both editions.

The business repairs, connects and supplies computers: contracts bill every month, jobs and
hardware come in between, goods are bought when they run low, most customers pay in time.
The other modules of this package decide what happens (`selling`, `collecting`, `buying`);
a clerk of each edition writes the documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import TypeVar

from clary.companies.contract import Session
from clary.companies.keys import Key, KeyKind
from clary.kernel.change import Body, JsonValue, Verb
from clary.kernel.money import money_text, round_half_up, to_minor

T = TypeVar("T")

HOLIDAYS = {(1, 1), (12, 25), (12, 26)}
"""Month and day of what is no working day in either country."""

_SATURDAY = 5


class Dice:
    """Chance from a fixed seed, so that every demo company is the same."""

    def __init__(self, seed: int) -> None:
        """Start from `seed`."""
        self._random = Random(seed)  # noqa: S311 - plausible data, not secrets

    def chance(self, share: float) -> bool:
        """Tell whether something that happens in this share of cases happens now."""
        return self._random.random() < share

    def pick(self, choices: Sequence[T]) -> T:
        """Return one of the choices."""
        return choices[int(self._random.random() * len(choices))]

    def some(self, choices: Sequence[T], count: int) -> list[T]:
        """Return up to `count` different ones of the choices."""
        return self._random.sample(choices, min(count, len(choices)))

    def between(self, low: int, high: int) -> int:
        """Return a whole number; both bounds can come."""
        return low + int(self._random.random() * (high - low + 1))

    def near(self, amount: Decimal, percent: int) -> Decimal:
        """Return an amount up to `percent` above or below the given one, in cents."""
        return cents(amount * (100 + self.between(-percent, percent)) / 100)


def cents(amount: Decimal) -> Decimal:
    """Return an amount rounded to two decimals, as the books round."""
    return round_half_up(amount)


def money(amount: Decimal) -> str:
    """Return an amount as it stands in a body."""
    return money_text(to_minor(amount))


def listed(*entries: Body) -> JsonValue:
    """Return lines or other entries as they stand in a body."""
    return [dict(entry) for entry in entries]


# -- the cast ---------------------------------------------------------------------------


@dataclass(slots=True)
class Goods:
    """One thing the business trades with; `kind` is the item class."""

    id: str
    name: str
    kind: str
    cost: Decimal
    price: Decimal
    unit: str
    vendor: str = ""
    reorder: int = 0
    target: int = 0
    on_hand: int = 0
    on_order: int = 0


@dataclass(slots=True)
class Client:
    """A customer that buys.

    Attributes:
        id: its ID or reference.
        tax: tax code of what it buys.
        habit: in how many days it pays, at the least and at the most.
        seats: computers under contract; none without one.
        discount: it may take the early payment discount.
        job: job or project that its project work is booked on.
    """

    id: str
    tax: str
    habit: tuple[int, int]
    seats: int = 0
    discount: bool = False
    job: str | None = None


@dataclass(slots=True)
class Cast:
    """Who and what the story is about."""

    clients: list[Client]
    prospects: list[str]
    suppliers: list[str]
    others: list[str]
    goods: list[Goods]
    dice: Dice
    numbers: dict[str, int] = field(default_factory=dict)
    keys: dict[tuple[str, str], str] = field(default_factory=dict)
    by_id: dict[str, Goods] = field(init=False)

    def __post_init__(self) -> None:
        """Find goods by their ID."""
        self.by_id = {goods.id: goods for goods in self.goods}

    def number(self, series: str, start: int, prefix: str = "") -> str:
        """Return the next document number of a series, which begins after `start`."""
        self.numbers[series] = self.numbers.get(series, start) + 1
        return f"{prefix}{self.numbers[series]}"

    def of_kind(self, kind: str) -> list[Goods]:
        """Return the goods of one item class."""
        return [goods for goods in self.goods if goods.kind == kind]


# -- documents ---------------------------------------------------------------------------


@dataclass(slots=True)
class Line:
    """One line of a sale or a bill: goods, or an amount for an account."""

    goods: Goods | None
    quantity: int
    price: Decimal
    text: str
    account: str = ""
    tax: str = ""

    @property
    def amount(self) -> Decimal:
        """Quantity times price."""
        return self.price * self.quantity


@dataclass(slots=True)
class Sale:
    """An invoice to a customer."""

    day: date
    number: str
    client: Client
    lines: list[Line]
    freight: Decimal = Decimal(0)
    order: str | None = None
    job: str | None = None


@dataclass(slots=True)
class Bill:
    """An invoice of a vendor."""

    day: date
    number: str
    vendor: str
    lines: list[Line]
    order: str | None = None
    waiting: bool = False


@dataclass(slots=True)
class Owed:
    """An invoice or bill that is open; `pay_on` none is never, `discount` is taken if paid."""

    day: date
    party: str
    number: str
    open: Decimal
    pay_on: date | None
    discount: Decimal = Decimal(0)
    part: Decimal = Decimal(0)


@dataclass(slots=True)
class Credit:
    """Money or a credit of a customer or vendor that is applied to nothing yet."""

    day: date
    party: str
    record_type: str
    number: str
    left: Decimal


@dataclass(slots=True)
class Settlement:
    """Money in or out: what it pays (number, amount, discount) and what stays on account."""

    day: date
    party: str
    reference: str
    paid: list[tuple[str, Decimal, Decimal]]
    on_account: Decimal = Decimal(0)

    @property
    def amount(self) -> Decimal:
        """The money that moves."""
        return sum((amount for _, amount, _ in self.paid), self.on_account)


@dataclass(frozen=True, slots=True)
class Recurring:
    """A bill that comes every month, around a day, give or take some percent."""

    vendor: str
    day: int
    account: str
    amount: str
    spread: int
    text: str
    tax: str = ""


@dataclass(frozen=True, slots=True)
class Yearly:
    """A bill that comes in one month of each year, counted from the first from 0."""

    month: int
    vendor: str
    account: str
    amount: str
    text: str
    tax: str = ""


@dataclass(frozen=True, slots=True)
class Occasional:
    """A bill that comes now and then, from `low` to `high`."""

    account: str
    low: int
    high: int
    text: str
    tax: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One document; `step` is done to it once it is there."""

    day: date
    record_type: str
    body: Body
    step: Verb | None = None


def applied_to(number: str, amount: Decimal) -> JsonValue:
    """Return the application of a credit to one document."""
    return listed({"invoice_number": number, "amount": money(amount)})


def settled_by(settlement: Settlement) -> JsonValue:
    """Return the applications of money in or out."""
    entries: list[Body] = []
    for number, amount, discount in settlement.paid:
        entry: Body = {"invoice_number": number, "amount": money(amount)}
        if discount:
            entry["discount_amount"] = money(discount)
        entries.append(entry)
    return listed(*entries)


# -- time ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Month:
    """One month of the story; `index` counts from the first, `days` are working days."""

    index: int
    start: date
    end: date
    days: tuple[date, ...]

    def on_or_after(self, day: int) -> date:
        """Return the first working day from a day of the month on, or the month's last."""
        return next((one for one in self.days if one.day >= day), self.days[-1])


def months(first: date, last: date) -> Iterator[Month]:
    """Yield the months from `first` (a first of a month) that begin by `last`."""
    start, index = first, 0
    while start <= last:
        following = (start.replace(day=28) + timedelta(days=4)).replace(day=1)
        end = following - timedelta(days=1)
        yield Month(index, start, end, tuple(working_days(start, end)))
        start, index = following, index + 1


def working_days(first: date, last: date) -> Iterator[date]:
    """Yield Mondays to Fridays from `first` to `last`, without the fixed holidays."""
    day = first
    while day <= last:
        if day.weekday() < _SATURDAY and (day.month, day.day) not in HOLIDAYS:
            yield day
        day += timedelta(days=1)


# -- posting ---------------------------------------------------------------------------------


def post(session: Session, cast: Cast, events: Iterable[Event]) -> None:
    """Post events in their order, as one group, and keep the transaction numbers."""
    with session.group():
        for event in events:
            body: Body = {"date": event.day.isoformat(), **event.body}
            key = session.create(event.record_type, body).key
            number = body.get("number") or body.get("reference")
            if key is None:
                continue
            if number is not None:
                cast.keys[event.record_type, str(number)] = key
            if event.step is not None:
                session.act(event.record_type, Key(KeyKind.NUMBER, key), event.step, {})
