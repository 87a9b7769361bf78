"""ETag, If-Match and If-None-Match: who changes a record says which version was looked at.

A version is the driver's stamp of a record, or a hash of it.  What is checked here is checked
once more right before the write, since Sage has no compare-and-set.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

from clary.kernel.errors import ClaryError, Rejected, declare

VERSION_DIFFERS = declare(
    "VERSION_DIFFERS",
    Rejected,
    "{record} is not in the version that If-Match names: it has changed, or is gone.",
    "Read it again, decide anew, and send the ETag of that answer.",
    http_status=412,
)
RECORD_THERE = declare(
    "RECORD_THERE",
    Rejected,
    "{record} is there already, and `If-None-Match: *` asks that it is not.",
    "Leave the header out to change it.",
    http_status=412,
)

ANY: Final = "*"
_STALE: Final = frozenset({"VERSION_CONFLICT", "RECORD_STALE", "PLAN_STALE"})
"""Codes of a record that has changed between the look and the write."""

_TAG: Final = re.compile(r'(W/)?"([^"\\]*)"')


def etag(version: str) -> str:
    """Return the strong ETag of a version."""
    return f'"{quote(version, safe="")}"'


def matches(header: str, version: str, *, weak: bool = False) -> bool:
    """Tell whether a header of ETags names a version.

    Args:
        header: `*`, or ETags with commas between.
        version: the version of a record that is there.
        weak: weak ETags count as well, as they do for If-None-Match.
    """
    if header.strip() == ANY:
        return True
    wanted = etag(version)[1:-1]
    return any(tag == wanted and (weak or not mark) for mark, tag in _TAG.findall(header))


def is_stale(error: ClaryError) -> bool:
    """Tell whether an error says that the record has changed since it was looked at."""
    return any(each.code in _STALE for each in error.findings)


def differs(record: str, error: ClaryError | None = None) -> ClaryError:
    """Return the problem of a record that has changed, with what was found."""
    found = error.findings if error is not None else ()
    return Rejected(VERSION_DIFFERS.finding(record=record), *found)
