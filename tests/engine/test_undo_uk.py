"""Undo in a UK company: by reversal, the audit trail grows, and every balance returns."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from clary.companies.contract import Query
from clary.companies.sandbox import SandboxCompany, create
from clary.engine.journal import JournalState
from clary.engine.undo import UndoOptions
from clary.kernel.change import Action, Body, Change, Ref, Verb
from tests.companies.sandbox.small import everything, key, lines
from tests.engine.bookkeeping import Bookkeeping, created, numbered


def line(amount: str, account: str = "4000", **more: str) -> Body:
    return {"account_id": account, "amount": amount, "tax_code_id": "T1", **more}


def invoice(number: str, *entries: Body, customer: str = "ACME", **more: str) -> Body:
    return {
        "customer_id": customer,
        "date": "2026-03-02",
        "number": number,
        "lines": lines(*entries),
        **more,
    }


def receipt(number: str, amount: str) -> Body:
    return {
        "customer_id": "ACME",
        "date": "2026-03-03",
        "cash_account_id": "1200",
        "applications": lines({"invoice_number": number, "amount": amount}),
    }


DOCUMENTS: tuple[tuple[str, Body], ...] = (
    ("sales_invoice", invoice("I-1", line("100.00"), line("9.99"))),
    ("credit_memo", invoice("C-1", line("10.00"))),
    ("receipt", receipt("I-1", "20.00")),
    (
        "purchase",
        {
            "vendor_id": "SUPPLY",
            "date": "2026-03-04",
            "number": "P-1",
            "lines": lines(line("40.00", "5000")),
        },
    ),
    (
        "journal_entry",
        {
            "date": "2026-03-05",
            "lines": lines(
                {"account_id": "5000", "amount": "5.00"}, {"account_id": "1200", "amount": "-5.00"}
            ),
        },
    ),
    (
        "bank_payment",
        {
            "bank_id": "1200",
            "date": "2026-03-06",
            "lines": lines(line("12.00", "5000")),
        },
    ),
)


@pytest.fixture(scope="session")
def small_uk(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the file of a UK company with a customer and a supplier."""
    path = tmp_path_factory.mktemp("books") / "uk.clary"
    create(path, name="Small", edition="uk", fiscal_year_start=date(2026, 1, 1))
    with SandboxCompany(path).session(write=True) as session:
        session.create("customer", {"id": "ACME", "name": "Acme"})
        session.create("vendor", {"id": "SUPPLY", "name": "Supply"})
    return path


@pytest.fixture
def books(folder: Path, small_uk: Path) -> Iterator[Bookkeeping]:
    """Return an installation with a small UK company of its own."""
    shutil.copy(small_uk, folder / "books.clary")
    ready = Bookkeeping(folder)
    yield ready
    ready.close()


def test_documents_are_reversed_and_the_audit_trail_grows(books: Bookkeeping) -> None:
    before = everything(books.session)
    run = books.apply(*numbered(*DOCUMENTS))
    assert run.applied == len(DOCUMENTS)
    rows = len(list(books.session.ledger_rows()))
    plan = books.plan_undo(run)
    assert set(plan.counts) == {f"reverse {name}" for name, _ in DOCUMENTS}
    assert books.stopped(plan) == []
    assert books.apply_plan(plan).applied == len(DOCUMENTS)
    assert everything(books.session) == before
    assert len(list(books.session.ledger_rows())) == 2 * rows
    assert {entry.state for entry in books.results(run)} == {JournalState.UNDONE}


def test_posted_documents_are_never_deleted(books: Bookkeeping) -> None:
    run = books.apply(*numbered(DOCUMENTS[0]))
    plan = books.plan_undo(run, UndoOptions(posted="delete"))
    assert plan.counts == {"reverse sales_invoice": 1}


def test_a_document_that_the_run_made_and_posted_is_reversed_once(books: Bookkeeping) -> None:
    before = everything(books.session)
    document = invoice("I-9", line("100.00"), form="document")
    post = Change(
        2,
        "books",
        Action.ACT,
        "sales_invoice",
        Ref(1, "key").as_key(),
        after={},
        verb=Verb.POST,
        depends_on=(1,),
    )
    run = books.apply(created(1, "sales_invoice", document), post)
    assert run.applied == 2
    assert everything(books.session) != before
    undone = books.undo(run)
    assert (undone.applied, undone.skipped) == (1, 1)
    assert everything(books.session) == before
    assert {entry.state for entry in books.results(run)} == {JournalState.UNDONE}
    assert books.plan_undo(run).changes == 0


def test_a_document_that_was_only_posted_is_reversed(books: Bookkeeping) -> None:
    before = everything(books.session)
    document = invoice("I-9", line("100.00"), form="document")
    number = str(books.session.create("sales_invoice", document).key)
    run = books.apply(
        Change(1, "books", Action.ACT, "sales_invoice", number, after={}, verb=Verb.POST)
    )
    assert books.undo(run).applied == 1
    assert everything(books.session) == before


def test_a_customer_with_history_is_set_inactive(books: Bookkeeping) -> None:
    run = books.apply(
        *numbered(
            ("customer", {"id": "NEW", "name": "New"}),
            ("sales_invoice", invoice("I-1", line("100.00"), customer="NEW")),
        )
    )
    plan = books.plan_undo(run)
    assert books.warned(plan) == ["UNDO_SET_INACTIVE"]
    assert books.apply_plan(plan).applied == 2
    assert books.session.get("customer", key("customer", "NEW")).get("inactive") is True


def test_what_was_paid_since_is_named(books: Bookkeeping) -> None:
    run = books.apply(*numbered(DOCUMENTS[0]))
    books.session.create("receipt", receipt("I-1", "20.00"))
    assert [code for _, code in books.stopped(books.plan_undo(run))] == ["UNDO_SETTLED"]


def test_stock_returns(books: Bookkeeping) -> None:
    item: Body = {"id": "WIDGET", "description": "Widget", "class": "stock", "sales_price": "9"}
    books.session.create("item", item)
    adjustment: Body = {
        "date": "2026-03-06",
        "lines": lines({"item_id": "WIDGET", "quantity": "5", "unit_cost": "2.00"}),
    }
    sale = invoice("I-5", {**line("18.00"), "item_id": "WIDGET", "quantity": "2"})
    before = everything(books.session)
    run = books.apply(*numbered(("inventory_adjustment", adjustment), ("sales_invoice", sale)))
    assert run.applied == 2
    assert everything(books.session) != before
    assert books.undo(run).applied == 2
    assert everything(books.session) == before


def test_the_trail_tells_the_reversal(books: Bookkeeping) -> None:
    run = books.apply(*numbered(DOCUMENTS[0]))
    books.undo(run)
    bodies = list(books.session.read("sales_invoice", Query()))
    [original] = [body for body in bodies if body.get("reversed_by")]
    [reversal] = [body for body in bodies if body.get("reverses")]
    assert original["reversed_by"] == reversal["transaction_number"]
    assert reversal["date"] == original["date"]
