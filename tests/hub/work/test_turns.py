"""Companies behind one Sage installation: one at a time, in fair turns."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clary.hub.draining import drain
from clary.hub.installation import Installation
from clary.hub.services.deciding import change_decision
from clary.hub.turns import KEPT, SESSION_TAKEN, turn
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Busy
from tests.hub.work.office import company, customers, queue_customers

pytestmark = pytest.mark.both_databases

GROUP = "SERVER1/clary/sdo"


def refused(installation: Installation, name: str) -> bool:
    try:
        with turn(installation, GROUP, name, 20):
            return False
    except Busy as error:
        return error.code == SESSION_TAKEN.name


def test_one_company_is_worked_on_at_a_time(installation: Installation) -> None:
    with turn(installation, GROUP, "Alpha", 20):
        assert refused(installation, "Beta")
    assert not refused(installation, "Beta")


def test_companies_of_other_groups_and_of_none_do_not_wait(installation: Installation) -> None:
    with (
        turn(installation, GROUP, "Alpha", 20),
        turn(installation, "SERVER2/clary/sdo", "Beta", 20),
        turn(installation, None, "Gamma", 20),
    ):
        assert refused(installation, "Delta")


def test_who_was_refused_first_goes_first(installation: Installation, clock: FixedClock) -> None:
    with turn(installation, GROUP, "Alpha", 20):
        assert refused(installation, "Gamma")
        clock.advance(timedelta(seconds=1))
        assert refused(installation, "Beta")
        clock.advance(timedelta(seconds=1))
    assert refused(installation, "Alpha")
    assert refused(installation, "Beta")
    assert not refused(installation, "Gamma")
    assert refused(installation, "Alpha")
    assert not refused(installation, "Beta")
    assert not refused(installation, "Alpha")


def test_who_does_not_ask_again_loses_its_place(
    installation: Installation, clock: FixedClock
) -> None:
    with turn(installation, GROUP, "Alpha", 20):
        assert refused(installation, "Gone")
    clock.advance(KEPT + timedelta(seconds=1))
    assert not refused(installation, "Alpha")


def test_a_holder_that_died_is_followed(installation: Installation, clock: FixedClock) -> None:
    held = turn(installation, GROUP, "Alpha", 20)
    held.__enter__()
    assert refused(installation, "Beta")
    clock.advance(timedelta(seconds=21))
    assert not refused(installation, "Beta")


def test_a_drain_waits_for_its_turn_and_comes_by_itself(
    installation: Installation, clock: FixedClock
) -> None:
    for name in ("Alpha", "Beta"):
        company(installation, name)
        change_decision(installation, "session_group", GROUP, name)
        queue_customers(installation, name, "A")
    with turn(installation, GROUP, "Alpha", 20):
        drained = drain(installation, "Beta")
        assert (drained.waiting, drained.code) == (1, "SESSION_TAKEN")
    clock.advance(timedelta(seconds=2))
    assert drain(installation, "Alpha").code == "SESSION_TAKEN"
    assert drain(installation, "Beta").done == 1
    clock.advance(timedelta(seconds=2))
    assert drain(installation, "Alpha").done == 1
    assert customers(installation, "Alpha") == customers(installation, "Beta") == ["A"]
