"""A small model of the books, written apart from the product, that histories are held to.

It knows only totals: who owes what, what is open of each document, how much is in stock.
Amounts are minor units, quantities whole pieces.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field


@dataclass
class Document:
    """One posted document as the model remembers it."""

    key: str
    record_type: str
    party: str | None
    total: int
    open: int
    day: str
    effect: int = 0
    settles: dict[str, int] = field(default_factory=dict)
    moves: dict[str, int] = field(default_factory=dict)
    alive: bool = True


@dataclass
class Model:
    """What the books should say."""

    documents: dict[str, Document] = field(default_factory=dict)
    quantities: dict[str, int] = field(default_factory=dict)
    parties: dict[str, set[str]] = field(
        default_factory=lambda: {"customer": set(), "vendor": set()}
    )
    used: set[str] = field(default_factory=set)
    locked: str = ""

    def snapshot(self) -> Model:
        """Return a copy that later steps leave alone."""
        return copy.deepcopy(self)

    def post(self, document: Document) -> None:
        """Take a document in."""
        self.documents[document.key] = document
        for settled, amount in document.settles.items():
            self.documents[settled].open -= amount
        for item, quantity in document.moves.items():
            self.quantities[item] = self.quantities.get(item, 0) + quantity
        if document.party is not None:
            self.used.add(document.party)

    def take_back(self, key: str) -> None:
        """Take a document back as if it had not been."""
        document = self.documents[key]
        document.alive = False
        document.open = 0
        for settled, amount in document.settles.items():
            self.documents[settled].open += amount
        for item, quantity in document.moves.items():
            self.quantities[item] -= quantity

    def balance(self, party: str) -> int:
        """Return what a party owes us, or what we owe a vendor."""
        return sum(
            document.effect
            for document in self.documents.values()
            if document.alive and document.party == party
        )

    def open_of(self, record_type: str, party: str | None = None) -> list[Document]:
        """Return the living documents of a type that are open, oldest first."""
        return [
            document
            for document in self.documents.values()
            if document.alive
            and document.record_type == record_type
            and document.open > 0
            and party in (None, document.party)
        ]

    def settled_by_others(self, key: str) -> bool:
        """Tell whether a living document settles this one."""
        return any(
            key in document.settles for document in self.documents.values() if document.alive
        )
