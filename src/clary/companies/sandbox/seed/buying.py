"""What the demo business buys: goods that run low, licences by the month, and overheads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from clary.companies.sandbox.seed.clerk import Clerk
from clary.companies.sandbox.seed.matching import matched
from clary.companies.sandbox.seed.selling import contract
from clary.companies.sandbox.seed.story import (
    Bill,
    Cast,
    Credit,
    Event,
    Goods,
    Line,
    Month,
    Occasional,
    Owed,
    Recurring,
    Settlement,
    Yearly,
    cents,
)

_TUESDAY, _FRIDAY = 1, 4
ORDERED_FIRST = 0.3
SENT_BACK = 0.035
COUNTED_WRONG = 8
COST_SPREAD = 3
OWN_USE_PERCENT = 4
"""Licences that the business needs itself, in percent of those it sells."""

EARLY_DAYS = 9
EARLY_PERCENT = Decimal("0.02")
OCCASIONAL = 0.14
WITHIN_DAYS = 6
"""A payment run pays what falls due before the next one."""

WAITING_DAYS = 7
"""Some goods that came in these last days wait for their bill."""


@dataclass(slots=True)
class Plan:
    """Which bills come when, and who sells the licences.

    Attributes:
        recurring: bills of every month.
        yearly: bills of one month a year.
        licences: vendors of licences; the goods are shared out among them in turn.
        terms: days until a bill is paid, by vendor; 30 for those not listed.
        early: vendors that take 2 % off when paid within ten days.
        occasional: small bills now and then, from any of the other vendors.
        licence_tax: tax code of licences; the clerk's usual one if empty.
    """

    recurring: tuple[Recurring, ...]
    yearly: tuple[Yearly, ...]
    licences: tuple[str, ...]
    terms: dict[str, int]
    early: tuple[str, ...]
    occasional: tuple[Occasional, ...]
    licence_tax: str = ""


@dataclass(slots=True)
class Buying:
    """The purchase side of the business."""

    cast: Cast
    clerk: Clerk
    plan: Plan
    last: date
    owed: list[Owed] = field(default_factory=list)
    coming: list[tuple[date, Bill]] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)

    def on(self, month: Month, day: date) -> Iterator[Event]:
        """Yield what is bought and paid on a working day."""
        if day == month.days[0]:
            yield from self._licences(day)
        if day == month.on_or_after(5):
            yield from self._allocations(month, day)
        yield from self._arrivals(day)
        if day.weekday() == _TUESDAY:
            yield from self._restock(day)
        yield from self._overheads(month, day)
        if self.cast.dice.chance(SENT_BACK):
            yield from self._sent_back(day)
        if day.weekday() == _FRIDAY:
            yield from self._payments(day)

    def _bill(self, bill: Bill) -> Event:
        if not bill.waiting:
            self.owed.append(self._owed(bill))
        return self.clerk.bill(bill)

    def _owed(self, bill: Bill) -> Owed:
        total = self.clerk.bill_total(bill)
        owed = Owed(bill.day, bill.vendor, bill.number, total, None)
        days = self.plan.terms.get(bill.vendor, 30)
        if bill.vendor in self.plan.early:
            days = EARLY_DAYS
            net = sum((line.amount for line in bill.lines), Decimal(0))
            owed.discount = cents(net * EARLY_PERCENT)
        owed.pay_on = bill.day + timedelta(days=days)
        return owed

    def _number(self, vendor: str) -> str:
        return self.cast.number(vendor[:3], 4000, f"{vendor[:3]}-")

    # -- goods -------------------------------------------------------------------------------

    def _restock(self, day: date) -> Iterator[Event]:
        low: dict[str, list[Goods]] = {}
        for goods in self.cast.of_kind("stock"):
            if goods.on_hand + goods.on_order <= goods.reorder:
                low.setdefault(goods.vendor, []).append(goods)
        for place, (vendor, wanted) in enumerate(low.items()):
            lines = [self._ordered(goods) for goods in wanted]
            bill = Bill(day, self._number(vendor), vendor, lines)
            bill.waiting = not place and self._is_recent(day)
            if not bill.waiting and self.cast.dice.chance(ORDERED_FIRST):
                arrives = day + timedelta(days=self.cast.dice.between(3, 10))
                bill.order = self.cast.number("purchase order", 5000, "PO-")
                self.coming.append((arrives, bill))
                yield self.clerk.purchase_order(bill, closed=arrives <= self.last)
            else:
                yield self._received(bill)

    def _is_recent(self, day: date) -> bool:
        return day > self.last - timedelta(days=WAITING_DAYS)

    def _ordered(self, goods: Goods) -> Line:
        quantity = goods.target - goods.on_hand - goods.on_order
        goods.on_order += quantity
        return Line(goods, quantity, self.cast.dice.near(goods.cost, COST_SPREAD), goods.name)

    def _received(self, bill: Bill) -> Event:
        for line in bill.lines:
            if line.goods is not None:
                line.goods.on_order -= line.quantity
                line.goods.on_hand += line.quantity
        return self._bill(bill)

    def _arrivals(self, day: date) -> Iterator[Event]:
        due = [bill for arrives, bill in self.coming if arrives <= day]
        self.coming = [one for one in self.coming if one[0] > day]
        for bill in due:
            bill.day = day
            bill.waiting = self._is_recent(day)
            yield self._received(bill)

    def _sent_back(self, day: date) -> Iterator[Event]:
        """Yield a vendor's credit over something that did not work."""
        there = [goods for goods in self.cast.of_kind("stock") if goods.on_hand > 1]
        if not there:
            return
        goods = self.cast.dice.pick(there)
        goods.on_hand -= 1
        number = self.cast.number("vendor credit", 60, "VC-")
        back = Bill(day, number, goods.vendor, [Line(goods, 1, goods.cost, "Faulty, sent back")])
        total = self.clerk.bill_total(back)
        for owed in self.owed:
            if owed.party == goods.vendor and owed.open > total and not owed.discount:
                owed.open -= total
                yield self.clerk.bill_credit(back, owed.number)
                return
        self.credits.append(Credit(day, goods.vendor, "vendor_credit", number, total))
        yield self.clerk.bill_credit(back, None)

    def _allocations(self, month: Month, day: date) -> Iterator[Event]:
        yield from matched("vendor", month, day, self.credits, self.owed, self.cast.keys)
        self.credits = [one for one in self.credits if one.left]
        self.owed = [one for one in self.owed if one.open]

    def count(self, day: date) -> Event:
        """Return the adjustment after the yearly stock count."""
        there = [goods for goods in self.cast.of_kind("stock") if goods.on_hand > 1]
        found = []
        for goods in self.cast.dice.some(there, COUNTED_WRONG):
            change = self.cast.dice.pick((-1, -1, 1))
            goods.on_hand += change
            found.append((goods, change))
        return self.clerk.count(day, found)

    # -- licences and overheads ----------------------------------------------------------------

    def _licences(self, day: date) -> Iterator[Event]:
        """Yield the bills for what the contracts of the month need, and some for own use."""
        needed: dict[str, int] = {}
        for client in self.cast.clients:
            if client.seats:
                for goods, count in contract(self.cast, client):
                    needed[goods.id] = needed.get(goods.id, 0) + count
        sold = self.cast.of_kind("non_stock")
        for place, vendor in enumerate(self.plan.licences):
            lines = []
            for goods in sold[place :: len(self.plan.licences)]:
                count = needed.get(goods.id, 0)
                count += -(-count * OWN_USE_PERCENT // 100)
                if count:
                    line = Line(goods, count, goods.cost, goods.name, tax=self.plan.licence_tax)
                    lines.append(line)
            yield self._bill(Bill(day, self._number(vendor), vendor, lines))

    def _overheads(self, month: Month, day: date) -> Iterator[Event]:
        dice = self.cast.dice
        for one in self.plan.recurring:
            if day == month.on_or_after(one.day):
                amount = dice.near(Decimal(one.amount), one.spread)
                yield self._overhead(day, one.vendor, one.account, amount, one.text, one.tax)
        for each in self.plan.yearly:
            if day == month.on_or_after(10) and month.index % 12 == each.month:
                amount = Decimal(each.amount)
                yield self._overhead(day, each.vendor, each.account, amount, each.text, each.tax)
        if dice.chance(OCCASIONAL):
            bill = dice.pick(self.plan.occasional)
            amount = Decimal(dice.between(bill.low * 100, bill.high * 100)) / 100
            vendor = dice.pick(self.cast.others)
            yield self._overhead(day, vendor, bill.account, amount, bill.text, bill.tax)

    def _overhead(
        self, day: date, vendor: str, account: str, amount: Decimal, text: str, tax: str
    ) -> Event:
        line = Line(None, 1, amount, text, account, tax)
        return self._bill(Bill(day, self._number(vendor), vendor, [line]))

    # -- paying --------------------------------------------------------------------------------

    def _payments(self, day: date) -> Iterator[Event]:
        """Yield one payment for all that is due to a vendor before the next run."""
        limit = day + timedelta(days=WITHIN_DAYS)
        paying: dict[str, list[Owed]] = {}
        for owed in self.owed:
            if owed.pay_on is not None and owed.pay_on <= limit:
                paying.setdefault(owed.party, []).append(owed)
        for party, bills in paying.items():
            paid = []
            for owed in bills:
                paid.append((owed.number, owed.open - owed.discount, owed.discount))
                owed.open = Decimal(0)
            yield self.clerk.payment(
                Settlement(day, party, self.cast.number("payment", 1000), paid)
            )
        self.owed = [one for one in self.owed if one.open]
