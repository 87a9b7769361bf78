"""Bodies of every record type, made from the declarations: the smallest and the fullest.

`minimal` states what the declaration requires and what rules ask for in a company without
defaults; `maximal` states every field that a caller may state, each text filled to its
last character.  A new field is in the next maximal body by itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from clary.companies.conformance import arithmetic, plausible, recipes
from clary.companies.conformance.references import Purpose, References
from clary.kernel.change import Body, JsonValue
from clary.ledger.fields import EditionName, FieldSpec, Kind, Rule
from clary.ledger.record import (
    Family,
    Member,
    Record,
    RecordType,
    entry_class,
    has_field,
    is_many,
    member,
)
from clary.ledger.registry import record_type as declared_type

ENTRIES: Final = 2
"""Entries of a group in a full body."""


def minimal(
    record_type: str, edition: EditionName, release: int | None, references: References
) -> Body:
    """Return the smallest body that a company without defaults takes.

    Args:
        record_type: canonical name.
        edition: whose declaration and rules hold.
        release: release year (US) or version (UK); none means any.
        references: gives, and may make, what the body refers to.
    """
    return _body(record_type, edition, release, references, full=False)


def maximal(
    record_type: str, edition: EditionName, release: int | None, references: References
) -> Body:
    """Return a body with every field that can be stated; arguments as for `minimal`."""
    return _body(record_type, edition, release, references, full=True)


def _body(
    record_type: str,
    edition: EditionName,
    release: int | None,
    references: References,
    *,
    full: bool,
) -> Body:
    declared = declared_type(record_type)
    maker = _Maker(declared, edition, release, references, references.serial(), full=full)
    body = maker.record(declared.record, declared.name)
    arithmetic.finish(declared.name, body, edition, references, full=full)
    return body


@dataclass(frozen=True, slots=True)
class _Maker:
    """One body in the making.

    Attributes:
        entry: place of the entry within its group, from 0.
    """

    declared: RecordType
    edition: EditionName
    release: int | None
    references: References
    serial: int
    full: bool
    entry: int = 0

    def record(self, record: type[Record], path: str) -> Body:
        """Return a record or an entry of a group."""
        body: Body = {}
        for place, found in enumerate(self._members(record)):
            name = f"{path}.{found.spec.name}"
            if self._wanted(found.spec, name):
                value = self._value(found, name, place)
                if value is not None:
                    body[found.spec.name] = value
        return body

    def _members(self, record: type[Record]) -> Iterator[Member]:
        for name, info in record.model_fields.items():
            found = member(record, info.alias or name)
            if (
                found is not None
                and not found.spec.computed
                and has_field(found.spec, self.edition, self.release)
            ):
                yield found

    def _wanted(self, spec: FieldSpec, path: str) -> bool:
        rule = spec.rule(self.edition) or Rule()
        if self.full or rule.required:
            return True
        if self.declared.name in recipes.ORDERS and spec.name.endswith("able_account_id"):
            return False
        return any(name in recipes.NEEDED for name in self._names(path))

    def _names(self, path: str) -> tuple[str, ...]:
        return recipes.names_of(self.edition, path)

    def _value(self, found: Member, path: str, place: int) -> JsonValue:
        spec = found.spec
        for name in self._names(path):
            if not self.full and name in recipes.MINIMAL:
                return recipes.MINIMAL[name]
            if name in recipes.FIXED:
                return recipes.FIXED[name]
        if spec.key:
            return self._key(spec)
        if spec.kind is Kind.GROUP:
            return self._group(found, path)
        if spec.reference is not None:
            return self._reference(spec.reference, path)
        if spec.name == self.declared.number and self.declared.family is Family.ORDER:
            return str(1_000_000 + self.serial)
        return self._plain(spec, place)

    def _plain(self, spec: FieldSpec, place: int) -> JsonValue:
        if spec.name == "date":
            return self.references.day.isoformat()
        if spec.kind is Kind.INTEGER:
            # Price levels start above the first one.
            return self.entry + (2 if spec.name == "level" else 1)
        if spec.kind is Kind.CHOICE and self.entry:
            # Entries of a group are told apart by their choice, such as a user's areas.
            return (spec.rule(self.edition) or Rule()).choices[-1 - self.entry]
        return plausible.value(
            spec,
            self.edition,
            serial=self.serial * 10 + self.entry,
            place=place,
            day=self.references.day,
            in_list=self.declared.family is Family.LIST,
        )

    def _key(self, spec: FieldSpec) -> str:
        """Return a new key, in a full body as long as it may be."""
        key = self.references.new_key(self.declared.name)
        limit = (spec.rule(self.edition) or Rule()).length
        is_plain = key.startswith("K")
        return key + "X" * (limit - len(key)) if self.full and limit and is_plain else key

    def _group(self, found: Member, path: str) -> JsonValue:
        inner = entry_class(found.annotation)
        if not is_many(found.annotation):
            return self.record(inner, path)
        rule = found.spec.rule(self.edition) or Rule()
        count = self._count(found.spec.name, rule)
        return [replace(self, entry=entry).record(inner, path) for entry in range(count)]

    def _count(self, name: str, rule: Rule) -> int:
        if self.declared.name == "journal_entry":
            return ENTRIES
        if not self.full or name in recipes.SINGLE:
            return 1
        return min(ENTRIES, rule.length or ENTRIES)

    def _reference(self, record_type: str, path: str) -> JsonValue:
        if record_type == "tax_code":
            tax = self.references.tax()
            return tax.id if tax is not None else None
        return self.references.key(record_type, self._purpose(record_type, path))

    def _purpose(self, record_type: str, path: str) -> Purpose:
        tables = {
            "account": (recipes.ACCOUNT_PURPOSES, Purpose.EXPENSE),
            "item": (recipes.ITEM_PURPOSES, Purpose.USUAL),
            "bank": (recipes.BANK_PURPOSES, Purpose.USUAL),
        }
        table, usual = tables.get(record_type, ({}, Purpose.USUAL))
        return next((table[name] for name in self._names(path) if name in table), usual)
