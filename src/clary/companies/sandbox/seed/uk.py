"""The UK demo company: Fenland Systems, a service business in England."""

from __future__ import annotations

from clary.companies.contract import Session
from clary.companies.sandbox.company import SandboxCompany
from clary.kernel.clock import Clock


def fill(session: Session, company: SandboxCompany, clock: Clock) -> None:
    """Fill an empty UK company."""
    del session, company, clock
