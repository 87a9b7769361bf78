"""Kill -9 at every point between two durable steps loses nothing and doubles nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.runs import UNFINISHED, RunState
from tests.engine.killed import POINTS, customers_wanted, entries, prepare
from tests.engine.little_store import LittleStore
from tests.engine.workshop import Workshop
from tests.surroundings import ROOT, unmeasured

pytestmark = pytest.mark.kills

LAST_POINT = JOURNAL_POINTS[-1]


def kill(folder: Path, point: str, occurrence: int) -> int:
    command = [sys.executable, "-m", "tests.engine.killed", str(folder), point, str(occurrence)]
    ended = subprocess.run(command, cwd=ROOT, env=unmeasured(), check=False, timeout=60)
    return ended.returncode


@pytest.fixture
def prepared(folder: Path) -> Path:
    store = LittleStore(folder / "little.db")
    prepare(store)
    store.close()
    return folder


def assert_done_once(workshop: Workshop) -> None:
    store = workshop.store
    assert store.bodies("customer") == customers_wanted()
    assert len(store.bodies("invoice")) == 13
    assert [body["for"] for body in store.bodies("invoice") if "for" in body] == ["NEW"]
    assert sum(1 for body in store.bodies("invoice") if body.get("void")) == 1
    repeated = {what: n for what, n in Counter(store.writes()).items() if n > 1}
    assert repeated == {"update customer OLD": 2}


def resume_all(workshop: Workshop) -> None:
    for run in reversed(workshop.runs.list()):
        if run.state in UNFINISHED:
            ended = workshop.resume(run.id)
            assert (ended.state, ended.applied + ended.skipped) == (RunState.FINISHED, 18)


@pytest.mark.parametrize("point", POINTS)
def test_a_run_that_is_resumed_does_every_change_once(prepared: Path, point: str) -> None:
    occurrence = 1 if point in ("run opened", "plan checked", LAST_POINT) else 2
    assert kill(prepared, point, occurrence) == -signal.SIGKILL
    with Workshop(prepared, takes_over=True) as workshop:
        assert (workshop.store.writes() == []) == (point in JOURNAL_POINTS[:2])
        resume_all(workshop)
        assert_done_once(workshop)


@pytest.mark.parametrize("point", ["chunk sent", "before commit", "after commit", "chunk written"])
def test_a_resumed_run_can_be_killed_again(prepared: Path, point: str) -> None:
    assert kill(prepared, point, 1) == -signal.SIGKILL
    assert kill(prepared, point, 1) == -signal.SIGKILL
    with Workshop(prepared, takes_over=True) as workshop:
        resume_all(workshop)
        assert_done_once(workshop)


@pytest.mark.parametrize("point", ["chunk sent", "after commit", "chunk concluded"])
def test_the_same_documents_in_a_new_plan_are_not_doubled(prepared: Path, point: str) -> None:
    assert kill(prepared, point, 2) == -signal.SIGKILL
    with Workshop(prepared, takes_over=True) as workshop:
        # Change 5 is voided by the plan itself and would rightly be posted again.
        documents = [c for c in entries() if c.origin and not c.depends_on and c.number != 5]
        run = workshop.apply(*documents)
        assert (run.applied + run.skipped, run.pending) == (11, 0)
        assert workshop.runs.list()[1].state is RunState.INTERRUPTED
        resume_all(workshop)
        assert len(workshop.store.bodies("invoice")) == 13
