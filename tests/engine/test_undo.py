"""Undo returns the books to what they were, and forces nothing that was touched since."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ClassVar

import pytest

from clary.companies.contract import Info, Query
from clary.engine.journal import JournalState
from clary.engine.plan import PlanSummary
from clary.engine.tables import JOURNAL, OUTCOMES, RUNS
from clary.engine.undo import UndoOptions, plan_undo
from clary.kernel.change import Action, Body, Change, Verb
from clary.kernel.errors import ClaryError
from clary.ledger.editions.undo import UNDO
from clary.ledger.fields import EDITIONS
from clary.ledger.registry import record_types_in
from tests.companies.sandbox.small import bill, everything, goods, invoice, key, lines, plain
from tests.engine.bookkeeping import Bookkeeping, created, numbered


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


ENTRY: Body = {
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
    ("journal_entry", ENTRY),
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


@pytest.mark.parametrize("posted", [None, "delete"])
def test_an_order_and_what_delivered_it_are_taken_back_together(
    books: Bookkeeping, posted: str | None
) -> None:
    before = everything(books.session)
    line = goods("PART", "3", "9")
    order: Body = {
        "number": "S-1",
        "customer_id": "ACME",
        "date": "2026-03-01",
        "lines": lines(line),
    }
    delivering = invoice({**line, "sales_order_number": "S-1"}, number="I-1")
    run = books.apply(*numbered(("sales_order", order), ("sales_invoice", delivering)))
    [stored] = books.session.read("sales_order", Query())
    assert stored["lines"] == [{**line, "amount": "27.00", "quantity_delivered": "3"}]
    plan = books.plan_undo(run, UndoOptions(posted="delete") if posted else UndoOptions())
    assert books.stopped(plan) == []
    assert books.apply_plan(plan).applied == 2
    assert everything(books.session) == before
    assert list(books.session.read("sales_order", Query())) == []


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
    assert finding.message.startswith("Everything was taken back already by run ")
    assert finding.message.endswith(", on 2026-03-15 12:00 UTC.")
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

    def test_a_prospect_that_became_a_customer_is_not_edited(self, books: Bookkeeping) -> None:
        body: Body = {"id": "NEW", "name": "New", "prospect": True}
        document = invoice(plain("20.00"), customer="NEW", number="I-9")
        run = books.apply(*numbered(("customer", body), ("sales_invoice", document)))
        plan = books.plan_undo(run)
        assert books.stopped(plan) == []
        assert books.apply_plan(plan).applied == 2

    def test_what_a_restore_undoes_no_longer_counts_as_use(self, books: Bookkeeping) -> None:
        before = books.session.get("customer", key("customer", "ACME"))
        run = books.apply(
            *numbered(("tax_code", {"id": "EXTRA", "exempt": True})),
            Change(2, "books", Action.UPDATE, "customer", "ACME", before, {"tax_code_id": "EXTRA"}),
        )
        plan = books.plan_undo(run)
        assert (books.stopped(plan), books.warned(plan)) == ([], [])
        assert books.apply_plan(plan).applied == 2
        assert "EXTRA" not in {body["id"] for body in books.session.read("tax_code", Query())}

    def test_one_with_history_that_cannot_be_inactive_stays(self, books: Bookkeeping) -> None:
        document = invoice(plain("20.00"), number="I-9", ship_via="AIR")
        run = books.apply(*numbered(("ship_method", {"id": "AIR"}), ("sales_invoice", document)))
        plan = books.plan_undo(run)
        uses = books.session.uses("ship_method", key("ship_method", "AIR"))
        expected = [("ship_method AIR", "UNDO_HISTORY")] if uses else []
        assert books.stopped(plan) == expected


class TestOtherDocuments:
    """Orders, allocations and edited documents go back as well."""

    ORDER: ClassVar[Body] = {
        "customer_id": "ACME",
        "date": "2026-03-02",
        "lines": lines(plain("7.00")),
    }

    def test_an_order_is_deleted(self, books: Bookkeeping) -> None:
        run = books.apply(*numbered(("sales_order", self.ORDER)))
        plan = books.plan_undo(run)
        assert plan.counts == {"delete sales_order": 1}
        assert books.apply_plan(plan).applied == 1
        assert list(books.session.read("sales_order", Query())) == []

    def test_a_deleted_order_is_made_again(self, books: Bookkeeping) -> None:
        number = str(books.session.create("sales_order", self.ORDER).key)
        before = books.session.get("sales_order", key("sales_order", number))
        run = books.apply(Change(1, "books", Action.DELETE, "sales_order", number, before))
        plan = books.plan_undo(run)
        assert books.warned(plan) == ["UNDO_MADE_AGAIN"]
        assert books.apply_plan(plan).applied == 1
        [again] = books.session.read("sales_order", Query())
        assert again["lines"] == before["lines"]
        assert str(again["transaction_number"]) != number

    def test_an_edited_document_is_edited_back(self, books: Bookkeeping) -> None:
        number = str(books.session.create("sales_invoice", DOCUMENTS[1][1]).key)
        before = books.session.get("sales_invoice", key("sales_invoice", number))
        after: Body = {"customer_po": "PO-1"}
        run = books.apply(Change(1, "books", Action.UPDATE, "sales_invoice", number, before, after))
        assert run.applied == 1
        assert books.undo(run).applied == 1
        now = books.session.get("sales_invoice", key("sales_invoice", number))
        assert now.get("customer_po") is None

    def credit(self, books: Bookkeeping) -> Change:
        """Post an invoice and a credit memo; return the change that allocates them."""
        bill_number = books.session.create("sales_invoice", DOCUMENTS[1][1]).key
        credit = invoice(plain("20.00"), number="C-1", customer="BETA")
        number = str(books.session.create("credit_memo", credit).key)
        before = books.session.get("credit_memo", key("credit_memo", number))
        after: Body = {"invoice": int(str(bill_number)), "amount": "20.00"}
        return Change(1, "books", Action.ACT, "credit_memo", number, before, after, Verb.ALLOCATE)

    def test_an_allocation_is_taken_apart(self, books: Bookkeeping) -> None:
        change = self.credit(books)
        before = everything(books.session)
        run = books.apply(change)
        assert everything(books.session) != before
        plan = books.plan_undo(run)
        assert plan.counts == {"unallocate allocation": 1}
        assert books.apply_plan(plan).applied == 1
        assert everything(books.session) == before
        assert books.results(run)[0].state is JournalState.UNDONE

    def test_an_allocation_that_the_run_created_is_taken_apart(self, books: Bookkeeping) -> None:
        change = self.credit(books)
        before = everything(books.session)
        body: Body = {
            "date": "2026-03-06",
            "party_type": "customer",
            "party_id": "BETA",
            "credit": int(change.key or 0),
            **(change.after or {}),
        }
        run = books.apply(*numbered(("allocation", body)))
        assert books.undo(run).applied == 1
        assert everything(books.session) == before

    def test_an_allocation_that_the_company_did_not_name_has_no_way_back(
        self, books: Bookkeeping
    ) -> None:
        run = books.apply(self.credit(books))
        with books.database.write() as connection:
            connection.execute(OUTCOMES.update().values(undo=None))
        assert [code for _, code in books.stopped(books.plan_undo(run))] == ["UNDO_NO_WAY"]

    def test_an_edited_document_that_the_run_then_paid_is_edited_back(
        self, books: Bookkeeping
    ) -> None:
        number = str(books.session.create("sales_invoice", DOCUMENTS[1][1]).key)
        before = books.session.get("sales_invoice", key("sales_invoice", number))
        figures = everything(books.session)
        edit = Change(
            1, "books", Action.UPDATE, "sales_invoice", number, before, {"customer_po": "PO-1"}
        )
        run = books.apply(edit, created(2, "receipt", receipt("I-2", "20.00", "BETA")))
        assert run.applied == 2
        assert books.undo(run).applied == 2
        assert everything(books.session) == figures

    def test_documents_that_the_run_allocated_itself_are_taken_back(
        self, books: Bookkeeping
    ) -> None:
        before = everything(books.session)
        credit = invoice(plain("20.00"), number="C-1", customer="BETA")
        first = books.apply(*numbered(DOCUMENTS[1], ("credit_memo", credit)))
        numbers = [entry.key for entry in books.results(first)]
        assert len(numbers) == 2
        books.undo(first)
        assert everything(books.session) == before

    def test_a_void_has_no_way_back(self, books: Bookkeeping) -> None:
        number = str(books.session.create("sales_invoice", DOCUMENTS[1][1]).key)
        run = books.apply(
            Change(1, "books", Action.ACT, "sales_invoice", number, after={}, verb=Verb.VOID)
        )
        plan = books.plan_undo(run)
        assert books.stopped(plan) == [(f"sales_invoice {number}", "UNDO_NO_WAY")]

    def test_an_undo_cannot_be_undone_but_the_documents_rerun(self, books: Bookkeeping) -> None:
        undone = books.undo(books.apply(*numbered(*DOCUMENTS[:2])))
        assert books.plan_undo(undone).rejected == 2


class TestDates:
    """The day of the reversal, and what is said of it."""

    def closed(self, books: Bookkeeping, **stated: object) -> Info:
        """Return the company with the period of the documents closed."""
        info = books.info
        periods = tuple(replace(p, open=p.start.month != 3 and p.open) for p in info.periods)
        return replace(info, **({"periods": periods} | stated))  # type: ignore[arg-type]  # as above

    def plan(
        self, books: Bookkeeping, info: Info, options: UndoOptions | None = None
    ) -> PlanSummary:
        run = books.apply(*numbered(DOCUMENTS[1]))
        return plan_undo(books.database, run.id, books.session, info, books.clock, options)

    def test_an_open_period_keeps_the_day(self, books: Bookkeeping) -> None:
        plan = self.plan(books, books.info)
        [change] = books.plans.changes(plan.id)
        assert change.after == {"date": "2026-03-02"}

    def test_a_closed_period_moves_it_to_the_first_open_day(self, books: Bookkeeping) -> None:
        plan = self.plan(books, self.closed(books))
        [change] = books.plans.changes(plan.id)
        assert change.after == {"date": "2026-04-01"}
        [finding] = books.plans.findings(plan.id)
        assert finding.code == "UNDO_REDATED"
        assert "2026-04-01" in finding.message
        books.apply_plan(plan)
        [voiding] = [b for b in books.session.read("sales_invoice", Query()) if b.get("reverses")]
        assert voiding["date"] == "2026-04-01"

    def test_a_document_in_a_closed_period_is_not_deleted(self, books: Bookkeeping) -> None:
        plan = self.plan(books, self.closed(books), UndoOptions(posted="delete"))
        assert [code for _, code in books.stopped(plan)] == ["UNDO_CLOSED"]

    def test_without_any_open_day_nothing_is_undone(self, books: Bookkeeping) -> None:
        plan = self.plan(books, self.closed(books, periods=()))
        assert [code for _, code in books.stopped(plan)] == ["UNDO_ALL_CLOSED"]


class TestWhatCannotBeUndone:
    """Named one by one, with the reason; never forced."""

    def test_another_company(self, books: Bookkeeping) -> None:
        run = books.apply(*numbered(DOCUMENTS[1]))
        other = replace(books.info, identity="other books")
        with pytest.raises(ClaryError) as caught:
            plan_undo(books.database, run.id, books.session, other, books.clock)
        assert caught.value.code == "WRONG_COMPANY"

    def test_a_run_at_work(self, books: Bookkeeping) -> None:
        run = books.apply(*numbered(DOCUMENTS[1]))
        self.set_run(books, state="running")
        with pytest.raises(ClaryError) as caught:
            books.plan_undo(run)
        assert caught.value.code == "UNDO_RUNNING"

    @pytest.mark.parametrize(
        ("state", "stopped", "warned"),
        [
            ("uncertain", ["UNDO_UNCERTAIN"], []),
            ("sent", ["UNDO_UNCERTAIN"], []),
            ("delivered", ["UNDO_UNCERTAIN"], []),
            ("parked", [], ["UNDO_OPEN"]),
            ("rejected", [], []),
            ("skipped", [], []),
        ],
    )
    def test_what_was_not_confirmed(
        self, books: Bookkeeping, state: str, stopped: list[str], warned: list[str]
    ) -> None:
        run = books.apply(*numbered(DOCUMENTS[1]))
        self.set_rows(books, state=state)
        plan = books.plan_undo(run)
        assert [code for _, code in books.stopped(plan)] == stopped
        assert books.warned(plan) == warned

    def test_what_was_never_read_back(self, books: Bookkeeping) -> None:
        run = books.apply(*numbered(DOCUMENTS[1]))
        with books.database.write() as connection:
            connection.execute(OUTCOMES.delete())
        assert [code for _, code in books.stopped(books.plan_undo(run))] == ["UNDO_UNPROVEN"]

    def test_what_has_no_key(self, books: Bookkeeping) -> None:
        run = books.apply(*numbered(DOCUMENTS[1]))
        self.set_rows(books, key=None)
        assert [code for _, code in books.stopped(books.plan_undo(run))] == ["UNDO_GONE"]

    @pytest.mark.parametrize("action", [Action.UPDATE, Action.DELETE])
    def test_what_was_before_is_past_its_retention(
        self, books: Bookkeeping, action: Action
    ) -> None:
        before = books.session.get("customer", key("customer", "BETA"))
        after: Body | None = {"fax": "1"} if action is Action.UPDATE else None
        change = Change(1, "books", action, "customer", "BETA", before, after)
        plan = books.plans.write(books.header(retention=timedelta(0)), [change])
        run = books.apply_plan(plan)
        books.plans.prune(books.clock.now())
        assert [code for _, code in books.stopped(books.plan_undo(run))] == ["UNDO_BODIES_GONE"]

    def test_more_uses_than_can_be_shown(self, books: Bookkeeping) -> None:
        run = books.apply(*numbered(("customer", {"id": "NEW", "name": "New"})))
        for number in range(7):
            document = invoice(plain("1.00"), customer="NEW", number=f"N-{number}")
            books.session.create("sales_invoice", document)
        [finding] = books.plans.findings(books.plan_undo(run).id)
        assert finding.message.endswith("and 2 more.")

    def set_rows(self, books: Bookkeeping, **values: object) -> None:
        with books.database.write() as connection:
            connection.execute(JOURNAL.update().values(**values))

    def set_run(self, books: Bookkeeping, **values: object) -> None:
        with books.database.write() as connection:
            connection.execute(RUNS.update().values(**values))


def test_the_table_of_ways_back_is_complete() -> None:
    for edition in EDITIONS:
        names = {declared.name for declared in record_types_in(edition)}
        assert set(UNDO[edition]) == names
        assert all(way.source and way.restores for way in UNDO[edition].values())
