"""Operations from request to result, on the small company and on the sandbox alike."""

from __future__ import annotations

import pytest

from clary.flows.operations.requests import (
    Document,
    Mode,
    OnError,
    OnMissing,
    OperationOptions,
    OperationResult,
    Status,
)
from clary.kernel.change import Body, JsonValue, Verb
from tests.flows.house import House

ACME = {"id": "ACME", "name": "Acme"}


def short(found: list[OperationResult]) -> list[tuple[str, str, str]]:
    return [(each.document, each.status.value, each.action_taken) for each in found]


def invoice(number: str, amount: str = "10.00", **more: JsonValue) -> Body:
    return {
        "customer_id": "ACME",
        "number": number,
        "date": "2026-01-10",
        "due_date": "2026-02-10",
        "receivable_account_id": "1100",
        "lines": [{"account_id": "4000", "description": "Work", "amount": amount}],
        **more,
    }


def test_a_create_gives_back_the_stored_record_with_key_and_version(house: House) -> None:
    [found] = house.operate("create", "customer", Document("a", ACME, tracked={"batch": "7"}))
    assert (found.status, found.action_taken, found.key) == (Status.SUCCESS, "created", "ACME")
    assert found.record is not None
    assert (found.record["name"], found.record["balance"]) == ("Acme", "0.00")
    assert found.version is not None
    assert found.tracked == {"batch": "7"}


def test_every_document_has_one_result_in_order(house: House) -> None:
    found = house.operate(
        "create",
        "customer",
        Document("1", ACME),
        Document("2", {"id": "BETA"}),
        Document("3", {"id": "acme", "name": "Again"}),
        Document("4", {"id": "GAMMA", "name": "Gamma"}),
    )
    assert short(found) == [
        ("1", "success", "created"),
        ("2", "rejected", "none"),
        ("3", "rejected", "none"),
        ("4", "success", "created"),
    ]
    assert found[1].field_errors == {"name": "Name is missing."}
    assert found[2].code == "DUPLICATE_IN_REQUEST"


def test_one_error_stops_the_rest_where_asked(house: House) -> None:
    found = house.operate(
        "create",
        "customer",
        Document("1", ACME),
        Document("2", {"id": "BETA"}),
        Document("3", {"id": "GAMMA", "name": "Gamma"}),
        options=OperationOptions(on_error=OnError.STOP),
    )
    assert [each.code for each in found] == ["", "FIELD_REQUIRED", "NOT_ATTEMPTED"]


def test_a_record_that_exists_is_not_created_again(house: House) -> None:
    house.fill("customer", ACME)
    [found] = house.operate("create", "customer", Document("1", {"id": "acme", "name": "x"}))
    assert (found.status, found.code) == (Status.REJECTED, "RECORD_EXISTS")


def test_a_sparse_update_changes_what_is_stated(house: House) -> None:
    house.fill("customer", {**ACME, "credit_limit": "50.00", "bill_to": {"city": "Rome"}})
    body = {"name": "Acme Ltd", "bill_to": {"zip": "00100"}}
    [found] = house.operate("update", "customer", Document("1", body, key="acme"))
    assert short([found]) == [("1", "success", "updated")]
    assert found.record is not None
    assert found.record["name"] == "Acme Ltd"
    assert found.record["credit_limit"] == "50.00"
    assert found.record["bill_to"] == {"city": "Rome", "zip": "00100"}


def test_a_full_update_clears_what_is_not_stated(house: House) -> None:
    house.fill("customer", {**ACME, "telephone1": "1", "bill_to": {"city": "Rome"}})
    options = OperationOptions(mode=Mode.FULL)
    document = Document("1", {"name": "Acme", "credit_limit": "5"}, key="ACME")
    [found] = house.operate("update", "customer", document, options=options)
    assert found.status is Status.SUCCESS, found
    assert found.record is not None
    assert "telephone1" not in found.record
    assert not found.record.get("bill_to")
    assert found.record["credit_limit"] == "5.00"
    assert found.record["id"] == "ACME"


def test_a_full_update_cannot_leave_out_what_is_required(house: House) -> None:
    house.fill("customer", ACME)
    options = OperationOptions(mode=Mode.FULL)
    [found] = house.operate("update", "customer", Document("1", {}, "ACME"), options=options)
    assert (found.code, list(found.field_errors)) == ("FIELD_REQUIRED", ["name"])


def test_a_whole_record_as_read_may_be_sent_back(house: House) -> None:
    house.fill("customer", ACME)
    [stored] = [each for each in house.records("customer") if each["id"] == "ACME"]
    [found] = house.operate("update", "customer", Document("1", {**stored, "name": "New"}))
    assert short([found]) == [("1", "success", "updated")]
    assert {each.code for each in found.warnings} == {"FIELD_IGNORED"}


def test_an_update_of_what_the_company_works_out_is_refused(house: House) -> None:
    house.fill("customer", ACME)
    [found] = house.operate("update", "customer", Document("1", {"balance": "5"}, "ACME"))
    assert (found.code, list(found.field_errors)) == ("FIELD_COMPUTED", ["balance"])


def test_an_id_can_be_changed_where_the_edition_can(house: House) -> None:
    house.fill("customer", ACME)
    [found] = house.operate("update", "customer", Document("1", {"id": "ACME2"}, "ACME"))
    assert (found.status, found.key) == (Status.SUCCESS, "ACME2")


def test_an_upsert_says_what_it_did(house: House) -> None:
    house.fill("customer", ACME)
    found = house.operate(
        "upsert",
        "customer",
        Document("1", ACME),
        Document("2", {"name": "New"}, key="BETA"),
    )
    assert short(found) == [("1", "success", "unchanged"), ("2", "success", "created")]
    [changed] = house.operate("upsert", "customer", Document("1", {"id": "acme", "name": "Other"}))
    assert changed.action_taken == "updated"


def test_an_upsert_may_fail_on_what_is_missing(house: House) -> None:
    options = OperationOptions(on_missing=OnMissing.FAIL)
    [found] = house.operate("upsert", "customer", Document("1", ACME), options=options)
    assert (found.status, found.code) == (Status.REJECTED, "RECORD_NOT_FOUND")


def test_a_new_record_cannot_take_a_key_that_the_company_gives(house: House) -> None:
    [found] = house.operate("upsert", "customer", Document("1", ACME, key="guid:{X}"))
    assert found.code == "RECORD_NOT_FOUND"


def test_a_delete_takes_the_record_away(house: House) -> None:
    house.fill("customer", ACME)
    [found] = house.operate("delete", "customer", Document("1", key="ACME"))
    assert short([found]) == [("1", "success", "deleted")]
    assert house.records("customer") == []
    [again] = house.operate("delete", "customer", Document("1", key="ACME"))
    assert again.code == "RECORD_NOT_FOUND"


def test_a_delete_warns_of_what_uses_the_record(house: House) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("1"))
    summary = house.plan(house.request("delete", "customer", [Document("1", key="ACME")]))
    [warning] = house.store.findings(summary.id)
    assert warning.code == "RECORD_USED"
    assert "sales_invoice" in warning.message


def test_the_plan_of_a_changed_document_holds_the_whole_record_before(house: House) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("1"))
    change = Document("1", {"note": "new"}, key="customer:ACME:1")
    [entry] = house.entries(house.request("update", "sales_invoice", [change]))
    before = entry.change.before or {}
    assert {"date", "lines", "customer_id", "due_date"} <= before.keys()
    assert before["note"] is None
    assert "amount_due" not in before
    list_change = Document("1", {"name": "New"}, key="ACME")
    [entry] = house.entries(house.request("update", "customer", [list_change]))
    assert entry.change.before == {"name": "Acme"}


def test_a_total_that_is_stated_beside_other_lines_is_planned_as_it_was(house: House) -> None:
    """The company checks it against the new lines; left out, they would say the total."""
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("1", total="10.00"))
    lines: JsonValue = [{"account_id": "4000", "description": "Work", "amount": "12.00"}]
    for body, stated in (
        ({"lines": lines, "total": "10.00"}, {"lines", "total"}),
        ({"note": "new", "total": "10.00"}, {"note"}),
    ):
        change = Document("1", body, key="customer:ACME:1")
        [entry] = house.entries(house.request("update", "sales_invoice", [change]))
        assert (entry.change.after or {}).keys() == stated


def test_an_act_is_called_by_what_it_did(house: House) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("1"))
    options = OperationOptions(verb=Verb.VOID)
    document = Document("1", {"date": "2026-01-12"}, key="customer:ACME:1")
    [found] = house.operate("act", "sales_invoice", document, options=options)
    assert short([found]) == [("1", "success", "voided")]
    assert found.record is not None
    assert found.record["reversed_by"] is not None


def test_every_kind_of_key_names_the_record(house: House) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("A-1"))
    [stored] = house.records("sales_invoice")
    [customer] = house.records("customer")
    number = str(stored["transaction_number"])
    keys = [number, f"number:{number}", f"guid:{stored['guid']}", "customer:ACME:A-1"]
    for key in keys:
        document = Document("1", {"note": f"by {key[:4]}"}, key=key)
        [found] = house.operate("update", "sales_invoice", document)
        assert (found.status, found.key) == (Status.SUCCESS, number), found
    for key in ("id:ACME", f"guid:{customer['guid']}"):
        [found] = house.operate("upsert", "customer", Document("1", {"name": key[:9]}, key=key))
        assert found.action_taken == "updated", found


@pytest.mark.parametrize(
    ("key", "code"),
    [("customer:ACME", "KEY_INVALID"), ("abc", "KEY_INVALID"), ("99", "RECORD_NOT_FOUND")],
)
def test_a_key_that_names_nothing_is_told(house: House, key: str, code: str) -> None:
    [found] = house.operate("update", "sales_invoice", Document("1", {"note": "x"}, key=key))
    assert (found.status, found.code) == (Status.REJECTED, code)


def test_a_version_guards_against_changes_in_between(house: House) -> None:
    house.fill("customer", ACME)
    with house.company.session() as session:
        [stored] = house.records("customer")
        version = session.version(stored)
    house.operate("update", "customer", Document("1", {"name": "Other"}, key="ACME"))
    late = Document("1", {"name": "Mine"}, key="ACME", expected_version=version)
    [found] = house.operate("update", "customer", late)
    assert (found.status, found.code) == (Status.REJECTED, "VERSION_CONFLICT")
    [now] = house.records("customer")
    with house.company.session() as session:
        fresh = session.version(now)
    again = Document("1", {"name": "Mine"}, key="ACME", expected_version=fresh)
    [found] = house.operate("update", "customer", again)
    assert (found.status, found.record and found.record["name"]) == (Status.SUCCESS, "Mine")


def test_a_version_of_what_is_not_there_conflicts(house: House) -> None:
    [found] = house.operate("create", "customer", Document("1", ACME, expected_version="x"))
    assert found.code == "VERSION_CONFLICT"


def test_a_stated_balance_is_kept_and_not_sent(house: House) -> None:
    [found] = house.operate("create", "customer", Document("1", {**ACME, "balance": "9.00"}))
    assert found.status is Status.SUCCESS
    assert found.record is not None
    assert found.record["balance"] == "0.00"
    assert "FIELD_STATED" in {each.code for each in found.warnings}
    assert found.tracked == {}


def test_an_unknown_reference_is_told_with_its_field(house: House) -> None:
    house.fill("customer", ACME)
    body = invoice("1", lines=[{"account_id": "9999", "amount": "1"}])
    [found] = house.operate("create", "sales_invoice", Document("1", body))
    assert found.code == "REFERENCE_UNKNOWN"
    assert list(found.field_errors) == ["lines.0.account_id"]


def test_a_record_may_refer_to_one_of_the_same_plan(house: House) -> None:
    customers = house.request("create", "customer", [Document("c", ACME)])
    invoices = house.request("create", "sales_invoice", [Document("i", invoice("1"))])
    run = house.apply(house.plan(customers, invoices).id)
    assert (run.applied, run.rejected) == (2, 0)


def test_a_record_that_needs_a_rejected_one_is_rejected_too(house: House) -> None:
    customers = house.request("create", "customer", [Document("c", {"id": "ACME"})])
    invoices = house.request("create", "sales_invoice", [Document("i", invoice("1"))])
    summary = house.plan(customers, invoices)
    assert summary.findings["REFERENCE_REFUSED"] == 1
    assert house.apply(summary.id).rejected == 2


def test_what_the_company_refuses_stops_its_document_alone(house: House) -> None:
    house.fill("customer", ACME)
    found = house.operate(
        "create",
        "sales_invoice",
        Document("1", invoice("1", date="1999-01-01")),
        Document("2", invoice("2")),
    )
    assert [each.status for each in found] == [Status.REJECTED, Status.SUCCESS]
    assert len(house.records("sales_invoice")) == 1


def test_a_plan_shows_the_total_of_its_documents(house: House) -> None:
    house.fill("customer", ACME)
    request = house.request(
        "create",
        "sales_invoice",
        [Document("1", invoice("1", "12.50")), Document("2", invoice("2", total="10.00"))],
    )
    assert house.plan(request).totals == {"USD": "22.50"}


def test_a_plan_shows_what_it_moves_as_an_approver_weighs_it(house: House) -> None:
    house.fill("customer", ACME)
    line: Body = {"account_id": "4000", "quantity": "3", "unit_price": "33.335"}
    priced = Document("1", {**invoice("1"), "lines": [line]})
    creation = house.request("create", "sales_invoice", [priced])
    assert house.plan(creation).totals == {"USD": "100.01"}
    (found,) = house.operate("create", "sales_invoice", Document("2", invoice("2", "12.50")))
    assert found.key is not None
    for name, stated, worth in (
        ("delete", {}, "12.50"),
        ("update", {"customer_po": "P1"}, "12.50"),
        ("update", {"lines": [{"account_id": "4000", "amount": "7.00"}]}, "12.50"),
        ("update", {"lines": [{"account_id": "4000", "amount": "99.00"}]}, "99.00"),
    ):
        request = house.request(name, "sales_invoice", [Document("3", stated, key=found.key)])
        assert house.plan(request).totals == {"USD": worth}, (name, stated)
    same = Document("4", {"number": "2"}, key=found.key)
    assert house.plan(house.request("update", "sales_invoice", [same])).totals == {}
    assert (
        house.plan(
            house.request("update", "customer", [Document("5", {"name": "Other"}, key="ACME")])
        ).totals
        == {}
    )
