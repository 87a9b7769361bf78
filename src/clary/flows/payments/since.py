"""From when on payments are looked at: since the last sync, or from a day that is stated."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from clary.companies.settlements import SettledSince
from clary.flows.payments import problems


class Start(StrEnum):
    """A start that has a name; any other is a day."""

    LAST = "last"
    WEEK = "week"
    TWO_WEEKS = "two-weeks"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class LastSync:
    """The last sync of an app and a company that succeeded.

    Attributes:
        day: the civil day on which it read the books.
        moment: when it read them, as a stamp.
        newest: highest transaction number of a receipt, credit or allocation at that moment.
        generation: generation of the books.
    """

    day: date
    moment: str
    newest: int
    generation: int

    @property
    def since(self) -> SettledSince:
        """What is new since then; what is dated that very day counts again."""
        return SettledSince(self.day, after=self.newest, saved=self.moment)


def month_before(day: date) -> date:
    """Return the same day of the month before, or its last day where it has no such day."""
    year, month = (day.year, day.month - 1) if day.month > 1 else (day.year - 1, 12)
    return date(year, month, min(day.day, monthrange(year, month)[1]))


_STARTS: Final[Mapping[Start, Callable[[date], date]]] = {
    Start.WEEK: lambda today: today - timedelta(weeks=1),
    Start.TWO_WEEKS: lambda today: today - timedelta(weeks=2),
    Start.MONTH: month_before,
}


def start_of(text: str) -> Start | date:
    """Return the start that a person states.

    Raises:
        Rejected: it is neither a name nor a day (PAYMENTS_SINCE_UNKNOWN).
    """
    try:
        return Start(text.strip().lower())
    except ValueError:
        try:
            return date.fromisoformat(text.strip())
        except ValueError:
            raise problems.SINCE_UNKNOWN.raised(text=text[:40]) from None


def since_of(start: Start | date, today: date, last: LastSync | None) -> SettledSince | None:
    """Return what counts as new; none is everything.

    Args:
        start: what was asked for.
        today: the present civil day.
        last: the last sync that succeeded, if any.

    Raises:
        Rejected: the day lies ahead (PAYMENTS_SINCE_FUTURE).
    """
    if start is Start.LAST:
        return None if last is None else last.since
    day = _STARTS[start](today) if isinstance(start, Start) else start
    if day > today:
        raise problems.SINCE_FUTURE.raised(day=day, today=today)
    return SettledSince(day)
