"""The same operations on a UK company, in its own words and by its own rules."""

from __future__ import annotations

from clary.flows.operations.requests import Document, OperationOptions, Status
from clary.kernel.change import Verb
from tests.flows.house import House


def ready(house: House) -> House:
    for name in ("account", "tax_code", "bank"):
        there = {str(each["id"]) for each in house.records(name)}
        wanted = {
            "account": {"id": "4000", "name": "Sales", "type": "sales"},
            "tax_code": {"id": "T1", "rate": "20"},
            "bank": {"id": "1200", "name": "Bank"},
        }[name]
        if wanted["id"] not in there:
            house.fill(name, wanted)
    house.fill("customer", {"id": "acme01", "name": "Acme"})
    return house


def invoice(**more: object) -> dict[str, object]:
    return {
        "customer_id": "acme01",
        "number": "A1",
        "date": "2026-01-10",
        "form": "ledger",
        "lines": [{"account_id": "4000", "tax_code_id": "t1", "amount": "10", "tax_amount": "2"}],
        **more,
    }


def test_uk_names_and_references_are_understood(uk_house: House) -> None:
    house = ready(uk_house)
    [found] = house.operate("upsert", "suppliers", Document("1", {"id": "sup1", "name": "Sup"}))
    assert (found.status, found.action_taken, found.key) == (Status.SUCCESS, "created", "SUP1")
    [found] = house.operate("update", "supplier", Document("1", {"on_hold": True}, key="sup1"))
    assert found.record is not None
    assert found.record["on_hold"] is True


def test_fields_of_the_other_edition_are_findings(uk_house: House) -> None:
    body = {"id": "B1", "credit_status": "always_hold", "prospect": True}
    [found] = ready(uk_house).operate("create", "customer", Document("1", body))
    assert {each.code for each in found.findings} == {"FIELD_UNKNOWN"}
    assert set(found.field_errors) == {"credit_status", "prospect"}


def test_an_invoice_is_posted_and_reversed(uk_house: House) -> None:
    house = ready(uk_house)
    [made] = house.operate("create", "sales_invoice", Document("1", invoice()))
    assert made.status is Status.SUCCESS, made
    options = OperationOptions(verb=Verb.REVERSE)
    [undone] = house.operate("act", "invoice", Document("1", key=made.key), options=options)
    assert (undone.status, undone.action_taken) == (Status.SUCCESS, "reversed"), undone


def test_references_in_lower_case_are_the_same_record(uk_house: House) -> None:
    house = ready(uk_house)
    [found] = house.operate("create", "sales_invoice", Document("1", invoice(number="A2")))
    assert found.record is not None
    assert found.record["customer_id"] == "ACME01"


def test_a_number_that_is_not_unique_names_no_document(uk_house: House) -> None:
    house = ready(uk_house)
    house.fill("sales_invoice", invoice(), invoice())
    document = Document("1", {"details": "x"}, key="customer:ACME01:A1")
    [found] = house.operate("update", "sales_invoice", document)
    assert (found.status, found.code) == (Status.REJECTED, "RECORD_AMBIGUOUS")
    pair = [document, Document("2", {"details": "y"}, key="customer:ACME01:NONE")]
    found_pair = house.operate("update", "sales_invoice", *pair)
    assert [each.code for each in found_pair] == ["RECORD_AMBIGUOUS", "RECORD_NOT_FOUND"]


def test_delivery_addresses_and_contacts_are_entries(uk_house: House) -> None:
    house = ready(uk_house)
    found = house.operate(
        "create",
        "customer.ship_to",
        Document("1", {"city": "Leeds", "state": "West Yorkshire"}, "ACME01"),
        Document("2", {"city": "York", "tax_code_id": "T1"}, "ACME01"),
        Document("3", {"city": "Hull"}, "acme01"),
    )
    assert [each.code for each in found] == ["", "FIELD_UNKNOWN", ""]
    assert found[2].key == "ACME01/2"
