"""The page of settings of an installation."""

from __future__ import annotations

from collections.abc import Iterator

from clary.kernel.settings import ALL
from scripts.reference_pages.page import FOLDER, Page, table

PATH = f"{FOLDER}/settings.md"

INTRODUCTION = """
Settings of an installation are read from the environment when a command or a server starts.
Settings of one connection (a company, an app) are stored with the connection, see
[settings of connections](connections.md).
"""


def pages() -> Iterator[Page]:
    """Yield the page of all settings."""
    rows = [
        (f"`{s.name}`", f"`{s.default}`" if s.default else "empty", s.unit, s.meaning) for s in ALL
    ]
    yield Page(
        PATH, "Settings", (INTRODUCTION, table(("setting", "default", "unit", "meaning"), rows))
    )
