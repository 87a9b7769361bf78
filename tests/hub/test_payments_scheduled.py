"""Scheduled syncs of payments: what was paid reaches ConnectWise without a person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs
from clary.hub.draining import drain
from clary.hub.services.payments import list_syncs
from clary.hub.services.schedules import (
    ScheduleAnswer,
    ScheduleChange,
    Standing,
    add_schedule,
    change_schedule,
    remove_schedule,
    run_schedule,
    show_schedule,
)
from tests.paying import Paying

NAME = "paid"


@pytest.fixture
def scheduled(pair: Paying, permitted: None) -> Iterator[Paying]:
    del permitted
    wanted = ScheduleChange("1h", (("app", "cw"),))
    add_schedule(pair.installation, NAME, "payments", "books", wanted)
    yield pair
    remove_schedule(pair.installation, NAME)


def comes(pair: Paying) -> ScheduleAnswer:
    """Let the schedule come and the lane do its work."""
    run_schedule(pair.installation, NAME)
    for _ in range(3):
        drain(pair.installation, "books")
    return show_schedule(pair.installation, NAME)


def runs(pair: Paying) -> int:
    return len(Runs(pair.installation.database).list("books", limit=500))


def test_what_was_paid_is_shown_and_no_look_that_finds_nothing_is_kept(scheduled: Paying) -> None:
    one = scheduled.post()
    scheduled.pay(one, 1500)
    done = comes(scheduled)
    assert done.standing is Standing.SUCCEEDED
    assert scheduled.paid(one) == [("P", "15.00", None)]
    made = runs(scheduled), len(list_syncs(scheduled.installation, "cw", limit=500))
    plans = len(PlanStore(scheduled.installation.database).list("books", limit=500))
    for _ in range(3):
        again = comes(scheduled)
        assert again.standing is Standing.SUCCEEDED
        assert again.message == "ConnectWise shows what Sage shows already."
    assert (runs(scheduled), len(list_syncs(scheduled.installation, "cw", limit=500))) == made
    assert len(PlanStore(scheduled.installation.database).list("books", limit=500)) == plans
    scheduled.pay(one, 500)
    comes(scheduled)
    assert scheduled.paid(one) == [("P", "20.00", None)]


def test_the_first_look_of_a_day_is_kept_so_that_later_ones_are_short(scheduled: Paying) -> None:
    comes(scheduled)
    before = runs(scheduled)
    scheduled.clock.advance(timedelta(days=1))
    comes(scheduled)
    comes(scheduled)
    assert runs(scheduled) == before + 1


def test_without_the_permission_of_sage_open_items_are_read(scheduled: Paying) -> None:
    one = scheduled.post()
    scheduled.pay(one, 700)
    scheduled.act("allow-access never")
    answer = comes(scheduled)
    assert (answer.standing, answer.code) == (Standing.SUCCEEDED, None)
    assert scheduled.paid(one) == [("P", "7.00", None)]


def test_where_only_the_fast_way_is_wanted_the_missing_permission_is_told(
    scheduled: Paying,
) -> None:
    wanted = ScheduleChange(settings=(("way", "fast"),))
    change_schedule(scheduled.installation, NAME, wanted)
    one = scheduled.post()
    scheduled.pay(one, 700)
    scheduled.act("allow-access never")
    answer = comes(scheduled)
    if scheduled.edition == "us":
        assert answer.standing in (Standing.WAITING, Standing.FAILED)
        assert answer.code is not None
        assert scheduled.paid(one) == []
    scheduled.act("allow-access always")
    drain(scheduled.installation, "books")
    scheduled.clock.advance(timedelta(minutes=6))
    assert comes(scheduled).standing is Standing.SUCCEEDED
    assert scheduled.paid(one) == [("P", "7.00", None)]
