"""An empty database of each kind, for the tests of the store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.databases import KINDS, Server


@pytest.fixture(params=KINDS)
def database_kind(request: pytest.FixtureRequest) -> str:
    """Return each kind of database in turn."""
    return str(request.param)


@pytest.fixture
def empty_url(database_kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Give the URL of a database without any table."""
    if database_kind == KINDS[0]:
        yield f"sqlite:///{tmp_path / 'clary.db'}"
        return
    server: Server = request.getfixturevalue("server")
    name = server.new()
    yield server.url(name)
    server.drop(name)
