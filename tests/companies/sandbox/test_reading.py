"""Filters of the sandbox: an ID is found in either case, by an index and not by a scan."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clary.companies.contract import Order, Query, Session
from clary.companies.sandbox.books import Books
from clary.companies.sandbox.documents import DocumentSource
from clary.companies.sandbox.file import connect
from clary.companies.sandbox.lists import ListSource
from clary.companies.sandbox.reading import read
from clary.kernel.change import Body, Verb
from clary.kernel.clock import SystemClock
from clary.ledger import filters
from clary.ledger.filters import BoundTree
from clary.ledger.record import Family
from clary.ledger.registry import record_type
from tests.companies.sandbox.small import invoice, key, plain


def bound(name: str, text: str) -> BoundTree:
    return filters.check(filters.parse(text), filters.declared_fields(record_type(name), "us"))


def found(session: Session, name: str, text: str) -> list[Body]:
    return list(session.read(name, Query(where=bound(name, text))))


@pytest.fixture
def books(us_path: Path) -> Iterator[Books]:
    with closing(connect(us_path)) as connection:
        yield Books(connection, us_path, "tests", SystemClock())


def plan_of(books: Books, name: str, text: str) -> list[str]:
    """Return the steps of SQLite's plan for the very statement that a query runs."""
    declared = record_type(name)
    source = (
        ListSource(declared, books)
        if declared.family is Family.LIST
        else DocumentSource(declared, books)
    )
    statements: list[str] = []
    books.connection.set_trace_callback(statements.append)
    list(read(books.connection, source, Query(where=bound(name, text), limit=100)))
    books.connection.set_trace_callback(None)
    [statement] = statements
    return [row[3] for row in books.connection.execute(f"EXPLAIN QUERY PLAN {statement}")]


@pytest.mark.parametrize("text", ["id = 'acme'", "id in ('Acme', 'x')", "id like 'aCMe'"])
def test_a_record_is_found_by_its_id_in_any_case(us: Session, text: str) -> None:
    assert [body["id"] for body in found(us, "customer", text)] == ["ACME"]
    others = [body["id"] for body in found(us, "customer", f"not ({text})")]
    assert others == ["BETA"]


def test_references_and_parties_are_found_in_any_case(us: Session) -> None:
    us.create("tax_code", {"id": "Mixed", "exempt": True})
    us.create("customer", {"id": "GAMMA", "name": "Gamma", "tax_code_id": "mixed"})
    us.create("sales_invoice", invoice(plain("5.00"), customer="ACME", number="I1"))
    assert [body["id"] for body in found(us, "customer", "tax_code_id = 'MIXED'")] == ["GAMMA"]
    for text in ("customer_id = 'acme'", "customer_id in ('acme')", "lines.account_id = '4000'"):
        assert [body["number"] for body in found(us, "sales_invoice", text)] == ["I1"]
    assert found(us, "sales_invoice", "customer_id <> 'acme'") == []
    assert found(us, "sales_invoice", "number = 'i1'") == []


def test_what_was_taken_back_is_told_from_what_counts(us: Session) -> None:
    kept, voided = (
        us.create("sales_invoice", invoice(plain("5.00"), number=number)) for number in "AB"
    )
    us.act("sales_invoice", key("sales_invoice", voided.key), Verb.VOID, {})
    everything = list(us.read("sales_invoice", Query()))
    assert [body["status"] for body in everything] == ["live", "reversed", "reversal"]
    [live] = found(us, "sales_invoice", "status = 'live'")
    assert live["transaction_number"] == int(str(kept.key))
    others = found(us, "sales_invoice", "status <> 'live' and status in ('reversed', 'reversal')")
    assert [body["number"] for body in others] == ["B", "B"]
    descending = (Order("status", descending=True), Order("transaction_number"))
    ordered = us.read("sales_invoice", Query(order=descending, fields=("status",)))
    assert [body["status"] for body in ordered] == ["reversed", "reversal", "live"]


@pytest.mark.parametrize(
    ("name", "text", "step"),
    [
        ("customer", "id = 'acme'", "SEARCH customer_record USING INDEX customer_record_key"),
        ("customer", "id in ('a', 'b')", "SEARCH customer_record USING INDEX customer_record_key"),
        (
            "customer",
            "id between 'A' and 'B'",
            "SEARCH customer_record USING INDEX customer_record_exact",
        ),
        ("item", "id = 'x' and inactive = false", "SEARCH item_record USING INDEX item_record_key"),
        ("sales_invoice", "customer_id = 'acme'", "SEARCH d USING INDEX document_party"),
        ("purchase", "vendor_id = 'v-acme'", "SEARCH d USING INDEX document_party"),
        ("sales_invoice", "number = 'I1'", "SEARCH d USING INDEX document_number"),
    ],
)
def test_an_id_is_looked_up_in_an_index(books: Books, name: str, text: str, step: str) -> None:
    plan = plan_of(books, name, text)
    assert any(one.startswith(step) for one in plan), plan
    assert not any(one.startswith("SCAN") for one in plan), plan
