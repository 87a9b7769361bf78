"""Which CSV files are known, and how one is recognised: by name, else by its headings."""

from __future__ import annotations

from typing import Final

from clary.companies.files.csv_layout import CsvTable, folded
from clary.companies.files.csv_uk import UK_TABLES
from clary.companies.files.csv_us_lists import LISTS
from clary.companies.files.csv_us_purchases import PURCHASE_TABLES
from clary.companies.files.csv_us_sales import SALES_TABLES
from clary.companies.files.layout import Layout
from clary.companies.files.problems import FILE_KIND_UNKNOWN
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EditionName

CSV_TABLES: Final[dict[EditionName, tuple[CsvTable, ...]]] = {
    "us": (*LISTS, *SALES_TABLES, *PURCHASE_TABLES),
    "uk": UK_TABLES,
}


SHORTEST_BEGINNING: Final = 4
"""Letters a name needs to tell a file by its beginning; `PO.CSV` is told as a whole."""


def csv_table_of(record_type: str, edition: EditionName) -> tuple[CsvTable, Layout] | None:
    """Return the file and the table that hold records of a type, or none."""
    for table in CSV_TABLES[edition]:
        for layout in table.layouts:
            if layout.record_type == record_type:
                return table, layout
    return None


def table_named(name: str, edition: EditionName, file: str) -> CsvTable:
    """Return the table called `name`.

    Raises:
        Rejected: the edition has no such table (FILE_KIND_UNKNOWN).
    """
    for table in CSV_TABLES[edition]:
        if table.name == name:
            return table
    raise _unknown(file, edition, f"there is no layout called {name!r}")


def recognised(file: str, first: list[str], edition: EditionName) -> CsvTable:
    """Return the table of a file by its headings, else by its name.

    Our own files are named after the table (`0001-sales.csv`), Sage's begin with the name
    of its export (`SALES.CSV`).

    Raises:
        Rejected: no table fits, or several do (FILE_KIND_UNKNOWN).
    """
    tables = CSV_TABLES[edition]
    headings = [folded(cell) for cell in first if cell.strip()]
    known = [
        table
        for table in tables
        if headings and all(heading in table.by_heading for heading in headings)
    ]
    if len(known) == 1:
        return known[0]
    named = _named(file, tables)
    if named is not None:
        return named
    if not known:
        raise _unknown(file, edition, "neither its name nor its headings tell its kind")
    names = ", ".join(table.name for table in known)
    raise _unknown(file, edition, f"its headings fit several kinds ({names})")


def _named(file: str, tables: tuple[CsvTable, ...]) -> CsvTable | None:
    stem = folded(file.rpartition(".")[0]).lstrip("0123456789")
    fitting = [
        (len(name), table)
        for table in tables
        for name in (folded(table.name), folded(table.file_name))
        if stem == name or (len(name) >= SHORTEST_BEGINNING and stem.startswith(name))
    ]
    return max(fitting, key=lambda each: each[0])[1] if fitting else None


def has_headings(table: CsvTable, first: list[str]) -> bool:
    """Tell whether a first row holds headings: at least half of its cells are known ones."""
    cells = [folded(cell) for cell in first if cell.strip()]
    known = sum(cell in table.by_heading for cell in cells)
    return bool(cells) and known * 2 >= len(cells)


def _unknown(file: str, edition: EditionName, reason: str) -> ClaryError:
    known = ", ".join(table.name for table in CSV_TABLES[edition])
    return FILE_KIND_UNKNOWN.raised(file=file, reason=reason, known=known)
