"""Small books of each edition that documents of ConnectWise are drafted into."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.batch.shelves import Desk, desk, make_uk, make_us


@pytest.fixture(scope="session")
def us_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_us(tmp_path_factory.mktemp("batch") / "us.clary")


@pytest.fixture(scope="session")
def uk_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_uk(tmp_path_factory.mktemp("batch") / "uk.clary")


@pytest.fixture
def us(us_file: Path) -> Iterator[Desk]:
    with desk(us_file) as ready:
        yield ready


@pytest.fixture
def uk(uk_file: Path) -> Iterator[Desk]:
    with desk(uk_file) as ready:
        yield ready
