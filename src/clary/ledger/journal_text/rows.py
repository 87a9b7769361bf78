"""What the writers of journals need of a company: its ledger rows and its accounts.

Declared here as protocols, since this layer does not know companies: their `LedgerRow`
and `AccountFigure` fit as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import attrgetter
from typing import Protocol

from clary.ledger.fields import EditionName


class JournalRow(Protocol):
    """One row of the general ledger: minor units of the base currency, a debit positive."""

    @property
    def transaction_number(self) -> int:
        """The number that the company gave the document."""
        ...

    @property
    def date(self) -> date:
        """Posting date."""
        ...

    @property
    def record_type(self) -> str:
        """Canonical name of the document's record type."""
        ...

    @property
    def number(self) -> str | None:
        """The document's own number, where it has one."""
        ...

    @property
    def party(self) -> str | None:
        """ID of the customer or vendor, where there is one."""
        ...

    @property
    def account_id(self) -> str:
        """ID of the account that the row moves."""
        ...

    @property
    def amount(self) -> int:
        """Minor units, a debit positive."""
        ...

    @property
    def description(self) -> str:
        """What the row is about; may be empty."""
        ...


class Account(Protocol):
    """One account of the chart."""

    @property
    def id(self) -> str:
        """Its ID, unique whatever its case."""
        ...

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    @property
    def type(self) -> str:
        """Its account type (US) or category (UK); empty where it lies outside the chart."""
        ...


@dataclass(frozen=True, slots=True)
class Title:
    """What stands above a journal.

    Attributes:
        company: the company's name as its books give it.
        edition: us or uk.
        currency: base currency of the books, ISO code; every amount is in it.
    """

    company: str
    edition: EditionName
    currency: str


def by_transaction(rows: Iterable[JournalRow]) -> Iterator[list[JournalRow]]:
    """Yield the rows of one transaction at a time; rows come in order of their number."""
    for _, group in groupby(rows, key=attrgetter("transaction_number")):
        yield list(group)
