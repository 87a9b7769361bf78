"""Random filters and records for the tests of filters, and a SQLite table that holds them."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal

from hypothesis import strategies as st

from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.money import canonical
from clary.ledger.fields import Kind
from clary.ledger.filters import (
    And,
    Canonical,
    Comparison,
    FieldTable,
    Not,
    Operator,
    Or,
    Tree,
    Value,
)
from clary.ledger.filters.tree import is_field_path

FIELDS = FieldTable(
    kinds={
        "id": Kind.TEXT,
        "name": Kind.TEXT,
        "balance": Kind.MONEY,
        "rate": Kind.DECIMAL,
        "count": Kind.INTEGER,
        "date": Kind.DATE,
        "saved": Kind.DATETIME,
        "inactive": Kind.BOOLEAN,
        "type": Kind.CHOICE,
        "terms": Kind.GROUP,
        "terms.days": Kind.INTEGER,
        "lines": Kind.GROUP,
        "lines.item_id": Kind.TEXT,
        "lines.taxable": Kind.BOOLEAN,
    },
    allowed={"type": ("CUSTOMER", "PROSPECT")},
    lists=frozenset({"lines", "lines.item_id", "lines.taxable"}),
    identifiers=frozenset({"id", "lines.item_id"}),
)

FLAT = ("id", "name", "balance", "rate", "count", "date", "saved", "inactive", "type")
_PLACES = {"balance": 2, "rate": 5}

# Small pools, so that values meet; letters whose case Unicode folds and ASCII does not.
TEXTS = st.text(alphabet="aAbBkKsS\u017f\u212aéÉ'%_ \n.", max_size=4)
PATTERNS = st.text(alphabet="aAkKsSéÉ%%__'\n.", max_size=5)
_DATES = st.dates(min_value=date(2025, 12, 30), max_value=date(2026, 1, 2))
_MOMENTS = st.datetimes(
    min_value=datetime(2026, 1, 1),  # noqa: DTZ001 - the strategy sets the zone
    max_value=datetime(2026, 1, 1, 0, 0, 1),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
).map(timestamp)
_AMOUNTS = st.integers(min_value=-30, max_value=30).map(lambda n: Decimal(n) / 10)
_CHOICES = st.sampled_from(["CUSTOMER", "PROSPECT"])
_COUNTS = st.integers(min_value=-2, max_value=3)

_VALUES: dict[str, st.SearchStrategy[Value]] = {
    "id": TEXTS,
    "name": TEXTS,
    "balance": _AMOUNTS | st.sampled_from([Decimal("1.005"), Decimal("0.10"), Decimal("-0")]),
    "rate": _AMOUNTS | st.just(Decimal("0.00001")),
    "count": _COUNTS.map(Decimal),
    "date": _DATES | _DATES.map(date.isoformat),
    "saved": _MOMENTS,
    "inactive": st.booleans(),
    "type": _CHOICES,
    "terms.days": _COUNTS.map(Decimal),
    "lines.item_id": TEXTS,
    "lines.taxable": st.booleans(),
}

_SINGLE = [Operator.EQUAL, Operator.NOT_EQUAL]
_ORDER = [Operator.LESS, Operator.LESS_EQUAL, Operator.GREATER, Operator.GREATER_EQUAL]
_LISTS = [Operator.IN, Operator.NOT_IN]
_RANGES = [Operator.BETWEEN, Operator.NOT_BETWEEN]
_NULLS = [Operator.IS_NULL, Operator.IS_NOT_NULL]
_LIKES = [Operator.LIKE, Operator.NOT_LIKE]


@st.composite
def comparisons(draw: st.DrawFn, paths: Sequence[str]) -> Comparison:
    """A comparison that fits `FIELDS`."""
    path = draw(st.sampled_from(list(paths)))
    ordered = FIELDS.kinds[path] not in (Kind.BOOLEAN, Kind.CHOICE)
    operators = [*_SINGLE, *_LISTS, *_NULLS, *((*_ORDER, *_RANGES) if ordered else ())]
    if FIELDS.kinds[path] == Kind.TEXT:
        operators += _LIKES
    operator = draw(st.sampled_from(operators))
    if operator in _LIKES:
        return Comparison(path, operator, (draw(PATTERNS),))
    return Comparison(path, operator, draw(_several(_VALUES[path], operator)))


def _several(
    values: st.SearchStrategy[Value], operator: Operator
) -> st.SearchStrategy[tuple[Value, ...]]:
    if operator in _NULLS:
        return st.just(())
    if operator in _LISTS:
        return st.lists(values, min_size=1, max_size=3).map(tuple)
    return st.tuples(values, values) if operator in _RANGES else st.tuples(values)


def trees(leaf: st.SearchStrategy[Comparison]) -> st.SearchStrategy[Tree]:
    """Trees of all three groups over leaves."""

    def grown(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
        several = st.lists(inner, min_size=2, max_size=3).map(tuple)
        return st.one_of(several.map(And), several.map(Or), inner.map(Not))

    return st.recursive(leaf, grown, max_leaves=8)


def fitting_trees(paths: Sequence[str]) -> st.SearchStrategy[Tree]:
    """Trees that `check` accepts for `FIELDS`."""
    return trees(comparisons(paths))


_NAMES = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}(\.[a-z]{1,3}){0,2}", fullmatch=True)
_ANY_VALUES: st.SearchStrategy[Value] = st.one_of(
    st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
    st.decimals(min_value=-(10**9), max_value=10**9, allow_nan=False, places=3),
    st.dates(),
    st.booleans(),
)


@st.composite
def any_comparisons(draw: st.DrawFn) -> Comparison:
    """Any comparison, fitting or not."""
    operator = draw(st.sampled_from(Operator))
    path = draw(_NAMES.filter(is_field_path))
    return Comparison(path, operator, draw(_several(_ANY_VALUES, operator)))


def _money(amount: Decimal) -> str:
    return canonical(amount, _PLACES["balance"])


def _rate(amount: Decimal) -> str:
    return canonical(amount, _PLACES["rate"])


BODIES: st.SearchStrategy[Body] = st.fixed_dictionaries(
    {},
    optional={
        "id": st.none() | TEXTS,
        "name": st.none() | TEXTS,
        "balance": st.none() | _AMOUNTS.map(_money),
        "rate": st.none() | _AMOUNTS.map(_rate),
        "count": st.none() | _COUNTS,
        "date": st.none() | _DATES.map(date.isoformat),
        "saved": st.none() | _MOMENTS,
        "inactive": st.none() | st.booleans(),
        "type": st.none() | _CHOICES,
    },
)


class Table:
    """A SQLite table of bodies, and what it can compare (`Columns`)."""

    def __init__(self, bodies: Sequence[Body], without: frozenset[str] = frozenset()) -> None:
        """Store the bodies; fields in `without` cannot be compared."""
        self.without = without
        self.database = sqlite3.connect(":memory:")
        # No types: what is compared is exactly what was stored.
        self.database.execute(
            f"create table records (number integer primary key, {', '.join(FLAT)})"
        )
        for number, body in enumerate(bodies):
            row = [self._stored(path, body.get(path)) for path in FLAT]
            marks = ", ".join("?" * (len(row) + 1))
            self.database.execute(f"insert into records values ({marks})", [number, *row])

    def column(self, path: str) -> str | None:
        """Return the expression that compares a field."""
        if path not in FLAT or path in self.without:
            return None
        return "coalesce(inactive, 0)" if path == "inactive" else path

    def encode(self, path: str, value: Canonical) -> object:
        """Return a value as stored; none for an amount that has no minor units."""
        return self._stored(path, value)

    def _stored(self, path: str, value: object) -> object:
        if value is None or path not in _PLACES:
            return value
        amount = Decimal(str(value)).scaleb(_PLACES[path])
        return int(amount) if amount == int(amount) else None

    def numbers(self, sql: str, parameters: tuple[object, ...]) -> list[int]:
        """Return the numbers of the bodies that a condition chooses, in order."""
        rows = self.database.execute(
            f"select number from records where {sql} order by number", parameters
        )
        return [number for (number,) in rows]

    def close(self) -> None:
        """Close the database."""
        self.database.close()
