"""Keeps which GL rows a batch holds in next to no memory.

A batch of 100,000 documents has half a million rows.  A site numbers rows in order, so that
those of a batch lie close together: here each is a bit.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

_SHIFT: Final = 8
_BLOCK: Final = 1 << _SHIFT
"""Ids whose bits are kept together."""


class RowSet:
    """A set of GL ids that only grows."""

    def __init__(self, ids: Iterable[int] = ()) -> None:
        """Start with some ids."""
        self._blocks: dict[int, int] = {}
        self.update(ids)

    def update(self, ids: Iterable[int]) -> None:
        """Add ids."""
        blocks = self._blocks
        for each in ids:
            place = each >> _SHIFT
            blocks[place] = blocks.get(place, 0) | 1 << each % _BLOCK

    def __contains__(self, row: int) -> bool:
        """Tell whether an id was added."""
        return bool(self._blocks.get(row >> _SHIFT, 0) >> row % _BLOCK & 1)

    def __len__(self) -> int:
        """Return how many ids there are."""
        return sum(bits.bit_count() for bits in self._blocks.values())

    def __iter__(self) -> Iterator[int]:
        """Yield the ids in ascending order."""
        for place, bits in sorted(self._blocks.items()):
            for offset in range(_BLOCK):
                if bits >> offset & 1:
                    yield place * _BLOCK + offset

    def without(self, other: RowSet) -> RowSet:
        """Return the ids that another set does not have."""
        found = RowSet()
        for place, bits in self._blocks.items():
            left = bits & ~other._blocks.get(place, 0)
            if left:
                found._blocks[place] = left
        return found
