"""The demo does the main jobs on both editions and leaves nothing behind."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from clary.demo.checks import Check
from clary.demo.documents import PLACES
from clary.demo.once import Report
from tests.cli.conftest import CommandLine

MOST_SECONDS = 25 / 2
"""Seconds of work: it ends within 25 even where another program keeps each core busy."""


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Any:  # noqa: ANN401 - any document
    """Run the demo once, as its users do, and return its document, work and folder."""
    folder = tmp_path_factory.mktemp("demo")
    home, temporary = folder / "home", folder / "temporary"
    temporary.mkdir()
    before = os.times()
    ended = subprocess.run(
        [Path(sys.executable).with_name("clary"), "demo", "--once", "--json"],
        env={"CLARY_HOME": str(home), "TMPDIR": str(temporary), "PATH": ""},
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    after = os.times()
    worked = after.children_user + after.children_system
    worked -= before.children_user + before.children_system
    return json.loads(ended.stdout), worked, folder, ended.stderr


def test_it_is_done_in_time(finished: Any) -> None:  # noqa: ANN401 - as above
    assert finished[1] < MOST_SECONDS


def test_it_prints_one_document_of_the_agreed_shape(finished: Any) -> None:  # noqa: ANN401 - as above
    document = finished[0]
    assert set(document) == {"companies", "runs", "checks"}
    assert {company["edition"] for company in document["companies"]} == {"us", "uk"}
    wanted = {"flow", "company", "planned", "applied", "skipped", "rejected", "pending", "failed"}
    assert all(wanted <= set(run) for run in document["runs"])
    flows = {"operations", "undo", "batch", "payments", "push"}
    assert {run["flow"] for run in document["runs"]} == flows
    assert all(set(check) == {"name", "ok"} for check in document["checks"])


def test_every_check_passes_on_both_editions(finished: Any) -> None:  # noqa: ANN401 - as above
    checks = finished[0]["checks"]
    assert [check["name"] for check in checks if not check["ok"]] == []
    counts = Counter(check["name"].partition(":")[0] for check in checks)
    assert counts == {"demo-us": 18, "demo-uk": 13}
    assert len({check["name"] for check in checks}) == len(checks)


def test_everything_was_applied_or_skipped(finished: Any) -> None:  # noqa: ANN401 - as above
    for run in finished[0]["runs"]:
        assert run["applied"] + run["skipped"] == run["planned"], run


def test_what_was_sent_again_was_skipped(finished: Any) -> None:  # noqa: ANN401 - as above
    again = [run for run in finished[0]["runs"] if run["skipped"]]
    assert Counter(run["flow"] for run in again) == {"operations": 6, "batch": 3}
    assert all(run["applied"] == 0 for run in again)


def test_payments_are_written_once(finished: Any) -> None:  # noqa: ANN401 - as above
    first, second = (run for run in finished[0]["runs"] if run["flow"] == "payments")
    assert first["applied"] == first["planned"] == 3
    assert second["planned"] == 0


def test_what_is_pushed_is_written_once(finished: Any) -> None:  # noqa: ANN401 - as above
    pushed = [run for run in finished[0]["runs"] if run["flow"] == "push"]
    assert [(run["company"], run["applied"], run["planned"]) for run in pushed] == [
        ("demo-uk", 1, 1),
        ("demo-uk", 1, 1),
    ]


def test_nothing_is_left_behind(finished: Any) -> None:  # noqa: ANN401 - as above
    _, _, folder, complaints = finished
    assert complaints == ""
    assert not (folder / "home").exists()
    assert list((folder / "temporary").iterdir()) == []


def test_people_can_read_what_it_did(clary: CommandLine) -> None:
    answer = clary.ok("demo")
    lines = answer.out.splitlines()
    for place in PLACES.values():
        [heading] = [n for n, line in enumerate(lines) if line.startswith(f"{place.title}, Sage")]
        assert lines[heading + 1] == "─" * len(lines[heading])
    assert "nothing was posted twice" in answer.out
    assert re.search(r"^\d+ documents compared with the books, 0 written", answer.out, re.MULTILINE)
    assert "cannot be posted, so nothing was written" in answer.out
    assert "One invoice was a mistake" in answer.out
    assert re.search(
        r"^bill MT-2291 +Pending +the same operation +Success, ", answer.out, re.MULTILINE
    )
    assert "All 31 checks passed." in answer.out
    assert "Working with demo-us" in answer.err
    assert not (clary.home / "clary.db").exists()


def test_a_check_that_fails_is_seen() -> None:
    class OneCheck(Report):
        @property
        def checks(self) -> list[Check]:
            return [Check("it is so", ok=False, told="it is not so")]

    assert OneCheck(()).ok is False
