"""Kill -9 of the worker at every point of a scheduled batch: all of it once, by whoever is next."""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.runs import Runs, RunState
from clary.hub import draining, scheduled
from clary.hub.services.schedules import (
    ScheduleChange,
    Standing,
    add_schedule,
    run_schedule,
    show_schedule,
)
from clary.hub.work import Work
from tests.databases import URL_FILE, Server, url_in
from tests.hub.batch.office import APP, BRANCH, COMPANY, Office, move_to, office
from tests.surroundings import ROOT, unmeasured

pytestmark = pytest.mark.kills

DOCUMENTS = 10
"""Documents that wait at the location."""

SECOND = ("company opened", "group handled", "group concluded")
"""Points that are met once for the look and once more for the plan that it made."""

POINTS = [
    *((point, 1) for point in draining.DRAIN_POINTS),
    *((point, 2) for point in SECOND),
    *((point, 1) for point in (*scheduled.DRAIN_POINTS, *JOURNAL_POINTS)),
]


@pytest.fixture
def on_a_server(us_prepared: Path, tmp_path: Path, server: Server) -> Iterator[Office]:
    """Give an office whose installation is in PostgreSQL."""
    name, folder = server.new(), tmp_path / "office"
    shutil.copytree(us_prepared, folder)
    move_to(server.url(name), folder)
    with office(us_prepared, folder) as ready:
        yield ready
    server.drop(name)


def worker(office: Office, point: str = "none", occurrence: int = 1) -> int:
    """Work on the lanes until nothing waits, or until killed; return the exit code."""
    env = {"CLARY_HOME": str(office.folder / "home"), "CLARY_SECRETS": "file"}
    if (office.folder / URL_FILE).exists():
        env["CLARY_DATABASE_URL"] = url_in(office.folder)
    command = [sys.executable, "-m", "tests.hub.work.killed", point, str(occurrence)]
    finished = subprocess.run(
        command, cwd=ROOT, env={**unmeasured(), **env}, check=False, timeout=90
    )
    return finished.returncode


def assert_done_once_by_who_comes_next(ready: Office, point: str, occurrence: int = 1) -> None:
    stated = (("app", APP), ("location", BRANCH))
    add_schedule(ready.installation, "nightly", "batch", COMPANY, ScheduleChange("1d", stated))
    run_schedule(ready.installation, "nightly")
    assert worker(ready, point, occurrence) == -signal.SIGKILL
    assert worker(ready) == 0
    ours = ready.ours()
    assert len(ours) == len(set(ours)) == DOCUMENTS
    assert (ready.waiting(location=BRANCH), ready.half_batched()) == ([], [])
    assert len(ready.at_site("SELECT identifier FROM batch")) == 1
    (run,) = Runs(ready.installation.database).list(COMPANY)
    assert run.state is RunState.FINISHED
    lane = Work(ready.installation.database, ready.installation.clock).lane(COMPANY)
    assert (lane.waiting, lane.parked) == (0, 0)
    assert show_schedule(ready.installation, "nightly").standing is Standing.SUCCEEDED


@pytest.mark.parametrize(("point", "occurrence"), POINTS)
def test_who_comes_next_goes_on(us: Office, point: str, occurrence: int) -> None:
    assert_done_once_by_who_comes_next(us, point, occurrence)


@pytest.mark.parametrize("point", scheduled.DRAIN_POINTS)
def test_who_comes_next_goes_on_in_postgresql(on_a_server: Office, point: str) -> None:
    assert_done_once_by_who_comes_next(on_a_server, point)
