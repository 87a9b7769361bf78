"""What a person means by the number of a document: one document, or nothing is done.

Vendors number their bills as they like, so a bill may well have the number of an invoice.
Which of them is meant cannot be guessed: the person is asked to name it by its id.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Final

from clary.kernel.errors import Rejected, declare

NAME_AMBIGUOUS = declare(
    "BATCH_NAME_AMBIGUOUS",
    Rejected,
    "{count} documents are called {name}.",
    "State which one is meant: {ids}.",
    http_status=409,
    exit_code=2,
)

SHOWN: Final = 10
"""Most documents that the refusal of one name lists."""


class Meaning:
    """What the names that a person states mean, learnt document by document."""

    def __init__(self, names: Iterable[str]) -> None:
        """Find out what `names` mean, in any case."""
        self._stated = frozenset(map(str.casefold, names))
        self._called: dict[str, set[str]] = {}
        self._internal: dict[str, set[str]] = {}

    def learn(self, document: str, names: Collection[str], internal: str = "") -> None:
        """Note a document.

        Args:
            document: its id.
            names: what it is called.
            internal: its bare id in ConnectWise, which counts where no document is called so.
        """
        if not self._stated:
            return
        for name in self._stated.intersection(map(str.casefold, names)):
            self._called.setdefault(name, set()).add(document)
        if internal.casefold() in self._stated:
            self._internal.setdefault(internal.casefold(), set()).add(document)

    def settled(self) -> Mapping[str, str]:
        """Return the id of the document that each name means, without names of none.

        Raises:
            Rejected: a name means several (BATCH_NAME_AMBIGUOUS); all such names together.
        """
        found = {**self._internal, **self._called}
        several = {name: sorted(ids) for name, ids in sorted(found.items()) if len(ids) > 1}
        if several:
            raise Rejected(
                *(
                    NAME_AMBIGUOUS.finding(
                        record=name, name=name, count=len(ids), ids=", ".join(ids[:SHOWN])
                    )
                    for name, ids in several.items()
                )
            )
        return {name: next(iter(ids)) for name, ids in found.items()}
