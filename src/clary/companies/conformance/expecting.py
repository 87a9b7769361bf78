"""What the suite says when a driver breaks the contract: plain failures with the reason.

Raised by hand instead of by `assert`, so that the suite also works where its modules are
not rewritten by the test runner, and under `python -O`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError
from clary.ledger import schema
from clary.ledger.fields import EditionName, Kind
from clary.ledger.record import Record, entry_class, member
from clary.ledger.registry import record_type
from clary.ledger.schema import Purpose

ErrorType = TypeVar("ErrorType", bound=ClaryError)


def expect(truth: object, message: str) -> None:
    """Fail with `message` unless `truth` holds.

    Raises:
        AssertionError: it does not.
    """
    __tracebackhide__ = True
    if not truth:
        raise AssertionError(message)


def equal(found: object, wanted: object, what: str) -> None:
    """Fail unless two values are equal.

    Raises:
        AssertionError: they differ.
    """
    __tracebackhide__ = True
    if found != wanted:
        message = f"{what}: found {found!r}, expected {wanted!r}"
        raise AssertionError(message)


def refused(kind: type[ErrorType], what: str, call: Callable[[], object]) -> ErrorType:
    """Return the error of class `kind` that `call` raises; fail if it raises none.

    Raises:
        AssertionError: nothing was raised, or one of our errors of another class.
    """
    __tracebackhide__ = True
    try:
        call()
    except kind as error:
        return error
    except ClaryError as error:
        message = f"{what}: expected {kind.__name__}, got {type(error).__name__} {error.code}"
        raise AssertionError(message) from error
    message = f"{what}: nothing was raised, expected {kind.__name__}"
    raise AssertionError(message)


def canonical(
    name: str, body: Body, edition: EditionName, release: int | None, purpose: Purpose
) -> Body:
    """Return a body as the declarations make it: trimmed, in upper case where stored so.

    Raises:
        AssertionError: the declarations refuse it, so that it is no fault of the driver.
    """
    typed, findings = schema.check(name, body, edition, release, purpose)
    if typed is None:
        message = f"the suite made a {name} that the declarations refuse: {findings}"
        raise AssertionError(message)
    return schema.canonical_body(typed)


def differences(name: str, wanted: Body, stored: Body) -> list[str]:
    """Return how a stored record differs from the fields that `wanted` states, in words.

    A flag that is not there means no; none, an empty text and an empty list are the same
    as nothing.
    """
    return _differ(record_type(name).record, wanted, stored, "")


def _differ(
    record: type[Record], wanted: Mapping[str, JsonValue], stored: Mapping[str, JsonValue], at: str
) -> list[str]:
    found: list[str] = []
    for field, value in wanted.items():
        known = member(record, field)
        if known is None or known.spec.kind is not Kind.GROUP:
            found += _plain(f"{at}{field}", value, stored.get(field))
        else:
            inner = entry_class(known.annotation)
            found += _group(inner, value, stored.get(field), f"{at}{field}")
    return found


def _plain(path: str, wanted: JsonValue, stored: JsonValue) -> list[str]:
    # The type counts as well: 1 equals True, and is not the same in a body.
    alike = wanted == stored and type(wanted) is type(stored)
    if alike or (_nothing(wanted) and _nothing(stored)):
        return []
    return [f"{path} is {stored!r}, not {wanted!r}"]


def _nothing(value: JsonValue) -> bool:
    return value is None or value is False or value in ("", [], {})


def _group(record: type[Record], wanted: JsonValue, stored: JsonValue, path: str) -> list[str]:
    if isinstance(wanted, Mapping):
        if not isinstance(stored, Mapping):
            return [] if all(_nothing(each) for each in wanted.values()) else [f"{path} is gone"]
        return _differ(record, wanted, stored, f"{path}.")
    if not isinstance(wanted, list):
        return _plain(path, wanted, stored)
    entries = stored if isinstance(stored, Sequence) and not isinstance(stored, str) else []
    if len(entries) != len(wanted):
        return [f"{path} has {len(entries)} entries, not {len(wanted)}"]
    found: list[str] = []
    for position, (entry, kept) in enumerate(zip(wanted, entries, strict=True)):
        if isinstance(entry, Mapping) and isinstance(kept, Mapping):
            found += _differ(record, entry, kept, f"{path}.{position}.")
    return found


def kept(name: str, wanted: Body, stored: Body, what: str) -> None:
    """Fail unless a stored record holds everything that `wanted` states.

    Raises:
        AssertionError: it differs; the message names every field.
    """
    __tracebackhide__ = True
    found = differences(name, wanted, stored)
    expect(not found, f"{what}: " + "; ".join(found))
