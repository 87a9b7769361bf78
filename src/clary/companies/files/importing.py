"""Several files at once: read together, completed, checked and put in order for an import.

Files refer to each other (an invoice to a customer), and some things are split among
them: one export has a sales tax code's ID, another its agencies.  What stands against a record
goes with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from clary.companies.files.csv_reader import Template
from clary.companies.files.layout import look, put
from clary.companies.files.opening import KnownFile, open_file
from clary.companies.files.problems import (
    FILE_RECORDS_DIFFER,
    FILE_SET_CONTRADICTS,
    FILE_SET_INVALID,
)
from clary.companies.files.reading import label_of
from clary.companies.files.record import FileRecord
from clary.companies.files.xml_source import LIMITS, Limits
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError, Finding, raise_errors
from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.record import RecordType
from clary.ledger.registry import all_record_types, record_type

GATHERED: Final = frozenset({"tax_code"})
"""Record types whose records may be split among files; there are few of each."""


def read_files(
    paths: Sequence[Path],
    edition: EditionName = "us",
    *,
    limits: Limits = LIMITS,
    templates: Mapping[str, Template] = MappingProxyType({}),
) -> Iterator[FileRecord]:
    """Yield the records of several files as they stand, file by file, streaming.

    Args:
        paths: the files.
        edition: edition of Sage 50 that they are of.
        limits: how much is read of each.
        templates: layouts of CSV files that do not tell theirs, by file name.

    Raises:
        Rejected: a file is of no known kind, malformed, too large or too deep.
        Misconfigured: a file cannot be read.
    """
    for path in paths:
        yield from open_file(path, edition, limits, templates.get(path.name)).read()


def parse_settings(settings: Sequence[str], edition: EditionName) -> dict[str, JsonValue]:
    """Return values for what exports lack, from texts such as `item.class=stock`.

    Raises:
        Rejected: a text is no such setting (FILE_SET_INVALID), or two of them say different
            things of one field (FILE_SET_CONTRADICTS); all are reported.
    """
    found: dict[str, JsonValue] = {}
    problems: list[Finding] = []
    for text in settings:
        try:
            name, value = _setting(text, edition)
            if found.setdefault(name, value) != value:
                raise FILE_SET_CONTRADICTS.raised(setting=name, first=found[name], second=value)
        except ClaryError as error:
            problems.extend(error.findings)
    raise_errors(problems)
    return found


def _setting(text: str, edition: EditionName) -> tuple[str, JsonValue]:
    """Return the field, as `type.field` by its own names, and the value that a text states."""
    name, _, value = text.partition("=")
    type_name, dot, field_name = name.strip().partition(".")
    if not dot:
        raise FILE_SET_INVALID.raised(setting=text, reason="it names no field")
    declared = record_type(type_name, edition)
    spec = declared.fields_in(edition).get(field_name)
    if spec is None or spec.kind is Kind.GROUP or spec.computed:
        raise FILE_SET_INVALID.raised(
            setting=text, reason=f"{type_name} has no field {field_name} that can be set"
        )
    if not value.strip():
        raise FILE_SET_INVALID.raised(setting=text, reason="the value is missing")
    return f"{declared.name}.{field_name}", _typed(spec, value.strip(), text)


def _typed(spec: FieldSpec, value: str, setting: str) -> JsonValue:
    if spec.kind is Kind.BOOLEAN:
        if value.lower() in ("true", "false"):
            return value.lower() == "true"
        raise FILE_SET_INVALID.raised(setting=setting, reason="it is not true or false")
    if spec.kind is Kind.INTEGER:
        if value.isascii() and value.isdecimal():
            return int(value)
        raise FILE_SET_INVALID.raised(setting=setting, reason="it is not a whole number")
    return value


@dataclass(slots=True)
class ImportSet:
    """Files that are imported together.

    Attributes:
        paths: the files, in any order.
        edition: edition of the company they go to.
        overrides: values by `type.field` for records that lack them (`parse_settings`);
            a value that a file has is never replaced.
        limits: how much is read of each file.
        templates: layouts of CSV files that do not tell theirs, by file name.
    """

    paths: Sequence[Path]
    edition: EditionName = "us"
    overrides: Mapping[str, JsonValue] = field(default_factory=dict)
    limits: Limits = LIMITS
    templates: Mapping[str, Template] = field(default_factory=dict)

    def unreadable(self) -> list[Finding]:
        """Return why files cannot be read from their beginning to their end, of all files."""
        findings: list[Finding] = []
        for path in self.paths:
            try:
                for _ in self._open(path).read():
                    pass
            except ClaryError as error:
                findings.extend(error.findings)
        return findings

    def records(self) -> Iterator[FileRecord]:
        """Yield all records, completed, in the order in which they can be created.

        What stands against one is among its findings.  The files are read once for each
        record type they hold, so that memory does not grow with them; within a type the
        order is that of the files.

        Raises:
            Rejected, Misconfigured: a file cannot be read.
        """
        files = [self._open(path) for path in self.paths]
        for declared in all_record_types():
            holding = [known for known in files if declared.name in known.types]
            yield from completed_records(holding, declared, self.overrides)

    def _open(self, path: Path) -> KnownFile:
        known = open_file(path, self.edition, self.limits, self.templates.get(path.name))
        if sum(each.name == path.name for each in self.paths) == 1:
            return known
        # Files of one name in several folders are told apart by their folders.
        folder = os.path.commonpath([each.absolute().parent for each in self.paths])
        source = path.absolute().relative_to(folder).as_posix()
        return replace(known, read=lambda: (replace(each, source=source) for each in known.read()))


def completed_records(
    files: Sequence[KnownFile], declared: RecordType, overrides: Mapping[str, JsonValue]
) -> Iterator[FileRecord]:
    """Yield the records of one type in some files, completed and put together.

    Args:
        files: files that may hold such records.
        declared: the record type.
        overrides: values by `type.field` for records that lack them.
    """
    filled = {
        name.partition(".")[2]: value
        for name, value in overrides.items()
        if record_type(name.partition(".")[0]) is declared
    }
    records = (
        _completed(record, filled)
        for known in files
        for record in known.read()
        if record.record_type == declared.name
    )
    if declared.name in GATHERED:
        yield from _gathered(records)
    else:
        yield from records


def _completed(record: FileRecord, filled: Mapping[str, JsonValue]) -> FileRecord:
    lacking = {name: value for name, value in filled.items() if look(record.body, name) is None}
    if not lacking:
        return record
    body: Body = dict(record.body)
    for name, value in lacking.items():
        put(body, name, value)
    return replace(record, body=body)


def _gathered(records: Iterator[FileRecord]) -> Iterator[FileRecord]:
    """Join the parts of records that are split among files, by their key."""
    whole: dict[str, FileRecord] = {}
    for number, record in enumerate(records):
        key = str(record.body.get("id") or f"#{number}").casefold()
        if key in whole:
            whole[key] = _joined(whole[key], record)
        else:
            whole[key] = record
    yield from whole.values()


def _joined(first: FileRecord, second: FileRecord) -> FileRecord:
    body = dict(first.body)
    differing: list[Finding] = []
    for name, value in second.body.items():
        if body.get(name) in (None, value):
            body[name] = value
            continue
        differing.append(
            FILE_RECORDS_DIFFER.finding(
                record=label_of(first.record_type, first.body),
                field=name,
                files=f"{first.source} and {second.source}",
            )
        )
    return replace(
        first,
        body=body,
        stated=first.stated | second.stated,
        unknown=first.unknown + second.unknown,
        source=f"{first.source}, {second.source}",
        findings=(*first.findings, *second.findings, *differing),
    )
