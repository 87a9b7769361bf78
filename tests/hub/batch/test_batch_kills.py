"""Kill -9 between the export and the batch, and a site that fails: each document once."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.runs import UNFINISHED, Runs
from clary.hub.services import batches
from clary.hub.services.applying import Applying, resume_run
from clary.hub.services.batch_running import Ended
from clary.kernel.errors import ClaryError
from tests.hub.batch.killed import NUMBER, PLANNING
from tests.hub.batch.office import APP, BRANCH, Office
from tests.surroundings import ROOT, unmeasured

pytestmark = pytest.mark.kills

EXPORTS, CHUNKS, DOCUMENTS = 4, 4, 10
"""Exports and chunks that the batch of the location takes, and its documents."""

ONCE = ("run opened", "plan checked", "run closed")
POINTS = [
    *(("export computed", count) for count in range(1, EXPORTS + 1)),
    ("plan stored", 1),
    *(
        (point, count)
        for point in JOURNAL_POINTS
        for count in range(1, 2 if point in ONCE else CHUNKS + 1)
    ),
]


def start(office: Office, point: str, occurrence: int) -> subprocess.CompletedProcess[str]:
    folder = str(office.folder)
    command = [sys.executable, "-m", "tests.hub.batch.killed", folder, point, str(occurrence)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=unmeasured(),
        check=False,
        timeout=120,
        capture_output=True,
        encoding="utf-8",
    )


def assert_each_once(office: Office) -> None:
    ours = office.ours()
    assert len(ours) == len(set(ours)) == DOCUMENTS
    assert office.waiting(location=BRANCH) == []
    assert office.half_batched() == []
    rows = "SELECT count(*) FROM gl WHERE batch_id IS NOT NULL AND role <> 'implied'"
    [(count,)] = office.at_site(rows)
    held = [
        row
        for (number,) in office.at_site("SELECT identifier FROM batch")
        for row in office.batched(number)
    ]
    assert len(held) == len(set(held)) == count


def unfinished(office: Office) -> list[str]:
    runs = Runs(office.installation.database).list()
    return [run.id for run in runs if run.state in UNFINISHED]


def test_every_point_is_enumerated(us: Office) -> None:
    ended = start(us, "never", 1)
    assert ended.returncode == 0, ended.stderr
    trips = ended.stdout.splitlines()
    passed = [(point, trips[: place + 1].count(point)) for place, point in enumerate(trips)]
    assert sorted(passed) == sorted(POINTS)
    assert_each_once(us)


def code_of(point: str, occurrence: int) -> str:
    """Return how the number is refused: begun, or made by a run that only did not say so."""
    made = point == "run closed" or (point == "chunk concluded" and occurrence == CHUNKS)
    return "BATCH_IDENTIFIER_TAKEN" if made else "BATCH_UNFINISHED"


@pytest.mark.parametrize(("point", "occurrence"), POINTS)
def test_the_same_command_again_goes_on(us: Office, point: str, occurrence: int) -> None:
    killed = start(us, point, occurrence)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if point in PLANNING:
        assert us.run(NUMBER, location=BRANCH).ended is Ended.COMPLETED
    else:
        with pytest.raises(ClaryError) as caught:
            us.run(NUMBER, location=BRANCH)
        assert caught.value.code == code_of(point, occurrence)
        for run in unfinished(us):
            resume_run(us.installation, run, Applying())
    assert_each_once(us)
    assert us.at_site("SELECT identifier FROM batch") == [(NUMBER,)]
    view = batches.show_batch(us.installation, APP, NUMBER)
    assert (view.batch.state.value, sum(view.counts.values())) == ("posted", DOCUMENTS)


@pytest.mark.parametrize("point", ["chunk sent", "chunk written", "chunk concluded"])
@pytest.mark.parametrize("occurrence", [1, 3, CHUNKS])
def test_another_batch_takes_over_what_was_left(us: Office, point: str, occurrence: int) -> None:
    assert start(us, point, occurrence).returncode == -signal.SIGKILL
    done = us.run("OTHER", location=BRANCH)
    if done.ended is Ended.FAILED:
        # Some were sent, and whether they arrived is for their own run to find out.
        assert {each.code for each in done.errors} == {"ORIGIN_PENDING", "BATCH_BLOCKED"}
    for run in unfinished(us):
        resume_run(us.installation, run, Applying())
    us.run("LAST", location=BRANCH)
    assert_each_once(us)


class TestSiteThatFails:
    """The site does the work and does not say so."""

    @pytest.mark.parametrize("kind", ["error-after", "drop-after", "malformed", "error-before"])
    def test_while_it_makes_the_batch(self, us: Office, kind: str) -> None:
        us.site.fault(kind, method="POST", path="finance/accounting/batches")
        done = us.run("B", location=BRANCH)
        self.goes_on(us, done.ended)

    def test_a_time_out_after_the_batch_was_made(self, us_hasty: Office) -> None:
        path = "finance/accounting/batches"
        us_hasty.site.fault("hang-after", method="POST", path=path, seconds=3)
        done = us_hasty.run("B", location=BRANCH)
        self.goes_on(us_hasty, done.ended)

    def test_an_outage_that_lasts_is_resumed(self, us: Office) -> None:
        path = "finance/accounting/batches"
        planned = us.plan("B", location=BRANCH)
        us.site.fault("error-after", method="POST", path=path)
        us.site.fault("login-page", method="GET", path=path, times=1000)
        done = us.apply(planned)
        assert done.ended is Ended.WAITING
        us.site.clear_faults()
        with pytest.raises(ClaryError) as caught:
            us.plan("B", location=BRANCH)
        assert caught.value.code == "BATCH_UNFINISHED"
        self.goes_on(us, done.ended)

    @staticmethod
    def goes_on(us: Office, ended: Ended) -> None:
        if ended is Ended.WAITING:
            [run] = unfinished(us)
            assert resume_run(us.installation, run, Applying()).run.pending == 0
        assert_each_once(us)
        assert us.at_site("SELECT identifier FROM batch") == [("B",)]
        view = batches.show_batch(us.installation, APP, "B")
        assert view.batch.state.value == "posted"
