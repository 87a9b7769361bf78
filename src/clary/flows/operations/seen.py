"""What one plan touches and makes so far, remembered in little space.

A plan may hold millions of documents, so keys are kept as 64-bit hashes that differ from
process to process.  Among a million keys two share a hash with a chance of less than one
in thirty million; a document would then be refused as a duplicate, never doubled.
"""

from __future__ import annotations


def short_hash(*parts: str) -> int:
    """Return 64 bits that stand for some texts within this process."""
    return hash("\0".join(parts))


class Seen:
    """The records that the changes of one plan touch, with the numbers of the changes."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._first: dict[int, int] = {}
        self._more: dict[int, list[int]] = {}
        self._refused: set[int] = set()

    def touch(self, record_type: str, key: str, number: int, *, creates: bool = False) -> None:
        """Remember that change `number` touches a record, or creates it."""
        mark = short_hash(record_type, key.casefold())
        if mark in self._first:
            self._more.setdefault(mark, []).append(number)
        else:
            # The sign tells a change that creates from one that only touches.
            self._first[mark] = -number if creates else number
        self._refused.discard(mark)

    def refuse(self, record_type: str, key: str) -> None:
        """Remember that a record would have been created, and is not."""
        self._refused.add(short_hash(record_type, key.casefold()))

    def earlier(self, record_type: str, key: str) -> list[int]:
        """Return the changes that touch a record so far, in order."""
        mark = short_hash(record_type, key.casefold())
        first = self._first.get(mark)
        return [] if first is None else [abs(first), *self._more.get(mark, ())]

    def maker(self, record_type: str, key: str) -> int | None:
        """Return the change that creates a record, none where none does."""
        first = self._first.get(short_hash(record_type, key.casefold()), 0)
        return -first if first < 0 else None

    def refused(self, record_type: str, key: str) -> bool:
        """Tell whether the creation of a record was refused."""
        return short_hash(record_type, key.casefold()) in self._refused


class Ids:
    """The ids of a request's documents; ids that count on from the first take no space."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._start: int | None = None
        self._next = 0
        self._others: set[int] = set()

    def is_new(self, text: str) -> bool:
        """Remember an id; false where the request has it already."""
        number = int(text) if _is_plain_number(text) else None
        mark = short_hash(text)
        if mark in self._others:
            return False
        if number is not None and self._start is None:
            self._start = self._next = number
        if number is not None and number == self._next:
            self._next += 1
            return True
        if number is not None and self._start is not None and self._start <= number < self._next:
            return False
        self._others.add(mark)
        return True


class Keys:
    """The idempotency keys of one plan, each with what was asked for and by which change."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self._known: dict[int, tuple[int, int]] = {}

    def first(self, key: str, request: str, number: int) -> tuple[bool, int]:
        """Return whether a key was first used for the same request, and by which change."""
        asked = short_hash(request)
        before, first = self._known.setdefault(short_hash(key), (asked, number))
        return before == asked, first


def _is_plain_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 19 and text == str(int(text))  # noqa: PLR2004 - fits 64 bits
