"""The installation is backed up and put back from the command line."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine


def test_there_and_back(books: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "kept.backup"
    assert books.json("backup", file, "--dry-run")["books"] == ["companies/books.clary"]
    assert not file.exists()
    made = books.json("backup", file)
    assert (made["books"], made["left_out"]) == (["companies/books.clary"], [])
    before = books.json("runs", "list")
    refused = books("restore", file, "--json")
    assert (refused.code, refused.error["code"]) == (6, "INSTALLATION_NOT_EMPTY")
    answer = books.json("restore", file, "--replace")
    assert Path(answer["kept"]).is_file()
    assert books.json("runs", "list") == before


def test_into_an_empty_installation(books: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "kept.backup"
    books.ok("backup", file)
    other = CommandLine(tmp_path / "other")
    told = other.ok("restore", file).out
    assert "The key file is not in a backup" in told
    assert other.json("runs", "list") == books.json("runs", "list")


def test_the_key_file_is_named_and_not_in_it(books: CommandLine, tmp_path: Path) -> None:
    books.ok("company", "set", "books", "--set", "user=clerk", "--secret", "password", text="pass")
    told = books.ok("backup", tmp_path / "kept.backup").out
    assert f"Not in it: the key file {books.home / 'secret.key'}" in told


def test_a_file_that_is_there_is_not_overwritten(books: CommandLine, tmp_path: Path) -> None:
    file = tmp_path / "kept.backup"
    file.write_text("mine", encoding="utf-8")
    answer = books("backup", file, "--json")
    assert (answer.code, answer.error["code"]) == (3, "BACKUP_EXISTS")
    assert file.read_text("utf-8") == "mine"
