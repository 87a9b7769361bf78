"""Kill -9 of a worker at every point: all work ends once, in order, and no lane stays blocked."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.runs import Runs, RunState
from clary.hub.draining import DRAIN_POINTS
from clary.hub.installation import Installation
from clary.hub.lanes import ENGINE_FILE
from clary.kernel.settings import read
from tests.hub.work.office import company, customers, queue_customers, work_of
from tests.surroundings import ROOT

pytestmark = [pytest.mark.kills]

COMPANIES = ("Alpha", "Beta", "Gamma")
PLANS = 4
LONGEST_BLOCK = 30


@pytest.fixture
def settings(tmp_path: Path, migrated_url: str) -> dict[str, str]:
    return {
        "CLARY_HOME": str(tmp_path / "home"),
        "CLARY_SECRETS": "file",
        "CLARY_DATABASE_URL": migrated_url,
    }


@pytest.fixture
def loaded(settings: dict[str, str]) -> Iterator[Installation]:
    """Give an installation in which plans wait for several companies."""
    with Installation(read(settings), actor="Ada") as installation:
        for name in COMPANIES:
            company(installation, name)
        for number in range(PLANS):
            for name in COMPANIES:
                queue_customers(installation, name, f"{number}A", f"{number}B")
        yield installation


def worker(
    settings: dict[str, str], point: str = "none", occurrence: int = 1
) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.hub.work.killed", point, str(occurrence)]
    return subprocess.Popen(command, cwd=ROOT, env={"PATH": "", **settings})


def assert_all_done_once_and_in_order(installation: Installation) -> None:
    work, runs = work_of(installation), Runs(installation.database)
    for name in COMPANIES:
        lane = work.lane(name)
        assert (lane.waiting, lane.parked) == (0, 0), lane
        wanted = [f"{number}{letter}" for number in range(PLANS) for letter in "AB"]
        assert customers(installation, name) == wanted
        done = list(reversed(runs.list(name)))
        assert [run.state for run in done] == [RunState.FINISHED] * PLANS
        assert [(run.applied + run.skipped, run.planned) for run in done] == [(2, 2)] * PLANS
        assert all(a.ended_at and a.ended_at <= b.started_at for a, b in pairwise(done))


@pytest.mark.parametrize("point", [*DRAIN_POINTS, *JOURNAL_POINTS])
def test_who_comes_after_a_killed_server_goes_on(
    loaded: Installation, settings: dict[str, str], point: str
) -> None:
    assert worker(settings, point, 3).wait(60) == -signal.SIGKILL
    began = time.monotonic()
    assert worker(settings).wait(60) == 0
    assert time.monotonic() - began < LONGEST_BLOCK
    assert_all_done_once_and_in_order(loaded)


@pytest.mark.both_databases
def test_without_the_file_of_the_engine_nothing_is_lost(
    loaded: Installation, settings: dict[str, str], database_kind: str
) -> None:
    assert worker(settings, "group handled", 3).wait(60) == -signal.SIGKILL
    if database_kind == "postgresql":
        with loaded.database.write() as connection:
            connection.exec_driver_sql("drop schema clary_lanes cascade")
    else:
        for file in Path(settings["CLARY_HOME"]).glob(f"{ENGINE_FILE}*"):
            file.unlink()
    assert worker(settings).wait(60) == 0
    assert_all_done_once_and_in_order(loaded)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("point", [*DRAIN_POINTS, *JOURNAL_POINTS])
def test_another_worker_frees_the_lanes_of_a_killed_one(
    loaded: Installation, settings: dict[str, str], point: str
) -> None:
    killed, other = worker(settings, point, 2), worker(settings)
    assert killed.wait(60) in (-signal.SIGKILL, 0)
    began = time.monotonic()
    assert other.wait(60) == 0
    assert time.monotonic() - began < LONGEST_BLOCK
    assert_all_done_once_and_in_order(loaded)
