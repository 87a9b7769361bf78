"""Undo of chosen changes only, of several runs at once, and of what reached other systems."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from clary.engine.journal import JournalEntry, JournalState
from clary.engine.plan import Entry, PlanSummary
from clary.engine.runs import RunSummary
from clary.engine.tables import JOURNAL
from clary.engine.undo import UndoOptions, plan_undo
from clary.kernel.change import Action, Body, Change, Verb
from tests.companies.sandbox.small import everything, invoice, plain
from tests.engine.bookkeeping import Bookkeeping, created
from tests.engine.little_store import LittleStore

SHOP = "shop"


def invoice_of(number: int) -> Change:
    body = invoice(plain(f"{number}.00"), number=f"I-{number}")
    return created(number, "sales_invoice", body)


def document_named(*names: str) -> UndoOptions:
    def chosen(entry: JournalEntry) -> bool:
        return entry.document in names

    return UndoOptions(chosen=chosen)


def undo_several(
    books: Bookkeeping, runs: list[RunSummary], options: UndoOptions | None = None
) -> PlanSummary:
    ids = [run.id for run in runs]
    return plan_undo(books.database, ids, books.session, books.info, books.clock, options)


def test_only_chosen_documents_are_taken_back(books: Bookkeeping) -> None:
    run = books.apply(*(invoice_of(number) for number in (1, 2, 3)))
    undone = books.undo(run, document_named("doc-2"))
    assert (undone.applied, undone.planned) == (1, 1)
    states = [entry.state for entry in books.results(run)]
    assert states == [JournalState.CONFIRMED, JournalState.UNDONE, JournalState.CONFIRMED]
    assert books.runs.summary(run.id).undone == 1


def test_what_uses_a_chosen_document_and_stays_is_named(books: Bookkeeping) -> None:
    receipt: Body = {
        "reference": "R-1",
        "customer_id": "ACME",
        "date": "2026-03-05",
        "cash_account_id": "1020",
        "applications": [{"invoice_number": "I-1", "amount": "1.00"}],
    }
    run = books.apply(invoice_of(1), created(2, "receipt", receipt))
    plan = books.plan_undo(run, document_named("doc-1"))
    assert [code for _, code in books.stopped(plan)] == ["UNDO_SETTLED"]
    assert books.stopped(books.plan_undo(run)) == []


def test_several_runs_are_taken_back_by_one_plan(books: Bookkeeping) -> None:
    before = everything(books.session)
    first = books.apply(invoice_of(1), invoice_of(2))
    second = books.apply(replace(invoice_of(3), number=1))
    plan = undo_several(books, [second, first])
    assert plan.header.undoes == second.id
    assert f"{second.id}, {first.id}" in plan.header.note
    assert books.apply_plan(plan).applied == 3
    assert everything(books.session) == before
    assert [books.runs.summary(run.id).undone for run in (first, second)] == [2, 1]


def test_what_follows_learns_which_change_takes_what_back(books: Bookkeeping) -> None:
    run = books.apply(invoice_of(1), invoice_of(2))
    learnt: dict[tuple[str, int], int] = {}

    def followers(numbers: Mapping[tuple[str, int], int], number: int) -> Iterator[Entry]:
        learnt.update(numbers)
        customer: Body = {"id": "LATER", "name": "Later"}
        yield created(number, "customer", customer, depends_on=tuple(numbers.values()))

    options = UndoOptions(followers=followers, flow="batch", note="Both again.")
    plan = books.plan_undo(run, options)
    [plan_id] = run.plans
    assert learnt == {(plan_id, 1): 2, (plan_id, 2): 1}
    assert (plan.header.flow, plan.header.note, plan.changes) == ("batch", "Both again.", 3)
    assert books.apply_plan(plan).applied == 3


class Apart:
    """A company and another system, both changed by one run."""

    def __init__(self, books: Bookkeeping, shop: LittleStore) -> None:
        self.books = books
        self.shop = shop
        shop.put("widget", "OLD", {"id": "OLD", "size": "1", "colour": "red"})
        shop.put("widget", "GONE", {"id": "GONE", "size": "9"})

    def run(self, *changes: Change) -> RunSummary:
        return self.books.apply(*changes, targets={SHOP: self.shop})

    def undo(self, run: RunSummary) -> RunSummary:
        plan = self.books.plan_undo(run)
        return self.books.apply_plan(plan, targets={SHOP: self.shop})

    def stopped(self, run: RunSummary) -> list[str]:
        return [code for _, code in self.books.stopped(self.books.plan_undo(run))]


@pytest.fixture
def apart(books: Bookkeeping, folder: Path) -> Iterator[Apart]:
    shop = LittleStore(folder / "shop.db")
    yield Apart(books, shop)
    shop.close()


OLD: Body = {"id": "OLD", "size": "1", "colour": "red"}
NEW: Body = {"id": "NEW", "size": "2"}
UPDATED = Change(3, SHOP, Action.UPDATE, "widget", "OLD", {"size": "1"}, {"size": "5"})
DELETED = Change(4, SHOP, Action.DELETE, "widget", "GONE", {"id": "GONE", "size": "9"})


def test_what_reached_another_system_is_taken_back_there(apart: Apart) -> None:
    before = apart.shop.bodies("widget")
    run = apart.run(
        invoice_of(1), Change(2, SHOP, Action.CREATE, "widget", after=NEW), UPDATED, DELETED
    )
    assert run.applied == 4
    assert apart.shop.bodies("widget") != before
    assert apart.undo(run).applied == 4
    assert apart.shop.bodies("widget") == before
    states = {entry.state for entry in apart.books.results(run)}
    assert states == {JournalState.UNDONE}


def test_what_was_changed_there_since_is_stale(apart: Apart) -> None:
    run = apart.run(Change(1, SHOP, Action.CREATE, "widget", after=NEW))
    plan = apart.books.plan_undo(run)
    [change] = apart.books.plans.changes(plan.id)
    assert (change.action, change.key, change.before) == (Action.DELETE, "NEW", NEW)


def test_an_act_there_has_no_way_back(apart: Apart) -> None:
    run = apart.run(Change(1, SHOP, Action.ACT, "widget", "OLD", verb=Verb.POST))
    assert run.applied == 1
    assert apart.stopped(run) == ["UNDO_ELSEWHERE"]


@pytest.mark.parametrize("change", [UPDATED, Change(1, SHOP, Action.CREATE, "widget", after=NEW)])
def test_a_record_whose_key_is_unknown_has_no_way_back(apart: Apart, change: Change) -> None:
    run = apart.run(change)
    with apart.books.database.write() as connection:
        connection.execute(JOURNAL.update().values(key=None))
    assert apart.stopped(run) == ["UNDO_ELSEWHERE"]


@pytest.mark.parametrize("change", [UPDATED, DELETED])
def test_what_was_before_must_be_known(apart: Apart, change: Change) -> None:
    run = apart.run(replace(change, before=None))
    assert apart.stopped(run) == ["UNDO_BODIES_GONE"]
