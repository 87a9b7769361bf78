"""Finds the allocations that payments were pushed with, and those that stand by themselves.

The books tell which allocation belongs to which payment: both have the origin of their
operation, that of an allocation with a number behind (`allocating.follower`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from clary.companies.contract import Query, Session
from clary.companies.keys import Key, KeyKind, parse_key
from clary.flows.operations.planner import in_groups
from clary.flows.push import allocating
from clary.flows.push.allocating import ALLOCATION, CREDIT_TYPE, PARTS, SOURCE
from clary.flows.push.lookups import Lookups
from clary.kernel.change import Body, Origin
from clary.kernel.errors import Rejected, Unsupported
from clary.ledger.filters import And, BoundTree
from clary.ledger.registry import record_type

AT_ONCE: Final = 100
"""How many payments are held at a time, to find what was pushed with them in one read."""

_STEP: Final = 16
"""How many followers of each payment are asked for at a time; as long as one is found."""


@dataclass(frozen=True, slots=True)
class Allocations:
    """The allocations of one side of a company; none where its driver has no allocations.

    Attributes:
        session: a log-on that reads.
        books: names of parties.
        party_type: whose: customer or vendor.
        is_brief: leave out what was pushed with a payment or allocation; it takes many look-ups.
    """

    session: Session
    books: Lookups
    party_type: str
    is_brief: bool = False

    @property
    def _alone(self) -> BoundTree:
        return allocating.by_themselves(self.party_type, self.books.edition)

    def count(self) -> int:
        """Return how many there are that follow no payment."""
        try:
            return self.session.count(ALLOCATION, self._alone)
        except Unsupported:
            return 0

    def payments(self, where: BoundTree | None = None, limit: int | None = None) -> Iterator[Body]:
        """Yield those that follow no payment, at most `limit`, as payments of 0.

        Args:
            where: a filter of allocations; none for all.
            limit: most to yield; none for all.
        """
        chosen = self._alone if where is None else And((self._alone, where))
        found = self.session.read(ALLOCATION, Query(where=chosen, limit=limit))
        for group in in_groups(found, AT_ONCE):
            yield from self._payments(group)

    def payment(self, key: str) -> Body | None:
        """Return any allocation by its key as a payment of 0, or none."""
        found = self.one(key)
        return None if found is None else next(self._payments([found]))

    def numbered(self, keys: Sequence[str]) -> Iterator[Body]:
        """Yield allocations by their keys as payments of 0, as far as they are there."""
        try:
            found = list(self.session.get_many(ALLOCATION, _keys(keys))) if keys else []
        except Unsupported:
            return
        for group in in_groups(filter(None, found), AT_ONCE):
            yield from self._payments(group)

    def one(self, key: str) -> Body | None:
        """Return any allocation by its key, or none."""
        try:
            found = self.session.get(ALLOCATION, parse_key(record_type(ALLOCATION), key))
        except (Rejected, Unsupported):
            return None
        return found if found.get("party_type") == self.party_type else None

    def of(self, leading: Body) -> list[Body]:
        """Return the allocations that were pushed with a payment or allocation."""
        return self._of([leading]).get(allocating.pushed_key(leading) or "", [])

    def complete(self, payments: Sequence[Body]) -> list[Body]:
        """Return payments with the allocations that were pushed with them, unless in brief."""
        if self.is_brief:
            return list(payments)
        found = self._of(each for each in payments if PARTS not in each)
        parts = [found.get(allocating.pushed_key(each) or "", []) for each in payments]
        return [
            {**each, PARTS: of_it} if of_it else each
            for each, of_it in zip(payments, self._typed(parts), strict=True)
        ]

    def _payments(self, allocations: Sequence[Body]) -> Iterator[Body]:
        found = {} if self.is_brief else self._of(allocations)
        parts = [[each, *found.get(allocating.pushed_key(each) or "", [])] for each in allocations]
        typed = parts if self.is_brief else self._typed(parts)
        for each, of_it in zip(allocations, typed, strict=True):
            party = self.books.party(self.party_type, str(each.get("party_id")))
            yield allocating.as_payment(each, of_it, party)

    def _of(self, leading: Iterable[Body]) -> Mapping[str, list[Body]]:
        """Return the followers by the keys of the operations that made what leads them."""
        keys = [key for key in map(allocating.pushed_key, leading) if key is not None]
        numbers: dict[str, str] = {}
        first, asked = 1, keys
        while asked:
            found = self._numbers(asked, first)
            numbers |= found
            first += _STEP
            asked = list(dict.fromkeys(found.values()))
        order = sorted(numbers, key=int)
        bodies = self.session.get_many(ALLOCATION, _keys(order)) if order else ()
        followers: dict[str, list[Body]] = {}
        for number, body in zip(order, bodies, strict=True):
            if body is not None:
                followers.setdefault(numbers[number], []).append(body)
        return followers

    def _numbers(self, keys: Sequence[str], first: int) -> dict[str, str]:
        """Return the numbers of some followers of each key, with the key."""
        steps = range(first, first + _STEP)
        named = [(key, Origin(SOURCE, allocating.follower(key, n))) for key in keys for n in steps]
        try:
            found = self.session.find_origins(ALLOCATION, [origin for _, origin in named])
        except Unsupported:
            return {}
        pairs = zip(named, found, strict=True)
        return {each.key: key for (key, _), each in pairs if each.key is not None}

    def _typed(self, parts: Sequence[Sequence[Body]]) -> list[list[Body]]:
        """Return allocations with the record type of their credits, where it is a credit note."""
        name = allocating.CREDIT_NOTES[self.party_type]
        used = list(dict.fromkeys(str(each["credit"]) for of_it in parts for each in of_it))
        found = self.session.get_many(name, _keys(used)) if used else ()
        notes = {key for key, note in zip(used, found, strict=True) if note is not None}
        return [
            [
                {**each, CREDIT_TYPE: name} if str(each["credit"]) in notes else each
                for each in of_it
            ]
            for of_it in parts
        ]


def _keys(numbers: Iterable[str]) -> list[Key]:
    return [Key(KeyKind.NUMBER, number) for number in numbers]
