"""Reads CSV that nobody vouched for: rows with their line, bounded, nothing mended.

Cells are separated by commas and may stand in double quotes, with doubled quotes inside
and line breaks kept.  A quote anywhere else is an error with line and column, because
what was meant cannot be known.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NoReturn

from clary.companies.files.decoding import SourceFile
from clary.companies.files.problems import CSV_MALFORMED
from clary.companies.files.xml_source import LIMITS, Limits
from clary.kernel.errors import ClaryError

MAXIMUM_CELLS: Final = 1000
"""Most cells of one row; the widest list of Sage 50 US has 493 columns."""

ROW_TEXTS: Final = 10
"""How many texts of the greatest length a row may hold."""

_CELL: Final = re.compile(r'"((?:[^"]|"")*)"(?=,|\Z)|([^",]*)(?=,|\Z)')


@dataclass(frozen=True, slots=True)
class Row:
    """One row: the line it begins on, from 1, and its cells."""

    line: int
    cells: list[str]


def rows(file: SourceFile, limits: Limits = LIMITS) -> Iterator[Row]:
    """Yield the rows of a CSV file; rows without any text are passed over.

    Raises:
        Rejected: a quote or a character stands where none may, a row is too long, or
            the file is too large.
        Misconfigured: the file cannot be read.
    """
    held: list[str] = []
    quotes = length = first = 0
    for number, line in enumerate(_lines(file, limits), start=1):
        first = first if held else number
        held.append(line)
        quotes += line.count('"')
        length += len(line) + 1
        if length > limits.text * ROW_TEXTS:
            _refuse_row(file, "\n".join(held), first)
        if quotes % 2:
            continue
        cells = _cells(file, "\n".join(held).removesuffix("\r"), first)
        held, quotes, length = [], 0, 0
        if any(cell and not cell.isspace() for cell in cells):
            yield Row(first, cells)
    if held:
        _refuse_row(file, "\n".join(held), first)


def _refuse_row(file: SourceFile, text: str, line: int) -> NoReturn:
    """Refuse a row that does not end, at the first quote that stands where none may."""
    if '"' in text:
        _quoted(file, text, line)
    raise _malformed(file, line, 1, "the row is too long")


def _lines(file: SourceFile, limits: Limits) -> Iterator[str]:
    rest = ""
    for text in file.chunks(limits.size):
        *whole, rest = (rest + text).split("\n")
        yield from whole
        if len(rest) > limits.text * ROW_TEXTS:
            yield rest
            return
    if rest:
        yield rest


def _cells(file: SourceFile, text: str, line: int) -> list[str]:
    if "\0" in text:
        raise _malformed(file, line, text.index("\0") + 1, "it holds a null character")
    cells = text.split(",") if '"' not in text else _quoted(file, text, line)
    if len(cells) > MAXIMUM_CELLS:
        raise _malformed(file, line, 1, f"it has more than {MAXIMUM_CELLS} cells")
    return cells


def _quoted(file: SourceFile, text: str, line: int) -> list[str]:
    cells: list[str] = []
    place = 0
    while True:
        found = _CELL.match(text, place)
        if found is None:
            before = text.count("\n", 0, place)
            column = place - (text.rfind("\n", 0, place) + 1) + 1
            raise _malformed(
                file, line + before, column, "a quote stands where none may, or is not closed"
            )
        quoted, plain = found.groups()
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        if found.end() >= len(text):
            return cells
        place = found.end() + 1


def _malformed(file: SourceFile, line: int, column: int, reason: str) -> ClaryError:
    return CSV_MALFORMED.raised(file=file.name, line=line, column=column, reason=reason)
