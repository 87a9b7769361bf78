"""The one shape that every filter takes, whatever language it was written in.

The filter text, the push API's query, ConnectWise conditions and the CRM's where are
grammars onto this tree; checking, evaluation and SQL know nothing else.  A tree can only
be built within its limits, so whatever walks one may recurse without further care.

A tree has the groups And, Or and Not over leaves of one kind: a `Comparison` as it was
written, or a `BoundComparison` once `check` has fitted it to a record type.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar, Final, Generic, Protocol, TypeAlias, TypeVar

from clary.ledger.fields import Kind
from clary.ledger.filters import problems

MAXIMUM_DEPTH: Final = 32
MAXIMUM_NODES: Final = 1000
MAXIMUM_LIST: Final = 1000
MAXIMUM_TEXT: Final = 20_000
MAXIMUM_DIGITS: Final = 18
MAXIMUM_PATH: Final = 200

Value: TypeAlias = str | Decimal | date | bool
"""A literal as it was written; a day is a `date`, a moment is text until it is checked."""

Canonical: TypeAlias = str | int | bool
"""A value in the canonical form of record bodies (see `kernel.change.Body`)."""


class Operator(StrEnum):
    """How a field is compared with its values."""

    EQUAL = "equal"
    NOT_EQUAL = "not_equal"
    LESS = "less"
    LESS_EQUAL = "less_equal"
    GREATER = "greater"
    GREATER_EQUAL = "greater_equal"
    LIKE = "like"
    NOT_LIKE = "not_like"
    IN = "in"
    NOT_IN = "not_in"
    BETWEEN = "between"
    NOT_BETWEEN = "not_between"
    IS_NULL = "is_null"
    IS_NOT_NULL = "is_not_null"


SYMBOLS: Final[dict[Operator, str]] = {
    Operator.EQUAL: "=",
    Operator.NOT_EQUAL: "<>",
    Operator.LESS: "<",
    Operator.LESS_EQUAL: "<=",
    Operator.GREATER: ">",
    Operator.GREATER_EQUAL: ">=",
    Operator.LIKE: "like",
    Operator.NOT_LIKE: "not like",
    Operator.IN: "in",
    Operator.NOT_IN: "not in",
    Operator.BETWEEN: "between",
    Operator.NOT_BETWEEN: "not between",
    Operator.IS_NULL: "is null",
    Operator.IS_NOT_NULL: "is not null",
}
"""How SQL and the filter text write each operator."""

KEYWORDS: Final = frozenset(
    {"and", "or", "not", "like", "in", "between", "is", "null", "true", "false"}
)
"""Words that no field can be called, in any case."""

_LISTS: Final = frozenset({Operator.IN, Operator.NOT_IN})
_COUNTS: Final[dict[Operator, int]] = {
    Operator.BETWEEN: 2,
    Operator.NOT_BETWEEN: 2,
    Operator.IS_NULL: 0,
    Operator.IS_NOT_NULL: 0,
}
_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)*")
_UNUSABLE: Final = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One field compared with values, as the filter's author wrote it.

    Attributes:
        field: name of the field; dots lead into groups (`addresses.city`).
        operator: how it is compared.
        values: none, one, two (between) or many (in), each of the kind it was written in.

    Raises:
        Rejected: the name, the number of values or a value is outside the limits.
    """

    field: str
    operator: Operator
    values: tuple[Value, ...] = ()

    depth: ClassVar[int] = 1
    nodes: ClassVar[int] = 1

    def __post_init__(self) -> None:
        """Check name, number of values and each value."""
        _check_path(self.field)
        _check_count(self.field, self.operator, len(self.values))
        for value in self.values:
            _check_value(self.field, value)


@dataclass(frozen=True, slots=True)
class BoundComparison:
    """A comparison fitted to a record type; made by `check`, which vouches for it.

    Attributes:
        field: dotted path of the field.
        operator: how it is compared.
        values: the values in the canonical form of the field's kind.
        kind: what the field holds.
        repeated: the path leads through a list, so that a record may have many values.
        any_case: the letters A to Z count the same in either case, as they do in IDs.
    """

    field: str
    operator: Operator
    values: tuple[Canonical, ...]
    kind: Kind
    repeated: bool = False
    any_case: bool = False

    depth: ClassVar[int] = 1
    nodes: ClassVar[int] = 1


class Part(Protocol):
    """What a group may hold: anything that knows how large it is."""

    @property
    def depth(self) -> int:
        """Levels from here down to the deepest leaf, this one included."""
        ...

    @property
    def nodes(self) -> int:
        """Number of leaves and groups from here down."""
        ...


Part_co = TypeVar("Part_co", bound=Part, covariant=True)
Leaf = TypeVar("Leaf", bound=Part)
OtherLeaf = TypeVar("OtherLeaf", bound=Part)


@dataclass(frozen=True, slots=True)
class And(Generic[Part_co]):
    """True where all of at least two parts are true.

    Raises:
        Rejected: fewer than two parts, or beyond the limits of depth or size.
    """

    parts: tuple[Part_co, ...]
    depth: int = field(init=False, compare=False, repr=False)
    nodes: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Measure the group."""
        _check_parts("and", len(self.parts))
        _measure(self, self.parts)


@dataclass(frozen=True, slots=True)
class Or(Generic[Part_co]):
    """True where any of at least two parts is true.

    Raises:
        Rejected: fewer than two parts, or beyond the limits of depth or size.
    """

    parts: tuple[Part_co, ...]
    depth: int = field(init=False, compare=False, repr=False)
    nodes: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Measure the group."""
        _check_parts("or", len(self.parts))
        _measure(self, self.parts)


@dataclass(frozen=True, slots=True)
class Not(Generic[Part_co]):
    """True where its part is false; unknown stays unknown.

    Raises:
        Rejected: beyond the limits of depth or size.
    """

    part: Part_co
    depth: int = field(init=False, compare=False, repr=False)
    nodes: int = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Measure the group."""
        _measure(self, (self.part,))


Expression: TypeAlias = (
    "Leaf | And[Expression[Leaf]] | Or[Expression[Leaf]] | Not[Expression[Leaf]]"
)
Tree: TypeAlias = "Expression[Comparison]"
BoundTree: TypeAlias = "Expression[BoundComparison]"


def map_leaves(
    tree: Expression[Leaf], change: Callable[[Leaf], OtherLeaf]
) -> Expression[OtherLeaf]:
    """Return the same groups over changed leaves."""
    if isinstance(tree, And):
        return And(tuple(map_leaves(part, change) for part in tree.parts))
    if isinstance(tree, Or):
        return Or(tuple(map_leaves(part, change) for part in tree.parts))
    if isinstance(tree, Not):
        return Not(map_leaves(tree.part, change))
    return change(tree)


def leaves(tree: Expression[Leaf]) -> Iterator[Leaf]:
    """Yield the leaves from left to right."""
    if isinstance(tree, And | Or):
        for part in tree.parts:
            yield from leaves(part)
    elif isinstance(tree, Not):
        yield from leaves(tree.part)
    else:
        yield tree


def is_field_path(text: str) -> bool:
    """Tell whether `text` can name a field in every filter language."""
    usable = len(text) <= MAXIMUM_PATH and _PATH.fullmatch(text) is not None
    return usable and text.lower() not in KEYWORDS


def _measure(group: object, parts: tuple[Part, ...]) -> None:
    """Set depth and size of a group that is being made."""
    depth = 1 + max(part.depth for part in parts)
    nodes = 1 + sum(part.nodes for part in parts)
    if depth > MAXIMUM_DEPTH:
        raise problems.FILTER_TOO_DEEP.raised(limit=MAXIMUM_DEPTH)
    if nodes > MAXIMUM_NODES:
        raise problems.FILTER_TOO_LARGE.raised(nodes=nodes, limit=MAXIMUM_NODES)
    object.__setattr__(group, "depth", depth)
    object.__setattr__(group, "nodes", nodes)


def _check_parts(word: str, count: int) -> None:
    if count < 2:  # noqa: PLR2004 - a group joins two parts or more
        raise problems.FILTER_SHAPE.raised(
            path=f"`{word}`", reason="it joins fewer than two conditions"
        )


def _check_path(path: str) -> None:
    if not is_field_path(path):
        raise problems.FILTER_SHAPE.raised(
            path=problems.shown(path), reason="that is not the name of a field"
        )


def _check_count(path: str, operator: Operator, count: int) -> None:
    if operator in _LISTS:
        if count > MAXIMUM_LIST:
            raise problems.FILTER_LIST_TOO_LONG.raised(
                field=path, path=path, length=count, limit=MAXIMUM_LIST
            )
        if count:
            return
    elif count == _COUNTS.get(operator, 1):
        return
    raise problems.FILTER_SHAPE.raised(
        field=path, path=path, reason=f"`{SYMBOLS[operator]}` cannot have {count} values"
    )


def _check_value(path: str, value: object) -> None:
    if isinstance(value, str):
        _check_text(path, value)
    elif isinstance(value, Decimal):
        _check_number(path, value)
    elif isinstance(value, datetime) or not isinstance(value, date | bool):
        # A datetime is a date to Python; a moment would silently lose its time.
        raise problems.FILTER_SHAPE.raised(
            field=path, path=path, reason=f"a value cannot be a {type(value).__name__}"
        )


def _check_text(path: str, text: str) -> None:
    if len(text) > MAXIMUM_TEXT:
        raise problems.FILTER_TEXT_TOO_LONG.raised(
            field=path, what=f"a text for {path}", length=len(text), limit=MAXIMUM_TEXT
        )
    if _UNUSABLE.search(text):
        raise problems.FILTER_CHARACTER.raised(field=path, path=path)


def _check_number(path: str, number: Decimal) -> None:
    exponent = number.as_tuple().exponent
    # Infinity and not-a-number have a letter for an exponent.
    if not isinstance(exponent, int):
        reason = f"{number} is not a number that can be compared"
        raise problems.FILTER_SHAPE.raised(field=path, path=path, reason=reason)
    if exponent < -MAXIMUM_DIGITS or number.adjusted() >= MAXIMUM_DIGITS:
        raise problems.FILTER_NUMBER_TOO_LARGE.raised(
            field=path, value=problems.shown(number), limit=MAXIMUM_DIGITS
        )
