"""Entries of documents in a foreign currency, as the books convert them.

ConnectWise keeps the debits and credits of such a document in its own currency, the books
in theirs: each row is converted and rounded by itself, tax as one row, and the control
account takes what is left.  Both are compared in the currency of the books.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from clary.flows.batch.source import SourceDocument
from clary.kernel.change import Body
from clary.kernel.money import to_minor
from clary.ledger.posting.uk_currency import RATE_PLACES, Exchange


def exchange_of(document: SourceDocument, stored: Body) -> Exchange:
    """Return currency and rate at which the books have a document; no rate in their own."""
    rate = stored.get("exchange_rate")
    units = to_minor(Decimal(rate), RATE_PLACES) if isinstance(rate, str) else 0
    return Exchange(document.currency, units)


@dataclass(slots=True)
class _Paper:
    """One document: its rate, its control account, and what conversion has left so far."""

    exchange: Exchange
    control: str
    tax_rows: frozenset[int]
    taxes: Counter[str] = field(default_factory=Counter)
    left: int = 0

    def base(self, amount: int) -> int:
        """Return an amount in the currency of the books, and note what that leaves."""
        converted = self.exchange.to_base(amount)
        self.left += amount - converted
        return converted


@dataclass(slots=True)
class ForeignEntries:
    """The documents of a batch that are in a foreign currency, by their GL rows."""

    _papers: list[_Paper] = field(default_factory=list)
    _of_row: dict[int, _Paper] = field(default_factory=dict)

    def learn(self, document: SourceDocument, stored: Body) -> None:
        """Note a document that stands in the books as `stored`, if it carries a rate."""
        exchange = exchange_of(document, stored)
        if not exchange.rate:
            return
        taxes = frozenset(row for tax in document.taxes for row in tax.ids)
        paper = _Paper(exchange, document.account, taxes)
        self._papers.append(paper)
        self._of_row.update(dict.fromkeys(document.gl_ids, paper))

    def converted(self, row: int | None, account: str, amount: int) -> int:
        """Return an entry in the currency of the books; 0 for tax, which comes as one row.

        Args:
            row: id of the GL row.
            account: account text of the entry.
            amount: minor units of the document's currency, a debit positive.
        """
        paper = self._of_row.get(row or 0)
        if paper is None or account == paper.control:
            return amount
        if row in paper.tax_rows:
            paper.taxes[account] += amount
            return 0
        return paper.base(amount)

    def rest(self) -> Iterator[tuple[str, int]]:
        """Yield, by account text, the tax of each document and what its control account takes."""
        for paper in self._papers:
            for account, amount in paper.taxes.items():
                yield account, paper.base(amount)
            yield paper.control, paper.left
