"""One server for the tests of the push API, with a UK and a US company."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.api.push.served import Client, Company, Served, served
from tests.receiving import Receiver, receiving


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("served"), north="uk", south="uk", west="us") as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Served) -> Client:
    return server.client("shop")


@pytest.fixture(scope="module")
def uk(server: Served, client: Client) -> Company:
    return server.linked(client, "north")


@pytest.fixture(scope="module")
def us(server: Served, client: Client) -> Company:
    return server.linked(client, "west", "us")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made
