"""Makes new sandbox companies, with what Sage itself gives a new company."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

from clary.companies.sandbox import releases, starting
from clary.companies.sandbox.company import SandboxCompany
from clary.companies.sandbox.file import (
    CURRENCIES,
    LATEST,
    NAME_INVALID,
    NewCompany,
    first_fiscal_day,
    make,
)
from clary.kernel.clock import Clock, SystemClock, local_date
from clary.kernel.errors import Rejected, declare
from clary.ledger.fields import EditionName

FISCAL_YEAR_INVALID = declare(
    "FISCAL_YEAR_INVALID",
    Rejected,
    "{day} cannot be the first day of a fiscal year.",
    "Use the first day of a month, between 1980 and 2100.",
    exit_code=2,
)

_NAME = re.compile(r"[\w .\-]{1,39}")


def create(  # noqa: PLR0913 - each is one choice at creation
    path: Path,
    *,
    name: str,
    edition: EditionName,
    release: int | None = None,
    tier: str | None = None,
    users: str = "single",
    fiscal_year_start: date | None = None,
    currency: str | None = None,
    clock: Clock | None = None,
) -> None:
    """Make the file of a new, empty company.

    Args:
        path: where; its folder is made if needed.
        name: the company's name, 1 to 39 characters.
        edition: us or uk.
        release: release year (US) or version (UK); the latest known if none.
        tier: tier of the product; the edition's usual one if none.
        users: single or multi.
        fiscal_year_start: first day of the first open fiscal year; the first of January
            of last year if none.
        currency: base currency, ISO code; the edition's own if none.
        clock: where the time comes from.

    Raises:
        Rejected: the name, tier or fiscal year is not usable.
        Misconfigured: there is such a file already.
    """
    if not _NAME.fullmatch(name):
        raise NAME_INVALID.raised(name=name)
    told = clock or SystemClock()
    start = fiscal_year_start or first_fiscal_day(local_date(told))
    if start.day != 1 or not 1980 <= start.year <= 2100:  # noqa: PLR2004 - the limits in the text
        raise FISCAL_YEAR_INVALID.raised(day=start.isoformat())
    chosen = releases.tier_of(edition, tier or releases.tier_names(edition)[0])
    company = NewCompany(
        name=name,
        edition=edition,
        release=release or LATEST[edition],
        tier=chosen.name,
        users=users,
        fiscal_year_start=start,
        currency=currency or CURRENCIES[edition],
    )
    make(path, company, told).close()
    starting.set_first_defaults(path, edition)
    records = starting.first_records(edition, company.currency)
    with SandboxCompany(path, clock=told).session(write=True) as session, session.group():
        for record_type, body in records:
            session.create(record_type, body)
