"""Builds the texts by which ConnectWise is told which records to give.

A value is never pasted into a condition by hand: a quotation mark in a name would end the
text early and ask for other records.  No rule for escaping a quotation mark is published,
so a value goes into the kind of marks that it does not hold, and is refused if it holds
both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypeAlias

from clary.kernel.errors import Rejected, declare

CONDITION_VALUE = declare(
    "CONNECTWISE_CONDITION_VALUE",
    Rejected,
    "ConnectWise cannot be asked for {field} {value!r}: {reason}.",
    "Choose by another field, or change the name in ConnectWise.",
)

Value: TypeAlias = str | int | Decimal | bool | date | datetime | None

_FIELD = re.compile("[A-Za-z_][A-Za-z0-9_]*(/[A-Za-z_][A-Za-z0-9_]*)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def equal(field: str, value: Value) -> str:
    """Return the condition that a field holds a value; none for one that holds nothing."""
    return _compared(field, "=", value)


def through(field: str, day: date) -> str:
    """Return the condition that a moment is on or before a day; the whole day counts.

    The last day that there is leaves nothing out, so it asks for nothing.
    """
    return "" if day == date.max else _compared(field, "<", day + timedelta(days=1))


def one_of(field: str, values: Iterable[Value]) -> str:
    """Return the condition that a field holds one of some values.

    Raises:
        ValueError: there are no values; nothing can be asked for.
    """
    listed = ",".join(_written(field, value) for value in values)
    if not listed:
        message = f"a condition on {field} needs at least one value"
        raise ValueError(message)
    return f"{_named(field)} in ({listed})"


def both(*conditions: str) -> str:
    """Return the condition that all of these hold; empty ones ask for nothing."""
    stated = [condition for condition in conditions if condition]
    if len(stated) < 2:  # noqa: PLR2004 - one alone needs no word between
        return "".join(stated)
    return " and ".join(f"({condition})" for condition in stated)


def _compared(field: str, sign: str, value: Value) -> str:
    return f"{_named(field)} {sign} {_written(field, value)}"


def _named(field: str) -> str:
    if not _FIELD.fullmatch(field):
        message = f"{field!r} is no name of a field"
        raise ValueError(message)
    return field


def _written(field: str, value: Value) -> str:
    """Return a value as it stands in a condition; dates go in square brackets."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "True" if value else "False"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            message = "a moment without a time zone cannot be asked for"
            raise ValueError(message)
        return f"[{value.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}]"
    if isinstance(value, date):
        return f"[{value:%Y-%m-%d}T00:00:00Z]"
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, int):
        return str(value)
    return _quoted(field, value)


def _quoted(field: str, text: str) -> str:
    if _CONTROL.search(text):
        raise CONDITION_VALUE.raised(
            field=field, value=text[:80], reason="it holds a control character"
        )
    for mark in ('"', "'"):
        if mark not in text:
            return f"{mark}{text}{mark}"
    raise CONDITION_VALUE.raised(
        field=field, value=text[:80], reason="it holds both kinds of quotation marks"
    )
