"""The real files of Sage 50 US: all of each is read, and what is written is read back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest
from lxml import etree

from clary.companies.files import FileRecord, ImportSet, parse_settings, read_files
from clary.companies.files.forms import full_year
from clary.companies.files.xml_writer import write_xml
from clary.kernel.errors import Severity
from clary.ledger.schema import check
from tests.surroundings import reference_files

REAL = reference_files("us/*.xml")
EXPORTS = [path for path in REAL if path.name.endswith("_export.xml")]
XSI_TYPE = "{http://www.w3.org/2000/10/XMLSchema-instance}type"
COUNTS = {
    "accounts_export.xml": {"account": 54},
    "credit_memo_import.xml": {"credit_memo": 1},
    "customers_export.xml": {"customer": 32},
    "employees_salesreps_export.xml": {"employee": 3},
    "invoice_detail_export.xml": {"sales_invoice": 1},
    "invoice_import.xml": {"sales_invoice": 1},
    "items_export.xml": {"item": 20},
    "receipt_import.xml": {"receipt": 1},
    "sales_tax_code_authorities_export.xml": {"tax_code": 1},
    "sales_tax_codes_export.xml": {"tax_code": 1},
    "shipping_methods_export.xml": {"ship_method": 10},
}
real_files = pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)


def comparable(text: str) -> str:
    """Return a text so that 6/12/14 equals 06/12/2014 and 60.97000 equals 60.97."""
    text = text.strip()
    if text.upper() in ("TRUE", "FALSE"):
        return text.upper()
    parts = text.split("/")
    if len(parts) == 3 and all(part.isdecimal() for part in parts):
        return date(full_year(parts[2]), int(parts[0]), int(parts[1])).isoformat()
    try:
        return str(Decimal(text).normalize()) if "." in text or text[:1] == "-" else text
    except InvalidOperation:
        return text


def leaves(element: etree._Element, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield every text and attribute below an element that is not blank."""
    for name, value in element.attrib.items():
        if name != XSI_TYPE:
            yield f"{path}@{name!s}", comparable(str(value))
    if element.text and element.text.strip():
        yield path, comparable(element.text)
    for child in element:
        yield from leaves(child, f"{path}/{child.tag}")


LINES = {"SalesLines", "Distributions"}


def documents(path: Path) -> list[tuple[frozenset[tuple[str, str]], Counter[object]]]:
    """Return each record of a file: its header as a set, its lines as a multiset.

    Records with the same header are one document, whose lines stand in several elements.
    """
    found: dict[frozenset[tuple[str, str]], Counter[object]] = {}
    for record in etree.parse(path).getroot():
        header: set[tuple[str, str]] = set()
        lines: Counter[object] = Counter()
        for child in record:
            if child.tag in LINES:
                lines.update(frozenset(leaves(line)) for line in child)
            else:
                header.update(leaves(child, str(child.tag)))
        found.setdefault(frozenset(header), Counter()).update(lines)
    return list(found.items())


def written(path: Path, folder: Path, *, complete: bool) -> Path:
    target = folder / f"written-{path.name}"
    write_xml(target, read_files([path]), complete=complete)
    return target


@real_files
def test_a_real_file_holds_the_records_it_should(path: Path) -> None:
    assert Counter(record.record_type for record in read_files([path])) == COUNTS[path.name]


@real_files
def test_everything_in_a_real_file_is_understood(path: Path) -> None:
    for record in read_files([path]):
        assert record.unknown == ()
        assert record.errors == ()


@real_files
def test_a_real_file_is_written_back_element_by_element(path: Path, tmp_path: Path) -> None:
    assert documents(written(path, tmp_path, complete=False)) == documents(path)


@real_files
@pytest.mark.parametrize("complete", [True, False])
def test_what_is_written_is_read_back_equal(path: Path, tmp_path: Path, complete: bool) -> None:  # noqa: FBT001 - a parameter of the test
    again = list(read_files([written(path, tmp_path, complete=complete)]))
    first = list(read_files([path]))
    assert [record.body for record in again] == [record.body for record in first]
    assert [record.unknown for record in again] == [record.unknown for record in first]
    if not complete:
        assert again == first
    for before, after in zip(first, again, strict=True):
        assert before.stated.items() <= after.stated.items()


@real_files
def test_the_same_records_give_the_same_bytes(path: Path, tmp_path: Path) -> None:
    first = written(path, tmp_path, complete=True)
    second = tmp_path / "second.xml"
    write_xml(second, read_files([first]))
    assert second.read_bytes() == first.read_bytes()


@real_files
def test_a_real_file_in_windows_1252_is_read_as_in_utf_8(path: Path, tmp_path: Path) -> None:
    text = path.read_text(encoding="utf-8").replace("Name of", "Señor Nº")
    recoded = tmp_path / path.name
    recoded.write_bytes(text.encode("cp1252"))
    other = tmp_path / "utf8" / path.name
    other.parent.mkdir()
    other.write_text(text, encoding="utf-8")
    assert list(read_files([recoded])) == list(read_files([other]))


@real_files
def test_a_body_passes_the_schema_but_for_values_the_export_lacks(path: Path) -> None:
    lacking = {"items_export.xml": {"class"}, "sales_tax_code_authorities_export.xml": {"id"}}
    for record in read_files([path]):
        _, findings = check(record.record_type, record.body, "us")
        assert {found.field for found in findings} == lacking.get(path.name, set())


def only(name: str, reference: Path) -> FileRecord:
    (record,) = read_files([reference / "us" / name])
    return record


def test_the_exported_invoice_states_its_total_period_and_number(reference: Path) -> None:
    record = only("invoice_detail_export.xml", reference)
    stated = {name: record.stated[name] for name in ("total", "period", "transaction_number")}
    assert stated == {"total": "60.97", "period": 34, "transaction_number": 57}
    assert record.stated["Number_of_Distributions"] == "2"
    assert record.stated["lines.0.Cost_of_Sales_Account"] == "5000"
    assert record.findings == ()


def test_amounts_of_the_exported_invoice_are_natural(reference: Path) -> None:
    body = only("invoice_detail_export.xml", reference).body
    assert body["date"] == "2014-06-12"
    assert body["taxes"] == [
        {"description": "ITBMS", "account_id": "2310", "amount": "3.99", "agency_id": "ITBMS"}
    ]
    assert body["lines"] == [
        {
            "quantity": "1",
            "item_id": "MERLETTO",
            "description": "MERLETTO",
            "account_id": "4000",
            "unit_price": "56.98",
            "tax_type": 1,
            "weight": "0",
            "amount": "56.98",
            "unit_of_measure": "<Each>",
        }
    ]


def test_a_credit_memo_in_two_elements_is_one_document(reference: Path) -> None:
    record = only("credit_memo_import.xml", reference)
    assert isinstance(record.body["lines"], list)
    assert isinstance(record.body["taxes"], list)
    (line,), (tax,) = record.body["lines"], record.body["taxes"]
    assert (line["quantity"], line["amount"], tax["amount"]) == ("1", "25.95", "1.82")


@pytest.mark.parametrize("name", ["credit_memo_import.xml", "invoice_import.xml"])
def test_a_total_without_the_tax_is_reported_not_mended(name: str, reference: Path) -> None:
    (found,) = only(name, reference).findings
    assert (found.code, found.severity) == ("FILE_TOTAL_DIFFERS", Severity.WARNING)


def test_an_account_joined_with_its_name_is_reported_not_mended(reference: Path) -> None:
    record = only("receipt_import.xml", reference)
    (found,) = record.findings
    assert (found.code, found.severity) == ("FILE_ACCOUNT_DOUBTFUL", Severity.WARNING)
    assert record.stated["applications.0.GL_Account"] == "1150_Allowance for Doubtful Account"


def test_terms_and_credit_of_the_exported_customers(reference: Path) -> None:
    records = list(read_files([reference / "us" / "customers_export.xml"]))
    terms = Counter(record.body["terms"] for record in records)
    assert terms == {"net": 27, "cod": 1, "day_of_month": 3, "month_end": 1}
    assert {record.body["credit_status"] for record in records} == {
        "notify_over_limit",
        "hold_over_limit",
    }
    assert sum(Decimal(str(record.stated["balance"])) for record in records) > 0
    assert not any("balance" in record.body for record in records)


def test_exports_come_completed_and_in_order_of_dependency() -> None:
    if not EXPORTS:
        pytest.skip("reference data is absent")
    settings = parse_settings(["item.class=stock", "tax_code.id=ITBMS"], "us")
    records = list(ImportSet(list(reversed(EXPORTS)), overrides=settings).records())
    order = list(dict.fromkeys(record.record_type for record in records))
    assert order == [
        "account",
        "ship_method",
        "employee",
        "tax_code",
        "item",
        "customer",
        "sales_invoice",
    ]
    assert {record.body["class"] for record in records if record.record_type == "item"} == {"stock"}
    (code,) = (record for record in records if record.record_type == "tax_code")
    assert code.body == {
        "id": "ITBMS",
        "description": "ITBMS",
        "agencies": [{"id": "ITBMS", "description": "ITBMS", "rate": "7", "account_id": "2310"}],
    }
