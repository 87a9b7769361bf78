"""A sandbox site that the tests of one module share, and a desk at it for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.connectwise.desk import Desk, desk
from tests.sites import Site, connectwise_site


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connectwise_site(tmp_path_factory.mktemp("site")) as served:
        yield served


@pytest.fixture
def at_desk(site: Site, tmp_path: Path) -> Iterator[Desk]:
    with desk(site, tmp_path) as opened:
        yield opened
