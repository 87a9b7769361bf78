"""A migrated database and a small company to copy, so that each run has its own."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from clary.companies.sandbox import SandboxCompany, create
from clary.store import Database
from tests.companies.sandbox.small import fill_us


@pytest.fixture(scope="session")
def hostile_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with an empty database and a small US company."""
    folder = tmp_path_factory.mktemp("hostile")
    database = Database.open(f"sqlite:///{folder / 'clary.db'}")
    database.migrate()
    database.close()
    path = folder / "books.clary"
    create(path, name="Small", edition="us", fiscal_year_start=date(2026, 1, 1))
    with SandboxCompany(path).session(write=True) as session:
        fill_us(session)
    return folder


@pytest.fixture
def folder(tmp_path: Path, hostile_template: Path) -> Path:
    """Return a folder of the test's own with database and company."""
    for name in ("clary.db", "books.clary"):
        shutil.copy(hostile_template / name, tmp_path / name)
    return tmp_path
