"""What stands against an import, told so that a person can mend the files in one go."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from clary.companies.files.problems import FILE_FINDINGS_MORE, FILE_VALUES_MISSING
from clary.flows.operations.drafts import KEY_MISSING
from clary.flows.operations.preview import PreviewRow
from clary.kernel.errors import Finding, Severity
from clary.ledger.fields import EditionName
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type
from clary.ledger.schema import FIELD_REQUIRED

EXAMPLES: Final = 3
"""Records that a finding about many of them names."""


@dataclass(slots=True)
class _Lacking:
    """The records of one type that lack one required value."""

    count: int = 0
    examples: list[str] = field(default_factory=list)

    def finding(self, declared: RecordType, name: str, edition: EditionName) -> Finding:
        return FILE_VALUES_MISSING.finding(
            record=declared.name,
            field=name,
            type=declared.name,
            label=declared.fields[name].label_in(edition),
            name=name,
            count=self.count,
            examples="; ".join(self.examples),
        )


@dataclass(slots=True)
class _Problems:
    """The problems so far, those about one missing value together."""

    most: int
    listed: list[Finding] = field(default_factory=list)
    lacking: dict[tuple[str, str], _Lacking] = field(default_factory=dict)
    more: int = 0

    def take(self, row: PreviewRow) -> None:
        """Take the errors of one record."""
        declared = record_type(row.record_type)
        for found in row.findings:
            name = _lacks(declared, found)
            if name is not None:
                self._count(declared, name, row, found)
            elif found.severity is Severity.ERROR and len(self.listed) < self.most:
                self.listed.append(replace(found, record=_with_place(declared, row, found)))
            else:
                self.more += found.severity is Severity.ERROR

    def _count(self, declared: RecordType, name: str, row: PreviewRow, found: Finding) -> None:
        of_all = self.lacking.setdefault((declared.name, name), _Lacking())
        of_all.count += 1
        if len(of_all.examples) < EXAMPLES:
            of_all.examples.append(_with_place(declared, row, found))


def import_problems(rows: Iterable[PreviewRow], edition: EditionName, most: int) -> list[Finding]:
    """Return every error of a plan made from files, each with where its record stands.

    Required values that records lack come first, each told once for all records of a type.

    Args:
        rows: what the plan would do.
        edition: whose words the labels are.
        most: how many errors are given one by one; the rest is counted.
    """
    problems = _Problems(most)
    for row in rows:
        problems.take(row)
    first = [
        of_all.finding(record_type(type_name), name, edition)
        for (type_name, name), of_all in problems.lacking.items()
    ]
    more = [FILE_FINDINGS_MORE.finding(count=problems.more)] if problems.more else []
    return [*first, *problems.listed, *more]


def _lacks(declared: RecordType, found: Finding) -> str | None:
    """Return the field that a record lacks, where that is what a finding says."""
    if found.code == KEY_MISSING.name:
        return declared.key
    plain = found.code == FIELD_REQUIRED.name and found.field in declared.fields
    return found.field if plain else None


def _with_place(declared: RecordType, row: PreviewRow, found: Finding) -> str:
    """Return a record in words with its place, which the document's id names."""
    document = row.document or ""
    stated = {each.field: each.after for each in row.fields}
    number = stated.get(declared.number or "")
    known = (found.record or declared.name).removesuffix(document).strip()
    name = f"{known} {number}" if number and known == declared.name else known
    source, _, position = document.rpartition("#")
    return f"{name} ({source}, record {position})"
