"""Writes the reference pages that are made from declarations, or checks them with --check.

    python -m scripts.generate_reference [--check]

With --check nothing is written: the pages that differ are named and the exit code is 1.
"""

from __future__ import annotations

import sys
from pathlib import Path

from scripts.reference_pages import all_pages
from scripts.reference_pages.page import FOLDER, MARK

ROOT = Path(__file__).resolve().parent.parent


def stale_pages(wanted: dict[str, str]) -> list[str]:
    """Return the generated pages that are there and have nothing to tell any more."""
    found = (path.relative_to(ROOT).as_posix() for path in (ROOT / FOLDER).rglob("*.md"))
    return sorted(
        name
        for name in found
        if name not in wanted and MARK in (ROOT / name).read_text(encoding="utf-8")
    )


def differing_pages(wanted: dict[str, str]) -> list[str]:
    """Return the pages whose file is missing or says something else."""
    return [
        name
        for name, text in sorted(wanted.items())
        if not (ROOT / name).exists() or (ROOT / name).read_text(encoding="utf-8") != text
    ]


def write(wanted: dict[str, str]) -> None:
    """Write every page and remove those that have nothing to tell any more."""
    for name, text in wanted.items():
        (ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / name).write_text(text, encoding="utf-8")
    for name in stale_pages(wanted):
        (ROOT / name).unlink()


def main(arguments: list[str]) -> int:
    """Write or check all pages, and return an exit code."""
    wanted = all_pages()
    differing = [*differing_pages(wanted), *stale_pages(wanted)]
    if "--check" not in arguments:
        write(wanted)
        print(f"{len(wanted)} reference pages, {len(differing)} of them changed")
        return 0
    for name in differing:
        print(f"{name} differs from the code; run: make docs", file=sys.stderr)
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
