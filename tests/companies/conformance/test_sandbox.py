from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

from clary.companies.conformance import CompanyConformance, Situation
from clary.companies.contract import Company
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.faults import clear_faults, set_fault
from clary.kernel.errors import (
    Busy,
    ClaryError,
    Guarded,
    Unauthorised,
    Uncertain,
    Unreachable,
)
from clary.ledger.fields import EditionName

FAULTS: tuple[tuple[str, str, type[ClaryError]], ...] = (
    ("busy", "connect", Busy),
    ("busy", "read", Busy),
    ("busy", "write", Busy),
    ("server-start-failed", "connect", Unreachable),
    ("wrong-company", "connect", Guarded),
    ("lost-session", "read", Unreachable),
    ("lost-session", "write", Unreachable),
    ("slow", "read", Unreachable),
    ("slow", "write", Uncertain),
    ("crash-before-commit", "write", Uncertain),
    ("crash-after-commit", "write", Uncertain),
    ("disk-full", "write", Unreachable),
    ("read-only-user", "write", Unauthorised),
)
WRITTEN = ("slow", "crash-after-commit")


@contextmanager
def fault(path: Path, kind: str, on: str) -> Iterator[None]:
    set_fault(path, kind, on=on)
    yield
    clear_faults(path)


class TestUs(CompanyConformance):
    edition: ClassVar[EditionName] = "us"
    releases: ClassVar[tuple[int | None, ...]] = (*range(2007, 2017), 2018, *range(2022, 2027))

    @classmethod
    def make_company(cls, folder: Path, release: int | None = None) -> Company:
        path = folder / "company.clary"
        create(path, name="Conformance", edition=cls.edition, release=release)
        return SandboxCompany(path)

    @classmethod
    def situations(cls, company: Company) -> Sequence[Situation]:
        assert isinstance(company, SandboxCompany)
        return [
            Situation(
                name=f"{kind} on {on}",
                enter=fault(company.path, kind, on),
                error=error,
                on=on,
                written=on == "write" and kind in WRITTEN,
            )
            for kind, on, error in FAULTS
        ]


class TestUk(TestUs):
    edition: ClassVar[EditionName] = "uk"
    releases: ClassVar[tuple[int | None, ...]] = tuple(range(24, 34))
