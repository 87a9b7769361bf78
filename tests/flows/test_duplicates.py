"""A retry is answered and never repeated, whoever asks and however often."""

from __future__ import annotations

import contextlib
from datetime import date, timedelta
from pathlib import Path

import pytest

from clary.companies.sandbox import SandboxCompany, create
from clary.engine.executor import JOURNAL_POINTS
from clary.engine.undo import plan_undo
from clary.flows.operations.requests import (
    Document,
    OperationOptions,
    OperationResult,
    Status,
)
from clary.ledger.fields import EditionName
from tests.flows.conftest import add_accounts, company_of
from tests.flows.house import House
from tests.flows.test_operations import ACME, invoice

pytestmark = pytest.mark.both_databases


def keyed(number: str, key: str, document: str = "1", amount: str = "10.00") -> Document:
    return Document(document, invoice(number, amount), idempotency_key=key)


def count(house: House) -> int:
    return len(house.records("sales_invoice"))


def test_the_same_key_and_body_is_answered_from_the_journal(house: House) -> None:
    house.fill("customer", ACME)
    [first] = house.operate("create", "sales_invoice", keyed("1", "k"))
    [again] = house.operate("create", "sales_invoice", keyed("1", "k"))
    assert (first.status, again.status) == (Status.SUCCESS, Status.SKIPPED_DUPLICATE)
    assert again.key == first.key
    assert again.record is not None
    assert again.record["number"] == "1"
    assert count(house) == 1


def test_a_retry_is_answered_as_often_as_it_is_asked(house: House) -> None:
    house.fill("customer", ACME)
    for _ in range(4):
        house.operate("create", "sales_invoice", keyed("1", "k"))
    [found] = house.operate("create", "sales_invoice", keyed("1", "k"))
    assert found.status is Status.SKIPPED_DUPLICATE
    assert count(house) == 1


def test_a_retry_may_be_written_differently_and_mean_the_same(house: House) -> None:
    house.fill("customer", ACME)
    house.operate("create", "sales_invoice", keyed("1", "k", amount="10"))
    [found] = house.operate("create", "sales_invoice", keyed("1", "k", amount="10.00"))
    assert found.status is Status.SKIPPED_DUPLICATE


def test_the_same_key_for_another_body_is_refused(house: House) -> None:
    house.fill("customer", ACME)
    house.operate("create", "sales_invoice", keyed("1", "k"))
    [found] = house.operate("create", "sales_invoice", keyed("2", "k"))
    assert (found.status, found.code) == (Status.REJECTED, "KEY_REUSED")
    [again] = house.operate("create", "sales_invoice", keyed("1", "k"))
    assert again.status is Status.SKIPPED_DUPLICATE
    assert count(house) == 1


def test_a_rejected_document_may_be_tried_again_under_its_key(house: House) -> None:
    [first] = house.operate("create", "sales_invoice", keyed("1", "k"))
    assert first.code == "REFERENCE_UNKNOWN"
    house.fill("customer", ACME)
    [again] = house.operate("create", "sales_invoice", keyed("1", "k"))
    assert (again.status, count(house)) == (Status.SUCCESS, 1)


def test_a_rejected_document_may_be_corrected_under_its_key(house: House) -> None:
    house.fill("customer", ACME)
    wrong = Document("1", invoice("1", "10.00") | {"customer_id": "NOBODY"}, idempotency_key="k")
    [first] = house.operate("create", "sales_invoice", wrong)
    assert first.code == "REFERENCE_UNKNOWN"
    [corrected] = house.operate("create", "sales_invoice", keyed("1", "k", amount="12.00"))
    assert (corrected.status, count(house)) == (Status.SUCCESS, 1)
    [other] = house.operate("create", "sales_invoice", keyed("1", "k"))
    assert other.code == "KEY_REUSED"


def test_another_company_under_the_same_name_has_none_of_the_answers(
    folder: Path, new_sandboxes: dict[EditionName, Path]
) -> None:
    create(folder / "first.clary", name="first", edition="us", fiscal_year_start=date(2026, 1, 1))
    first = SandboxCompany(folder / "first.clary")
    add_accounts(first)
    second = company_of("sandbox", folder, new_sandboxes, "us")
    for company in (first, second, first):
        with House(folder, company) as house:
            if not house.records("customer"):
                house.fill("customer", ACME)
                [found] = house.operate("create", "sales_invoice", keyed("1", "k"))
                assert found.status is Status.SUCCESS, found
            [again] = house.operate("create", "sales_invoice", keyed("1", "k"))
            assert again.status is Status.SKIPPED_DUPLICATE
            assert count(house) == 1


def test_one_key_twice_in_a_request_is_done_once(house: House) -> None:
    house.fill("customer", ACME)
    found = house.operate(
        "create",
        "sales_invoice",
        keyed("1", "k", "a"),
        keyed("1", "k", "b"),
        keyed("2", "k", "c"),
    )
    assert [each.status for each in found] == [
        Status.SUCCESS,
        Status.SKIPPED_DUPLICATE,
        Status.REJECTED,
    ]
    assert found[2].code == "KEY_REUSED"
    assert count(house) == 1


def test_the_twin_of_a_rejected_document_is_rejected_for_the_same_reason(house: House) -> None:
    found = house.operate("create", "sales_invoice", keyed("1", "k", "a"), keyed("1", "k", "b"))
    assert [each.code for each in found] == ["REFERENCE_UNKNOWN", "REFERENCE_UNKNOWN"]


class PowerCut(BaseException):
    """Ends the work in the middle."""


@pytest.mark.parametrize("point", JOURNAL_POINTS)
def test_a_retry_after_a_crash_at_any_point_makes_one_document(house: House, point: str) -> None:
    house.fill("customer", ACME)
    summary = house.plan(house.request("create", "sales_invoice", [keyed("1", "k")]))

    def trip(reached: str) -> None:
        if reached == point:
            raise PowerCut

    with contextlib.suppress(PowerCut):
        house.apply(summary.id, trip=trip)
    house.clock.advance(timedelta(hours=1))
    house.operate("create", "sales_invoice", keyed("1", "k"))
    [found] = house.operate("create", "sales_invoice", keyed("1", "k"))
    if found.status is Status.PENDING:
        assert found.code == "KEY_PENDING"
    else:
        assert count(house) == 1
    assert count(house) <= 1


def test_one_id_names_one_document(house: House) -> None:
    found = house.operate(
        "create", "customer", Document("1", ACME), Document("1", {"id": "B", "name": "b"})
    )
    assert [each.code for each in found] == ["", "DOCUMENT_ID_TWICE"]


def test_one_record_is_changed_once_in_a_request(house: House) -> None:
    house.fill("customer", ACME)
    found = house.operate(
        "update",
        "customer",
        Document("1", {"nme": "x"}, key="ACME"),
        Document("2", {"name": "x"}, key="ACME"),
        Document("3", {"name": "y"}, key="acme"),
    )
    assert [each.code for each in found] == ["FIELD_UNKNOWN", "", "DUPLICATE_IN_REQUEST"]


def test_the_same_content_sent_again_without_a_key_is_posted_once(house: House) -> None:
    house.fill("customer", ACME)
    [first] = house.operate("create", "sales_invoice", Document("1", invoice("")))
    [again] = house.operate("create", "sales_invoice", Document("7", invoice("")))
    assert (first.status, again.status) == (Status.SUCCESS, Status.SKIPPED_DUPLICATE)
    assert again.key == first.key
    assert count(house) == 1


def test_equal_documents_of_one_request_are_told_apart_by_their_order(house: House) -> None:
    house.fill("customer", ACME)
    documents = [Document(str(number), invoice("")) for number in range(3)]
    assert {each.status for each in house.operate("create", "sales_invoice", *documents)} == {
        Status.SUCCESS
    }
    again = house.operate("create", "sales_invoice", *documents)
    assert {each.status for each in again} == {Status.SKIPPED_DUPLICATE}
    assert count(house) == 3


def test_a_request_of_its_own_posts_the_same_content_again(house: House) -> None:
    house.fill("customer", ACME)
    for name in ("one", "two"):
        options = OperationOptions(request=name)
        [found] = house.operate(
            "create", "sales_invoice", Document("1", invoice("")), options=options
        )
        assert found.status is Status.SUCCESS
    assert count(house) == 2


def test_what_a_document_attaches_is_bounded(house: House) -> None:
    found = house.operate(
        "create",
        "customer",
        Document("1", ACME, tracked={"clary.request": "x"}),
        Document("2", ACME, tracked={"a": "x" * 501}),
        Document("3", ACME, tracked={str(n): "x" for n in range(21)}),
        Document("4", ACME, tracked={"": "x"}),
        Document("5", ACME, idempotency_key=""),
        Document("6" * 101, ACME),
        Document("", ACME),
    )
    assert [each.code for each in found] == [
        *["TRACKED_INVALID"] * 4,
        "KEY_TOO_LONG",
        *["DOCUMENT_ID_INVALID"] * 2,
    ]


def test_a_long_key_is_recognised_as_well(house: House) -> None:
    house.fill("customer", ACME)
    key = "k" * 400
    [first] = house.operate("create", "sales_invoice", keyed("1", key))
    [again] = house.operate("create", "sales_invoice", keyed("1", key))
    assert (first.status, again.status) == (Status.SUCCESS, Status.SKIPPED_DUPLICATE)
    [entry] = house.entries(house.request("create", "sales_invoice", [keyed("2", key)]))
    assert entry.change.origin is not None
    assert len(entry.change.origin.document) == 12


def test_a_retry_is_answered_even_where_the_record_is_gone(house: House) -> None:
    [first] = house.operate("create", "customer", Document("1", ACME, idempotency_key="k"))
    [gone] = house.operate("delete", "customer", Document("1", key="ACME", idempotency_key="d"))
    assert (first.status, gone.action_taken) == (Status.SUCCESS, "deleted")
    [again] = house.operate("create", "customer", Document("1", ACME, idempotency_key="k"))
    assert again.status is Status.SKIPPED_DUPLICATE
    [again] = house.operate("delete", "customer", Document("1", key="ACME", idempotency_key="d"))
    assert again.status is Status.SKIPPED_DUPLICATE
    assert house.records("customer") == []


def test_updates_and_entries_are_answered_too(house: House) -> None:
    house.fill("customer", ACME)
    found: list[OperationResult] = []
    for _ in range(2):
        found = house.operate(
            "update", "customer", Document("1", {"name": "New"}, "ACME", idempotency_key="u")
        )
        found += house.operate(
            "create",
            "customer.ship_to",
            Document("1", {"city": "Rome"}, "ACME", idempotency_key="e"),
        )
    assert [each.status for each in found] == [Status.SKIPPED_DUPLICATE] * 2
    [customer] = house.records("customer")
    assert customer["ship_to"] == [{"city": "Rome"}]


def test_a_retry_after_an_undo_is_not_posted_again(house: House) -> None:
    house.fill("customer", ACME)
    summary = house.plan(house.request("create", "sales_invoice", [keyed("1", "k")]))
    run = house.apply(summary.id)
    with house.company.session() as session:
        undo = plan_undo(house.database, run.id, session, house.info, house.clock)
    assert house.apply(undo.id).applied == 1
    [again] = house.operate("create", "sales_invoice", keyed("1", "k"))
    assert again.status is Status.SKIPPED_DUPLICATE
