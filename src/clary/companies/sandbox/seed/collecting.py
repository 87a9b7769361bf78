"""How the demo business is paid: in time or late, in parts, in advance, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal

from clary.companies.sandbox.seed.clerk import Clerk
from clary.companies.sandbox.seed.matching import matched
from clary.companies.sandbox.seed.story import (
    Cast,
    Client,
    Credit,
    Event,
    Month,
    Owed,
    Sale,
    Settlement,
    cents,
)

NEVER = 0.006
EARLY = 0.35
IN_PARTS = 0.04
REST_FORGOTTEN = 0.12
IN_ADVANCE = 0.03
EARLY_PERCENT = Decimal("0.02")
ADVANCES = (Decimal(500), Decimal(750), Decimal(1200), Decimal(2000))
RECENT = 60
"""How many of the latest invoices something may come back of."""

WRITTEN_OFF_AFTER_DAYS = 180


@dataclass(slots=True)
class Collecting:
    """What customers owe, and how it comes in."""

    cast: Cast
    clerk: Clerk
    owed: list[Owed] = field(default_factory=list)
    credits: list[Credit] = field(default_factory=list)
    recent: list[Sale] = field(default_factory=list)

    def owe(self, sale: Sale, total: Decimal) -> None:
        """Note an invoice, and decide how it will be paid."""
        dice, client, day = self.cast.dice, sale.client, sale.day
        owed = Owed(day, client.id, sale.number, total, None)
        self.owed.append(owed)
        self.recent = [*self.recent, sale][-RECENT:]
        if dice.chance(NEVER):
            return
        if client.discount and dice.chance(EARLY):
            owed.pay_on = day + timedelta(days=dice.between(6, 10))
            net = sum((line.amount for line in sale.lines), sale.freight)
            owed.discount = cents(net * EARLY_PERCENT)
            return
        owed.pay_on = day + timedelta(days=dice.between(*client.habit))
        if dice.chance(IN_PARTS):
            owed.part = cents(total / 2)

    def credited(self, memo: Sale, number: str, total: Decimal) -> bool:
        """Tell whether a credit memo can be applied to its invoice; it is open if not."""
        for owed in self.owed:
            fits = owed.number == number and owed.open > total and not owed.discount
            if fits and not owed.part:
                owed.open -= total
                return True
        self.credits.append(Credit(memo.day, memo.client.id, "credit_memo", memo.number, total))
        return False

    def on(self, month: Month, day: date) -> Iterator[Event]:
        """Yield the money that comes in on a working day."""
        yield from self._receipts(day)
        if day == month.on_or_after(5):
            yield from self._allocations(month, day)
        if self.cast.dice.chance(IN_ADVANCE):
            yield self._advance(day)

    def _receipts(self, day: date) -> Iterator[Event]:
        """Yield one receipt for all that a customer pays on the day."""
        paying: dict[str, list[Owed]] = {}
        for owed in self.owed:
            if owed.pay_on is not None and owed.pay_on <= day:
                paying.setdefault(owed.party, []).append(owed)
        for party, invoices in paying.items():
            paid = [self._paid(one, day) for one in invoices]
            yield self.clerk.receipt(Settlement(day, party, self._reference(), paid))
        if paying:
            self.owed = [one for one in self.owed if one.open]

    def _reference(self) -> str:
        return self.cast.number("receipt", 7000, "R")

    def _paid(self, owed: Owed, day: date) -> tuple[str, Decimal, Decimal]:
        dice = self.cast.dice
        if owed.part:
            amount, owed.part = owed.part, Decimal(0)
            owed.open -= amount
            forgotten = dice.chance(REST_FORGOTTEN)
            owed.pay_on = None if forgotten else day + timedelta(days=dice.between(20, 50))
            return owed.number, amount, Decimal(0)
        amount, owed.open = owed.open - owed.discount, Decimal(0)
        return owed.number, amount, owed.discount

    # -- credits ---------------------------------------------------------------------------

    def _advance(self, day: date) -> Event:
        client: Client = self.cast.dice.pick([one for one in self.cast.clients if one.seats])
        money = Settlement(day, client.id, self._reference(), [])
        money.on_account = self.cast.dice.pick(ADVANCES)
        self.credits.append(Credit(day, client.id, "receipt", money.reference, money.on_account))
        return self.clerk.receipt(money)

    def _allocations(self, month: Month, day: date) -> Iterator[Event]:
        keys = self.cast.keys
        yield from matched("customer", month, day, self.credits, self.owed, keys)
        self.credits = [one for one in self.credits if one.left]
        self.owed = [one for one in self.owed if one.open]

    def written_off(self, day: date, room: Decimal) -> Iterator[Event]:
        """Yield the credits that write off what nobody will pay, as far as provided for."""
        limit = day - timedelta(days=WRITTEN_OFF_AFTER_DAYS)
        for owed in self.owed:
            if owed.pay_on is None and owed.day < limit and owed.open <= room:
                room -= owed.open
                yield self.clerk.write_off(day, owed)
                owed.open = Decimal(0)
        self.owed = [one for one in self.owed if one.open]
