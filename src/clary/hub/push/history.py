"""What of lists of push operations the store answers itself, so that not all are read.

As with the books, it passes at least what the query chooses and may pass more: the query is
answered on the shown operations all the same.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, literal, or_

from clary.flows.push.answers import Status
from clary.flows.push.query import Ordering, leaves, moment, wanted
from clary.hub.push.tables import PUSH_OPERATION
from clary.kernel.clock import timestamp
from clary.ledger.filters import And, Comparison, Operator, Or, Tree

_UNTOLD: Final = frozenset({"document", "idempotency", "request", "answer"})
TOLD: Final[tuple[ColumnElement[Any], ...]] = (
    *(column for column in PUSH_OPERATION.c if column.name not in _UNTOLD),
    literal("").label("document"),
)
"""The columns of an operation that lists tell of; documents may be large, and stay where they
are."""

_TEXTS: Final = {
    "pushOperationKey": PUSH_OPERATION.c.key,
    "dataConnectionKey": PUSH_OPERATION.c.connection,
    "dataType": PUSH_OPERATION.c.data_type,
}
_ORDERS: Final[Mapping[Operator, Callable[[Any, Any], Any]]] = {
    Operator.EQUAL: operator.eq,
    Operator.LESS: operator.lt,
    Operator.LESS_EQUAL: operator.le,
    Operator.GREATER: operator.gt,
    Operator.GREATER_EQUAL: operator.ge,
}


def in_store(ordering: Ordering) -> tuple[ColumnElement[Any], ...] | None:
    """Return the store's order for one that is asked for, none where it has no such order."""
    if ordering.path != "requestedOnUtc":
        return None
    moment_of, key = PUSH_OPERATION.c.requested_at, PUSH_OPERATION.c.key
    return (moment_of.desc() if ordering.is_descending else moment_of.asc(), key.desc())


def condition(tree: Tree) -> ColumnElement[bool] | None:
    """Return a condition that all operations meet which a query chooses, none for all."""
    if isinstance(tree, And | Or):
        parts = [condition(part) for part in tree.parts]
        known = [part for part in parts if part is not None]
        if isinstance(tree, Or):
            return or_(*known) if len(known) == len(parts) else None
        return and_(*known) if known else None
    [leaf] = leaves(tree)
    return _of_leaf(leaf)


def _of_leaf(leaf: Comparison) -> ColumnElement[bool] | None:
    value = wanted(leaf)
    if leaf.field == "requestedOnUtc" and leaf.operator in _ORDERS:
        found = moment(value)
        compare = _ORDERS[leaf.operator]
        column = PUSH_OPERATION.c.requested_at
        return None if found is None else compare(column, timestamp(found))
    if leaf.operator is not Operator.EQUAL or not value.isascii():
        return None
    if leaf.field == "status":
        statuses = {value.lower()}
        if Status.TIMED_OUT.value.lower() in statuses:
            # One whose time is over is told so before it is marked.
            statuses.add(Status.PENDING.value.lower())
        return func.lower(PUSH_OPERATION.c.status).in_(sorted(statuses))
    if leaf.field in _TEXTS:
        return func.lower(_TEXTS[leaf.field]) == value.lower()
    return None
