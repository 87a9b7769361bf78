"""Reads records: what the company can choose and sort itself, and the rest above it.

The answer says which days it covered and what was done above the door, so that nobody
takes a slow query or a partial period for the whole truth.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import islice
from typing import Final

from clary.companies.contract import (
    OPERATION_UNSUPPORTED,
    Info,
    Level,
    Operation,
    Order,
    Query,
    Session,
    TypeCapability,
)
from clary.companies.keys import parse_key
from clary.flows.operations.entries import ENTRY_NOT_FOUND
from clary.flows.operations.periods import Covered, covered
from clary.flows.operations.planner import OPERATION_DEGRADED
from clary.flows.operations.sorting import in_order
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger import filters
from clary.ledger.fields import Kind
from clary.ledger.filters import (
    And,
    BoundComparison,
    BoundTree,
    Comparison,
    FieldTable,
    ParameterValue,
)
from clary.ledger.filters.tree import Operator, leaves
from clary.ledger.nested import PARENT, POSITION, NestedType, entries_of
from clary.ledger.record import RecordType, visible
from clary.ledger.schema import Purpose, Scope, unknown_field

LIMIT_INVALID = declare(
    "LIMIT_INVALID",
    Rejected,
    "A query cannot give {limit} records.",
    "State a limit of 1 or more, or none.",
    http_status=400,
    exit_code=2,
)
ORDER_UNFIT = declare(
    "ORDER_UNFIT",
    Rejected,
    "Records cannot be sorted by {field}, which is a group of entries.",
    "Sort by a plain field.",
    http_status=400,
    exit_code=2,
)

PERIOD_UNFIT = declare(
    "PERIOD_UNFIT",
    Rejected,
    "Records of type {type} have no date, so a period cannot choose among them.",
    "Leave the period out.",
    http_status=400,
    exit_code=2,
)

DATE: Final = "date"


@dataclass(frozen=True, slots=True)
class QueryRequest:
    """What is asked for.

    Attributes:
        declared: the record type or nested type.
        where: filter text; none for all.
        parameters: values of the filter's `:name` parameters.
        order: fields to sort by, the first counting most.
        fields: fields to give; none is all.
        limit: most rows to give; none is all.
        period: which days (see `periods`); none is all.
        beyond: a further condition, such as where a page begins (see `paging`).
    """

    declared: RecordType | NestedType
    where: str | None = None
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
    order: tuple[Order, ...] = ()
    fields: tuple[str, ...] | None = None
    limit: int | None = None
    period: str | None = None
    beyond: BoundTree | None = None


@dataclass(frozen=True, slots=True)
class QueryAnswer:
    """The rows of a query, and how they were found.

    Attributes:
        rows: the records or entries, streaming; read them inside the session.
        covered: the days that were covered; none for records without a date.
        above: what was done above the door: `filter`, `order`, `limit`.
        findings: where the door falls short.
    """

    rows: Iterator[Body]
    covered: Covered | None
    above: tuple[str, ...]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class _Parts:
    """A filter in the part that the door answers and the part that is left."""

    pushed: BoundTree | None
    left: BoundTree | None


def query(
    session: Session,
    info: Info,
    capabilities: Mapping[str, TypeCapability],
    request: QueryRequest,
    today: date,
) -> QueryAnswer:
    """Return the answer of a query; its rows are read as they are taken.

    Raises:
        Rejected: the filter, a field, the period or the limit is not usable.
        Unsupported: no door of the company reads the type (OPERATION_UNSUPPORTED).
    """
    if request.limit is not None and request.limit < 1:
        raise LIMIT_INVALID.raised(limit=request.limit)
    asked = request.declared
    declared = asked.parent if isinstance(asked, NestedType) else asked
    findings, capability = _readable(declared, info, capabilities)
    days = _covered(request.period, declared, info, today)
    if isinstance(asked, NestedType):
        rows, above = _nested_rows(session, info, capability, request, asked, days)
    else:
        rows, above = _record_rows(session, info, capability, request, asked, days)
    return QueryAnswer(rows, days, above, findings)


def _covered(period: str | None, declared: RecordType, info: Info, today: date) -> Covered | None:
    days = covered(period, info, today)
    if DATE in declared.fields:
        return days
    if days.start is not None:
        raise PERIOD_UNFIT.raised(type=declared.name)
    return None


def get(session: Session, declared: RecordType | NestedType, key: str) -> Body:
    """Return one record, or one entry inside its parent.

    Raises:
        Rejected: the text names none (KEY_INVALID, RECORD_NOT_FOUND, ENTRY_NOT_FOUND), or
            several (RECORD_AMBIGUOUS).
    """
    if isinstance(declared, RecordType):
        return session.get(declared.name, parse_key(declared, key))
    parent, entry = declared.parse(key)
    record = session.get(declared.parent.name, parse_key(declared.parent, parent))
    found = declared.entry(record.get(declared.field), entry)
    if found is None:
        raise ENTRY_NOT_FOUND.raised(
            record=key,
            parent=f"{declared.parent.name} {parent}",
            type=declared.name,
            entry=entry or "",
        )
    return found


def _readable(
    declared: RecordType, info: Info, capabilities: Mapping[str, TypeCapability]
) -> tuple[tuple[Finding, ...], TypeCapability]:
    capability = capabilities.get(declared.name)
    support = capability.operations.get(Operation.READ) if capability else None
    if capability is None or support is None or support.level is Level.NONE:
        raise OPERATION_UNSUPPORTED.raised(
            driver=info.driver, operation=Operation.READ.value, type=declared.name
        )
    if support.level is Level.EXACT:
        return (), capability
    degraded = OPERATION_DEGRADED.warning(
        driver=info.driver, operation="read", type=declared.name, note=support.note
    )
    return (degraded,), capability


def _record_rows(
    session: Session,
    info: Info,
    capability: TypeCapability,
    request: QueryRequest,
    declared: RecordType,
    days: Covered | None,
) -> tuple[Iterator[Body], tuple[str, ...]]:
    table = filters.declared_fields(declared, info.edition, info.release)
    _check_fields(request, declared, table, info)
    parts = _split(_tree(request, table, days), capability.filters)
    sorted_above = not all(step.field in capability.sorts for step in request.order)
    limited_above = request.limit is not None and (parts.left is not None or sorted_above)
    plain = Query(
        where=parts.pushed,
        order=() if sorted_above else request.order,
        fields=_needed(request, parts.left, declared.key),
        limit=None if limited_above else request.limit,
    )
    rows: Iterable[Body] = session.read(declared.name, plain)
    if parts.left is not None:
        rows = filter(filters.compile(parts.left), rows)
    if sorted_above:
        rows = in_order(rows, request.order, table, request.limit)
    rows = islice(rows, request.limit)
    above = _above(filtered=parts.left is not None, ordered=sorted_above, limited=limited_above)
    return _projected(rows, request.fields), above


def _above(*, filtered: bool, ordered: bool, limited: bool) -> tuple[str, ...]:
    done = (("filter", filtered), ("order", ordered), ("limit", limited))
    return tuple(name for name, here in done if here)


def _tree(request: QueryRequest, table: FieldTable, days: Covered | None) -> BoundTree | None:
    asked = request.where.strip() if request.where else ""
    tree = filters.check(filters.parse(asked, request.parameters), table) if asked else None
    parts = [each for each in (tree, request.beyond) if each is not None]
    if days is not None and days.start is not None and days.end is not None:
        between = Comparison(DATE, Operator.BETWEEN, (days.start, days.end))
        parts.append(filters.check(between, table))
    return _all(parts)


def _split(tree: BoundTree | None, known: frozenset[str]) -> _Parts:
    """Divide a filter into what the door knows all fields of, and the rest."""
    if tree is None:
        return _Parts(None, None)
    parts = list(_conditions(tree))
    pushed = [part for part in parts if _knows(part, known)]
    left = [part for part in parts if not _knows(part, known)]
    return _Parts(_all(pushed), _all(left))


def _conditions(tree: BoundTree) -> Iterator[BoundTree]:
    if isinstance(tree, And):
        for part in tree.parts:
            yield from _conditions(part)
    else:
        yield tree


def _knows(tree: BoundTree, known: frozenset[str]) -> bool:
    return all(leaf.field in known for leaf in leaves(tree))


def _all(parts: list[BoundTree]) -> BoundTree | None:
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _check_fields(
    request: QueryRequest, declared: RecordType | NestedType, table: FieldTable, info: Info
) -> None:
    """Refuse fields that the records do not have, all at once."""
    scope = Scope(info.edition, info.release, Purpose.STORED)
    names = [*(request.fields or ()), *(step.field for step in request.order)]
    findings = [
        unknown_field(declared.name, declared.record, scope, name)
        for name in dict.fromkeys(names)
        if table.kind(name) is None
    ]
    findings += [
        ORDER_UNFIT.finding(field=step.field)
        for step in request.order
        if table.kind(step.field) == Kind.GROUP or table.repeated(step.field)
    ]
    if findings:
        raise Rejected(*findings)


def _needed(request: QueryRequest, left: BoundTree | None, key: str) -> tuple[str, ...] | None:
    """Return the fields to read: those to give and those to choose and sort by."""
    if request.fields is None:
        return None
    filtered = [leaf.field for leaf in leaves(left)] if left is not None else []
    paths = [key, *request.fields, *filtered, *(step.field for step in request.order)]
    return tuple(dict.fromkeys(path.partition(".")[0] for path in paths))


def _projected(rows: Iterable[Body], fields: tuple[str, ...] | None) -> Iterator[Body]:
    if fields is None:
        yield from rows
        return
    names = {path.partition(".")[0] for path in fields}
    for row in rows:
        yield {name: value for name, value in row.items() if name in names}


def nested_table(nested: NestedType, info: Info) -> FieldTable:
    """Return the fields of a nested type's rows: its own, the parent's key, the position."""
    own = visible(nested.fields, info.edition, info.release)
    parent = nested.parent.fields[nested.parent.key].kind
    kinds = {PARENT: parent.value, POSITION: Kind.INTEGER.value}
    kinds |= {name: spec.kind.value for name, spec in own.items()}
    rules = {name: spec.rules[info.edition] for name, spec in own.items()}
    identifiers = {name for name, spec in own.items() if filters.is_identifier(spec)}
    if filters.is_identifier(nested.parent.fields[nested.parent.key]):
        identifiers.add(PARENT)
    return FieldTable(
        kinds,
        {name: rule.choices for name, rule in rules.items() if rule.choices},
        identifiers=frozenset(identifiers),
    )


def _nested_rows(
    session: Session,
    info: Info,
    capability: TypeCapability,
    request: QueryRequest,
    nested: NestedType,
    days: Covered | None,
) -> tuple[Iterator[Body], tuple[str, ...]]:
    table = nested_table(nested, info)
    _check_fields(request, nested, table, info)
    tree = _tree(request, table, None)
    key = nested.parent.key
    parents = _split(_of_parents(tree, key), capability.filters)
    pushed = [each for each in (parents.pushed, _days(nested, info, days)) if each is not None]
    plain = Query(where=_all(pushed), fields=(key, nested.field))
    rows: Iterable[Body] = _exploded(session.read(nested.parent.name, plain), nested)
    if tree is not None:
        rows = filter(filters.compile(tree), rows)
    if request.order:
        rows = in_order(rows, request.order, table, request.limit)
    above = _above(
        filtered=tree is not None,
        ordered=bool(request.order),
        limited=request.limit is not None,
    )
    return _projected(islice(rows, request.limit), request.fields), above


def _days(nested: NestedType, info: Info, days: Covered | None) -> BoundTree | None:
    """Return the condition that a parent's date lies in the covered days."""
    if days is None or days.start is None or days.end is None:
        return None
    table = filters.declared_fields(nested.parent, info.edition, info.release)
    return filters.check(Comparison(DATE, Operator.BETWEEN, (days.start, days.end)), table)


def _of_parents(tree: BoundTree | None, key: str) -> BoundTree | None:
    """Return those conditions on rows that say something of the parent alone."""
    if tree is None:
        return None
    found = [
        replace(part, field=key)
        for part in _conditions(tree)
        if isinstance(part, BoundComparison) and part.field == PARENT
    ]
    return _all(list(found))


def _exploded(parents: Iterable[Body], nested: NestedType) -> Iterator[Body]:
    """Yield each entry of each parent as a row of its own."""
    key = nested.parent.key
    for parent in parents:
        group = parent.get(nested.field)
        entries = entries_of(group if nested.many else [group])
        for position, entry in enumerate(entries, start=1):
            yield {PARENT: parent.get(key), POSITION: position, **entry}
