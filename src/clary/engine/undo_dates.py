"""The day a reversal is dated: the original's if its period is open, else the first open day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from clary.companies.contract import Info


def undo_date(info: Info, original: date) -> date | None:
    """Return the day to date a reversal of a document of `original`, or none if all is closed.

    The day after the lock date counts as the first that may be posted to.  The first
    open day after the original is taken; only where there is none, the first open day.
    """
    openings = list(_openings(info))
    if any(start <= original <= end for start, end in openings):
        return original
    later = [start for start, _ in openings if start > original]
    return min(later or [start for start, _ in openings], default=None)


def _openings(info: Info) -> Iterator[tuple[date, date]]:
    """Yield first and last day of each stretch that may be posted to."""
    for period in info.periods:
        start = period.start
        if info.lock_date is not None:
            start = max(start, info.lock_date + timedelta(days=1))
        if period.open and start <= period.end:
            yield start, period.end
