"""Offices for tests of batches: a company and an installation for each test, and a real site.

One site of each edition serves all tests of a process; it is as it was made before each.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.batch.office import Office, prepare
from tests.hub.batch.shared import SharedSite, shared_site


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


@pytest.fixture(scope="session")
def us_site(us_prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedSite]:
    with shared_site(us_prepared, tmp_path_factory.mktemp("us-site")) as site:
        yield site


@pytest.fixture(scope="session")
def uk_site(uk_prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SharedSite]:
    with shared_site(uk_prepared, tmp_path_factory.mktemp("uk-site")) as site:
        yield site


@pytest.fixture
def us(us_site: SharedSite, tmp_path: Path) -> Iterator[Office]:
    with us_site.office(tmp_path / "office") as ready:
        yield ready


@pytest.fixture
def uk(uk_site: SharedSite, tmp_path: Path) -> Iterator[Office]:
    with uk_site.office(tmp_path / "office") as ready:
        yield ready


@pytest.fixture
def us_hasty(us_site: SharedSite, tmp_path: Path) -> Iterator[Office]:
    """Return an office whose connection waits a second for an answer, not longer."""
    with us_site.office(tmp_path / "office", timeout="1") as ready:
        yield ready
