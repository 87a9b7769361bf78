"""How long to wait before a call is tried again: as the site says, else ever longer.

A little chance is added, so that many callers that were refused together do not come back
together.
"""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

FIRST = timedelta(milliseconds=500)
LONGEST = timedelta(seconds=60)
"""The longest wait between two tries where the site does not say how long."""

_CHANCE = 25
"""Most that chance adds, in percent."""


def wait_before(attempt: int, retry_after: str, now: datetime) -> timedelta:
    """Return how long to wait before the next try.

    Args:
        attempt: how many tries have failed, from 1.
        retry_after: the answer's header Retry-After: seconds, a date, or empty.
        now: the present moment, aware.
    """
    stated = _stated(retry_after.strip(), now)
    if stated is not None:
        return max(stated, timedelta(0))
    length = min(FIRST * (1 << (attempt - 1)), LONGEST)
    return length + length * secrets.randbelow(_CHANCE + 1) / 100


def _stated(text: str, now: datetime) -> timedelta | None:
    """Return how long the site asks to wait, or none where it does not say."""
    if text.isascii() and text.isdecimal():
        return timedelta(seconds=int(text[:9]))
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - now
