"""How a list is read page by page, in either of the two styles that sites have.

Forward-only pages go by the last id, so that nothing is skipped or given twice when records
come and go meanwhile; not every list has them.  The other style numbers its pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

FORWARD_ONLY: Mapping[str, str] = {"pagination-type": "forward-only"}
"""The header that asks for pages by id."""

MOST_PAGES = 100_000
"""More than this is a list that never ends."""

_LINK = re.compile(r'<([^<>]*)>\s*;[^,<]*\brel\s*=\s*"?([a-z]+)"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a list to go on: by the last id, or by the number of a page."""

    page_id: str | None = None
    page: int | None = None

    @property
    def query(self) -> dict[str, str]:
        """The part of the query that names it."""
        if self.page_id is not None:
            return {"pageId": self.page_id}
        return {} if self.page is None else {"page": str(self.page)}


def next_place(link: str) -> Place | None:
    """Return where the header Link says that the list goes on, or none.

    Only the query of its address is used: a request never goes to a host that an answer
    names.
    """
    for address, relation in _LINK.findall(link):
        if relation.lower() == "next":
            query = {name.lower(): value for name, value in parse_qsl(urlsplit(address).query)}
            if query.get("pageid"):
                return Place(page_id=query["pageid"])
            if query.get("page", "").isdecimal():
                return Place(page=int(query["page"]))
    return None


def following(headers: Mapping[str, str], count: int, size: int, page: int) -> Place | None:
    """Return where a list goes on after a page, or none where it ends.

    Args:
        headers: headers of the answer, by lower-case name.
        count: how many records the page held.
        size: how many it was asked for.
        page: its number in the numbered style, from 1.
    """
    if "link" in headers:
        return next_place(headers["link"])
    # A site without links: a page that is full may have another one after it.
    return Place(page=page + 1) if count >= size else None
