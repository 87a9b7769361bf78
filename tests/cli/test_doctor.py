"""The doctor names what is wrong, and what to do about it."""

from __future__ import annotations

import stat

from tests.cli.conftest import CommandLine


def check(document: dict[str, list[dict[str, object]]], name: str) -> dict[str, object]:
    return next(each for each in document["checks"] if each["name"] == name)


def test_a_new_installation_is_in_order(clary: CommandLine) -> None:
    document = clary.json("doctor")
    assert document["ok"] is True
    assert "newest" in str(check(document, "schema")["message"])
    assert "Everything is in order." in clary.ok("doctor").out


def test_every_company_is_opened(books: CommandLine) -> None:
    assert check(books.json("doctor"), "company books")["ok"] is True
    (books.home / "companies" / "books.clary").unlink()
    answer = books("doctor", "--json")
    assert answer.code == 3
    assert check(answer.json, "company books")["ok"] is False
    shown = books("doctor").out
    assert "COMPANY_MISSING" in shown
    assert "1 of" in shown


def test_a_damaged_company_file_is_told(books: CommandLine) -> None:
    (books.home / "companies" / "books.clary").write_bytes(b"not a company" * 1000)
    answer = books("company", "test", "books", "--json")
    assert answer.code == 3
    assert answer.json["checks"][1]["findings"][0]["code"] == "COMPANY_CORRUPT"


def test_a_key_file_that_others_can_read_is_told(books: CommandLine) -> None:
    books.ok("company", "set", "books", "--secret", "password", text="x\n")
    key = books.home / "secret.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    key.chmod(0o644)
    answer = books("doctor", "--json")
    assert check(answer.json, "secrets")["ok"] is False


def test_a_damaged_database_is_told(clary: CommandLine) -> None:
    clary.home.mkdir(parents=True)
    (clary.home / "clary.db").write_bytes(b"x" * 10_000)
    answer = clary("doctor", "--json")
    assert answer.code == 3
    assert check(answer.json, "database")["findings"][0]["code"] == "DATABASE_CORRUPT"  # type: ignore[index]  # a list


def test_a_folder_that_cannot_be_written_is_told(clary: CommandLine) -> None:
    clary.home.parent.mkdir(exist_ok=True)
    clary.home.write_text("", encoding="utf-8")
    answer = clary("doctor", "--json")
    assert answer.code == 3
    assert answer.json["checks"][1]["findings"][0]["code"] == "FOLDER_UNWRITABLE"
