"""What belongs to which batch of a plan, under which number, while the plan is made."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from clary.flows.batch.jobs import Job
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.making import FILL, Batches
from clary.flows.batch.naming import LONGEST
from clary.flows.batch.reading import Reading
from clary.flows.batch.register import BatchDocument, BatchState, Register
from clary.flows.batch.requests import BatchPer, BatchRequest, Selection
from clary.kernel.change import Change
from clary.kernel.clock import FixedClock
from clary.store import Database

APP, COMPANY = "psa", "acme"
CLOCK = FixedClock(datetime(2026, 1, 15, 12, tzinfo=UTC))


@pytest.fixture
def register(tmp_path: Path, empty_database: Path) -> Iterator[Register]:
    shutil.copyfile(empty_database, tmp_path / "clary.db")
    database = Database.open(f"sqlite:///{tmp_path / 'clary.db'}")
    yield Register(database, CLOCK)
    database.close()


def batches(
    register: Register, request: BatchRequest, is_taken: Callable[[str], bool] | None = None
) -> Batches:
    known = (register, CLOCK, APP, COMPANY, request)
    return Batches(*known) if is_taken is None else Batches(*known, is_taken)


def a_job(number: str, kind: Kind = Kind.INVOICE) -> Job:
    return Job(Reading(f"{kind.value}:{number}", f"{kind.value} {number}", kind, None))


def row(number: str, *gl_ids: int) -> BatchDocument:
    kind = DocumentKind.INVOICE
    return BatchDocument(f"invoice:{number}", kind, number, None, "ACME", 1000, "USD", gl_ids)


def added(made: Batches, number: str, change: int, *gl_ids: int) -> None:
    made.add(a_job(number), change, row(number, *gl_ids), gl_ids)


def shares(change: Change) -> object:
    assert change.after is not None
    return change.after["shares"]


ONE = BatchRequest(Selection(), "B", note="monthly")
EACH = BatchRequest(Selection(), "B", batch_per=BatchPer.DOCUMENT)


def test_a_run_makes_one_batch_of_every_document_that_has_rows(register: Register) -> None:
    made = batches(register, ONE)
    added(made, "1001", 1, 11, 12)
    added(made, "1002", 0, 13)
    added(made, "1003", 2)
    [change] = made.changes(7)
    assert (change.number, change.document, change.depends_on) == (7, "B", (1,))
    assert shares(change) == [[1, "invoices", [11, 12]], [0, "invoices", [13]]]
    made.keep("plan", list)
    [batch] = register.of_plan("plan")
    assert (batch.identifier, batch.note, batch.kinds) == ("B", "monthly", frozenset(Kind))
    assert batch.state is BatchState.PLANNED
    assert [each.number for each in register.documents(batch)] == ["1001", "1002", "1003"]


def test_a_batch_of_nothing_but_what_is_ruled_out_is_kept_and_not_made(register: Register) -> None:
    made = batches(register, ONE)
    added(made, "1001", 1)
    assert list(made.changes(1)) == []
    assert len(made.numbers) == 1


def test_split_batches_have_the_letter_and_the_one_kind_of_their_documents(
    register: Register,
) -> None:
    made = batches(register, BatchRequest(Selection(), "B", split=True))
    added(made, "1001", 1, 11)
    made.add(a_job("31", Kind.EXPENSE), 2, row("31", 12), (12,))
    assert [change.document for change in made.changes(3)] == ["B-I", "B-E"]
    made.keep("plan", list)
    assert [each.kinds for each in register.of_plan("plan")] == [
        frozenset({Kind.INVOICE}),
        frozenset({Kind.EXPENSE}),
    ]


def test_the_batch_of_one_document_has_its_number_as_far_as_that_fits(register: Register) -> None:
    made = batches(register, EACH)
    assert made.identifier(a_job("1001 A")) == "B-1001-A"
    long = made.identifier(a_job("9" * LONGEST))
    assert long.startswith("B-")
    assert "9" * 9 not in long
    assert len(long) <= LONGEST


def test_documents_of_one_number_have_batches_of_their_own(register: Register) -> None:
    made = batches(register, EACH)
    for place, number in enumerate(("1001", "1001"), start=1):
        added(made, number, place, place)
    added(made, "1001", 3, 3)
    found = [change.document for change in made.changes(4)]
    assert found[0] == "B-1001"
    assert len({str(each).casefold() for each in found}) == 3


def test_a_number_that_is_in_use_is_passed_over(register: Register) -> None:
    made = batches(register, EACH, lambda number: number == "B-1001")
    assert made.identifier(a_job("1001")) not in {"B-1001", "B"}
    assert made.identifier(a_job("1002")) == "B-1002"


def test_documents_of_a_large_batch_are_stored_as_it_fills(register: Register) -> None:
    made = batches(register, ONE)
    for number in range(FILL + 1):
        added(made, f"{number:04}", 0, number)
    made.keep("plan", list)
    [batch] = register.of_plan("plan")
    assert len(list(register.documents(batch))) == FILL
    [change] = made.changes(1)
    assert change.depends_on == ()
    assert len(list(register.documents(batch))) == FILL + 1


def test_a_plan_that_was_not_finished_leaves_no_batches(register: Register) -> None:
    made = batches(register, ONE)
    added(made, "1001", 1, 11)
    list(made.changes(1))
    made.keep("plan", list)
    made.forget()
    assert list(register.of_plan("plan")) == []


def test_rows_that_two_documents_have_are_told_of_whatever_goes_to_a_batch(
    register: Register,
) -> None:
    made = batches(register, ONE)
    added(made, "1001", 1, 11, 12)
    added(made, "1002", 2, 12, 13)
    assert [(each.code, each.record) for each in made.shared()] == [
        ("BATCH_ENTRIES_SHARED", "invoice:1001")
    ]
