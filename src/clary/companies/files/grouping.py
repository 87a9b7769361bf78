"""Puts documents together whose lines stand in several elements or rows of a file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from clary.companies.files.documents import checked
from clary.companies.files.layout import Layout, Texts
from clary.companies.files.reading import Bag, read_record
from clary.companies.files.record import FileRecord


@dataclass(slots=True)
class _Held:
    """A document that may go on in the bags that follow."""

    layout: Layout
    bag: Bag
    position: int
    header: Texts

    def lines(self) -> int:
        """Return how many entries have been read."""
        return sum(len(entries) for entries in self.bag.entries.values())

    def complete(self) -> bool:
        """Tell whether no more is to come, by the count that the header states."""
        stated = self.header.get(self.layout.distributions, "").strip()
        if stated.isdecimal():
            return self.lines() >= int(stated)
        return not self.layout.joins(self.header)

    def continued_by(self, layout: Layout, bag: Bag) -> bool:
        """Tell whether `bag` is a further part of this document."""
        return layout is self.layout and bag.texts == self.header and not self.complete()

    def extend(self, bag: Bag) -> None:
        """Take the lines of a further part."""
        for path, entries in bag.entries.items():
            self.bag.entries.setdefault(path, []).extend(entries)

    def finished(self, source: str) -> FileRecord:
        """Return the document as a record, with what is doubtful about it."""
        lines = self.lines()
        record = read_record(self.layout, self.bag, source, self.position)
        return checked(self.layout, record, self.header.get(self.layout.distributions), lines)


def grouped(source: str, bags: Iterator[tuple[Layout, Bag]]) -> Iterator[FileRecord]:
    """Yield one record for the bags that belong together.

    Parts with the same header make one document, as far as the header's number of
    distributions says that lines are missing (inferred from a real file).
    """
    held: _Held | None = None
    for position, (layout, bag) in enumerate(bags, start=1):
        if held is not None and held.continued_by(layout, bag):
            held.extend(bag)
            continue
        if held is not None:
            yield held.finished(source)
        header = dict(bag.texts) if layout.groups else {}
        held = _Held(layout, bag, position, header)
    if held is not None:
        yield held.finished(source)
