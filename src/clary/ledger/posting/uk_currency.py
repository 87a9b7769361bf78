"""Foreign currency in UK books: a document keeps its own amounts, the ledger the base ones.

Each ledger row is converted and rounded by itself and the control row takes their sum, so
that rows always add up to zero.  A rate is foreign units per unit of the base currency.
Source: sage50-uk.md section 5, Foreign Trader (error codes 33, 34 and 35); that bills are
accepted while Foreign Trader is off comes from a vendor page of another connector.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from clary.kernel.money import decimal_text, money_text, rounded_ratio, to_minor
from clary.ledger.posting import problems as codes
from clary.ledger.posting import uk_problems
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting
from clary.ledger.posting.views import EXCHANGE_UNITS, Lookups, OpenDocument, PartyView

RATE_PLACES = 6


class TraderOff(Enum):
    """What a foreign currency means while Foreign Trader is switched off."""

    REFUSED = "refused"
    WARNED = "warned"


@dataclass(frozen=True, slots=True)
class Exchange:
    """The currency of a document and its rate in units of six decimals; 0 for the base."""

    currency: str
    rate: int = 0

    def to_base(self, amount: int) -> int:
        """Return minor units of the base currency for minor units of the document's."""
        return rounded_ratio(amount, EXCHANGE_UNITS, self.rate) if self.rate else amount


def exchange_of(
    books: Lookups,
    problems: Problems,
    party: PartyView | None,
    currency: str | None,
    rate: Decimal | None,
    trader_off: TraderOff = TraderOff.REFUSED,
) -> Exchange:
    """Return the document's currency and rate: stated, else the account's, else the list's."""
    base = books.policy.currency
    usual = (party.currency if party is not None else None) or base
    chosen = currency.upper() if currency is not None else usual
    if party is not None and chosen != usual:
        problems.error(uk_problems.CURRENCY_DIFFERS, "currency", stated=chosen, expected=usual)
    if chosen == base:
        if rate is not None and rate != 1:
            problems.error(uk_problems.RATE_ON_BASE, "exchange_rate", currency=base)
        return Exchange(base)
    if not books.policy.foreign_trader:
        note = problems.error if trader_off is TraderOff.REFUSED else problems.warn
        note(uk_problems.FOREIGN_TRADER_OFF, "currency", currency=chosen)
    return Exchange(chosen, _rate(books, problems, chosen, rate))


def _rate(books: Lookups, problems: Problems, currency: str, stated: Decimal | None) -> int:
    if not books.known("currency", currency):
        problems.error(codes.UNKNOWN_REFERENCE, "currency", type="currency", value=currency)
    listed = books.policy.rates.get(currency, 0)
    found = listed if stated is None else to_minor(stated, RATE_PLACES)
    if found <= 0:
        problems.error(uk_problems.EXCHANGE_RATE_REQUIRED, "exchange_rate", currency=currency)
        return EXCHANGE_UNITS
    return found


def fill(posting: Posting, exchange: Exchange, total: int, tax: int | None) -> None:
    """Keep the amounts of a foreign document in its own currency, with currency and rate."""
    if not exchange.rate:
        return
    posting.foreign_total = total
    posting.filled["currency"] = exchange.currency
    posting.filled["exchange_rate"] = decimal_text(exchange.rate, RATE_PLACES)
    if tax is not None:
        posting.filled["total"] = money_text(total)
        posting.filled["tax_total"] = money_text(tax)


def foreign_open(document: OpenDocument) -> int:
    """Return what is open of a foreign document in its own currency."""
    return document.foreign_open
