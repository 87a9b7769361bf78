"""Kill -9 at every point of a sync of payments: run again, each payment is there once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from clary.engine.executor import JOURNAL_POINTS
from clary.engine.runs import UNFINISHED, Runs
from clary.hub.services.applying import Applying, RunAnswer, resume_run
from clary.hub.services.payments import Outcome
from clary.kernel.errors import Guarded
from tests.paying import Billed, Paying, paying
from tests.sites import connectwise_site
from tests.surroundings import ROOT, unmeasured

pytestmark = pytest.mark.kills

CHUNKS = 2
"""Chunks that three payments go in, as the one who is killed sends two at once."""

ONCE = ("run opened", "plan checked", "run closed")
POINTS = [
    ("plan stored", 1),
    *(
        (point, count)
        for point in JOURNAL_POINTS
        for count in range(1, 2 if point in ONCE else CHUNKS + 1)
    ),
]


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paying]:
    """Give a company and a site that billed it, with invoices for every point."""
    folder = tmp_path_factory.mktemp("killed")
    with (
        connectwise_site(folder, "--seed", "us", "--invoices", "120") as site,
        paying(folder, site, "us") as sides,
    ):
        yield sides


@pytest.fixture
def billed(pair: Paying) -> list[Billed]:
    """Let Sage show more paid of an invoice than ConnectWise, one in full, and one less."""
    more, full, less = pair.post(), pair.post(), pair.post()
    pair.pay(more, 400)
    taken = pair.pay(less, 300)
    pair.sync()
    pair.pay(more, 500)
    pair.pay(full, full.total)
    pair.take_back("receipt", taken)
    pair.pay(less, 100)
    return [more, full, less]


def start(pair: Paying, point: str, occurrence: int) -> subprocess.CompletedProcess[str]:
    home = str(pair.installation.settings.home)
    command = [sys.executable, "-m", "tests.hub.payments_killed", home, point, str(occurrence)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=unmeasured(),
        check=False,
        timeout=120,
        capture_output=True,
        encoding="utf-8",
    )


def unfinished(pair: Paying) -> list[str]:
    runs = Runs(pair.installation.database).list()
    return [run.id for run in runs if run.state in UNFINISHED]


def resumed(pair: Paying) -> RunAnswer:
    """Go on with the run that was killed."""
    [run] = unfinished(pair)
    return resume_run(pair.installation, run, Applying())


def assert_each_once(pair: Paying, billed: list[Billed]) -> None:
    more, full, less = billed
    assert pair.paid(more) == [("P", "9.00", None)]
    assert pair.paid(full) == [("P", f"{full.total / 100:.2f}", "2026-03-02")]
    assert pair.paid(less) == [("P", "1.00", None)]
    assert pair.sync("month").outcome is Outcome.NOTHING


def test_every_point_is_enumerated(pair: Paying, billed: list[Billed]) -> None:
    ended = start(pair, "never", 1)
    assert ended.returncode == 0, ended.stderr
    trips = ended.stdout.splitlines()
    passed = [(point, trips[: place + 1].count(point)) for place, point in enumerate(trips)]
    assert sorted(passed) == sorted(POINTS)
    assert_each_once(pair, billed)


@pytest.mark.parametrize(("point", "occurrence"), POINTS)
def test_run_again_each_payment_is_there_once(
    pair: Paying, billed: list[Billed], point: str, occurrence: int
) -> None:
    killed = start(pair, point, occurrence)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    if unfinished(pair):
        with pytest.raises(Guarded) as caught:
            pair.sync()
        assert caught.value.code == "PAYMENTS_UNFINISHED"
        answer = resumed(pair)
        assert (answer.run.pending, answer.run.applied + answer.run.skipped) == (0, len(billed))
    pair.sync()
    assert_each_once(pair, billed)


def test_what_was_sent_is_found_and_what_was_not_is_checked_again(
    pair: Paying, billed: list[Billed]
) -> None:
    """The payments of two invoices had arrived; that of the third was never sent."""
    more, full, less = billed
    assert start(pair, "chunk written", 1).returncode == -signal.SIGKILL
    assert [len(pair.paid(each)) for each in billed] == [1, 1, 1]
    assert (pair.paid(more), pair.paid(less)) == ([("P", "9.00", None)], [("P", "3.00", None)])
    pair.pay(more, 50)
    pair.pay(less, 50)
    run = resumed(pair).run
    assert (run.applied, run.rejected, run.pending) == (2, 1, 0)
    assert (pair.paid(more), pair.paid(less)) == ([("P", "9.00", None)], [("P", "3.00", None)])
    pair.sync()
    assert (pair.paid(more), pair.paid(less)) == ([("P", "9.50", None)], [("P", "1.50", None)])
    assert len(pair.paid(full)) == 1
