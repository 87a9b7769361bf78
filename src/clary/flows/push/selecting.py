"""Which of many shown records a page has, without keeping the others.

Records come one after another, as the books give them; what is held at a time is one page, or,
where they are ordered, all up to the end of that page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Generic, TypeVar

from clary.flows.push import query
from clary.flows.push.answers import Page
from clary.flows.push.query import Kinds
from clary.flows.push.showing import Record

T = TypeVar("T")


@dataclass(slots=True)
class Counted(Generic[T]):
    """Passes records on and counts them.

    Attributes:
        records: the records.
        total: how many were passed on.
    """

    records: Iterator[T]
    total: int = 0

    def __iter__(self) -> Iterator[T]:
        """Yield the records."""
        for record in self.records:
            self.total += 1
            yield record


def selected(records: Iterable[Record], page: Page, kinds: Kinds) -> tuple[list[Record], int]:
    """Return the page of records that a query chooses, in its order, and how many it chooses.

    Raises:
        Rejected: query or order cannot be used (PUSH_QUERY_INVALID, PUSH_ORDER_INVALID).
    """
    found: Iterator[Record] = iter(records)
    if page.query is not None:
        matches = query.matcher(query.parse(page.query, kinds), kinds)
        found = filter(matches, found)
    counted = Counted(found)
    end = page.start + page.size
    if page.order is not None:
        first = query.foremost(counted, query.parse_order(page.order, kinds), end)
        return first[page.start :], counted.total
    results = list(islice(counted, page.start, end))
    for _ in counted:
        pass
    return results, counted.total
