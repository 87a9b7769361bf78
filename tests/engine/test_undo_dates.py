"""A reversal is dated as the original if that day is open, else on the first open day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.companies.contract import Info, Period
from clary.engine.undo_dates import undo_date

BOOKS = Info(
    name="Books",
    edition="us",
    release=2022,
    tier="premium",
    currency="USD",
    foreign_trader=False,
    periods=(),
    lock_date=None,
    identity="books",
    generation=1,
    driver="test",
)
MONTHS = [
    (date(2026, 1, 1), date(2026, 1, 31)),
    (date(2026, 2, 1), date(2026, 2, 28)),
    (date(2026, 3, 1), date(2026, 3, 31)),
]


def info(*is_open: bool, lock: date | None = None) -> Info:
    periods = tuple(
        Period(number, start, end, opened)
        for number, ((start, end), opened) in enumerate(zip(MONTHS, is_open, strict=True), 1)
    )
    return replace(BOOKS, periods=periods, lock_date=lock)


@pytest.mark.parametrize(
    ("books", "original", "expected"),
    [
        (info(True, True, True), date(2026, 1, 15), date(2026, 1, 15)),
        (info(False, True, True), date(2026, 1, 15), date(2026, 2, 1)),
        (info(False, False, True), date(2026, 1, 15), date(2026, 3, 1)),
        (info(True, True, True, lock=date(2026, 2, 10)), date(2026, 1, 15), date(2026, 2, 11)),
        (info(True, True, True, lock=date(2026, 2, 10)), date(2026, 2, 11), date(2026, 2, 11)),
        (info(True, False, False), date(2026, 3, 5), date(2026, 1, 1)),
        (info(True, True, True), date(2027, 3, 5), date(2026, 1, 1)),
        (info(False, False, False), date(2026, 1, 15), None),
        (info(True, True, True, lock=date(2026, 3, 31)), date(2026, 1, 15), None),
        (BOOKS, date(2026, 1, 15), None),
    ],
)
def test_the_day(books: Info, original: date, expected: date | None) -> None:
    assert undo_date(books, original) == expected


@given(
    st.tuples(st.booleans(), st.booleans(), st.booleans()),
    st.none() | st.dates(date(2025, 12, 1), date(2026, 4, 30)),
    st.dates(date(2025, 12, 1), date(2026, 4, 30)),
)
def test_the_day_can_always_be_posted_to(
    is_open: tuple[bool, bool, bool], lock: date | None, original: date
) -> None:
    books = info(*is_open, lock=lock)
    day = undo_date(books, original)
    days = [
        (period.start, period.end)
        for period in books.periods
        if period.open and (lock is None or period.end > lock)
    ]
    if day is None:
        assert days == []
    else:
        assert any(start <= day <= end for start, end in days)
        assert lock is None or day > lock
