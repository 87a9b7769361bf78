"""What the answers of the push API say of the limit of requests."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import lru_cache

from clary.api.limiting import Counted
from clary.kernel.errors import Busy, declare

PUSH_RATE_LIMIT = declare(
    "PUSH_RATE_LIMIT",
    Busy,
    "The rate limit of {limit} requests a minute is reached.",
    "Wait until the minute is over; the header Retry-After says how long.",
    http_status=429,
)


def headers_of(counted: Counted) -> Mapping[str, str]:
    """Return the headers that tell a client what is left of its minute."""
    return {
        "X-Rate-Limit-Limit": str(counted.limit),
        "X-Rate-Limit-Remaining": str(counted.left),
        "X-Rate-Limit-Reset": _shown(counted.ends),
        **counted.retry,
    }


@lru_cache(maxsize=4)
def _shown(seconds: int) -> str:
    """Return a moment, in seconds since 1970; it is the same for all requests of a minute."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(seconds))
