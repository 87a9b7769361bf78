"""Cursors: where a page ended, so that the next one goes on after it whatever was added since.

A cursor belongs to one path and its parameters.  It holds no secret and gives no right: it
only says where to go on in what may be seen anyway.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Final, TypeVar

from clary.kernel.errors import Rejected, declare

T = TypeVar("T")

CURSOR_INVALID = declare(
    "CURSOR_INVALID",
    Rejected,
    "This is no cursor of this list with these parameters.",
    "Send the `next` of an answer to the same path and parameters, or leave `after` out.",
    http_status=400,
    exit_code=2,
)
_UNUSABLE: Final = re.compile("[\0\ud800-\udfff]")
_INTEGER: Final = 2**63
_MARK: Final = 12
"""Characters of what a cursor belongs to."""


def cursor(last: Sequence[Any], asked: str) -> str:
    """Return the cursor of a page that ended at `last`, JSON values, of what was asked."""
    text = json.dumps([_mark(asked), *last], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode("ascii").rstrip("=")


def position(text: str, asked: str) -> Sequence[Any]:
    """Return where the page before ended.

    Raises:
        Rejected: it is no cursor, or one of something else (CURSOR_INVALID).
    """
    try:
        padded = text + "=" * (-len(text) % 4)
        found = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, binascii.Error, RecursionError) as error:
        raise CURSOR_INVALID.raised() from error
    if not isinstance(found, list) or not found or found[0] != _mark(asked):
        raise CURSOR_INVALID.raised()
    if not all(_is_usable(each) for each in found):
        raise CURSOR_INVALID.raised()
    return found[1:]


def _is_usable(value: object) -> bool:
    """Tell whether a value, which came from outside, can be compared with what is stored."""
    if isinstance(value, str):
        return _UNUSABLE.search(value) is None
    return value is None or (isinstance(value, int) and abs(value) < _INTEGER)


def page_of(
    found: Sequence[T], limit: int, place: Callable[[T], Sequence[Any]]
) -> tuple[Sequence[T], Sequence[Any] | None]:
    """Return the items of a page, and where it ends if there is a next one.

    Args:
        found: at most one more than the page has.
        limit: items of the page.
        place: tells where an item stands, in JSON values.
    """
    items = found[:limit]
    return items, place(items[-1]) if len(found) > limit else None


def one_of(found: Sequence[Any] | None, kind: type[T]) -> T | None:
    """Return the one value of a position, none at the start of a list.

    Raises:
        Rejected: it holds something else (CURSOR_INVALID).
    """
    if found is None:
        return None
    if len(found) == 1 and type(found[0]) is kind:
        return found[0]
    raise CURSOR_INVALID.raised()


def _mark(asked: str) -> str:
    return sha256(asked.encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]
