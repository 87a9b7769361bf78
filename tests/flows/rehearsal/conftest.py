"""The two small companies, made once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from clary.companies.contract import Session
from clary.companies.sandbox import SandboxCompany
from clary.flows.rehearsal.rehearsal import Rehearsal
from tests.flows.rehearsal.worlds import World, make_uk, make_us


@pytest.fixture(scope="session")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> dict[str, World]:
    folder = tmp_path_factory.mktemp("worlds")
    return {"us": make_us(folder / "us.clary"), "uk": make_uk(folder / "uk.clary")}


@pytest.fixture
def us_session(worlds: dict[str, World]) -> Iterator[Session]:
    with SandboxCompany(worlds["us"].path).session() as session:
        yield session


@pytest.fixture
def uk_session(worlds: dict[str, World]) -> Iterator[Session]:
    with SandboxCompany(worlds["uk"].path).session() as session:
        yield session


@pytest.fixture
def us(worlds: dict[str, World], us_session: Session) -> Iterator[Rehearsal]:
    company = SandboxCompany(worlds["us"].path)
    with Rehearsal(us_session, company.info(), capabilities=company.capabilities()) as ready:
        yield ready


@pytest.fixture
def uk(worlds: dict[str, World], uk_session: Session) -> Iterator[Rehearsal]:
    company = SandboxCompany(worlds["uk"].path)
    with Rehearsal(uk_session, company.info(), capabilities=company.capabilities()) as ready:
        yield ready
