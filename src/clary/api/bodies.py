"""Reads the body of a request: bounded while it arrives, UTF-8, and said to be JSON.

It also refuses, wherever in a request they are, the characters that no store, no file of Sage
and no answer could hold: NUL, and halves of surrogate pairs.  UTF-8 itself has none of the
latter, so that they come in the escapes of JSON alone.

The one place for every API, so that none of them is more lenient than another.
"""

from __future__ import annotations

import re
from typing import Final

from fastapi import Request

from clary.kernel.errors import Rejected, declare

REQUEST_TOO_LARGE = declare(
    "REQUEST_TOO_LARGE",
    Rejected,
    "The body is larger than {limit} bytes.",
    "Send fewer documents at a time.",
    http_status=413,
)
REQUEST_NOT_TEXT = declare(
    "REQUEST_NOT_TEXT",
    Rejected,
    "The body is no UTF-8 text.",
    "Send JSON in UTF-8.",
    http_status=400,
)
REQUEST_CHARACTER = declare(
    "REQUEST_CHARACTER",
    Rejected,
    "The {where} holds a character that no text can have.",
    "Leave NUL out, and halves of surrogate pairs (\\u0000, \\ud800 to \\udfff by themselves).",
    http_status=400,
)
REQUEST_CONTENT_TYPE = declare(
    "REQUEST_CONTENT_TYPE",
    Rejected,
    "The body is said to be {found!r}.",
    "Send JSON, with the header Content-Type: application/json.",
    http_status=415,
)

LARGEST_BODY: Final = 2_000_000
"""Most bytes of a request's body."""

LONGEST_HEADER: Final = 500
"""Most characters of a header that is looked at."""

HUNG_UP: Final = 499
"""Status of a request whose sender hung up; nobody sees it."""

JSON: Final = "application/json"


_ESCAPES: Final = re.compile(
    r"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    r"|u(0000|[dD][89a-fA-F][0-9a-fA-F]{2})"
    r"|.)",
    re.DOTALL,
)
"""An escape of JSON; those that stand for no character are its first group."""


def check_characters(request: Request) -> None:
    """Make sure that path, parameters and headers hold texts.

    Raises:
        Rejected: one of them has a NUL (REQUEST_CHARACTER).
    """
    scope = request.scope
    texts: dict[str, bool] = {
        "path": "\0" in scope["path"],
        "query": b"%00" in scope["query_string"],
        "header": any(b"\0" in value for _, value in scope["headers"]),
    }
    for where, is_unfit in texts.items():
        if is_unfit:
            raise REQUEST_CHARACTER.raised(where=where)


def _is_unfit(text: str) -> bool:
    """Tell whether a JSON text holds, as it is or escaped, what is no character."""
    if "\0" in text:
        return True
    return "\\u" in text and any(found[1] for found in _ESCAPES.finditer(text))


async def read_body(request: Request) -> str:
    """Return the body of a request whose other parts are texts.

    Raises:
        Rejected: it is too large (REQUEST_TOO_LARGE), no text (REQUEST_NOT_TEXT,
            REQUEST_CHARACTER), or said to be something else than JSON
            (REQUEST_CONTENT_TYPE).
        ClientDisconnect: the sender hung up.
    """
    check_characters(request)
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise REQUEST_TOO_LARGE.raised(limit=LARGEST_BODY)
        parts.append(part)
    if not size:
        return ""
    stated = request.headers.get("content-type", JSON).partition(";")[0].strip().lower()
    if stated != JSON and not stated.endswith("+json"):
        raise REQUEST_CONTENT_TYPE.raised(found=stated[:80])
    try:
        text = b"".join(parts).decode("utf-8")
    except UnicodeDecodeError as error:
        raise REQUEST_NOT_TEXT.raised() from error
    if _is_unfit(text):
        raise REQUEST_CHARACTER.raised(where="body")
    return text
