"""A folder of import and export files keeps the contract as far as it says it does."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from clary.companies.conformance import CompanyConformance
from clary.companies.contract import Company
from clary.companies.files import FilesCompany
from clary.ledger.fields import EditionName


class TestUs(CompanyConformance):
    edition: ClassVar[EditionName] = "us"
    tells_uses: ClassVar[bool] = False

    @classmethod
    def make_company(cls, folder: Path, release: int | None = None) -> Company:
        return FilesCompany(folder, edition=cls.edition, release=release)


class TestUk(TestUs):
    edition: ClassVar[EditionName] = "uk"
