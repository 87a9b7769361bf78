"""Quiet hours: times of the day in which nothing is written to a company by itself."""

from __future__ import annotations

from datetime import datetime, time, timedelta, tzinfo

from clary.kernel.clock import moment_of


def quiet_until(hours: str, now: datetime, zone: tzinfo | None = None) -> datetime | None:
    """Return when quiet hours end that hold now, or none if they do not hold.

    Args:
        hours: the daily span such as `22:00-06:00`; its end does not belong to it.
        now: the moment, aware.
        zone: whose clock counts; this machine's if none.
    """
    local = now.astimezone(zone)
    start, end = (time.fromisoformat(each) for each in hours.split("-"))
    at = local.time()
    inside = start <= at < end if start < end else at >= start or at < end
    if not inside:
        return None
    day = local.date() + timedelta(days=1 if at >= end else 0)
    return moment_of(day, end, zone).astimezone(now.tzinfo)
