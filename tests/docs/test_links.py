"""Every relative link in the documentation leads to a file, and its anchor to a heading."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.gates.source import project_files
from tests.surroundings import ROOT

FENCE = re.compile(r"^(```|~~~).*?^\1", flags=re.MULTILINE | re.DOTALL)
INLINE_CODE = re.compile(r"`[^`\n]*`")
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)>?[^)]*\)")
REFERENCE = re.compile(r"^\s*\[[^\]]+\]:\s*<?(\S+?)>?\s*$", flags=re.MULTILINE)
ABSOLUTE = re.compile(r"^[a-z][a-z0-9+.-]*:", flags=re.IGNORECASE)


def pages() -> list[Path]:
    return [path for path in project_files() if path.suffix == ".md"]


def links(text: str) -> Iterator[str]:
    """Yield the targets of the relative links of a page, code left out."""
    prose = INLINE_CODE.sub("", FENCE.sub("", text))
    for target in [*LINK.findall(prose), *REFERENCE.findall(prose)]:
        if not ABSOLUTE.match(target):
            yield unquote(target)


def anchors(text: str) -> set[str]:
    """Return the anchors of a page's headings, made the way the usual viewers make them."""
    headings = re.findall(r"^#{1,6}\s+(.+?)\s*#*$", FENCE.sub("", text), flags=re.MULTILINE)
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in headings)
    return {heading.replace(" ", "-") for heading in kept}


def broken(page: Path, target: str) -> bool:
    """Tell whether the link `target` on `page` leads nowhere."""
    path, _, anchor = target.partition("#")
    aim = (page.parent / path).resolve() if path else page
    if not aim.exists() or not aim.is_relative_to(ROOT):
        return True
    if not anchor or aim.suffix != ".md":
        return False
    return anchor not in anchors(aim.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_every_relative_link_resolves(page: Path) -> None:
    targets = links(page.read_text(encoding="utf-8"))
    assert not [target for target in targets if broken(page, target)]


def test_links_in_code_and_to_other_sites_are_left_out() -> None:
    text = "[a](b.md) `[c](d.md)` [e](https://example.com)\n```\n[f](g.md)\n```\n[h]: i.md\n"
    assert list(links(text)) == ["b.md", "i.md"]


def test_a_link_to_nothing_or_to_a_missing_heading_is_broken() -> None:
    page = ROOT / "README.md"
    assert broken(page, "no-such-page.md")
    assert broken(page, "CONTRIBUTING.md#no-such-heading")
    assert broken(page, "../outside.md")
    assert not broken(page, "CONTRIBUTING.md")


def test_a_heading_makes_its_anchor() -> None:
    page = "# One & two\n\n## `make test`, in short\n"
    assert anchors(page) == {"one--two", "make-test-in-short"}
