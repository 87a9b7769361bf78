"""Opens a file of any known kind: what record types it may hold, and its records."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

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


def open_file(path: Path, edition: EditionName, limits: Limits = LIMITS) -> KnownFile:
    """Return the file with its kind.

    Raises:
        Rejected: it is of no known kind, of the other edition, too large or malformed.
        Misconfigured: it cannot be read.
    """
    source = open_source(path, limits.size)
    found = root_of(source, limits)
    for layout in found.layouts:
        if layout.edition != edition:
            raise FILE_EDITION_WRONG.raised(file=source.name, found=layout.edition, edition=edition)
    types = tuple(layout.record_type for layout in found.layouts)
    return KnownFile(source, types, lambda: read_xml(source, limits))
