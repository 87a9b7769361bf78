"""Evaluates a bound filter on record bodies, for whatever a company cannot filter itself.

The rules are those of SQL, so that it makes no difference where a filter is evaluated:

- Logic has three values.  A comparison with an absent or null field is unknown, `not` of
  unknown is unknown, and a record is chosen only where the whole filter is true.
- `=`, `<` and their kin compare text exactly, by code point; only the equality of IDs
  ignores case.
- Where case is ignored, in IDs and by `like`, it is that of the letters A to Z only, as in
  SQLite.  In a pattern of `like`, % stands for any characters, _ for exactly one, and
  nothing takes their meaning away.
- A flag that a record does not state means no; it is never null.
- A path into a list (`lines.item_id`) is true where any entry satisfies the comparison,
  false where none does, and unknown where none does but some entry's field is null.  An
  empty list satisfies nothing, not even `is null`.  So `lines.item_id <> 'A'` finds what
  has a line of another item, and `not lines.item_id = 'A'` what has no line of A.
  Two comparisons joined by `and` may be satisfied by two different entries.

A tree is compiled to nested closures once.  Measured with Python 3.11 on one core of a
small shared server, in million records a second: text equality 6, an amount 3, `like` 4,
the four-part filter of the module `text` 0.8, a path into a list of three entries 0.3.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal, InvalidOperation
from string import ascii_lowercase, ascii_uppercase
from typing import Any, Final, TypeAlias

from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError
from clary.ledger.fields import Kind
from clary.ledger.filters import problems
from clary.ledger.filters.check import kind_words
from clary.ledger.filters.tree import And, BoundComparison, BoundTree, Not, Operator, Or

Matcher: TypeAlias = Callable[[Body], bool]
"""Tells whether a record body is chosen."""

_Test: TypeAlias = Callable[[Body], bool | None]
_ValueTest: TypeAlias = Callable[[JsonValue], bool | None]
_Holds: TypeAlias = Callable[[Any], bool]

_NUMBERS: Final = frozenset({Kind.DECIMAL, Kind.MONEY})
_BODY_TYPES: Final[dict[Kind, type]] = {Kind.INTEGER: int, Kind.BOOLEAN: bool}
_NULLS: Final = frozenset({Operator.IS_NULL, Operator.IS_NOT_NULL})
_LOWER: Final = str.maketrans(ascii_uppercase, ascii_lowercase)

_COMPARE: Final[dict[Operator, Callable[[Any, Any], bool]]] = {
    Operator.EQUAL: operator.eq,
    Operator.NOT_EQUAL: operator.ne,
    Operator.LESS: operator.lt,
    Operator.LESS_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_EQUAL: operator.ge,
}


def compile(tree: BoundTree) -> Matcher:  # noqa: A001 - read as `filters.compile`, like re's
    """Return a function that tells whether a record body is chosen by the filter.

    The function raises `Failed` (FILTER_RECORD_VALUE) where a body is not in canonical
    form; it never takes such a record for one that does not match.
    """
    test = _test(tree)

    def matches(body: Body) -> bool:
        return test(body) is True

    return matches


def _test(tree: BoundTree) -> _Test:
    if isinstance(tree, And):
        return _conjunction(tuple(_test(part) for part in tree.parts))
    if isinstance(tree, Or):
        return _disjunction(tuple(_test(part) for part in tree.parts))
    if isinstance(tree, Not):
        return _negation(_test(tree.part))
    return _comparison(tree)


def _conjunction(tests: tuple[_Test, ...]) -> _Test:
    def test(body: Body) -> bool | None:
        result: bool | None = True
        for part in tests:
            found = part(body)
            if found is False:
                return False
            if found is None:
                result = None
        return result

    return test


def _disjunction(tests: tuple[_Test, ...]) -> _Test:
    def test(body: Body) -> bool | None:
        result: bool | None = False
        for part in tests:
            found = part(body)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    return test


def _negation(part: _Test) -> _Test:
    def test(body: Body) -> bool | None:
        found = part(body)
        return None if found is None else not found

    return test


def _comparison(leaf: BoundComparison) -> _Test:
    steps = tuple(leaf.field.split("."))
    value_test = _value_test(leaf)
    if leaf.repeated:
        return _any_entry(leaf, steps, value_test)
    if len(steps) == 1:
        name = leaf.field
        return lambda body: value_test(body.get(name))
    return lambda body: value_test(_inside(leaf, body, steps))


def _any_entry(leaf: BoundComparison, steps: tuple[str, ...], value_test: _ValueTest) -> _Test:
    def test(body: Body) -> bool | None:
        result: bool | None = False
        for value in _entries(leaf, body, steps, in_list=False):
            found = value_test(value)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    return test


def _inside(leaf: BoundComparison, body: JsonValue, steps: tuple[str, ...]) -> JsonValue:
    """Return the value at a path through single groups; an absent group holds nulls."""
    value = body
    for step in steps:
        if value is None:
            return None
        if not isinstance(value, Mapping):
            raise _not_canonical(leaf, value)
        value = value.get(step)
    return value


def _entries(
    leaf: BoundComparison, value: JsonValue, steps: tuple[str, ...], *, in_list: bool
) -> Iterator[JsonValue]:
    """Yield the values at a path through lists; an absent list is an empty one."""
    if isinstance(value, list | tuple):
        for entry in value:
            yield from _entries(leaf, entry, steps, in_list=True)
    elif value is None:
        if in_list:
            yield None
    elif not steps:
        yield value
    elif isinstance(value, Mapping):
        yield from _entries(leaf, value.get(steps[0]), steps[1:], in_list=in_list)
    else:
        raise _not_canonical(leaf, value)


def _value_test(leaf: BoundComparison) -> _ValueTest:
    if leaf.operator in _NULLS:
        wanted = leaf.operator is Operator.IS_NULL
        if leaf.kind is Kind.BOOLEAN:
            return lambda _: not wanted
        return lambda value: (value is None) is wanted
    holds = _holds(leaf)
    of_null = holds(False) if leaf.kind is Kind.BOOLEAN else None  # noqa: FBT003 - a value
    expected = _BODY_TYPES.get(leaf.kind, str)

    def test(value: JsonValue) -> bool | None:
        if value is None:
            return of_null
        # Exact, since a bool would pass for an integer.
        if type(value) is not expected:
            raise _not_canonical(leaf, value)
        try:
            return holds(value)
        except InvalidOperation:
            raise _not_canonical(leaf, value) from None

    return test


def _holds(leaf: BoundComparison) -> _Holds:
    if leaf.any_case:
        folded_relation = _relation(leaf.operator, tuple(folded(str(v)) for v in leaf.values))
        return lambda text: folded_relation(folded(text))
    if leaf.kind not in _NUMBERS:
        return _relation(leaf.operator, leaf.values)
    relation = _relation(leaf.operator, tuple(Decimal(value) for value in leaf.values))
    return lambda text: relation(Decimal(text))


def folded(text: str) -> str:
    """Return a text with the letters A to Z in lower case, as SQLite's `nocase` has it."""
    return text.lower() if text.isascii() else text.translate(_LOWER)


def _relation(how: Operator, values: tuple[Any, ...]) -> _Holds:
    """Return what a value that is not null must satisfy."""
    if how in (Operator.IN, Operator.NOT_IN):
        return _membership(frozenset(values), wanted=how is Operator.IN)
    if how in (Operator.BETWEEN, Operator.NOT_BETWEEN):
        return _range(*values, wanted=how is Operator.BETWEEN)
    if how in (Operator.LIKE, Operator.NOT_LIKE):
        return _likeness(*values, wanted=how is Operator.LIKE)
    compare = _COMPARE[how]
    (value,) = values
    return lambda found: compare(found, value)


def _membership(members: frozenset[Any], *, wanted: bool) -> _Holds:
    return lambda found: (found in members) is wanted


def _range(low: Any, high: Any, *, wanted: bool) -> _Holds:  # noqa: ANN401 - any one kind
    return lambda found: (low <= found <= high) is wanted


def _likeness(pattern: str, *, wanted: bool) -> _Holds:
    match = like_expression(pattern).match
    return lambda found: (match(found) is not None) is wanted


def like_expression(pattern: str) -> re.Pattern[str]:
    """Return a `like` pattern as a regular expression that matches whole texts.

    Each part between two % is taken at its first place and never moved again, which is
    right for such patterns and keeps the time linear for hostile ones.
    """
    first, *rest = (
        "".join("." if mark == "_" else re.escape(mark) for mark in part)
        for part in pattern.split("%")
    )
    expression = first
    if rest:
        expression += "".join(f"(?>.*?{part})" for part in rest[:-1] if part)
        expression += f".*{rest[-1]}"
    return re.compile(rf"{expression}\Z", re.DOTALL | re.IGNORECASE | re.ASCII)


def _not_canonical(leaf: BoundComparison, value: object) -> ClaryError:
    return problems.FILTER_RECORD_VALUE.raised(
        field=leaf.field,
        path=leaf.field,
        value=problems.shown(repr(value)),
        kind=kind_words(leaf.kind),
    )
