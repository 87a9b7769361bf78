"""How many requests a key may send in a minute; each API says it in headers of its own."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

MINUTE: Final = 60
USUAL: Final = 60_000
"""Requests a minute unless told otherwise: far above what a client needs, so that one that
runs wild leaves room for others."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What is left of a minute's requests after one more.

    Attributes:
        is_allowed: the request may go on.
        limit: most requests of a key in a minute.
        left: how many more there may be.
        ends: when the minute ends, in seconds since 1970.
        seconds: how long that is from now.
    """

    is_allowed: bool
    limit: int
    left: int
    ends: int
    seconds: int

    @property
    def retry(self) -> Mapping[str, str]:
        """The header that says when to try again, where the request may not go on."""
        return {} if self.is_allowed else {"Retry-After": str(self.seconds)}


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

    def count(self, name: str) -> Counted:
        """Count a request of a key."""
        now = int(time.time())
        minute = now // MINUTE
        with self._lock:
            if minute != self._minute:
                self._minute = minute
                self._counts.clear()
            count = self._counts[name] = self._counts.get(name, 0) + 1
        ends = (minute + 1) * MINUTE
        left = max(0, self.limit - count)
        return Counted(count <= self.limit, self.limit, left, ends, ends - now)
