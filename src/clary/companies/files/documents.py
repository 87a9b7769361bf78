"""What is doubtful about a document that was read: lines missing, totals that differ.

These are findings and nothing more: a document is kept as its file gives it.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from clary.companies.files.figures import entries_of, total_of
from clary.companies.files.layout import Layout
from clary.companies.files.problems import (
    FILE_ACCOUNT_DOUBTFUL,
    FILE_DISTRIBUTIONS,
    FILE_LINE_TAX_TYPE,
    FILE_TOTAL_DIFFERS,
)
from clary.companies.files.reading import label_of, with_findings
from clary.companies.files.record import FileRecord
from clary.kernel.errors import Finding
from clary.ledger.fields import FieldSpec
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type


def checked(layout: Layout, record: FileRecord, stated: str | None, lines: int) -> FileRecord:
    """Return the record with what is doubtful about it as a document.

    Args:
        layout: the table it was read along.
        record: the record.
        stated: how many distributions the file says there are; none if it does not say.
        lines: how many were found.
    """
    if not layout.lines:
        return with_findings(record, layout.doubts(record))
    return with_findings(record, _problems(layout, record, stated, lines))


def _problems(
    layout: Layout, record: FileRecord, stated: str | None, lines: int
) -> Iterator[Finding]:
    label = label_of(record.record_type, record.body)
    if stated is not None and stated.strip() != str(lines):
        yield FILE_DISTRIBUTIONS.finding(
            record=label,
            field="lines",
            file=record.source,
            place=record.place,
            stated=stated.strip(),
            found=lines,
        )
    yield from _total(record, label)
    yield from _accounts(layout, record, label)
    yield from _tax_types(record, label)
    yield from layout.doubts(record)


def _total(record: FileRecord, label: str) -> Iterator[Finding]:
    declared = record_type(record.record_type).total or ""
    stated = record.stated.get(declared)
    if stated is None:
        return
    found = total_of(record.record_type, record.body)
    if Decimal(str(stated)) != found:
        yield FILE_TOTAL_DIFFERS.warning(
            record=label,
            field=declared,
            file=record.source,
            place=record.place,
            stated=stated,
            found=found,
        )


def _accounts(layout: Layout, record: FileRecord, label: str) -> Iterator[Finding]:
    """Yield what is too long to be an account ID.

    Fifteen characters is the limit of Sage 50 US file layouts; a real import file joins
    the account's ID and name instead.
    """
    declared = record_type(record.record_type)
    for path, value in _account_values(declared, record):
        limit = _length(declared.fields.get(path), layout)
        if isinstance(value, str) and len(value) > limit:
            yield FILE_ACCOUNT_DOUBTFUL.warning(
                record=label,
                field=path,
                path=path,
                file=record.source,
                place=record.place,
                value=value,
            )


def _account_values(declared: RecordType, record: FileRecord) -> Iterator[tuple[str, object]]:
    for name, spec in declared.fields.items():
        if spec.reference == "account":
            yield name, record.body.get(name)
    for target in ("lines", "taxes", "applications"):
        for index, entry in enumerate(entries_of(record.body, target)):
            yield f"{target}.{index}.account_id", entry.get("account_id")
    for path, value in record.stated.items():
        if path.endswith("GL_Account"):
            yield path, value


def _length(spec: FieldSpec | None, layout: Layout) -> int:
    rule = spec.rule(layout.edition) if spec is not None else None
    standard = 15 if layout.edition == "us" else 8
    return rule.length if rule is not None and rule.length is not None else standard


def _tax_types(record: FileRecord, label: str) -> Iterator[Finding]:
    for index, entry in enumerate(entries_of(record.body, "lines")):
        if entry.get("tax_type") == 0:
            yield FILE_LINE_TAX_TYPE.warning(
                record=label,
                field=f"lines.{index}.tax_type",
                file=record.source,
                place=record.place,
            )
