"""Installations for tests of flows: over the small company and over the sandbox company."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from clary.companies.contract import Company
from clary.companies.sandbox import SandboxCompany, create
from clary.kernel.change import Body
from clary.ledger.fields import EditionName
from tests.flows.books import MemoryCompany
from tests.flows.house import House

ACCOUNTS: tuple[Body, ...] = (
    {"id": "1100", "name": "Receivables", "type": "accounts_receivable"},
    {"id": "4000", "name": "Sales", "type": "income"},
    {"id": "5000", "name": "Expenses", "type": "expenses"},
)


@pytest.fixture(scope="session")
def new_sandboxes(tmp_path_factory: pytest.TempPathFactory) -> dict[EditionName, Path]:
    """Return the file of a new sandbox company of each edition."""
    folder = tmp_path_factory.mktemp("sandboxes")
    made: dict[EditionName, Path] = {}
    for edition in ("us", "uk"):
        path = folder / f"{edition}.clary"
        known: EditionName = "us" if edition == "us" else "uk"
        create(path, name=edition, edition=known, fiscal_year_start=date(2026, 1, 1))
        made[known] = path
    add_accounts(SandboxCompany(made["us"]))
    return made


def add_accounts(company: Company) -> None:
    """Give a US company the accounts that the tests post to."""
    with company.session(write=True) as session:
        for account in ACCOUNTS:
            session.create("account", dict(account))


@pytest.fixture
def folder(tmp_path: Path, migrated_url: str) -> Path:
    """Return a folder with a database of its own."""
    assert migrated_url
    return tmp_path


def copied(empty_database: Path, folder: Path) -> Path:
    """Return the folder, with a copy of the migrated database in it."""
    shutil.copy(empty_database, folder / "clary.db")
    return folder


@pytest.fixture(params=["memory", "sandbox"])
def house(
    request: pytest.FixtureRequest, folder: Path, new_sandboxes: dict[EditionName, Path]
) -> Iterator[House]:
    """Return an installation with a US company: the small one, then the sandbox."""
    with House(folder, company_of(request.param, folder, new_sandboxes, "us")) as ready:
        yield ready


@pytest.fixture(params=["memory", "sandbox"])
def uk_house(
    request: pytest.FixtureRequest, folder: Path, new_sandboxes: dict[EditionName, Path]
) -> Iterator[House]:
    """Return an installation with a UK company: the small one, then the sandbox."""
    with House(folder, company_of(request.param, folder, new_sandboxes, "uk")) as ready:
        yield ready


def company_of(
    kind: str, folder: Path, new_sandboxes: dict[EditionName, Path], edition: EditionName
) -> Company:
    if kind == "memory":
        company = MemoryCompany(edition)
        if edition == "us":
            add_accounts(company)
        return company
    path = folder / "company.clary"
    shutil.copy(new_sandboxes[edition], path)
    return SandboxCompany(path)
