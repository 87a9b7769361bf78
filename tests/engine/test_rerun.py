"""A rerun compares with the books: present, reversed, missing, pending or new."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

import pytest

from clary.companies.contract import Query
from clary.engine.executor import ApplyOptions
from clary.engine.plan import Entry, PlanSummary
from clary.engine.rerun import Rerun
from clary.engine.tables import JOURNAL
from clary.kernel.change import Action, Change, Origin, Verb
from clary.kernel.errors import ClaryError
from tests.companies.sandbox.small import invoice, key, plain
from tests.engine.bookkeeping import Bookkeeping, created


def document(number: int) -> Change:
    body = invoice(plain(f"{number}.00"), number=f"I-{number}")
    return created(number, "sales_invoice", body)


def documents(count: int) -> list[Change]:
    return [document(number) for number in range(1, count + 1)]


def compared(books: Bookkeeping, changes: list[Change]) -> Iterator[Entry]:
    """Yield what a rerun of all changes says of them, as a planner would."""
    found = Rerun(books.database, books.info.identity, books.session)
    yield from [found.entry(standing) for standing in found.standings(changes)]
    yield from found.remarks()


def rerun(books: Bookkeeping, changes: list[Change]) -> PlanSummary:
    return books.plans.write(books.header(flow="rerun"), compared(books, changes))


def posted(books: Bookkeeping) -> int:
    bodies = books.session.read("sales_invoice", Query())
    return len(
        [body for body in bodies if not body.get("reversed_by") and not body.get("reverses")]
    )


def test_a_rerun_of_nothing_new_changes_nothing(books: Bookkeeping) -> None:
    books.apply(*documents(3))
    plan = rerun(books, documents(3))
    assert plan.findings == {"ORIGIN_PRESENT": 3}
    assert books.apply_plan(plan).skipped == 3
    assert posted(books) == 3


def test_what_is_new_is_posted(books: Bookkeeping) -> None:
    books.apply(*documents(2))
    run = books.apply_plan(rerun(books, documents(4)))
    assert (run.skipped, run.applied) == (2, 2)


def test_it_holds_without_a_journal(books: Bookkeeping) -> None:
    books.apply(*documents(2))
    with books.database.write() as connection:
        connection.execute(JOURNAL.delete())
    run = books.apply_plan(rerun(books, documents(2)))
    assert (run.skipped, posted(books)) == (2, 2)


def test_what_was_undone_is_posted_as_a_new_attempt(books: Bookkeeping) -> None:
    books.undo(books.apply(*documents(2)))
    assert posted(books) == 0
    plan = rerun(books, documents(2))
    assert [change.origin for change in books.plans.changes(plan.id)] == [
        Origin("test", "doc-1", attempt=2),
        Origin("test", "doc-2", attempt=2),
    ]
    assert books.apply_plan(plan).applied == 2
    again = rerun(books, documents(2))
    assert again.findings == {"ORIGIN_PRESENT": 2}
    assert (books.apply_plan(again).skipped, posted(books)) == (2, 2)


def test_what_was_voided_by_hand_is_posted_as_a_new_attempt(books: Bookkeeping) -> None:
    run = books.apply(document(1))
    number = key("sales_invoice", books.results(run)[0].key)
    books.session.act("sales_invoice", number, Verb.VOID, {})
    plan = rerun(books, documents(1))
    assert plan.findings == {"ORIGIN_REVERSED": 1}
    assert books.apply_plan(plan).applied == 1
    assert posted(books) == 1


def remove(books: Bookkeeping) -> None:
    """Delete every invoice, as the restore of an older backup would."""
    for body in list(books.session.read("sales_invoice", Query())):
        books.session.delete("sales_invoice", key("sales_invoice", body["transaction_number"]))


class TestMissing:
    """What was posted and is gone is shown, and posted again once a person confirms it."""

    def test_a_few(self, books: Bookkeeping) -> None:
        books.apply(*documents(2))
        remove(books)
        plan = rerun(books, documents(2))
        assert plan.findings == {"ORIGIN_MISSING": 2}
        assert "2026-03-15 as" in next(books.plans.findings(plan.id)).message
        assert books.apply_plan(plan).rejected == 2
        confirmed = ApplyOptions(confirmed_missing=True)
        run = books.apply_plan(rerun(books, documents(2)), confirmed)
        assert (run.applied, posted(books)) == (2, 2)

    def test_many_at_once_ask_whether_the_books_were_restored(self, books: Bookkeeping) -> None:
        books.apply(*documents(11))
        remove(books)
        plan = rerun(books, documents(11))
        assert plan.blocked == ("BOOKS_RESTORED",)
        with pytest.raises(ClaryError) as caught:
            books.apply_plan(plan, ApplyOptions(confirmed_missing=True))
        assert caught.value.exit_status == 6
        assert "11 of 11" in str(caught.value)
        both = ApplyOptions(confirmed_missing=True, confirmed=frozenset({"BOOKS_RESTORED"}))
        assert books.apply_plan(plan, both).applied == 11


def test_what_is_still_pending_is_not_sent_twice(books: Bookkeeping) -> None:
    run = books.apply(document(1))
    remove(books)
    with books.database.write() as connection:
        connection.execute(JOURNAL.update().values(state="uncertain"))
    plan = rerun(books, documents(1))
    assert plan.rejected == 1
    [finding] = books.plans.findings(plan.id)
    assert (finding.code, run.id in finding.message) == ("ORIGIN_PENDING", True)


def test_several_documents_that_look_alike_are_shown(books: Bookkeeping) -> None:
    books.apply(document(1))
    books.session.create("sales_invoice", invoice(plain("1.00"), number="I-77"))
    path = books.path
    books.session.close()
    raw = sqlite3.connect(path)
    raw.execute("update document set origin = (select origin from document where origin not null)")
    raw.commit()
    raw.close()
    books.session = books.company.session(write=True)
    plan = rerun(books, documents(1))
    assert (plan.rejected, plan.findings) == (1, {"ORIGIN_UNCLEAR": 1})


def test_changes_without_an_origin_pass_as_they_are(books: Bookkeeping) -> None:
    plain_ones: list[Entry] = [
        created(1, "customer", {"id": "NEW", "name": "New"}),
        Change(2, "books", Action.UPDATE, "customer", "ACME", {}, {"fax": "1"}),
    ]
    changes = [each for each in plain_ones if isinstance(each, Change)]
    assert list(compared(books, changes)) == plain_ones


def test_a_rejected_document_is_simply_tried_again(books: Bookkeeping) -> None:
    wrong = replace(document(1), after=invoice(plain("1.00"), customer="NOBODY"))
    assert books.apply(wrong).rejected == 1
    [entry] = compared(books, documents(1))
    assert entry == document(1)
