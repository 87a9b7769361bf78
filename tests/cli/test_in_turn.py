"""Commands that write wait in turn behind a running server that holds the company."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import clary
from clary.engine.lease import Leases
from clary.hub.installation import Installation
from clary.hub.work import Work
from clary.kernel.settings import read
from tests.announcing import CLARY
from tests.cli.conftest import CommandLine, invoice
from tests.cli.test_serve import environment, running

SECONDS = 40.0


@pytest.fixture
def served(books: CommandLine) -> Iterator[Installation]:
    """Give the installation of `books` while a server works for it."""
    with (
        running(books.home, "serve", "--port", "0"),
        Installation(read(environment(books.home))) as opened,
    ):
        yield opened


@contextmanager
def held(opened: Installation) -> Iterator[None]:
    """Hold the company while the block lasts, as the server does while it writes."""
    (company,) = opened.connections.all()
    leases = Leases(opened.database, opened.clock)
    with leases.acquire(str(company.identity), "the server", 600):
        yield


def begun(home: Path, arguments: tuple[str, ...], text: str = "") -> subprocess.Popen[str]:
    command = subprocess.Popen(
        [CLARY, *arguments, "--json"],
        env={**os.environ, **environment(home)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )
    assert command.stdin is not None
    command.stdin.write(text)
    command.stdin.close()
    command.stdin = None
    return command


def wait_until_queued(opened: Installation) -> None:
    work = Work(opened.database, opened.clock)
    until = time.monotonic() + SECONDS
    while not work.waiting("books"):
        assert time.monotonic() < until
        time.sleep(0.05)


def in_turn(books: CommandLine, opened: Installation, *arguments: str, text: str = "") -> object:
    """Run a command while the company is held; it ends once the server has done its work."""
    with held(opened):
        refused = books(*arguments, "--no-wait", "--json", text=text)
        assert (refused.code, refused.error["code"]) == (4, "LEASE_HELD")
        command = begun(books.home, arguments, text)
        wait_until_queued(opened)
    out, err = command.communicate(timeout=SECONDS)
    assert command.returncode == 0, (arguments, out, err)
    assert "Waiting in turn" in err
    return json.loads(out)


def test_records_are_written_in_turn(books: CommandLine, served: Installation) -> None:
    stated = json.dumps({"id": "NEW", "name": "New Ltd"})
    in_turn(books, served, "records", "create", "books", "customer", "-", text=stated)
    changed = json.dumps({"id": "NEW", "name": "Newer Ltd"})
    in_turn(books, served, "records", "update", "books", "customer", "-", text=changed)
    found = books.json("records", "get", "books", "customer", "NEW")
    assert "Newer Ltd" in json.dumps(found)
    in_turn(books, served, "records", "delete", "books", "customer", "NEW", "--yes")
    posted = json.dumps(invoice("1001"))
    done = in_turn(books, served, "records", "create", "books", "sales_invoice", "-", text=posted)
    assert isinstance(done, dict)
    run = str(done["run"]["id"])
    in_turn(books, served, "runs", "undo", run, "--yes")


def test_an_import_is_written_in_turn(
    books: CommandLine, served: Installation, tmp_path: Path
) -> None:
    exported = tmp_path / "customers.xml"
    customer = "<PAW_Customer><ID>OTHER</ID><Name>Other</Name></PAW_Customer>"
    exported.write_text(f"<PAW_Customers>{customer}</PAW_Customers>", encoding="utf-8")
    in_turn(books, served, "records", "import", "books", str(exported))
    assert books.json("records", "get", "books", "customer", "OTHER")


def test_a_plan_and_a_run_go_on_in_turn(books: CommandLine, served: Installation) -> None:
    stated = json.dumps({"id": "NEW", "name": "New Ltd"})
    asked = ("records", "create", "books", "customer", "-", "--dry-run")
    plan = str(books.json(*asked, text=stated)["plan"]["id"])
    in_turn(books, served, "plan", "apply", plan)
    books.ok("sandbox", "fault", "books", "busy", "--times", "4")
    other = json.dumps({"id": "OTHER", "name": "Other Ltd"})
    waits = books("records", "create", "books", "customer", "-", "--json", text=other)
    assert waits.code == 4, waits.out
    run = str(waits.json["run"]["id"])
    in_turn(books, served, "runs", "resume", run)
    assert books.json("records", "get", "books", "customer", "OTHER")


def test_a_restore_waits_for_the_server_and_keeps_it_away(
    books: CommandLine, served: Installation, tmp_path: Path
) -> None:
    copy = str(tmp_path / "copy.clary")
    books.ok("company", "backup", "books", copy)
    arguments = ("company", "restore", "books", copy, "--yes")
    with held(served):
        refused = books(*arguments, "--no-wait", "--json")
        assert (refused.code, refused.error["code"]) == (4, "LEASE_HELD")
        command = begun(books.home, arguments)
        work = Work(served.database, served.clock)
        until = time.monotonic() + SECONDS
        while not work.is_paused("books"):
            assert time.monotonic() < until
            time.sleep(0.05)
    out, err = command.communicate(timeout=SECONDS)
    assert command.returncode == 0, (out, err)
    assert not work.is_paused("books")


def test_everything_that_applies_plans_does_it_in_turn() -> None:
    """Hold that commands and the services behind them queue where a server has the company."""
    sources = Path(clary.__file__).parent
    themselves = {"applying.py", "queueing.py", "working.py"}
    files = [*(sources / "cli").glob("*.py"), *(sources / "hub" / "services").glob("*.py")]
    calls = re.compile(r"\b(apply_plan|resume_run)\(installation")
    found = [each.name for each in files if calls.search(each.read_text(encoding="utf-8"))]
    assert sorted(found) == sorted(themselves)
