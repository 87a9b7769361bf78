"""What of a query and an order the books can answer themselves, so that not all is read.

The filter that is handed down passes at least what the query chooses, and may pass more: the
query is answered on the shown records all the same, unless it is known to be answered exactly.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, time
from decimal import Decimal
from typing import Final

from clary.companies.contract import Order
from clary.flows.push.declaring import Field, PushType
from clary.flows.push.query import Ordering, leaves, moment, wanted
from clary.kernel.clock import timestamp
from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.filters import And, BoundTree, Comparison, Operator, Or, Tree, check
from clary.ledger.filters.declared import declared_fields, is_identifier
from clary.ledger.registry import record_type

_KEY: Final = re.compile(r"0|[1-9][0-9]{0,14}")
_MOST_PUSHED: Final = 300
_DEEPEST_PUSHED: Final = 28
"""Beyond these a filter could outgrow the limits of the tree; the query alone decides then."""

_VERBATIM: Final = frozenset({"date", "due_date", "customer_id", "vendor_id", "transaction_number"})
"""Fields that are shown just as the books have them, and left out where those have none."""

_TEXTS: Final = frozenset({"number", "reference", "name"})
"""Texts that are shown so, too."""

_CHANGED: Final = "sourceModifiedDate"
_STAMPS: Final = ("last_saved_at", "created_at")
"""Fields of which the first that is there is shown as when the books changed a record."""

_OPEN: Final[Mapping[str, str]] = {"amountDue": "amount_due", "remainingCredit": "amount_due"}
"""What is open by the books; a void document is shown with nothing open, whatever they say."""


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


def is_exact(tree: Tree, push_type: PushType, edition: EditionName) -> bool:
    """Tell whether the filter of `narrowed` passes just what the query chooses."""
    if tree.nodes > _MOST_PUSHED or tree.depth > _DEEPEST_PUSHED:
        return False
    return all(_is_leaf_exact(leaf, push_type, edition) for leaf in leaves(tree))


def _is_leaf_exact(leaf: Comparison, push_type: PushType, edition: EditionName) -> bool:
    ours = _ledger_path(push_type, leaf.field, edition)
    spec = push_type.spec(edition, ours) if ours is not None else None
    if spec is None or ours not in _VERBATIM:
        return False
    if spec.kind is Kind.DATE:
        return leaf.operator in _WHOLE_DAYS and _is_midnight(wanted(leaf))
    if spec.kind is Kind.INTEGER:
        return leaf.operator is Operator.EQUAL and _KEY.fullmatch(wanted(leaf)) is not None
    return leaf.operator is Operator.EQUAL and is_identifier(spec)


def order_of(ordering: Ordering, push_type: PushType, edition: EditionName) -> Order | None:
    """Return the order of the company's own read that an order asks for, or none.

    Days alone: texts are ordered by the books in ways of their own.
    """
    ours = _ledger_path(push_type, ordering.path, edition)
    spec = push_type.spec(edition, ours) if ours is not None else None
    if spec is None or ours not in _VERBATIM or spec.kind is not Kind.DATE:
        return None
    return Order(ours, ordering.is_descending)


def body_order(ordering: Ordering, push_type: PushType, edition: EditionName) -> Ordering | None:
    """Return the same order of the books' own records, where they need not be shown for it."""
    ours = _ledger_path(push_type, ordering.path, edition)
    if ours not in _VERBATIM | _TEXTS:
        return None
    return replace(ordering, path=ours)


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
    if leaf.field == _CHANGED:
        return _stamp_down(leaf, push_type, edition)
    if leaf.field in _OPEN and push_type.spec(edition, _OPEN[leaf.field]) is not None:
        return _open_down(leaf)
    ours = _ledger_path(push_type, leaf.field, edition)
    spec = push_type.spec(edition, ours) if ours is not None else None
    if ours is None or spec is None:
        return None
    found = _ledger_comparison(leaf, ours, spec)
    if found is None or spec.key or ours in _VERBATIM:
        return found
    # A property that the books leave out may be shown with a value all the same.
    return Or((found, Comparison(ours, Operator.IS_NULL)))


def _stamp_down(leaf: Comparison, push_type: PushType, edition: EditionName) -> Tree | None:
    """Return the comparison of when a record was saved last, or else of when it was made."""
    found = moment(wanted(leaf))
    named = []
    for name in _STAMPS:
        spec = push_type.spec(edition, name)
        if spec is not None and spec.rule(edition) is not None:
            named.append(name)
    if found is None or not named:
        return None
    saved, *made = [Comparison(name, leaf.operator, (timestamp(found),)) for name in named]
    if not made:
        return saved
    return Or((saved, And((Comparison(saved.field, Operator.IS_NULL), *made))))


def _open_down(leaf: Comparison) -> Comparison | None:
    """Return the comparison of what is open, where no void document is chosen by it."""
    value = Decimal(wanted(leaf))
    least = value > 0 or (value == 0 and leaf.operator is Operator.GREATER)
    if not least or leaf.operator in (Operator.LESS, Operator.LESS_EQUAL):
        return None
    return Comparison(_OPEN[leaf.field], leaf.operator, (value,))


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
        how = leaf.operator if _is_midnight(value) else _WHOLE_DAYS[leaf.operator]
        return Comparison(ours, how, (_utc_day(value),))
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


def _is_midnight(value: str) -> bool:
    """Tell whether a moment is the beginning of a day, as days are shown."""
    found = moment(value)
    return found is not None and found.astimezone(UTC).time() == time()


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
