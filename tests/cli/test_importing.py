"""Importing files: all problems at once and nothing written, or the good ones as asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine

HEADINGS = (
    "Customer ID,Invoice/CM #,Date,Number of Distributions,Accounts Receivable Account,"
    "G/L Account,Amount\n"
)


def customers(path: Path, *pairs: tuple[str, str]) -> Path:
    """Write an export of customers with these IDs and names."""
    path.parent.mkdir(exist_ok=True)
    rows = "".join(
        f"<PAW_Customer><ID>{key}</ID><Name>{name}</Name></PAW_Customer>" for key, name in pairs
    )
    path.write_text(f"<PAW_Customers>{rows}</PAW_Customers>", encoding="utf-8")
    return path


def sales(path: Path, *rows: tuple[str, str]) -> Path:
    """Write an export of invoices of 10.00 with these customers and numbers."""
    lines = (f"{customer},{number},1/31/26,1,1100,4000,-10\n" for customer, number in rows)
    path.write_text(HEADINGS + "".join(lines), encoding="utf-8")
    return path


@pytest.fixture
def half_wrong(tmp_path: Path) -> tuple[Path, Path]:
    """Return two files of which each holds a record that is right and one that is not."""
    first = customers(tmp_path / "customers.xml", ("NEW", "New"), ("TOOLONG" * 4, "Long"))
    return first, sales(tmp_path / "sales.csv", ("NEW", "1"), ("NOBODY", "2"))


def count(books: CommandLine, name: str) -> int:
    found: int = books.json("records", "query", "books", name)["count"]
    return found


def test_one_wrong_record_stops_all_and_every_problem_of_every_file_is_told(
    books: CommandLine, half_wrong: tuple[Path, Path]
) -> None:
    answer = books("records", "import", "books", *half_wrong, "--json")
    assert (answer.code, answer.out) == (5, "")
    first, *others = answer.error["findings"]
    assert (answer.error["code"], answer.error["exit_code"]) == ("IMPORT_STOPPED", 5)
    assert first["message"] == "Nothing was written: 2 of 4 records are wrong."
    assert [(each["code"], each["record"]) for each in others] == [
        ("TEXT_TOO_LONG", f"customer {'TOOLONG' * 4} (customers.xml, record 2)"),
        ("REFERENCE_UNKNOWN", "sales_invoice 2 (sales.csv, record 2)"),
    ]
    assert (count(books, "customer"), count(books, "sales_invoice")) == (1, 0)
    assert books.json("runs", "list", "--limit", "1")["runs"][0]["flow"] == "operations"


def test_a_dry_run_of_it_says_the_same(books: CommandLine, half_wrong: tuple[Path, Path]) -> None:
    answer = books("records", "import", "books", *half_wrong, "--dry-run")
    assert (answer.code, answer.out) == (5, "")
    assert "--continue-on-error" in answer.err
    assert "sales_invoice 2 (sales.csv, record 2), field customer_id" in answer.err


def test_the_good_ones_are_taken_over_where_that_is_asked_for(
    books: CommandLine, half_wrong: tuple[Path, Path]
) -> None:
    asked = ("records", "import", "books", *half_wrong, "--continue-on-error")
    tried = books(*asked, "--dry-run", "--json")
    assert (tried.code, tried.json["plan"]["rejected"], count(books, "customer")) == (5, 2, 1)
    answer = books(*asked, "--json")
    assert answer.code == 5
    assert [each["status"] for each in answer.json["results"]] == [
        "success",
        "rejected",
        "success",
        "rejected",
    ]
    assert (count(books, "customer"), count(books, "sales_invoice")) == (2, 1)
    assert "REFERENCE_UNKNOWN" in books(*asked).out


def test_to_go_on_and_to_stop_contradict_each_other(
    books: CommandLine, half_wrong: tuple[Path, Path]
) -> None:
    asked = ("records", "import", "books", *half_wrong, "--continue-on-error", "--stop-on-error")
    assert books(*asked).code == 2


def test_all_files_that_cannot_be_read_are_told_together(
    books: CommandLine, tmp_path: Path
) -> None:
    bad, unknown = tmp_path / "bad.xml", tmp_path / "unknown.csv"
    bad.write_text("<PAW_Customers><PAW", encoding="utf-8")
    unknown.write_text("x,y\n", encoding="utf-8")
    good = customers(tmp_path / "customers.xml", ("NEW", "New"))
    answer = books("records", "import", "books", good, bad, unknown, "--json")
    codes = [each["code"] for each in answer.error["findings"]]
    assert (answer.code, codes) == (5, ["XML_MALFORMED", "FILE_KIND_UNKNOWN"])
    assert count(books, "customer") == 1


def test_the_same_record_in_two_files_is_taken_once(books: CommandLine, tmp_path: Path) -> None:
    first = customers(tmp_path / "one" / "customers.xml", ("NEW", "New"), ("A", "A"))
    second = customers(tmp_path / "two" / "customers.xml", ("NEW", "New"), ("B", "B"))
    done = books.json("records", "import", "books", first, second, first)
    assert done["run"]["applied"] == 3
    [remark] = done["remarks"]
    assert remark["code"] == "IMPORT_RECORDS_SAME"
    assert "one/customers.xml (record 1) and two/customers.xml (record 1)" in remark["message"]
    shown = books.ok("records", "import", "books", first, second)
    assert "taken once: 1, such as customer NEW" in shown.out


def test_a_record_that_differs_between_two_files_stops_the_import(
    books: CommandLine, tmp_path: Path
) -> None:
    first = customers(tmp_path / "a.xml", ("NEW", "New"))
    second = customers(tmp_path / "b.xml", ("new", "Newer"))
    answer = books("records", "import", "books", first, second, "--json")
    _, problem = answer.error["findings"]
    assert (answer.code, problem["code"]) == (5, "IMPORT_RECORDS_DIFFER")
    assert "in a.xml (record 1) and in b.xml (record 1)" in problem["message"]
    assert count(books, "customer") == 1


def test_values_that_contradict_each_other_are_refused(books: CommandLine, tmp_path: Path) -> None:
    file = customers(tmp_path / "a.xml", ("NEW", "New"))
    once = ("--set", "customer.fax=1")
    answer = books("records", "import", "books", file, *once, "--set", "customer.fax=2", "--json")
    assert (answer.code, answer.error["code"]) == (2, "FILE_SET_CONTRADICTS")
    assert "'1' and to '2'" in answer.error["message"]
    assert books("records", "import", "books", file, *once, *once).code == 0
