"""A migrated database to copy, so that each test starts with its own in no time."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.store import Database
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
