"""What a message says, before it is text, a page or JSON: sections with facts, items, advice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Item:
    """One document or thing that a section lists.

    Attributes:
        what: which, in words, such as `Sales invoice N17`.
        why: what is wrong with it; empty where nothing is.
        advice: what to do about it.
        code: stable name of the problem; empty where there is none.
    """

    what: str
    why: str = ""
    advice: str = ""
    code: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What a message says of one thing, or of several of the same kind.

    Attributes:
        kind: what happened.
        company: to which company; none is the installation.
        title: what happened, in one sentence.
        facts: names and values.
        items: what it is about, one by one, as many as a message lists.
        more: how many of them are left out.
        advice: what to do next.
        link: where to look; empty where there is nothing to look at.
        command: the same on the command line.
    """

    kind: str
    company: str | None
    title: str
    facts: tuple[tuple[str, str], ...] = ()
    items: tuple[Item, ...] = ()
    more: int = 0
    advice: str = ""
    link: str = ""
    command: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON-ready values."""
        return {
            "kind": str(self.kind),
            "company": self.company,
            "title": self.title,
            "facts": dict(self.facts),
            "items": [
                {"what": each.what, "why": each.why, "advice": each.advice, "code": each.code}
                for each in self.items
            ],
            "more_items": self.more,
            "advice": self.advice,
            "link": self.link or None,
            "command": self.command or None,
        }


@dataclass(frozen=True, slots=True)
class Letter:
    """A message.

    Attributes:
        subject: one line.
        sections: what it says.
        more: how many happenings it counts and says no more of.
        footer: why the reader gets it, and how to change that.
    """

    subject: str
    sections: Sequence[Section]
    more: int
    footer: str
