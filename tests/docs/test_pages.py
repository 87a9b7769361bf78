"""The hand-written pages keep up with what they describe."""

from __future__ import annotations

import re
import tomllib

import pytest

from clary.ledger.registry import all_record_types
from scripts.system_packages import NEEDED
from tests.surroundings import ROOT


def rows(path: str) -> list[list[str]]:
    """Return the cells of every table row of a page."""
    text = (ROOT / path).read_text(encoding="utf-8")
    lines = re.findall(r"^\| (.*) \|$", text, flags=re.MULTILINE)
    return [[cell.strip() for cell in line.split("|")] for line in lines]


def declared_dependencies() -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = [
        project["project"]["dependencies"],
        *project["project"]["optional-dependencies"].values(),
        *project["dependency-groups"].values(),
    ]
    wanted = [requirement for group in groups for requirement in group]
    return {re.split(r"[\[<>=!~; ]", requirement)[0] for requirement in wanted}


def test_every_dependency_gives_its_reason_and_no_other_is_named() -> None:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    kept = text[: text.index("## Left out on purpose")]
    named = set(re.findall(r"^\| ([a-z][\w-]*) \|", kept, flags=re.MULTILINE)) - {"package"}
    assert named == declared_dependencies() | {package.name for package in NEEDED}


@pytest.mark.parametrize("name", [declared.name for declared in all_record_types()])
def test_every_record_type_is_in_the_glossary(name: str) -> None:
    words = {row[0] for row in rows("docs/glossary.md")}
    assert name.replace("_", " ") in words


def test_every_decision_is_listed_and_numbered_without_gaps() -> None:
    folder = ROOT / "docs/decisions"
    files = sorted(path.name for path in folder.glob("[0-9]*.md"))
    assert [name[:4] for name in files] == [f"{n:04}" for n in range(1, len(files) + 1)]
    listed = re.findall(r"\]\(([0-9][^)]+)\)", (folder / "README.md").read_text(encoding="utf-8"))
    assert listed == files
