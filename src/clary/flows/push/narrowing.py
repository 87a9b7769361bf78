"""What of a query the books can answer themselves, so that not every record is read.

The filter that is handed down passes at least what the query chooses, and may pass more: the
query is answered on the shown records all the same.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Final

from clary.flows.push.declaring import Field, PushType
from clary.flows.push.query import leaves, moment, wanted
from clary.kernel.clock import timestamp
from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.filters import And, BoundTree, Comparison, Operator, Or, Tree, check
from clary.ledger.filters.declared import declared_fields, is_identifier
from clary.ledger.registry import record_type

_KEY: Final = re.compile(r"[0-9]{1,15}")
_MOST_PUSHED: Final = 300
_DEEPEST_PUSHED: Final = 28
"""Beyond these a filter could outgrow the limits of the tree; the query alone decides then."""


def narrowed(tree: Tree, push_type: PushType, edition: EditionName) -> BoundTree | None:
    """Return a filter for the company's own read that passes all that a query chooses.

    It may pass more: the query is answered on the shown records all the same.  None stands
    for a query that the books cannot narrow down.
    """
    if tree.nodes > _MOST_PUSHED or tree.depth > _DEEPEST_PUSHED:
        return None
    found = _down(tree, push_type, edition)
    if found is None:
        return None
    return check(found, declared_fields(record_type(push_type.records[edition]), edition))


def _down(tree: Tree, push_type: PushType, edition: EditionName) -> Tree | None:
    if isinstance(tree, And | Or):
        parts = [_down(part, push_type, edition) for part in tree.parts]
        known = tuple(part for part in parts if part is not None)
        if isinstance(tree, Or):
            return Or(known) if len(known) == len(parts) else None
        return And(known) if len(known) > 1 else next(iter(known), None)
    [leaf] = leaves(tree)
    return _leaf_down(leaf, push_type, edition)


def _leaf_down(leaf: Comparison, push_type: PushType, edition: EditionName) -> Tree | None:
    """Return the comparison of the ledger's field, none where there is no sound one."""
    if leaf.operator is Operator.NOT_EQUAL:
        return None
    ours = _ledger_path(push_type, leaf.field, edition)
    spec = push_type.spec(edition, ours) if ours is not None else None
    if ours is None or spec is None:
        return None
    found = _ledger_comparison(leaf, ours, spec)
    if found is None or spec.key:
        return found
    # A property that the books leave out may be shown with a value all the same.
    return Or((found, Comparison(ours, Operator.IS_NULL)))


def _ledger_comparison(leaf: Comparison, ours: str, spec: FieldSpec) -> Comparison | None:
    value, kind = wanted(leaf), spec.kind
    if is_identifier(spec) and leaf.operator is Operator.EQUAL:
        return Comparison(ours, Operator.EQUAL, (value,))
    if kind is Kind.TEXT:
        pattern = f"%{value}%" if leaf.operator is Operator.LIKE else value
        return Comparison(ours, Operator.LIKE, (pattern,))
    if kind is Kind.INTEGER:
        is_key = leaf.operator is Operator.EQUAL and _KEY.fullmatch(value)
        return Comparison(ours, Operator.EQUAL, (Decimal(value),)) if is_key else None
    if kind is Kind.DATE:
        return Comparison(ours, _WHOLE_DAYS[leaf.operator], (_utc_day(value),))
    if kind in (Kind.MONEY, Kind.DECIMAL):
        return Comparison(ours, leaf.operator, (Decimal(value),))
    return None


_WHOLE_DAYS: Final[Mapping[Operator, Operator]] = {
    Operator.EQUAL: Operator.EQUAL,
    Operator.LESS: Operator.LESS_EQUAL,
    Operator.LESS_EQUAL: Operator.LESS_EQUAL,
    Operator.GREATER: Operator.GREATER_EQUAL,
    Operator.GREATER_EQUAL: Operator.GREATER_EQUAL,
}


def _utc_day(value: str) -> date:
    found = moment(value)
    return date.fromisoformat(value if found is None else timestamp(found)[:10])


def _ledger_path(push_type: PushType, path: str, edition: EditionName) -> str | None:
    """Return the ledger's field that a property is copied from as it is, or none."""
    found: Field | None = None
    fields: Sequence[Field] = push_type.fields
    for step in path.split("."):
        found = next((field for field in fields if field.name == step), None)
        if found is None:
            return None
        fields = found.fields
    if path == "id" and found is not None and not found.ours:
        key = record_type(push_type.records[edition]).key
        return key if key == "transaction_number" else None
    return None if found is None or found.by_hand else found.ours.get(edition)
