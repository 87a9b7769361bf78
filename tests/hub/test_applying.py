"""One writer at a time: the lease is waited for, told about, and given up in time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clary.hub.installation import Installation
from clary.hub.services.applying import Waiting, acquired
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Busy

pytestmark = pytest.mark.both_databases

IDENTITY = "{1}"


def test_a_free_company_is_taken_at_once_in_the_name_of_the_person(
    installation: Installation,
) -> None:
    with acquired(installation, IDENTITY, Waiting(patience=timedelta(0))) as lease:
        assert lease.owner.startswith("Ada")


def test_the_one_before_is_waited_for_and_told_once(
    installation: Installation, clock: FixedClock
) -> None:
    first = acquired(installation, IDENTITY, Waiting())
    told: list[str] = []
    pauses = 0

    def pause() -> None:
        nonlocal pauses
        pauses += 1
        clock.advance(timedelta(seconds=1))
        if pauses == 3:
            first.release()

    second = acquired(installation, IDENTITY, Waiting(notice=told.append, pause=pause))
    assert (pauses, len(told)) == (3, 1)
    assert told[0].startswith("Waiting: Ada")
    assert second.epoch > first.epoch


def test_patience_ends(installation: Installation, clock: FixedClock) -> None:
    first = acquired(installation, IDENTITY, Waiting())

    def pause() -> None:
        clock.advance(timedelta(seconds=10))
        first.renew()

    waiting = Waiting(patience=timedelta(minutes=1), pause=pause)
    with pytest.raises(Busy) as caught:
        acquired(installation, IDENTITY, waiting)
    assert caught.value.code == "LEASE_HELD"


def test_a_lease_that_ran_out_is_taken_over(installation: Installation, clock: FixedClock) -> None:
    first = acquired(installation, IDENTITY, Waiting())
    clock.advance(timedelta(seconds=installation.settings.lease_seconds + 1))
    second = acquired(installation, IDENTITY, Waiting(patience=timedelta(0)))
    assert second.epoch > first.epoch
