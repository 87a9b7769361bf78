"""A Sage 50 company that runs anywhere: one SQLite file that follows the documented rules."""

from __future__ import annotations

from clary.companies.sandbox.company import SandboxCompany
from clary.companies.sandbox.creating import create

__all__ = ["SandboxCompany", "create"]
