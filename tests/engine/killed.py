"""Applies a fixed plan and kills itself at a given moment; started by test_kills.

python -m tests.engine.killed FOLDER POINT OCCURRENCE
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.owner import this_process
from clary.engine.runs import UNFINISHED
from clary.kernel.change import Action, Change, Ref
from tests.engine.little_store import LittleStore
from tests.engine.workshop import Workshop, customer, invoice, invoices, update, void

STORE_POINTS = ("before commit", "after commit")
POINTS = (*JOURNAL_POINTS, *STORE_POINTS)


def prepare(store: LittleStore) -> None:
    """Put in what is there before the plan."""
    store.put("customer", "OLD", {"id": "OLD", "name": "Before"})
    store.put("customer", "GONE", {"id": "GONE"})


def entries() -> Iterable[Change]:
    """Yield a plan with every kind of change, references and dependencies."""
    yield customer(1, "NEW")
    yield update(2, "OLD", {"name": "Before"}, {"name": "After"})
    yield Change(3, "shop", Action.DELETE, "customer", "GONE", {"id": "GONE"})
    yield from invoices(12, first=4)
    yield invoice(16, after={"amount": "1.00", "for": Ref(1, "id").as_value()}, depends_on=(1, 4))
    yield void(17, Ref(5, "key").as_key(), depends_on=(5,))
    yield update(18, "OLD", {"name": "After"}, {"name": "Twice"}, depends_on=(2,))


def customers_wanted() -> list[dict[str, object]]:
    """Return the customers as they must be at the end."""
    return [{"id": "NEW", "name": "Customer NEW"}, {"id": "OLD", "name": "Twice"}]


class Killer:
    """Kills the process when a point is reached for the nth time."""

    def __init__(self, point: str, occurrence: int) -> None:
        self._point = point
        self._left = occurrence

    def __call__(self, point: str) -> None:
        self._left -= point == self._point
        if not self._left:
            os.kill(os.getpid(), signal.SIGKILL)


def main(folder: Path, point: str, occurrence: int) -> None:
    """Go on with the run that an earlier process left, or apply the plan."""
    killer = Killer(point, occurrence)
    store = LittleStore(folder / "little.db", trip=killer)
    with Workshop(folder, trip=killer, store=store, takes_over=True) as workshop:
        lease = workshop.lease(this_process("killed"))
        left = [run for run in workshop.runs.list() if run.state in UNFINISHED]
        if left:
            workshop.executor.resume(left[0].id, workshop.targets, lease)
        else:
            plan = workshop.plans.list() or [workshop.plan(*entries())]
            workshop.executor.apply(plan[0].id, workshop.targets, lease)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
