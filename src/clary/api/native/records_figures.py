"""Routes of a company's own figures: what it is, its trial balance, its whole ledger."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from clary.api.native.calls import Call, Reply
from clary.api.native.routes import PLAIN, Route
from clary.api.native.values import Asked, Day, JsonObject, Shown
from clary.hub.services import companies, journal

TAG: Final = "figures"
COMPANY: Final = "/companies/{company}"


class PeriodShown(Shown):
    """An accounting period."""

    number: int
    start: str
    end: str
    open: bool


class InfoShown(Shown):
    """What a company is, and what can be done with it."""

    name: str
    title: str
    edition: str
    release: int
    tier: str
    currency: str
    foreign_trader: bool
    lock_date: str | None
    identity: str
    generation: int
    driver: str
    notes: list[str]
    periods: list[PeriodShown]
    figures: list[str]
    capabilities: dict[str, JsonObject]


class TrialBalanceAsked(Asked):
    """Parameters of a trial balance."""

    as_of: Day | None = Field(default=None, description="At the end of this day; else of all.")


class AccountShown(Shown):
    """The balance of an account; amounts are text."""

    id: str
    name: str
    type: str
    debit: str
    credit: str


class TrialBalanceShown(Shown):
    """A trial balance; amounts are text."""

    company: str
    as_of: str | None
    currency: str
    total_debit: str
    total_credit: str
    accounts: list[AccountShown]


class JournalAsked(Asked):
    """Parameters of the journal."""

    format: Literal["hledger", "beancount"] = Field(
        default="hledger", description="The program that reads it."
    )


def info(call: Call) -> Reply:
    """Show what a company is."""
    return Reply.of(companies.company_info(call.installation, call["company"]).as_dict())


def trial_balance(call: Call) -> Reply:
    """Show the trial balance."""
    as_of = call.query(TrialBalanceAsked).as_of
    return Reply.of(companies.trial_balance(call.installation, call["company"], as_of).as_dict())


def ledger(call: Call) -> Reply:
    """Give out the general ledger as text."""
    form = call.query(JournalAsked).format
    lines = journal.journal_lines(call.installation, call["company"], form)
    return Reply("".join(f"{line}\n" for line in lines))


ROUTES: Final[tuple[Route, ...]] = (
    Route(
        verb="GET",
        path=f"{COMPANY}/info",
        name="company_info",
        tag=TAG,
        summary="Show what a company is and what can be done with it",
        answer=info,
        shown=InfoShown,
        example={
            "name": "acme",
            "title": "Acme Ltd",
            "edition": "uk",
            "release": 29,
            "tier": "professional",
            "currency": "GBP",
            "foreign_trader": False,
            "lock_date": None,
            "identity": "{5F0A3E52-6D0C-4E0B-8A0B-0C9E6A1F2B3C}",
            "generation": 1,
            "driver": "sandbox",
            "notes": [],
            "periods": [{"number": 1, "start": "2026-01-01", "end": "2026-01-31", "open": True}],
            "figures": ["trial_balance"],
            "capabilities": {},
        },
    ),
    Route(
        verb="GET",
        path=f"{COMPANY}/trial-balance",
        name="trial_balance",
        tag=TAG,
        summary="Show the trial balance",
        query=TrialBalanceAsked,
        answer=trial_balance,
        shown=TrialBalanceShown,
        example={
            "company": "acme",
            "as_of": "2026-03-31",
            "currency": "GBP",
            "total_debit": "120.00",
            "total_credit": "120.00",
            "accounts": [
                {
                    "id": "1100",
                    "name": "Debtors Control Account",
                    "type": "control",
                    "debit": "120.00",
                    "credit": "0.00",
                }
            ],
        },
    ),
    Route(
        verb="GET",
        path=f"{COMPANY}/journal",
        name="journal",
        tag=TAG,
        summary="Give out the whole general ledger as text",
        query=JournalAsked,
        answer=ledger,
        media=PLAIN,
    ),
)
