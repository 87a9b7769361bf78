"""Nothing of one machine, of a package registry or left undone stands in the project.

The words are put together from pieces so that this file passes its own test.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.gates.source import project_files
from tests.surroundings import ROOT

MACHINE_PATHS = [f"/{top}/" for top in ("work", "root", "tmp")] + [r"\b[A-Z]:\\Users\\"]
REGISTRY_HOSTS = [
    r"pypi\." + "org",
    r"python" + r"hosted\.org",
    r"npm" + r"js\.(org|com)",
    r"crates\." + "io",
    r"deb\." + r"debian\.org",
    r"proxy\." + r"golang\.org",
]
UNDONE = [rf"\b{first}{rest}\b" for first, rest in (("TO", "DO"), ("FIX", "ME"), ("X", "XX"))]

FORBIDDEN = {
    "a path of one machine": MACHINE_PATHS,
    "a host of a package registry": REGISTRY_HOSTS,
    "a mark of unfinished work": UNDONE,
}

NOT_READ = {
    "uv.lock": "written by uv, which records where each package comes from",
    "tests/api/push/sdk_cycle.py.lock": "as uv.lock, for a script with packages of its own",
    "LICENSE": "the text of the licence is not ours",
}


def text_of(path: Path) -> str | None:
    """Return what a file holds, or none for a file that is not text."""
    content = path.read_bytes()
    return None if b"\0" in content else content.decode("utf-8", errors="replace")


def offences(text: str, patterns: list[str]) -> list[tuple[int, str]]:
    """Return the lines of `text` that match one of `patterns`, with their numbers."""
    pattern = re.compile("|".join(patterns))
    return [
        (number, line.strip())
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


@pytest.mark.parametrize("kind", FORBIDDEN)
def test_the_project_does_not_contain(kind: str) -> None:
    found = []
    for path in project_files():
        name = path.relative_to(ROOT).as_posix()
        text = None if name in NOT_READ else text_of(path)
        for number, line in offences(text or "", FORBIDDEN[kind]):
            found.append(f"{name}:{number}: {line[:120]}")
    assert not found, f"{kind}:\n  " + "\n  ".join(found)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("a path of one machine", "cd /" + "root/project"),
        ("a path of one machine", "folder = '/" + "tmp/x'"),
        ("a host of a package registry", "https://py" + "pi.org/simple"),
        ("a mark of unfinished work", "# TO" + "DO: later"),
    ],
)
def test_each_pattern_catches_what_it_is_for(kind: str, line: str) -> None:
    assert offences(line, FORBIDDEN[kind]) == [(1, line)]
