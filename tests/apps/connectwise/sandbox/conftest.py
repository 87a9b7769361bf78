"""Sites for these tests: one of each country that is only read, and fresh ones to change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.connectwise.sandbox.caller import Caller, Description, description
from tests.sites import Site, connectwise_site


@pytest.fixture(scope="session")
def read_us(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connectwise_site(tmp_path_factory.mktemp("read-us")) as served:
        yield served


@pytest.fixture(scope="session")
def read_uk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with connectwise_site(tmp_path_factory.mktemp("read-uk"), "--seed", "uk") as served:
        yield served


@pytest.fixture
def reading(read_us: Site) -> Caller:
    """A caller of a US site that no test changes."""
    return Caller(read_us.url)


@pytest.fixture(params=["us", "uk"])
def either(request: pytest.FixtureRequest) -> Caller:
    """A caller of a site of each country; no test changes it."""
    served: Site = request.getfixturevalue(f"read_{request.param}")
    return Caller(served.url)


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Site]:
    """A US site of this test's own."""
    with connectwise_site(tmp_path) as served:
        yield served


@pytest.fixture
def ask(fresh: Site) -> Caller:
    """A caller of this test's own site."""
    return Caller(fresh.url)


@pytest.fixture
def vendors_own(reference: Path) -> Description:
    """The vendor's description of the interface, or skip where it is absent."""
    if not (reference / "connectwise-openapi.json").exists():
        pytest.skip("connectwise-openapi.json is absent; name its folder with CLARY_REFERENCE")
    return description(reference)
