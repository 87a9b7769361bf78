"""The demo companies: two years of a small service business, the same from every seed.

They are made by posting documents through the company's own rules, so that everything in
them is something a person could have entered.
"""

from __future__ import annotations

from pathlib import Path

from clary.companies.sandbox.company import SandboxCompany
from clary.companies.sandbox.seed import uk, us
from clary.kernel.clock import Clock, SystemClock


def seed_demo(path: Path, clock: Clock | None = None) -> None:
    """Fill an empty company with its edition's demo world, up to today.

    Args:
        path: an empty company file.
        clock: where today comes from.

    Raises:
        Rejected: the company is not empty, so that a key exists already.
    """
    told = clock or SystemClock()
    company = SandboxCompany(path, clock=told)
    edition = company.info().edition
    with company.session(write=True) as session:
        (uk if edition == "uk" else us).fill(session, company, told)
