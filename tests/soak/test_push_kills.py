"""Kill -9 of servers and workers at every point, while clients keep pushing.

All points of one kind of process share one load: a process is killed at one point after
another and started again each time, and the clients never stop.  Each must have been killed
at the very point that was meant.  At the end everything that was answered is compared with
the books.
"""

from __future__ import annotations

import os
import re
import signal
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from clary.engine.executor import JOURNAL_POINTS
from clary.hub.draining import DRAIN_POINTS, LEASE_SECONDS
from clary.hub.notifying.delivering import POINTS as MESSAGE_POINTS
from clary.hub.push.accepting import ACCEPT_POINTS
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.pushing import PUSH_POINTS
from clary.ledger.fields import EditionName
from tests.databases import KINDS
from tests.soak.armed import Order
from tests.soak.clients import Books, Crowd
from tests.soak.judging import Verdict, judge
from tests.soak.leases import LeaseWatch
from tests.soak.processes import Armed, discarded
from tests.soak.sites import Site, site
from tests.surroundings import ROOT

pytestmark = [pytest.mark.kills]

COMPANIES: dict[str, EditionName] = {"north": "uk", "west": "us", "south": "uk", "east": "us"}
WORK_POINTS = (*DRAIN_POINTS, *PUSH_POINTS, *JOURNAL_POINTS)
PAUSE = 0.1
"""Seconds between two pushes of a client: what waits stays so little that looks are short."""
LONGEST_BLOCK = 30
MOST_PASSES = 3
ROUNDS = 5 if "CLARY_SOAK" in os.environ else 1
"""How often a process is killed at each point, each time at another pass there."""

SEED = 7
LEASE_IS_OVER = LEASE_SECONDS + 2
"""Seconds after which nobody's lease lasts that is not renewed."""


@pytest.fixture
def place(tmp_path: Path, migrated_url: str) -> Iterator[Site]:
    """Give an installation with companies of both editions; nothing of it runs yet."""
    with site(tmp_path, COMPANIES, migrated_url) as made:
        yield made


@pytest.fixture
def processes() -> Iterator[list[Armed]]:
    """Give a list for the processes of a test, none of which survives it."""
    started: list[Armed] = []
    with discarded(started):
        yield started


class Load:
    """Clients that push all the time, and the processes that they push to.

    Attributes:
        killed: numbers of the processes that were killed.
        starts: when a process began to work, or went on, in seconds since the epoch.
    """

    def __init__(self, place: Site, processes: list[Armed]) -> None:
        self.place = place
        self.killed: set[int] = set()
        self._processes = processes
        self.starts: list[float] = []
        self._chance = Random(SEED)  # noqa: S311 - no secret

    def start(self, order: Order) -> Armed:
        """Start a process and return it once it works."""
        process = Armed(self.place.environment, order)
        self._processes.append(process)
        process.wait_until_ready()
        self.starts.append(time.time())
        return process

    def server(self, *, works: bool = True) -> Armed:
        """Start a server that is never killed."""
        return self.start(Order(self.place.port, works))

    def killed_at(self, point: str, port: int | None = None) -> None:
        """Start a process, a worker if no port is given, and wait until it was killed.

        A server passes each point several times; a worker shares its passes with another.
        """
        passes = 1 if port is None else self._chance.randint(1, MOST_PASSES)
        process = Armed(self.place.environment, Order(port, point=point, occurrence=passes))
        self._processes.append(process)
        self.killed.add(process.pid)
        process.wait_until_ready()
        self.starts.append(time.time())
        process.wait_until_killed()

    @contextmanager
    def pushing(self, load: list[Books]) -> Iterator[Crowd]:
        """Let two clients push to every company until the end of the block."""
        shares = [load[0::2], load[1::2]]
        installation, address = self.place.installation, lambda: self.place.address
        crowd = Crowd(installation, address, shares, pause=PAUSE)
        crowd.start()
        try:
            yield crowd
        finally:
            crowd.stopped.set()
        crowd.stop()

    def judged(self, load: list[Books]) -> Verdict:
        """Wait until all has ended, and judge it; no lane may have been blocked for long."""
        left, moved = -1, time.monotonic()
        while now := self._left():
            if now != left:
                left, moved = now, time.monotonic()
            assert time.monotonic() < moved + LONGEST_BLOCK, f"{left} operations do not end"
            time.sleep(0.1)
        for process in self._processes:
            if not process.is_gone:
                process.end()
        place = self.place
        verdict = judge(place.installation, load, place.editions, self.killed, self.starts)
        assert verdict.longest_wait < LONGEST_BLOCK
        return verdict

    def _left(self) -> int:
        query = select(func.count()).where(PUSH_OPERATION.c.completed_at.is_(None))
        with self.place.installation.database.read() as read:
            return int(read.execute(query).scalar_one())


@pytest.fixture
def load(place: Site, processes: list[Armed]) -> Load:
    return Load(place, processes)


def watch_of(place: Site) -> LeaseWatch:
    """Return a watch of the leases on all companies."""
    found = {}
    for name in COMPANIES:
        path = place.installation.sandbox_file(name)
        with closing(sqlite3.connect(path)) as books:
            query = "SELECT value FROM company WHERE name = 'identity'"
            [(identity,)] = books.execute(query).fetchall()
        found[str(identity)] = path
    return LeaseWatch(place.installation, found)


def test_every_point_has_its_place() -> None:
    """No point is reached that no table has: it would never be killed at."""
    reached = {
        point
        for path in (ROOT / "src/clary").rglob("*.py")
        for point in re.findall(r'(?<![a-z])trip\("([^"]+)"\)', path.read_text(encoding="utf-8"))
    }
    assert reached - {*MESSAGE_POINTS} == {*ACCEPT_POINTS, *WORK_POINTS}


@pytest.mark.both_databases
def test_a_server_that_is_killed_goes_on_when_it_is_started_again(load: Load) -> None:
    first = load.server()
    books = load.place.link(SEED, "AB")
    first.end()
    with load.pushing(books):
        for point in ROUNDS * (*ACCEPT_POINTS, *WORK_POINTS):
            load.killed_at(point, load.place.port)
        load.server()
    verdict = load.judged(books)
    assert verdict.writers - load.killed


@pytest.mark.parametrize("database_kind", KINDS[1:], indirect=True)
def test_the_other_worker_goes_on_where_one_of_two_is_killed(load: Load) -> None:
    load.server(works=False)
    books = load.place.link(SEED, "AB")
    other = load.start(Order())
    with watch_of(load.place) as watch, load.pushing(books):
        for point in ROUNDS * WORK_POINTS:
            load.killed_at(point)
    verdict = load.judged(books)
    assert other.pid in verdict.writers
    assert verdict.writers & load.killed
    assert len(set(watch.owners.values())) > 2


@pytest.mark.parametrize("database_kind", KINDS[1:], indirect=True)
def test_a_worker_that_wakes_after_its_lease_was_taken_writes_nothing(load: Load) -> None:
    """It stops just before it writes, as a machine does that sleeps, and goes on too late.

    Meanwhile its session at Sage is in the way of the other one, as it would be there.
    """
    load.server(works=False)
    books = load.place.link(SEED, "AB")
    frozen = load.start(Order(point="chunk looked at", signal=signal.SIGSTOP))
    with load.pushing(books):
        frozen.wait_until_reached()
        load.killed.add(frozen.pid)  # its session stays, and may be found in the way
        load.start(Order())
        time.sleep(LEASE_IS_OVER)
        frozen.go_on()
        load.starts.append(time.time())  # nobody could log on while it slept
    load.judged(books)
