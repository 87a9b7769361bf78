"""Bulk posting and single durable documents, beside raw inserts of the same rows."""

from __future__ import annotations

import itertools
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from bench.company import invoices, new_company
from clary.companies.sandbox.file import connect
from clary.companies.sandbox.schema import statements
from clary.kernel.change import Origin

GROUP = 1_000
TABLES = ("document", "ledger_row", "stock_move", "cost_use")


def bulk(folder: Path, count: int) -> tuple[float, Path]:
    """Return documents per second of the driver in groups, and the company's file."""
    path = folder / "bulk.clary"
    company = new_company(path)
    bodies = invoices(count)
    started = time.perf_counter()
    with company.session(write=True) as session:
        while chunk := list(itertools.islice(bodies, GROUP)):
            with session.group():
                for body in chunk:
                    session.create("sales_invoice", body, Origin("bench", str(body["number"])))
    return count / (time.perf_counter() - started), path


def raw_bulk(folder: Path, source: Path, count: int) -> float:
    """Return documents per second of raw inserts, row by row, of the rows `bulk` wrote."""
    rows = list(_rows_by_document(source))
    target = folder / "raw.db"
    with closing(_empty(target)) as connection:
        started = time.perf_counter()
        connection.execute("BEGIN")
        for document in rows:
            for statement, values in document:
                connection.execute(statement, values)
        connection.execute("COMMIT")
        return count / (time.perf_counter() - started)


def single(folder: Path, count: int) -> float:
    """Return documents per second of the driver, each durable before the next."""
    company = new_company(folder / "single.clary")
    bodies = list(invoices(count))
    with company.session(write=True) as session:
        started = time.perf_counter()
        for body in bodies:
            session.create("sales_invoice", body, Origin("bench", str(body["number"])))
        return count / (time.perf_counter() - started)


def raw_single(folder: Path, source: Path, count: int) -> float:
    """Return documents per second of raw inserts, one durable transaction each."""
    rows = list(itertools.islice(_rows_by_document(source), count))
    with closing(_empty(folder / "raw-single.db")) as connection:
        started = time.perf_counter()
        for document in rows:
            connection.execute("BEGIN IMMEDIATE")
            for statement, values in document:
                connection.execute(statement, values)
            connection.execute("COMMIT")
        return count / (time.perf_counter() - started)


def _empty(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA page_size=8192")
    connection.execute("PRAGMA journal_mode=WAL").fetchone()
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA wal_autocheckpoint=10000").fetchone()
    connection.execute("PRAGMA cache_size=-64000")
    for statement in statements("us").split(";\n"):
        if statement.strip():
            connection.execute(statement)
    return connection


def _rows_by_document(source: Path) -> Iterator[list[tuple[str, tuple[object, ...]]]]:
    """Yield for each invoice the statements that insert its rows."""
    with closing(connect(source)) as connection:
        found: dict[int, list[tuple[str, tuple[object, ...]]]] = {}
        for table in TABLES:
            cursor = connection.execute(f"SELECT * FROM {table}")
            columns = [column[0] for column in cursor.description]
            statement = f"INSERT INTO {table} VALUES ({','.join('?' * len(columns))})"
            key = columns.index("transaction_number")
            for row in cursor:
                found.setdefault(row[key], []).append((statement, row))
        yield from (found[number] for number in sorted(found) if number > 1)
