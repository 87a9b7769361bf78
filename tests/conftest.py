"""Fixtures and settings that every test folder shares."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests import surroundings

# Two shared cores make single examples slow at random, so no example has a deadline.
settings.register_profile(
    "clary", deadline=None, print_blob=True, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("clary")


@pytest.fixture(scope="session", autouse=True)
def installation_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Point CLARY_HOME to a folder of this run, so that no test meets a real installation."""
    folder = tmp_path_factory.mktemp("clary-home")
    before = os.environ.get("CLARY_HOME")
    os.environ["CLARY_HOME"] = str(folder)
    yield folder
    if before is None:
        del os.environ["CLARY_HOME"]
    else:
        os.environ["CLARY_HOME"] = before


@pytest.fixture
def hledger() -> str:
    """Return the path of hledger, the independent judge of the books."""
    return surroundings.system_command("hledger")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Return the folder of the reference data, or skip with the reason."""
    return surroundings.reference_file(".")
