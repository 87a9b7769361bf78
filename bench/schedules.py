"""What thousands of companies on a schedule cost while nothing changes.

Every company has a file and a connection of its own and is looked at every 15 minutes.  The
looks are spread over these 15 minutes as they are in an installation that runs for long, and a
part of them passes in real time: nothing is compressed, and everything that `clary serve` does
on the way counts (its engine, ticks, sweeps and heartbeats).
"""

from __future__ import annotations

import shutil
import time
from datetime import timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select

from bench.office import Office, office
from bench.processes import cpu_seconds, serving
from clary.companies.sandbox.values import set_values
from clary.hub.connections import Connection, ConnectionKind, Door
from clary.hub.schedules import SCHEDULES, Schedule, Schedules
from clary.hub.work_tables import SCHEDULE
from clary.kernel.identifiers import new_id

EVERY: Final = timedelta(minutes=15)
_BEFORE: Final = 5.0
"""Seconds that the server runs before the measurement begins."""


def measured(folder: Path, companies: int, seconds: float) -> dict[str, float]:
    """Return what the companies cost.

    Args:
        folder: an empty folder.
        companies: how many.
        seconds: how long to look on.

    Returns: `share`, part of one core; `looks` in that time; `idle`, part of one core before
        the first schedule was made; `memory` of the process in MB.
    """
    with office(folder / "home") as made:
        connect(made, companies)
        with serving(made.environment) as server:
            time.sleep(_BEFORE)
            idle = _share(server.pid, seconds / 4)
            schedule(made, companies)
            time.sleep(_BEFORE)
            before = _looks(made)
            share = _share(server.pid, seconds)
            looks = _looks(made) - before
            memory = server.memory()
    return {"share": share, "looks": looks, "idle": idle, "memory": memory}


def connect(made: Office, companies: int) -> None:
    """Connect companies, each with a file of its own."""
    installation = made.installation
    [template] = installation.company_files()
    pattern = installation.connections.all(ConnectionKind.COMPANY)[0]
    for number in range(companies):
        name, identity = f"c{number:05}", new_id("company")
        path = installation.sandbox_file(name)
        shutil.copy(template, path)
        set_values(path, identity=identity)
        door = Door("sandbox", {"file": installation.stored_path(path)})
        installation.connections.add(
            Connection(
                name,
                ConnectionKind.COMPANY,
                (door,),
                pattern.title,
                pattern.edition,
                identity,
                pattern.generation,
                pattern.created_at,
                pattern.updated_at,
            )
        )


def schedule(made: Office, companies: int) -> None:
    """Have every company looked at each quarter of an hour, spread evenly."""
    installation = made.installation
    now = installation.clock.now()
    schedules = Schedules(installation.database, installation.clock)
    with installation.database.write(SCHEDULES) as write:
        for number in range(companies):
            name = f"c{number:05}"
            first = now + EVERY * number / companies
            author = installation.actor
            schedules.put(write, Schedule(name, name, "check", "{}", EVERY, first, author=author))


def _looks(made: Office) -> int:
    query = select(func.count()).where(SCHEDULE.c.ended_at.is_not(None))
    with made.installation.database.read() as read:
        return int(read.execute(query).scalar_one())


def _share(pid: int, seconds: float) -> float:
    before, started = cpu_seconds(pid), time.perf_counter()
    time.sleep(seconds)
    return (cpu_seconds(pid) - before) / (time.perf_counter() - started)
