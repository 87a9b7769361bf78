"""An installation in a folder of its own, for the tests of the hub."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clary.hub.installation import Installation
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock(datetime(2026, 3, 2, 9, 30, tzinfo=UTC))


@pytest.fixture
def installation(tmp_path: Path, clock: FixedClock) -> Iterator[Installation]:
    settings = read({"CLARY_HOME": str(tmp_path / "home"), "CLARY_SECRETS": "file"})
    with Installation(settings, clock, "Ada") as installation:
        yield installation
