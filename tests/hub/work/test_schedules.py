"""Schedules, quiet hours and the list of workers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from clary.hub.installation import Installation
from clary.hub.quiet import quiet_until
from clary.hub.schedules import Schedule, Schedules, next_run
from clary.hub.services.deciding import change_decision
from clary.hub.workers import Workers
from clary.kernel.clock import FixedClock
from clary.kernel.errors import Busy, Rejected
from tests.hub.work.office import work_of

EVERY = timedelta(minutes=15)


def put(installation: Installation, *names: str) -> Schedules:
    schedules = Schedules(installation.database, installation.clock)
    with installation.database.write("test") as connection:
        for name in names:
            first = installation.clock.now() + EVERY
            schedules.put(connection, Schedule(name, "Alpha", "refresh", name, EVERY, first))
    return schedules


@pytest.mark.both_databases
def test_work_is_added_when_its_time_has_come(
    installation: Installation, clock: FixedClock
) -> None:
    schedules = put(installation, "customers")
    assert schedules.tick() == 0
    clock.advance(EVERY)
    assert (schedules.tick(), schedules.tick()) == (1, 0)
    (item,) = work_of(installation).waiting("Alpha")
    assert (item.kind, item.reference) == ("refresh", "customers")
    (schedule,) = schedules.all()
    assert schedule.last_run_at == clock.now()
    assert abs(schedule.next_run_at - clock.now() - EVERY) <= EVERY / 20


@pytest.mark.both_databases
def test_what_still_waits_is_not_added_again(installation: Installation, clock: FixedClock) -> None:
    schedules = put(installation, "customers")
    clock.advance(EVERY)
    schedules.tick()
    clock.advance(2 * EVERY)
    assert schedules.tick() == 0
    work = work_of(installation)
    with installation.database.write("test") as connection:
        work.done(connection, work.waiting("Alpha"))
    clock.advance(2 * EVERY)
    assert schedules.tick() == 1


def test_runs_of_many_schedules_are_spread(installation: Installation, clock: FixedClock) -> None:
    schedules = put(installation, *(str(number) for number in range(40)))
    clock.advance(EVERY)
    assert schedules.tick() == 40
    assert len({each.next_run_at for each in schedules.all()}) > 30


LONDON = ZoneInfo("Europe/London")


def hours(start: datetime, every: timedelta, *days: int) -> list[str]:
    """Return by the clocks of London when a schedule comes after noon of days in its month."""
    schedule = Schedule("nightly", "Alpha", "refresh", "", every, start, starts_at=start)
    came = [next_run(schedule, start.replace(day=day, hour=12), LONDON) for day in days]
    return [f"{each.astimezone(LONDON):%d %H:%M}" for each in came]


def test_what_comes_every_day_stays_at_its_hour_when_the_clocks_change() -> None:
    day = timedelta(days=1)
    winter = datetime(2026, 3, 27, 2, 0, tzinfo=UTC)
    assert hours(winter, day, 27, 28, 29, 30) == ["28 02:00", "29 02:00", "30 02:00", "31 02:00"]
    assert hours(winter, 2 * day, 27, 28, 29) == ["29 02:00", "29 02:00", "31 02:00"]
    summer = datetime(2026, 10, 23, 1, 0, tzinfo=UTC)  # 02:00 in London
    assert hours(summer, day, 23, 24, 25) == ["24 02:00", "25 02:00", "26 02:00"]
    skipped = datetime(2026, 3, 27, 1, 30, tzinfo=UTC)
    assert hours(skipped, day, 28, 29) == ["29 02:30", "30 01:30"]


def test_what_comes_by_the_hour_is_reckoned_from_its_start() -> None:
    start = datetime(2026, 3, 28, 2, 0, tzinfo=UTC)
    assert hours(start, timedelta(hours=12), 28, 29) == ["28 14:00", "29 15:00"]


def test_before_its_start_a_schedule_comes_at_its_start() -> None:
    start = datetime(2026, 3, 28, 2, 0, tzinfo=UTC)
    schedule = Schedule("nightly", "Alpha", "refresh", "", timedelta(days=1), start)
    early = next_run(schedule, start - timedelta(days=40), LONDON)
    assert start <= early <= start + timedelta(minutes=1)


def test_a_schedule_is_replaced_and_removed(installation: Installation) -> None:
    schedules = put(installation, "customers", "customers")
    assert len(schedules.all()) == 1
    with installation.database.write("test") as connection:
        schedules.remove(connection, "customers")
    assert schedules.all() == []


@pytest.mark.parametrize(
    ("hours", "now", "until"),
    [
        ("08:00-17:30", "07:59", None),
        ("08:00-17:30", "08:00", "17:30"),
        ("08:00-17:30", "17:29", "17:30"),
        ("08:00-17:30", "17:30", None),
        ("22:00-06:00", "21:59", None),
        ("22:00-06:00", "23:00", "06:00"),
        ("22:00-06:00", "05:59", "06:00"),
        ("22:00-06:00", "06:00", None),
    ],
)
def test_quiet_hours(hours: str, now: str, until: str | None) -> None:
    moment = datetime.fromisoformat(f"2026-03-02T{now}+00:00")
    found = quiet_until(hours, moment, UTC)
    assert (None if found is None else f"{found:%H:%M}") == until
    assert found is None or timedelta(0) < found - moment < timedelta(days=1)


def test_quiet_hours_are_by_the_local_clock() -> None:
    moment = datetime(2026, 7, 1, 22, 30, tzinfo=UTC)
    assert quiet_until("22:00-23:00", moment, timezone(timedelta(hours=1))) is None
    found = quiet_until("23:00-07:00", moment, ZoneInfo("Europe/London"))
    assert found == datetime(2026, 7, 2, 6, tzinfo=UTC)


@pytest.mark.parametrize("value", ["8-17", "08:00", "24:00-01:00", "08:00-08:00", "08:00-17:60"])
def test_what_is_no_span_of_time_is_refused(installation: Installation, value: str) -> None:
    with pytest.raises(Rejected):
        change_decision(installation, "quiet_hours", value)


@pytest.mark.parametrize("value", ["", "x" * 81, "a\nb"])
def test_what_is_no_name_of_a_group_is_refused(installation: Installation, value: str) -> None:
    with pytest.raises(Rejected):
        change_decision(installation, "session_group", value)


@pytest.mark.both_databases
def test_a_silent_worker_counts_as_dead(installation: Installation, clock: FixedClock) -> None:
    workers = Workers(installation.database, clock)
    first, second = (workers.begin("test", alone=False) for _ in range(2))
    assert workers.alive() == {first, second}
    clock.advance(timedelta(seconds=8))
    workers.beat(second)
    clock.advance(timedelta(seconds=8))
    assert workers.alive() == {second}
    workers.end(second)
    assert workers.alive() == frozenset()


def test_one_worker_is_alone_until_it_ends(installation: Installation, clock: FixedClock) -> None:
    workers = Workers(installation.database, clock)
    first = workers.begin("test", alone=True)
    with pytest.raises(Busy) as caught:
        workers.begin("test", alone=True)
    assert caught.value.code == "LANES_TAKEN"
    workers.end(first)
    workers.begin("test", alone=True)
