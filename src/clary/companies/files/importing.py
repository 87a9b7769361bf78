"""Several files at once: read together, completed, checked and put in order for an import.

Files refer to each other (an invoice to a customer), and some things are split among
them: one export has a sales tax code's ID, another its agencies.  A record that is short
of a required value, and every other error, is found before anything is given out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType
from typing import Final

from clary.companies.files.csv_reader import Template
from clary.companies.files.layout import look, put
from clary.companies.files.opening import KnownFile, open_file
from clary.companies.files.problems import (
    FILE_FINDINGS_MORE,
    FILE_RECORDS_DIFFER,
    FILE_SET_INVALID,
    FILE_VALUES_MISSING,
)
from clary.companies.files.reading import label_of
from clary.companies.files.record import FileRecord
from clary.companies.files.xml_source import LIMITS, Limits
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError, Finding, raise_errors
from clary.ledger.fields import EditionName, FieldSpec, Kind
from clary.ledger.record import RecordType
from clary.ledger.registry import all_record_types, record_type
from clary.ledger.schema import FIELD_REQUIRED, check

MAXIMUM_FINDINGS: Final = 1000
"""Most findings that are given one by one; the rest is counted."""

EXAMPLES: Final = 3
"""Records that a finding about many of them names."""

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
        Rejected: a text is no such setting; all of them are reported (FILE_SET_INVALID).
    """
    found: dict[str, JsonValue] = {}
    problems: list[Finding] = []
    for text in settings:
        name, equals, value = text.partition("=")
        try:
            spec = _spec(name.strip(), edition)
            if not equals or not value.strip():
                raise FILE_SET_INVALID.raised(setting=text, reason="the value is missing")
            found[name.strip()] = _typed(spec, value.strip(), text)
        except ClaryError as error:
            problems.extend(error.findings)
    raise_errors(problems)
    return found


def _spec(name: str, edition: EditionName) -> FieldSpec:
    type_name, dot, field_name = name.partition(".")
    if not dot:
        raise FILE_SET_INVALID.raised(setting=name, reason="it names no field")
    spec = record_type(type_name, edition).fields_in(edition).get(field_name)
    if spec is None or spec.kind is Kind.GROUP or spec.computed:
        raise FILE_SET_INVALID.raised(
            setting=name, reason=f"{type_name} has no field {field_name} that can be set"
        )
    return spec


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
        release: release year or version whose rules hold; none means any.
        limits: how much is read of each file.
        templates: layouts of CSV files that do not tell theirs, by file name.
    """

    paths: Sequence[Path]
    edition: EditionName = "us"
    overrides: Mapping[str, JsonValue] = field(default_factory=dict)
    release: int | None = None
    limits: Limits = LIMITS
    templates: Mapping[str, Template] = field(default_factory=dict)

    def check(self) -> list[Finding]:
        """Return everything that is wrong or doubtful, errors and warnings, of all files.

        Values that many records lack are reported once for all of them.

        Raises:
            Rejected, Misconfigured: a file cannot be read at all.
        """
        collector = _Collector()
        for record in self._ordered(collector.findings):
            collector.take(record, self._checked(record))
        return collector.result()

    def records(self) -> Iterator[FileRecord]:
        """Yield all records, completed, in the order in which they can be created.

        The files are read once more for each record type they hold, so that memory does
        not grow with them; within a type the order is that of the files.

        Raises:
            Rejected: there are errors in any file; all are reported, before the first
                record is given out.
            Misconfigured: a file cannot be read.
        """
        raise_errors(self.check())
        yield from self._ordered([])

    def _checked(self, record: FileRecord) -> list[Finding]:
        _, findings = check(
            record.record_type,
            record.body,
            self.edition,
            self.release,
            record=f"{label_of(record.record_type, record.body)} ({record.source})",
        )
        return [*record.findings, *findings]

    def _ordered(self, problems: list[Finding]) -> Iterator[FileRecord]:
        files = [
            open_file(path, self.edition, self.limits, self.templates.get(path.name))
            for path in self.paths
        ]
        for declared in all_record_types():
            holding = [known for known in files if declared.name in known.types]
            yield from completed_records(holding, declared, self.overrides, problems)


def completed_records(
    files: Sequence[KnownFile],
    declared: RecordType,
    overrides: Mapping[str, JsonValue],
    problems: list[Finding],
) -> Iterator[FileRecord]:
    """Yield the records of one type in some files, completed and put together.

    Args:
        files: files that may hold such records.
        declared: the record type.
        overrides: values by `type.field` for records that lack them.
        problems: takes a finding for each record whose parts differ.
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
        yield from _gathered(records, problems)
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


def _gathered(records: Iterator[FileRecord], problems: list[Finding]) -> Iterator[FileRecord]:
    """Join the parts of records that are split among files, by their key."""
    whole: dict[str, FileRecord] = {}
    for number, record in enumerate(records):
        key = str(record.body.get("id") or f"#{number}").casefold()
        if key in whole:
            whole[key] = _joined(whole[key], record, problems)
        else:
            whole[key] = record
    yield from whole.values()


def _joined(first: FileRecord, second: FileRecord, problems: list[Finding]) -> FileRecord:
    body = dict(first.body)
    for name, value in second.body.items():
        if body.get(name) in (None, value):
            body[name] = value
            continue
        problems.append(
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
        findings=first.findings + second.findings,
    )


@dataclass(slots=True)
class _Missing:
    """Records that lack one required value."""

    count: int = 0
    examples: list[str] = field(default_factory=list)
    label: str = ""


@dataclass(slots=True)
class _Collector:
    """Gathers findings, those about one missing value together."""

    findings: list[Finding] = field(default_factory=list)
    missing: dict[tuple[str, str], _Missing] = field(default_factory=dict)
    dropped: int = 0

    def take(self, record: FileRecord, findings: Sequence[Finding]) -> None:
        """Take the findings of one record."""
        for found in findings:
            if found.code == FIELD_REQUIRED.name and found.field and "." not in found.field:
                self._lacks(record, found)
            elif len(self.findings) < MAXIMUM_FINDINGS:
                self.findings.append(found)
            else:
                self.dropped += 1

    def _lacks(self, record: FileRecord, found: Finding) -> None:
        missing = self.missing.setdefault((record.record_type, found.field or ""), _Missing())
        missing.count += 1
        missing.label = found.message.partition(" is missing")[0]
        if len(missing.examples) < EXAMPLES:
            missing.examples.append(
                f"{label_of(record.record_type, record.body)} in {record.source}"
            )

    def result(self) -> list[Finding]:
        """Return all findings, missing values first."""
        first = [
            FILE_VALUES_MISSING.finding(
                record=type_name,
                field=name,
                type=type_name,
                label=missing.label,
                name=name,
                count=missing.count,
                examples="; ".join(missing.examples),
            )
            for (type_name, name), missing in self.missing.items()
        ]
        more = [FILE_FINDINGS_MORE.finding(count=self.dropped)] if self.dropped else []
        return first + self.findings + more
