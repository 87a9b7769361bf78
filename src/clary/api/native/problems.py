"""Errors of the native API: every one is a problem document of RFC 9457.

The first finding is the problem itself; all of them stand in `findings`, each with what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from clary.api.native.ways import over_http
from clary.kernel.errors import Busy, ClaryError, Failed, Rejected, Unauthorised, declare

API_KEY_MISSING = declare(
    "API_KEY_MISSING",
    Unauthorised,
    "The request states no API key that is in force.",
    "Send the header `Authorization: Bearer KEY` with a key that `clary key add` made and that"
    " has neither expired nor been revoked.",
    http_status=401,
)
PATH_UNKNOWN = declare(
    "PATH_UNKNOWN",
    Rejected,
    "There is nothing at this path.",
    "Check the path against /api/v1/openapi.json.",
    http_status=404,
)
METHOD_UNKNOWN = declare(
    "METHOD_UNKNOWN",
    Rejected,
    "This path has no method {method}.",
    "The header Allow lists its methods.",
    http_status=405,
)
PARAMETER_UNFIT = declare(
    "PARAMETER_UNFIT",
    Rejected,
    "The parameter {field} cannot be used: {reason}.",
    "Check it against /api/v1/openapi.json.",
)
BODY_UNFIT = declare(
    "BODY_UNFIT",
    Rejected,
    "The body cannot be used: {reason}.",
    "Check it against /api/v1/openapi.json.",
)
HEADER_UNFIT = declare(
    "HEADER_UNFIT",
    Rejected,
    "The header {field} cannot be used: {reason}.",
    "Check it against /api/v1/openapi.json.",
    http_status=400,
)
RATE_LIMIT = declare(
    "RATE_LIMIT",
    Busy,
    "The limit of {limit} requests a minute is reached.",
    "Wait until the minute is over; the header Retry-After says how long.",
    http_status=429,
)
KEY_CROWDED = declare(
    "KEY_CROWDED",
    Busy,
    "This key has {limit} requests under way already, the most at once, and they take long.",
    "Send fewer at once, and this one again; the header Retry-After says when.",
    http_status=429,
)
COMPANY_CROWDED = declare(
    "COMPANY_CROWDED",
    Busy,
    "This company has {limit} such requests under way already, the most at once, and they take"
    " long.",
    "Send it again later; the header Retry-After says when. `clary work list` says what a company"
    " waits for, and where `clary serve` or `clary worker` works off what waits, requests with"
    " `Prefer: respond-async` need not wait for it.",
    http_status=503,
)
REQUEST_FAILED = declare(
    "REQUEST_FAILED",
    Failed,
    "The server failed at this request.",
    "Send it again; if it fails again, report its instance, by which the log has it.",
)

PROBLEM: Final = "application/problem+json"
CHALLENGE: Final = 'Bearer realm="clary", Basic realm="clary", charset="UTF-8"'
_WAIT_SECONDS: Final = 5
"""What Retry-After says where nobody knows how long something lasts."""


def problem(error: ClaryError, instance: str) -> Mapping[str, Any]:
    """Return the problem document of an error.

    Args:
        error: what went wrong.
        instance: names this one occurrence.
    """
    leading = error.findings[0]
    return {
        "type": f"urn:clary:error:{leading.code}",
        "title": leading.code.replace("_", " ").capitalize(),
        "status": error.status,
        "detail": leading.message,
        "instance": f"urn:clary:request:{instance}",
        "code": leading.code,
        "findings": [over_http(each).as_dict() for each in error.findings],
    }


def headers_of(error: ClaryError) -> Mapping[str, str]:
    """Return the headers that belong to a problem."""
    status = error.status
    if status == API_KEY_MISSING.http_status:
        return {"WWW-Authenticate": CHALLENGE}
    if isinstance(error, Busy) and error.code != RATE_LIMIT.name:  # that one knows better
        return {"Retry-After": str(_WAIT_SECONDS)}
    return {}
