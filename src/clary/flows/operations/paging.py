"""Pages of a query by where the last one ended, so that what is added since shifts nothing.

A page ends at the values that its last record is sorted by, its key last of all; the next one
begins behind them.  What the company can choose and sort itself is pushed down to it, as with
any query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias

from clary.companies.contract import Info, Order, Session, TypeCapability
from clary.flows.operations.bodies import at_path
from clary.flows.operations.query import QueryAnswer, QueryRequest, nested_table, query
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Rejected, declare
from clary.ledger import filters
from clary.ledger.fields import Kind
from clary.ledger.filters import And, BoundComparison, BoundTree, FieldTable, Or
from clary.ledger.filters.tree import Operator
from clary.ledger.nested import PARENT, POSITION, NestedType

PAGE_LOST = declare(
    "PAGE_LOST",
    Rejected,
    "This does not say where a page of these records ended.",
    "Begin with the first page again.",
    http_status=400,
    exit_code=2,
)

MOST_STEPS: Final = 12
"""Most fields of an order, the key included."""

Position: TypeAlias = Sequence[JsonValue]
"""Values that the last record of a page is sorted by, in the order of its fields."""

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")
_TYPES: Final[Mapping[Kind, type]] = {Kind.INTEGER: int, Kind.BOOLEAN: bool}
_NUMBERS: Final = frozenset({Kind.MONEY, Kind.DECIMAL})


@dataclass(frozen=True, slots=True)
class Page:
    """Some records of a query.

    Attributes:
        rows: the records, at most as many as were asked for.
        end: where the page ends; none if nothing follows.
        answer: how they were found; its rows are read.
    """

    rows: Sequence[Body]
    end: Position | None
    answer: QueryAnswer


def page(
    session: Session,
    info: Info,
    capabilities: Mapping[str, TypeCapability],
    request: QueryRequest,
    size: int,
    after: Position | None,
    today: date,
) -> Page:
    """Return a page of a query.

    Args:
        session: the company, logged on to.
        info: what the company is.
        capabilities: what its doors can do.
        request: what is asked for, without a limit.
        size: records of a page.
        after: where the page before ended; none for the first.
        today: civil day of the company.

    Raises:
        Rejected: as for `query`, or `after` does not fit (PAGE_LOST).
        Unsupported: as for `query`.
    """
    order = _whole_order(request)
    names = [step.field for step in order]
    asked = replace(
        request,
        order=order,
        fields=None if request.fields is None else (*request.fields, *names),
        limit=size + 1,
        beyond=None if after is None else _beyond(order, after, _table(request, info)),
    )
    answer = query(session, info, capabilities, asked, today)
    found = list(answer.rows)
    rows = found[:size]
    end = [at_path(rows[-1], name) for name in names] if len(found) > size else None
    return Page([_projected(row, request.fields) for row in rows], end, answer)


def _whole_order(request: QueryRequest) -> tuple[Order, ...]:
    """Return an order in which no two records are equal."""
    declared = request.declared
    keys = (PARENT, POSITION) if isinstance(declared, NestedType) else (declared.key,)
    known = {step.field for step in request.order}
    return (*request.order, *(Order(key) for key in keys if key not in known))


def _table(request: QueryRequest, info: Info) -> FieldTable:
    if isinstance(request.declared, NestedType):
        return nested_table(request.declared, info)
    return filters.declared_fields(request.declared, info.edition, info.release)


def _beyond(order: tuple[Order, ...], after: Position, table: FieldTable) -> BoundTree | None:
    """Return the condition that a record comes behind a position."""
    if len(order) != len(after) or len(order) > MOST_STEPS:
        raise PAGE_LOST.raised()
    steps = list(zip(order, after, strict=True))
    ways: list[BoundTree] = []
    equal: list[BoundTree] = []
    for step, value in steps:
        kind = table.kind(step.field)
        if kind is None or Kind(kind) is Kind.GROUP:
            raise Rejected(PAGE_LOST.finding())
        place = _Place(step, Kind(kind), _checked(Kind(kind), value))
        behind = place.behind()
        if behind is not None:
            ways.append(_all([*equal, behind]))
        equal.append(place.here())
    if not ways:  # nothing can come behind such a position
        raise PAGE_LOST.raised()
    one = ways[0] if len(ways) == 1 else Or(tuple(ways))
    first = _Place(order[0], Kind(str(table.kind(order[0].field))), after[0]).from_here()
    # A condition on the first field alone is one that most doors can answer.
    return one if first is None or len(ways) == 1 else And((first, one))


def _all(parts: Sequence[BoundTree]) -> BoundTree:
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _checked(kind: Kind, value: JsonValue) -> JsonValue:
    """Return a value of a position, which came from outside, if records may hold it.

    Raises:
        Rejected: they may not (PAGE_LOST).
    """
    if value is None:
        return None
    if type(value) is not _TYPES.get(kind, str):
        raise PAGE_LOST.raised()
    if kind in _NUMBERS and not _NUMBER.fullmatch(str(value)):
        raise PAGE_LOST.raised()
    if isinstance(value, int) and abs(value) >= 2**63:
        raise PAGE_LOST.raised()
    return value


@dataclass(frozen=True, slots=True)
class _Place:
    """One field of an order, and the value that a page ended at."""

    step: Order
    kind: Kind
    value: JsonValue

    def _leaf(self, operator: Operator, *values: str | int | bool) -> BoundComparison:
        return BoundComparison(self.step.field, operator, values, self.kind)

    def here(self) -> BoundTree:
        """Return the condition that a record holds this value."""
        if self.kind is Kind.BOOLEAN:
            return self._leaf(Operator.EQUAL, bool(self.value))
        if self.value is None:
            return self._leaf(Operator.IS_NULL)
        # Not `=`, which takes IDs that differ in case for equal, as no order does.
        return self._leaf(Operator.BETWEEN, _plain(self.value), _plain(self.value))

    def behind(self) -> BoundTree | None:
        """Return the condition that a record comes behind it; none where none can.

        Nulls come first when ascending; a flag that is not stated means no.
        """
        down = self.step.descending
        if self.kind is Kind.BOOLEAN:
            is_last = bool(self.value) is not down
            return None if is_last else self._leaf(Operator.EQUAL, not down)
        if self.value is None:
            return None if down else self._leaf(Operator.IS_NOT_NULL)
        if not down:
            return self._leaf(Operator.GREATER, _plain(self.value))
        lower = self._leaf(Operator.LESS, _plain(self.value))
        return Or((lower, self._leaf(Operator.IS_NULL)))

    def from_here(self) -> BoundTree | None:
        """Return the condition that a record comes here or behind it, where that is simple."""
        if self.step.descending or self.value is None or self.kind is Kind.BOOLEAN:
            return None
        return self._leaf(Operator.GREATER_EQUAL, _plain(self.value))


def _plain(value: JsonValue) -> str | int | bool:
    assert isinstance(value, str | int)  # noqa: S101 - `_checked` has seen to it
    return value


def _projected(row: Body, fields: tuple[str, ...] | None) -> Body:
    if fields is None:
        return row
    names = {path.partition(".")[0] for path in fields}
    return {name: value for name, value in row.items() if name in names}
