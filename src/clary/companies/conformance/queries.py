"""The suite on reading: filters, order, limit and fields equal those of plain code.

Whatever a door says it filters or sorts is compared with the same done in memory, for
every field of every type.  What it does not say is done above it, so there it may give
more records than asked for, but never fewer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cmp_to_key
from itertools import pairwise

from clary.companies.conformance.expecting import equal, expect
from clary.companies.conformance.harness import Bench, Harness, Work
from clary.companies.contract import Operation, Order, Query
from clary.kernel.change import Body, JsonValue
from clary.ledger import filters
from clary.ledger.fields import Kind
from clary.ledger.filters import (
    And,
    BoundTree,
    Comparison,
    FieldTable,
    Not,
    Operator,
    Or,
    Tree,
    declared_fields,
)
from clary.ledger.registry import record_type

_ORDERED = (
    Operator.LESS,
    Operator.LESS_EQUAL,
    Operator.GREATER,
    Operator.GREATER_EQUAL,
)
_UNORDERED_KINDS = (Kind.BOOLEAN, Kind.CHOICE)


@dataclass(frozen=True, slots=True)
class Sample:
    """The records of one type, as one query without conditions gave them."""

    work: Work
    type_name: str
    bodies: list[Body]
    fields: FieldTable

    @property
    def key(self) -> str:
        """Name of the key field."""
        return record_type(self.type_name).key

    @property
    def pushed(self) -> frozenset[str]:
        """Paths whose filters run at the company."""
        return self.work.bench.capabilities[self.type_name].filters

    @property
    def sorted_at_company(self) -> frozenset[str]:
        """Paths whose order the company gives."""
        return self.work.bench.capabilities[self.type_name].sorts

    def read(self, query: Query) -> list[Body]:
        """Return what the door gives for a query."""
        return list(self.work.session.read(self.type_name, query))

    def names(self, bodies: Sequence[Body]) -> list[str]:
        """Return the keys of records."""
        return [str(body[self.key]) for body in bodies]


class QueryTests(Harness):
    """Reading with conditions."""

    def test_every_filter_finds_what_plain_code_finds(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.READ):
            return
        with bench.work() as work:
            sample = _sample(work, type_name)
            for tree in _trees(sample):
                _check_filter(sample, tree)

    def test_every_order_is_that_of_plain_code(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.READ):
            return
        with bench.work() as work:
            sample = _sample(work, type_name)
            for name in sorted(sample.sorted_at_company):
                for descending in (False, True):
                    _check_order(sample, (Order(name, descending),))
            names = sorted(sample.sorted_at_company)
            for first, second in pairwise(names):
                _check_order(sample, (Order(first, descending=True), Order(second)))

    def test_a_limit_gives_the_first_records_of_the_order(
        self, bench: Bench, type_name: str
    ) -> None:
        if not bench.can(type_name, Operation.READ):
            return
        with bench.work() as work:
            sample = _sample(work, type_name)
            whole = sample.names(sample.bodies)
            for limit in (0, 1, 2, len(whole), len(whole) + 10):
                found = sample.names(sample.read(Query(limit=limit)))
                equal(found, whole[:limit], f"the first {limit} of {type_name}")
            if sample.key in sample.sorted_at_company:
                order = (Order(sample.key, descending=True),)
                backwards = sample.names(sample.read(Query(order=order)))
                found = sample.names(sample.read(Query(order=order, limit=2)))
                equal(found, backwards[:2], f"the last two of {type_name}")

    def test_only_the_fields_asked_for_are_given(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.READ):
            return
        with bench.work() as work:
            sample = _sample(work, type_name)
            fields = record_type(type_name).fields_in(bench.edition, bench.info.release)
            for asked in (*((name,) for name in fields), tuple(fields)[:4], tuple(fields)):
                found = sample.read(Query(fields=asked))
                wanted = [_only(body, asked) for body in sample.bodies]
                equal(found, wanted, f"{type_name} with the fields {', '.join(asked)}")

    def test_reading_twice_gives_the_same(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.READ):
            return
        with bench.work() as work:
            sample = _sample(work, type_name)
            equal(sample.read(Query()), sample.bodies, f"{type_name}, read again")

    def test_every_record_is_in_canonical_form(self, bench: Bench, type_name: str) -> None:
        if not bench.can(type_name, Operation.READ):
            return
        with bench.work() as work:
            sample = _sample(work, type_name)
            for body in sample.bodies:
                _check_canonical(sample, body)
            equal(len(set(sample.names(sample.bodies))), len(sample.bodies), "keys are unique")


def _sample(work: Work, type_name: str) -> Sample:
    """Return the records of a type, of which some are made where the door can."""
    if work.bench.can(type_name, Operation.CREATE) and type_name not in work.bench.sampled:
        work.bench.sampled.add(type_name)
        for make in (work.minimal, work.maximal, work.minimal):
            work.create(type_name, make(type_name))
    fields = declared_fields(record_type(type_name), work.bench.edition, work.bench.info.release)
    bodies = list(work.session.read(type_name, Query()))
    return Sample(work, type_name, bodies, fields)


def _check_canonical(sample: Sample, body: Body) -> None:
    """Fail if a value is not what the filters of plain code can compare."""
    for path, kind in sample.fields.kinds.items():
        if kind != Kind.GROUP:
            tree = filters.check(Comparison(path, Operator.IS_NOT_NULL), sample.fields)
            filters.compile(tree)(body)
    known = record_type(sample.type_name).fields_in(sample.work.bench.edition)
    strange = sorted(set(body) - set(known))
    expect(not strange, f"{sample.type_name} has fields that are not declared: {strange}")
    empty = [name for name, value in body.items() if value is None]
    expect(not empty, f"{sample.type_name} states nothing for {empty}: leave them out")


def _only(body: Body, names: Sequence[str]) -> Body:
    return {name: value for name, value in body.items() if name in names}


def _trees(sample: Sample) -> Iterator[Tree]:
    """Yield comparisons of every field with values that occur, and what joins them."""
    before: Comparison | None = None
    for path, kind in sample.fields.kinds.items():
        if kind == Kind.GROUP:
            continue
        values = _values(sample, path)
        comparisons = list(_comparisons(path, Kind(kind), values, sample.fields.choices(path)))
        yield from comparisons
        if before is not None:
            yield And((before, comparisons[0]))
            yield Or((before, Not(comparisons[0])))
            yield Not(And((Not(before), comparisons[0])))
        before = comparisons[-1]


def _values(sample: Sample, path: str) -> list[JsonValue]:
    """Return some values that a field has in the records."""
    found: list[JsonValue] = []
    for body in sample.bodies[:20]:
        for value in _at(body, path.split(".")):
            if value is not None and value not in found:
                found.append(value)
    return found[:2]


def _at(value: JsonValue, steps: Sequence[str]) -> Iterator[JsonValue]:
    if isinstance(value, list):
        for entry in value:
            yield from _at(entry, steps)
    elif not steps:
        yield value
    elif isinstance(value, dict):
        yield from _at(value.get(steps[0]), steps[1:])


_DEFAULTS: dict[Kind, JsonValue] = {
    Kind.TEXT: "x",
    Kind.INTEGER: 1,
    Kind.DECIMAL: "1.5",
    Kind.MONEY: "1.50",
    Kind.DATE: "2026-01-31",
    Kind.DATETIME: "2026-01-31T09:30:00.000000Z",
    Kind.BOOLEAN: False,
}


def _comparisons(
    path: str, kind: Kind, values: Sequence[JsonValue], choices: Sequence[str]
) -> Iterator[Comparison]:
    default = choices[0] if choices else _DEFAULTS.get(kind, "x")
    first, *more = [_literal(kind, value) for value in (*values, default)]
    other = more[0] if more else first
    yield Comparison(path, Operator.EQUAL, (first,))
    yield Comparison(path, Operator.NOT_EQUAL, (first,))
    yield Comparison(path, Operator.IN, (first, other))
    yield Comparison(path, Operator.NOT_IN, (first,))
    yield Comparison(path, Operator.IS_NULL)
    yield Comparison(path, Operator.IS_NOT_NULL)
    if kind not in _UNORDERED_KINDS:
        for operator in _ORDERED:
            yield Comparison(path, operator, (first,))
        yield Comparison(path, Operator.BETWEEN, (first, first))
    if kind is Kind.TEXT and isinstance(first, str):
        yield Comparison(path, Operator.LIKE, (f"{first[:3].swapcase()}%",))
        yield Comparison(path, Operator.NOT_LIKE, (f"_{first[1:2]}%",))


def _literal(kind: Kind, value: JsonValue) -> str | Decimal | bool:
    if kind is Kind.BOOLEAN:
        return bool(value)
    return Decimal(str(value)) if kind is Kind.INTEGER else str(value)


def _paths(tree: BoundTree) -> set[str]:
    if isinstance(tree, And | Or):
        return {path for part in tree.parts for path in _paths(part)}
    return _paths(tree.part) if isinstance(tree, Not) else {tree.field}


def _check_filter(sample: Sample, tree: Tree) -> None:
    bound = filters.check(tree, sample.fields)
    matches = filters.compile(bound)
    wanted = sample.names([body for body in sample.bodies if matches(body)])
    given = sample.read(Query(where=bound))
    what = f"{sample.type_name} where {filters.render(tree)}"
    if _paths(bound) <= sample.pushed:
        equal(sample.names(given), wanted, what)
    else:
        equal(sample.names([body for body in given if matches(body)]), wanted, what)


def _check_order(sample: Sample, order: tuple[Order, ...]) -> None:
    given = sample.read(Query(order=order))
    words = ", ".join(f"{each.field}{' desc' if each.descending else ''}" for each in order)
    what = f"{sample.type_name} by {words}"
    equal(sorted(sample.names(given)), sorted(sample.names(sample.bodies)), what)
    shown = [[body.get(each.field) for each in order] for body in given]
    compare = _comparer(sample, order)
    equal(shown, sorted(shown, key=cmp_to_key(compare)), what)


def _comparer(
    sample: Sample, order: tuple[Order, ...]
) -> Callable[[list[JsonValue], list[JsonValue]], int]:
    kinds = [Kind(sample.fields.kinds[each.field]) for each in order]

    def compare(one: list[JsonValue], other: list[JsonValue]) -> int:
        for step, kind, left, right in zip(order, kinds, one, other, strict=True):
            a, b = _rank(kind, left), _rank(kind, right)
            if a != b:
                return (-1 if a < b else 1) * (-1 if step.descending else 1)
        return 0

    return compare


def _rank(kind: Kind, value: JsonValue) -> tuple[int, Decimal, str]:
    """Return what a value sorts by: nothing first, numbers by value, texts by code point."""
    if kind is Kind.BOOLEAN:
        return (1, Decimal(int(bool(value))), "")
    if value is None:
        return (0, Decimal(0), "")
    if kind in (Kind.MONEY, Kind.DECIMAL, Kind.INTEGER):
        return (1, Decimal(str(value)), "")
    return (1, Decimal(0), str(value))
