"""One module per kind of reference page, each made from the declarations of the code.

To add a kind: a module with a function that yields pages, and its name in `PRODUCERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from scripts.reference_pages import commands, connections, error_codes, records, rules, settings
from scripts.reference_pages.page import Page

PRODUCERS: tuple[Callable[[], Iterator[Page]], ...] = (
    error_codes.pages,
    settings.pages,
    connections.pages,
    records.pages,
    rules.pages,
    commands.pages,
)


def all_pages() -> dict[str, str]:
    """Return the text of every generated page by its path below the project's folder."""
    return {page.path: page.text() for produce in PRODUCERS for page in produce()}
