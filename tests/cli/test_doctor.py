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


def test_an_empty_database_is_told_and_not_made_anew(books: CommandLine) -> None:
    database = books.home / "clary.db"
    database.write_bytes(b"")
    answer = books("doctor", "--json")
    assert answer.code == 3
    (finding,) = answer.json["checks"][-1]["findings"]
    assert finding["code"] == "DATABASE_EMPTY"
    assert "backup" in finding["remedy"]
    assert books("company", "list", "--json").error["code"] == "DATABASE_EMPTY"
    assert database.stat().st_size == 0


def test_companies_are_linked_again_where_the_database_is_lost(books: CommandLine) -> None:
    assert books.json("company", "list")["unlinked"] == []
    for path in books.home.glob("clary.db*"):
        path.unlink()
    file = books.home / "companies" / "books.clary"
    command = f"clary company add books --driver sandbox --set file={file}"
    for answer in (books.ok("doctor").out, books.ok("company", "list").err):
        assert "COMPANY_UNLINKED" in answer
        assert f"`{command}`" in answer
    listed = books.json("company", "list")
    assert listed["unlinked"] == [{"file": str(file), "name": "books", "command": command}]
    books.ok(*command.split()[1:])
    assert books.json("company", "list")["unlinked"] == []
    assert "COMPANY_UNLINKED" not in books.ok("doctor").out


def test_a_company_file_whose_name_is_taken_or_unfit_needs_another(books: CommandLine) -> None:
    file = books.home / "companies" / "books.clary"
    (books.home / "books.clary").write_bytes(file.read_bytes())
    (books.home / "my books.clary").write_bytes(file.read_bytes())
    (books.home / "companies" / "books.before-restore-2026.clary").write_bytes(b"x")
    listed = books.json("company", "list")["unlinked"]
    assert [each["name"] for each in listed] == ["NAME", "NAME"]
    assert listed[1]["command"].endswith(f"file='{books.home / 'my books.clary'}'")
