from __future__ import annotations

from pathlib import Path

from clary.companies.conformance.about import AboutTests
from clary.companies.conformance.logging_on import SessionTests
from clary.companies.conformance.limits import LimitTests
from clary.companies.conformance.queries import QueryTests
from clary.companies.contract import Company
from clary.companies.sandbox import SandboxCompany, create


class TestUs(LimitTests, QueryTests):
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
