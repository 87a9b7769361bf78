"""Days that terms of payment count from, in both editions."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def first_of_next_month(day: date) -> date:
    """Return the first day of the month after that of `day`."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1)


def day_in_month(month: date, day: int) -> date:
    """Return a day of a month, its last day where it is shorter."""
    return month.replace(day=min(day, monthrange(month.year, month.month)[1]))
