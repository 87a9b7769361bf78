"""A migrated database to copy, so that each test starts with its own in no time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from clary.companies.sandbox import SandboxCompany, create
from clary.store import Database
from tests.companies.sandbox.small import fill_us
from tests.engine.bookkeeping import Bookkeeping
from tests.engine.workshop import Workshop


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a migrated database that nothing was ever written to."""
    path = tmp_path_factory.mktemp("engine") / "empty.db"
    database = Database.open(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def folder(tmp_path: Path, empty_database: Path) -> Path:
    """Return a folder with a database of its own."""
    shutil.copy(empty_database, tmp_path / "clary.db")
    return tmp_path


@pytest.fixture
def workshop(folder: Path) -> Iterator[Workshop]:
    """Return the engine and a little store, ready to work."""
    with Workshop(folder) as ready:
        yield ready


@pytest.fixture(scope="session")
def small_us(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a small US company with its lists."""
    path = tmp_path_factory.mktemp("books") / "us.clary"
    create(path, name="Small", edition="us", fiscal_year_start=date(2026, 1, 1))
    with SandboxCompany(path).session(write=True) as session:
        fill_us(session)
    return path


@pytest.fixture
def books(folder: Path, small_us: Path) -> Iterator[Bookkeeping]:
    """Return an installation with a small US company of its own."""
    shutil.copy(small_us, folder / "books.clary")
    ready = Bookkeeping(folder)
    yield ready
    ready.close()
