"""Runs a batch and kills itself at a given moment; started by test_batch_kills.

python -m tests.hub.batch.killed FOLDER POINT OCCURRENCE
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

from clary.companies.contract import Fence
from clary.companies.target import CompanyTarget
from clary.engine.executor import Executor
from clary.engine.lease import Leases
from clary.engine.owner import is_gone, this_process
from clary.flows.batch.fetching import Piece, pieces
from clary.flows.batch.listing import Listing
from clary.flows.batch.making import Batches
from clary.flows.batch.planning import store
from clary.flows.batch.reading import Reader
from clary.flows.batch.register import Register
from clary.flows.batch.requests import BatchRequest, Place, Selection
from clary.flows.batch.settings import BatchSettings
from clary.hub.installation import Installation
from clary.hub.services.apps import app_target
from clary.hub.services.batch_sides import author_of, opened_sides
from clary.hub.services.opening import open_company
from clary.hub.services.targets import Targets
from clary.kernel.settings import read
from tests.hub.batch.office import APP, BRANCH, COMPANY

NUMBER = "KILLED"
PLANNING = ("export computed", "plan stored")


class Killer:
    """Kills the process when a point is reached for the nth time; notes every point."""

    def __init__(self, point: str, occurrence: int) -> None:
        self.trips: list[str] = []
        self._point = point
        self._occurrence = occurrence

    def __call__(self, point: str) -> None:
        self.trips.append(point)
        if point == self._point and self.trips.count(point) == self._occurrence:
            os.kill(os.getpid(), signal.SIGKILL)


def plan(installation: Installation, killer: Killer) -> str:
    """Plan the batch of one location; every export that was computed is a point."""

    def watched(fetched: Iterable[Piece]) -> Iterator[Piece]:
        for piece in fetched:
            killer("export computed")
            yield piece

    with opened_sides(installation, APP, COMPANY) as sides:
        listing = Listing(sides.accounting)
        selection = Selection(location=Place(2, BRANCH))
        request = BatchRequest(selection, NUMBER)
        register = Register(installation.database, installation.clock)
        batches = Batches(register, installation.clock, APP, COMPANY, request)
        fetched = pieces(sides.accounting, Reader(), listing.candidates(selection))
        author = author_of(installation)
        found = store(sides, request, BatchSettings(), author, batches, watched(fetched))
    killer("plan stored")
    return found.id


def apply(installation: Installation, plan_id: str, killer: Killer, company: str = COMPANY) -> None:
    """Apply the plan as the services do, with the killer at every point of the journal."""
    opened = open_company(installation, company)
    leases = Leases(installation.database, installation.clock, is_gone=is_gone)
    executor = Executor(
        installation.database, installation.settings, installation.clock, trip=killer
    )
    with (
        leases.acquire(opened.info.identity, this_process("killed"), 60) as lease,
        ExitStack() as sessions,
    ):
        fence = Fence(lease.owner, lease.epoch)
        session = sessions.enter_context(opened.company.session(write=True, fence=fence))
        target = CompanyTarget(session, opened.info)
        targets = Targets(
            company, target, lambda name: app_target(installation, name, sessions, lease.check)
        )
        executor.apply(plan_id, targets, lease)


def main(folder: Path, point: str, occurrence: int) -> None:
    """Plan and apply; print the points that were passed, if it lives that long."""
    killer = Killer(point, occurrence)
    settings = read({"CLARY_HOME": str(folder / "home"), "CLARY_SECRETS": "file"})
    with Installation(settings, actor="Ada Lovelace") as installation:
        apply(installation, plan(installation, killer), killer)
    sys.stdout.write("\n".join(killer.trips))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
