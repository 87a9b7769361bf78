"""The commands of the how-to pages work as they stand there, in order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.surroundings import ROOT, reference_file, system_command

PAGES = sorted((ROOT / "docs/how-to").glob("*.md"))
BLOCK = re.compile(r"^```sh\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)
SHOWN_ID = re.compile(r"\b(plan|run)_[0-9A-Z]{20,}\b")


def blocks(page: Path) -> list[str]:
    return BLOCK.findall(page.read_text(encoding="utf-8"))


def with_newest_ids(clary: CommandLine, block: str) -> str:
    """Return a block with the ids that it shows replaced by those of the newest plan and run."""

    def newest(match: re.Match[str]) -> str:
        kind = match.group(1)
        command, name = ("plan", "plans") if kind == "plan" else ("runs", "runs")
        return str(clary.json(command, "list", "--limit", "1")[name][0]["id"])

    return SHOWN_ID.sub(newest, block)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_the_page_work(page: Path, tmp_path: Path) -> None:
    clary = CommandLine(tmp_path / "home")
    found = blocks(page)
    if any("hledger " in block for block in found):
        system_command("hledger")
    folder = ROOT
    if any("$CLARY_REFERENCE" in block for block in found):
        folder = reference_file(".")
    for block in found:
        finished = subprocess.run(
            ["/bin/bash", "-eu", "-c", with_newest_ids(clary, block)],
            cwd=tmp_path,
            env={
                "CLARY_HOME": str(clary.home),
                "CLARY_SECRETS": "file",
                "CLARY_REFERENCE": str(folder),
                "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
                "LC_ALL": "C.UTF-8",
            },
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert finished.returncode == 0, (block, finished.stdout, finished.stderr)


def test_every_page_is_listed() -> None:
    text = (ROOT / "docs/how-to/README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\]\(([a-z-]+\.md)\)", text))
    assert listed == {page.name for page in PAGES} - {"README.md"}
