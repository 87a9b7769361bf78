"""From when on payments are looked at."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.companies.settlements import SettledPart, SettledSince
from clary.flows.payments.since import LastSync, Start, month_before, since_of, start_of
from clary.kernel.errors import Rejected

LAST = LastSync(date(2026, 3, 1), "2026-03-01T09:00:00.000000Z", 57, 1)
TODAY = date(2026, 3, 31)


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("last", Start.LAST),
        (" Two-Weeks ", Start.TWO_WEEKS),
        ("month", Start.MONTH),
        ("2026-02-28", date(2026, 2, 28)),
    ],
)
def test_a_start_is_a_name_or_a_day(text: str, start: Start | date) -> None:
    assert start_of(text) == start


@pytest.mark.parametrize("text", ["", "yesterday", "31.01.2026", "2026-02-30"])
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as caught:
        start_of(text)
    assert caught.value.code == "PAYMENTS_SINCE_UNKNOWN"


@pytest.mark.parametrize(
    ("day", "before"),
    [
        (date(2026, 3, 15), date(2026, 2, 15)),
        (date(2026, 3, 31), date(2026, 2, 28)),
        (date(2024, 3, 30), date(2024, 2, 29)),
        (date(2026, 1, 31), date(2025, 12, 31)),
        (date(2026, 7, 31), date(2026, 6, 30)),
    ],
)
def test_a_month_is_the_same_day_or_the_last_of_the_month_before(day: date, before: date) -> None:
    assert month_before(day) == before


@given(st.dates(min_value=date(1900, 2, 1)))
def test_a_month_goes_back_one_month_and_never_further_than_31_days(day: date) -> None:
    before = month_before(day)
    assert 28 <= (day - before).days <= 31
    assert (day.month - before.month) % 12 == 1


@pytest.mark.parametrize(
    ("start", "since"),
    [
        (Start.WEEK, SettledSince(date(2026, 3, 24))),
        (Start.TWO_WEEKS, SettledSince(date(2026, 3, 17))),
        (Start.MONTH, SettledSince(date(2026, 2, 28))),
        (TODAY, SettledSince(TODAY)),
        (
            Start.LAST,
            SettledSince(date(2026, 3, 1), after=57, saved="2026-03-01T09:00:00.000000Z"),
        ),
    ],
)
def test_each_start_stands_for_a_day(start: Start | date, since: SettledSince) -> None:
    assert since_of(start, TODAY, LAST) == since


def test_without_a_sync_everything_is_looked_at() -> None:
    assert since_of(Start.LAST, TODAY, None) is None


def test_a_day_ahead_is_refused() -> None:
    with pytest.raises(Rejected) as caught:
        since_of(date(2026, 4, 1), TODAY, LAST)
    assert caught.value.code == "PAYMENTS_SINCE_FUTURE"
    assert "2026-04-01" in str(caught.value)


def part(day: str, made_by: int = 1, saved: str | None = None) -> SettledPart:
    return SettledPart("receipt", "1", None, date.fromisoformat(day), 100, 0, made_by, saved)


def test_what_is_new_is_dated_made_or_saved_since() -> None:
    since = LAST.since
    assert since.covers(part("2026-03-01"))
    assert not since.covers(part("2026-02-28"))
    assert since.covers(part("2026-02-28", made_by=58))
    assert since.covers(part("2026-02-28", saved="2026-03-01T09:00:00.000000Z"))
    assert not since.covers(part("2026-02-28", saved="2026-03-01T08:59:59.999999Z"))
    assert not SettledSince(date(2026, 3, 1)).covers(part("2026-02-28", 99, "2026-12-31"))
