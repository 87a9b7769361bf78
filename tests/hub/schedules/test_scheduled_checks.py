"""Scheduled looks in the lane of a company: what waits, what a person has to look at."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from clary.hub.draining import drain
from clary.hub.installation import Installation
from clary.hub.schedules import Schedules
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.hub.services.schedules import (
    ScheduleChange,
    Standing,
    add_schedule,
    remove_schedule,
    run_schedule,
    show_schedule,
)
from clary.hub.work import WorkState
from clary.kernel.clock import FixedClock
from tests.hub.work.office import company, customers, queue_customers, work_of

pytestmark = pytest.mark.both_databases


@pytest.fixture
def alpha(installation: Installation) -> Path:
    path = company(installation, "Alpha")
    add_schedule(installation, "watch", "check", "Alpha", ScheduleChange("15m"))
    return path


@pytest.mark.usefixtures("alpha")
def test_a_check_is_one_item_among_the_others(installation: Installation) -> None:
    queue_customers(installation, "Alpha", "A")
    run_schedule(installation, "watch")
    queue_customers(installation, "Alpha", "B")
    assert drain(installation, "Alpha").done == 3
    assert customers(installation, "Alpha") == ["A", "B"]
    assert show_schedule(installation, "watch").standing is Standing.SUCCEEDED


def test_books_that_cannot_be_opened_make_it_wait_and_say_so(
    installation: Installation, alpha: Path, clock: FixedClock
) -> None:
    away = alpha.rename(alpha.with_suffix(".away"))
    run_schedule(installation, "watch")
    drained = drain(installation, "Alpha")
    assert (drained.waiting, drained.code) == (1, "COMPANY_MISSING")
    shown = show_schedule(installation, "watch")
    assert (shown.standing, shown.code) == (Standing.WAITING, "COMPANY_MISSING")
    clock.advance(timedelta(hours=1))
    assert Schedules(installation.database, clock).tick() == 0  # it waits already
    away.rename(alpha)
    assert drain(installation, "Alpha").done == 1
    assert show_schedule(installation, "watch").standing is Standing.SUCCEEDED


def test_other_books_in_their_place_are_told_of(
    installation: Installation, alpha: Path, tmp_path: Path
) -> None:
    create_sandbox(installation, NewSandbox("Other", "us"))
    alpha.rename(tmp_path / "away")
    installation.sandbox_file("Other").rename(alpha)
    run_schedule(installation, "watch")
    assert drain(installation, "Alpha").code == "COMPANY_CHANGED"
    assert show_schedule(installation, "watch").code == "COMPANY_CHANGED"


@pytest.mark.usefixtures("alpha")
def test_what_a_removed_schedule_added_does_nothing(installation: Installation) -> None:
    run_schedule(installation, "watch")
    remove_schedule(installation, "watch")
    assert drain(installation, "Alpha").done == 1


@pytest.mark.usefixtures("alpha")
def test_what_was_set_aside_makes_way_for_the_next_time(
    installation: Installation, clock: FixedClock
) -> None:
    run_schedule(installation, "watch")
    work = work_of(installation)
    (item,) = work.waiting("Alpha")
    with installation.database.write("test") as write:
        work.park(write, [item], "ODD", "Something was odd.")
    clock.advance(timedelta(minutes=15))
    assert Schedules(installation.database, clock).tick() == 1
    lane = work.lane("Alpha")
    assert (lane.waiting, lane.parked) == (1, 0)
    with installation.database.read() as read:
        old, new = work.of(read, "check", ["watch"])
    assert (old.serial, old.state, new.state) == (item.serial, WorkState.DONE, WorkState.WAITING)
