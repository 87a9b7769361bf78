"""Periods by the names of Sage's own date filters."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from clary.companies.contract import Info, Period
from clary.flows.operations.periods import NAMES, covered
from clary.kernel.errors import Rejected
from tests.flows.books import MemoryCompany

TODAY = date(2026, 5, 6)


def info(*, start: date = date(2025, 1, 1), months: int = 24) -> Info:
    periods = []
    first = start
    for number in range(1, months + 1):
        last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
        periods.append(Period(number, first, last, open=True))
        first = last + timedelta(days=1)
    return replace(MemoryCompany().info(), periods=tuple(periods))


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", TODAY, TODAY),
        ("this_week", date(2026, 5, 3), date(2026, 5, 9)),
        ("This Month", date(2026, 5, 1), date(2026, 5, 31)),
        ("this_period", date(2026, 5, 1), date(2026, 5, 31)),
        ("this_quarter", date(2026, 4, 1), date(2026, 6, 30)),
        ("this_year", date(2026, 1, 1), date(2026, 12, 31)),
        ("week_to_date", date(2026, 5, 3), TODAY),
        ("month-to-date", date(2026, 5, 1), TODAY),
        ("quarter_to_date", date(2026, 4, 1), TODAY),
        ("year_to_date", date(2026, 1, 1), TODAY),
        ("2026-01-05 .. 2026-02-01", date(2026, 1, 5), date(2026, 2, 1)),
    ],
)
def test_a_name_stands_for_its_days(name: str, start: date, end: date) -> None:
    found = covered(name, info(), TODAY)
    assert (found.start, found.end) == (start, end)
    assert found.as_dict()["start"] == start.isoformat()


@pytest.mark.parametrize("name", [None, "", "all", " ALL "])
def test_nothing_asked_for_is_all_periods(name: str | None) -> None:
    found = covered(name or None, info(), TODAY)
    assert (found.name, found.start, found.end, found.words) == ("all", None, None, "all periods")
    assert found.as_dict() == {"name": "all", "start": None, "end": None}


def test_the_week_begins_on_sunday() -> None:
    assert covered("this_week", info(), date(2026, 5, 3)).start == date(2026, 5, 3)


def test_a_fiscal_year_may_start_in_any_month() -> None:
    found = covered("this_year", info(start=date(2025, 4, 1)), TODAY)
    assert (found.start, found.end) == (date(2026, 4, 1), date(2027, 3, 31))
    found = covered("this_quarter", info(start=date(2025, 4, 1)), date(2026, 2, 1))
    assert (found.start, found.end) == (date(2026, 1, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    "name",
    ["last_year", "2026-01-01..", "2026-02-01..2026-01-01", "x..y", "today_to_date", "soon"],
)
def test_what_names_no_period_is_told_with_those_there_are(name: str) -> None:
    with pytest.raises(Rejected) as caught:
        covered(name, info(), TODAY)
    assert caught.value.code == "PERIOD_UNKNOWN"
    assert "this_quarter" in caught.value.findings[0].remedy


@pytest.mark.parametrize("name", ["this_period", "this_quarter", "this_year"])
def test_a_company_without_a_period_for_today_says_so(name: str) -> None:
    with pytest.raises(Rejected, match="no accounting period around"):
        covered(name, info(months=2), TODAY)


def test_every_listed_name_is_understood() -> None:
    assert all(covered(name, info(), TODAY).start for name in NAMES)
