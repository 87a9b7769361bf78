"""Addresses, contacts, pay and lines are changed on their own, inside their parents."""

from __future__ import annotations

import pytest

from clary.engine.undo import plan_undo
from clary.flows.operations.preview import stored_rows
from clary.flows.operations.query import get
from clary.flows.operations.requests import (
    Document,
    Mode,
    OnMissing,
    OperationOptions,
    OperationResult,
    Status,
)
from clary.kernel.change import Body
from clary.kernel.errors import Rejected
from clary.ledger.nested import find_type
from tests.flows.house import House

ROME, OSLO, BONN = {"city": "Rome"}, {"city": "Oslo"}, {"city": "Bonn"}


def taken(found: list[OperationResult]) -> list[tuple[str, str | None]]:
    return [(each.action_taken, each.key) for each in found]


def addresses(house: House, key: str = "ACME") -> object:
    [customer] = [each for each in house.records("customer") if each["id"] == key]
    return customer.get("ship_to")


@pytest.fixture
def acme(house: House) -> House:
    house.fill("customer", {"id": "ACME", "name": "Acme", "ship_to": [ROME, OSLO]})
    return house


def test_an_entry_is_added_behind_the_others(acme: House) -> None:
    [found] = acme.operate("create", "customer.ship_to", Document("1", BONN, "ACME"))
    assert (found.status, found.action_taken, found.key) == (Status.SUCCESS, "created", "ACME/3")
    assert found.record == BONN
    assert addresses(acme) == [ROME, OSLO, BONN]


def test_an_entry_is_changed_and_keeps_what_is_not_stated(acme: House) -> None:
    [found] = acme.operate("update", "customer.ship_to", Document("1", {"zip": "0150"}, "ACME/2"))
    assert found.record == {"city": "Oslo", "zip": "0150"}
    full = OperationOptions(mode=Mode.FULL)
    document = Document("1", {"line1": "x"}, "ACME/2")
    [found] = acme.operate("update", "customer.ship_to", document, options=full)
    assert found.record == {"line1": "x"}


def test_an_entry_is_deleted_and_the_others_stay(acme: House) -> None:
    [found] = acme.operate("delete", "customer.ship_to", Document("1", key="ACME/1"))
    assert (found.action_taken, found.record) == (
        "deleted",
        OSLO,
    ) or found.action_taken == "deleted"
    assert addresses(acme) == [OSLO]


def test_the_last_entry_can_be_deleted(acme: House) -> None:
    acme.operate("delete", "customer.ship_to", Document("1", key="ACME/2"))
    acme.operate("delete", "customer.ship_to", Document("1", key="ACME/1"))
    assert not addresses(acme)


def test_an_upsert_of_an_entry_says_what_it_did(acme: House) -> None:
    found = acme.operate("upsert", "customer.ship_to", Document("1", ROME, "ACME/1"))
    found += acme.operate("upsert", "customer.ship_to", Document("1", BONN, "ACME/1"))
    found += acme.operate("upsert", "customer.ship_to", Document("1", ROME, "ACME"))
    assert taken(found) == [("unchanged", "ACME/1"), ("updated", "ACME/1"), ("created", "ACME/3")]


@pytest.mark.parametrize(
    ("operation", "key", "code"),
    [
        ("update", "ACME/3", "ENTRY_NOT_FOUND"),
        ("delete", "ACME/0", "ENTRY_NOT_FOUND"),
        ("update", "ACME", "ENTRY_NOT_NAMED"),
        ("delete", "ACME", "ENTRY_NOT_NAMED"),
        ("create", "ACME/1", "ENTRY_EXISTS"),
        ("update", "BETA/1", "RECORD_NOT_FOUND"),
        ("update", "ACME/1/2", "ENTRY_KEY_INVALID"),
        ("update", "customer:X/1", "KEY_INVALID"),
        ("update", None, "KEY_MISSING"),
    ],
)
def test_a_key_that_names_no_entry_is_told(
    acme: House, operation: str, key: str | None, code: str
) -> None:
    [found] = acme.operate(operation, "customer.ship_to", Document("1", BONN, key))
    assert (found.status, found.code) == (Status.REJECTED, code)
    assert addresses(acme) == [ROME, OSLO]


def test_an_upsert_of_an_entry_may_fail_on_what_is_missing(acme: House) -> None:
    options = OperationOptions(on_missing=OnMissing.FAIL)
    for name in ("customer.ship_to", "customer.bill_to"):
        key = "ACME/9" if name.endswith("ship_to") else "ACME"
        [found] = acme.operate("upsert", name, Document("1", ROME, key), options=options)
        assert found.code == "ENTRY_NOT_FOUND"


def test_several_entries_of_one_parent_in_one_request_build_on_each_other(acme: House) -> None:
    found = acme.operate(
        "create",
        "customer.ship_to",
        Document("1", BONN, "ACME"),
        Document("2", {"city": "x" * 99}, "ACME"),
        Document("3", {"city": "Kyiv"}, "ACME"),
    )
    assert [each.status.value for each in found] == ["success", "rejected", "success"]
    assert addresses(acme) == [ROME, OSLO, BONN, {"city": "Kyiv"}]
    assert found[2].record == {"city": "Kyiv"}


def test_what_builds_on_a_refused_entry_is_refused_with_it(acme: House) -> None:
    documents = [Document("1", BONN, "ACME"), Document("2", {"city": "Kyiv"}, "ACME")]
    summary = acme.plan(acme.request("create", "customer.ship_to", documents))
    first, second = acme.store.changes(summary.id)
    assert (first.depends_on, second.depends_on) == ((), (1,))
    assert second.before == first.after


def test_a_run_of_several_entries_can_be_undone(acme: House) -> None:
    documents = [Document("1", BONN, "ACME"), Document("2", {"city": "Kyiv"}, "ACME")]
    run = acme.apply(acme.plan(acme.request("create", "customer.ship_to", documents)).id)
    with acme.company.session() as session:
        undo = plan_undo(acme.database, run.id, session, acme.info, acme.clock)
    assert (undo.changes, undo.rejected) == (2, 0)
    assert acme.apply(undo.id).applied == 2
    assert addresses(acme) == [ROME, OSLO]


@pytest.mark.parametrize(
    ("name", "documents"),
    [
        ("ship_to", [("ACME/1", {"state": "TX"}), ("ACME/1", {"zip": "1"}), ("ACME/2", ROME)]),
        ("ship_to", [("ACME/2", {"zip": "1", "name": "N"}), ("ACME/2", {"zip": None})]),
        ("bill_to", [("ACME", {"line2": "x"}), ("ACME", {"line2": None}), ("ACME", {"zip": "2"})]),
    ],
)
def test_edits_that_add_and_clear_fields_of_entries_are_all_taken_back(
    acme: House, name: str, documents: list[tuple[str, Body]]
) -> None:
    acme.operate("update", "customer", Document("1", {"bill_to": {"city": "Rome"}}, "ACME"))
    [before] = [each for each in acme.records("customer") if each["id"] == "ACME"]
    asked = [Document(str(n), body, key) for n, (key, body) in enumerate(documents)]
    request = acme.request("update", f"customer.{name}", asked)
    run = acme.apply(acme.plan(request).id)
    assert (run.applied, run.rejected) == (len(documents), 0)
    with acme.company.session() as session:
        undo = plan_undo(acme.database, run.id, session, acme.info, acme.clock)
    assert (undo.changes, undo.rejected) == (len(documents), 0)
    assert [each.number for each in acme.store.changes(undo.id)] == [1, 2, 3][: len(documents)]
    assert acme.apply(undo.id).applied == len(documents)
    [now] = [each for each in acme.records("customer") if each["id"] == "ACME"]
    assert {**now, "last_saved_at": None} == {**before, "last_saved_at": None}


def test_the_preview_shows_each_entry_as_it_will_be(acme: House) -> None:
    documents = [Document("1", BONN, "ACME"), Document("2", {"city": "Kyiv"}, "ACME")]
    summary = acme.plan(acme.request("create", "customer.ship_to", documents))
    first, second = stored_rows(acme.store, summary.id)
    assert (first.record_type, first.key, first.action) == ("customer.ship_to", "ACME/3", "create")
    assert first.fields[0].before == [ROME, OSLO]
    assert second.fields[0].after == [ROME, OSLO, BONN, {"city": "Kyiv"}]
    assert addresses(acme) == [ROME, OSLO]


def test_a_change_in_between_stops_the_plan(acme: House) -> None:
    request = acme.request("delete", "customer.ship_to", [Document("1", key="ACME/1")])
    summary = acme.plan(request)
    acme.operate("update", "customer.ship_to", Document("1", BONN, "ACME/1"))
    with pytest.raises(Exception, match="Changed after the plan") as caught:
        acme.apply(summary.id)
    assert "PLAN_STALE" in {each.code for each in getattr(caught.value, "findings", ())}


def test_a_single_group_has_no_entry_keys(acme: House) -> None:
    found = acme.operate("create", "customer.bill_to", Document("1", ROME, "ACME"))
    found += acme.operate("update", "customer.bill_to", Document("1", {"zip": "1"}, "ACME"))
    found += acme.operate("upsert", "customer.bill_to", Document("1", {"zip": "1"}, "ACME"))
    found += acme.operate("delete", "customer.bill_to", Document("1", key="ACME"))
    assert taken(found) == [
        ("created", "ACME"),
        ("updated", "ACME"),
        ("unchanged", "ACME"),
        ("deleted", "ACME"),
    ]
    [again] = acme.operate("delete", "customer.bill_to", Document("1", key="ACME"))
    assert again.code == "ENTRY_NOT_FOUND"


def test_a_single_group_is_there_once(acme: House) -> None:
    acme.operate("create", "customer.bill_to", Document("1", ROME, "ACME"))
    [found] = acme.operate("create", "customer.bill_to", Document("1", OSLO, "ACME"))
    assert found.code == "ENTRY_EXISTS"


def test_contacts_go_by_name(acme: House) -> None:
    found = acme.operate(
        "create",
        "customer.contacts",
        Document("1", {"name": "Ann", "title": "Boss"}, "ACME"),
        Document("2", {"title": "Clerk"}, "ACME/Bob"),
        Document("3", {"name": "ann"}, "ACME"),
        Document("4", {"title": "x"}, "ACME"),
        Document("5", {"name": "Cid"}, "ACME/Dan"),
    )
    assert [each.code for each in found] == [
        "",
        "",
        "ENTRY_EXISTS",
        "FIELD_REQUIRED",
        "ENTRY_CHANGES_KEY",
    ]
    [found_ann] = acme.operate(
        "update", "customer.contacts", Document("1", {"title": None}, "ACME/ANN")
    )
    assert found_ann.record == {"name": "Ann"}
    full = OperationOptions(mode=Mode.FULL)
    document = Document("1", {"telephone": "5"}, "ACME/Bob")
    [found_bob] = acme.operate("update", "customer.contacts", document, options=full)
    assert found_bob.record == {"name": "Bob", "telephone": "5"}


def test_custom_fields_and_pay_go_by_their_number(acme: House) -> None:
    [found] = acme.operate(
        "upsert", "customer.custom_fields", Document("1", {"value": "gold"}, "ACME/2")
    )
    assert found.record == {"index": 2, "value": "gold"}
    acme.fill("employee", {"id": "E1", "name": "Eva"})
    [pay] = acme.operate("create", "EmployeeList.PayInfo", Document("1", {"rate": "12.5"}, "E1/1"))
    assert (pay.record, pay.key) == ({"number": 1, "rate": "12.5"}, "E1/1")
    [field] = acme.operate(
        "create", "employee.employer_fields", Document("1", {"number": 3, "amount": "4"}, "E1")
    )
    assert (field.action_taken, field.key) == ("created", "E1/3")


def test_what_an_entry_refers_to_must_be_there(acme: House) -> None:
    document = Document("1", {"tax_code_id": "NONE"}, "ACME/1")
    [found] = acme.operate("update", "customer.ship_to", document)
    assert (found.code, list(found.field_errors)) == (
        "REFERENCE_UNKNOWN",
        ["ship_to.0.tax_code_id"],
    )


def test_an_entry_is_read_by_its_key(acme: House) -> None:
    with acme.company.session() as session:
        declared = find_type("customer.ship_to", "us")
        assert get(session, declared, "ACME/2") == OSLO
        with pytest.raises(Rejected, match="has no customer"):
            get(session, declared, "ACME/3")


def test_the_rows_of_a_query_can_be_sent_back(acme: House) -> None:
    row = {"parent": "ACME", "position": 2, "city": "Bonn"}
    found = acme.operate("update", "customer.ship_to", Document("1", row))
    found += acme.operate("delete", "customer.ship_to", Document("1", {**row, "position": 1}))
    found += acme.operate("create", "customer.ship_to", Document("1", row))
    assert taken(found) == [("updated", "ACME/2"), ("deleted", "ACME/1"), ("created", "ACME/2")]
    assert addresses(acme) == [BONN, BONN]
    [single] = acme.operate("upsert", "customer.bill_to", Document("1", {**row, "position": 1}))
    assert (single.action_taken, single.key) == ("created", "ACME")


def test_a_row_of_another_parent_is_refused(acme: House) -> None:
    row = {"parent": "BETA", "city": "Bonn"}
    [found] = acme.operate("update", "customer.ship_to", Document("1", row, "ACME/1"))
    assert (found.code, list(found.field_errors)) == ("KEY_DIFFERS", ["parent"])
    for parent in (" ", None):
        [found] = acme.operate("create", "customer.ship_to", Document("1", {"parent": parent}))
        assert found.code == "KEY_MISSING"
