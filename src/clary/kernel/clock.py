"""Where the time comes from, so that tests and the demo can fix it.

Stores hold aware UTC only.  A document's date is a civil date of its source and never
comes from here except where the caller gave none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Protocol


class Clock(Protocol):
    """Something that tells the time."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(slots=True)
class FixedClock:
    """A clock that stands still until it is moved; for tests and reproducible demos."""

    moment: datetime

    def now(self) -> datetime:
        """Return the fixed moment, aware, in UTC."""
        return self.moment.astimezone(UTC)

    def advance(self, step: timedelta) -> None:
        """Move the clock by `step`."""
        self.moment += step


def timestamp(moment: datetime) -> str:
    """Return an aware moment as UTC text with microseconds, sortable as text.

    Raises:
        ValueError: `moment` is naive.
    """
    if moment.tzinfo is None:
        text = "a moment without a time zone cannot be stored"
        raise ValueError(text)
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[: -len("+00:00")] + "Z"


def from_timestamp(text: str) -> datetime:
    """Return the aware moment that `timestamp` wrote.

    Raises:
        ValueError: the text is no moment, or one without a time zone.
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        message = f"{text} is a moment without a time zone"
        raise ValueError(message)
    return moment.astimezone(UTC)


def timestamp_or_none(moment: datetime | None) -> str | None:
    """Return a moment as `timestamp` writes it, none where there is none."""
    return None if moment is None else timestamp(moment)


def moment_or_none(text: str | None) -> datetime | None:
    """Return the moment that `timestamp_or_none` wrote.

    Raises:
        ValueError: as for `from_timestamp`.
    """
    return None if text is None else from_timestamp(text)


def local_date(clock: Clock) -> date:
    """Return today's civil date on this machine, for documents that give none."""
    return clock.now().astimezone().date()


def moment_of(day: date, at: time, zone: tzinfo | None = None) -> datetime:
    """Return the moment at which the clocks show a time of a day, aware, in UTC.

    A time that they skip counts as the moment they skip it by, one that they show twice as
    the first of the two.

    Args:
        day: the civil date.
        at: time of the day.
        zone: whose clocks; this machine's if none.
    """
    shown = datetime.combine(day, at.replace(tzinfo=None, fold=0))
    return (shown.replace(tzinfo=zone) if zone else shown).astimezone(UTC)


def next_at(
    at: time,
    after: datetime,
    zone: tzinfo | None = None,
    *,
    first: date | None = None,
    days: int = 1,
) -> datetime:
    """Return when the clocks next show a time of the day, strictly after a moment.

    Once for each local day, so that what comes every so many days stays at its hour when the
    clocks change (see `moment_of`).

    Args:
        at: time of the day.
        after: the moment, aware.
        zone: whose clocks; this machine's if none.
        first: the first day that counts; the local one of `after` if none.
        days: from one day that counts to the next, 1 or more.
    """
    today = after.astimezone(zone).date()
    first = first or today
    day = first + max((today - first).days // days, 0) * timedelta(days=days)
    while (due := moment_of(day, at, zone)) <= after:
        day += timedelta(days=days)
    return due
