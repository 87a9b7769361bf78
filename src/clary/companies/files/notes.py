"""The note beside a file to import: what the person who imports it must do and know.

It is made from the same declarations that the file is written with, so that template,
column order and options cannot differ from the file.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from clary.companies.files.csv_layout import CsvTable
from clary.companies.files.csv_writer import CsvWritten
from clary.companies.files.layout import Layout
from clary.companies.files.xml_tables import XmlFile
from clary.ledger.registry import record_type

XML_FACTS: Final = (
    "Sage 50 imports XML only through programs that use its import interface, not by menu.",
    "The same records can be written as CSV for the menus.",
    "The accounting period is taken from the date; a date in a closed year is refused.",
    "Export the records after the import and compare: its answer alone proves nothing.",
)


def csv_note(file: str, written: CsvWritten) -> str:
    """Return the note for a CSV file."""
    table = written.table
    lines = [
        f"How to import {file}",
        "",
        _what(written),
        f"  Where:    {table.menu}" + (f" > {table.title} > Import" if _is_us(table) else ""),
        f"  Before:   {_preparation(table)}",
        f"  First Row Contains Headings: {'on' if written.headings else 'off'}",
        "  Encoding: Windows-1252; dates are "
        + ("MM/DD/YY" if table.edition == "us" else "DD/MM/YYYY"),
        "",
        "Columns, in this order:",
        "",
        *_columns(table, written),
        "",
        "Know before you import:",
        "",
        *_bulleted(table.facts),
        *_bulleted(_notes(table.layouts)),
    ]
    return "\n".join(lines) + "\n"


def xml_note(file: str, declared: XmlFile, layouts: Iterable[Layout], records: int) -> str:
    """Return the note for an XML file."""
    used = list(layouts)
    types = tuple(dict.fromkeys(layout.record_type for layout in used))
    lines = [
        f"How to import {file}",
        "",
        f"  What:     {declared.root}: {_counted(records, types)}",
        "  Where:    the import interface of Sage 50 US, file type XML",
        "  Encoding: UTF-8; dates are MM/DD/YY",
        "",
        "Know before you import:",
        "",
        *_bulleted(XML_FACTS),
        *_bulleted(_notes(used)),
    ]
    return "\n".join(lines) + "\n"


def _counted(records: int, types: tuple[str, ...]) -> str:
    if len(types) != 1:
        return f"{records} records"
    words = record_type(types[0]).words
    named = next(iter(words.values()))
    return f"{records} {(named.one if records == 1 else named.many).lower()}"


def _what(written: CsvWritten) -> str:
    counted = _counted(written.records, written.table.types)
    return f"  What:     {written.table.title}: {counted} (rows: {written.rows})"


def _is_us(table: CsvTable) -> bool:
    return table.edition == "us"


def _preparation(table: CsvTable) -> str:
    if _is_us(table):
        return "make a template that shows exactly these columns, numbered so under Col #"
    return "map the column headings in the wizard where it asks for it"


def _columns(table: CsvTable, written: CsvWritten) -> Iterator[str]:
    for number, column in enumerate(written.columns, start=1):
        label = _letter(number) if table.edition == "uk" else f"{number:>3}"
        name = "" if column.name == column.heading else f"  (field {column.name})"
        yield f"  {label:>3}  {column.heading}{name}"


def _letter(number: int) -> str:
    """Return a column's letter: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def _notes(layouts: Iterable[Layout]) -> Iterator[str]:
    yield from dict.fromkeys(layout.note for layout in layouts if layout.note)


def _bulleted(facts: Iterable[str]) -> Iterator[str]:
    return (f"  - {fact}" for fact in facts)
