"""Reads what filters have to know of a record type from its one declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from clary.ledger.fields import EditionName, FieldSpec, Kind, Rule, spec_of
from clary.ledger.filters.check import FieldTable
from clary.ledger.record import Record, RecordType, entry_class, has_field, is_many


@dataclass(frozen=True, slots=True)
class _Found:
    """One declared field where the walk met it."""

    path: str
    spec: FieldSpec
    rule: Rule
    repeated: bool


@cache
def declared_fields(
    record_type: RecordType, edition: EditionName, release: int | None = None
) -> FieldTable:
    """Return the fields that filters over `record_type` may name.

    Args:
        record_type: whose records are filtered.
        edition: only fields that it has.
        release: only fields that this release year or version has; all if none.
    """
    found = list(_walk(record_type.record, edition, release))
    return FieldTable(
        kinds={field.path: field.spec.kind for field in found},
        allowed={field.path: field.rule.choices for field in found if field.rule.choices},
        lists=frozenset(field.path for field in found if field.repeated),
        identifiers=frozenset(
            field.path
            for field in found
            if is_identifier(field.spec) or field.path == record_type.party
        ),
    )


def is_identifier(spec: FieldSpec) -> bool:
    """Tell whether a field holds the ID of a list record, which is unique in any case."""
    return spec.kind is Kind.TEXT and (spec.key or spec.reference is not None)


def _walk(
    record: type[Record],
    edition: EditionName,
    release: int | None,
    prefix: str = "",
    *,
    repeated: bool = False,
) -> Iterator[_Found]:
    for name, info in record.model_fields.items():
        spec = spec_of(name, info)
        rule = spec.rule(edition)
        if rule is None or not has_field(spec, edition, release):
            continue
        path = prefix + spec.name
        is_group = spec.kind is Kind.GROUP
        many = repeated or (is_group and is_many(info.annotation))
        yield _Found(path, spec, rule, many)
        if is_group:
            inner = entry_class(info.annotation)
            yield from _walk(inner, edition, release, f"{path}.", repeated=many)
