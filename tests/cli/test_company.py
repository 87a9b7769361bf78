"""Companies are connected, tested, looked at, copied and put back."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, invoice


def file_of(clary: CommandLine, name: str = "books") -> Path:
    return clary.home / "companies" / f"{name}.clary"


def post(books: CommandLine, number: str, amount: str = "100.00") -> None:
    text = json.dumps(invoice(number, amount))
    books.ok("records", "create", "books", "sales_invoice", "-", text=text)


def test_a_company_is_connected_listed_changed_and_forgotten(books: CommandLine) -> None:
    added = books.json(
        "company", "add", "Second", "--driver", "sandbox", "--set", f"file={file_of(books)}"
    )
    assert added["edition"] == "us"
    assert added["drivers"][0]["settings"] == {"file": "companies/books.clary"}
    listed = [each["name"] for each in books.json("company", "list")["companies"]]
    assert listed == ["books", "Second"]
    changed = books.json("company", "set", "second", "--set", "user=PERSON")
    assert changed["drivers"][0]["settings"]["user"] == "PERSON"
    changed = books.json("company", "set", "second", "--unset", "user")
    assert "user" not in changed["drivers"][0]["settings"]
    books.ok("company", "remove", "second")
    assert len(books.json("company", "list")["companies"]) == 1
    assert file_of(books).exists()


def test_an_empty_list_says_how_to_begin(clary: CommandLine) -> None:
    answer = clary.ok("company", "list")
    assert (answer.out, "clary sandbox create" in answer.err) == ("", True)


def test_a_dry_run_stores_nothing(books: CommandLine) -> None:
    tried = books.json(
        "company", "add", "s", "--driver", "sandbox", "--set", f"file={file_of(books)}", "--dry-run"
    )
    assert tried["stored"] is False
    books.ok("company", "set", "books", "--set", "user=PERSON", "--dry-run")
    books.ok("company", "remove", "books", "--dry-run")
    companies = books.json("company", "list")["companies"]
    assert [each["name"] for each in companies] == ["books"]
    assert "user" not in companies[0]["drivers"][0]["settings"]


def test_a_password_among_the_settings_is_refused(books: CommandLine) -> None:
    file = ("--set", f"file={file_of(books)}")
    for command in (("set", "books"), ("add", "s", "--driver", "sandbox", *file)):
        refused = books("company", *command, "--set", "password=canary-secret")
        assert refused.code == 2
        assert "SECRET_IN_SIGHT" in refused.err
        assert "--secret password" in refused.err
        assert "canary-secret" not in refused.out + refused.err


def test_a_password_is_read_from_input_kept_secret_and_used(books: CommandLine) -> None:
    books.ok("sandbox", "act", "books", "set-password", "CLARY", "sesame")
    refused = books("records", "query", "books", "customer")
    assert (refused.code, "PASSWORD_WRONG" in refused.err) == (3, True)
    answer = books.ok("company", "set", "books", "--secret", "password", "--json", text="sesame\n")
    assert answer.json["drivers"][0]["settings"]["password"] == "********"
    books.ok("records", "query", "books", "customer")
    shown = books.ok("company", "list", "--json").out + books.ok("doctor").out
    assert "sesame" not in answer.out + answer.err + shown
    books.ok("company", "set", "books", "--unset", "password")
    assert books("records", "query", "books", "customer").code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("add", "x", "--driver", "magic"), "DRIVER_UNKNOWN"),
        (("add", "x", "--driver", "sandbox", "--driver", "sandbox"), "DRIVER_NEEDED"),
        (("add", "x", "--driver", "sandbox"), "DRIVER_SETTING_MISSING"),
        (("add", "x", "--driver", "sandbox", "--secret", "user"), "SECRET_IN_OPEN"),
        (("add", "a b", "--driver", "sandbox"), "CONNECTION_NAME_INVALID"),
        (("add", "x", "--driver", "files", "--set", "folder=.", "--set", "format=pdf"), None),
    ],
)
def test_what_cannot_be_connected_is_told(
    clary: CommandLine, arguments: tuple[str, ...], code: str | None
) -> None:
    answer = clary("company", *arguments, "--json", text="x\n")
    assert answer.code == 2
    assert answer.error["code"] == (code or "DRIVER_SETTING_INVALID")


def test_an_empty_password_changes_nothing(books: CommandLine) -> None:
    stated = ("--set", "user=PERSON", "--secret", "password")
    answer = books("company", "set", "books", *stated, "--json", text="\n")
    assert (answer.code, answer.error["code"]) == (2, "SECRET_INVALID")
    assert "user" not in books.json("company", "list")["companies"][0]["drivers"][0]["settings"]


def test_a_name_that_is_taken_is_refused(books: CommandLine) -> None:
    again = books("sandbox", "create", "BOOKS", "--edition", "uk", "--json")
    assert (again.code, again.error["code"]) == (3, "CONNECTION_EXISTS")


def test_a_connection_that_leads_to_other_books_is_refused(books: CommandLine) -> None:
    books.ok("sandbox", "create", "other", "--edition", "us")
    shutil.copy(file_of(books, "other"), file_of(books))
    answer = books("records", "query", "books", "customer", "--json")
    assert (answer.code, answer.error["code"]) == (6, "COMPANY_CHANGED")
    refused = books("company", "set", "books", "--set", "user=CLARY", "--json")
    assert refused.code == 6
    books.ok("company", "set", "books", "--relink")
    books.ok("records", "query", "books", "customer")


def test_any_company_file_opens_without_being_connected(books: CommandLine) -> None:
    reference = f"sandbox:{file_of(books)}"
    assert books.json("records", "query", reference, "customer")["count"] == 1
    assert books.json("company", "info", reference)["title"] == "books"
    assert books.json("company", "test", reference)["ok"] is True
    missing = books("company", "info", "sandbox:nowhere.clary", "--json")
    assert (missing.code, missing.error["code"]) == (3, "COMPANY_MISSING")


def test_the_trial_balance_has_its_agreed_shape(books: CommandLine) -> None:
    post(books, "1", "100.50")
    answer = books.json("company", "trial-balance", "books")
    assert list(answer) == [
        "company",
        "as_of",
        "currency",
        "total_debit",
        "total_credit",
        "accounts",
    ]
    assert (answer["company"], answer["as_of"], answer["currency"]) == ("books", None, "USD")
    assert (answer["total_debit"], answer["total_credit"]) == ("100.50", "100.50")
    assert answer["accounts"][1] == {
        "id": "1100",
        "name": "Receivables",
        "type": "accounts_receivable",
        "debit": "100.50",
        "credit": "0.00",
    }
    before = books.json("company", "trial-balance", "books", "--as-of", "2026-03-01")
    assert (before["as_of"], before["total_debit"]) == ("2026-03-01", "0.00")


def test_people_see_the_accounts_that_have_a_balance(books: CommandLine) -> None:
    assert "No account has a balance" in books.ok("company", "trial-balance", "books").out
    post(books, "1", "1234.50")
    shown = books.ok("company", "trial-balance", "books").out
    assert "1,234.50" in shown
    assert "1010" not in shown
    assert "1010" in books.ok("company", "trial-balance", "books", "--zero").out


def test_the_journal_is_judged_by_hledger(books: CommandLine, hledger: str) -> None:
    post(books, "1", "100.00")
    post(books, "2", "33.33")
    text = books.ok("company", "journal", "books", "--format", "hledger").out
    finished = subprocess.run(
        [hledger, "-f", "-", "balance", "-O", "csv", "--no-total"],
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    assert "133.33 USD" in finished.stdout
    document = books.json("company", "journal", "books", "--format", "beancount")
    assert "133.33" not in document["text"]
    assert "100.00 USD" in document["text"]


def test_info_tells_what_the_company_is_and_can(books: CommandLine) -> None:
    answer = books.json("company", "info", "books")
    assert (answer["edition"], answer["currency"], answer["driver"]) == ("us", "USD", "sandbox")
    assert answer["capabilities"]["customer"]["operations"]["read"]["level"] == "exact"
    shown = books.ok("company", "info", "books", "--periods").out
    assert "customer" in shown
    assert "open" in shown


def test_backup_and_restore_give_the_books_back(books: CommandLine, tmp_path: Path) -> None:
    copy = tmp_path / "copy.clary"
    post(books, "1")
    books.ok("company", "backup", "books", copy, "--dry-run")
    assert not copy.exists()
    books.ok("company", "backup", "books", copy)
    post(books, "2")
    books.ok("company", "restore", "books", copy, "--dry-run")
    assert books.json("company", "trial-balance", "books")["total_debit"] == "200.00"
    answer = books.json("company", "restore", "books", copy)
    assert books.json("company", "trial-balance", "books")["total_debit"] == "100.00"
    kept = f"sandbox:{answer['kept']}"
    assert books.json("company", "trial-balance", kept)["total_debit"] == "200.00"
    tested = books.json("company", "test", "books")
    generation = next(check for check in tested["checks"] if check["name"] == "generation")
    assert generation["findings"][0]["code"] == "CONNECTION_RESTORED"
    assert books("company", "backup", "books", copy).code == 3


def test_a_company_that_is_no_sandbox_is_not_copied(books: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    settings = ("--set", f"folder={tmp_path / 'exports'}", "--set", "edition=us")
    books.ok("company", "add", "files", "--driver", "files", *settings)
    answer = books("company", "backup", "files", tmp_path / "x", "--json")
    assert (answer.code, answer.error["code"]) == (2, "NOT_A_SANDBOX")


def test_which_figures_a_company_tells_is_said(books: CommandLine, tmp_path: Path) -> None:
    every = ["trial_balance", "ledger_rows", "open_items", "aged_balances"]
    every += ["settlements", "balances", "stock_value"]
    assert books.json("company", "info", "books")["figures"] == every
    assert "trial balance, ledger rows, open items" in books.ok("company", "info", "books").out
    checks = books.json("company", "test", "books")["checks"]
    figures = next(each for each in checks if each["name"] == "figures")
    assert (figures["ok"], figures["message"].endswith("stock value")) == (True, True)
    settings = ("--set", f"folder={tmp_path}", "--set", "edition=us")
    books.ok("company", "add", "files", "--driver", "files", *settings)
    assert books.json("company", "info", "files")["figures"] == []
    assert "Figures       none" in books.ok("company", "info", "files").out
