"""Failures of the database: whoever asks is told that there is one, and not where it is."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from sqlalchemy import text

from clary.api.app import build
from clary.flows.push.problems import PUSH_PAGE_INVALID
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.hub.telling import outside, reason_outside, told_outside
from clary.kernel.errors import Busy
from clary.kernel.settings import read
from clary.store.problems import DATABASE_LOCKED
from clary.store.problems import DATABASE_TEXT_INVALID as UNFIT

URL = "postgresql://clary@db.internal/clary"


@pytest.fixture
def broken(tmp_path: Path) -> Iterator[tuple[Installation, str]]:
    """Yield an installation whose database refuses what every request needs."""
    settings = {"CLARY_HOME": str(tmp_path / "hidden-place"), "CLARY_SECRETS": "file"}
    with Installation(read(settings)) as installation:
        key = add_key(installation, "shop", Role.OPERATOR).key
        assert key is not None
        with installation.database.write() as write:
            for name in ("api_keys", "work_items", "lanes"):
                write.execute(text(f"DROP TABLE {name}"))
        yield installation, key


def asked(installation: Installation, path: str, key: str) -> httpx.Response:
    """Ask the application of an installation."""
    application = build(installation, None)
    application.state.accounting.start()
    login = base64.b64encode(f":{key}".encode()).decode()

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(application)
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as http:
            return await http.get(path, headers={"Authorization": f"Basic {login}"})

    try:
        return asyncio.run(ask())
    finally:
        application.state.native.close_streams()
        application.state.native.stop()
        application.state.accounting.stop()


@pytest.mark.parametrize("path", ["/metrics", "/accounting/companies", "/api/v1/companies"])
def test_no_answer_says_where_the_database_is(
    path: str, broken: tuple[Installation, str], caplog: pytest.LogCaptureFixture
) -> None:
    installation, key = broken
    with caplog.at_level(logging.ERROR):
        answer = asked(installation, path, key)
    assert answer.status_code >= 500, answer.text
    for word in ("hidden-place", "sqlite", "no such table", "doctor"):
        assert word not in answer.text
    assert "The server's database did not do what was asked." in answer.text
    assert "hidden-place" in caplog.text


def test_status_and_code_stay_and_other_errors_are_told_as_they_are() -> None:
    locked = DATABASE_LOCKED.raised(url=URL)
    told = outside(locked)
    assert isinstance(told, Busy)
    assert (told.code, told.status) == (locked.code, locked.status)
    assert URL not in str(told)
    finding = UNFIT.finding(url=URL, reason="a NUL")
    assert URL not in told_outside(finding).message
    other = PUSH_PAGE_INVALID.raised(name="page", limit=1)
    assert outside(other) is other


def test_what_waits_for_the_database_does_not_tell_it_either() -> None:
    assert URL not in str(reason_outside("DATABASE_LOCKED", f"{URL} is in use"))
    assert reason_outside("USER_NAME_IN_USE", "Sage is open") == "Sage is open"
    assert reason_outside(None, None) is None
