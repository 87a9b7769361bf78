"""Records that stand in the files of an import more than once.

The same record with the same content is taken once; with another content it is told where
the two stand, because nobody but a person knows which of them is right.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from clary.companies.files import FileRecord
from clary.flows.operations.seen import short_hash
from clary.kernel.change import canonical_text
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger.record import Family, RecordType

IMPORT_RECORDS_DIFFER = declare(
    "IMPORT_RECORDS_DIFFER",
    Rejected,
    "It stands in {first} and in {second} with different contents.",
    "Leave one of the two out, or export them again together.",
    http_status=409,
)
IMPORT_RECORDS_SAME = declare(
    "IMPORT_RECORDS_SAME",
    Rejected,
    "Records that stand in the files more than once with the same content are taken once:"
    " {count}, such as {example}.",
    "Nothing needs to be done.",
)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a record stands, and a hash of what it says."""

    source: str
    position: int
    content: int
    guid: str | None

    @property
    def words(self) -> str:
        return f"{self.source} (record {self.position})"


@dataclass(slots=True)
class Repeats:
    """The records of an import so far; of each only where it stands and a hash are kept.

    Attributes:
        taken_once: how many records were left out because they had been taken before.
        example: one of them, with both places, in words.
    """

    taken_once: int = 0
    example: str = ""
    _places: dict[int, _Place] = field(default_factory=dict)

    def once(self, declared: RecordType, records: Iterable[FileRecord]) -> Iterator[FileRecord]:
        """Yield each record once; one that contradicts an earlier one says so."""
        for record in records:
            place = _place(record)
            marks = [short_hash(declared.name, *mark) for mark in _marks(declared, record)]
            first = next((found for each in marks if (found := self._places.get(each))), None)
            if first is None or not _is_repeat(declared, first, place):
                self._places.update(dict.fromkeys(marks, place))
                yield record
            elif first.content == place.content:
                self.taken_once += 1
                name = f"{declared.name} {record.body.get(declared.key) or place.words}"
                self.example = self.example or f"{name} in {first.words} and {place.words}"
            else:
                differ = IMPORT_RECORDS_DIFFER.finding(first=first.words, second=place.words)
                yield replace(record, findings=(*record.findings, differ))

    def remarks(self) -> Iterator[Finding]:
        """Yield what is to be said of the import as a whole."""
        if self.taken_once:
            yield IMPORT_RECORDS_SAME.warning(count=self.taken_once, example=self.example)


def _place(record: FileRecord) -> _Place:
    content = short_hash(canonical_text(record.body))
    return _Place(record.source, record.position, content, _guid(record))


def _guid(record: FileRecord) -> str | None:
    guid = record.stated.get("guid")
    return str(guid).casefold() if guid else None


def _marks(declared: RecordType, record: FileRecord) -> Iterator[tuple[str, ...]]:
    """Yield by what the same record is recognised, the surest first.

    A document goes by party and number, as in the books; the references of one without a
    party repeat from month to month, so it goes by its date as well.
    """
    body, guid = record.body, _guid(record)
    if declared.family is Family.LIST:
        if body.get(declared.key):
            yield ("key", str(body[declared.key]).casefold())
        return
    if guid:
        yield ("guid", guid)
    number = body.get(declared.number or "")
    if number:
        other = body.get(declared.party) if declared.party else body.get("date")
        yield ("number", str(other or "").casefold(), str(number))


def _is_repeat(declared: RecordType, first: _Place, second: _Place) -> bool:
    """Tell whether two records of one mark are the same one.

    Two documents of one file, or with marks of their own from Sage, are two documents that
    share a number.
    """
    if declared.family is Family.LIST or (first.guid and first.guid == second.guid):
        return True
    return first.source != second.source and not (first.guid and second.guid)
