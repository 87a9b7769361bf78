"""What the demo business sells: contracts by the month, jobs, hardware, quotes and orders."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from clary.companies.sandbox.seed import catalogue
from clary.companies.sandbox.seed.clerk import Clerk
from clary.companies.sandbox.seed.collecting import Collecting
from clary.companies.sandbox.seed.story import (
    Cast,
    Client,
    Event,
    Goods,
    Line,
    Month,
    Sale,
)

SALES_A_DAY = (1, 2, 2, 2, 3)
PROJECT = 0.3
SHIPPED = 0.4
ORDERED_FIRST = 0.1
RETURNED = 0.09
RETURNED_AFTER_DAYS = 5
QUOTED = 0.1
QUOTE_TO_PROSPECT = 0.4
CONTRACT_CUSTOMER = 0.55
QUOTE_DAYS = 30

_FEW, _SOME, _MANY = (Decimal(400), Decimal(100), Decimal(30))


@dataclass(slots=True)
class Selling:
    """The sales side of the business.

    Attributes:
        last: the last day of the story.
        freight: what a delivery is charged with.
        hardware: share of hardware among the invoices between the contracts.
        waiting: orders that are delivered later, by day.
    """

    cast: Cast
    clerk: Clerk
    collecting: Collecting
    last: date
    freight: Decimal
    hardware: float
    waiting: list[tuple[date, Sale]] = field(default_factory=list)

    def on(self, month: Month, day: date) -> Iterator[Event]:
        """Yield what is sold on a working day."""
        if day == month.days[0]:
            yield from self._contracts(day)
        yield from self._deliveries(day)
        for _ in range(self.cast.dice.pick(SALES_A_DAY)):
            yield from self._one(day)
        if self.cast.dice.chance(RETURNED):
            yield from self._returned(day)
        if self.cast.dice.chance(QUOTED):
            yield self._quote(day)

    def _number(self) -> str:
        return self.cast.number("invoice", 20000)

    def _invoice(self, sale: Sale) -> Event:
        self.collecting.owe(sale, self.clerk.sale_total(sale))
        return self.clerk.sale(sale)

    # -- contracts -----------------------------------------------------------------------

    def _contracts(self, day: date) -> Iterator[Event]:
        for client in self.cast.clients:
            if client.seats:
                lines = [_line(goods, count) for goods, count in contract(self.cast, client)]
                yield self._invoice(Sale(day, self._number(), client, lines))

    # -- work and hardware ---------------------------------------------------------------

    def _client(self) -> Client:
        dice = self.cast.dice
        clients = self.cast.clients
        if dice.chance(CONTRACT_CUSTOMER):
            return dice.pick([client for client in clients if client.seats])
        return dice.pick(clients)

    def _one(self, day: date) -> Iterator[Event]:
        dice, client = self.cast.dice, self._client()
        if not dice.chance(self.hardware):
            yield self._invoice(self._work(day, client))
            return
        sale = self._hardware(day, client)
        if not sale.lines:
            yield self._invoice(self._work(day, client))
        elif dice.chance(ORDERED_FIRST):
            yield self._order(day, sale)
        else:
            yield self._invoice(sale)

    def _work(self, day: date, client: Client) -> Sale:
        dice = self.cast.dice
        project = client.job is not None or dice.chance(PROJECT)
        codes = catalogue.PROJECT if project else catalogue.HOURLY
        most = 18 if project else 9
        lines = [
            _line(self.cast.by_id[code], dice.between(2, most))
            for code in dice.some(codes, dice.between(1, 2))
        ]
        job = client.job if project else None
        return Sale(day, self._number(), client, lines, job=job)

    def _hardware(self, day: date, client: Client) -> Sale:
        dice = self.cast.dice
        there = [goods for goods in self.cast.goods if goods.kind == "stock" and goods.on_hand]
        lines = [_line(goods, self._take(goods)) for goods in dice.some(there, dice.between(1, 4))]
        freight = self.freight if dice.chance(SHIPPED) else Decimal(0)
        return Sale(day, self._number(), client, lines, freight=freight)

    def _take(self, goods: Goods) -> int:
        dice = self.cast.dice
        if goods.cost >= _FEW:
            wanted = dice.between(1, 3)
        elif goods.cost >= _SOME:
            wanted = dice.between(1, 5)
        elif goods.cost >= _MANY:
            wanted = dice.between(2, 8)
        else:
            wanted = dice.between(3, 20)
        quantity = min(wanted, goods.on_hand)
        goods.on_hand -= quantity
        return quantity

    # -- orders, quotes, returns ------------------------------------------------------------

    def _order(self, day: date, sale: Sale) -> Event:
        sale.order = self.cast.number("order", 3000, "SO-")
        delivered = day + timedelta(days=self.cast.dice.between(3, 9))
        self.waiting.append((delivered, sale))
        return self.clerk.order(sale, closed=delivered <= self.last)

    def _deliveries(self, day: date) -> Iterator[Event]:
        due = [sale for delivered, sale in self.waiting if delivered <= day]
        self.waiting = [one for one in self.waiting if one[0] > day]
        for sale in due:
            sale.day = day
            yield self._invoice(sale)

    def _quote(self, day: date) -> Event:
        dice = self.cast.dice
        prospects = self.cast.prospects
        prospect = dice.pick(prospects) if dice.chance(QUOTE_TO_PROSPECT) else None
        goods = dice.some(self.cast.of_kind("stock"), 2) + dice.some(
            self.cast.of_kind("service"), 1
        )
        lines = [_line(one, dice.between(2, 8)) for one in goods]
        sale = Sale(day, self.cast.number("quote", 400, "Q-"), self._client(), lines)
        closed = day + timedelta(days=QUOTE_DAYS) < self.last
        return self.clerk.quote(sale, prospect, closed=closed)

    def _returned(self, day: date) -> Iterator[Event]:
        """Yield a credit memo over one piece of hardware, or over too many hours billed."""
        dice = self.cast.dice
        limit = day - timedelta(days=RETURNED_AFTER_DAYS)
        sales = [sale for sale in self.collecting.recent if sale.day <= limit]
        if not sales:
            return
        sale = dice.pick(sales)
        line = dice.pick(sale.lines)
        if line.goods is not None and line.goods.kind == "stock":
            line.goods.on_hand += 1
        back = Line(line.goods, 1, line.price, f"Return, invoice {sale.number}")
        number = self.cast.number("credit", 700, "CM-")
        memo = Sale(day, number, sale.client, [back], job=sale.job)
        total = self.clerk.sale_total(memo)
        applied = self.collecting.credited(memo, sale.number, total)
        yield self.clerk.sale_credit(memo, sale.number if applied else None)


def contract(cast: Cast, client: Client) -> list[tuple[Goods, int]]:
    """Return what a customer under contract gets each month, by its number of computers."""
    seats = client.seats
    wanted = {
        catalogue.CARE: seats,
        catalogue.SERVER_CARE: seats // 12,
        "NS-OFFICE": seats,
        "NS-GUARD": seats,
        "NS-MAIL": seats if seats % 2 else 0,
        "NS-BACKUP": 1 + seats // 8,
        "NS-PHONE": seats if seats % 3 == 0 else 0,
        "NS-LINE": 1 if seats % 4 == 0 else 0,
        "NS-FILTER": 1 if seats % 3 == 1 else 0,
    }
    return [(cast.by_id[code], count) for code, count in wanted.items() if count]


def _line(goods: Goods, quantity: int) -> Line:
    return Line(goods, quantity, goods.price, goods.name)
