"""Told to end in the middle of a long plan, a process ends within seconds and holds nothing."""

from __future__ import annotations

import select
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select as selecting

from clary.engine.journal import JournalState
from clary.engine.runs import Runs, RunState
from clary.engine.tables import JOURNAL, LEASES
from clary.hub.installation import Installation
from clary.hub.services.deciding import change_decision
from clary.kernel.settings import read
from tests.announcing import CLARY
from tests.hub.work.office import company, customers, queue_customers, work_of

WANTED = [f"C{number:05}" for number in range(4000)]
GROUP = "HOST/clary/sdo"
END_SECONDS = 10
"""A process that was told to end has ended after this time, however long its plan still is."""


@pytest.fixture
def settings(tmp_path: Path, migrated_url: str) -> dict[str, str]:
    return {
        "CLARY_HOME": str(tmp_path / "home"),
        "CLARY_SECRETS": "file",
        "CLARY_DATABASE_URL": migrated_url,
    }


@pytest.fixture
def loaded(settings: dict[str, str]) -> Iterator[Installation]:
    with Installation(read(settings), actor="Ada") as installation:
        company(installation, "Alpha")
        change_decision(installation, "session_group", GROUP, "Alpha")
        queue_customers(installation, "Alpha", *WANTED)
        yield installation


def started(settings: dict[str, str], *command: str) -> subprocess.Popen[bytes]:
    """Start a process and wait until it says that it works."""
    process = subprocess.Popen(
        [CLARY, *command], env={"PATH": "", **settings}, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert select.select([process.stdout], [], [], 60)[0]
    assert process.stdout.readline()
    return process


def ended(process: subprocess.Popen[bytes]) -> float:
    """Tell a process to end and return how many seconds that took."""
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    return time.monotonic() - began


def wait_for(installation: Installation, count: int) -> None:
    until = time.monotonic() + 60
    while len(customers(installation, "Alpha")) < count:
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.both_databases
@pytest.mark.parametrize("command", [("worker",), ("serve", "--port", "0")])
def test_an_end_in_the_middle_of_a_long_plan(
    loaded: Installation, settings: dict[str, str], command: tuple[str, ...]
) -> None:
    process = started(settings, *command)
    wait_for(loaded, 100)
    assert ended(process) < END_SECONDS
    with loaded.database.read() as connection:
        held = selecting(LEASES.c.identity).where(LEASES.c.owner != "")
        assert connection.execute(held).all() == []
        sent = selecting(JOURNAL.c.number).where(JOURNAL.c.state == JournalState.SENT.value)
        assert connection.execute(sent).all() == []
    with closing(sqlite3.connect(loaded.sandbox_file("Alpha"))) as books:
        assert books.execute("SELECT count(*) FROM logon").fetchone() == (0,)
    done = customers(loaded, "Alpha")
    assert 100 <= len(done) < len(WANTED)
    (run,) = Runs(loaded.database).list("Alpha")
    assert run.state is RunState.INTERRUPTED
    lane = work_of(loaded).lane("Alpha")
    assert (lane.waiting, lane.draining_by, lane.reason_code) == (1, None, None)
    # The next start goes on at once, where this one ended.
    again = started(settings, *command)
    began = time.monotonic()
    wait_for(loaded, len(done) + 1)
    assert time.monotonic() - began < END_SECONDS
    wait_for(loaded, len(WANTED))
    ended(again)
    assert customers(loaded, "Alpha") == WANTED
    (run,) = Runs(loaded.database).list("Alpha")
    assert (run.state, run.applied) == (RunState.FINISHED, len(WANTED))
