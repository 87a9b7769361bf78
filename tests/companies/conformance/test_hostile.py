"""A hostile door without malice is no different from the door behind it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from clary.companies.conformance import CompanyConformance
from clary.companies.contract import Company
from clary.companies.hostile import HostileCompany, Scripted
from clary.companies.sandbox import SandboxCompany, create
from clary.ledger.fields import EditionName


class TestWithoutMalice(CompanyConformance):
    edition: ClassVar[EditionName] = "us"

    @classmethod
    def make_company(cls, folder: Path, release: int | None = None) -> Company:
        path = folder / "company.clary"
        create(path, name="Conformance", edition=cls.edition, release=release)
        return HostileCompany(SandboxCompany(path), Scripted())
