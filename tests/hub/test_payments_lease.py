"""A site that is slow makes nobody write a payment twice, however long it takes."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest

from clary.engine.runs import Runs
from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, RunAnswer, Waiting, resume_run
from clary.hub.services.opening import open_company
from clary.hub.services.payments import SyncPlanned, plan_sync, run_sync
from clary.kernel.clock import Clock, FixedClock, SystemClock
from clary.kernel.errors import Busy, ClaryError
from clary.kernel.settings import read
from tests.paying import Billed, Paying

pytestmark = pytest.mark.usefixtures("permitted")
PAYMENTS = {"method": "POST", "path": "finance/invoices"}
LEASE_SECONDS = 3
"""Long enough for a thread that renews it on a machine that has other work."""


@contextmanager
def clerk(pair: Paying, actor: str, clock: Clock) -> Iterator[Installation]:
    """Give the installation to another process, with short leases."""
    home = str(pair.installation.settings.home)
    stated = {"CLARY_HOME": home, "CLARY_SECRETS": "file"}
    stated["CLARY_LEASE_SECONDS"] = str(LEASE_SECONDS)
    with Installation(read(stated), clock, actor) as installation:
        yield installation


class Background(threading.Thread):
    """A clerk who writes a sync, and how that ended.

    Attributes:
        error: what ended it; none if it ended well, or has not ended.
        sending: set as the first payments are about to be sent.
    """

    def __init__(self, installation: Installation, planned: SyncPlanned) -> None:
        super().__init__()
        self.error: ClaryError | None = None
        self.sending = threading.Event()
        installation.trip = self._reached
        self._installation = installation
        self._planned = planned

    def run(self) -> None:
        try:
            run_sync(self._installation, self._planned, Applying())
        except ClaryError as error:
            self.error = error

    def _reached(self, point: str) -> None:
        if point == "chunk looked at":
            self.sending.set()


def paid_in_sage(pair: Paying, count: int) -> list[Billed]:
    """Let as many invoices be paid in Sage, in part."""
    some = [pair.post() for _ in range(count)]
    for each in some:
        pair.pay(each, 1000)
    return some


def resumed(installation: Installation, patience: timedelta) -> RunAnswer:
    """Go on with the run that another process has begun."""
    identity = open_company(installation, "books").info.identity
    (run,) = Runs(installation.database).unfinished(identity)
    return resume_run(installation, run.id, Applying(waiting=Waiting(patience=patience)))


def test_who_writes_to_a_slow_site_keeps_the_company(pair: Paying) -> None:
    with clerk(pair, "One", SystemClock()) as one, clerk(pair, "Two", SystemClock()) as two:
        some = paid_in_sage(pair, 3)
        planned = plan_sync(one, "cw", "books", Start.LAST, Way.FAST)
        pair.fault("slow", seconds=3 * LEASE_SECONDS, **PAYMENTS)
        writing = Background(one, planned)
        writing.start()
        assert writing.sending.wait(60), writing.error
        time.sleep(1.5 * LEASE_SECONDS)
        with pytest.raises(Busy) as caught:
            resumed(two, timedelta(0))
        writing.join()
        assert (caught.value.code, writing.error) == ("LEASE_HELD", None)
    assert [pair.paid(each) for each in some] == [[("P", "10.00", None)]] * 3


def test_who_lost_the_company_on_the_way_writes_nothing_more(pair: Paying) -> None:
    """Nothing tells a process that was stopped for an hour that the world has gone on."""
    clock = FixedClock(SystemClock().now())
    with clerk(pair, "One", clock) as one, clerk(pair, "Two", clock) as two:
        some = paid_in_sage(pair, 3)
        planned = plan_sync(one, "cw", "books", Start.LAST, Way.FAST)
        pair.fault("slow", seconds=4, **PAYMENTS)
        writing = Background(one, planned)
        writing.start()
        assert writing.sending.wait(60), writing.error
        time.sleep(1)
        clock.advance(timedelta(hours=1))
        writing.join()
        assert writing.error is not None
        assert writing.error.code == "LEASE_LOST"
        assert sum(len(pair.paid(each)) for each in some) == 1
        assert resumed(two, timedelta(0)).run.applied == 3
    assert [pair.paid(each) for each in some] == [[("P", "10.00", None)]] * 3
