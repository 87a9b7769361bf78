"""Where the time comes from, so that tests and the demo can fix it.

Stores hold aware UTC only.  A document's date is a civil date of its source and never
comes from here except where the caller gave none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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
