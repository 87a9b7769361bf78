"""The folder of files that wait to be imported, each with its note and its origins.

Three files are written per delivery, the data file last and at once: what has no data
file was never delivered.

    0001-sales.txt    the note for the person
    0001-sales.json   which documents it holds, to find them again in a later export
    0001-sales.csv    the file to import
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, TypeAlias

from clary.companies.files.atomic import replacing, sync_folder
from clary.companies.files.csv_layout import CsvTable
from clary.companies.files.csv_tables import csv_table_of
from clary.companies.files.csv_writer import write_csv
from clary.companies.files.decoding import unreadable
from clary.companies.files.layout import Layout
from clary.companies.files.notes import csv_note, xml_note
from clary.companies.files.problems import FILE_TYPE_UNWRITABLE, FILE_UNWRITABLE
from clary.companies.files.reading import label_of
from clary.companies.files.recognition import Marks
from clary.companies.files.record import FileRecord
from clary.companies.files.writing import render
from clary.companies.files.xml_tables import XmlFile, xml_file_of
from clary.companies.files.xml_writer import write_xml
from clary.kernel.change import Origin
from clary.ledger.fields import EditionName
from clary.ledger.registry import record_type

FileFormat: TypeAlias = Literal["csv", "xml"]
_NUMBERED: Final = re.compile(r"(\d{4,9})-.*")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One record to hand over.

    Attributes:
        record: the record.
        origin: where it comes from.
        update: it changes a record that is there; only its own fields are written.
        receipt: names it to whoever asks where it was put.
    """

    record: FileRecord
    origin: Origin | None = None
    update: bool = False
    receipt: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """A document that was written to the outbox, as the contents beside its file tell.

    Attributes:
        record_type: canonical name of its record type.
        file: name of the file that holds it; none where somebody has taken it away.
        marks: what an export recognises it by; none where nothing does.
    """

    record_type: str
    file: str | None
    marks: Marks | None


class Outbox:
    """Writes files to import into one folder."""

    def __init__(self, folder: Path, edition: EditionName, file_format: FileFormat) -> None:
        self.folder = folder
        self._edition = edition
        self._format = file_format

    def place(self, name: str) -> tuple[CsvTable | XmlFile, Layout] | None:
        """Return the kind of file and the table that records of a type are written to.

        The wanted format comes first; a type that it does not have takes the other.
        """
        as_csv = csv_table_of(name, self._edition)
        as_xml = xml_file_of(name) if self._edition == "us" else None
        return (as_xml or as_csv) if self._format == "xml" else (as_csv or as_xml)

    def check(self, delivery: Delivery) -> None:
        """Refuse what cannot be written.

        Raises:
            Rejected: a field has no place in the file, or a value cannot be written.
            Unsupported: there is no import file for the type.
        """
        _, layout = self._placed(delivery)
        render(layout, delivery.record, complete=not delivery.update)

    def _placed(self, delivery: Delivery) -> tuple[CsvTable | XmlFile, Layout]:
        found = self.place(delivery.record.record_type)
        if found is None:
            raise FILE_TYPE_UNWRITABLE.raised(
                format=self._format.upper(), type=delivery.record.record_type
            )
        return found

    def deliver(self, deliveries: Sequence[Delivery]) -> Iterator[tuple[Path, Sequence[Delivery]]]:
        """Write files for all deliveries, in order of dependency; yield each when it is there.

        Every file comes with the deliveries that it holds.

        Raises:
            Rejected, Unsupported: as `check`.
            Misconfigured: a file cannot be written; those yielded before are there.
        """
        parcels: dict[tuple[str, frozenset[str]], list[Delivery]] = {}
        for delivery in deliveries:
            place, _ = self._placed(delivery)
            # Changes of different fields cannot share a file: a blank cell would clear.
            fields = frozenset(delivery.record.body) if delivery.update else frozenset[str]()
            key = (place.name if isinstance(place, CsvTable) else place.root, fields)
            parcels.setdefault(key, []).append(delivery)
        for parcel in sorted(parcels.values(), key=_rank):
            yield self._write(parcel), parcel

    def _write(self, parcel: Sequence[Delivery]) -> Path:
        place, _ = self._placed(parcel[0])
        records = [delivery.record for delivery in parcel]
        if isinstance(place, CsvTable):
            return self._parcel(parcel, place.name, "csv", _csv_writer(place, parcel))
        name = place.element.removeprefix("PAW_").lower()
        layouts = [self._placed(delivery)[1] for delivery in parcel]

        def write(data: Path, shown: str) -> str:
            write_xml(data, records)
            return xml_note(shown, place, layouts, len(records))

        return self._parcel(parcel, name, "xml", write)

    def _parcel(
        self,
        parcel: Sequence[Delivery],
        name: str,
        suffix: str,
        write: Callable[[Path, str], str],
    ) -> Path:
        """Write data beside its place, then note and contents, then put it into place."""
        _make(self.folder)
        data = self.folder / f"{self._next():04d}-{name}.{suffix}"
        waiting = data.with_name(f".{data.name}.waiting")
        try:
            try:
                note = write(waiting, data.name)
                _write_text(data.with_suffix(".txt"), note)
                _write_text(data.with_suffix(".json"), _contents(parcel))
                waiting.replace(data)
                sync_folder(self.folder)
            finally:
                waiting.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise FILE_UNWRITABLE.raised(file=data.name, reason=reason) from error
        return data

    def _next(self) -> int:
        found = (_NUMBERED.fullmatch(path.name) for path in self.folder.iterdir())
        return max((int(match.group(1)) for match in found if match), default=0) + 1

    def handed(self) -> Iterator[tuple[str, Handed]]:
        """Yield the origin of every document that was written here, and what is known of it."""
        if not self.folder.is_dir():
            return
        for contents in sorted(self.folder.glob("*.json")):
            data = [contents.with_suffix(suffix) for suffix in (".csv", ".xml")]
            file = next((path.name for path in data if path.exists()), None)
            for document in _documents(contents):
                if document.get("origin") and document.get("type"):
                    marks = Marks.from_texts(document)
                    yield document["origin"], Handed(document["type"], file, marks)


def _rank(parcel: Sequence[Delivery]) -> int:
    return min(record_type(delivery.record.record_type).order for delivery in parcel)


def _csv_writer(table: CsvTable, parcel: Sequence[Delivery]) -> Callable[[Path, str], str]:
    update = any(delivery.update for delivery in parcel)

    def write(data: Path, shown: str) -> str:
        records = (delivery.record for delivery in parcel)
        return csv_note(shown, write_csv(data, table, records, complete=not update))

    return write


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise FILE_UNWRITABLE.raised(file=folder.name, reason=reason) from error


def _write_text(path: Path, text: str) -> None:
    with replacing(path) as stream:
        stream.write(text.encode("utf-8"))


def _contents(parcel: Sequence[Delivery]) -> str:
    documents = [_content(delivery) for delivery in parcel]
    return json.dumps({"documents": documents}, ensure_ascii=False, indent=1) + "\n"


def _content(delivery: Delivery) -> dict[str, str]:
    record = delivery.record
    declared = record_type(record.record_type)
    marks = Marks.of(declared, record.body)
    return {
        "type": declared.name,
        "record": label_of(declared.name, record.body),
        "origin": delivery.origin.text if delivery.origin else "",
        **(marks.as_texts() if marks is not None else {}),
    }


def _documents(path: Path) -> list[dict[str, str]]:
    """Return what a contents file lists; one that a person changed counts as empty."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise unreadable(path, error) from error
    except ValueError:
        return []
    listed = found.get("documents") if isinstance(found, dict) else None
    return [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
