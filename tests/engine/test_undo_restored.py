"""An undo after the books were restored from a backup names that as the cause."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.sandbox.backup import backup, restore
from clary.engine.runs import RunSummary
from clary.kernel.change import Action, Body, Change
from tests.companies.sandbox.small import invoice, key, plain
from tests.engine.bookkeeping import Bookkeeping, created

NEW: Body = {"id": "NEW", "name": "New"}


class Backups:
    """Copies of the books of a bookkeeping."""

    def __init__(self, books: Bookkeeping, folder: Path) -> None:
        self.books = books
        self.file = folder / "copy.clary"

    def take(self) -> None:
        backup(self.books.path, self.file)

    def put_back(self) -> None:
        self.books.session.close()
        restore(self.books.path, self.file)
        self.books.session = self.books.company.session(write=True)


@pytest.fixture
def backups(books: Bookkeeping, tmp_path: Path) -> Backups:
    return Backups(books, tmp_path)


def customer(books: Bookkeeping, name: str) -> Body:
    return books.session.get("customer", key("customer", name))


def some_of_each(books: Bookkeeping) -> RunSummary:
    """Apply a run that creates, updates and deletes."""
    changed = Change(1, "books", Action.UPDATE, "customer", "ACME", {"fax": None}, {"fax": "1"})
    deleted = Change(2, "books", Action.DELETE, "customer", "BETA", customer(books, "BETA"))
    made = created(3, "customer", NEW)
    posted = created(4, "sales_invoice", invoice(plain("5.00"), number="I-1"))
    run = books.apply(changed, deleted, made, posted)
    assert run.applied == 4
    return run


def told(books: Bookkeeping, run: RunSummary) -> dict[str, str]:
    """Return the code of what stands against each record of an undo."""
    return dict(books.stopped(books.plan_undo(run)))


def test_what_the_restored_books_do_not_have_is_not_called_edited(
    books: Bookkeeping, backups: Backups
) -> None:
    backups.take()
    run = some_of_each(books)
    backups.put_back()
    plan = books.plan_undo(run)
    assert {code for _, code in books.stopped(plan)} == {"UNDO_LOST"}
    messages = {finding.record: finding.message for finding in books.plans.findings(plan.id)}
    assert messages["customer NEW"].endswith("and this record is not in them.")
    assert messages["customer ACME"].endswith("and this change is not in them.")
    assert messages["customer BETA"].endswith("and this deletion is not in them.")
    assert books.apply_plan(plan).rejected == 4


def test_another_record_under_the_same_key_is_not_called_edited(
    books: Bookkeeping, backups: Backups
) -> None:
    backups.take()
    run = some_of_each(books)
    backups.put_back()
    books.session.create("customer", {"id": "NEW", "name": "Another"})
    books.session.create("sales_invoice", invoice(plain("9.00"), number="Z-1", customer="BETA"))
    books.session.update("customer", key("customer", "ACME"), {"fax": "2"})
    found = told(books, run)
    assert found == {
        "customer NEW": "UNDO_RESTORED",
        "sales_invoice 1": "UNDO_RESTORED",
        "customer ACME": "UNDO_RESTORED",
        "customer BETA": "UNDO_LOST",
    }
    [finding] = [
        each
        for each in books.plans.findings(books.plan_undo(run).id)
        if each.record == "sales_invoice 1"
    ]
    assert "customer_id, lines, number" in finding.message


def test_what_the_backup_holds_as_the_run_left_it_is_taken_back(
    books: Bookkeeping, backups: Backups
) -> None:
    run = some_of_each(books)
    backups.take()
    backups.put_back()
    assert told(books, run) == {}
    assert books.undo(run).applied == 4


def test_without_a_restore_an_edit_is_an_edit(books: Bookkeeping) -> None:
    run = some_of_each(books)
    books.session.update("customer", key("customer", "ACME"), {"fax": "2"})
    assert told(books, run) == {"customer ACME": "UNDO_EDITED"}


def test_an_undo_that_a_restore_may_have_lost_says_so(books: Bookkeeping, backups: Backups) -> None:
    run = some_of_each(books)
    backups.take()
    undone = books.undo(run)
    backups.put_back()
    [finding] = books.plans.findings(books.plan_undo(run).id)
    assert finding.code == "UNDO_UNDONE_RESTORED"
    assert undone.id in finding.message


def test_what_was_taken_back_in_part_is_counted_with_run_and_moment(books: Bookkeeping) -> None:
    run = some_of_each(books)
    books.session.update("customer", key("customer", "ACME"), {"fax": "2"})
    first = books.undo(run)
    assert (first.applied, first.rejected) == (3, 1)
    [already] = [
        each
        for each in books.plans.findings(books.plan_undo(run).id)
        if each.code == "UNDO_ALREADY"
    ]
    assert already.message == (
        f"3 changes were taken back already by run {first.id}, on 2026-03-15 12:00 UTC."
    )
