"""What the push API's documents have to know of the company that they are for.

The caller supplies it, from a session or from what it keeps of the books; nothing here
reads anything by itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol

from clary.kernel.change import JsonValue
from clary.kernel.money import round_half_up
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
        agencies: who gets the tax, each with its rate in percent (US).
    """

    id: str
    name: str
    rate: Decimal
    is_reverse: bool = False
    agencies: tuple[tuple[str, Decimal], ...] = ()

    @property
    def slack(self) -> Decimal:
        """What the tax of a line may differ by: a penny for each agency, which rounds its own."""
        return Decimal(len(self.agencies)) / 100

    def by_agency(self, net: Decimal) -> dict[str, Decimal]:
        """Return what of a net each agency gets, rounded for each as the books do (US)."""
        return {name: round_half_up(net * rate / 100) for name, rate in self.agencies}

    def tax_of(self, net: Decimal) -> Decimal:
        """Return the tax of a net, over all agencies (US)."""
        return sum(self.by_agency(net).values(), Decimal(0))


def rate_seen(body: Mapping[str, JsonValue]) -> TaxRateSeen:
    """Return a tax code of the books as documents see it; one that is exempt taxes nothing."""
    key = str(body.get("id") or "")
    agencies = () if body.get("exempt") else tuple(_agencies(body.get("agencies")))
    own = body.get("rate")
    rate = Decimal(own) if isinstance(own, str | int) else sum((r for _, r in agencies), Decimal(0))
    name = str(body.get("description") or key)
    return TaxRateSeen(key, name, rate, body.get("reverse_charge") is True, agencies)


def _agencies(stated: JsonValue) -> Iterator[tuple[str, Decimal]]:
    for one in stated if isinstance(stated, list | tuple) else ():
        rate = one.get("rate") if isinstance(one, Mapping) else None
        if isinstance(one, Mapping) and isinstance(rate, str | int):
            yield str(one.get("id") or ""), Decimal(rate)


@dataclass(frozen=True, slots=True)
class SettleableSeen:
    """A posted document that stands and can be settled, or be used to settle others.

    Attributes:
        party: ID of the customer or supplier that it is of.
        open: what is open of it, or not used of it yet, in its own currency.
    """

    party: str
    open: Decimal


def settleable_seen(body: Mapping[str, JsonValue]) -> SettleableSeen | None:
    """Return a document of the books as payments see it, none where it does not stand."""
    if body.get("posted") is False or body.get("status") in ("reversed", "reversal"):
        return None
    party = body.get("customer_id") or body.get("vendor_id")
    left = body.get("unapplied_amount", body.get("amount_due"))
    return SettleableSeen(str(party or ""), Decimal(str(left or 0)))


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

    def settleable(self, record_type: str, number: int) -> SettleableSeen | None:
        """Return a posted document that stands, by its transaction number."""
        ...

    def document(self, party_type: str, party: str, number: str) -> str | None:
        """Return the key of a party's document by its number, where just one has it."""
        ...
