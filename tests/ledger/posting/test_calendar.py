"""Which days a company can be posted to, and in whose words it says so."""

from __future__ import annotations

from datetime import date

from clary.ledger.posting.calendar import Calendar

PERIODS = (
    (1, "2026-01-01", "2026-01-31", 0),
    (2, "2026-02-01", "2026-02-28", 1),
    (4, "2026-04-01", "2026-04-30", 1),
)
LOCKED = "2026-02-10"


def reason(calendar: Calendar, day: str) -> str | None:
    closed = calendar.closed_reason(date.fromisoformat(day))
    return None if closed is None else closed[0]


def test_the_lock_date_itself_is_locked_in_both_editions() -> None:
    for calendar in (Calendar("us", PERIODS, LOCKED), Calendar("uk", PERIODS, LOCKED)):
        assert reason(calendar, "2026-02-10") == "the books are locked up to 2026-02-10"
        assert reason(calendar, "2026-02-11") is None


def test_a_us_day_needs_an_open_period() -> None:
    calendar = Calendar("us", PERIODS, "")
    closed = "period 1 (2026-01-01 to 2026-01-31) is closed"
    outside = "it lies outside the two fiscal years that are open"
    assert reason(calendar, "2026-01-31") == closed
    assert reason(calendar, "2025-12-31") == outside
    assert reason(calendar, "2026-03-15") == outside
    assert reason(calendar, "2026-05-01") == outside
    assert reason(calendar, "2026-04-30") is None


def test_no_period_refuses_a_day_where_none_holds_or_none_is_told() -> None:
    assert reason(Calendar("uk", PERIODS, ""), "2026-01-31") is None
    assert reason(Calendar("us", (), ""), "2026-01-31") is None
    assert reason(Calendar("us", (), LOCKED), "2026-01-31") is not None


def test_a_day_has_the_number_of_its_period_or_of_the_nearest_end() -> None:
    calendar = Calendar("us", PERIODS, "")
    numbers = [
        calendar.period_number(date.fromisoformat(day))
        for day in ("2025-12-31", "2026-01-01", "2026-02-28", "2026-03-15", "2027-01-01")
    ]
    assert numbers == [0, 1, 2, 4, 4]
