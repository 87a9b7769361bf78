"""The query language of the push API, onto the one filter tree: `amountDue>0&&status!=Paid`.

A query is answered on the shown records, as they leave; `narrowing` hands down to the books
what they can answer themselves.  Source: push-api.md 3.1; that texts compare without regard
to case is inferred there, and so is that a property without a value differs from every value.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cmp_to_key
from heapq import nlargest, nsmallest
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast

from clary.flows.push import problems
from clary.flows.push.declaring import Field, OptionType, PushType
from clary.flows.push.showing import Record, Shown
from clary.kernel.errors import ClaryError
from clary.ledger.filters import And, Comparison, Operator, Or, Tree
from clary.ledger.filters.dialect import Dialect

if TYPE_CHECKING:
    from lark import Token

LONGEST: Final = 2047
"""Most characters of a query: fewer than 2048 (push-api.md 3.1)."""

_TOO_LONG: Final = f"it has more than {LONGEST} characters", "Shorten it, or read in parts."

Kinds: TypeAlias = Mapping[str, OptionType]
"""What the property at each dotted path holds; a list's own entries are not among them."""

R = TypeVar("R", bound=Mapping[str, Shown])
"""A record, as it is shown or as the books have it."""

Matcher: TypeAlias = Callable[[Record], bool]
"""Tells whether a shown record is chosen."""

_Value: TypeAlias = "str | Decimal | bool | datetime"

COMPANY_KINDS: Final[Kinds] = {
    "id": OptionType.STRING,
    "name": OptionType.STRING,
    "description": OptionType.STRING,
    "platform": OptionType.STRING,
    "created": OptionType.DATE_TIME,
    "lastSync": OptionType.DATE_TIME,
    "dataConnections.id": OptionType.STRING,
    "dataConnections.status": OptionType.STRING,
    "dataConnections.platformName": OptionType.STRING,
    "dataConnections.integrationId": OptionType.STRING,
}
"""Companies are asked for by their connections' status, though those are a list (3.1)."""

OPERATION_KINDS: Final[Kinds] = {
    "pushOperationKey": OptionType.STRING,
    "dataConnectionKey": OptionType.STRING,
    "dataType": OptionType.STRING,
    "status": OptionType.STRING,
    "statusCode": OptionType.NUMBER,
    "requestedOnUtc": OptionType.DATE_TIME,
    "completedOnUtc": OptionType.DATE_TIME,
    "errorMessage": OptionType.STRING,
    "timeoutInMinutes": OptionType.NUMBER,
}

_STARTS: Final = re.compile(r"(!=|<=|>=|=|~|<|>)\s*(.+)", re.DOTALL)
_OPERATORS: Final = {
    "=": Operator.EQUAL,
    "!=": Operator.NOT_EQUAL,
    "~": Operator.LIKE,
    "<": Operator.LESS,
    ">": Operator.GREATER,
    "<=": Operator.LESS_EQUAL,
    ">=": Operator.GREATER_EQUAL,
}
_TESTS: Final[Mapping[Operator, Callable[[_Value, _Value], bool]]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.GREATER: operator.gt,
    Operator.LESS_EQUAL: operator.le,
    Operator.GREATER_EQUAL: operator.ge,
}
_EQUALITY: Final = frozenset({Operator.EQUAL, Operator.NOT_EQUAL})
_FITTING: Final[Mapping[OptionType, frozenset[Operator]]] = {
    OptionType.STRING: _EQUALITY | {Operator.LIKE},
    OptionType.NUMBER: frozenset(_TESTS),
    OptionType.DATE_TIME: frozenset(_TESTS),
    OptionType.BOOLEAN: _EQUALITY,
}
_WORDS: Final = {
    OptionType.STRING: "text",
    OptionType.NUMBER: "a number",
    OptionType.DATE_TIME: "a date such as 2026-01-31 or 2026-01-31T00:00:00Z",
    OptionType.BOOLEAN: "true or false",
}
_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")


class _Builder:
    """Builds the tree bottom up while the text is parsed; a method for each rule."""

    def either(self, parts: list[Tree]) -> Tree:
        return Or(tuple(parts))

    def both(self, parts: list[Tree]) -> Tree:
        return And(tuple(parts))

    def compare(self, children: tuple[Token, Token]) -> Comparison:
        name, compared = children
        found = _STARTS.match(str(compared))
        symbol, value = found.groups() if found is not None else ("=", "")
        how = _OPERATORS[symbol]
        return Comparison(str(name), how, (f"%{value}%" if how is Operator.LIKE else value,))


_QUERY: Final = Dialect(
    grammar="push_query.lark",
    builder=_Builder,
    words={
        "NAME": "a property",
        "COMPARED": "a comparison (=, !=, ~, <, >, <=, >=) with its value",
        "_OPEN": "an opening brace",
        "_CLOSE": "a closing brace",
        "_AND": "`&&`",
        "_OR": "`||`",
        "$END": "the end",
    },
    character_hints={
        **dict.fromkeys("=!~<>", "Write a property, one comparison and a value."),
        "(": "Group conditions with braces: {a=1||b=2}.",
        "&": "Join conditions with `&&`.",
        "|": "Join conditions with `||`.",
    },
)


@dataclass(frozen=True, slots=True)
class Ordering:
    """How records are ordered.

    Attributes:
        path: dotted path of the property.
        kind: what it holds.
        is_descending: greatest first.
    """

    path: str
    kind: OptionType
    is_descending: bool


def kinds_of(push_type: PushType) -> Kinds:
    """Return what a query over a data type may name; no property of a list's entries."""
    return {"metadata.isDeleted": OptionType.BOOLEAN, **dict(_kinds(push_type.fields, ""))}


def _kinds(fields: Sequence[Field], prefix: str) -> Iterator[tuple[str, OptionType]]:
    for field in fields:
        path = f"{prefix}{field.name}"
        yield path, field.kind
        if field.kind is OptionType.OBJECT:
            yield from _kinds(field.fields, f"{path}.")


def parse(text: str, kinds: Kinds) -> Tree:
    """Return the filter of a query text.

    Raises:
        Rejected: it is no query, names what these records have not, or compares it with
            what it does not hold (PUSH_QUERY_INVALID, with the place where it has one).
    """
    if len(text) > LONGEST:
        raise _invalid(*_TOO_LONG)
    try:
        tree = cast("Tree", _QUERY.parse(text))
    except ClaryError as error:
        found = error.findings[0]
        raise _invalid(found.message.removeprefix("Filter, "), found.remedy) from None
    for leaf in leaves(tree):
        wrong = _wrong(leaf, kinds)
        if wrong is not None:
            raise _invalid(*wrong)
    return tree


def leaves(tree: Tree) -> Iterator[Comparison]:
    """Yield the comparisons of a parsed query from left to right."""
    if isinstance(tree, Comparison):
        yield tree
    elif isinstance(tree, And | Or):
        for part in tree.parts:
            yield from leaves(part)


def _invalid(reason: str, remedy: str) -> ClaryError:
    return problems.PUSH_QUERY_INVALID.raised(reason=reason.rstrip("."), remedy=remedy)


def _wrong(leaf: Comparison, kinds: Kinds) -> tuple[str, str] | None:
    """Return what is wrong with a comparison and what to do, or none where nothing is."""
    kind = kinds.get(leaf.field)
    if kind is None:
        return f"there is no property {leaf.field}", "Name one of the record's own."
    if kind not in _FITTING:
        return (
            f"{leaf.field} is a list or an object and cannot be compared",
            "Name a property inside an object; lists cannot be queried.",
        )
    if leaf.operator not in _FITTING[kind]:
        return (
            f"{leaf.field} holds {_WORDS[kind]} and cannot be compared so",
            "Use = or !=, ~ for texts, and <, >, <= or >= for numbers and dates.",
        )
    if _typed(wanted(leaf), kind) is None:
        return (
            f"{leaf.field} holds {_WORDS[kind]}, not {problems.quoted(wanted(leaf))}",
            f"Compare it with {_WORDS[kind]}.",
        )
    return None


def wanted(leaf: Comparison) -> str:
    """Return the value of a comparison as it was written."""
    value = str(leaf.values[0])
    return value[1:-1] if leaf.operator is Operator.LIKE else value


def _typed(value: object, kind: OptionType) -> _Value | None:
    """Return a value as what its kind compares, or none where it is nothing of that kind."""
    if kind is OptionType.BOOLEAN:
        told = {"true": True, "false": False}
        return value if isinstance(value, bool) else told.get(str(value).lower())
    if kind is OptionType.NUMBER:
        if isinstance(value, int | Decimal):
            return Decimal(value)
        text = str(value)
        return Decimal(text) if _NUMBER.fullmatch(text) else None
    if kind is OptionType.DATE_TIME:
        return moment(str(value))
    return _folded(str(value))


def _folded(text: str) -> str:
    """Return a text with the letters A to Z in lower case, as stores compare it."""
    return text.lower() if text.isascii() else re.sub("[A-Z]+", lambda m: m[0].lower(), text)


def moment(text: str) -> datetime | None:
    """Return a moment in UTC; one without a zone counts as UTC, as the API writes days."""
    zoned = re.search(r"(?:Z|[+-][0-9]{2}:[0-9]{2})$", text) and "T" in text
    try:
        found = datetime.fromisoformat(text if zoned else f"{_with_time(text)}+00:00")
        return found.astimezone(UTC)
    except (ValueError, OverflowError):  # no moment, or none that a calendar has in UTC
        return None


def _with_time(text: str) -> str:
    return text if "T" in text else f"{text}T00:00:00"


def matcher(tree: Tree, kinds: Kinds) -> Matcher:
    """Return a function that tells whether a shown record is chosen by a parsed query."""
    if isinstance(tree, And):
        parts = [matcher(part, kinds) for part in tree.parts]
        return lambda record: all(part(record) for part in parts)
    if isinstance(tree, Or):
        parts = [matcher(part, kinds) for part in tree.parts]
        return lambda record: any(part(record) for part in parts)
    [leaf] = leaves(tree)
    return _test(leaf, kinds[leaf.field])


def _test(leaf: Comparison, kind: OptionType) -> Matcher:
    steps, sought = leaf.field.split("."), _typed(wanted(leaf), kind)
    is_unequal = leaf.operator is Operator.NOT_EQUAL
    compare = _contains if leaf.operator is Operator.LIKE else _TESTS[leaf.operator]

    def test(record: Record) -> bool:
        found = [_typed(value, kind) for value in _values(record, steps) if value is not None]
        known = [value for value in found if value is not None]
        if not known or sought is None:
            return is_unequal
        return any(compare(value, sought) for value in known)

    return test


def _contains(found: _Value, sought: _Value) -> bool:
    return str(sought) in str(found)


def _values(value: Shown, steps: Sequence[str]) -> Iterator[Shown]:
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _values(entry, steps)
    elif not steps:
        yield value
    elif isinstance(value, Mapping):
        yield from _values(value.get(steps[0]), steps[1:])


def parse_order(text: str, kinds: Kinds) -> Ordering:
    """Return the order that `orderBy` asks for: a property, a minus sign before it to turn it.

    Raises:
        Rejected: there is no such property to order by (PUSH_ORDER_INVALID).
    """
    path = text.strip()
    is_descending = path.startswith("-")
    path = path.removeprefix("-")
    kind = kinds.get(path)
    if kind is None or kind not in _FITTING:
        raise problems.PUSH_ORDER_INVALID.raised(
            reason=f"there is no property {path!r} to order by"
        )
    return Ordering(path, kind, is_descending)


def foremost(records: Iterable[R], ordering: Ordering, count: int) -> list[R]:
    """Return the first records in an order; those without the property come first.

    Turned, they come last; equal ones keep their order either way.  No more than `count` are
    held at a time.
    """
    steps = ordering.path.split(".")
    comparable = cmp_to_key(_before)

    def key(record: R) -> Any:  # noqa: ANN401 - what cmp_to_key returns has no name
        found = next(iter(_values(record, steps)), None)
        return comparable(None if found is None else _typed(found, ordering.kind))

    chosen = nlargest if ordering.is_descending else nsmallest
    return chosen(count, records, key=key)


def _before(a: _Value | None, b: _Value | None) -> int:
    if a is None or b is None:
        return (a is not None) - (b is not None)
    less = _TESTS[Operator.LESS]
    return less(b, a) - less(a, b)
