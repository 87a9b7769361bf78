"""Exports records of a company to Sage 50 import files, with a note for who imports them.

A file has no place for some of what a company holds (balances, what another edition or
release added).  Such fields are left out and counted, a record that cannot be written at
all is left out and told; nothing is dropped in silence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from clary.companies.files.atomic import replacing
from clary.companies.files.csv_layout import CsvTable
from clary.companies.files.csv_tables import csv_table_of
from clary.companies.files.csv_writer import write_csv
from clary.companies.files.layout import Layout
from clary.companies.files.notes import csv_note, xml_note
from clary.companies.files.problems import FILE_TYPE_UNWRITABLE
from clary.companies.files.record import FileRecord
from clary.companies.files.writing import homeless, render
from clary.companies.files.xml_tables import XmlFile, xml_file_of
from clary.companies.files.xml_writer import write_xml
from clary.flows.operations.bodies import without_computed
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger.fields import EditionName
from clary.ledger.record import RecordType

EXPORT_LEFT_OUT = declare(
    "EXPORT_LEFT_OUT",
    Rejected,
    "{count} records of type {type} state {path}, which the file has no place for.",
    "Enter it by hand where it matters, or move the records through another driver.",
)

MAXIMUM_REFUSED: Final = 1000
"""Most records that are told one by one as not exported; the rest is counted."""

Format = Literal["csv", "xml"]


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What was exported.

    Attributes:
        file: the file to import.
        note: what the person who imports it must know, beside it.
        records: how many records it holds.
        refused: how many records could not be written.
        findings: a warning for each field that was left out, an error for each record.
    """

    file: Path
    note: Path
    records: int
    refused: int
    findings: tuple[Finding, ...]


@dataclass(slots=True)
class _Sieve:
    """Lets through what a file can hold, and keeps count of the rest."""

    declared: RecordType
    layout: Layout
    complete: bool
    left_out: Counter[str] = field(default_factory=Counter)
    problems: list[Finding] = field(default_factory=list)
    refused: int = 0

    def records(self, bodies: Iterable[Body]) -> Iterator[FileRecord]:
        """Yield the records that can be written, without what has no place."""
        for position, body in enumerate(bodies, start=1):
            kept = without_computed(self.declared.record, body)
            record = FileRecord(self.declared.name, kept, position=position)
            paths = {each.field for each in homeless(self.layout, record) if each.field}
            self.left_out.update(paths)
            if paths:
                kept = _without(kept, paths)
                record = FileRecord(self.declared.name, kept, position=position)
            if self._writable(record):
                yield record

    def _writable(self, record: FileRecord) -> bool:
        try:
            render(self.layout, record, complete=self.complete)
        except Rejected as error:
            self.refused += 1
            if len(self.problems) < MAXIMUM_REFUSED:
                self.problems += error.findings
            return False
        return True

    def findings(self) -> tuple[Finding, ...]:
        """Return what was left out, and why."""
        warnings = (
            EXPORT_LEFT_OUT.warning(
                record=self.declared.name,
                field=path,
                path=path,
                type=self.declared.name,
                count=count,
            )
            for path, count in sorted(self.left_out.items())
        )
        return (*warnings, *self.problems)


def _without(body: Mapping[str, JsonValue], paths: set[str], prefix: str = "") -> Body:
    """Return a body without the fields at these dotted paths, which skip positions."""
    kept: Body = {}
    for name, value in body.items():
        path = f"{prefix}{name}"
        if path in paths:
            continue
        if isinstance(value, Mapping):
            kept[name] = _without(value, paths, f"{path}.")
        elif isinstance(value, list):
            kept[name] = [
                _without(each, paths, f"{path}.") if isinstance(each, Mapping) else each
                for each in value
            ]
        else:
            kept[name] = value
    return kept


def export_records(
    bodies: Iterable[Body],
    declared: RecordType,
    edition: EditionName,
    path: Path,
    file_format: Format,
    *,
    complete: bool = True,
) -> ExportReport:
    """Write records as one Sage 50 import file and its note.

    Args:
        bodies: the records as the company holds them, streaming.
        declared: their type.
        edition: edition of the company that will import them.
        path: the file; the note is put beside it with the ending `.txt`.
        file_format: `csv`, or `xml` (US only).
        complete: add what Sage needs of a new document and the record does not state.

    Raises:
        Unsupported: there is no such file for the type (FILE_TYPE_UNWRITABLE).
        Misconfigured: the file cannot be written.
    """
    place, layout = _place(declared, edition, file_format)
    sieve = _Sieve(declared, layout, complete)
    records = sieve.records(bodies)
    if isinstance(place, CsvTable):
        written = write_csv(path, place, records, complete=complete)
        count, text = written.records, csv_note(path.name, written)
    else:
        count = write_xml(path, records, complete=complete)
        text = xml_note(path.name, place, [layout], count)
    note = path.with_suffix(".txt")
    with replacing(note) as stream:
        stream.write(text.encode("utf-8"))
    return ExportReport(path, note, count, sieve.refused, sieve.findings())


def _place(
    declared: RecordType, edition: EditionName, file_format: Format
) -> tuple[CsvTable | XmlFile, Layout]:
    found: tuple[CsvTable | XmlFile, Layout] | None = None
    if file_format == "csv":
        found = csv_table_of(declared.name, edition)
    elif edition == "us":
        found = xml_file_of(declared.name)
    if found is None:
        raise FILE_TYPE_UNWRITABLE.raised(format=file_format.upper(), type=declared.name)
    return found
