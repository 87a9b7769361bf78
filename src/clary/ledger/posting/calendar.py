"""On which days a company can be posted to: its lock date, and in the US its open periods.

The company itself and whoever asks before posting give the same answer in the same words.
Source: sage50-us.md section 6 (two fiscal years are open), sage50-uk.md section 5 (lock
date; a UK company refuses no day for its period).
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date
from typing import TypeAlias

from clary.ledger.fields import EditionName

Period: TypeAlias = tuple[int, str, str, int]
"""Number, first and last day as ISO text, and 1 where the period is open."""


class Calendar:
    """The days of one company."""

    def __init__(self, edition: EditionName, periods: Sequence[Period], lock_date: str) -> None:
        """Keep what decides.

        Args:
            edition: the company's edition.
            periods: its periods, oldest first; none where nobody can tell them.
            lock_date: last day that is locked, as ISO text; empty if none is.
        """
        self._by_period = edition == "us" and bool(periods)
        self._periods = periods
        self._starts = [start for _, start, _, _ in periods]
        self._lock = lock_date

    def closed_reason(self, day: date) -> tuple[str, str] | None:
        """Return why nothing can be posted on `day` and what to do, or none."""
        text = day.isoformat()
        if self._lock and text <= self._lock:
            return (
                f"the books are locked up to {self._lock}",
                "Use a later date, or have the lock date moved (Settings > Lock Date).",
            )
        if not self._by_period:
            return None
        period = self._period_at(text)
        if period is None:
            return (
                "it lies outside the two fiscal years that are open",
                "Use a date in the open years, or close the first fiscal year in Sage.",
            )
        if not period[3]:
            return (
                f"period {period[0]} ({period[1]} to {period[2]}) is closed",
                "Use a date in an open period.",
            )
        return None

    def _period_at(self, text: str) -> Period | None:
        position = bisect_right(self._starts, text) - 1
        if position < 0:
            return None
        period = self._periods[position]
        return period if text <= period[2] else None

    def period_number(self, day: date) -> int:
        """Return the number of the period of `day`; 0 before the books, else the last."""
        text = day.isoformat()
        period = self._period_at(text)
        if period is not None:
            return period[0]
        return 0 if text < self._starts[0] else self._periods[-1][0]
