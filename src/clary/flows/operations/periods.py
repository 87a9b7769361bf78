"""Which days a query covers, in the words that Sage's own lists use.

Sage's import and export windows show the current period unless told otherwise, and so
drop documents silently; a query here covers all periods unless one is named, and its
answer says which days that are.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from clary.companies.contract import Info, Period
from clary.kernel.errors import ClaryError, Rejected, declare
from clary.ledger.schema import iso_date

PERIOD_UNKNOWN = declare(
    "PERIOD_UNKNOWN",
    Rejected,
    "{text!r} names no period: {reason}.",
    "Use all, {names}, or two days such as 2026-01-01..2026-01-31.",
    http_status=400,
    exit_code=2,
)

ALL: Final = "all"
MONTHS_PER_QUARTER: Final = 3
SHORTEST_YEAR: Final = 364
"""Days of 52 weeks, the shortest fiscal year of thirteen periods."""


@dataclass(frozen=True, slots=True)
class Covered:
    """The days that a query covers; none at an end means without end.

    Attributes:
        name: what was asked for, `all` if nothing was.
        start: first day.
        end: last day.
    """

    name: str
    start: date | None = None
    end: date | None = None

    @property
    def words(self) -> str:
        """The days in words, for people."""
        if self.start is None or self.end is None:
            return "all periods"
        return f"{self.start.isoformat()} to {self.end.isoformat()}"

    def as_dict(self) -> dict[str, str | None]:
        """Return it as JSON-ready values."""
        return {
            "name": self.name,
            "start": self.start.isoformat() if self.start else None,
            "end": self.end.isoformat() if self.end else None,
        }


_Span = Callable[[date, Sequence[Period]], tuple[date, date] | None]


def _this_week(today: date, _: Sequence[Period]) -> tuple[date, date]:
    first = today - timedelta(days=(today.weekday() + 1) % 7)
    return first, first + timedelta(days=6)


def _this_month(today: date, _: Sequence[Period]) -> tuple[date, date]:
    first = today.replace(day=1)
    following = (first + timedelta(days=31)).replace(day=1)
    return first, following - timedelta(days=1)


def _this_period(today: date, periods: Sequence[Period]) -> tuple[date, date] | None:
    found = next((each for each in periods if each.start <= today <= each.end), None)
    return None if found is None else (found.start, found.end)


def _this_quarter(today: date, periods: Sequence[Period]) -> tuple[date, date] | None:
    year = _year_of(today, periods)
    at = next((n for n, each in enumerate(year) if each.start <= today <= each.end), None)
    if at is None:
        return None
    first = at - at % MONTHS_PER_QUARTER
    quarter = year[first : first + MONTHS_PER_QUARTER]
    return quarter[0].start, quarter[-1].end


def _this_year(today: date, periods: Sequence[Period]) -> tuple[date, date] | None:
    year = _year_of(today, periods)
    return (year[0].start, year[-1].end) if year else None


def _year_of(today: date, periods: Sequence[Period]) -> list[Period]:
    """Return the periods of the fiscal year around today: those within a year of its start.

    A company tells its periods, not its years; a year starts with each period that lies
    a year or more after the start before (inferred, as periods are numbered on).
    """
    years: list[list[Period]] = []
    for period in periods:
        if not years or (period.start - years[-1][0].start).days >= SHORTEST_YEAR:
            years.append([])
        years[-1].append(period)
    return next((year for year in years if year[0].start <= today <= year[-1].end), [])


_SPANS: Final[dict[str, _Span]] = {
    "today": lambda today, _: (today, today),
    "this_week": _this_week,
    "this_month": _this_month,
    "this_period": _this_period,
    "this_quarter": _this_quarter,
    "this_year": _this_year,
}
TO_DATE: Final = "_to_date"
NAMES: Final = (
    *_SPANS,
    *(f"{name.removeprefix('this_')}{TO_DATE}" for name in _SPANS if name != "today"),
)
"""Every name of a period besides `all`; `..._to_date` ends today."""


def covered(text: str | None, info: Info, today: date) -> Covered:
    """Return the days that a period's name, or two days, stand for.

    Args:
        text: `all` or nothing, one of `NAMES`, or `FIRST..LAST`.
        info: tells the company's accounting periods.
        today: the civil date.

    Raises:
        Rejected: it is no such text, or the company has no such period (PERIOD_UNKNOWN).
    """
    asked = (text or ALL).strip()
    if ".." in asked:
        return _between(asked)
    folded = asked.casefold().replace(" ", "_").replace("-", "_")
    if folded == ALL:
        return Covered(ALL)
    to_date = folded.endswith(TO_DATE)
    name = f"this_{folded.removesuffix(TO_DATE)}" if to_date else folded
    if name not in _SPANS:
        raise _unknown(folded, "there is none of this name")
    span = _SPANS[name](today, info.periods)
    if span is None:
        raise _unknown(folded, f"the company has no accounting period around {today}")
    return Covered(folded, span[0], today if to_date else span[1])


def _between(text: str) -> Covered:
    first, _, last = text.partition("..")
    try:
        start, end = iso_date(first.strip()), iso_date(last.strip())
    except ValueError:
        raise _unknown(text, "its ends are no dates") from None
    if end < start:
        raise _unknown(text, "it ends before it starts")
    return Covered(f"{start.isoformat()}..{end.isoformat()}", start, end)


def _unknown(text: str, reason: str) -> ClaryError:
    return PERIOD_UNKNOWN.raised(text=text, reason=reason, names=", ".join(NAMES))
