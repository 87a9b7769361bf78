"""Delivers the messages of an installation, and kills itself at a given moment.

python -m tests.hub.notifying.killed POINT OCCURRENCE

`none` is a point that is never reached.
"""

from __future__ import annotations

import os
import sys

from clary.hub.installation import Installation
from clary.hub.notifying.delivering import Deliverer
from clary.hub.notifying.subscriptions import Channel
from tests.engine.killed import Killer


def main(point: str, occurrence: int) -> None:
    """Deliver what is due."""
    with Installation() as installation:
        installation.trip = Killer(point, occurrence)
        deliverer = Deliverer(installation, Channel.MAIL)
        deliverer.give_back()
        while deliverer.deliver_one():
            pass


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
    sys.stdout.flush()
    os._exit(0)
