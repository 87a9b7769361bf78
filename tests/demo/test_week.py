"""The week with ConnectWise goes well on any day, whatever the seeds make of that day."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from clary.demo.desk import Desk, sandbox_site
from clary.demo.story import working_day
from clary.demo.week import tell_week
from clary.hub.installation import Installation
from clary.hub.services.companies import company_info
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read


@pytest.mark.parametrize("day", ["2026-12-31", "2028-02-29"])
def test_every_check_passes(tmp_path: Path, day: str) -> None:
    settings = read({"CLARY_HOME": str(tmp_path), "CLARY_SECRETS": "file"})
    clock = FixedClock(datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC))
    told: list[str] = []
    with Installation(settings, clock, "demo") as installation:
        create_sandbox(installation, NewSandbox("books", "us", seed="demo"))
        info = company_info(installation, "books").info
        desk = Desk("books", installation, working_day(installation, info))
        with sandbox_site(installation) as url:
            week = tell_week(desk, url, info, told.append)
    assert [check.name for check in week.checks if not check.ok] == []
    assert {run.run.company for run in week.runs} == {"books"}
    assert len(told) == 3
