"""Looks at a company: what it is, what its drivers can do, and its figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from clary.companies.contract import AccountFigure, Figure, Info, TypeCapability
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import needs
from clary.kernel.change import Body
from clary.kernel.money import money_text


@dataclass(frozen=True, slots=True)
class CompanyAnswer:
    """What a company is, what its drivers can do with each record type, and its figures."""

    name: str
    info: Info
    capabilities: dict[str, TypeCapability]
    figures: frozenset[Figure]

    def as_dict(self) -> Body:
        """Return both as JSON-ready values."""
        info = self.info
        return {
            "name": self.name,
            "title": info.name,
            "edition": info.edition,
            "release": info.release,
            "tier": info.tier,
            "currency": info.currency,
            "foreign_trader": info.foreign_trader,
            "lock_date": info.lock_date.isoformat() if info.lock_date else None,
            "identity": info.identity,
            "generation": info.generation,
            "driver": info.driver,
            "notes": list(info.notes),
            "periods": [
                {
                    "number": period.number,
                    "start": period.start.isoformat(),
                    "end": period.end.isoformat(),
                    "open": period.open,
                }
                for period in info.periods
            ],
            "figures": [figure.value for figure in Figure if figure in self.figures],
            "capabilities": {
                name: _capability(capability) for name, capability in self.capabilities.items()
            },
        }


def _capability(capability: TypeCapability) -> Body:
    return {
        "operations": {
            operation.value: {"level": support.level.value, "note": support.note}
            for operation, support in capability.operations.items()
        },
        "filters": sorted(capability.filters),
        "sorts": sorted(capability.sorts),
        "origin": capability.origin.value,
        "create_is_upsert": capability.create_is_upsert,
        "tax_stated": capability.tax_stated,
        "lines": capability.lines,
        "lengths": dict(capability.lengths),
        "feed": sorted(capability.feed),
    }


@needs(Role.VIEWER, "reference")
def company_info(installation: Installation, reference: str) -> CompanyAnswer:
    """Return what a company is and what can be done with it; needs no log-on.

    Raises:
        Misconfigured, Unreachable, Guarded: the company cannot be opened.
    """
    opened = open_company(installation, reference)
    company = opened.company
    return CompanyAnswer(opened.name, opened.info, dict(company.capabilities()), company.figures())


def figures_in_words(figures: frozenset[Figure]) -> str:
    """Return which figures a company tells, for people."""
    told = [figure.value.replace("_", " ") for figure in Figure if figure in figures]
    return ", ".join(told) or "none"


@dataclass(frozen=True, slots=True)
class TrialBalance:
    """Every account's balance at the end of a day; amounts in minor units.

    Attributes:
        company: what the caller called the company.
        as_of: the day; none for all documents.
        currency: base currency of the books, ISO code.
        accounts: the accounts by ID.
    """

    company: str
    as_of: date | None
    currency: str
    accounts: Sequence[AccountFigure]

    @property
    def total_debit(self) -> int:
        """Sum of the debit balances in minor units."""
        return sum(account.balance for account in self.accounts if account.balance > 0)

    @property
    def total_credit(self) -> int:
        """Sum of the credit balances in minor units, as a positive number."""
        return -sum(account.balance for account in self.accounts if account.balance < 0)

    def as_dict(self) -> Body:
        """Return the trial balance as JSON-ready values; amounts are text."""
        return {
            "company": self.company,
            "as_of": self.as_of.isoformat() if self.as_of else None,
            "currency": self.currency,
            "total_debit": money_text(self.total_debit),
            "total_credit": money_text(self.total_credit),
            "accounts": [
                {
                    "id": account.id,
                    "name": account.name,
                    "type": account.type,
                    "debit": money_text(max(account.balance, 0)),
                    "credit": money_text(max(-account.balance, 0)),
                }
                for account in self.accounts
            ],
        }


@needs(Role.VIEWER, "reference")
def trial_balance(
    installation: Installation, reference: str, as_of: date | None = None
) -> TrialBalance:
    """Return the trial balance at the end of `as_of`, of all documents if not given.

    Raises:
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
        Unsupported: its driver gives no figures.
    """
    opened = open_company(installation, reference)
    with opened.company.session() as session:
        figures = session.trial_balance(as_of)
    return TrialBalance(
        opened.name, as_of, opened.info.currency, sorted(figures, key=lambda figure: figure.id)
    )
