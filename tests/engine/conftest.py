"""A database of its own for each test, of each kind, and small books."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from clary.companies.sandbox import SandboxCompany, create
from tests.companies.sandbox.small import fill_us
from tests.databases import KINDS
from tests.engine.bookkeeping import Bookkeeping
from tests.engine.workshop import Workshop


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Return each kind of database in turn: the engine is tested on both."""
    return str(request.param)


@pytest.fixture
def folder(tmp_path: Path, migrated_url: str) -> Path:
    """Return a folder with a database of its own."""
    assert migrated_url
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
