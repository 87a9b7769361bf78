"""Kill -9 of a worker at every point: all work ends once, in order, and no lane stays blocked.

One worker after another is started, each of them killed at the next point while plans wait;
it must have been killed at that very point.  The last one goes on to the end.
"""

from __future__ import annotations

import time
from collections import Counter
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
from tests.databases import KINDS
from tests.hub.work.office import company, customers, queue_customers, work_of
from tests.soak.armed import NEVER, Order
from tests.soak.processes import Armed, discarded

pytestmark = [pytest.mark.kills]

COMPANIES = ("Alpha", "Beta", "Gamma")
POINTS = (*DRAIN_POINTS, *JOURNAL_POINTS)
LONGEST_BLOCK = 30
MOST_ROUNDS = 20


class Lanes:
    """An installation with companies, plans that wait for them, and workers.

    Attributes:
        installation: the installation.
        queued: how many plans were queued for each company.
    """

    def __init__(self, installation: Installation, settings: dict[str, str]) -> None:
        self.installation = installation
        self.queued: Counter[str] = Counter()
        self.workers: list[Armed] = []
        self._settings = settings
        for name in COMPANIES:
            company(installation, name)

    def queue(self) -> None:
        """Have one more plan wait for each company."""
        for name in COMPANIES:
            number = self.queued[name]
            queue_customers(self.installation, name, f"{number}A", f"{number}B")
            self.queued[name] += 1

    def worker(self, point: str = NEVER, occurrence: int = 1) -> Armed:
        """Start a worker and return it once it works."""
        made = Armed(self._settings, Order(point=point, occurrence=occurrence))
        self.workers.append(made)
        made.wait_until_ready()
        return made

    def assert_done(self) -> None:
        """Wait until nothing waits, and make sure that all was done once and in order."""
        work, until = work_of(self.installation), time.monotonic() + LONGEST_BLOCK
        while any(lane.waiting for lane in work.lanes()):
            assert time.monotonic() < until, work.lanes()
            time.sleep(0.05)
        for worker in self.workers:
            if not worker.is_gone:
                worker.end()
        for name, plans in self.queued.items():
            assert work.lane(name).parked == 0
            wanted = [f"{number}{letter}" for number in range(plans) for letter in "AB"]
            assert customers(self.installation, name) == wanted
            done = list(reversed(Runs(self.installation.database).list(name, limit=1000)))
            assert [run.state for run in done] == [RunState.FINISHED] * plans
            assert [(run.applied + run.skipped, run.planned) for run in done] == [(2, 2)] * plans
            assert all(a.ended_at and a.ended_at <= b.started_at for a, b in pairwise(done))


@pytest.fixture
def lanes(tmp_path: Path, migrated_url: str) -> Iterator[Lanes]:
    settings = {
        "CLARY_HOME": str(tmp_path / "home"),
        "CLARY_SECRETS": "file",
        "CLARY_DATABASE_URL": migrated_url,
    }
    with Installation(read(settings), actor="Ada") as installation:
        made = Lanes(installation, settings)
        with discarded(made.workers):
            yield made


@pytest.mark.both_databases
def test_who_comes_after_a_killed_worker_goes_on(lanes: Lanes) -> None:
    for number, point in enumerate(POINTS):
        lanes.queue()
        lanes.worker(point, 1 + number % len(COMPANIES)).wait_until_killed()
    lanes.worker()
    lanes.assert_done()


@pytest.mark.both_databases
def test_without_the_file_of_the_engine_nothing_is_lost(lanes: Lanes, database_kind: str) -> None:
    lanes.queue()
    lanes.queue()
    lanes.worker("group handled", 2).wait_until_killed()
    if database_kind == "postgresql":
        with lanes.installation.database.write() as connection:
            connection.exec_driver_sql("drop schema clary_lanes cascade")
    else:
        for file in lanes.installation.settings.home.glob(f"{ENGINE_FILE}*"):
            file.unlink()
    lanes.worker()
    lanes.assert_done()


@pytest.mark.parametrize("database_kind", KINDS[1:], indirect=True)
def test_another_worker_frees_the_lanes_of_a_killed_one(lanes: Lanes) -> None:
    lanes.worker()
    for point in POINTS:
        killed = lanes.worker(point)
        for _ in range(MOST_ROUNDS):  # the other one may be faster
            lanes.queue()
            if killed.has_spoken(0.3):
                break
        killed.wait_until_killed()
    lanes.assert_done()
