"""How many requests a key may send in a minute, and what its answers say of it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from clary.kernel.errors import Busy, declare

PUSH_RATE_LIMIT = declare(
    "PUSH_RATE_LIMIT",
    Busy,
    "The rate limit of {limit} requests a minute is reached.",
    "Wait until the minute is over; the header Retry-After says how long.",
    http_status=429,
)
MINUTE: Final = 60
USUAL: Final = 60_000
"""Requests a minute unless told otherwise: far above what a client needs, so that one that
runs wild leaves room for others."""


@dataclass(slots=True)
class Limiter:
    """Counts requests of each key in the minute that runs.

    Attributes:
        limit: most requests of a key in a minute.
    """

    limit: int = USUAL
    _minute: int = 0
    _counts: dict[str, int] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def count(self, name: str) -> tuple[bool, Mapping[str, str]]:
        """Count a request; tell whether it may go on, and the headers of its answer."""
        now = int(time.time())
        minute = now // MINUTE
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            count = self._counts[name] = self._counts.get(name, 0) + 1
        ends = (minute + 1) * MINUTE
        headers = {
            "X-Rate-Limit-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": str(max(0, self.limit - count)),
            "X-Rate-Limit-Reset": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ends)),
        }
        if count <= self.limit:
            return True, headers
        return False, {**headers, "Retry-After": str(ends - now)}
