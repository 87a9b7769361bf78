from __future__ import annotations

from pathlib import Path

from clary.companies.conformance import CompanyConformance
from clary.companies.contract import Company
from clary.companies.sandbox import SandboxCompany, create


class TestUs(CompanyConformance):
    edition = "us"
    releases = (*range(2007, 2017), 2018, *range(2022, 2027))

    @classmethod
    def make_company(cls, folder: Path, release: int | None = None) -> Company:
        path = folder / "company.clary"
        create(path, name="Conformance", edition=cls.edition, release=release)
        return SandboxCompany(path)


class TestUk(TestUs):
    edition = "uk"
    releases = tuple(range(24, 34))
