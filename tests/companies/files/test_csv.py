"""CSV files of both editions: layouts, headings, order of columns, and each kind of bad file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from clary.companies.files import FileRecord, ImportSet, Template, read_files
from clary.companies.files.csv_layout import CsvTable, folded
from clary.companies.files.csv_source import rows
from clary.companies.files.csv_tables import CSV_TABLES, csv_table_of, recognised
from clary.companies.files.csv_writer import CsvWritten, write_csv
from clary.companies.files.decoding import open_source
from clary.companies.files.figures import entries_of
from clary.companies.files.layout import Joint, Layout, Slots, Spread, Value, WholeApplication
from clary.companies.files.notes import csv_note
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError, Finding, Rejected
from clary.ledger.fields import EditionName

ALL_TABLES = [table for tables in CSV_TABLES.values() for table in tables]


def read(
    folder: Path,
    name: str,
    content: str,
    edition: EditionName = "us",
    template: Template | None = None,
) -> list[FileRecord]:
    path = folder / name
    path.write_bytes(content.encode("cp1252"))
    return list(read_files([path], edition, templates={name: template} if template else {}))


def refusal(
    folder: Path, name: str, content: str, edition: EditionName = "us", code: str = ""
) -> Finding:
    with pytest.raises(ClaryError) as caught:
        read(folder, name, content, edition)
    (found,) = caught.value.findings
    assert found.code == code
    assert name in found.message
    return found


def write(
    folder: Path, edition: EditionName, record_type: str, *bodies: Body, headings: bool = True
) -> tuple[CsvWritten, str]:
    found = csv_table_of(record_type, edition)
    assert found is not None
    path = folder / "written.csv"
    records = [FileRecord(record_type, body) for body in bodies]
    written = write_csv(path, found[0], records, headings=headings)
    return written, path.read_bytes().decode("cp1252")


INVOICE: Body = {
    "customer_id": "C1",
    "number": "1001",
    "date": "2026-01-31",
    "due_date": "2026-03-02",
    "receivable_account_id": "1100",
    "tax_code_id": "NYTAX",
    "taxes": [{"agency_id": "NY", "account_id": "2310", "amount": "8.00"}],
    "lines": [
        {"account_id": "4000", "description": 'Pipe, 3/4"', "amount": "60.00", "tax_type": 1},
        {"account_id": "4000", "item_id": "0010", "quantity": "2", "amount": "40.00"},
    ],
}


def test_an_invoice_is_one_row_per_distribution_with_the_header_repeated(tmp_path: Path) -> None:
    written, text = write(tmp_path, "us", "sales_invoice", INVOICE)
    assert text == (
        "Customer ID,Invoice/CM #,Date,Date Due,Accounts Receivable Account,Sales Tax Code,"
        "Number of Distributions,Quantity,Item ID,Description,G/L Account,Tax Type,Amount,"
        "Sales Tax Authority\r\n"
        "C1,1001,01/31/26,03/02/26,1100,NYTAX,3,,,,2310,,-8.00,NY\r\n"
        'C1,1001,01/31/26,03/02/26,1100,NYTAX,3,,,"Pipe, 3/4""",4000,1,-60.00,\r\n'
        "C1,1001,01/31/26,03/02/26,1100,NYTAX,3,2.00000,0010,,4000,1,-40.00,\r\n"
    )
    assert (written.records, written.rows) == (1, 3)


def test_a_minimal_third_party_layout_is_read_by_its_headings(tmp_path: Path) -> None:
    content = (
        "Customer ID,Invoice #,Date,Date Due,Accounts Receivable Account,"
        "Number of Distributions,Description,G/L Account,Tax Type,Amount\n"
        "C1,7,1/31/26,3/2/26,1100,2,First,4000,1,-60\n"
        "C1,7,1/31/26,3/2/26,1100,2,Second,4100,1,-40.5\n"
        "C2,8,2/1/26,3/2/26,1100,1,Other,4000,1,-1\n"
    )
    first, second = read(tmp_path, "SALES.CSV", content)
    assert first.body["customer_id"] == "C1"
    amounts = [entry["amount"] for entry in entries_of(first.body, "lines")]
    assert amounts == ["60.00", "40.50"]
    assert second.body["due_date"] == "2026-03-02"


def test_columns_without_headings_stand_as_the_template_says(tmp_path: Path) -> None:
    template = Template("payments", ("VendorId", "Date", "CashAccountId", "TotalPaidOnInvoices",
        "NumberOfDistributions", "InvoicePaid", "Amount", "PaymentMethod"))  # fmt: skip
    content = "V1,1/31/26,1020,100.00,2,B1,60.00,Check\nV1,1/31/26,1020,100.00,2,B2,40.00,Check\n"
    (record,) = read(tmp_path, "bills.csv", content, template=template)
    assert record.record_type == "payment"
    assert record.body["applications"] == [
        {"invoice_number": "B1", "amount": "60.00"},
        {"invoice_number": "B2", "amount": "40.00"},
    ]


def test_a_file_without_headings_that_does_not_fit_the_columns_is_refused(tmp_path: Path) -> None:
    found = refusal(tmp_path, "SALES.CSV", "C1,7,1/31/26\n", code="CSV_COLUMNS")
    assert "Line 1 of SALES.CSV has 3 columns where 83 were expected" in found.message


def test_a_row_with_cells_beyond_the_headings_is_refused(tmp_path: Path) -> None:
    content = "Customer ID,Customer Name\nC1,One\nC2,Two,Three\n"
    found = refusal(tmp_path, "CUSTOMER.CSV", content, code="CSV_COLUMNS")
    assert "Line 3" in found.message


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ('Customer ID,Customer Name\nC1,3/4" pipe\n', 2, 4),
        ('Customer ID,Customer Name\nC1,"One" x\n', 2, 4),
        ('Customer ID,Customer Name\nC1,One\n"C2,Two\n', 3, 1),
        ("Customer ID,Customer Name\nC1,O\0e\n", 2, 5),
        ("Customer ID,Customer Name,Customer ID\nC1,O,C1\n", 1, 3),
    ],
    ids=["quote inside", "text after quote", "open quote", "null", "heading twice"],
)
def test_malformed_csv_tells_line_and_column(
    tmp_path: Path, content: str, line: int, column: int
) -> None:
    found = refusal(tmp_path, "CUSTOMER.CSV", content, code="CSV_MALFORMED")
    assert f"line {line}, column {column}:" in found.message


def test_a_quote_that_is_never_closed_does_not_swallow_the_file(tmp_path: Path) -> None:
    content = 'Customer ID,Customer Name\nC1,"open\n' + "C2,Two\n" * 200_000
    refusal(tmp_path, "CUSTOMER.CSV", content, code="CSV_MALFORMED")


def test_quoted_cells_keep_commas_quotes_and_line_breaks(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(b'a,"b,""c""\r\nd",e\r\n\r\n,,\r\n"x",,z')
    assert [(row.line, row.cells) for row in rows(open_source(path))] == [
        (1, ["a", 'b,"c"\r\nd', "e"]),
        (5, ["x", "", "z"]),
    ]


def test_a_heading_that_is_not_known_is_kept_and_reported(tmp_path: Path) -> None:
    content = "Customer ID,Customer Name,Shoe Size\nC1,One,44\n"
    (record,) = read(tmp_path, "CUSTOMER.CSV", content)
    assert record.unknown == (("Shoe Size", "44"),)
    assert [found.code for found in record.findings] == ["FILE_ELEMENT_UNKNOWN"]


def test_a_wrong_value_tells_its_line_and_column(tmp_path: Path) -> None:
    content = (
        "Customer ID,Invoice/CM #,Date,Number of Distributions,Amount\n"
        "C1,7,1/31/26,2,-1\nC1,7,1/31/26,2,ten\n"
    )
    (record,) = read(tmp_path, "SALES.CSV", content)
    (found,) = record.errors
    assert (found.code, found.field) == ("FILE_VALUE_INVALID", "amount")
    assert "lines.1/Amount in SALES.CSV, line 3" in found.message


def test_a_file_whose_kind_cannot_be_told_names_the_kinds(tmp_path: Path) -> None:
    found = refusal(tmp_path, "stuff.csv", "a,b\n1,2\n", code="FILE_KIND_UNKNOWN")
    assert "sales" in found.remedy
    found = refusal(tmp_path, "stuff.csv", "Date,Reference\n1,2\n", code="FILE_KIND_UNKNOWN")
    assert "several kinds" in found.message


def test_a_kind_is_told_by_headings_where_the_name_is_silent(tmp_path: Path) -> None:
    content = "Stock Code,Description,Sales Nominal\n0010,Pipe,4000\n"
    (record,) = read(tmp_path, "export 2026.csv", content, "uk")
    assert (record.record_type, record.body["id"]) == ("item", "0010")


@pytest.mark.parametrize("table", ALL_TABLES, ids=repr)
def test_a_file_is_told_by_the_name_of_its_table(table: CsvTable) -> None:
    for name in (f"0012-{table.name}.csv", f"{table.file_name}.CSV"):
        assert recognised(name, ["x"], table.edition) is table


@pytest.mark.parametrize("table", ALL_TABLES, ids=repr)
def test_columns_of_a_table_are_distinct_and_each_table_keeps_to_them(table: CsvTable) -> None:
    counts = Counter(folded(column.heading) for column in table.columns)
    assert max(counts.values()) == 1
    names = {column.name for column in table.columns}
    for layout in table.layouts:
        assert placed(layout) <= names


@pytest.mark.parametrize("table", ALL_TABLES, ids=repr)
def test_every_column_is_known_to_some_layout_of_its_table(table: CsvTable) -> None:
    known = set().union(*(placed(layout) for layout in table.layouts))
    assert {column.name for column in table.columns} - known == set()


def placed(layout: Layout) -> set[str]:
    """Return every column that a layout names."""
    found = set(layout.line_paths)
    for part in layout.parts:
        if isinstance(part, Slots):
            found.update(value.path for slot in part.parts for value in slot)
        elif isinstance(part, Joint):
            found.update(part.paths)
        elif isinstance(part, Value | Spread | WholeApplication):
            found.add(part.path)
    return found


AUDIT = (
    "Type,Account Reference,Nominal A/C Ref,Department Code,Date,Reference,Details,"
    "Net Amount,Tax Code,Tax Amount,Exchange Rate\n"
)


def test_audit_trail_rows_with_one_reference_are_one_document(tmp_path: Path) -> None:
    content = AUDIT + (
        "SI,ABC001,4000,1,31/01/2026,0042,Work,100.00,T1,20.00,1\n"
        "SI,ABC001,4001,1,31/01/2026,0042,Parts,50.00,1,10.00,1\n"
        "SI,ABC001,4000,1,31/01/2026,,One,1.00,T1,0.20,1\n"
        "SI,ABC001,4000,1,31/01/2026,,Two,1.00,T1,0.20,1\n"
        "BP,1200,7500,,31/01/2026,CHQ1,Post,10.00,T9,0.00,1\n"
    )
    records = read(tmp_path, "audit.csv", content, "uk")
    kinds = [record.record_type for record in records]
    assert kinds == ["sales_invoice", "sales_invoice", "sales_invoice", "bank_payment"]
    body = records[0].body
    assert (body["number"], body["form"], body["date"]) == ("0042", "ledger", "2026-01-31")
    assert [entry["tax_code_id"] for entry in entries_of(body, "lines")] == ["T1", "T1"]
    assert "exchange_rate" not in body


def test_a_journal_is_written_as_debits_and_credits(tmp_path: Path) -> None:
    body: Body = {
        "date": "2026-01-31",
        "number": "J1",
        "lines": [
            {"account_id": "0020", "amount": "75.00"},
            {"account_id": "1200", "amount": "-75.00"},
        ],
    }
    _, text = write(tmp_path, "uk", "journal_entry", body)
    lines = text.splitlines()
    assert lines[1] == "JD,,0020,,31/01/2026,J1,,75.00,,,1"
    assert lines[2] == "JC,,1200,,31/01/2026,J1,,75.00,,,1"
    (record,) = read(tmp_path, "audit.csv", text, "uk")
    assert record.body == body


def test_an_allocated_receipt_is_refused_with_the_way_around(tmp_path: Path) -> None:
    body: Body = {
        "customer_id": "ABC001",
        "date": "2026-01-31",
        "cash_account_id": "1200",
        "amount": "10.00",
        "applications": [{"invoice_number": "42", "amount": "10.00"}],
    }
    with pytest.raises(Rejected) as caught:
        write(tmp_path, "uk", "receipt", body)
    (found,) = [each for each in caught.value.findings if each.code == "CSV_TYPE_REFUSED"]
    assert "SR" in found.message
    assert "SA on account" in found.remedy
    del body["applications"]
    _, text = write(tmp_path, "uk", "receipt", body)
    assert text.splitlines()[1].startswith("SA,ABC001,1200,")


def test_an_allocated_receipt_that_was_read_says_what_is_not_known(tmp_path: Path) -> None:
    content = AUDIT + "SR,ABC001,1200,,31/01/2026,1,Sales Receipt,10.00,T9,0.00,1\n"
    (record,) = read(tmp_path, "audit.csv", content, "uk")
    assert [found.code for found in record.findings] == ["FILE_ALLOCATION_UNKNOWN"]


def test_a_row_type_that_is_not_read_is_refused_with_its_line(tmp_path: Path) -> None:
    content = AUDIT + (
        "SI,A1,4000,,31/01/2026,1,Work,1.00,T1,0.20,1\nSP,A1,1200,,31/01/2026,2,Refund,1,T9,0,1\n"
    )
    found = refusal(tmp_path, "audit.csv", content, "uk", code="FILE_ROW_UNKNOWN")
    assert "Line 3" in found.message
    assert "'SP'" in found.message


@pytest.mark.parametrize("code", ["T100", "100", "X1", "-1", "T"])
def test_tax_codes_beyond_t99_are_errors(tmp_path: Path, code: str) -> None:
    content = AUDIT + f"SI,A1,4000,,31/01/2026,1,Work,1.00,{code},0.20,1\n"
    (record,) = read(tmp_path, "audit.csv", content, "uk")
    assert [found.field for found in record.errors] == ["tax_code_id"]


@pytest.mark.parametrize("day", ["1/31/2026", "2026-01-31", "31/01/26", "31/02/2026"])
def test_uk_dates_have_two_digits_and_four(tmp_path: Path, day: str) -> None:
    content = AUDIT + f"SI,A1,4000,,{day},1,Work,1.00,T1,0.20,1\n"
    (record,) = read(tmp_path, "audit.csv", content, "uk")
    assert [found.field for found in record.errors] == ["date"]


def test_a_field_without_a_column_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    body: Body = {"id": "ABC", "name": "One", "iban_or_so": "x", "bank_iban": "GB00"}
    with pytest.raises(Rejected) as caught:
        write(tmp_path, "uk", "customer", body)
    fields = [found.field for found in caught.value.findings]
    assert fields == ["iban_or_so", "bank_iban"]
    assert list(tmp_path.iterdir()) == []


def test_a_character_that_windows_1252_lacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Rejected) as caught:
        write(tmp_path, "us", "customer", {"id": "C1", "name": "Łódź"})
    assert caught.value.code == "FILE_VALUE_UNWRITABLE"
    assert list(tmp_path.iterdir()) == []


def test_a_credit_is_applied_whole_or_not_at_all(tmp_path: Path) -> None:
    body = INVOICE | {"applications": [{"invoice_number": "1000", "amount": "108.00"}]}
    del body["due_date"]
    _, text = write(tmp_path, "us", "credit_memo", body)
    assert "Apply To Invoice Number" in text
    (record,) = read(tmp_path, "SALES.CSV", text)
    assert record.record_type == "credit_memo"
    assert record.body["applications"] == body["applications"]
    body["applications"] = [{"invoice_number": "1000", "amount": "50.00"}]
    with pytest.raises(Rejected) as caught:
        write(tmp_path, "us", "credit_memo", body)
    assert "applied whole" in caught.value.findings[0].message


def test_money_on_account_without_a_line_is_refused(tmp_path: Path) -> None:
    body: Body = {"reference": "R1", "date": "2026-01-31", "cash_account_id": "1", "amount": "5.00"}
    with pytest.raises(Rejected) as caught:
        write(tmp_path, "us", "receipt", body)
    assert [found.field for found in caught.value.findings] == ["amount"]


def test_a_us_note_lists_the_template_and_what_sage_does_not_check(tmp_path: Path) -> None:
    written, _ = write(tmp_path, "us", "sales_invoice", INVOICE)
    note = csv_note("0001-sales.csv", written)
    assert "File > Select Import/Export > Sales Journal > Import" in note
    assert "First Row Contains Headings: on" in note
    assert "    1  Customer ID  (field CustomerId)" in note
    assert "   14  Sales Tax Authority" in note
    assert "A date due that is not in the file is not worked out" in note


def test_a_uk_note_warns_of_lock_date_and_exclusive_use(tmp_path: Path) -> None:
    body: Body = {"customer_id": "A1", "date": "2026-01-31", "number": "1", "form": "ledger",
        "lines": [{"account_id": "4000", "amount": "1.00"}]}  # fmt: skip
    written, _ = write(tmp_path, "uk", "sales_invoice", body, headings=False)
    note = csv_note("0001-audit_trail.csv", written)
    assert "File > Import > Audit Trail Transactions" in note
    assert "First Row Contains Headings: off" in note
    assert "    A  Type" in note
    assert "lock date" in note
    assert "every other user and program logs off" in note
    assert "leading zeros" in note


def test_xml_of_the_us_is_not_read_for_a_uk_company(tmp_path: Path) -> None:
    found = refusal(tmp_path, "a.xml", "<PAW_Items/>", "uk", code="FILE_EDITION_WRONG")
    assert "edition us, not uk" in found.message


def test_files_of_both_kinds_are_imported_together_in_order(tmp_path: Path) -> None:
    (tmp_path / "SALES.CSV").write_text(
        "Customer ID,Invoice/CM #,Date,Number of Distributions,Amount\nC1,7,1/31/26,1,-1\n",
        encoding="utf-8",
    )
    (tmp_path / "c.xml").write_text(
        "<PAW_Customers><PAW_Customer><ID>C1</ID><Name>One</Name></PAW_Customer></PAW_Customers>",
        encoding="utf-8",
    )
    paths = [tmp_path / "SALES.CSV", tmp_path / "c.xml"]
    kinds = [record.record_type for record in ImportSet(paths).records()]
    assert kinds == ["customer", "sales_invoice"]


def test_a_uk_file_without_headings_has_the_columns_of_the_letters(tmp_path: Path) -> None:
    content = "SI,A1,0020,,31/01/2026,1,Work,1.00,T1,0.20\r\n"
    (record,) = read(tmp_path, "audit trail.csv", content, "uk")
    (line,) = entries_of(record.body, "lines")
    assert (line["account_id"], line["tax_amount"]) == ("0020", "0.20")
    found = refusal(tmp_path, "audit2.csv", "SI," * 16 + "\r\n", "uk", code="CSV_COLUMNS")
    assert "has 17 columns where 15" in found.message


def test_more_distributions_than_sage_takes_are_refused(tmp_path: Path) -> None:
    lines: list[JsonValue] = [{"account_id": "4000", "amount": "1.00"}] * 154
    with pytest.raises(Rejected) as caught:
        write(tmp_path, "us", "sales_invoice", INVOICE | {"lines": lines})
    assert "155 distributions" in caught.value.findings[0].message


def test_a_template_states_an_encoding_that_cannot_be_told(tmp_path: Path) -> None:
    content = "Customer ID,Customer Name\r\nC1,\u00c9\u00b0\r\n"
    (record,) = read(tmp_path, "CUSTOMER.CSV", content)
    assert record.body["name"] == "\u0270"
    stated = Template("customers", encoding="windows-1252")
    (record,) = read(tmp_path, "CUSTOMER.CSV", content, template=stated)
    assert record.body["name"] == "\u00c9\u00b0"
    with pytest.raises(Rejected) as caught:
        read(tmp_path, "CUSTOMER.CSV", content, template=Template("customers", encoding="EBCDIC"))
    assert caught.value.code == "FILE_ENCODING_UNKNOWN"
