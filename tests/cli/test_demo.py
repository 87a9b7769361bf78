"""The demo does the main jobs on both editions and leaves nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from clary.demo.documents import PLACES
from clary.demo.once import Report
from clary.demo.story import Check
from tests.cli.conftest import CommandLine

MOST_SECONDS = 25


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - any document
    """Run the demo once, as its users do, and return its document, time and folder."""
    folder = tmp_path_factory.mktemp("demo")
    home, temporary = folder / "home", folder / "temporary"
    temporary.mkdir()
    started = time.monotonic()
    ended = subprocess.run(
        [Path(sys.executable).with_name("clary"), "demo", "--once", "--json"],
        env={"CLARY_HOME": str(home), "TMPDIR": str(temporary), "PATH": ""},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    taken = time.monotonic() - started
    return json.loads(ended.stdout), taken, folder, ended.stderr


def test_it_is_done_in_time(finished: Any) -> None:  # noqa: ANN401 - as above
    assert finished[1] < MOST_SECONDS


def test_it_prints_one_document_of_the_agreed_shape(finished: Any) -> None:  # noqa: ANN401 - as above
    document = finished[0]
    assert set(document) == {"companies", "runs", "checks"}
    assert {company["edition"] for company in document["companies"]} == {"us", "uk"}
    wanted = {"flow", "company", "planned", "applied", "skipped", "rejected", "pending", "failed"}
    assert all(wanted <= set(run) for run in document["runs"])
    assert {run["flow"] for run in document["runs"]} == {"operations", "undo"}
    assert all(set(check) == {"name", "ok"} for check in document["checks"])


def test_every_check_passes_on_both_editions(finished: Any) -> None:  # noqa: ANN401 - as above
    checks = finished[0]["checks"]
    assert [check["name"] for check in checks if not check["ok"]] == []
    for place in PLACES.values():
        assert sum(check["name"].startswith(place.company) for check in checks) == 6


def test_everything_was_applied_or_skipped(finished: Any) -> None:  # noqa: ANN401 - as above
    for run in finished[0]["runs"]:
        assert run["applied"] + run["skipped"] == run["planned"] == 1, run
    skipped = [run for run in finished[0]["runs"] if run["skipped"]]
    assert len(skipped) == 6


def test_nothing_is_left_behind(finished: Any) -> None:  # noqa: ANN401 - as above
    _, _, folder, complaints = finished
    assert complaints == ""
    assert not (folder / "home").exists()
    assert list((folder / "temporary").iterdir()) == []


def test_people_can_read_what_it_did(clary: CommandLine) -> None:
    answer = clary.ok("demo")
    lines = answer.out.splitlines()
    for place in PLACES.values():
        [heading] = [n for n, line in enumerate(lines) if line.startswith(place.title)]
        assert lines[heading + 1] == "─" * len(lines[heading])
    assert "nothing was posted twice" in answer.out
    assert "All 12 checks passed." in answer.out
    assert "Working with demo-us" in answer.err
    assert not (clary.home / "clary.db").exists()


def test_a_check_that_fails_is_seen() -> None:
    class OneCheck(Report):
        @property
        def checks(self) -> list[Check]:
            return [Check("it is so", ok=False, told="it is not so")]

    assert OneCheck(()).ok is False
