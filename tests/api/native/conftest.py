"""One server for the tests of the native API, with a UK and a US company and one to hide."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.native.asking import Native, client
from tests.api.push.served import Served, served


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served"), north="uk", south="uk", west="us") as running:
        yield running


@pytest.fixture(scope="module")
def shop(server: Served) -> Iterator[Native]:
    made = client(server, "shop")
    yield made
    made.http.close()
