"""`clary schedule`: texts, documents and refusals."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from clary.cli.schedule import KINDS
from clary.hub import scheduled_kinds
from tests.cli.conftest import CommandLine


def test_the_kinds_are_those_that_are_declared() -> None:
    assert tuple(scheduled_kinds.KINDS) == KINDS


def test_an_empty_list_says_what_to_do(books: CommandLine) -> None:
    answer = books.ok("schedule", "list")
    assert answer.out == ""
    assert "clary schedule add" in answer.err
    assert books.json("schedule", "list") == {"schedules": []}


def test_a_schedule_from_its_adding_to_its_removal(books: CommandLine) -> None:
    added = books.json("schedule", "add", "watch", "--kind", "check", "--company", "BOOKS")
    assert (added["company"], added["every"], added["stored"]) == ("books", "15m", True)
    told = books.ok("schedule", "run", "watch")
    assert "check of books every 15m" in told.out
    assert "clary work drain books" in told.err
    assert books.json("work", "list", "books")["lanes"][0]["waiting"] == 1
    books.ok("work", "drain", "books")
    shown = books.ok("schedule", "list").out
    assert "succeeded" in shown
    assert "can be opened" in shown
    books.ok("schedule", "set", "watch", "--every", "2h", "--pause")
    assert "paused" in books.ok("schedule", "list").out
    books.ok("schedule", "set", "watch", "--resume")
    assert books.json("schedule", "list")["schedules"][0]["every"] == "2h"
    assert "Would remove" in books.ok("schedule", "remove", "watch", "--dry-run").out
    books.ok("schedule", "remove", "watch")
    assert books.json("schedule", "list") == {"schedules": []}


def test_a_first_time_is_the_next_by_the_clock_of_the_machine(books: CommandLine) -> None:
    added = books.json(
        *("schedule", "add", "night", "--kind", "check", "--company", "books"),
        *("--every", "1d", "--at", "02:00"),
    )
    first = datetime.fromisoformat(added["next_run_at"]).astimezone()
    assert (first.hour, first.minute) == (2, 0)
    assert 0 < (first - datetime.now(UTC)).total_seconds() <= 24 * 3600


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (("--every", "1s"), "SCHEDULE_INTERVAL_INVALID"),
        (("--set", "app=x"), "SCHEDULE_SETTING_UNKNOWN"),
    ],
)
def test_what_cannot_be_is_refused(books: CommandLine, options: tuple[str, ...], code: str) -> None:
    words = ("schedule", "add", "x", "--kind", "check", "--company", "books")
    answer = books(*words, *options, "--json")
    assert (answer.code, answer.error["code"]) == (2, code)
    wrong = books(*words, "--at", "25:00")
    assert wrong.code == 2
    assert "02:00" in wrong.err
    gone = books("schedule", "run", "x", "--json")
    assert (gone.code, gone.error["code"]) == (2, "SCHEDULE_UNKNOWN")
