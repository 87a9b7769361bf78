"""FileRecords -> CSV import files of both editions, the same bytes for the same records.

A blank cell can mean 0 or FALSE to Sage, so a file has only the columns that some record
of it fills (files with fixed columns: all up to the last one).  Which those are is known
at the end, so rows wait in a temporary file and memory stays flat.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from clary.companies.files.atomic import replacing
from clary.companies.files.csv_layout import Column, CsvTable
from clary.companies.files.layout import Layout, Texts
from clary.companies.files.problems import (
    FILE_TYPE_UNWRITABLE,
    FILE_UNKNOWN_LEFT_OUT,
    FILE_VALUE_UNWRITABLE,
)
from clary.companies.files.reading import label_of
from clary.companies.files.record import FileRecord
from clary.companies.files.writing import render
from clary.kernel.errors import Finding

ENCODING: Final = "cp1252"
"""Windows-1252, as Sage 50 US writes; for the UK edition inferred."""

_QUOTED: Final = re.compile(r'[",\r\n]|^\s|\s$')
_UNUSABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")


@dataclass(frozen=True, slots=True)
class CsvWritten:
    """What was written.

    Attributes:
        table: kind of file.
        columns: the columns of the file, in their order.
        headings: its first row holds headings.
        records: how many records it holds.
        rows: how many rows they take, without headings.
        warnings: what was left out.
    """

    table: CsvTable
    columns: tuple[Column, ...]
    headings: bool
    records: int
    rows: int
    warnings: tuple[Finding, ...]


def write_csv(
    path: Path,
    table: CsvTable,
    records: Iterable[FileRecord],
    *,
    headings: bool = True,
    complete: bool = True,
) -> CsvWritten:
    """Write records as one CSV file.

    Args:
        path: the file, which is replaced as a whole.
        table: kind of file.
        records: records of types that the table holds.
        headings: write headings as the first row.
        complete: add what Sage needs of a new document and the record does not state,
            and leave out what was not understood; else write the record as it is.

    Raises:
        Rejected: a record has a value without a place in the file; nothing is written.
        Unsupported: the table does not hold a record's type (FILE_TYPE_UNWRITABLE).
        Misconfigured: the file cannot be written.
    """
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        waiting = _Waiting(table, path.name, complete=complete)
        for record in records:
            waiting.take(record, spool)
        columns = waiting.columns()
        spool.seek(0)
        with replacing(path) as stream:
            if headings:
                stream.write(_line([column.heading for column in columns]))
            for line in spool:
                row = json.loads(line)
                stream.write(_line([row.get(column.name, "") for column in columns]))
    return CsvWritten(
        table, columns, headings, waiting.records, waiting.rows, tuple(waiting.warnings)
    )


class _Waiting:
    """Rows that wait until it is known which columns there are."""

    def __init__(self, table: CsvTable, file: str, *, complete: bool) -> None:
        self._table = table
        self._file = file
        self._complete = complete
        self._used: dict[str, None] = {}
        self.records = 0
        self.rows = 0
        self.warnings: list[Finding] = []

    def take(self, record: FileRecord, spool: IO[str]) -> None:
        """Put the rows of a record aside."""
        for row in self._rows(record):
            self._used.update(dict.fromkeys(row))
            spool.write(json.dumps(row, ensure_ascii=True) + "\n")
            self.rows += 1
        self.records += 1

    def columns(self) -> tuple[Column, ...]:
        """Return the columns that the rows fill, in the table's order."""
        known = [column for column in self._table.columns if column.name in self._used]
        if self._table.fixed and known:
            last = self._table.columns.index(known[-1])
            known = list(self._table.columns[: last + 1])
        names = {column.name for column in self._table.columns}
        return (*known, *(Column(name, name) for name in self._used if name not in names))

    def _rows(self, record: FileRecord) -> Iterator[Texts]:
        layout = self._layout(record)
        rendered = render(layout, self._understood(record), complete=self._complete)
        entries = [entry.texts for entry in rendered.entries] or [{}]
        for texts in entries:
            row = rendered.texts | texts
            for name, text in row.items():
                _check_text(record, layout, name, text)
            yield row

    def _layout(self, record: FileRecord) -> Layout:
        for layout in self._table.layouts:
            if layout.record_type == record.record_type:
                return layout
        raise FILE_TYPE_UNWRITABLE.raised(format="CSV", type=record.record_type)

    def _understood(self, record: FileRecord) -> FileRecord:
        if not self._complete or not record.unknown:
            return record
        label = label_of(record.record_type, record.body)
        self.warnings.extend(
            FILE_UNKNOWN_LEFT_OUT.warning(record=label, field=path, path=path, file=self._file)
            for path, _ in record.unknown
        )
        return FileRecord(record.record_type, record.body, record.stated)


def _check_text(record: FileRecord, layout: Layout, name: str, text: str) -> None:
    try:
        text.encode(ENCODING)
    except UnicodeEncodeError as error:
        reason = f"Windows-1252 has no character {text[error.start]!r}"
    else:
        if not _UNUSABLE.search(text):
            return
        reason = "it holds a control character"
    raise FILE_VALUE_UNWRITABLE.raised(
        record=label_of(record.record_type, record.body),
        field=name,
        layout=layout.name,
        reason=reason,
    )


def _line(cells: Sequence[str]) -> bytes:
    return (",".join(map(_cell, cells)) + "\r\n").encode(ENCODING)


def _cell(text: str) -> str:
    return '"' + text.replace('"', '""') + '"' if _QUOTED.search(text) else text
