"""What comes along with many invoices: expenses, purchases and stock counts.

A large site has every kind of document in the proportion of the usual ones, so that work on
it meets all of them.  They are clean, at the main office and the branch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from clary.apps.connectwise.sandbox.seed.world import (
    BRANCH,
    MAIN,
    Calendar,
    Dice,
    World,
    rows_of,
)
from clary.apps.connectwise.sandbox.seed.writing import Order, OrderLine, Spent, Writer

SEED = 20260120
INVOICES, REPORTS, ORDERS, COUNTS = 26, 3, 7, 2
"""How many documents of each kind there are among the usual ones."""

SPREAD_DAYS = 60
GOODS = ("MN-02", "DK-02", "SW-01", "KB-02", "MS-04", "CB-03", "UC-04", "VC-02", "PW-01")
TEXTS = ("Train", "Visits of the week", "Parking at the site", "Labels and tape")
"""Texts of the expense types, by their ids from 1."""


class Alongside:
    """Makes documents after a fixed chance."""

    def __init__(self, writer: Writer, world: World, calendar: Calendar) -> None:
        """Learn who spends, who sells, and on which days."""
        self._writer = writer
        self._world = world
        self._calendar = calendar
        self._dice = Dice(SEED)
        self._members = [row[0] for row in rows_of(world.members) if row[3]]
        self._customers = [row[0] for row in rows_of(world.customers)]
        self._vendors = [row[0] for row in rows_of(world.vendors)]

    def write(self, invoices: int) -> None:
        """Write what comes along with so many invoices."""
        kinds: Sequence[tuple[int, Callable[[int], object]]] = (
            (REPORTS, self._report),
            (ORDERS, self._order),
            (COUNTS, self._count),
        )
        for share, make in kinds:
            for number in range(1, invoices * share // INVOICES + 1):
                make(number)

    def _place(self) -> int:
        return BRANCH if self._dice.between(1, 4) == 1 else MAIN

    def _day(self) -> int:
        """Return how many days ago something was."""
        return self._dice.between(1, SPREAD_DAYS)

    def _report(self, _number: int) -> None:
        ago = self._day()
        member, place = self._dice.pick(self._members), self._place()
        start, end = self._calendar.ago(ago + 6), self._calendar.ago(ago)
        self._writer.expenses(member, list(self._spent(ago)), place, start, end)

    def _spent(self, ago: int) -> Iterator[Spent]:
        dice = self._dice
        for _ in range(dice.between(1, 3)):
            kind, day = dice.between(1, len(TEXTS)), self._calendar.ago(ago + dice.between(0, 6))
            company = dice.pick(self._customers) if dice.between(1, 2) == 1 else ""
            yield Spent(kind, dice.between(500, 25_000), day, TEXTS[kind - 1], company)

    def _order(self, number: int) -> None:
        """Write an order that was received; of every third the bill has not come."""
        dice, ago = self._dice, self._day()
        received = self._calendar.ago(ago)
        goods = dict.fromkeys(dice.pick(GOODS) for _ in range(dice.between(1, 3)))
        slip = f"PS-{40_000 + number}"
        lines = [OrderLine(item, count := dice.between(2, 20), count, slip) for item in goods]
        billed = not self._world.receipts or dice.between(1, 3) > 1
        self._writer.order(
            Order(
                f"PO-{40_000 + number}",
                dice.pick(self._vendors),
                lines,
                self._calendar.ago(ago + 5),
                received,
                location=self._place(),
                freight=dice.between(500, 5_000) if dice.between(1, 4) == 1 else 0,
                taxed=dice.between(1, 5) == 1,
                invoice=(f"V-{40_000 + number}", received) if billed else None,
            )
        )

    def _count(self, number: int) -> None:
        """Write a count of two items; what is missing stays below what was bought."""
        first, second = number % len(GOODS), (number + 1) % len(GOODS)
        changes = [(GOODS[first], 1), (GOODS[second], -1)]
        self._writer.adjust(f"COUNT-{40_000 + number}", "Count", changes)
