"""How invoices to customers were settled: by which receipts and credit memos, and when.

A door that tells this directly saves a caller from working it out of every receipt; what
both then know is stated in these terms, so that the two ways can be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date as Date  # noqa: N812 - the field is called date
from typing import Final

ACCESS_MISSING: Final = frozenset({"ACCESS_PENDING", "ACCESS_DENIED", "NOT_REGISTERED"})
"""Codes by which a door says that a person must let third-party applications in first."""


@dataclass(frozen=True, slots=True)
class SettledPart:
    """What one credit settles of an invoice; minor units of the invoice's own currency.

    Attributes:
        record_type: type of the credit: receipt or credit_memo.
        key: key of the credit.
        number: its reference or number.
        date: the day from which it counts: its own, or that of a later allocation.
        amount: what of it went to the invoice.
        discount: settlement discount that was taken with it.
        made_by: transaction number of what ties the two: the credit, or an allocation.
        saved: stamp of what ties the two; none where it was never saved again.
    """

    record_type: str
    key: str
    number: str | None
    date: Date
    amount: int
    discount: int
    made_by: int
    saved: str | None = None

    @property
    def whole(self) -> int:
        """All that it settles, discount included."""
        return self.amount + self.discount


@dataclass(frozen=True, slots=True)
class Settlement:
    """How one invoice stands, and what settled it.

    Attributes:
        key: key of the invoice.
        party: ID of its customer.
        number: its number.
        date: its day.
        total: its total, in minor units of its own currency, as are all amounts here.
        open: what is still open of it.
        parts: what settles it, by day and transaction number.
    """

    key: str
    party: str
    number: str | None
    date: Date
    total: int
    open: int
    parts: tuple[SettledPart, ...] = ()

    @property
    def settled(self) -> int:
        """What of the invoice is settled."""
        return self.total - self.open

    @property
    def explained(self) -> int:
        """What the known parts make up of it."""
        return sum(part.whole for part in self.parts)

    @property
    def settled_on(self) -> Date | None:
        """The day on which the invoice was settled in full, none while anything is open."""
        if self.open or not self.parts:
            return None
        return max(part.date for part in self.parts)


@dataclass(frozen=True, slots=True)
class SettledSince:
    """Which settlements are new to a caller that has seen the earlier ones.

    Attributes:
        day: those that count from this day or a later one.
        after: those made after this transaction number, whatever their day.
        saved: those whose credit or allocation was saved again at this stamp or later.
    """

    day: Date
    after: int | None = None
    saved: str | None = None

    def covers(self, part: SettledPart) -> bool:
        """Tell whether a settlement is new."""
        return (
            part.date >= self.day
            or (self.after is not None and part.made_by > self.after)
            or (self.saved is not None and part.saved is not None and part.saved >= self.saved)
        )


def in_order(parts: list[SettledPart]) -> tuple[SettledPart, ...]:
    """Return parts in the order in which a settlement tells them."""
    return tuple(sorted(parts, key=lambda part: (part.date, part.made_by)))
