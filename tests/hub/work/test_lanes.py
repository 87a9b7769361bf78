"""Lanes at work: two workers never write one company at once, and an end leaves nothing held."""

from __future__ import annotations

import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select

from clary.engine.runs import Runs, RunState
from clary.engine.tables import LEASES
from clary.hub.installation import Installation
from clary.kernel.settings import read
from tests.announcing import CLARY
from tests.hub.work.office import company, customers, queue_customers, work_of
from tests.surroundings import ROOT

COMPANIES = ("Alpha", "Beta")
PLANS = 12
WANTED = [f"C{number:02}" for number in range(PLANS)]


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
        for name in COMPANIES:
            company(installation, name)
            for each in WANTED:
                queue_customers(installation, name, each)
        yield installation


def worker(settings: dict[str, str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tests.hub.work.killed", "none", "1"]
    return subprocess.Popen(command, cwd=ROOT, env={"PATH": "", **settings})


def logons(installation: Installation, name: str) -> int:
    """Return how many sessions a company has at this moment."""
    with closing(sqlite3.connect(installation.sandbox_file(name))) as books:
        return int(books.execute("SELECT count(*) FROM logon").fetchone()[0])


def holders(installation: Installation) -> dict[tuple[str, int], str]:
    """Return who holds which company, by the lease's epoch."""
    with installation.database.read() as connection:
        rows = connection.execute(select(LEASES).where(LEASES.c.owner != "")).all()
    return {(row.identity, row.epoch): row.owner for row in rows}


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_two_workers_never_write_one_company_at_once(
    loaded: Installation, settings: dict[str, str]
) -> None:
    workers = [worker(settings) for _ in range(2)]
    held: dict[tuple[str, int], set[str]] = {}
    while any(each.poll() is None for each in workers):
        for what, owner in holders(loaded).items():
            held.setdefault(what, set()).add(owner)
        assert all(logons(loaded, name) <= 1 for name in COMPANIES)
        time.sleep(0.01)
    assert [each.wait() for each in workers] == [0, 0]
    assert held
    assert all(len(owners) == 1 for owners in held.values())
    assert all(customers(loaded, name) == WANTED for name in COMPANIES)


@pytest.mark.both_databases
def test_a_clean_end_leaves_nothing_half_done_or_held(
    loaded: Installation, settings: dict[str, str]
) -> None:
    process = subprocess.Popen(
        [CLARY, "worker"],
        env={"PATH": "", **settings},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    while not Runs(loaded.database).list("Alpha"):
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert holders(loaded) == {}
    for name in COMPANIES:
        assert logons(loaded, name) == 0
        runs = Runs(loaded.database).list(name)
        assert {run.state for run in runs} <= {RunState.FINISHED, RunState.INTERRUPTED}
        done = customers(loaded, name)
        assert done == WANTED[: len(done)]
        assert work_of(loaded).lane(name).waiting == PLANS - len(done)
        assert work_of(loaded).lane(name).draining_by is None
