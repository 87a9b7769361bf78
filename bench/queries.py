"""Reading 100 of a million customers, beside the same SQL run raw, and memory on the way."""

from __future__ import annotations

import resource
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

from clary.companies.contract import Query, Session
from clary.companies.sandbox import SandboxCompany, create
from clary.companies.sandbox.file import connect
from clary.companies.sandbox.lists import ListSource
from clary.kernel.change import Body
from clary.ledger import filters
from clary.ledger.filters import BoundTree
from clary.ledger.registry import record_type

GROUP = 5_000
LIMIT = 100
QUERIES = {
    "indexed field": ("id between 'C0500000' and 'C0500099'", 200),
    "other field": ("telephone1 = '555-500000'", 7),
}
"""Filters by what they test, and how often each is run for its median."""


def customers(count: int) -> Iterator[Body]:
    """Yield customers with addresses and terms."""
    for number in range(count):
        yield {
            "id": f"C{number:07d}",
            "name": f"Customer number {number}",
            "telephone1": f"555-{number % 10_000 * 100}",
            "email": f"c{number}@example.org",
            "terms": "net",
            "due_days": 30,
            "credit_limit": "2500.00",
            "bill_to": {"line1": f"{number} Main Street", "city": "Reno", "state": "NV"},
        }


def load(path: Path, count: int) -> float:
    """Write `count` customers into a new company; return customers per second."""
    create(path, name="Million", edition="us")
    bodies = customers(count)
    started = time.perf_counter()
    with SandboxCompany(path).session(write=True) as session:
        left = count
        while left > 0:
            left -= _write_group(session, bodies, min(GROUP, left))
    return count / (time.perf_counter() - started)


def _write_group(session: Session, bodies: Iterator[Body], size: int) -> int:
    with session.group():
        for _ in range(size):
            session.create("customer", next(bodies))
    return size


def read_all(path: Path) -> tuple[int, float]:
    """Stream every customer; return how many and how many per second."""
    started = time.perf_counter()
    with SandboxCompany(path).session() as session:
        count = sum(1 for _ in session.read("customer", Query()))
    return count, count / (time.perf_counter() - started)


def peak_memory() -> float:
    """Return the most memory this process has held, in megabytes."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def bound(text: str) -> BoundTree:
    """Return a filter over customers."""
    declared = record_type("customer")
    return filters.check(filters.parse(text), filters.declared_fields(declared, "us"))


def compare(path: Path) -> dict[str, tuple[float, float]]:
    """Return for each query the median milliseconds of the driver and of raw SQL."""
    results = {}
    with SandboxCompany(path).session() as session, closing(connect(path)) as raw:
        source = ListSource(record_type("customer"), session._books)  # type: ignore[attr-defined]  # noqa: SLF001 - to run the very same SQL
        for name, (text, repeats) in QUERIES.items():
            where = bound(text)
            query = Query(where=where, limit=LIMIT)
            translated = filters.where(where, source)
            selection, _ = source.selection(None)
            sql = f"{selection} WHERE {translated.sql} ORDER BY record_number LIMIT {LIMIT}"
            ours, floor = _interleaved(
                lambda query=query: list(session.read("customer", query)),
                lambda sql=sql, values=translated.parameters: raw.execute(sql, values).fetchall(),
                repeats,
            )
            results[name] = (ours, floor)
    return results


def _interleaved(
    ours: Callable[[], object], floor: Callable[[], object], repeats: int
) -> tuple[float, float]:
    timings: tuple[list[float], list[float]] = ([], [])
    for _ in range(repeats):
        for timing, action in zip(timings, (ours, floor), strict=True):
            started = time.perf_counter()
            action()
            timing.append((time.perf_counter() - started) * 1_000)
    return statistics.median(timings[0]), statistics.median(timings[1])
