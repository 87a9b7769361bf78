"""The installed command, started as people and schedulers start it."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine, invoice

CLARY = Path(sys.executable).with_name("clary")


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


def at_terminal(books: CommandLine, arguments: tuple[str, ...], typed: str, **env: str) -> str:
    """Run the command at a terminal of its own, type something, and return what is seen."""
    process, terminal = pty.fork()
    if process == 0:  # the child: nothing of it is covered or returns
        variables = {"CLARY_HOME": str(books.home), "TERM": "xterm-256color", "COLUMNS": "100"}
        os.execve(CLARY, ["clary", *arguments], {**variables, **env})
    os.write(terminal, typed.encode("utf-8"))
    seen = b""
    while True:
        try:
            piece = os.read(terminal, 65_536)
        except OSError:  # the other end was closed
            break
        if not piece:
            break
        seen += piece
    _, status = os.waitpid(process, 0)
    os.close(terminal)
    return f"{os.waitstatus_to_exitcode(status)}\n{seen.decode('utf-8')}"


def test_data_goes_to_standard_output_and_all_else_to_standard_error(books: CommandLine) -> None:
    finished = run(books, "records", "query", "books", "customer")
    assert finished.returncode == 0
    assert "ACME" in finished.stdout
    assert finished.stderr == "1 record.\n"
    assert "\x1b" not in finished.stdout
    assert not [line for line in finished.stdout.splitlines() if line != line.rstrip()]


def test_a_reader_that_stops_early_is_no_failure_of_ours(books: CommandLine) -> None:
    finished = subprocess.run(
        f"'{CLARY}' company journal books --format hledger | true",
        shell=True,
        env={"CLARY_HOME": str(books.home), "PATH": "/bin:/usr/bin"},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    assert "Traceback" not in finished.stderr


def test_nothing_is_asked_where_no_person_sits(books: CommandLine) -> None:
    finished = run(books, "records", "delete", "books", "customer", "ACME", text="n\n")
    assert (finished.returncode, "?" in finished.stderr) == (0, False)


@pytest.mark.parametrize(("typed", "code", "left"), [("n\r", 1, 1), ("y\r", 0, 0)])
def test_a_person_at_a_terminal_is_asked_before_records_go(
    books: CommandLine, typed: str, code: int, left: int
) -> None:
    seen = at_terminal(books, ("records", "delete", "books", "customer", "ACME"), typed)
    assert seen.startswith(f"{code}\n")
    assert "Delete 1 of type customer in books? [y/N]" in seen
    assert books.json("records", "query", "books", "customer")["count"] == left


def test_yes_is_not_asked_again(books: CommandLine) -> None:
    seen = at_terminal(books, ("records", "delete", "books", "customer", "ACME", "--yes"), "")
    assert seen.startswith("0\n")
    assert "[y/N]" not in seen


def test_a_password_is_not_shown_while_it_is_typed(books: CommandLine) -> None:
    change = ("company", "set", "books", "--secret", "password")
    seen = at_terminal(books, change, "sesame\r", CLARY_SECRETS="file")
    assert seen.startswith("0\n")
    assert "password:" in seen
    assert "sesame" not in seen


def test_an_undo_shows_its_plan_before_it_asks(books: CommandLine) -> None:
    text = json.dumps(invoice("1"))
    create = ("records", "create", "books", "sales_invoice", "-")
    ran = books.json(*create, text=text)["run"]["id"]
    seen = at_terminal(books, ("runs", "undo", ran), "n\r")
    assert seen.startswith("1\n")
    assert seen.index("void") < seen.index("Take this back?")
    assert books.json("company", "trial-balance", "books")["total_debit"] == "100.00"


def test_colours_are_for_terminals_and_can_be_switched_off(books: CommandLine) -> None:
    shown = at_terminal(books, ("runs", "list"), "")
    assert "\x1b[1m" in shown
    plain = at_terminal(books, ("company", "test", "books"), "", NO_COLOR="1")
    assert "\x1b[32m" not in plain
    assert "\x1b[32m" in at_terminal(books, ("company", "test", "books"), "")


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
