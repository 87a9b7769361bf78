"""`clary work drop`: by the number that `clary work list` shows, once."""

from __future__ import annotations

from tests.cli.conftest import CommandLine


def test_what_waits_is_dropped_by_its_number(books: CommandLine) -> None:
    books.ok("schedule", "add", "watch", "--kind", "check", "--company", "books")
    books.ok("schedule", "run", "watch")
    [lane] = books.json("work", "list", "books")["lanes"]
    [item] = lane["items"]
    number = str(item["serial"])
    assert number in books.ok("work", "list", "books").out
    would = books.ok("work", "drop", "books", number, "--dry-run").out
    assert would.startswith(f"Would drop work {number} for books")
    assert books.json("work", "drop", "books", number)["waiting"] == 0
    again = books("work", "drop", "books", number)
    assert again.code == 2
    assert "WORK_UNKNOWN" in again.err
    told = books.json("audit", "list", "--company", "books", "--limit", "1")
    assert told["entries"][0]["what"] == "work.drop"
