"""`clary audit list`, and what `clary doctor` says of the trail."""

from __future__ import annotations

import sqlite3

from tests.cli.conftest import CommandLine
from tests.cli.test_doctor import check


def test_the_trail_is_listed_newest_first(books: CommandLine) -> None:
    entries = books.json("audit", "list")["entries"]
    assert [each["what"] for each in entries] == ["run", "run", "company.add"]
    assert entries[0]["new"]["applied"] == 1
    books.ok("user", "add", "ada", "--role", "admin")
    books.ok("user", "set", "ada", "--email", "ada@example.com")
    shown = books.ok("audit", "list", "--limit", "1").out
    assert "user.set" in shown
    assert "email: None -> ada@example.com" in shown
    assert "company.add" not in shown


def test_the_trail_is_searched(books: CommandLine) -> None:
    books.ok("user", "add", "ada")
    found = books.json("audit", "list", "--company", "BOOKS")["entries"]
    assert {each["company"] for each in found} == {"books"}
    assert len(found) == 3
    who = found[0]["user"]
    assert len(books.json("audit", "list", "--user", who)["entries"]) == 4
    assert books.json("audit", "list", "--user", "nobody")["entries"] == []
    assert books.json("audit", "list", "--since", "2999-01-01")["entries"] == []
    assert "no such entry" in books.ok("audit", "list", "--since", "2999-01-01").err
    assert len(books.json("audit", "list", "--limit", "0")["entries"]) == 4


def test_the_doctor_verifies_the_trail(books: CommandLine) -> None:
    found = check(books.json("doctor"), "audit trail")
    assert found["ok"] is True
    seal = books.json("audit", "list")["entries"][0]["seal"]
    assert seal in str(found["message"])


def test_the_doctor_names_the_first_run_that_was_changed(books: CommandLine) -> None:
    runs = books.json("runs", "list")["runs"]
    with sqlite3.connect(books.home / "clary.db") as raw:
        raw.execute("update journal set key = 'OTHER'")
    raw.close()
    answer = books("doctor", "--json")
    assert answer.code == 3
    finding = check(answer.json, "audit trail")["findings"][0]  # type: ignore[index]  # a list
    assert finding["code"] == "AUDIT_RUN_BROKEN"
    assert runs[-1]["id"] in finding["message"]
    assert "AUDIT_RUN_BROKEN" in books("doctor").out
