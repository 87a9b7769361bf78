"""Records are read and changed from the command line, each document with one result."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import CommandLine, invoice


def create(books: CommandLine, record_type: str, document: object, *more: object) -> Any:  # noqa: ANN401
    text = json.dumps(document)
    return books.json("records", "create", "books", record_type, "-", *more, text=text)


def test_types_are_listed_with_what_can_be_done(books: CommandLine) -> None:
    types = {each["name"]: each for each in books.json("records", "types", "books")["types"]}
    assert types["sales_invoice"]["many"] == "Invoices"
    assert "void" in types["sales_invoice"]["operations"]
    british = books.json("records", "types", "--edition", "uk")["types"]
    names = {each["name"]: each["many"] for each in british}
    assert names["sales_invoice"] == "Sales invoices"
    nested = books.json("records", "types", "books", "--nested")["types"]
    assert any(each["parent"] == "customer" for each in nested)
    assert "General journal entries" in books.ok("records", "types", "books").out


def test_a_type_is_described_as_json_schema_and_as_a_table(books: CommandLine) -> None:
    schema = books.json("records", "describe", "books", "customer")
    assert schema["create"]["properties"]["name"]["maxLength"] == 39
    assert schema["stored"]["properties"]["balance"]
    british = books.json("records", "describe", "item", "--edition", "uk")
    assert british["label"] == "Product"
    shown = books.ok("records", "describe", "books", "CustomerList").out
    assert "Customer (customer), US" in shown
    assert "bill_to.city" in shown


def test_a_query_chooses_sorts_and_cuts(books: CommandLine) -> None:
    for number in ("1", "2", "3"):
        create(books, "sales_invoice", invoice(number, f"{number}00.00"))
    answer = books.json(
        *("records", "query", "books", "invoice", "--where", "total > 100"),
        *("--order=-total", "--fields", "number,total", "--limit", "1"),
    )
    assert answer["record_type"] == "sales_invoice"
    assert answer["records"] == [{"number": "3", "total": "300.00"}]
    assert answer["count"] == 1


def test_voided_documents_are_marked_and_can_be_left_out(books: CommandLine) -> None:
    for number in ("1", "2"):
        create(books, "sales_invoice", invoice(number))
    books.ok("records", "act", "books", "sales_invoice", "void", "customer:ACME:1")
    shown = books.ok("records", "query", "books", "sales_invoice").out
    assert "Status" in shown
    assert ("reversed" in shown, "reversal" in shown, "live" in shown) == (True, True, True)
    live = books.json("records", "query", "books", "sales_invoice", "--where", "status = 'live'")
    assert [each["number"] for each in live["records"]] == ["2"]


def test_a_query_says_which_days_it_covered(books: CommandLine) -> None:
    create(books, "sales_invoice", invoice("1"))
    everything = books.json("records", "query", "books", "sales_invoice")
    assert everything["period"] == {"name": "all", "start": None, "end": None}
    assert everything["count"] == 1
    said = books.ok("records", "query", "books", "sales_invoice")
    assert said.err.strip() == "1 record, all periods."
    days = ("--period", "2026-01-01..2026-01-31")
    january = books.json("records", "query", "books", "sales_invoice", *days)
    assert (january["count"], january["period"]["end"]) == (0, "2026-01-31")


def test_people_see_the_first_rows_and_are_told_that_there_are_more(books: CommandLine) -> None:
    documents = [{"id": f"C{n:03}", "name": f"C {n}", "account_id": "4000"} for n in range(205)]
    create(books, "customer", documents)
    answer = books.ok("records", "query", "books", "customer")
    assert len(answer.out.splitlines()) == 202
    assert "The first 200 records. --limit 0 lists all." in answer.err
    everything = books.ok("records", "query", "books", "customer", "--limit", "0").out
    assert len(everything.splitlines()) == 208
    assert books.json("records", "query", "books", "customer")["count"] == 206


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("--where", "balance >"), "FILTER_SYNTAX"),
        (("--fields", "nonsense"), "FIELD_UNKNOWN"),
        (("--order", "bill_to"), "ORDER_UNFIT"),
        (("--period", "someday"), "PERIOD_UNKNOWN"),
    ],
)
def test_a_query_that_makes_no_sense_is_told(
    books: CommandLine, arguments: tuple[str, ...], code: str
) -> None:
    record_type = "sales_invoice" if "--period" in arguments else "customer"
    answer = books("records", "query", "books", record_type, *arguments, "--json")
    assert answer.out == ""
    assert code in {finding["code"] for finding in answer.error["findings"]}


def test_single_records_are_shown_by_their_keys(books: CommandLine) -> None:
    create(books, "sales_invoice", invoice("7"))
    answer = books.json("records", "get", "books", "sales_invoice", "customer:ACME:7")
    assert answer["records"][0]["number"] == "7"
    assert len(answer["versions"]) == 1
    shown = books.ok("records", "get", "books", "sales_invoice", "1").out
    assert "Invoice number" in shown
    assert "Lines" in shown
    missing = books("records", "get", "books", "customer", "NOBODY", "--json")
    assert missing.error["code"] == "RECORD_NOT_FOUND"


def test_of_several_keys_the_found_are_shown_and_the_missing_named(books: CommandLine) -> None:
    keys = ("customer:ACME:404", "ACME", "NOBODY")
    asked = ("records", "get", "books", "customer", *keys[1:])
    answer = books(*asked, "--json")
    assert answer.code == 5
    assert [each["id"] for each in answer.json["records"]] == ["ACME"]
    assert len(answer.json["versions"]) == 1
    assert [(each["key"], each["code"]) for each in answer.json["missing"]] == [
        ("NOBODY", "RECORD_NOT_FOUND")
    ]
    shown = books(*asked)
    assert (shown.code, "Acme Ltd" in shown.out) == (5, True)
    assert "There is no customer NOBODY." in shown.err
    none = books("records", "get", "books", "sales_invoice", keys[0], "405", "--json")
    assert (none.code, none.out) == (5, "")
    assert [each["message"] for each in none.error["findings"]] == [
        "There is no sales_invoice 404 of customer ACME.",
        "There is no sales_invoice 405.",
    ]


def test_fields_are_typed_by_the_declaration(books: CommandLine) -> None:
    fields = ("id=B1", "name=Beta", "account_id=4000", "inactive=yes", "bill_to.city=York")
    stated = [part for field in fields for part in ("--field", field)]
    books.ok("records", "create", "books", "customer", *stated, "--field", "credit_limit=500")
    record = books.json("records", "get", "books", "customer", "B1")["records"][0]
    assert (record["inactive"], record["credit_limit"]) == (True, "500.00")
    assert record["bill_to"] == {"city": "York"}
    wrong = books(
        *("records", "create", "books", "customer", "--json"),
        *("--field", "name=X", "--field", "inactive=perhaps", "--field", "nme=Y"),
    )
    found = {(finding["code"], finding["field"]) for finding in wrong.error["findings"]}
    assert found == {("TYPE_WRONG", "inactive"), ("FIELD_UNKNOWN", "nme")}


@pytest.mark.parametrize("shape", ["lines", "array", "pretty"])
def test_documents_come_as_lines_as_an_array_or_pretty(
    books: CommandLine, tmp_path: Path, shape: str
) -> None:
    documents = [{"id": f"C{n}", "name": f"Customer {n}", "account_id": "4000"} for n in (1, 2)]
    text = {
        "lines": "\n\n".join(json.dumps(each) for each in documents),
        "array": json.dumps(documents),
        "pretty": json.dumps(documents, indent=2),
    }[shape]
    file = tmp_path / "documents.json"
    file.write_text(text, encoding="utf-8-sig")
    answer = books.json("records", "create", "books", "customer", file)
    assert [each["action_taken"] for each in answer["results"]] == ["created", "created"]


def test_amounts_in_json_stay_exact(books: CommandLine) -> None:
    text = json.dumps(invoice("1")).replace('"100.00"', "100.10")
    answer = books.json("records", "create", "books", "sales_invoice", "-", text=text)
    assert answer["results"][0]["record"]["lines"][0]["amount"] == "100.10"


def test_each_document_has_one_result_and_one_that_fails_stops_no_other(books: CommandLine) -> None:
    documents = [invoice("1"), invoice("2", customer_id="NOBODY"), invoice("3")]
    text = json.dumps(documents)
    answer = books("records", "create", "books", "sales_invoice", "-", "--json", text=text)
    assert answer.code == 5
    statuses = [each["status"] for each in answer.json["results"]]
    assert statuses == ["success", "rejected", "success"]
    assert "customer_id" in answer.json["results"][1]["field_errors"]
    shown = books("records", "create", "books", "sales_invoice", "-", text=text)
    assert shown.code == 5
    assert "REFERENCE_UNKNOWN" in shown.out


def test_documents_behind_the_first_that_fails_wait_where_asked(books: CommandLine) -> None:
    text = json.dumps([invoice("1", customer_id="NOBODY"), invoice("2")])
    stop = ("--stop-on-error", "--json")
    answer = books("records", "create", "books", "sales_invoice", "-", *stop, text=text)
    assert [each["status"] for each in answer.json["results"]] == ["rejected", "rejected"]


def test_a_dry_run_shows_the_plan_and_writes_nothing(books: CommandLine) -> None:
    answer = create(books, "sales_invoice", invoice("1"), "--dry-run")
    assert answer["run"] is None
    assert answer["preview"][0]["action"] == "create"
    assert books.json("records", "query", "books", "sales_invoice")["count"] == 0
    text = json.dumps(invoice("1"))
    shown = books.ok("records", "create", "books", "sales_invoice", "-", "--dry-run", text=text)
    assert "Nothing was written. To do it: clary plan apply plan_" in shown.out


def test_a_dry_run_of_what_is_ruled_out_ends_with_5(books: CommandLine) -> None:
    text = json.dumps(invoice("1", customer_id="NOBODY"))
    shown = books("records", "create", "books", "sales_invoice", "-", "--dry-run", text=text)
    assert (shown.code, "plan apply" in shown.out) == (5, False)


def test_the_same_key_does_nothing_twice(books: CommandLine) -> None:
    first = create(books, "sales_invoice", invoice("1"), "--idempotency-key", "ticket-1")
    again = create(books, "sales_invoice", invoice("1"), "--idempotency-key", "ticket-1")
    assert first["results"][0]["status"] == "success"
    assert again["results"][0]["status"] == "skipped_duplicate"
    assert books.json("records", "query", "books", "sales_invoice")["count"] == 1


def test_an_envelope_carries_what_goes_with_a_document(books: CommandLine) -> None:
    envelope = {
        "document": "ticket-9",
        "idempotency_key": "k9",
        "tracked": {"ticket": "9"},
        "body": invoice("9"),
    }
    answer = create(books, "sales_invoice", envelope)
    assert answer["results"][0]["document"] == "ticket-9"
    found = books.json("runs", "list", "--tracked", "ticket=9")["runs"]
    assert len(found) == 1


def test_records_are_updated_sparsely_or_whole(books: CommandLine) -> None:
    books.ok("records", "update", "books", "customer", "--key", "ACME", "--field", "fax=1")
    record = books.json("records", "get", "books", "customer", "ACME")["records"][0]
    assert (record["fax"], record["account_id"]) == ("1", "4000")
    whole = {"id": "ACME", "name": "Acme plc", "account_id": "4000"}
    text = json.dumps(whole)
    books.ok("records", "update", "books", "customer", "-", "--full", text=text)
    record = books.json("records", "get", "books", "customer", "ACME")["records"][0]
    assert (record["name"], record.get("fax")) == ("Acme plc", None)


def test_an_update_of_another_version_is_refused(books: CommandLine) -> None:
    version = books.json("records", "get", "books", "customer", "ACME")["versions"][0]
    change = ("records", "update", "books", "customer", "--key", "ACME", "--field", "fax=1")
    books.ok(*change, "--expected-version", version)
    answer = books(*change, "--expected-version", version, "--json")
    assert (answer.code, answer.json["results"][0]["code"]) == (5, "VERSION_CONFLICT")


def test_upsert_creates_or_fails_as_asked(books: CommandLine) -> None:
    beta = ("--field", "id=BETA", "--field", "name=Beta", "--field", "account_id=4000")
    failing = books(
        "records", "upsert", "books", "customer", *beta, "--on-missing", "fail", "--json"
    )
    assert failing.code == 5
    made = books.json("records", "upsert", "books", "customer", *beta)
    assert made["results"][0]["action_taken"] == "created"
    same = books.json("records", "upsert", "books", "customer", *beta)
    assert same["results"][0]["action_taken"] == "unchanged"


def test_records_are_deleted_and_documents_voided(books: CommandLine) -> None:
    create(books, "sales_invoice", invoice("1"))
    books.ok("records", "act", "books", "sales_invoice", "void", "customer:ACME:1")
    assert books.json("company", "trial-balance", "books")["total_debit"] == "0.00"
    used = books("records", "delete", "books", "customer", "ACME", "--json")
    assert used.code == 5
    create(books, "customer", {"id": "GONE", "name": "Gone", "account_id": "4000"})
    tried = books.json("records", "delete", "books", "customer", "GONE", "--dry-run")
    assert tried["preview"][0]["action"] == "delete"
    books.ok("records", "delete", "books", "customer", "GONE")
    assert books("records", "get", "books", "customer", "GONE").code == 5


@pytest.mark.parametrize(
    ("text", "code", "status"),
    [
        ("", "DOCUMENTS_NONE", 2),
        ("[]", "DOCUMENTS_NONE", 2),
        ("{", "BODY_NOT_JSON", 2),
        ("[1]", "DOCUMENT_NOT_OBJECT", 2),
        ('{"id": "A"}\n{"id": ', "BODY_NOT_JSON", 2),
        ('{"body": {}, "colour": "red"}', "ENVELOPE_INVALID", 2),
        ('{"body": {}, "tracked": {"a": 1}}', "ENVELOPE_INVALID", 2),
        ('{"body": {}, "key": 1}', "ENVELOPE_INVALID", 2),
        ('{"id": "A", "id": "B"}', "BODY_NOT_JSON", 2),
        ("[" * 50 + "]" * 50, "BODY_TOO_DEEP", 5),
        ('{"name": "' + "x" * 4_000_000 + '"}', "BODY_TOO_LARGE", 5),
    ],
    ids=range(11),
)
def test_input_that_is_no_document_is_told_and_nothing_is_written(
    books: CommandLine, text: str, code: str, status: int
) -> None:
    answer = books("records", "create", "books", "customer", "-", "--json", text=text)
    assert (answer.code, answer.out) == (status, "")
    assert answer.error["code"] == code
    assert books.json("records", "query", "books", "customer")["count"] == 1


def test_records_are_exported_whole_and_can_be_read_back(
    books: CommandLine, tmp_path: Path
) -> None:
    create(books, "customer", {"id": "B", "name": "Søn, & Co", "account_id": "4000"})
    lines = books.ok("records", "export", "books", "customer", "--fields", "id,name").out
    assert json.loads(lines.splitlines()[1]) == {"id": "B", "name": "Søn, & Co"}
    table = tmp_path / "customers.csv"
    books.ok("records", "export", "books", "customer", "--format", "csv", "--output", table)
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["name"] == "Søn, & Co"
    again = books("records", "export", "books", "customer", "--output", table, "--json")
    assert (again.code, again.error["code"]) == (3, "OUTPUT_EXISTS")
    nowhere = books("records", "export", "books", "customer", "--output", tmp_path / "no" / "x")
    assert (nowhere.code, "OUTPUT_UNWRITABLE" in nowhere.err) == (3, True)
    assert not list(tmp_path.glob("*.part"))
    answer = books.json("records", "export", "books", "customer", "--output", tmp_path / "x.jsonl")
    assert answer["count"] == 2
    assert books.json("records", "export", "books", "customer")["count"] == 2


def test_an_import_file_of_sage_is_written_with_its_note_and_read_again(
    books: CommandLine, tmp_path: Path
) -> None:
    for form, name in (("sage-xml", "customers.xml"), ("sage-csv", "customer.csv")):
        file = tmp_path / form / name
        file.parent.mkdir()
        asked = ("records", "export", "books", "customer", "--format", form, "--output", file)
        answer = books.json(*asked)
        assert answer["count"] == 1
        assert "How to import" in Path(answer["note"]).read_text(encoding="utf-8")
        again = books.json("records", "import", "books", file)
        assert (again["run"]["rejected"], again["run"]["applied"]) == (0, 0), form
    unnamed = books("records", "export", "books", "customer", "--format", "sage-csv", "--json")
    assert (unnamed.code, unnamed.error["code"]) == (2, "OUTPUT_REQUIRED")
    nested = ("records", "export", "books", "customer.contacts", "--format", "sage-csv")
    refused = books(*nested, "--output", tmp_path / "x.csv", "--json")
    assert refused.error["code"] == "NESTED_NOT_EXPORTED"


def test_real_files_are_imported_with_the_values_they_lack(
    clary: CommandLine, reference: Path
) -> None:
    start = ("--fiscal-year-start", "2014-01-01")
    clary.ok("sandbox", "create", "real", "--edition", "us", "--seed", "empty", *start)
    files = sorted((reference / "us").glob("*_export.xml"))
    lacking = clary("records", "import", "real", *files, "--json")
    assert lacking.code == 5
    missing = {finding["field"] for finding in lacking.error["findings"]}
    assert {"class", "id"} <= missing
    values = ("--set", "item.class=stock", "--set", "tax_code.id=ITBMS")
    tried = clary.json("records", "import", "real", *files, *values, "--dry-run")
    assert tried["plan"]["rejected"] == 0
    assert clary.json("records", "query", "real", "item")["count"] == 0
    done = clary.json("records", "import", "real", *files, *values)
    assert {each["status"] for each in done["results"]} == {"success"}
    balance = clary.json("company", "trial-balance", "real")
    assert balance["total_debit"] == balance["total_credit"] != "0.00"
    again = clary.json("records", "import", "real", *files, *values)
    assert again["run"]["applied"] == 0
    assert clary.json("company", "trial-balance", "real") == balance


def test_an_import_value_that_fits_nothing_is_told(clary: CommandLine, reference: Path) -> None:
    clary.ok("sandbox", "create", "real", "--edition", "us")
    file = reference / "us" / "accounts_export.xml"
    answer = clary("records", "import", "real", file, "--set", "item.colour=red", "--json")
    assert answer.code != 0
    assert answer.error["code"] == "FILE_SET_INVALID"


def test_what_a_record_states_can_be_created_in_another_company(books: CommandLine) -> None:
    create(books, "sales_invoice", invoice("1"), "--idempotency-key", "k")
    books.ok("sandbox", "create", "second", "--edition", "us")
    for record_type in ("account", "customer", "sales_invoice"):
        lines = books.ok("records", "export", "books", record_type, "--stated").out
        books.ok("records", "create", "second", record_type, "-", text=lines)
    second = books.json("company", "trial-balance", "second")
    assert second["accounts"] == books.json("company", "trial-balance", "books")["accounts"]


def test_a_company_file_that_is_not_connected_can_be_written_and_undone(
    books: CommandLine,
) -> None:
    file = f"sandbox:{books.home / 'companies' / 'books.clary'}"
    text = json.dumps(invoice("1"))
    done = books.json("records", "create", file, "sales_invoice", "-", text=text)
    assert done["run"]["company"] == file
    assert books.json("runs", "undo", done["run"]["id"])["applied"] == 1
    assert books.json("company", "trial-balance", "books")["total_debit"] == "0.00"


def test_a_csv_file_without_headings_is_told_its_layout(books: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "names.csv"
    file.write_text("NEW1,New One,4000\r\nNEW2,New Two,4000\r\n", encoding="ascii")
    unknown = books("records", "import", "books", file, "--json")
    assert (unknown.code, unknown.error["code"]) == (5, "FILE_KIND_UNKNOWN")
    columns = "customers:Customer ID,Customer Name,G/L Sales Account"
    done = books.json("records", "import", "books", file, "--layout", f"names.csv={columns}")
    assert [result["key"] for result in done["results"]] == ["NEW1", "NEW2"]
