"""Which document of a plan every GL row of ConnectWise belongs to, which must be one alone.

A batch marks rows, not documents: a row that stands in two of them marks a part of the
second as posted once the first one is, and that part can never be posted as a whole again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise, repeat

from clary.kernel.errors import Finding, Rejected, declare

ENTRIES_SHARED = declare(
    "BATCH_ENTRIES_SHARED",
    Rejected,
    "ConnectWise gives {count} entries for {document} that it gives for {other} as well; posting"
    " one would mark a part of the other as posted.",
    "Leave both out (--exclude {document} --exclude {other}), open them in ConnectWise and close"
    " them again, which makes their entries anew; then run a batch for them.",
)


class GlOwners:
    """The GL rows of a plan with their documents; lists, as a plan may have half a million."""

    def __init__(self) -> None:
        """Start without any."""
        self._documents: list[str] = []
        self._staying: set[str] = set()
        self._rows: list[int] = []
        self._owners: list[int] = []

    def add(self, document: str, rows: Sequence[int], *, stays: bool = False) -> None:
        """Note a document by its id, with its rows; one that `stays` is in no batch."""
        if stays:
            self._staying.add(document)
        self._rows.extend(rows)
        self._owners.extend(repeat(len(self._documents), len(rows)))
        self._documents.append(document)

    def shared(self) -> Iterator[Finding]:
        """Yield an error for every two documents with rows in common, if one of them goes."""
        order = sorted(range(len(self._rows)), key=self._rows.__getitem__)
        found = Counter(
            (self._name(one), self._name(next_one))
            for one, next_one in pairwise(order)
            if self._rows[one] == self._rows[next_one] and self._name(one) != self._name(next_one)
        )
        for (document, other), count in found.items():
            if not self._staying.issuperset((document, other)):
                yield ENTRIES_SHARED.finding(
                    record=document, document=document, other=other, count=count
                )

    def _name(self, place: int) -> str:
        return self._documents[self._owners[place]]
