"""Sorts records that the company cannot sort, in flat memory.

A few records are kept where only the first few are wanted; else rows beyond what fits in
memory go to a temporary file, where SQLite sorts them.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from decimal import Decimal
from functools import cmp_to_key
from itertools import chain, islice
from pathlib import Path
from typing import Final

from clary.companies.contract import Order
from clary.flows.operations.bodies import at_path
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import Kind
from clary.ledger.filters import Fields

IN_MEMORY: Final = 20_000
"""Most rows that are sorted in memory."""

SCALE: Final = 10**6
"""Numbers go to SQLite in millionths, exact within its 64 bits for twelve digits."""

_Key = tuple[int | str | None, ...]


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
    kinds = [table.kind(step.field) or Kind.TEXT.value for step in order]

    def key(row: Body) -> _Key:
        pairs = zip(order, kinds, strict=True)
        return tuple(_sortable(at_path(row, step.field), kind) for step, kind in pairs)

    compare = cmp_to_key(_comparison(order))
    if limit is not None and limit <= IN_MEMORY:
        # nsmallest is stable, as sorted is.
        yield from heapq.nsmallest(limit, rows, key=lambda row: compare(key(row)))
        return
    stream = iter(rows)
    first = list(islice(stream, IN_MEMORY))
    more = next(stream, None)
    if more is None:
        yield from sorted(first, key=lambda row: compare(key(row)))
        return
    yield from _on_disk(chain(first, [more], stream), order, key)


def _sortable(value: JsonValue, kind: str) -> int | str | None:
    if value is None:
        return 0 if kind == Kind.BOOLEAN else None
    if kind in (Kind.MONEY, Kind.DECIMAL):
        return int(Decimal(str(value)) * SCALE)
    return int(value) if isinstance(value, bool | int) else str(value)


def _comparison(order: tuple[Order, ...]):
    ...
