"""What the lines of a document add up to, for checks and for the totals of new files."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from clary.kernel.change import Body

SETTLING: Final = frozenset({"receipt", "payment"})
"""Record types whose applications are part of their amount."""


def entries_of(body: Body, target: str) -> list[Body]:
    """Return the entries of a list of the record; none where it has no such list."""
    listed = body.get(target)
    if not isinstance(listed, list):
        return []
    return [entry for entry in listed if isinstance(entry, dict)]


def added(entries: Iterable[Body]) -> Decimal:
    """Return the sum of the entries' amounts."""
    return sum((Decimal(str(entry.get("amount") or 0)) for entry in entries), Decimal(0))


def lines_total(body: Body) -> Decimal:
    """Return what a document's lines, taxes and freight add up to."""
    freight = Decimal(str(body.get("freight_amount") or 0))
    return freight + added(entries_of(body, "lines")) + added(entries_of(body, "taxes"))


def total_of(record_type: str, body: Body) -> Decimal:
    """Return a document's total, in natural sign."""
    settled = entries_of(body, "applications") if record_type in SETTLING else []
    return lines_total(body) + added(settled)


def count_of(record_type: str, body: Body) -> int:
    """Return how many distributions a document has, tax and freight among them."""
    targets = ("lines", "taxes", *(("applications",) if record_type in SETTLING else ()))
    count = sum(len(entries_of(body, target)) for target in targets)
    return count + (body.get("freight_amount") is not None)
