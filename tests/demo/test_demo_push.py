"""The push of the demo goes well on any day, and what serves it ends with it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from clary.demo.caller import served
from clary.demo.desk import Desk
from clary.demo.pushing import EDITION, tell_push
from clary.demo.story import working_day
from clary.hub.installation import Installation
from clary.hub.services.companies import company_info
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read


@pytest.mark.parametrize("day", ["2026-12-31", "2028-02-29"])
def test_every_check_passes(tmp_path: Path, day: str) -> None:
    settings = read({"CLARY_HOME": str(tmp_path), "CLARY_SECRETS": "file"})
    clock = FixedClock(datetime.fromisoformat(f"{day}T09:00").replace(tzinfo=UTC))
    with Installation(settings, clock, "demo") as installation:
        create_sandbox(installation, NewSandbox("books", EDITION, seed="demo"))
        info = company_info(installation, "books").info
        desk = Desk("books", installation, working_day(installation, info))
        with served(installation) as url:
            push = tell_push(desk, url, info)
        with pytest.raises(httpx.ConnectError):
            httpx.get(url, trust_env=False)
    assert [check.name for check in push.checks if not check.ok] == []
    assert [(run.run.company, run.run.applied) for run in push.runs] == [("books", 1)] * 2
    assert len(push.faults) == 2
    assert push.bill is not None
    assert push.bill["issueDate"] == f"{desk.day.isoformat()}T00:00:00"
