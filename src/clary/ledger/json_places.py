"""Where in a JSON text something stands that the standard reader refuses without a place.

The reader tells the place of a broken text, but not of what only a document must not hold:
a name twice in one object, a number that is none or too long.  This looks it up afterwards.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

DIGITS_LIMIT: Final = 400
"""Most characters of one number: far beyond every amount and quantity."""

_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_OPENING: Final = frozenset("{[")
_CLOSING: Final = frozenset("}]")
_NUMBERS: Final = frozenset("-0123456789")
_CONSTANTS: Final = frozenset({"NaN", "Infinity", "-Infinity"})

WORDS: Final = {
    "Expecting value": "a value is missing",
    "Expecting ':' delimiter": "a colon is missing",
    "Expecting ',' delimiter": "a comma or a closing bracket is missing",
    "Expecting property name enclosed in double quotes": "a name in double quotes is missing",
    "Illegal trailing comma before end of object": "a comma stands before the end of the object",
    "Illegal trailing comma before end of array": "a comma stands before the end of the list",
    "Unterminated string starting at": "a text that has no end begins",
    "Invalid control character at": "a line break or control character stands in a text",
    "Invalid \\escape": "a backslash stands before a character that needs none",
    "Invalid \\uXXXX escape": "a \\u is not followed by four hexadecimal digits",
    "Extra data": "something follows the end of the document",
}
"""Our words for what the standard reader says, by how its sentence begins."""


@dataclass(frozen=True, slots=True)
class Refused:
    """What is refused, in words, and the offset at which it begins."""

    reason: str
    offset: int


def place_of(text: str, offset: int, first_line: int = 1) -> tuple[int, int]:
    """Return line and column, both from 1 and in characters, of an offset in a text.

    Args:
        text: the text.
        offset: characters before the place.
        first_line: number of the text's first line in what it was taken from.
    """
    start = text.rfind("\n", 0, offset) + 1
    return first_line + text.count("\n", 0, offset), offset - start + 1


def in_our_words(message: str) -> str:
    """Return what the standard reader says in our words, its own where we have none."""
    return next((ours for theirs, ours in WORDS.items() if message.startswith(theirs)), message)


def first_refused(text: str) -> Refused:
    """Return the first thing in a readable JSON text that a document must not hold."""
    objects: list[set[str] | None] = []
    name, start = "", 0
    for found in _TOKEN.finditer(text):
        piece = found.group()
        if piece in _OPENING:
            objects.append(set() if piece == "{" else None)
        elif piece in _CLOSING:
            objects.pop()
        elif piece[0] == '"':
            name, start = json.loads(piece, strict=False), found.start()
        elif piece == ":":
            if _is_twice(name, objects):
                return Refused(f"{name!r} is stated twice in one object", start)
        elif reason := _wrong_number(piece):
            return Refused(reason, found.start())
    return Refused("it holds something that cannot be read", 0)


def _wrong_number(piece: str) -> str:
    """Return what is wrong with a number, or with what stands for one; empty where nothing is."""
    if piece in _CONSTANTS:
        return f"{piece} is no number of JSON"
    if len(piece) > DIGITS_LIMIT:
        return f"a number has more than {DIGITS_LIMIT} digits"
    try:
        if piece[0] in _NUMBERS:
            Decimal(piece)
    except InvalidOperation:
        return f"{piece} is too large a number"
    return ""


def _is_twice(name: str, objects: list[set[str] | None]) -> bool:
    """Tell whether the innermost object has a name already, and take the name in."""
    names = objects[-1] if objects else None
    if names is None:
        return False
    seen = name in names
    names.add(name)
    return seen
