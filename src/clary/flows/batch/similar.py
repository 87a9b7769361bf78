"""Suggests records of the books that a reference may have meant; nothing is ever applied."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from rapidfuzz import fuzz, process, utils

SHOWN = 3
"""How many suggestions are made."""

LIKE = 60
"""Least likeness, of 100, of a suggestion."""

SEARCHES = 500
"""How many references of one plan are searched for; a plan with more has one cause."""

_FORMS = frozenset({"inc", "llc", "ltd", "limited", "corp", "corporation", "co", "plc", "the"})


class Listed(Protocol):
    """Lists what the books have, for suggestions."""

    def listed(self, record_type: str) -> Iterable[tuple[str, str]]:
        """Yield ID and name of every record of a type."""
        ...


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A record that may have been meant, and how like it is, of 100."""

    id: str
    name: str
    likeness: int


@dataclass(slots=True)
class Suggestions:
    """Finds similar records; each list of the books is read once, when first needed."""

    listed: Listed
    _known: dict[str, dict[str, str]] = field(default_factory=dict)
    _found: dict[tuple[str, str, str], tuple[Suggestion, ...]] = field(default_factory=dict)
    _twins: dict[str, dict[str, str]] = field(default_factory=dict)

    def similar(self, record_type: str, key: str, name: str = "") -> tuple[Suggestion, ...]:
        """Return up to three records whose ID or name is like `key` or `name`, best first."""
        asked = (record_type, key, name)
        found = self._found.get(asked)
        if found is None:
            found = self._similar(record_type, key, name) if len(self._found) < SEARCHES else ()
            self._found[asked] = found
        return found

    def _names(self, record_type: str) -> dict[str, str]:
        known = self._known.get(record_type)
        if known is None:
            known = self._known[record_type] = dict(self.listed.listed(record_type))
        return known

    def _similar(self, record_type: str, key: str, name: str) -> tuple[Suggestion, ...]:
        known = self._names(record_type)
        best: dict[str, int] = {}
        ids = {each: each for each in known}
        for query, choices in ((key, ids), (name, known), (key, known)):
            if not query:
                continue
            found = process.extract(
                query,
                choices,
                scorer=fuzz.WRatio,
                processor=utils.default_process,
                limit=SHOWN,
                score_cutoff=LIKE,
            )
            for _, likeness, each in found:
                best[each] = max(best.get(each, 0), int(likeness))
        ranked = sorted(best.items(), key=lambda pair: (-pair[1], pair[0]))[:SHOWN]
        return tuple(Suggestion(each, known[each], likeness) for each, likeness in ranked)

    def near(self, record_type: str, key: str, name: str = "") -> str:
        """Return suggestions as they stand at the end of a remedy, empty for none."""
        found = self.similar(record_type, key, name)
        if not found:
            return ""
        shown = "; ".join(f"{each.id} {each.name}".strip() for each in found)
        return f" (similar: {shown})"

    def twin(self, record_type: str, name: str) -> str | None:
        """Return the record that has the same name but for case, signs and legal form."""
        telling = _telling(name)
        if not telling:
            return None
        twins = self._twins.get(record_type)
        if twins is None:
            pairs = self._names(record_type).items()
            twins = self._twins[record_type] = {_telling(shown): each for each, shown in pairs}
        return twins.get(telling)


def _telling(name: str) -> str:
    words = "".join(sign if sign.isalnum() else " " for sign in name.casefold()).split()
    return " ".join(word for word in words if word not in _FORMS)
