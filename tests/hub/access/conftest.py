"""An installation on either kind of database, with two companies, and people who work in it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read
from tests.hub.access.posting import post_customers

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


@pytest.fixture
def now() -> FixedClock:
    return FixedClock(NOW)


@pytest.fixture
def house(tmp_path: Path, migrated_url: str, now: FixedClock) -> Iterator[Installation]:
    """Give an installation without companies, used by Ada at the machine."""
    settings = read(
        {
            "CLARY_HOME": str(tmp_path / "home"),
            "CLARY_SECRETS": "file",
            "CLARY_DATABASE_URL": migrated_url,
        }
    )
    with Installation(settings, now, "Ada") as installation:
        yield installation


@pytest.fixture
def firm(house: Installation) -> Installation:
    """Give the same with the US companies Alpha and Beta, each with a run."""
    for name in ("Alpha", "Beta"):
        create_sandbox(house, NewSandbox(name, "us"))
        post_customers(house, name, "ACME")
    return house


@pytest.fixture
def only_alpha() -> Access:
    """Return what a key for Alpha alone may do."""
    return Access("shop", Role.APPROVER, frozenset({"alpha"}), key="shop")
