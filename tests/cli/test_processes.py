"""The installed command, started as people and schedulers start it."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from clary.kernel.exit_codes import ExitCode
from tests.announcing import CLARY
from tests.cli.conftest import CommandLine, invoice

INTERRUPTIBLE = (
    sys.executable,
    "-c",
    """
import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])
""",
)
"""Starts a command that can be interrupted, also where these tests run in the background
of a shell, which lets its children ignore the signal."""

CUSTOMERS = "SELECT COUNT(*) FROM customer_record"


def run(books: CommandLine, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own."""
    return subprocess.run(
        [CLARY, *arguments],
        env={"CLARY_HOME": str(books.home), "CLARY_SECRETS": "file", "PATH": ""},
        input=text,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


SECONDS = 60
"""Longest time that a command at a terminal may be silent."""


def at_terminal(
    books: CommandLine,
    arguments: tuple[str, ...],
    *,
    question: str = "",
    typed: str = "",
    **env: str,
) -> tuple[int, str]:
    """Run the command at a terminal, answer its question, and return its code and what is seen."""
    ours, theirs = pty.openpty()
    variables = {"CLARY_HOME": str(books.home), "TERM": "xterm-256color", "COLUMNS": "100"}
    process = subprocess.Popen(
        [CLARY, *arguments],
        env={**variables, **env},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen = b""
    waiting = question.encode("utf-8")
    while select.select([ours], [], [], SECONDS)[0]:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # the other end was closed
            break
        seen += piece
        if waiting and waiting in seen:
            waiting = b""
            os.write(ours, typed.encode("utf-8"))
    else:
        process.kill()
    code = process.wait()
    os.close(ours)
    return code, seen.decode("utf-8")


def test_data_goes_to_standard_output_and_all_else_to_standard_error(books: CommandLine) -> None:
    finished = run(books, "records", "query", "books", "customer")
    assert finished.returncode == 0
    assert "ACME" in finished.stdout
    assert finished.stderr == "1 record.\n"
    assert "\x1b" not in finished.stdout
    assert not [line for line in finished.stdout.splitlines() if line != line.rstrip()]


@pytest.mark.parametrize(
    "command",
    [
        "company journal books --format hledger",
        "company trial-balance books",
        "records query books customer --json",
        "records export books customer",
        "records export books customer --format csv",
        "records types",
        "plan list --json",
        "doctor",
        "--help",
        "records query --help",
        "--version",
    ],
)
def test_a_reader_that_stops_early_is_no_failure_of_ours(books: CommandLine, command: str) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody_reads:
        finished = subprocess.run(
            [CLARY, *command.split()],
            env={"CLARY_HOME": str(books.home), "CLARY_SECRETS": "file", "PATH": ""},
            stdout=nobody_reads,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            check=False,
        )
    assert (finished.returncode, finished.stderr) == (ExitCode.READER_GONE, "")


def test_what_is_to_be_written_is_written_also_where_nobody_reads(books: CommandLine) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as nobody_reads:
        finished = subprocess.run(
            [CLARY, "records", "delete", "books", "customer", "ACME", "--yes"],
            env={"CLARY_HOME": str(books.home), "CLARY_SECRETS": "file", "PATH": ""},
            stdout=nobody_reads,
            check=False,
        )
    assert finished.returncode == ExitCode.READER_GONE
    assert books.json("records", "query", "books", "customer")["count"] == 0


def test_a_stream_without_our_signs_gets_plain_ones(books: CommandLine) -> None:
    finished = subprocess.run(
        [CLARY, "company", "list"],
        env={"CLARY_HOME": str(books.home), "PYTHONIOENCODING": "cp1252", "PATH": ""},
        capture_output=True,
        encoding="cp1252",
        check=True,
    )
    head, line, *_ = finished.stdout.splitlines()
    assert set(line) == {"-"}
    assert len(head) <= len(line) < 80


def test_nothing_is_asked_where_no_person_sits(books: CommandLine) -> None:
    finished = run(books, "records", "delete", "books", "customer", "ACME", text="n\n")
    assert (finished.returncode, "?" in finished.stderr) == (0, False)


@pytest.mark.parametrize(("typed", "code", "left"), [("n\r", 1, 1), ("y\r", 0, 0)])
def test_a_person_at_a_terminal_is_asked_before_records_go(
    books: CommandLine, typed: str, code: int, left: int
) -> None:
    question = "Delete 1 of type customer in books? [y/N]"
    delete = ("records", "delete", "books", "customer", "ACME")
    ended, seen = at_terminal(books, delete, question=question, typed=typed)
    assert (ended, question in seen) == (code, True)
    assert books.json("records", "query", "books", "customer")["count"] == left


def test_yes_is_not_asked_again(books: CommandLine) -> None:
    delete = ("records", "delete", "books", "customer", "ACME", "--yes")
    ended, seen = at_terminal(books, delete)
    assert (ended, "[y/N]" in seen) == (0, False)


def test_a_password_is_not_shown_while_it_is_typed(books: CommandLine) -> None:
    change = ("company", "set", "books", "--secret", "password")
    ended, seen = at_terminal(
        books, change, question="password: ", typed="sesame\r", CLARY_SECRETS="file"
    )
    assert (ended, "sesame" in seen) == (0, False)
    secret = books.json("company", "list")["companies"][0]["drivers"][0]["settings"]["password"]
    assert secret == "********"


def test_an_undo_shows_its_plan_before_it_asks(books: CommandLine) -> None:
    text = json.dumps(invoice("1"))
    create = ("records", "create", "books", "sales_invoice", "-")
    ran = books.json(*create, text=text)["run"]["id"]
    question = "Take this back?"
    ended, seen = at_terminal(books, ("runs", "undo", ran), question=question, typed="n\r")
    assert ended == 1
    assert seen.index("void") < seen.index(question)
    assert books.json("company", "trial-balance", "books")["total_debit"] == "100.00"


def test_colours_are_for_terminals_and_can_be_switched_off(books: CommandLine) -> None:
    green = "\x1b[32m"
    assert green in at_terminal(books, ("company", "test", "books"))[1]
    assert green not in at_terminal(books, ("company", "test", "books"), NO_COLOR="1")[1]


def test_two_commands_at_once_make_one_installation(tmp_path: Path) -> None:
    home = CommandLine(tmp_path / "home")
    started = [
        subprocess.Popen(
            [CLARY, "sandbox", "create", name, "--edition", "us"],
            env={"CLARY_HOME": str(home.home), "CLARY_SECRETS": "file", "PATH": ""},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
        )
        for name in ("one", "two", "three")
    ]
    ended = [process.communicate()[1] for process in started]
    assert [process.returncode for process in started] == [0, 0, 0], ended
    assert len(home.json("company", "list")["companies"]) == 3


def test_work_that_a_person_interrupts_goes_on_later_and_is_done_once(
    books: CommandLine, tmp_path: Path
) -> None:
    count = 6_000
    file = tmp_path / "customers.jsonl"
    lines = (f'{{"id": "C{n}", "name": "C {n}", "account_id": "4000"}}\n' for n in range(count))
    file.write_text("".join(lines), encoding="utf-8")
    process = subprocess.Popen(
        [*INTERRUPTIBLE, CLARY, "records", "create", "books", "customer", file],
        env={"CLARY_HOME": str(books.home), "CLARY_SECRETS": "file", "PATH": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    # The file itself is watched, since it tells of the first group long before the last.
    with closing(sqlite3.connect(books.home / "companies" / "books.clary")) as watched:
        while process.poll() is None and watched.execute(CUSTOMERS).fetchone()[0] == 1:
            time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    told = process.communicate()[1]
    assert (process.returncode, "Traceback" in told) == (130, False), told
    assert "Interrupted" in told, told
    run = books.json("runs", "list", "--limit", "1")["runs"][0]
    assert told.strip().endswith(f"To go on: clary runs resume {run['id']}")
    query = ("records", "query", "books", "customer", "--fields", "id")
    assert 1 < books.json(*query)["count"] < count + 1
    done = books.json("runs", "resume", run["id"])
    assert (done["applied"] + done["skipped"], done["pending"]) == (count, 0)
    assert (
        books.json("records", "query", "books", "customer", "--fields", "id")["count"] == count + 1
    )
