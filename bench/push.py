"""Accepted pushes a second, beside a bare route that stores an equal row just as durably.

Both are served by a process of their own with the same settings, and are asked by the same
client over as many connections; rounds of both take turns.  Pushes are measured while their
company is paused, so that nothing but accepting goes on, and again while the same process
works off what was accepted before.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import insert

from bench.bare import COMPANY, WAYS
from bench.load import Answered, Asked, load
from bench.office import BOOKS, TEXT, Office, office
from bench.processes import Server, cpu_seconds, process, serving
from clary.hub.push.tables import PUSH_COMPANY
from clary.hub.work import Work, scope
from clary.store.database import Database

PAUSED: Final = "paused"
DRAINING: Final = "draining"
PATIENCE_SECONDS: Final = 60
"""How long what is being written may take to its end."""

WARM: Final = 300
"""Requests before the first round, which nobody counts."""


@dataclass(slots=True)
class Measured:
    """What one kind of server came to.

    Attributes:
        answered: one for each round.
        busy: milliseconds of processor time of the server for each request, by round.
        drained: documents written into the company a second meanwhile, by round.
    """

    answered: list[Answered] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    drained: list[float] = field(default_factory=list)


def measured(
    folder: Path, databases: Callable[[str], str], rounds: int, requests: int, connections: int
) -> dict[str, Measured]:
    """Return what came of each: ways of the bare route, and pushes paused and draining.

    Args:
        folder: an empty folder.
        databases: returns the URL of a new database of this name.
        rounds: how often each is asked in its turn.
        requests: requests of a round.
        connections: how many of them are under way at a time.
    """
    found: dict[str, Measured] = {}
    first = 0
    with (
        office(folder / "home", databases("ours")) as made,
        _bares(databases("bare")) as bares,
        serving(made.environment) as server,
    ):
        asked = {name: Asked(bare.url, TEXT) for name, bare in bares.items()}
        pushes = Asked(f"{server.url}{made.path}", TEXT, key=made.key)
        asked |= {PAUSED: pushes, DRAINING: pushes}
        servers = {**bares, PAUSED: server, DRAINING: server}
        for number in range(rounds + 1):
            print(f"pushes, round {number} of {rounds}", file=sys.stderr)
            for name, one in asked.items():
                _pause(made, paused=name != DRAINING)
                count = requests if number else WARM
                before = _written(made)
                what = Asked(
                    one.url,
                    one.body,
                    key=one.key,
                    requests=count,
                    first=first,
                    connections=connections,
                )
                busy = cpu_seconds(servers[name].pid)
                answered = load(what)
                first += count
                if number:
                    used = cpu_seconds(servers[name].pid) - busy
                    kept = found.setdefault(name, Measured())
                    kept.answered.append(answered)
                    kept.busy.append(used / count * 1_000)
                    kept.drained.append((_written(made) - before) / count * answered.rate)
    return found


@contextmanager
def _bares(url: str) -> Iterator[dict[str, Server]]:
    database = Database.open(url)
    database.migrate()
    with database.write() as write:
        values = dict.fromkeys(("id", "name", "created_by"), COMPANY)
        write.execute(insert(PUSH_COMPANY).values(**values, tags="{}", created_at=COMPANY))
    database.close()
    with process(_command(WAYS[0], url), {}) as one, process(_command(WAYS[1], url), {}) as two:
        yield dict(zip(WAYS, (one, two), strict=True))


def _command(way: str, url: str) -> list[str]:
    return [sys.executable, "-m", "bench.bare", way, url]


def _pause(made: Office, *, paused: bool) -> None:
    """Pause the company and wait until nothing is written any more, or go on with it."""
    work = Work(made.installation.database, made.installation.clock)
    with made.installation.database.write(scope(BOOKS)) as write:
        if paused:
            work.pause(write, BOOKS, "bench")
        else:
            work.resume(write, BOOKS)
    until = time.monotonic() + PATIENCE_SECONDS
    while paused and work.lane(BOOKS).draining_by is not None:
        if time.monotonic() > until:
            raise TimeoutError(BOOKS)
        time.sleep(0.05)


def _written(made: Office) -> int:
    """Return how many pushes have ended."""
    with made.installation.database.read() as read:
        return int(
            read.exec_driver_sql(
                "SELECT count(*) FROM push_operations WHERE completed_at IS NOT NULL"
            ).scalar_one()
        )
