"""Syncs payments and kills itself at a given moment; started by test_payments_kills.

python -m tests.hub.payments_killed HOME POINT OCCURRENCE
"""

from __future__ import annotations

import sys
from pathlib import Path

from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start
from clary.hub.installation import Installation
from clary.hub.services.payments import plan_sync
from clary.kernel.clock import FixedClock
from clary.kernel.settings import read
from tests.hub.batch.killed import Killer, apply
from tests.paying import NOON


def main(home: Path, point: str, occurrence: int) -> None:
    """Plan and apply; print the points that were passed, if it lives that long."""
    killer = Killer(point, occurrence)
    stated = {"CLARY_HOME": str(home), "CLARY_SECRETS": "file", "CLARY_GROUP_DOCUMENTS": "2"}
    settings = read(stated)
    with Installation(settings, FixedClock(NOON), "Ada") as installation:
        planned = plan_sync(installation, "cw", "books", Start.LAST, Way.FAST)
        killer("plan stored")
        apply(installation, planned.plan.plan.id, killer, "books")
    sys.stdout.write("\n".join(killer.trips))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
