"""How a document that was handed over is recognised in a later export of Sage 50.

An import file has no place for an origin, so only what the document itself says can tell:
its party, number, date and what its lines come to.  Without a number nothing can.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Self

from clary.companies.contract import Fate, OriginFound
from clary.companies.files.figures import added, entries_of
from clary.companies.files.record import FileRecord
from clary.companies.keys import Key, KeyKind
from clary.kernel.change import Body
from clary.ledger.record import RecordType


@dataclass(frozen=True, slots=True)
class Marks:
    """What a document is recognised by: party, number, date, and the total of its lines."""

    party: str
    number: str
    date: str
    total: Decimal

    @classmethod
    def of(cls, declared: RecordType, body: Body) -> Self | None:
        """Return the marks of a document; none where it has no number."""
        number = str(body.get(declared.number or "") or "").strip()
        if not number:
            return None
        total = added([*entries_of(body, "lines"), *entries_of(body, "applications")])
        party = str(body.get(declared.party or "") or "")
        return cls(party.casefold(), number.casefold(), str(body.get("date") or ""), total)

    def as_texts(self) -> dict[str, str]:
        """Return the marks as the contents file of the outbox keeps them."""
        return {
            "party": self.party,
            "number": self.number,
            "date": self.date,
            "total": str(self.total),
        }

    @classmethod
    def from_texts(cls, texts: Mapping[str, str]) -> Self | None:
        """Return the marks that `as_texts` gave; none where they are missing or were changed."""
        try:
            return cls(texts["party"], texts["number"], texts["date"], Decimal(texts["total"]))
        except (KeyError, TypeError, InvalidOperation):
            return None

    @property
    def without_total(self) -> tuple[str, str, str]:
        """Party, number and date: what is looked for, before the totals are compared."""
        return self.party, self.number, self.date


@dataclass(frozen=True, slots=True)
class Alike:
    """A document of an export that has the party, number and date that are looked for."""

    key: str | None
    marks: Marks
    source: str


def recognised(
    declared: RecordType, wanted: Mapping[str, Marks], exported: Iterable[FileRecord]
) -> dict[str, OriginFound]:
    """Return what the exports, read once, tell of documents; those they lack are left out.

    Several that look alike, or one with another total, are ambiguous: a person must look.

    Args:
        declared: the record type.
        wanted: marks of the documents, by origin.
        exported: all records of the type.
    """
    alike: dict[tuple[str, str, str], list[Alike]] = {
        marks.without_total: [] for marks in wanted.values()
    }
    for record in exported:
        marks = Marks.of(declared, record.body) if alike else None
        if marks is not None and marks.without_total in alike:
            found = Alike(_key_text(declared, record), marks, record.source)
            alike[marks.without_total].append(found)
    return {
        origin: _judged(marks, alike[marks.without_total])
        for origin, marks in wanted.items()
        if alike[marks.without_total]
    }


def _judged(marks: Marks, alike: Sequence[Alike]) -> OriginFound:
    first = alike[0]
    if len(alike) > 1:
        evidence = f"the exports hold {len(alike)} with its number and date"
        return OriginFound(Fate.AMBIGUOUS, None, evidence)
    if first.marks.total != marks.total:
        evidence = (
            f"its lines come to {marks.total}, those of the one in {first.source} to"
            f" {first.marks.total}"
        )
        return OriginFound(Fate.AMBIGUOUS, None, evidence)
    words = "party, number, date and total" if marks.party else "number, date and total"
    return OriginFound(Fate.LIVE, first.key, f"the same {words} in {first.source}")


def _key_text(declared: RecordType, record: FileRecord) -> str | None:
    """Return the key that names a document of an export, none where none does."""
    own = record.body.get(declared.key) or record.stated.get(declared.key)
    if own is not None:
        return str(own)
    party, number = record.body.get(declared.party or ""), record.body.get(declared.number or "")
    kind = _KINDS.get(declared.party or "")
    return str(Key(kind, str(number), str(party))) if kind and party else None


_KINDS = {"customer_id": KeyKind.CUSTOMER, "vendor_id": KeyKind.VENDOR}
"""Kinds of key that name a document by its party and number."""
