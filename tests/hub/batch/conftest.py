"""Offices for tests of batches: a real site, a company and an installation for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.batch.office import Office, office, prepare


@pytest.fixture(scope="session")
def us_prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("us-office")
    prepare(folder, "us")
    return folder


@pytest.fixture(scope="session")
def uk_prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("uk-office")
    prepare(folder, "uk")
    return folder


@pytest.fixture
def us(us_prepared: Path, tmp_path: Path) -> Iterator[Office]:
    with office(us_prepared, tmp_path / "office") as ready:
        yield ready


@pytest.fixture
def uk(uk_prepared: Path, tmp_path: Path) -> Iterator[Office]:
    with office(uk_prepared, tmp_path / "office") as ready:
        yield ready


@pytest.fixture
def us_hasty(us_prepared: Path, tmp_path: Path) -> Iterator[Office]:
    """Return an office whose connection waits a second for an answer, not longer."""
    with office(us_prepared, tmp_path / "office", timeout="1") as ready:
        yield ready
