"""CSV files of both editions -> FileRecords, streaming."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from clary.companies.files.csv_layout import ROWS, CsvTable, folded
from clary.companies.files.csv_source import Row, rows
from clary.companies.files.csv_tables import has_headings, recognised, table_named
from clary.companies.files.decoding import SourceFile
from clary.companies.files.grouping import grouped
from clary.companies.files.layout import Layout
from clary.companies.files.problems import (
    CSV_COLUMNS,
    CSV_MALFORMED,
    FILE_EMPTY,
    FILE_ROW_UNKNOWN,
)
from clary.companies.files.reading import Bag, Listed
from clary.companies.files.record import FileRecord
from clary.companies.files.xml_source import LIMITS, Limits
from clary.ledger.fields import EditionName


@dataclass(frozen=True, slots=True)
class Template:
    """How a file without headings is laid out: a table, and its columns in their order.

    Attributes:
        table: name of the table; empty where the file's own name or headings tell it.
        columns: names or headings of the columns; empty for all of the table's.
        encoding: encoding of the file, such as `windows-1252`; empty to find it out.
    """

    table: str = ""
    columns: tuple[str, ...] = ()
    encoding: str = ""


def table_of(
    file: SourceFile, edition: EditionName, template: Template | None, limits: Limits = LIMITS
) -> CsvTable:
    """Return which kind of CSV file this is.

    Raises:
        Rejected: it cannot be told (FILE_KIND_UNKNOWN), or the file is malformed.
    """
    if template is not None and template.table:
        return table_named(template.table, edition, file.name)
    first = next(rows(file, limits), None)
    if first is None:
        raise FILE_EMPTY.raised(file=file.name)
    return recognised(file.name, first.cells, edition)


def read_csv(
    file: SourceFile,
    table: CsvTable,
    template: Template | None = None,
    limits: Limits = LIMITS,
) -> Iterator[FileRecord]:
    """Yield the records of a CSV file.

    A first row of headings names the columns; without one they stand as the template
    says, else in the table's own order.

    Raises:
        Rejected: the file is malformed, a row has cells without a column, or a row is
            of a type that is not read; each with its line.
        Misconfigured: the file cannot be read.
    """
    return grouped(file.name, _bags(file, table, template, limits))


def _bags(
    file: SourceFile, table: CsvTable, template: Template | None, limits: Limits
) -> Iterator[tuple[Layout, Bag]]:
    lines = rows(file, limits)
    first = next(lines, None)
    if first is None:
        return
    headed = has_headings(table, first.cells)
    names = _headed(file, table, first) if headed else _positional(file, table, template)
    exact = not headed and not table.fixed and table.edition == "us"
    for row in lines if headed else itertools.chain([first], lines):
        _check_width(file, row, len(names), exact=exact)
        yield _bag(file, table, names, row)


def _headed(file: SourceFile, table: CsvTable, row: Row) -> list[str]:
    names: list[str] = []
    for place, cell in enumerate(row.cells, start=1):
        column = table.by_heading.get(folded(cell))
        name = column.name if column else cell.strip()
        if name and name in names:
            raise CSV_MALFORMED.raised(
                file=file.name,
                line=row.line,
                column=place,
                reason=f"the heading {cell.strip()[:60]} stands twice",
            )
        names.append(name)
    return names


def _positional(file: SourceFile, table: CsvTable, template: Template | None) -> list[str]:
    if template is None or not template.columns:
        return [column.name for column in table.columns]
    return _headed(file, table, Row(1, list(template.columns)))


def _check_width(file: SourceFile, row: Row, expected: int, *, exact: bool) -> None:
    """Refuse a row that does not fit the columns; blank cells at its end do no harm."""
    found = len(row.cells)
    if found > expected and any(cell.strip() for cell in row.cells[expected:]):
        raise CSV_COLUMNS.raised(file=file.name, line=row.line, found=found, expected=expected)
    if exact and found < expected:
        raise CSV_COLUMNS.raised(file=file.name, line=row.line, found=found, expected=expected)


def _bag(file: SourceFile, table: CsvTable, names: Sequence[str], row: Row) -> tuple[Layout, Bag]:
    texts = {
        name or f"column {place}": cell
        for place, (name, cell) in enumerate(zip(names, row.cells, strict=False), start=1)
        if cell and not cell.isspace()
    }
    layout = next((each for each in table.layouts if each.accepts(texts)), None)
    if layout is None:
        known = ", ".join(table.types)
        kind = texts.get("Type", "")[:20]
        raise FILE_ROW_UNKNOWN.raised(file=file.name, line=row.line, type=kind, known=known)
    entry = {name: texts.pop(name) for name in layout.line_paths if name in texts}
    bag = Bag(texts, line=row.line)
    if entry:
        bag.entries[ROWS] = [Listed(entry, row.line)]
    return layout, bag
