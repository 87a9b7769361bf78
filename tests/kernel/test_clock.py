"""Moments are aware UTC, sort as text, and stand still where a test needs it."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.clock import (
    FixedClock,
    SystemClock,
    from_timestamp,
    local_date,
    moment_or_none,
    timestamp,
    timestamp_or_none,
)

MOMENT = datetime(2026, 1, 15, 12, 30, 1, 5, tzinfo=UTC)
aware = st.datetimes(min_value=datetime(1000, 1, 2), max_value=datetime(9999, 12, 30)).map(  # noqa: DTZ001 - the strategy takes naive limits
    lambda moment: moment.replace(tzinfo=UTC)
)


def test_the_machine_tells_aware_utc() -> None:
    before, now, after = datetime.now(UTC), SystemClock().now(), datetime.now(UTC)
    assert before <= now <= after
    assert now.tzinfo is UTC


def test_a_fixed_clock_moves_only_when_it_is_moved() -> None:
    clock = FixedClock(MOMENT)
    assert clock.now() == clock.now() == MOMENT
    clock.advance(timedelta(hours=1))
    assert clock.now() == MOMENT + timedelta(hours=1)


def test_a_fixed_clock_tells_utc_wherever_it_was_set() -> None:
    east = timezone(timedelta(hours=9))
    assert FixedClock(MOMENT.astimezone(east)).now().tzinfo is UTC


@given(aware)
def test_a_stored_moment_is_the_same_moment(moment: datetime) -> None:
    assert from_timestamp(timestamp(moment)) == moment


@given(aware, aware)
def test_stored_moments_sort_as_text(one: datetime, other: datetime) -> None:
    assert (timestamp(one) < timestamp(other)) == (one < other)


def test_a_moment_of_another_zone_is_stored_as_utc() -> None:
    assert timestamp(MOMENT) == "2026-01-15T12:30:01.000005Z"
    west = MOMENT.astimezone(timezone(timedelta(hours=-8)))
    assert timestamp(west) == timestamp(MOMENT)


def test_no_moment_stays_none() -> None:
    assert timestamp_or_none(None) is None
    assert moment_or_none(None) is None
    assert moment_or_none(timestamp_or_none(MOMENT)) == MOMENT


def test_a_naive_moment_is_never_stored_and_never_read() -> None:
    with pytest.raises(ValueError, match="without a time zone"):
        timestamp(datetime(2026, 1, 15))  # noqa: DTZ001 - that is what is refused
    with pytest.raises(ValueError, match="without a time zone"):
        from_timestamp("2026-01-15T12:00:00")


def test_a_documents_default_date_is_the_civil_date_here() -> None:
    clock = FixedClock(MOMENT)
    assert local_date(clock) == MOMENT.astimezone().date()
    assert isinstance(local_date(clock), date)


def test_the_clocks_of_the_machine_count_where_no_zone_is_named() -> None:
    """What stays at its hour does so by the clocks that the people at the machine see."""
    program = (
        "from datetime import datetime, time, UTC\n"
        "from clary.kernel.clock import next_at\n"
        "print(next_at(time(2), datetime(2026, 3, 28, 12, tzinfo=UTC)).isoformat())\n"
        "print(next_at(time(2), datetime(2026, 10, 24, 12, tzinfo=UTC)).isoformat())\n"
    )
    environment = {**os.environ, "TZ": "Europe/London"}
    told = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert told.stdout.split() == ["2026-03-29T01:00:00+00:00", "2026-10-25T02:00:00+00:00"]
