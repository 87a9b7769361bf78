"""Opens a file of any known kind: what record types it may hold, and its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clary.companies.files.csv_reader import Template, read_csv, table_of
from clary.companies.files.decoding import SourceFile, open_source
from clary.companies.files.problems import FILE_EDITION_WRONG
from clary.companies.files.record import FileRecord
from clary.companies.files.xml_reader import read_xml, root_of
from clary.companies.files.xml_source import LIMITS, Limits
from clary.ledger.fields import EditionName


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A file whose kind is known.

    Attributes:
        source: the file with its encoding.
        types: record types it may hold.
        read: gives its records, from the start each time.
    """

    source: SourceFile
    types: tuple[str, ...]
    read: Callable[[], Iterator[FileRecord]]


def open_file(
    path: Path,
    edition: EditionName,
    limits: Limits = LIMITS,
    template: Template | None = None,
) -> KnownFile:
    """Return the file with its kind: by its name, else XML by its content, else CSV.

    A file that is called CSV may begin with any character, also with `<`.

    Args:
        path: the file.
        edition: edition of the company it is read for.
        limits: how much is read of it.
        template: layout of a CSV file that does not tell it by name and headings.

    Raises:
        Rejected: it is of no known kind, of the other edition, too large or malformed.
        Misconfigured: it cannot be read.
    """
    source = open_source(path, limits.size, encoding=template.encoding if template else "")
    suffix = path.suffix.lower()
    if suffix == ".xml" or (suffix != ".csv" and is_xml(source, limits)):
        return _xml(source, edition, limits)
    table = table_of(source, edition, template, limits)
    return KnownFile(source, table.types, lambda: read_csv(source, table, template, limits))


def _xml(source: SourceFile, edition: EditionName, limits: Limits) -> KnownFile:
    found = root_of(source, limits)
    if edition != "us":
        raise FILE_EDITION_WRONG.raised(file=source.name, found="us", edition=edition)
    types = tuple(layout.record_type for layout in found.layouts)
    return KnownFile(source, types, lambda: read_xml(source, limits))


def is_xml(source: SourceFile, limits: Limits = LIMITS) -> bool:
    """Tell whether a file begins as XML does."""
    return next(source.chunks(limits.size), "").lstrip()[:1] == "<"
