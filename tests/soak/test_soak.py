"""Many companies, two workers, and trouble all the time: the books equal what was accepted.

`make soak` runs it with 200 companies and 50 pushes for each, or with what CLARY_SOAK says;
the test suite runs a small one.  CLARY_SOAK_SEED repeats what was printed.
"""

from __future__ import annotations

import os
import secrets
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select

from clary.engine.owner import is_gone
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.work import WorkState
from clary.hub.work_tables import LANE, WORK_ITEM
from clary.kernel.clock import from_timestamp
from clary.ledger.fields import EditionName
from tests.databases import Server
from tests.soak.clients import Crowd
from tests.soak.judging import Verdict, judge
from tests.soak.processes import Command
from tests.soak.sites import Site, site
from tests.soak.trouble import Faults, Kills

pytestmark = [pytest.mark.kills]

SMALL = "6x10"
CLIENTS = 8
FEW = 8
WORKERS = ("first worker", "second worker")
STALLED_SECONDS = 120
"""So long nothing ends only if something hangs."""
LONGEST_WAIT = 30
"""Seconds for which a lane that could go on may be left alone, where few share the workers."""


@dataclass(frozen=True, slots=True)
class Size:
    """How large a soak is: companies, pushes for each, seconds between faults and kills."""

    companies: int
    pushes: int
    fault_seconds: float
    kill_seconds: float

    @classmethod
    def asked(cls) -> Size:
        """Return what the environment asks for."""
        companies, pushes = map(int, os.environ.get("CLARY_SOAK", SMALL).split("x"))
        is_small = companies * pushes < 1000
        return cls(companies, pushes, *((0.3, 3.0) if is_small else (0.3, 20.0)))


def seed() -> int:
    """Return the seed that is asked for, or a new one; it is printed."""
    return int(os.environ.get("CLARY_SOAK_SEED") or secrets.randbelow(1_000_000))


def tell(text: str) -> None:
    """Print something at once, to the terminal that runs the soak."""
    sys.stderr.write(f"{text}\n")
    sys.stderr.flush()


def companies_of(size: Size) -> dict[str, EditionName]:
    """Return the companies of a soak: both editions, in turn."""
    editions: tuple[EditionName, EditionName] = ("uk", "us")
    return {f"co{number:04}": editions[number % 2] for number in range(size.companies)}


@contextmanager
def running(place: Site, chance: Random, seconds: float) -> Iterator[Kills]:
    """Give a server and two workers of which one is killed now and then."""
    server = ("serve", "--no-worker", "--port", str(place.port))
    starts = {name: lambda: Command(place.environment, "worker") for name in WORKERS}
    starts["server"] = lambda: Command(place.environment, *server)
    kills = Kills(chance, starts, seconds)
    try:
        kills.wait_until_ready()
        yield kills
        kills.end()
    finally:
        kills.discard()


def pending(place: Site) -> int:
    """Return how many operations have not ended."""
    query = select(func.count()).where(PUSH_OPERATION.c.completed_at.is_(None))
    with place.installation.database.read() as read:
        return int(read.execute(query).scalar_one())


def left_alone(place: Site) -> float:
    """Return for how many seconds a lane has been left alone that could go on."""
    first = (
        select(WORK_ITEM.c.company, func.min(WORK_ITEM.c.accepted_at).label("accepted_at"))
        .where(WORK_ITEM.c.state == WorkState.WAITING.value)
        .group_by(WORK_ITEM.c.company)
        .subquery()
    )
    query = select(
        first.c.accepted_at, LANE.c.not_before, LANE.c.drained_at, LANE.c.draining_by
    ).join(LANE, LANE.c.company == first.c.company, isouter=True)
    with place.installation.database.read() as read:
        rows = read.execute(query).all()
    now, longest = datetime.now(UTC), 0.0
    for row in rows:
        if row.draining_by is None or is_gone(row.draining_by):
            moments = (row.accepted_at, row.not_before, row.drained_at)
            due = max(from_timestamp(each) for each in moments if each is not None)
            longest = max(longest, (now - due).total_seconds())
    return longest


def until_ended(place: Site, crowd: Crowd, trouble: Callable[[], None]) -> float:
    """Wait until everything was pushed and has ended, with trouble as long as it lasts.

    Returns:
        The most seconds for which a lane that could go on was left alone.
    """
    total = len(place.editions) * Size.asked().pushes
    began = told = moved = time.monotonic()
    before, longest = -1, 0.0
    while crowd.is_busy or before:
        trouble()
        crowd.check()
        time.sleep(0.2)
        left, now = pending(place), time.monotonic()
        longest = max(longest, left_alone(place))
        if left != before or crowd.is_busy:
            before, moved = left, now
        assert now - moved < STALLED_SECONDS, f"{left} operations do not end"
        if now - told > 10:
            told = now
            tell(f"{now - began:6.0f} s: {left:6,} of {total:,} wait; left alone {longest:.1f} s")
    crowd.join()
    return longest


def report(size: Size, verdict: Verdict, seconds: float, faults: Faults, kills: Kills) -> None:
    """Print the figures of a soak that went well."""
    struck = faults.struck()
    tell(
        f"{size.companies} companies, {verdict.operations:,} operations in {seconds:.0f} s"
        f" ({verdict.operations / seconds:.1f} a second); longest time without an end of any"
        f" work that waited, faults included: {verdict.longest_wait:.1f} s; faults that struck:"
        f" {struck.total()} {dict(struck)}; kills: {kills.counts.total()} {dict(kills.counts)}"
    )


def test_a_soak_with_faults_and_kills_ends_with_all_books_right(
    tmp_path: Path, server: Server
) -> None:
    size, chosen = Size.asked(), seed()
    tell(f"\nsoak of {size.companies} x {size.pushes}, CLARY_SOAK_SEED={chosen}")
    chance = Random(chosen)  # noqa: S311 - no secret
    url = server.url(server.new(migrated=True))
    with site(tmp_path, companies_of(size), url) as place:
        paths = [place.installation.sandbox_file(name) for name in place.editions]
        with running(place, chance, size.kill_seconds) as kills:
            load = place.link(chosen)
            shares = [load[number::CLIENTS] for number in range(CLIENTS) if load[number::CLIENTS]]
            crowd = Crowd(place.installation, lambda: place.address, shares, each=size.pushes)
            strikes = Random(chosen)  # noqa: S311 - no secret
            faults = Faults(strikes, paths, size.fault_seconds)
            began = time.monotonic()
            crowd.start()
            try:
                longest = until_ended(place, crowd, kills.if_due)
            finally:
                faults.stop()
            seconds = time.monotonic() - began
        verdict = judge(place.installation, load, place.editions, kills.killed)
        report(size, verdict, seconds, faults, kills)
        tell(f"longest time for which a lane that could go on was left alone: {longest:.1f} s")
    assert verdict.operations == size.companies * size.pushes
    if size.companies <= FEW:  # one worker may be fast enough for all of them
        assert longest < LONGEST_WAIT
    else:
        assert len(verdict.writers) >= len(WORKERS)
