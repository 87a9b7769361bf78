"""Translates bound filters to SQL, so that a store does the choosing where it can.

The caller says by `Columns` which fields its store can compare; `split` takes from a
filter what can be translated, and the rest is evaluated on the records that come back.
What is written is SQLite's dialect and within SQLite's limits; values go as parameters
only.  The result equals `evaluate`'s, null for null.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple, Protocol

from clary.ledger.filters import problems
from clary.ledger.filters.tree import (
    SYMBOLS,
    And,
    BoundComparison,
    BoundTree,
    Canonical,
    Not,
    Operator,
    Or,
    leaves,
)

MAXIMUM_PARAMETERS: Final = 30_000
"""Below the 32,766 parameters that SQLite takes in one statement since 3.32."""

MAXIMUM_NESTING: Final = 16
"""Levels of brackets; SQLite's parser before 3.46 has room for about 30 in a statement."""

_CHUNK: Final = 32
"""Longest chain of `and` or `or` without brackets: SQLite counts each link as a level of
depth and allows 1000."""

_LONGEST_PATTERN: Final = 50_000
"""Most bytes of a `like` pattern in SQLite."""

_PATTERNS: Final = frozenset({Operator.LIKE, Operator.NOT_LIKE})
_LISTS: Final = frozenset({Operator.IN, Operator.NOT_IN})
_RANGES: Final = frozenset({Operator.BETWEEN, Operator.NOT_BETWEEN})


class Columns(Protocol):
    """What a store can compare itself."""

    def column(self, path: str) -> str | None:
        """Return the SQL expression of a field, or none where it cannot be compared.

        The expression goes into the statement as it is.  It must compare as its kind:
        text by code point (SQLite's collation `binary`), numbers by value; and a flag's
        must give 0 where the flag is absent, never null.  Fields inside lists are never
        asked for.  IDs are compared with the collation `nocase`, for which the store
        should have an index.
        """
        ...

    def encode(self, path: str, value: Canonical) -> object:
        """Return a canonical value as the column holds it (money: minor units).

        None means that the column cannot hold it exactly (an amount with three decimals,
        a number beyond 64 bits); its comparison is then left to be evaluated.  Patterns
        of `like` are not encoded.
        """
        ...


class Where(NamedTuple):
    """A condition for a WHERE clause, and the values of its `?` in order."""

    sql: str
    parameters: tuple[object, ...]


class Split(NamedTuple):
    """A filter in two parts that must both hold; none where there is nothing to ask."""

    pushed: BoundTree | None
    remaining: BoundTree | None


def split(tree: BoundTree, columns: Columns) -> Split:
    """Return what the store can choose by, and what remains to be evaluated above it.

    Of conditions joined by `and` at the top each is pushed or left as a whole.
    """
    pushed: list[BoundTree] = []
    remaining: list[BoundTree] = []
    room = MAXIMUM_PARAMETERS
    for part in _conditions(tree):
        needed = sum(len(leaf.values) for leaf in leaves(part))
        if needed <= room and _can_push(part, columns):
            pushed.append(part)
            room -= needed
        else:
            remaining.append(part)
    return Split(_all(pushed), _all(remaining))


def where(tree: BoundTree, columns: Columns) -> Where:
    """Return a bound tree, or the pushed part of one, as SQL.

    The text stands anywhere in a WHERE clause without further brackets.

    Raises:
        Unsupported: `split` would not push the whole tree.
    """
    pushed, remaining = split(tree, columns)
    if pushed is None or remaining is not None:
        raise problems.FILTER_NOT_TRANSLATABLE.raised()
    parameters: list[object] = []
    text = _bracketed(pushed, columns, parameters)
    return Where(text, tuple(parameters))


def _conditions(tree: BoundTree) -> Iterator[BoundTree]:
    if isinstance(tree, And):
        for part in tree.parts:
            yield from _conditions(part)
    else:
        yield tree


def _all(parts: Sequence[BoundTree]) -> BoundTree | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _can_push(part: BoundTree, columns: Columns) -> bool:
    return _nesting(part) <= MAXIMUM_NESTING and all(
        _has_column(leaf, columns) for leaf in leaves(part)
    )


def _nesting(tree: BoundTree) -> int:
    if isinstance(tree, And | Or):
        levels = 1 if len(tree.parts) <= _CHUNK else 2
        return levels + max(_nesting(part) for part in tree.parts)
    if isinstance(tree, Not):
        return 1 + _nesting(tree.part)
    return 0


def _has_column(leaf: BoundComparison, columns: Columns) -> bool:
    if leaf.repeated or columns.column(leaf.field) is None:
        return False
    if leaf.operator in _PATTERNS:
        return all(len(str(value).encode()) <= _LONGEST_PATTERN for value in leaf.values)
    return all(columns.encode(leaf.field, value) is not None for value in leaf.values)


def _sql(tree: BoundTree, columns: Columns, parameters: list[object]) -> str:
    if isinstance(tree, And):
        return _joined(" and ", tree.parts, columns, parameters)
    if isinstance(tree, Or):
        return _joined(" or ", tree.parts, columns, parameters)
    if isinstance(tree, Not):
        return f"not ({_sql(tree.part, columns, parameters)})"
    return _comparison(tree, columns, parameters)


def _joined(
    word: str, parts: Sequence[BoundTree], columns: Columns, parameters: list[object]
) -> str:
    texts = [_bracketed(part, columns, parameters) for part in parts]
    if len(texts) <= _CHUNK:
        return word.join(texts)
    chunks = (texts[start : start + _CHUNK] for start in range(0, len(texts), _CHUNK))
    return word.join(f"({word.join(chunk)})" for chunk in chunks)


def _bracketed(part: BoundTree, columns: Columns, parameters: list[object]) -> str:
    text = _sql(part, columns, parameters)
    return f"({text})" if isinstance(part, And | Or) else text


def _comparison(leaf: BoundComparison, columns: Columns, parameters: list[object]) -> str:
    encoded = (
        leaf.values
        if leaf.operator in _PATTERNS
        else tuple(columns.encode(leaf.field, value) for value in leaf.values)
    )
    parameters.extend(encoded)
    collation = " collate nocase" if leaf.any_case else ""
    head = f"{columns.column(leaf.field)}{collation} {SYMBOLS[leaf.operator]}"
    if leaf.operator in _LISTS:
        return f"{head} ({', '.join('?' * len(encoded))})"
    if leaf.operator in _RANGES:
        return f"{head} ? and ?"
    return f"{head} ?" if encoded else head
