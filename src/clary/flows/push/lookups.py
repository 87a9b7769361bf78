"""What the push API's documents have to know of the company that they are for.

The caller supplies it, from a session or from what it keeps of the books; nothing here
reads anything by itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from clary.ledger.fields import EditionName


@dataclass(frozen=True, slots=True)
class PartySeen:
    """A customer or supplier.

    Attributes:
        id: its ID as the books have it.
        name: its name.
        currency: what it is dealt with in; none is the base currency.
    """

    id: str
    name: str
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class AccountSeen:
    """An account of the general ledger.

    Attributes:
        id: its ID as the books have it.
        name: its name.
        is_bank: money is kept in it.
        currency: what it is kept in; none is the base currency.
    """

    id: str
    name: str
    is_bank: bool = False
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class TaxRateSeen:
    """A tax code.

    Attributes:
        id: its ID as the books have it.
        name: its name.
        rate: its rate in percent.
        is_reverse: whoever buys accounts for the tax; nobody charges it.
    """

    id: str
    name: str
    rate: Decimal
    is_reverse: bool = False


class Lookups(Protocol):
    """Looks up what documents refer to; none stands for what is not there."""

    @property
    def edition(self) -> EditionName:
        """The edition of the company."""
        ...

    @property
    def currency(self) -> str:
        """The base currency, ISO code."""
        ...

    @property
    def foreign_trader(self) -> bool:
        """Whether foreign currencies are switched on (UK)."""
        ...

    @property
    def has_records(self) -> bool:
        """Whether the records can be looked up; if not, what is not found may be there."""
        ...

    def party(self, record_type: str, key: str) -> PartySeen | None:
        """Return a customer or vendor by its ID, in any case."""
        ...

    def account(self, key: str) -> AccountSeen | None:
        """Return an account by its ID."""
        ...

    def tax_rate(self, key: str) -> TaxRateSeen | None:
        """Return a tax code by its ID."""
        ...

    def name(self, record_type: str, key: str) -> str | None:
        """Return the name of a department, job, cost_code or item by its ID."""
        ...

    def document(self, party_type: str, party: str, number: str) -> str | None:
        """Return the key of a party's document by its number, where just one has it."""
        ...
