"""A server or worker that kills or stops itself at a given point; runs in a process of its own."""

from __future__ import annotations

import os
import signal
from dataclasses import dataclass
from multiprocessing.connection import Connection
from threading import Lock

from clary.api import server
from clary.hub.installation import Installation
from clary.hub.lanes import Lanes
from clary.kernel.settings import read

NEVER = "never"
"""A point that is never reached."""

LANES = 4


@dataclass(frozen=True, slots=True)
class Order:
    """What a process is to do.

    Attributes:
        port: it serves there; none for a worker.
        works: it works on lanes.
        point: where it stops.
        occurrence: at which of its passes there.
        signal: what it sends itself then: SIGKILL, or SIGSTOP to be let go on later.
    """

    port: int | None = None
    works: bool = True
    point: str = NEVER
    occurrence: int = 1
    signal: int = signal.SIGKILL


class Stopper:
    """Stops the process when a point is reached for the nth time, and tells so before."""

    def __init__(self, order: Order, tell: Connection) -> None:
        self._order = order
        self._tell = tell
        self._left = order.occurrence
        self._lock = Lock()

    def __call__(self, point: str) -> None:
        if point != self._order.point:
            return
        with self._lock:  # which is never given back by a process that is killed
            self._left -= 1
            if self._left == 0:
                self._tell.send(point)
                os.kill(os.getpid(), self._order.signal)


def run(environment: dict[str, str], order: Order, tell: Connection) -> None:
    """Serve or work until told to end, or until the point is reached."""
    os.environ.update(environment)
    with Installation(read(os.environ)) as installation:
        installation.trip = Stopper(order, tell)
        lanes = Lanes(installation, at_once=LANES) if order.works else None
        if order.port is not None:
            address = ("127.0.0.1", order.port)
            server.serve(installation, lanes, address, lambda _: tell.send("ready"))
        elif lanes is not None:
            server.work(installation, lanes, lambda: tell.send("ready"))
