"""What of an update is news, so that stating a record as it was read changes nothing in it.

Clients of the push API state whole documents.  Lines that say what the books hold, only in
fewer words (without the tax that was worked out, say), must not count as changed: posted lines
cannot be, or are posted anew for nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from clary.kernel.change import Body, JsonValue
from clary.ledger.types.documents import MAKES_TOTAL

WORTH: Final = frozenset({"total", "taxes"})
"""Fields of a document that say what its lines come to; with other lines, they count as stated."""


def news(stated: Body, found: Body) -> Body:
    """Return what an update states without the groups that the books agree with.

    What its lines come to is no news either where they are none.

    Args:
        stated: what the update states.
        found: the record as the books have it.
    """

    def is_news(name: str, value: JsonValue) -> bool:
        held = found.get(name)
        if isinstance(value, list | tuple):
            return not agrees(value, held)
        return name not in WORTH or value != held

    counts = any(name in MAKES_TOTAL and is_news(name, value) for name, value in stated.items())
    return {
        name: value
        for name, value in stated.items()
        if (counts and name in WORTH) or is_news(name, value)
    }


def whole(stated: Body, found: Body, name: str, parts: frozenset[str]) -> Body:
    """Return an update whose group replaces that of the record as a whole.

    Else the parts that it leaves out would stay: the town of one address with the street of
    another.

    Args:
        stated: what the update states.
        found: the record as the books have it.
        name: the group.
        parts: those of its fields that an update can state.
    """
    group, kept = stated.get(name), found.get(name)
    if not isinstance(group, Mapping) or not isinstance(kept, Mapping):
        return stated
    gone = [part for part in kept if part in parts]
    return {**stated, name: {**dict.fromkeys(gone), **group}}


def agrees(stated: object, found: object) -> bool:
    """Tell whether what is found holds all that is stated."""
    if isinstance(stated, Mapping):
        return isinstance(found, Mapping) and all(
            agrees(value, found.get(name)) for name, value in stated.items()
        )
    if isinstance(stated, list | tuple):
        return (
            isinstance(found, list | tuple)
            and len(found) == len(stated)
            and all(map(agrees, stated, found))
        )
    return stated == found
