"""Pages of short lists that a service gives as a whole, such as users or settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from clary.api.native.calls import Call
from clary.api.native.paging import CURSOR_INVALID, page_of

T = TypeVar("T")


def page_of_all(
    call: Call, found: Sequence[T], place: Callable[[T], list[str]]
) -> tuple[Sequence[T], Sequence[Any] | None]:
    """Return the page that a request asks for, and where it ends if there is a next one.

    Args:
        call: the request, whose parameters are those of a list.
        found: all items, sorted by their place.
        place: tells where an item stands.

    Raises:
        Rejected: the cursor holds something else (CURSOR_INVALID).
    """
    limit, last = call.query_paged().limit, call.after()
    if last is not None:
        if not all(isinstance(each, str) for each in last):
            raise CURSOR_INVALID.raised()
        found = [each for each in found if place(each) > list(last)]
    return page_of(found[: limit + 1], limit, place)
