"""Undo returns the books to what they were, and forces nothing that was touched since."""

from __future__ import annotations

from dataclasses import replace
from typing import ClassVar

import pytest

from clary.companies.contract import Query
from clary.engine.journal import JournalState
from clary.engine.undo import UndoOptions
from clary.kernel.change import Action, Body, Change, Verb
from clary.kernel.errors import ClaryError
from tests.companies.sandbox.small import bill, everything, goods, invoice, key, lines, plain
from tests.engine.bookkeeping import Bookkeeping, numbered


@pytest.fixture
def books(books: Bookkeeping) -> Bookkeeping:
    """Return the small company with some stock."""
    books.session.create("purchase", bill(goods("FIFO", "10", "4"), number="P-1"))
    return books


def receipt(number: str, amount: str, customer: str = "ACME", reference: str = "R-1") -> Body:
    return {
        "reference": reference,
        "customer_id": customer,
        "date": "2026-03-05",
        "cash_account_id": "1020",
        "applications": lines({"invoice_number": number, "amount": amount}),
    }


JOURNAL: Body = {
    "date": "2026-03-01",
    "lines": lines(plain("5.00", "6100"), plain("-5.00", "1020")),
}
SHRINKAGE: Body = {
    "date": "2026-03-06",
    "lines": lines({"item_id": "FIFO", "quantity": "-1", "account_id": "6100"}),
}
DOCUMENTS: tuple[tuple[str, Body], ...] = (
    ("sales_invoice", invoice(goods("FIFO", "3", "9"), number="I-1", tax_code_id="TAXED")),
    ("sales_invoice", invoice(plain("20.00"), number="I-2", customer="BETA")),
    ("receipt", receipt("I-1", "5.00")),
    ("purchase", bill(goods("AVERAGE", "4", "2.50"), number="P-2")),
    ("journal_entry", JOURNAL),
    ("inventory_adjustment", SHRINKAGE),
)


def test_a_run_of_documents_is_taken_back_whole(books: Bookkeeping) -> None:
    before = everything(books.session)
    run = books.apply(*numbered(*DOCUMENTS))
    assert run.applied == len(DOCUMENTS)
    assert everything(books.session) != before
    plan = books.plan_undo(run)
    assert books.stopped(plan) == []
    undone = books.apply_plan(plan)
    assert undone.applied == len(DOCUMENTS)
    assert everything(books.session) == before
    assert {entry.state for entry in books.results(run)} == {JournalState.UNDONE}
    assert {entry.undone_by for entry in books.results(run)} == {undone.id}
    assert books.runs.summary(run.id).undone == len(DOCUMENTS)


def test_documents_are_voided_and_stay_in_the_books(books: Bookkeeping) -> None:
    run = books.apply(*numbered(*DOCUMENTS[:2]))
    plan = books.plan_undo(run)
    assert plan.counts == {"void sales_invoice": 2}
    assert (plan.header.flow, plan.header.undoes) == ("undo", run.id)
    books.apply_plan(plan)
    bodies = list(books.session.read("sales_invoice", Query()))
    assert len([body for body in bodies if body.get("reversed_by")]) == 2


def test_documents_are_deleted_where_that_is_asked_for(books: Bookkeeping) -> None:
    before = everything(books.session)
    run = books.apply(*numbered(*DOCUMENTS))
    plan = books.plan_undo(run, UndoOptions(posted="delete"))
    assert set(plan.counts) == {f"delete {name}" for name, _ in DOCUMENTS}
    assert books.apply_plan(plan).applied == len(DOCUMENTS)
    assert everything(books.session) == before
    assert list(books.session.read("sales_invoice", Query())) == []


def test_undo_twice_finds_nothing_to_do(books: Bookkeeping) -> None:
    run = books.apply(*numbered(*DOCUMENTS[:2]))
    first = books.undo(run)
    second = books.plan_undo(run)
    assert (second.changes, second.errors) == (0, 0)
    [finding] = books.plans.findings(second.id)
    assert finding.code == "UNDO_ALREADY"
    assert first.id in finding.message
    assert "2 changes" in finding.message
    assert books.apply_plan(second).planned == 0


def test_two_undo_plans_of_one_run_undo_once(books: Bookkeeping) -> None:
    run = books.apply(*numbered(*DOCUMENTS[:2]))
    first, second = books.plan_undo(run), books.plan_undo(run)
    books.apply_plan(first)
    after = everything(books.session)
    again = books.apply_plan(second)
    assert (again.skipped, again.applied) == (2, 0)
    assert everything(books.session) == after


def test_undo_of_a_partly_failed_run_covers_what_was_confirmed(books: Bookkeeping) -> None:
    before = everything(books.session)
    run = books.apply(
        *numbered(
            DOCUMENTS[0], ("sales_invoice", invoice(plain("1.00"), customer="NOBODY")), DOCUMENTS[1]
        )
    )
    assert (run.applied, run.rejected) == (2, 1)
    assert books.undo(run).applied == 2
    assert everything(books.session) == before


def test_what_was_paid_since_is_named_and_the_rest_is_undone(books: Bookkeeping) -> None:
    run = books.apply(*numbered(*DOCUMENTS[:2]))
    paid = books.session.create("receipt", receipt("I-2", "20.00", "BETA"))
    plan = books.plan_undo(run)
    [(record, code)] = books.stopped(plan)
    invoices = {str(entry.document): entry.record for entry in books.results(run)}
    assert (record, code) == (invoices["doc-2"], "UNDO_SETTLED")
    [finding] = [one for one in books.plans.findings(plan.id) if one.code == "UNDO_SETTLED"]
    assert f"receipt {paid.key}" in finding.message
    undone = books.apply_plan(plan)
    assert (undone.applied, undone.rejected) == (1, 1)
    states = [entry.state for entry in books.results(run)]
    assert states == [JournalState.UNDONE, JournalState.CONFIRMED]


def test_once_the_payment_is_gone_the_rest_can_be_undone(books: Bookkeeping) -> None:
    before = everything(books.session)
    run = books.apply(*numbered(*DOCUMENTS[:2]))
    paid = books.session.create("receipt", receipt("I-2", "20.00", "BETA"))
    books.undo(run)
    books.session.act("receipt", key("receipt", paid.key), Verb.VOID, {})
    assert books.undo(run).applied == 1
    assert everything(books.session) == before


def test_what_was_paid_between_plan_and_apply_is_not_undone(books: Bookkeeping) -> None:
    run = books.apply(*numbered(DOCUMENTS[1]))
    plan = books.plan_undo(run)
    books.session.create("receipt", receipt("I-2", "20.00", "BETA"))
    with pytest.raises(ClaryError) as caught:
        books.apply_plan(plan)
    assert caught.value.code == "PLAN_STALE"


def test_what_was_edited_since_is_named(books: Bookkeeping) -> None:
    run = books.apply(*numbered(("customer", {"id": "NEW", "name": "New"})))
    books.session.update("customer", key("customer", "NEW"), {"telephone1": "555"})
    plan = books.plan_undo(run)
    assert books.stopped(plan) == [("customer NEW", "UNDO_EDITED")]
    assert "telephone1" in next(books.plans.findings(plan.id)).message


def test_what_was_voided_by_hand_is_only_noted(books: Bookkeeping) -> None:
    run = books.apply(*numbered(DOCUMENTS[1]))
    number = books.results(run)[0].key
    books.session.act("sales_invoice", key("sales_invoice", number), Verb.VOID, {})
    after = everything(books.session)
    plan = books.plan_undo(run)
    assert books.warned(plan) == ["UNDO_BY_HAND"]
    assert books.apply_plan(plan).skipped == 1
    assert everything(books.session) == after
    assert books.results(run)[0].state is JournalState.UNDONE


def test_what_was_deleted_by_hand_is_gone(books: Bookkeeping) -> None:
    run = books.apply(*numbered(("customer", {"id": "NEW", "name": "New"})))
    books.session.delete("customer", key("customer", "NEW"))
    assert books.stopped(books.plan_undo(run)) == [("customer NEW", "UNDO_GONE")]


class TestLists:
    """List records are deleted, restored or created again; history is kept."""

    NEW: ClassVar[tuple[str, Body]] = ("customer", {"id": "NEW", "name": "New"})

    def test_a_created_record_is_deleted(self, books: Bookkeeping) -> None:
        run = books.apply(*numbered(self.NEW))
        assert books.undo(run).applied == 1
        assert "NEW" not in {body["id"] for body in books.session.read("customer", Query())}

    def test_one_with_history_is_set_inactive(self, books: Bookkeeping) -> None:
        before = everything(books.session)
        document = invoice(plain("20.00"), customer="NEW", number="I-9")
        run = books.apply(*numbered(self.NEW, ("sales_invoice", document)))
        plan = books.plan_undo(run)
        assert books.warned(plan) == ["UNDO_SET_INACTIVE"]
        assert books.apply_plan(plan).applied == 2
        assert books.session.get("customer", key("customer", "NEW")).get("inactive") is True
        after = everything(books.session)
        assert after["balances"] == before["balances"]
        assert after["open"] == before["open"]

    def test_one_whose_documents_are_deleted_is_deleted(self, books: Bookkeeping) -> None:
        document = invoice(plain("20.00"), customer="NEW", number="I-9")
        run = books.apply(*numbered(self.NEW, ("sales_invoice", document)))
        assert books.undo(run, UndoOptions(posted="delete")).applied == 2
        assert "NEW" not in {body["id"] for body in books.session.read("customer", Query())}

    def test_one_that_others_use_stays(self, books: Bookkeeping) -> None:
        run = books.apply(*numbered(self.NEW))
        document = invoice(plain("20.00"), customer="NEW", number="I-9")
        books.session.create("sales_invoice", document)
        plan = books.plan_undo(run)
        assert books.stopped(plan) == [("customer NEW", "UNDO_USED")]

    def test_an_update_is_restored(self, books: Bookkeeping) -> None:
        before = books.session.get("customer", key("customer", "ACME"))
        after: Body = {"name": "Acme Incorporated", "telephone1": "555"}
        run = books.apply(Change(1, "books", Action.UPDATE, "customer", "ACME", before, after))
        assert books.undo(run).applied == 1
        now = books.session.get("customer", key("customer", "ACME"))
        assert {**now, "last_saved_at": None} == {**before, "last_saved_at": None}

    def test_several_updates_of_one_record_are_restored(self, books: Bookkeeping) -> None:
        before = books.session.get("customer", key("customer", "ACME"))
        first = Change(1, "books", Action.UPDATE, "customer", "ACME", before, {"fax": "1"})
        held: Body = {**before, "fax": "1"}
        second = replace(first, number=2, before=held, after={"fax": "2", "email": "a@b.example"})
        run = books.apply(first, second)
        assert run.applied == 2
        plan = books.plan_undo(run)
        assert books.stopped(plan) == []
        assert books.apply_plan(plan).applied == 2
        now = books.session.get("customer", key("customer", "ACME"))
        assert now.get("fax") is None

    def test_a_deleted_record_is_created_again(self, books: Bookkeeping) -> None:
        before = books.session.get("customer", key("customer", "BETA"))
        run = books.apply(Change(1, "books", Action.DELETE, "customer", "BETA", before))
        assert books.undo(run).applied == 1
        now = books.session.get("customer", key("customer", "BETA"))
        assert (now["name"], now["due_days"]) == (before["name"], before["due_days"])

    def test_a_deleted_record_whose_key_is_taken_again(self, books: Bookkeeping) -> None:
        before = books.session.get("customer", key("customer", "BETA"))
        run = books.apply(Change(1, "books", Action.DELETE, "customer", "BETA", before))
        books.session.create("customer", {"id": "BETA", "name": "Another"})
        assert books.stopped(books.plan_undo(run)) == [("customer BETA", "UNDO_TAKEN")]
