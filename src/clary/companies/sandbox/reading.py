"""Reads records: filters and orders in SQL as far as they go, the rest above."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from typing import Protocol

from clary.companies.contract import Order, Query
from clary.companies.sandbox.codec import SqlValue
from clary.kernel.change import Body
from clary.ledger import filters
from clary.ledger.fields import FieldSpec, Kind
from clary.ledger.filters import BoundTree

FETCH = 500
"""Rows taken from SQLite at a time: memory stays flat, and the calls are few."""


class Source(Protocol):
    """A table that can be read as records."""

    def column(self, path: str) -> str | None:
        """Return the SQL expression of a field, or none."""
        ...

    def kind(self, path: str) -> Kind:
        """Return what a field holds."""
        ...

    def encode(self, path: str, value: object) -> object:
        """Return a canonical value as the column holds it."""
        ...

    def selection(
        self, fields: tuple[str, ...] | None
    ) -> tuple[str, Callable[[tuple[SqlValue, ...]], Body]]:
        """Return the SELECT ... FROM text for the fields, and how a row becomes a body."""
        ...

    @property
    def condition(self) -> str:
        """What every row must meet, or an empty text."""
        ...

    @property
    def tie(self) -> str:
        """The column that makes an order total."""
        ...


def encode_value(spec: FieldSpec, value: object) -> object:
    """Return a canonical filter value in the column's units; none where it has no such form."""
    if spec.kind in (Kind.MONEY, Kind.DECIMAL):
        scaled = Decimal(str(value)).scaleb(spec.places)
        whole = int(scaled)
        return whole if whole == scaled and abs(whole) < 2**63 else None
    if spec.kind is Kind.BOOLEAN:
        return int(bool(value))
    return value


def read(connection: sqlite3.Connection, source: Source, query: Query) -> Iterator[Body]:
    """Yield what `query` asks for; what SQL cannot do is done on the way."""
    split = filters.split(query.where, source) if query.where is not None else None
    remaining = split.remaining if split else None
    sortable = all(source.column(step.field) for step in query.order)
    needed = _needed(query, remaining, sortable=sortable)
    text, convert = source.selection(needed)
    conditions, parameters = _conditions(source, split.pushed if split else None)
    sql = text + conditions + _order(source, query.order if sortable else ())
    if query.limit is not None and remaining is None and sortable:
        sql += " LIMIT ?"
        parameters.append(query.limit)
    bodies = _bodies(connection.execute(sql, parameters), convert)
    if remaining is not None:
        bodies = filter(filters.compile(remaining), bodies)
    if not sortable:
        bodies = iter(sorted_bodies(bodies, query.order, source.kind))
    yield from _limited(_projected(bodies, query.fields, needed), query.limit)


def count(connection: sqlite3.Connection, source: Source, where: BoundTree | None) -> int:
    """Return how many records a filter chooses; SQL counts where it can answer the filter."""
    split = filters.split(where, source) if where is not None else None
    if split is not None and split.remaining is not None:
        return sum(1 for _ in read(connection, source, Query(where=where)))
    text, _ = source.selection(())
    conditions, parameters = _conditions(source, split.pushed if split else None)
    found = connection.execute(f"SELECT COUNT(*) FROM ({text}{conditions})", parameters)
    return int(found.fetchone()[0])


def _needed(query: Query, remaining: BoundTree | None, *, sortable: bool) -> tuple[str, ...] | None:
    if query.fields is None or remaining is not None or not sortable:
        return None
    return query.fields


def _conditions(source: Source, pushed: BoundTree | None) -> tuple[str, list[object]]:
    parts: list[str] = []
    parameters: list[object] = []
    if source.condition:
        parts.append(source.condition)
    if pushed is not None:
        where = filters.where(pushed, source)
        parts.append(f"({where.sql})")
        parameters.extend(where.parameters)
    return (" WHERE " + " AND ".join(parts) if parts else ""), parameters


def _order(source: Source, order: tuple[Order, ...]) -> str:
    steps = [
        f"{source.column(step.field)} {'DESC' if step.descending else 'ASC'}" for step in order
    ]
    return " ORDER BY " + ", ".join([*steps, source.tie])


def _bodies(
    cursor: sqlite3.Cursor, convert: Callable[[tuple[SqlValue, ...]], Body]
) -> Iterator[Body]:
    while rows := cursor.fetchmany(FETCH):
        yield from map(convert, rows)


def _limited(bodies: Iterator[Body], limit: int | None) -> Iterator[Body]:
    if limit is None:
        yield from bodies
        return
    for position, body in enumerate(bodies):
        if position >= limit:
            return
        yield body
        if position + 1 >= limit:
            return


def _projected(
    bodies: Iterator[Body], fields: tuple[str, ...] | None, read_fields: tuple[str, ...] | None
) -> Iterator[Body]:
    if fields is None or fields == read_fields:
        return bodies
    wanted = set(fields)
    return ({name: value for name, value in body.items() if name in wanted} for body in bodies)


def sorted_bodies(
    bodies: Iterable[Body], order: tuple[Order, ...], kind_of: Callable[[str], Kind]
) -> list[Body]:
    """Return bodies in `order`, absent values first when ascending.

    Used where the order cannot be pushed down; it holds what it sorts.
    """
    rows = list(bodies)
    for step in reversed(order):
        name, kind = step.field, kind_of(step.field)
        rows.sort(
            key=lambda body, name=name, kind=kind: _sort_key(kind, body.get(name)),  # type: ignore[misc]  # binds this step
            reverse=step.descending,
        )
    return rows


def _sort_key(kind: Kind, value: object) -> tuple[int, Decimal, str]:
    """Return what a value sorts by, as SQL does: numbers by value, texts by code point."""
    if kind is Kind.BOOLEAN:
        return (1, Decimal(bool(value)), "")
    if value is None:
        return (0, Decimal(0), "")
    if kind in (Kind.MONEY, Kind.DECIMAL, Kind.INTEGER):
        return (1, Decimal(str(value)), "")
    return (1, Decimal(0), str(value))
