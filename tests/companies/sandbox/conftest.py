"""A small US company with its books set up, for the tests of the sandbox driver."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from clary.companies.contract import Session
from clary.companies.sandbox import SandboxCompany, create
from tests.companies.sandbox.small import fill_us


@pytest.fixture
def us_path(tmp_path: Path) -> Path:
    """Return the file of a small US company."""
    path = tmp_path / "us.clary"
    create(path, name="Small", edition="us", fiscal_year_start=date(2026, 1, 1))
    with SandboxCompany(path).session(write=True) as session:
        fill_us(session)
    return path


@pytest.fixture
def us(us_path: Path) -> Iterator[Session]:
    """Return an open session of the small US company."""
    with SandboxCompany(us_path).session(write=True) as session:
        yield session
