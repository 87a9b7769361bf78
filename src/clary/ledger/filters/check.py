"""Fits a filter to the records it shall choose from, before anything is read.

A filter that names a field these records lack, or compares an amount with a name, would
silently find nothing; here each such slip becomes a finding with what to write instead,
and all of them are reported together.  What comes out holds values in the canonical form
of record bodies, so that evaluation and SQL need not ask what a field is.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final, Protocol

from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding, raise_errors
from clary.ledger.fields import Kind
from clary.ledger.filters import problems
from clary.ledger.filters.tree import (
    SYMBOLS,
    BoundComparison,
    BoundTree,
    Canonical,
    Comparison,
    Operator,
    Tree,
    Value,
    map_leaves,
)

_MAXIMUM_FINDINGS: Final = 100
_NEAR_MATCHES: Final = 3
_TIMESTAMP_LENGTH: Final = len("2026-01-31T14:30:00.000000Z")

_NUMBER: Final = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{1,18})?")
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})"
)


class Fields(Protocol):
    """What a filter has to know of a record type's fields, in one edition."""

    def kind(self, path: str) -> str | None:
        """Return what the field at a dotted path holds (a `ledger.fields.Kind`), or none."""
        ...

    def choices(self, path: str) -> tuple[str, ...]:
        """Return the allowed values of a choice; empty where any is allowed."""
        ...

    def repeated(self, path: str) -> bool:
        """Tell whether the path leads through a list, such as lines or addresses."""
        ...

    def identifier(self, path: str) -> bool:
        """Tell whether the field holds the ID of a record, its own or one it refers to."""
        ...

    def names(self) -> Iterable[str]:
        """Return the dotted paths of all fields, to find near matches of a wrong one."""
        ...


@dataclass(frozen=True, slots=True)
class FieldTable:
    """Fields given as plain mappings.

    Attributes:
        kinds: what the field at each dotted path holds.
        allowed: the values of those choices that have a fixed set.
        lists: paths that lead through a list.
        identifiers: paths of texts that are IDs of records.
    """

    kinds: Mapping[str, str]
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    lists: frozenset[str] = frozenset()
    identifiers: frozenset[str] = frozenset()

    def kind(self, path: str) -> str | None:
        """Return what the field at `path` holds, or none."""
        return self.kinds.get(path)

    def choices(self, path: str) -> tuple[str, ...]:
        """Return the allowed values of a choice; empty where any is allowed."""
        return self.allowed.get(path, ())

    def repeated(self, path: str) -> bool:
        """Tell whether the path leads through a list."""
        return path in self.lists

    def identifier(self, path: str) -> bool:
        """Tell whether the field holds the ID of a record."""
        return path in self.identifiers

    def names(self) -> Iterable[str]:
        """Return the dotted paths of all fields."""
        return self.kinds


_EQUALITY: Final = (Operator.EQUAL, Operator.NOT_EQUAL, Operator.IN, Operator.NOT_IN)
_ORDER: Final = (
    Operator.LESS,
    Operator.LESS_EQUAL,
    Operator.GREATER,
    Operator.GREATER_EQUAL,
    Operator.BETWEEN,
    Operator.NOT_BETWEEN,
)
_PATTERN: Final = (Operator.LIKE, Operator.NOT_LIKE)
_NULL: Final = (Operator.IS_NULL, Operator.IS_NOT_NULL)


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _number(value: Value) -> Decimal | None:
    if isinstance(value, Decimal):
        return value
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return Decimal(value)
    return None


def _integer(value: Value) -> int | None:
    number = _number(value)
    return int(number) if number is not None and number == int(number) else None


def _decimal(value: Value) -> str | None:
    number = _number(value)
    # `or` turns -0 into 0; the format keeps exponents out of bodies.
    return None if number is None else format(number or Decimal(0), "f")


def _day(value: Value) -> str | None:
    if isinstance(value, str) and _DAY.fullmatch(value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            return None
    return value.isoformat() if isinstance(value, date) else None


def _moment(value: Value) -> str | None:
    day = _day(value)
    if day is not None:
        return f"{day}T00:00:00.000000Z"
    if not isinstance(value, str) or not _MOMENT.fullmatch(value):
        return None
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    # Zeros keep years before 1000 in order with the rest.
    return timestamp(moment).zfill(_TIMESTAMP_LENGTH)


def _flag(value: Value) -> bool | None:
    return value if isinstance(value, bool) else None


@dataclass(frozen=True, slots=True)
class _Trait:
    """What one kind of field can be compared with, and how that is told to a person."""

    words: str
    operators: tuple[Operator, ...]
    canonical: Callable[[Value], Canonical | None]
    hint: str


_TRAITS: Final[dict[Kind, _Trait]] = {
    Kind.TEXT: _Trait(
        "text",
        (*_EQUALITY, *_ORDER, *_PATTERN, *_NULL),
        _text,
        "Write the value in single quotes, for example '1000'.",
    ),
    Kind.INTEGER: _Trait(
        "a whole number",
        (*_EQUALITY, *_ORDER, *_NULL),
        _integer,
        "Write a whole number, for example 12.",
    ),
    Kind.DECIMAL: _Trait(
        "a number",
        (*_EQUALITY, *_ORDER, *_NULL),
        _decimal,
        "Write a number, for example 12.5.",
    ),
    Kind.MONEY: _Trait(
        "an amount of money",
        (*_EQUALITY, *_ORDER, *_NULL),
        _decimal,
        "Write an amount without currency or thousands marks, for example 1200.50.",
    ),
    Kind.DATE: _Trait(
        "a date",
        (*_EQUALITY, *_ORDER, *_NULL),
        _day,
        "Write a day of the calendar as YYYY-MM-DD, for example 2026-01-31.",
    ),
    Kind.DATETIME: _Trait(
        "a moment",
        (*_EQUALITY, *_ORDER, *_NULL),
        _moment,
        "Write a moment with its time zone in quotes, for example '2026-01-31T14:30:00Z',"
        " or a day, which stands for its first moment in UTC.",
    ),
    Kind.BOOLEAN: _Trait(
        "yes or no",
        (*_EQUALITY, *_NULL),
        _flag,
        "Write true or false, without quotes.",
    ),
    Kind.CHOICE: _Trait(
        "one of some words",
        (*_EQUALITY, *_NULL),
        _text,
        "Write the word in single quotes.",
    ),
}


def kind_words(kind: Kind) -> str:
    """Return what a person calls the content of a field of this kind."""
    return _TRAITS[kind].words


def check(tree: Tree, fields: Fields) -> BoundTree:
    """Return the tree fitted to a record type, its values in canonical form.

    Texts that spell a number or a date are taken where SQL takes them: '12.50' for an
    amount, '2026-01-31' for a date.  A day compared with a moment stands for its first
    moment in UTC, as in SQL, and so cannot be asked to equal one.  Two IDs that differ in
    case only are one ID, so that `=`, `<>`, `in` and `not in` ignore the case of IDs; order
    goes by code point for IDs too, as sorted records do.

    Raises:
        Rejected: with a finding for each unknown field, unfit operator and unfit value
            (at most 100).
    """
    binding = _Binding(fields)
    bound = map_leaves(tree, binding.bind)
    raise_errors(binding.findings)
    return bound


class _Binding:
    """One check of one tree: collects the findings on the way."""

    def __init__(self, fields: Fields) -> None:
        self.fields = fields
        self.findings: list[Finding] = []

    def bind(self, leaf: Comparison) -> BoundComparison:
        """Return the bound leaf; where there are findings it is never used."""
        if len(self.findings) >= _MAXIMUM_FINDINGS:
            return BoundComparison(leaf.field, leaf.operator, (), Kind.GROUP)
        declared = self.fields.kind(leaf.field)
        if declared is None or Kind(declared) is Kind.GROUP:
            self._add(self._no_field(leaf.field, known=declared is not None))
            return BoundComparison(leaf.field, leaf.operator, (), Kind.GROUP)
        kind = Kind(declared)
        if leaf.operator not in _TRAITS[kind].operators:
            self._add(_unfit_operator(leaf, kind))
            return BoundComparison(leaf.field, leaf.operator, (), kind)
        if kind is Kind.DATETIME and leaf.operator in _EQUALITY:
            self._refuse_days(leaf)
        values = self._values(leaf, kind)
        repeated = self.fields.repeated(leaf.field)
        any_case = leaf.operator in _EQUALITY and self.fields.identifier(leaf.field)
        return BoundComparison(leaf.field, leaf.operator, values, kind, repeated, any_case)

    def _add(self, finding: Finding) -> None:
        if len(self.findings) < _MAXIMUM_FINDINGS and finding not in self.findings:
            self.findings.append(finding)

    def _no_field(self, path: str, *, known: bool) -> Finding:
        if known:
            inside = [name for name in self.fields.names() if name.startswith(f"{path}.")]
            near = f", for example {inside[0]}" if inside else ""
            return problems.FILTER_FIELD_GROUP.finding(field=path, path=path, near=near)
        close = difflib.get_close_matches(path.lower(), self.fields.names(), n=_NEAR_MATCHES)
        near = f" (perhaps {' or '.join(close)})" if close else ""
        return problems.FILTER_FIELD_UNKNOWN.finding(field=path, path=path, near=near)

    def _values(self, leaf: Comparison, kind: Kind) -> tuple[Canonical, ...]:
        trait = _TRAITS[kind]
        allowed = self.fields.choices(leaf.field) if kind is Kind.CHOICE else ()
        values: list[Canonical] = []
        for value in leaf.values:
            canonical = trait.canonical(value)
            if canonical is None:
                self._add(_unfit_value(leaf.field, value, trait))
                continue
            if allowed and canonical not in allowed:
                self._add(_unknown_choice(leaf.field, value, allowed))
            values.append(canonical)
        return tuple(values)

    def _refuse_days(self, leaf: Comparison) -> None:
        for value in leaf.values:
            if _day(value) is not None:
                self._add(
                    problems.FILTER_WHOLE_DAY.finding(
                        field=leaf.field, path=leaf.field, value=value
                    )
                )


def _unfit_operator(leaf: Comparison, kind: Kind) -> Finding:
    trait = _TRAITS[kind]
    return problems.FILTER_OPERATOR_UNFIT.finding(
        field=leaf.field,
        path=leaf.field,
        operator=SYMBOLS[leaf.operator],
        kind=trait.words,
        fitting=", ".join(SYMBOLS[operator] for operator in trait.operators),
    )


def _unfit_value(path: str, value: Value, trait: _Trait) -> Finding:
    return problems.FILTER_VALUE_UNFIT.finding(
        field=path, path=path, value=_quoted(value), kind=trait.words, hint=trait.hint
    )


def _unknown_choice(path: str, value: Value, allowed: tuple[str, ...]) -> Finding:
    return problems.FILTER_CHOICE_UNKNOWN.finding(
        field=path, path=path, value=_quoted(value), choices=", ".join(allowed)
    )


def _quoted(value: Value) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = problems.shown(value)
    return f"'{text}'" if isinstance(value, str) else text
