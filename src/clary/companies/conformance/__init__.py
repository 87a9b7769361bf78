"""The suite that every door to a Sage 50 company must pass: the contract as tests.

The author of a driver writes one class per edition and gets some hundred tests:

    class TestMyDriver(CompanyConformance):
        edition: ClassVar[EditionName] = "us"
        releases: ClassVar[tuple[int | None, ...]] = (2018, 2022)

        @classmethod
        def make_company(cls, folder: Path, release: int | None = None) -> Company:
            return MyCompany(folder, release)

What a test asks for follows from what the driver declares: a type that it cannot create is
not created, and asking for it must raise `Unsupported`.  See `harness.Harness` for what
else can be stated: releases, sample records, states of Sage that it can be brought into.

- `bodies`: the smallest and the fullest body of every record type, from the declarations;
  with `references`, `furnishing`, `recipes`, `arithmetic`, `fitting` and `plausible` behind it.
- `about`, `logging_on`, `records`, `limits`, `queries`, `books`, `finding_again`,
  `releases`: the parts of the suite, by what they are about; `suite` joins them.

It needs pytest, which nothing else of the package does.
"""

from __future__ import annotations

from clary.companies.conformance.harness import Bench, Harness, Situation, Work
from clary.companies.conformance.suite import CompanyConformance

__all__ = ["Bench", "CompanyConformance", "Harness", "Situation", "Work"]
