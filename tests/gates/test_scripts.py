"""The scripts behind `make` decide as they should, so that a gate cannot pass by accident."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scripts import system_packages
from scripts.check_coverage import PACKAGES, Counts, count, package_of, problems
from tests.surroundings import ROOT


def summary(lines: int, lines_run: int, branches: int, branches_run: int) -> dict[str, int]:
    return {
        "num_statements": lines,
        "covered_lines": lines_run,
        "num_branches": branches,
        "covered_branches": branches_run,
    }


def test_files_of_a_package_are_counted_together_and_others_left_out() -> None:
    counts = count(
        {
            "src/clary/kernel/money.py": {"summary": summary(10, 9, 4, 4)},
            "/anywhere/clary/kernel/clock.py": {"summary": summary(10, 10, 6, 5)},
            "src/clary/cli/main.py": {"summary": summary(100, 0, 10, 0)},
        }
    )
    assert counts == {"kernel": Counts(lines=20, lines_run=19, branches=10, branches_run=9)}


@pytest.mark.parametrize(
    ("measured", "enough"),
    [
        (Counts(lines=100, lines_run=95, branches=100, branches_run=95), True),
        (Counts(lines=100, lines_run=100, branches=100, branches_run=94), False),
        (Counts(lines=100, lines_run=94, branches=100, branches_run=100), False),
        (Counts(lines=1, lines_run=1), True),
    ],
    ids=["both at the limit", "branches below", "lines below", "no branch at all"],
)
def test_lines_and_branches_must_both_reach_the_limit(measured: Counts, *, enough: bool) -> None:
    assert (problems({"kernel": measured}, ["kernel"]) == []) is enough


def test_a_package_that_no_test_ran_is_a_problem() -> None:
    assert problems({}, ["engine"]) == ["engine: nothing was measured"]


def test_coverage_measures_the_packages_that_are_checked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    measured = project["tool"]["coverage"]["run"]["source_pkgs"]
    assert measured == [f"clary.{package}" for package in PACKAGES]
    assert package_of("src/clary/flows/operations.py") == "flows"
    assert package_of("tests/gates/source.py") is None


def run_system_packages(folder: Path, *, ci: bool) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": str(folder), "CI": "true" if ci else ""}
    return subprocess.run(
        [sys.executable, "-m", "scripts.system_packages"],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def test_a_missing_system_package_is_named_with_the_command_that_installs_it(
    tmp_path: Path,
) -> None:
    finished = run_system_packages(tmp_path, ci=False)
    assert finished.returncode == 0
    assert "sudo apt-get install hledger" in finished.stderr


def test_a_missing_system_package_fails_in_continuous_integration(tmp_path: Path) -> None:
    assert run_system_packages(tmp_path, ci=True).returncode == 1


def test_system_packages_that_are_there_pass(tmp_path: Path) -> None:
    for package in system_packages.NEEDED:
        program = tmp_path / package.command
        program.write_text("#!/bin/sh\n", encoding="utf-8")
        program.chmod(0o755)
    finished = run_system_packages(tmp_path, ci=True)
    assert finished.returncode == 0
    assert "hledger found" in finished.stdout


APT_GET = """#!/bin/sh
echo "$2" >> "$HERE/calls"
test "$2" = update && : > "$HERE/updated"
test "$2" = install && { test -e "$HERE/updated" || exit 100; }
test "$2" = install && for name in hledger pg_ctl; do : > "$HERE/$name"; done
/bin/chmod -f +x "$HERE/hledger" "$HERE/pg_ctl" || true
"""


@pytest.mark.parametrize(
    ("lists_at_hand", "calls"),
    [(True, ["install"]), (False, ["install", "update", "install"])],
    ids=["package lists at hand", "package lists too old"],
)
def test_package_lists_are_refreshed_only_when_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lists_at_hand: bool, calls: list[str]
) -> None:
    apt_get = tmp_path / "apt-get"
    apt_get.write_text(APT_GET, encoding="utf-8")
    apt_get.chmod(0o755)
    if lists_at_hand:
        (tmp_path / "updated").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HERE", str(tmp_path))
    system_packages.install(system_packages.missing())
    assert (tmp_path / "calls").read_text(encoding="utf-8").split() == calls
    assert system_packages.missing() == []


def test_a_program_that_is_kept_off_the_path_is_found_newest_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    package = system_packages.SystemPackage(
        "server", "serve", "a test", folders=f"{tmp_path}/server/*/bin"
    )
    assert package.program() is None
    for version in ("9.6", "10", "15"):
        folder = tmp_path / "server" / version / "bin"
        folder.mkdir(parents=True)
        if version != "15":  # only its client is installed
            (folder / "serve").touch()
    assert package.program() == str(tmp_path / "server" / "10" / "bin" / "serve")


def test_every_task_of_the_makefile_is_listed_by_make_help() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    phony = re.search(r"^\.PHONY: (.*)$", text, flags=re.MULTILINE)
    assert phony is not None
    helped = set(re.findall(r"^([a-z]+):.*## ", text, flags=re.MULTILINE))
    assert helped == set(phony.group(1).split())
    assert {"demo", "test", "bench", "soak", "docs", "fmt", "help"} <= helped


def test_every_exempted_lint_rule_gives_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = text[text.index("[tool.ruff.lint]") : text.index("[tool.ruff.lint.flake8")]
    exempted = [line for line in lint.splitlines() if re.match(r'\s+"[A-Z]+\d+"', line)]
    assert exempted
    assert not [line for line in exempted if "#" not in line]
