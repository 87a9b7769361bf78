"""Holds the tests to their coverage: lines and branches, each package on its own.

A total over all packages would let a well-tested one hide a badly tested one, and the
usual figure that adds lines and branches would let lines hide untried branches.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from coverage import Coverage

REQUIRED_PERCENT = 95
PACKAGES = ("kernel", "ledger", "engine", "flows")
SOURCE = Path("src/clary")


@dataclass(slots=True)
class Counts:
    """Lines and branches of one package, and how many of them the tests ran."""

    lines: int = 0
    lines_run: int = 0
    branches: int = 0
    branches_run: int = 0

    def add(self, summary: Mapping[str, int]) -> None:
        """Add one file's summary as coverage's JSON report gives it."""
        self.lines += summary["num_statements"]
        self.lines_run += summary["covered_lines"]
        self.branches += summary["num_branches"]
        self.branches_run += summary["covered_branches"]

    def line_percent(self) -> Fraction:
        """Return the share of lines that ran, in percent."""
        return _percent(self.lines_run, self.lines)

    def branch_percent(self) -> Fraction:
        """Return the share of branches that were taken, in percent."""
        return _percent(self.branches_run, self.branches)

    def enough(self) -> bool:
        """Tell whether lines and branches both reach the required share."""
        return min(self.line_percent(), self.branch_percent()) >= REQUIRED_PERCENT


def _percent(part: int, whole: int) -> Fraction:
    return Fraction(100 * part, whole) if whole else Fraction(100)


def package_of(path: str) -> str | None:
    """Return the package of the house that a measured file belongs to, or none."""
    parts = Path(path).parts
    if "clary" not in parts:
        return None
    rest = parts[parts.index("clary") + 1 :]
    return rest[0] if rest and rest[0] in PACKAGES else None


def count(files: Mapping[str, Mapping[str, Any]]) -> dict[str, Counts]:
    """Return the counts per package from the `files` of coverage's JSON report."""
    counts: dict[str, Counts] = defaultdict(Counts)
    for path, report in files.items():
        package = package_of(path)
        if package is not None:
            counts[package].add(report["summary"])
    return counts


def problems(counts: Mapping[str, Counts], expected: list[str]) -> list[str]:
    """Return one sentence for each expected package that falls short or was not measured."""
    found = []
    for package in expected:
        if package not in counts:
            found.append(f"{package}: nothing was measured")
        elif not counts[package].enough():
            found.append(f"{package}: below {REQUIRED_PERCENT} %")
    return found


def _measured_files() -> Mapping[str, Mapping[str, Any]]:
    coverage = Coverage()
    coverage.load()
    coverage.report(show_missing=True, skip_covered=True)
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "coverage.json"
        coverage.json_report(outfile=str(report))
        files: Mapping[str, Mapping[str, Any]] = json.loads(report.read_text(encoding="utf-8"))[
            "files"
        ]
    return files


def main() -> int:
    """Print the share of each package, and fail where one is below what is required."""
    counts = count(_measured_files())
    expected = [name for name in PACKAGES if (SOURCE / name / "__init__.py").exists()]
    print(f"\n{'package':<10}{'lines':>16}{'branches':>18}")
    for name in expected:
        share = counts.get(name, Counts())
        print(
            f"{name:<10}{share.lines_run:>6}/{share.lines:<6}{float(share.line_percent()):5.1f} %"
            f"{share.branches_run:>6}/{share.branches:<6}{float(share.branch_percent()):5.1f} %"
        )
    found = problems(counts, expected)
    for problem in found:
        print(f"COVERAGE {problem}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
