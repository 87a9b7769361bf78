"""Corners of operations: what is forgotten, told together with other faults, or not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from clary.flows.operations import decisions, references
from clary.flows.operations.bodies import at_path
from clary.flows.operations.decisions import Desk
from clary.flows.operations.exporting import MAXIMUM_REFUSED, export_records
from clary.flows.operations.references import References
from clary.flows.operations.requests import Document, Status
from clary.flows.operations.seen import Seen
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Rejected
from clary.ledger.nested import nested_named
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type
from tests.flows.books import MemoryCompany
from tests.flows.house import SYSTEM, House

ACME: Body = {"id": "ACME", "name": "Acme"}
CUSTOMER: RecordType = record_type("customer")


def invoice(number: str, amount: str = "10.00") -> Body:
    return {
        "customer_id": "ACME",
        "number": number,
        "date": "2026-01-10",
        "due_date": "2026-02-10",
        "receivable_account_id": "1100",
        "lines": [{"account_id": "4000", "description": "Work", "amount": amount}],
    }


# -- bodies ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("bill_to.city", "Rome"),
        ("lines.1.amount", "2.00"),
        ("lines.2.amount", None),
        ("lines.first.amount", None),
        ("name.first", None),
        ("nothing.at.all", None),
    ],
)
def test_a_path_that_leads_nowhere_has_no_value(path: str, found: JsonValue) -> None:
    lines: list[JsonValue] = [{"amount": "1.00"}, {"amount": "2.00"}]
    body: Body = {"name": "Acme", "bill_to": {"city": "Rome"}, "lines": lines}
    assert at_path(body, path) == found


# -- faults ----------------------------------------------------------------------------------


def test_a_refused_document_is_also_told_that_its_key_names_several_records(house: House) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("A-1"), invoice("A-1", "20.00"))
    document = Document("1", {"note": "x"}, key="customer:ACME:A-1", tracked={"": "x"})
    [found] = house.operate("update", "sales_invoice", document)
    assert found.status is Status.REJECTED
    assert [each.code for each in found.findings] == ["TRACKED_INVALID", "RECORD_AMBIGUOUS"]


def test_a_line_of_a_document_is_changed_on_the_base_of_the_whole_document(house: House) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("A-1"))
    [stored] = house.records("sales_invoice")
    key = f"{stored['transaction_number']}/1"
    request = house.request(
        "update", "sales_invoice.lines", [Document("1", {"description": "Other"}, key=key)]
    )
    [planned] = house.entries(request)
    assert planned.change.before is not None
    assert planned.change.before["customer_id"] == "ACME"
    assert planned.change.after is not None
    assert list(planned.change.after) == ["lines"]


# -- what one plan remembers -----------------------------------------------------------------


@pytest.fixture
def desk() -> Desk:
    company = MemoryCompany()
    info, session, seen = company.info(), company.session(), Seen()
    known = References(session, info.edition, company.capabilities(), seen)
    return Desk(session, info, company.capabilities(), SYSTEM, known, seen)


def test_a_group_whose_change_is_forgotten_is_not_changed_again(desk: Desk) -> None:
    ship_to = nested_named("customer.ship_to")
    assert ship_to is not None
    first, oldest = list[JsonValue]([{"city": "Rome"}]), "C0"
    for number in range(decisions.GROUPS_REMEMBERED + 1):
        desk.keep_group(ship_to.name, f"C{number}", first)
    desk.seen.touch(ship_to.name, oldest, 7)
    assert desk.group(ship_to, "C1", {}, again=True) == first
    with pytest.raises(Rejected) as caught:
        desk.group(ship_to, oldest, {"ship_to": []}, again=True)
    assert caught.value.code == "DUPLICATE_IN_REQUEST"
    assert "document 7" in str(caught.value)


def test_a_reference_is_asked_for_once_and_again_only_once_it_is_forgotten() -> None:
    company = MemoryCompany()
    company.session().create("customer", dict(ACME))
    known = References(company.session(), "us", company.capabilities(), Seen())

    def asked(*keys: str) -> int:
        company.calls.clear()
        for key in keys:
            known.check(record_type("sales_invoice").record, {"customer_id": key}, "invoice")
        return sum("customer" in call for call in company.calls)

    assert asked("ACME", "ACME") == 1
    assert asked(*(f"X{number}" for number in range(references.REMEMBERED))) > 0
    assert asked("ACME") == 1


def test_what_no_door_can_read_is_left_to_the_company() -> None:
    company = MemoryCompany()
    unreadable = replace(company.capabilities()["customer"], operations={})
    known = References(company.session(), "us", {"customer": unreadable}, Seen())
    body: Body = {"customer_id": "NOBODY"}
    assert known.check(record_type("sales_invoice").record, body, "invoice") == ((), [])


# -- exports ---------------------------------------------------------------------------------


def test_what_stays_of_a_group_is_exported_beside_what_has_no_place(tmp_path: Path) -> None:
    contacts: list[JsonValue] = [{"name": "Ann"}]
    body: Body = {**ACME, "bill_to": {"line1": "1 Dock Street"}, "contacts": contacts}
    report = export_records([body], CUSTOMER, "us", tmp_path / "c.xml", "xml")
    assert "contacts.name" in [each.field for each in report.findings]
    assert "1 Dock Street" in report.file.read_text(encoding="utf-8")


def test_of_very_many_records_that_cannot_be_written_only_some_are_told(tmp_path: Path) -> None:
    lines: list[JsonValue] = [{"account_id": "4000", "amount": "1.00"}]
    wrong: Body = {**invoice("1"), "total": "99.00", "lines": lines}
    count = MAXIMUM_REFUSED + 5
    declared = record_type("sales_invoice")
    report = export_records([wrong] * count, declared, "us", tmp_path / "i.csv", "csv")
    assert report.refused == count
    told = [each for each in report.findings if each.severity.value == "error"]
    assert len(told) == MAXIMUM_REFUSED
