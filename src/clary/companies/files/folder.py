"""The files of one folder: which there are, what each is, and their records by type."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from clary.companies.files.csv_reader import Template
from clary.companies.files.decoding import unreadable
from clary.companies.files.importing import completed_records
from clary.companies.files.opening import KnownFile, open_file
from clary.companies.files.problems import FILES_EDITION_UNKNOWN, FOLDER_MISSING
from clary.companies.files.record import FileRecord
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError, Finding, Rejected
from clary.ledger.fields import EDITIONS, EditionName
from clary.ledger.record import RecordType

SUFFIXES: Final = frozenset({".xml", ".csv"})


@dataclass(slots=True)
class Folder:
    """One folder of files.

    Attributes:
        path: where it is.
        stated: its edition, where it was stated.
        overrides: values by `type.field` that the files lack.
        templates: layouts of CSV files that do not tell theirs, by file name.
    """

    path: Path
    stated: EditionName | None = None
    overrides: dict[str, JsonValue] = field(default_factory=dict)
    templates: dict[str, Template] = field(default_factory=dict)
    _known: dict[tuple[Path, EditionName, int, int], KnownFile] = field(default_factory=dict)

    def paths(self) -> list[Path]:
        """Return the files that can be read, by name.

        Raises:
            Misconfigured: there is no such folder (FOLDER_MISSING).
        """
        if not self.path.is_dir():
            raise FOLDER_MISSING.raised(folder=self.path.name)
        return sorted(
            path
            for path in self.path.iterdir()
            if path.suffix.lower() in SUFFIXES and path.is_file() and path.name[:1] != "."
        )

    def edition(self) -> EditionName:
        """Return the edition: the stated one, else that of the first file that tells it.

        Raises:
            Misconfigured: there is no such folder, or no file tells (FILES_EDITION_UNKNOWN).
        """
        if self.stated is not None:
            self.paths()
            return self.stated
        for path in self.paths():
            telling = [edition for edition in EDITIONS if self._opened(path, edition)]
            if len(telling) == 1:
                return telling[0]
        raise FILES_EDITION_UNKNOWN.raised(folder=self.path.name)

    def _opened(self, path: Path, edition: EditionName) -> KnownFile | None:
        try:
            return self._open(path, edition)
        except Rejected:
            return None

    def _open(self, path: Path, edition: EditionName) -> KnownFile:
        """Return the file with its kind, which is found out once as long as it stays as it is."""
        try:
            state = path.stat()
        except OSError as error:
            raise unreadable(path, error) from error
        key = (path, edition, state.st_mtime_ns, state.st_size)
        if key not in self._known:
            self._known[key] = open_file(path, edition, template=self.templates.get(path.name))
        return self._known[key]

    def problems(self) -> list[Finding]:
        """Return a finding for each file that cannot be read."""
        found: list[Finding] = []
        edition = self.edition()
        for path in self.paths():
            try:
                self._open(path, edition)
            except ClaryError as error:
                found.extend(error.findings)
        return found

    def records(self, declared: RecordType) -> Iterator[FileRecord]:
        """Yield the records of a type in all files that can be read.

        Raises:
            Rejected: such a file turns out to be malformed further on.
        """
        edition = self.edition()
        files = [self._opened(path, edition) for path in self.paths()]
        known = [file for file in files if file is not None and declared.name in file.types]
        yield from completed_records(known, declared, self.overrides)


def stored_body(declared: RecordType, record: FileRecord) -> Body:
    """Return a record with the figures that its file states of it."""
    figures = {name: value for name, value in record.stated.items() if name in declared.fields}
    return {**record.body, **figures}
