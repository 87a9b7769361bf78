"""`clary serve`, `clary worker` and `clary work`: one line, work done, and a clean end."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from clary.engine.lease import Leases
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying
from clary.hub.services.working import queue_plan
from clary.hub.workers import Workers
from clary.kernel.settings import read
from tests.announcing import CLARY
from tests.cli.conftest import CommandLine

CUSTOMER = json.dumps({"id": "NEW", "name": "New Ltd"})


@contextmanager
def running(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Start a command that goes on until it is told to end, and give what it told."""
    process = subprocess.Popen(
        [CLARY, *arguments, "--json"],
        env={**os.environ, **environment(home)},
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        text = "".join(iter(process.stdout.readline, "}\n")) + "}"
        yield process, json.loads(text)
    finally:
        process.terminate()
        process.communicate(timeout=30)


def queued(clary: CommandLine) -> str:
    """Have a plan wait for `books`, and return its id."""
    plan = planned(clary)
    with Installation(read(environment(clary.home))) as opened:
        queue_plan(opened, plan, Applying())
    return plan


def environment(home: Path) -> dict[str, str]:
    return {"CLARY_HOME": str(home), "CLARY_SECRETS": "file"}


def planned(clary: CommandLine) -> str:
    """Store a plan for `books`, and return its id."""
    asked = ("records", "create", "books", "customer", "-", "--dry-run")
    document = clary.json(*asked, text=CUSTOMER)
    return str(document["plan"]["id"])


def wait_until_done(clary: CommandLine) -> None:
    until = time.monotonic() + 20
    while clary.json("work", "list", "books")["lanes"][0]["waiting"]:
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_tells_its_address_and_ends_cleanly(
    clary: CommandLine, number: signal.Signals
) -> None:
    with running(clary.home, "serve", "--port", "0") as (process, told):
        assert httpx.get(f"{told['url']}/healthz").json() == {"status": "ok"}
        metrics = httpx.get(f"{told['url']}/metrics").text
        assert "clary_workers 1.0" in metrics
        assert "clary_work_waiting 0.0" in metrics
        process.send_signal(number)
        assert process.wait(30) == 0


def test_a_server_does_what_waits(books: CommandLine) -> None:
    with running(books.home, "serve", "--port", "0"):
        queued(books)
        wait_until_done(books)
    assert books.json("records", "get", "books", "customer", "NEW")


def test_a_server_without_worker_leaves_the_work_to_others(books: CommandLine) -> None:
    with running(books.home, "serve", "--port", "0", "--no-worker") as (_, told):
        queued(books)
        assert "clary_work_waiting 1.0" in httpx.get(f"{told['url']}/metrics").text
        with running(books.home, "worker"):
            wait_until_done(books)


def test_one_process_works_on_sqlite(clary: CommandLine) -> None:
    with running(clary.home, "worker"):
        answer = clary("worker", "--json")
    assert (answer.code, answer.error["code"]) == (4, "LANES_TAKEN")


def test_a_port_that_is_taken_says_so(clary: CommandLine) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        answer = clary("serve", "--port", taken.getsockname()[1], "--json")
    assert (answer.code, answer.error["code"]) == (3, "PORT_TAKEN")


def test_work_is_listed_paused_and_drained_by_hand(books: CommandLine) -> None:
    assert "No company" in books.ok("work", "list").err
    queued(books)
    books.ok("work", "pause", "books", "--dry-run")
    assert books.json("work", "list")["lanes"][0]["paused_by"] is None
    assert "Paused books: 1 waiting" in books.ok("work", "pause", "books").out
    (lane,) = books.json("work", "list", "books")["lanes"]
    assert (lane["reason_code"], lane["waiting"], len(lane["items"])) == ("WORK_PAUSED", 1, 1)
    assert "Going on" in books.ok("work", "resume", "books").out
    assert "plan" in books.ok("work", "list", "books").out
    drained = books.json("work", "drain", "books")
    assert (drained["done"], drained["set_aside"], drained["waiting"]) == (1, 0, 0)
    assert "0 done" in books.ok("work", "drain", "books").out
    assert "0 set aside" in books.ok("work", "retry", "books").out


def test_a_plan_waits_in_turn_while_the_server_writes(books: CommandLine) -> None:
    plan = planned(books)
    with Installation(read(environment(books.home))) as opened:
        (company,) = opened.connections.all()
        worker = Workers(opened.database, opened.clock).begin("test", alone=False)
        leases = Leases(opened.database, opened.clock)
        with leases.acquire(str(company.identity), "the server", 60):
            answer = books("plan", "apply", plan, "--no-wait", "--json")
            assert (answer.code, answer.error["code"]) == (4, "LEASE_HELD")
            command: list[str | Path] = [CLARY, "plan", "apply", plan, "--json"]
            waiting = subprocess.Popen(
                command,
                env={**os.environ, **environment(books.home)},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                encoding="utf-8",
            )
            until = time.monotonic() + 20
            while not books.json("work", "list")["lanes"]:
                assert time.monotonic() < until
                time.sleep(0.2)
        Workers(opened.database, opened.clock).end(worker)
    assert books.json("work", "drain", "books")["done"] == 1
    out, err = waiting.communicate(timeout=20)
    assert waiting.returncode == 0
    assert json.loads(out)["applied"] == 1
    assert "Waiting in turn" in err
