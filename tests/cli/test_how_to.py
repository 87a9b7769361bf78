"""The commands of the how-to pages work as they stand there, in order.

A command stands in a block, or in a table with the columns `command` and `what it shows`.
Those of tables are many, so that they run in this process where they need no shell.
"""

from __future__ import annotations

import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import CommandLine
from tests.surroundings import ROOT, reference_file, system_command

PAGES = sorted((ROOT / "docs/how-to").glob("*.md"))
STEP = re.compile(r"^```sh\n(.*?)^```$|((?:^\|[^\n]*\|\n)+)", flags=re.MULTILINE | re.DOTALL)
CODE = re.compile(r"`([^`]+)`")
SHOWN_ID = re.compile(r"\b(plan|run)_[0-9A-Z]{20,}\b")
SHELL = re.compile(r"[$;<>]")
COMMAND, ENDS_WITH, SHOWS = "command", "ends with", "what it shows"


@dataclass(frozen=True, slots=True)
class Step:
    """Commands that belong together.

    Attributes:
        commands: a block, or the commands of one row of a table.
        is_block: it is a block, for the shell.
        ends_with: exit code of the last command.
        shows: what the commands print among other things.
    """

    commands: tuple[str, ...]
    is_block: bool = False
    ends_with: int = 0
    shows: tuple[str, ...] = ()


def steps(text: str) -> Iterator[Step]:
    """Yield what a page tells to do, from top to bottom."""
    for block, table in STEP.findall(text):
        if block:
            yield Step((block,), is_block=True)
        else:
            yield from rows(table)


def rows(table: str) -> Iterator[Step]:
    """Yield the rows of a table that has commands, none of any other."""
    header, _, *lines = (cells(line) for line in table.splitlines())
    if COMMAND not in header:
        return
    for line in lines:
        row = dict(zip(header, line, strict=True))
        commands = tuple(CODE.findall(row[COMMAND]))
        assert commands, row
        yield Step(
            commands,
            ends_with=int(row[ENDS_WITH] or 0),
            shows=tuple(CODE.findall(row[SHOWS])),
        )


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


@dataclass(frozen=True, slots=True)
class Reader:
    """Somebody who types what a page tells, in a folder of their own."""

    clary: CommandLine
    folder: Path
    reference: Path

    def does(self, step: Step) -> None:
        """Type the commands of a step and compare what comes with what the page says."""
        printed = ""
        last = len(step.commands) - 1
        for place, command in enumerate(step.commands):
            code, text = self.types(self.with_newest_ids(command), is_block=step.is_block)
            printed += text
            assert code == (step.ends_with if place == last else 0), (command, printed)
        missing = [each for each in step.shows if each not in printed]
        assert not missing, (step.commands, missing, printed)

    def types(self, command: str, *, is_block: bool) -> tuple[int, str]:
        """Return the exit code of a command, and what it printed."""
        if is_block or SHELL.search(command) or not command.startswith("clary "):
            return self.types_in_shell(command)
        answer = self.clary(*shlex.split(command)[1:])
        return answer.code, answer.out + answer.err

    def types_in_shell(self, command: str) -> tuple[int, str]:
        finished = subprocess.run(
            ["/bin/bash", "-eu", "-c", command],
            cwd=self.folder,
            env={
                "CLARY_HOME": str(self.clary.home),
                "CLARY_SECRETS": "file",
                "CLARY_REFERENCE": str(self.reference),
                "PATH": f"{Path(sys.executable).parent}:{os.defpath}",
                "LC_ALL": "C.UTF-8",
            },
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        return finished.returncode, finished.stdout + finished.stderr

    def with_newest_ids(self, command: str) -> str:
        """Return a command with the ids that it shows replaced by those of the newest ones."""

        def newest(match: re.Match[str]) -> str:
            kind = match.group(1)
            words, name = ("plan", "plans") if kind == "plan" else ("runs", "runs")
            return str(self.clary.json(words, "list", "--limit", "1")[name][0]["id"])

        return SHOWN_ID.sub(newest, command)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """End the servers of a page that did not come to its end."""
        try:
            yield
        except BaseException:
            for file in self.folder.glob("*.pid"):
                with suppress(ProcessLookupError, ValueError):
                    os.kill(int(file.read_text(encoding="utf-8")), signal.SIGTERM)
            raise


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_commands_of_the_page_work(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    text = page.read_text(encoding="utf-8")
    if "hledger " in text:
        system_command("hledger")
    reference = reference_file(".") if "$CLARY_REFERENCE" in text else ROOT
    reader = Reader(CommandLine(tmp_path / "home"), tmp_path, reference)
    with reader.at_work():
        for step in steps(text):
            reader.does(step)


def test_every_page_is_listed() -> None:
    text = (ROOT / "docs/how-to/README.md").read_text(encoding="utf-8")
    listed = set(re.findall(r"\]\(([a-z-]+\.md)\)", text))
    assert listed == {page.name for page in PAGES} - {"README.md"}


class TestReading:
    """Blocks and tables are read as people read them."""

    PAGE = (
        "# Try\n\n```sh\ntrue\n```\n\n| feature | command | ends with | what it shows |\n"
        "| --- | --- | --- | --- |\n"
        "| a | `clary one`<br>`clary two` | 5 | it says `no`, `why` |\n\n"
        "| word | meaning |\n| --- | --- |\n| `x` | y |\n"
    )

    def test_in_order_and_only_tables_with_commands(self) -> None:
        block, row = steps(self.PAGE)
        assert (block.commands, block.is_block) == (("true\n",), True)
        assert row == Step(("clary one", "clary two"), ends_with=5, shows=("no", "why"))

    @pytest.mark.parametrize(
        "step",
        [
            Step(("clary sandbox serve --help",), ends_with=5),
            Step(("clary sandbox serve --help",), shows=("what it never says",)),
            Step(("false\n",), is_block=True),
        ],
    )
    def test_what_comes_otherwise_is_noticed(
        self, clary: CommandLine, tmp_path: Path, step: Step
    ) -> None:
        with pytest.raises(AssertionError):
            Reader(clary, tmp_path, ROOT).does(step)
