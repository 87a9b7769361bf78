"""What is exported can be imported again, and what is left out is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.files import read_files
from clary.flows.operations.exporting import export_records
from clary.kernel.change import Body
from clary.kernel.errors import Unsupported
from clary.ledger.registry import record_type
from tests.flows.house import House
from tests.flows.test_operations import ACME, invoice

CUSTOMER = record_type("customer")


@pytest.mark.parametrize("ending", ["csv", "xml"])
def test_records_are_read_back_as_they_were(house: House, tmp_path: Path, ending: str) -> None:
    house.fill(
        "customer",
        {**ACME, "bill_to": {"line1": "1 Road", "city": "Rome"}, "telephone1": "555"},
        {"id": "BETA", "name": "Beta, Ltd"},
    )
    path = tmp_path / f"customers.{ending}"
    report = export_records(
        house.records("customer"), CUSTOMER, "us", path, "csv" if ending == "csv" else "xml"
    )
    assert (report.records, report.refused) == (2, 0)
    assert "How to import" in report.note.read_text(encoding="utf-8")
    found = {str(each.body["id"]): each.body for each in read_files([path])}
    assert found["BETA"]["name"] == "Beta, Ltd"
    bill_to = found["ACME"]["bill_to"]
    assert isinstance(bill_to, dict)
    assert (bill_to["city"], found["ACME"]["telephone1"]) == ("Rome", "555")
    assert "balance" not in found["ACME"]


def test_documents_keep_their_lines(house: House, tmp_path: Path) -> None:
    house.fill("customer", ACME)
    house.fill("sales_invoice", invoice("1", "12.50"))
    path = tmp_path / "invoices.xml"
    invoices = record_type("sales_invoice")
    report = export_records(house.records("sales_invoice"), invoices, "us", path, "xml")
    assert report.records == 1
    [found] = read_files([path])
    lines = found.body["lines"]
    assert isinstance(lines, list)
    assert [each["amount"] for each in lines if isinstance(each, dict)] == ["12.50"]


def test_what_has_no_place_is_left_out_and_counted(tmp_path: Path) -> None:
    contacts: list[Body] = [{"name": "Ann"}]
    bodies: list[Body] = [
        {"id": f"C{n}", "name": "x", "contacts": contacts, "balance": "5.00"} for n in range(3)
    ]
    report = export_records(bodies, CUSTOMER, "us", tmp_path / "c.xml", "xml")
    assert report.records == 3
    [warning] = [each for each in report.findings if each.field == "contacts.name"]
    assert (warning.code, "3 records" in warning.message) == ("EXPORT_LEFT_OUT", True)


def test_a_record_that_cannot_be_written_is_told_and_the_rest_goes_on(tmp_path: Path) -> None:
    bodies: list[Body] = [
        {**invoice("1"), "total": "99.00", "lines": [{"account_id": "4000", "amount": "1.00"}]},
        dict(invoice("2")),
    ]
    declared = record_type("sales_invoice")
    report = export_records(bodies, declared, "us", tmp_path / "i.xml", "xml")
    assert report.records + report.refused == 2
    assert report.records >= 1


@pytest.mark.parametrize(("edition", "ending"), [("uk", "xml"), ("us", "xml"), ("us", "csv")])
def test_a_type_without_a_file_is_unsupported(tmp_path: Path, edition: str, ending: str) -> None:
    with pytest.raises(Unsupported):
        export_records(
            [],
            record_type("user"),
            "uk" if edition == "uk" else "us",
            tmp_path / "x",
            "csv" if ending == "csv" else "xml",
        )
