"""JSON as it goes over the wire, without a float in between.

Amounts are kept in minor units and quantities in thousandths; both become number tokens
that say exactly what is stored.  Numbers that come in are read as decimals.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from clary.apps.connectwise.sandbox.problems import Refused

Json: TypeAlias = "str | int | bool | Decimal | list[Json] | dict[str, Json] | None"

LARGEST_BODY = 64 * 1024 * 1024
"""Bytes; a million record ids need eight of these megabytes."""

PACKET = 256 * 1024

_SURROGATE = rb"\ud"
_quoted = json.encoder.encode_basestring


class Number(str):
    """The text of a number that goes out as it stands."""

    __slots__ = ()


class Raw(str):
    """JSON text that goes out as it stands."""

    __slots__ = ()


def money(minor: int) -> Number:
    """Return an amount of minor units (cents, pence) as a number."""
    sign, size = ("-", -minor) if minor < 0 else ("", minor)
    return Number(f"{sign}{size // 100}.{size % 100:02}")


def quantity(thousandths: int) -> Number:
    """Return a quantity or rate of thousandths as a number without trailing zeros."""
    whole, rest = divmod(abs(thousandths), 1000)
    sign = "-" if thousandths < 0 else ""
    return Number(f"{sign}{whole}.{rest:03}".rstrip("0").rstrip("."))


def encoded(value: Json) -> str:
    """Return a value as JSON text; entries that hold nothing are left out, as the site does."""
    # Exact types first: this runs some hundred times for every document of an export.
    if type(value) is str:
        return _quoted(value)
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        members = [
            _named(name) + encoded(inner) for name, inner in value.items() if inner is not None
        ]
        return "{" + ",".join(members) + "}"
    if isinstance(value, list):
        return "[" + ",".join([encoded(inner) for inner in value]) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "null" if value is None else format(value, "f")


@lru_cache(maxsize=4_096)
def _named(name: str) -> str:
    return _quoted(name) + ":"


def listed(items: Iterable[str]) -> Iterator[str]:
    """Yield the pieces of a JSON list whose members are JSON texts."""
    opening = "["
    for item in items:
        yield opening + item
        opening = ","
    yield "[]" if opening == "[" else "]"


def gathered(pieces: Iterable[str]) -> Iterator[bytes]:
    """Yield pieces of a long answer in packets that are worth a trip each."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size > PACKET:
            yield "".join(waiting).encode("utf-8")
            waiting.clear()
            size = 0
    yield "".join(waiting).encode("utf-8")


def parsed(text: bytes) -> Json:
    """Return what a request's body says.

    Raises:
        Refused: it is no JSON (400).
    """
    try:
        made: Json = json.loads(text, parse_float=Decimal, parse_constant=_no_number)
        if _SURROGATE in text.lower():  # half of a character cannot be stored
            encoded(made).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise Refused.invalid("The request body is not valid JSON.") from error
    return made


def _no_number(token: str) -> Json:
    message = f"{token} is no number"
    raise ValueError(message)


def as_object(value: Json) -> Mapping[str, Json]:
    """Return a body that must be an object.

    Raises:
        Refused: it is something else (400).
    """
    if isinstance(value, dict):
        return value
    raise Refused.invalid("The request body must be a JSON object.")
