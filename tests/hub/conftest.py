"""An installation in a folder of its own, for the tests of the hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from clary.companies.sandbox import faults
from clary.hub.installation import Installation
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read
from clary.ledger.fields import EditionName
from tests.paying import NOON, Paying, paying
from tests.sites import connectwise_site


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


@pytest.fixture
def environment(
    tmp_path: Path, database_kind: str, request: pytest.FixtureRequest
) -> dict[str, str]:
    """Return the environment of an installation, on the kind of database that is tested."""
    settings = {"CLARY_HOME": str(tmp_path / "home"), "CLARY_SECRETS": "file"}
    if database_kind == "postgresql":
        settings["CLARY_DATABASE_URL"] = request.getfixturevalue("migrated_url")
    return settings


@pytest.fixture
def installation(environment: dict[str, str], clock: FixedClock) -> Iterator[Installation]:
    settings = read(environment)
    with Installation(settings, clock, "Ada") as installation:
        yield installation


@pytest.fixture(scope="module", params=["us", "uk"])
def pair(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Paying]:
    """Give a company and a site that billed it, shared by the tests of an edition."""
    edition = cast("EditionName", request.param)
    folder = tmp_path_factory.mktemp(edition)
    with (
        connectwise_site(folder, "--seed", edition, "--invoices", "120") as site,
        paying(folder, site, edition) as sides,
    ):
        yield sides


@pytest.fixture
def permitted(pair: Paying) -> Iterator[None]:
    """Leave no state of Sage behind."""
    yield
    pair.act("allow-access always")
    faults.clear_faults(pair.path)
    pair.clock.moment = NOON
