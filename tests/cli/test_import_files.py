"""What a person sees whose documents are left as files to import, and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, invoice

ACCOUNTS = (
    "<PAW_Accounts>"
    "<PAW_Account><ID>1100</ID></PAW_Account><PAW_Account><ID>4000</ID></PAW_Account>"
    "</PAW_Accounts>"
)
CUSTOMERS = (
    "<PAW_Customers><PAW_Customer><ID>ACME</ID><Name>Acme</Name></PAW_Customer></PAW_Customers>"
)


@pytest.fixture
def exports(clary: CommandLine, tmp_path: Path) -> Path:
    """Connect a folder of exports as the company `files`."""
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "accounts.xml").write_text(ACCOUNTS, encoding="utf-8")
    (folder / "customers.xml").write_text(CUSTOMERS, encoding="utf-8")
    settings = ("--set", f"folder={folder}", "--set", "edition=us")
    clary.ok("company", "add", "files", "--driver", "files", *settings)
    return folder


def test_the_file_to_import_its_note_and_what_comes_then_are_named(
    clary: CommandLine, exports: Path
) -> None:
    text = json.dumps([invoice("1001"), invoice("1002")])
    answer = clary("records", "create", "files", "sales_invoice", "-", text=text)
    assert answer.code == 4
    file = exports / "outbox" / "0001-sales.csv"
    assert f"sales_invoice 1001 and 1 more: Written to {file} for a person to" in answer.out
    assert "it is not in the books yet" in answer.out
    assert "0001-sales.txt" in answer.out
    assert f"export it from Sage 50 again to the folder {exports}" in answer.out
    assert "To go on with it: clary runs resume run_" in answer.out
    assert "STILL_UNDER_WAY" not in answer.out


def test_programs_are_told_the_same(clary: CommandLine, exports: Path) -> None:
    text = json.dumps(invoice("1001"))
    answer = clary("records", "create", "files", "sales_invoice", "-", "--json", text=text)
    (result,) = answer.json["results"]
    assert (answer.code, result["status"]) == (4, "pending")
    assert result["code"] == "FILE_TO_IMPORT"
    assert str(exports / "outbox" / "0001-sales.csv") in result["message"]
    (finding,) = result["findings"]
    assert "0001-sales.txt" in finding["remedy"]
    assert result["warnings"] == []


def test_the_run_ends_once_an_export_shows_the_document(clary: CommandLine, exports: Path) -> None:
    text = json.dumps(invoice("1001"))
    made = clary("records", "create", "files", "sales_invoice", "-", "--json", text=text)
    run = made.json["run"]["id"]
    early = clary("runs", "resume", run)
    assert early.code == 4
    assert "it waits in the outbox, in 0001-sales.csv" in early.out
    again = clary("records", "create", "files", "sales_invoice", "-", "--json", text=text)
    assert [each["code"] for each in again.json["results"]] == ["ORIGIN_PENDING"]
    shutil.copy(exports / "outbox" / "0001-sales.csv", exports / "sales.csv")
    assert clary.json("runs", "resume", run)["applied"] == 1
    assert len(list((exports / "outbox").glob("*.csv"))) == 1
    later = clary.json("records", "create", "files", "sales_invoice", "-", text=text)
    assert [each["status"] for each in later["results"]] == ["skipped_duplicate"]
