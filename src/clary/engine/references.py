"""Values that are known only from an earlier outcome: finding them in a body, filling them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

from clary.kernel.change import Body, Change, JsonValue, Outcome, Ref
from clary.kernel.errors import Finding, Rejected, declare

REFERENCE_EMPTY = declare(
    "REFERENCE_EMPTY",
    Rejected,
    "The value {value} of change {change} is needed here, and its outcome does not hold it.",
    "Look at change {change} of the plan; the company did not give back what was expected.",
)

_Lookup = Callable[[Ref], JsonValue]


def references(change: Change) -> tuple[Ref, ...]:
    """Return every reference in a change's key and body."""
    found = list(_within(change.after))
    in_key = Ref.of_key(change.key)
    return (*found, in_key) if in_key else tuple(found)


def _within(value: JsonValue) -> Iterator[Ref]:
    ref = Ref.of(value)
    if ref is not None:
        yield ref
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _within(inner)
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for inner in value:
            yield from _within(inner)


def filled(change: Change, outcomes: Mapping[int, Outcome]) -> Change:
    """Return the change with every reference replaced by its value.

    Raises:
        Rejected: an outcome does not hold the value (REFERENCE_EMPTY), all at once.
    """
    missing: list[Finding] = []

    def lookup(ref: Ref) -> JsonValue:
        value = _value(outcomes.get(ref.change), ref.field)
        if value is None:
            missing.append(
                REFERENCE_EMPTY.finding(record=change.record, change=ref.change, value=ref.field)
            )
        return value

    after = cast("Body | None", _replaced(change.after, lookup))
    key = change.key
    if (ref := Ref.of_key(key)) is not None:
        key = str(lookup(ref))
    if missing:
        raise Rejected(*missing)
    return replace(change, after=after, key=key)


def _replaced(value: JsonValue, lookup: _Lookup) -> JsonValue:
    ref = Ref.of(value)
    if ref is not None:
        return lookup(ref)
    if isinstance(value, Mapping):
        return {name: _replaced(inner, lookup) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_replaced(inner, lookup) for inner in value]
    return value


def _value(outcome: Outcome | None, field: str) -> JsonValue:
    """Return `key`, or the value at a dotted path (with 0-based positions) of the body."""
    if outcome is None:
        return None
    if field == "key":
        return outcome.key
    value: JsonValue = outcome.body
    for part in field.split("."):
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, Sequence) and not isinstance(value, str) and part.isdecimal():
            value = value[int(part)] if int(part) < len(value) else None
        else:
            return None
    return value
