"""Works on the lanes of an installation, and kills itself at a given moment.

python -m tests.hub.work.killed POINT OCCURRENCE

It ends by itself once no work is left.  `none` is a point that is never reached.
"""

from __future__ import annotations

import os
import signal
import sys
import time

from clary.hub.installation import Installation
from clary.hub.lanes import Lanes
from clary.hub.work import Work
from tests.engine.killed import Killer

PATIENCE_SECONDS = 50


def main(point: str, occurrence: int) -> int:
    """Work until nothing waits; tell by the exit code whether that was so in time."""
    with Installation() as installation:
        installation.trip = Killer(point, occurrence)
        lanes = Lanes(installation, at_once=4)
        lanes.start()
        work = Work(installation.database, installation.clock)
        until = time.monotonic() + PATIENCE_SECONDS
        while any(lane.waiting for lane in work.lanes()) and time.monotonic() < until:
            time.sleep(0.1)
        left = sum(lane.waiting for lane in work.lanes())
        lanes.stop()
    return int(left > 0)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    code = main(sys.argv[1], int(sys.argv[2]))
    sys.stdout.flush()
    os._exit(code)
