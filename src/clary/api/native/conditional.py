"""ETag, If-Match and If-None-Match: who changes a record says which version was looked at.

A version is the driver's stamp of a record, or a hash of it.  What is checked here is checked
once more right before the write, since Sage has no compare-and-set.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote

from clary.api.native.calls import OK, UNCHANGED, Reply
from clary.api.native.problems import HEADER_UNFIT
from clary.api.native.routes import Route
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
UNLESS: Final = "if-none-match"
_STALE: Final = frozenset({"VERSION_CONFLICT", "RECORD_STALE", "PLAN_STALE"})
"""Codes of a record that has changed between the look and the write."""

_TAKEN: Final = frozenset({"RECORD_EXISTS", "ENTRY_EXISTS", "DUPLICATE_KEY"})
"""Codes of a record that is there though it was to be created: the last is what books say."""

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
    return header.strip() == ANY or _names(header, etag(version)[1:-1], weak=weak)


def _names(header: str, wanted: str, *, weak: bool) -> bool:
    """Tell whether a header of ETags names one by what stands between its quotes."""
    return any(tag == wanted and (weak or not mark) for mark, tag in _TAG.findall(header))


def require_read(route: Route, headers: Mapping[str, str]) -> None:
    """Make sure that a request states no condition that its route does not check.

    Who sends one believes that it was checked.  If-None-Match with a GET is checked of every
    answer (see `unchanged`).

    Args:
        route: the route.
        headers: the headers of the request, by name in lower case.

    Raises:
        Rejected: it does (HEADER_UNFIT).
    """
    checked = (*route.headers, *(() if route.writes else (UNLESS,)))
    for name in ("if-match", UNLESS):
        if name in headers and name not in checked:
            reason = f"{route.verb} checks no such condition here, so nothing was done"
            raise HEADER_UNFIT.raised(field=name, reason=reason)


def unchanged(route: Route, headers: Mapping[str, str], reply: Reply) -> Reply:
    """Return the answer of a route, without a body if the client has it already.

    RFC 9110, 13.1.2: a GET whose If-None-Match names the version that there is, or `*` where
    there is one, is answered with 304.
    """
    asked = headers.get(UNLESS)
    if route.writes or asked is None or reply.status != OK:
        return reply
    tag = reply.headers.get("ETag")
    there = asked.strip() == ANY or (tag is not None and _names(asked, tag[1:-1], weak=True))
    kept = {"ETag": tag} if tag is not None else {}
    return Reply(status=UNCHANGED, headers=kept) if there else reply


def is_stale(error: ClaryError) -> bool:
    """Tell whether an error says that the record has changed since it was looked at."""
    return any(each.code in _STALE for each in error.findings)


def is_taken(error: ClaryError) -> bool:
    """Tell whether an error says that the record to be created is there already."""
    return any(each.code in _TAKEN for each in error.findings)


def differs(record: str, error: ClaryError | None = None) -> ClaryError:
    """Return the problem of a record that has changed, with what was found."""
    found = error.findings if error is not None else ()
    return Rejected(VERSION_DIFFERS.finding(record=record), *found)
