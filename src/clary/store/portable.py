"""The content of a database as lines of JSON, one file a table, for any kind of database.

A copy made by the means of one engine can be read by that engine alone.  Rows as JSON move
from SQLite to PostgreSQL and back, and with the revision of their schema they can be put
into a program that is newer than the one they were taken from.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Final

from sqlalchemy import Connection, LargeBinary, MetaData, Table, delete, insert, select, text
from sqlalchemy.engine import RowMapping

from clary.store.migrate import upgrade

PAGE: Final = 500
LONGEST_LINE: Final = 256 * 1024 * 1024
"""Most characters of one row: a change holds what its record was before and after."""

_REVISION: Final = "alembic_version"
_WORK: Final = ("connections", "plans", "runs", "users")


class UnfitRows(Exception):
    """Rows that do not fit the schema that they are said to be of."""


def tables(connection: Connection) -> list[Table]:
    """Return the tables that a database has, one that others refer to first."""
    found = MetaData()
    found.reflect(connection)
    return [table for table in found.sorted_tables if table.name != _REVISION]


def is_empty(connection: Connection) -> bool:
    """Tell whether nothing was ever done with a database: no connection, plan, run or user."""
    first = [table for table in tables(connection) if table.name in _WORK]
    return all(connection.execute(select(table).limit(1)).first() is None for table in first)


def lines(connection: Connection, table: Table) -> Iterator[str]:
    """Yield each row of a table as one line of JSON, in the order of its key."""
    binary = _binary(table)
    query = select(table).order_by(*table.primary_key.columns)
    stream = connection.execution_options(yield_per=PAGE).execute(query)
    for row in stream.mappings():
        yield json.dumps(_plain(row, binary), ensure_ascii=False, separators=(",", ":")) + "\n"


def _plain(row: RowMapping, binary: frozenset[str]) -> dict[str, object]:
    values: dict[str, object] = {str(name): value for name, value in row.items()}
    for name in binary:
        value = values[name]
        if isinstance(value, bytes):
            values[name] = base64.b64encode(value).decode("ascii")
    return values


def _binary(table: Table) -> frozenset[str]:
    return frozenset(each.name for each in table.columns if isinstance(each.type, LargeBinary))


def replace_all(
    connection: Connection, revision: str, opened: Mapping[str, Callable[[], Iterable[str]]]
) -> None:
    """Put rows in place of everything that a database holds, inside a writing transaction.

    The tables are made anew as they were at `revision`, filled, and then brought to the
    schema of this program as those of any older database are.

    Args:
        connection: a writing transaction without a scope.
        revision: revision of the schema that the rows are of; a known one.
        opened: opens the lines of each table.

    Raises:
        UnfitRows: they are not of that schema; the caller undoes the transaction.
    """
    old = MetaData()
    old.reflect(connection)
    old.drop_all(connection)
    upgrade(connection, revision)
    found = tables(connection)
    if {table.name for table in found} != set(opened):
        message = "its tables are not those of its schema"
        raise UnfitRows(message)
    for table in reversed(found):  # a revision may put a first row in
        connection.execute(delete(table))
    for table in found:
        _fill(connection, table, opened[table.name]())
    if connection.dialect.name == "postgresql":
        _go_on_counting(connection, found)
    upgrade(connection)


def _fill(connection: Connection, table: Table, given: Iterable[str]) -> None:
    names, binary = frozenset(table.columns.keys()), _binary(table)
    stream = iter(given)
    while page := [_row(line, table.name, names, binary) for line in islice(stream, PAGE)]:
        connection.execute(insert(table), page)


def _row(line: str, table: str, names: frozenset[str], binary: frozenset[str]) -> dict[str, object]:
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        message = f"a line of {table} is no JSON"
        raise UnfitRows(message) from error
    if not isinstance(row, dict) or row.keys() != names or not _is_flat(row.values()):
        message = f"a row of {table} has other columns than its schema"
        raise UnfitRows(message)
    for name in binary:
        if row[name] is not None:
            row[name] = _bytes(row[name], table)
    return row


def _is_flat(values: Iterable[object]) -> bool:
    return all(value is None or isinstance(value, str | int) for value in values)


def _bytes(value: object, table: str) -> bytes:
    try:
        return base64.b64decode(str(value), validate=True)
    except binascii.Error as error:
        message = f"a row of {table} holds bytes that are none"
        raise UnfitRows(message) from error


def _go_on_counting(connection: Connection, found: Iterable[Table]) -> None:
    """Let the sequences go on after the highest number that was put in."""
    for table in found:
        keys = [each.name for each in table.primary_key.columns]
        owned = text("select pg_get_serial_sequence(:table, :key)")
        if len(keys) != 1:
            continue
        named = {"table": f'"{table.name}"', "key": keys[0]}
        sequence = connection.execute(owned, named).scalar_one()
        if sequence is not None:
            key = table.columns[keys[0]]
            last = connection.execute(select(key).order_by(key.desc()).limit(1)).scalar()
            if last is not None:
                connection.execute(
                    text("select setval(:sequence, :last)"), {"sequence": sequence, "last": last}
                )
