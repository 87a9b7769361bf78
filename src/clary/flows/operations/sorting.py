"""Sorts records that the company cannot sort, in flat memory.

Where only the first few are wanted, only those are kept; else rows beyond what fits in
memory go to a temporary file, where SQLite sorts them.
"""

from __future__ import annotations

import json
import sqlite3
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from decimal import Decimal
from itertools import chain, islice
from pathlib import Path
from typing import Final, TypeAlias

from clary.companies.contract import Order
from clary.flows.operations.bodies import at_path
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import Kind
from clary.ledger.filters import Fields

IN_MEMORY: Final = 20_000
"""Most rows that are sorted in memory at once."""

SCALE: Final = 10**6
"""Numbers are compared in millionths: more decimals than any field has."""

_Value: TypeAlias = int | str | None
_Keyed: TypeAlias = tuple[tuple[_Value, ...], Body]


def in_order(
    rows: Iterable[Body], order: tuple[Order, ...], table: Fields, limit: int | None = None
) -> Iterator[Body]:
    """Yield the rows sorted; nulls come first when ascending, ties keep their order.

    Args:
        rows: the rows.
        order: the steps of the order.
        table: tells what each field holds.
        limit: how many of the first rows are wanted; none is all.
    """
    steps = [(step.field, table.kind(step.field) or Kind.TEXT.value) for step in order]
    keyed = (
        (tuple(_sortable(at_path(row, path), kind) for path, kind in steps), row) for row in rows
    )
    if limit is not None and limit <= IN_MEMORY:
        return (row for _, row in _first(keyed, order, limit))
    head = list(islice(keyed, IN_MEMORY))
    if len(head) < IN_MEMORY:
        return (row for _, row in _sorted(head, order))
    return _on_disk(chain(head, keyed), order)


def _sortable(value: JsonValue, kind: str) -> _Value:
    if value is None:
        # A flag that is not stated means no.
        return 0 if kind == Kind.BOOLEAN else None
    if kind in (Kind.MONEY, Kind.DECIMAL):
        return int(Decimal(str(value)) * SCALE)
    return int(value) if isinstance(value, bool | int) else str(value)


def _sorted(rows: list[_Keyed], order: tuple[Order, ...]) -> list[_Keyed]:
    # Sorting by the last step first keeps each earlier step's order among equals.
    for position in reversed(range(len(order))):
        rows.sort(key=_by(position), reverse=order[position].descending)
    return rows


def _by(position: int) -> Callable[[_Keyed], tuple[bool, int, str]]:
    def key(row: _Keyed) -> tuple[bool, int, str]:
        value = row[0][position]
        if isinstance(value, int):
            return True, value, ""
        return value is not None, 0, value or ""

    return key


def _first(rows: Iterator[_Keyed], order: tuple[Order, ...], limit: int) -> list[_Keyed]:
    kept: list[_Keyed] = []
    while more := list(islice(rows, IN_MEMORY)):
        kept = _sorted(kept + more, order)[:limit]
    return kept


def _on_disk(rows: Iterable[_Keyed], order: tuple[Order, ...]) -> Iterator[Body]:
    columns = ", ".join(f"k{position}" for position in range(len(order)))
    marks = ", ".join("?" * len(order))
    sorting = ", ".join(
        f"k{position} {'desc' if step.descending else 'asc'}" for position, step in enumerate(order)
    )
    with tempfile.TemporaryDirectory(prefix="clary-sort-") as folder:
        path = Path(folder) / "rows.db"
        with closing(sqlite3.connect(path, isolation_level=None)) as file:
            file.execute("pragma journal_mode = off")
            file.execute("pragma synchronous = off")
            file.execute(f"create table rows (place integer primary key, body text, {columns})")
            insert = f"insert into rows (body, {columns}) values (?, {marks})"  # noqa: S608 - columns are k0, k1 ...
            file.execute("begin")
            file.executemany(insert, ((json.dumps(row), *key) for key, row in rows))
            file.execute("commit")
            select = f"select body from rows order by {sorting}, place"  # noqa: S608 - as above
            for (text,) in file.execute(select):
                yield json.loads(text)
