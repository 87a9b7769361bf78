"""Groups inside a record that are handled on their own: addresses, contacts, lines, pay.

Sage keeps them inside their parent, callers want to name one of them.  A nested type is
called by its parent and field, `customer.ship_to`; one entry of it by the parent's key and
its own, `ACME/1`.  A slash inside either key is written `~1` and a tilde `~0`, as JSON
Pointer does (RFC 6901): `A~1B/1` is entry 1 of `A/B`.
Declared from the record types, so that a new group needs no further line here unless its
entries have a key of their own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Final

from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import ClaryError, Rejected, declare
from clary.ledger.fields import EditionName, FieldSpec
from clary.ledger.record import Record, RecordType, fields_of, has_field, is_many
from clary.ledger.registry import TYPE_UNKNOWN, record_type, record_types_in
from clary.ledger.types import groups, lists, people

ENTRY_KEY_INVALID = declare(
    "ENTRY_KEY_INVALID",
    Rejected,
    "{text!r} does not name one entry of {type}: {reason}.",
    "Write the parent's key, a slash and {entry}, for example {example}.",
    http_status=400,
    exit_code=2,
)

ENTRY_KEYS: Final[dict[type[Record], str]] = {
    groups.Contact: "name",
    groups.CustomField: "index",
    groups.PriceLevel: "level",
    groups.Component: "item_id",
    groups.AgencyTax: "agency_id",
    lists.Agency: "id",
    people.PayInfo: "number",
    people.PayrollField: "number",
    people.Right: "area",
}
"""Field that tells the entries of a group apart; other groups go by position from 1."""

ALIASES: Final[dict[str, str]] = {
    "billtoaddress": "bill_to",
    "shiptoaddress": "ship_to",
    "shiptoaddresses": "ship_to",
    "remittoaddress": "remit_to",
    "mailtoaddress": "mail_to",
    "payinfo": "pay",
    "customfield": "custom_fields",
    "employeefield": "employee_fields",
    "employerfield": "employer_fields",
}
"""Sage's own names of groups, folded, and the field each stands for."""

POSITION_DIGITS: Final = 9
"""Most digits of a position; no group has a billion entries."""

PARENT: Final = "parent"
POSITION: Final = "position"
"""Names of the two columns that rows of a nested type have besides their own fields."""


@dataclass(frozen=True, eq=False)
class NestedType:
    """One group of a record type, as something that can be queried and changed.

    Attributes:
        parent: the record type it is inside of.
        field: its field there.
        record: the class of one entry.
        many: it has entries; else there is one or none.
        entry_key: field that tells entries apart; none where they go by position.
    """

    parent: RecordType
    field: str
    record: type[Record]
    many: bool
    entry_key: str | None

    @property
    def name(self) -> str:
        """The nested type's own name, such as `customer.ship_to`."""
        return f"{self.parent.name}.{self.field}"

    @cached_property
    def fields(self) -> dict[str, FieldSpec]:
        """Every declared field of an entry by its name in bodies."""
        return fields_of(self.record)

    @property
    def spec(self) -> FieldSpec:
        """The declaration of the group in its parent."""
        return self.parent.fields[self.field]

    def label_in(self, edition: EditionName) -> str:
        """Return what `edition` calls the group."""
        return self.spec.label_in(edition)

    def key_text(self, parent: str, entry: str | None) -> str:
        """Return the text that names one entry, or the single group, of a parent."""
        if entry is None:
            return _escaped(parent)
        return f"{_escaped(parent)}/{_escaped(entry)}"

    def parse(self, text: str) -> tuple[str, str | None]:
        """Return the key of the parent and that of the entry; none where none is named.

        Raises:
            Rejected: it is no such text (ENTRY_KEY_INVALID).
        """
        parts = text.split("/")
        if not all(parts) or len(parts) > (2 if self.many else 1):
            raise self.invalid(text, "it has more or fewer parts than that")
        whole = [part.replace("~1", "/").replace("~0", "~") for part in parts]
        return whole[0], whole[1] if len(whole) > 1 else None

    def positions(self, entries: Sequence[Mapping[str, JsonValue]], entry: str) -> list[int]:
        """Return where the entries of a key stand, from 0; IDs in any case."""
        if self.entry_key is None:
            whole = entry.isascii() and entry.isdecimal() and len(entry) <= POSITION_DIGITS
            return [int(entry) - 1] if whole and 1 <= int(entry) <= len(entries) else []
        name, wanted = self.entry_key, entry.casefold()
        return [
            position
            for position, each in enumerate(entries)
            if str(each.get(name, "")).casefold() == wanted
        ]

    def entry(self, group: JsonValue, entry: str | None) -> Body | None:
        """Return what one entry of a parent's group states, none where there is none."""
        if isinstance(group, Mapping):
            return _stated(group)
        found = entries_of(group)
        at = self.positions(found, entry) if entry is not None else []
        return _stated(found[at[0]]) if at else None

    def invalid(self, text: str, reason: str) -> ClaryError:
        """Return the error for a text that names no entry."""
        entry = (self.entry_key or "the position from 1") if self.many else "nothing else"
        return ENTRY_KEY_INVALID.raised(
            text=text,
            type=self.name,
            reason=reason,
            entry=entry,
            example="ACME/1" if self.many else "ACME",
        )


def entries_of(group: JsonValue) -> list[Mapping[str, JsonValue]]:
    """Return the entries of a parent's group; none where nothing is stated."""
    if not isinstance(group, list | tuple):
        return []
    return [each for each in group if isinstance(each, Mapping)]


def _stated(entry: Mapping[str, JsonValue]) -> Body:
    return {name: value for name, value in entry.items() if value is not None}


def _escaped(key: str) -> str:
    return key.replace("~", "~0").replace("/", "~1")


@cache
def nested_types(parent: RecordType) -> tuple[NestedType, ...]:
    """Return the nested types of a record type, in order of declaration."""
    return tuple(_nested(parent, field) for field in parent.groups)


def _nested(parent: RecordType, field: str) -> NestedType:
    record = parent.groups[field]
    annotation = parent.record.model_fields[field].annotation
    return NestedType(parent, field, record, is_many(annotation), ENTRY_KEYS.get(record))


def nested_named(name: str) -> NestedType | None:
    """Return the nested type of a canonical name in any edition, or none."""
    parent, _, field = name.partition(".")
    found = nested_types(record_type(parent))
    return next((nested for nested in found if nested.field == field), None)


def nested_types_in(edition: EditionName, release: int | None = None) -> tuple[NestedType, ...]:
    """Return every nested type that `edition` has at `release` (any release if none)."""
    return tuple(
        nested
        for parent in record_types_in(edition)
        for nested in nested_types(parent)
        if has_field(nested.spec, edition, release)
    )


def find_type(name: str, edition: EditionName) -> RecordType | NestedType:
    """Return the record type or nested type called `name`, by any of its names.

    Raises:
        Rejected: `edition` has none of this name (TYPE_UNKNOWN).
    """
    parent_name, dot, field = name.partition(".")
    parent = record_type(parent_name, edition)
    if not dot:
        return parent
    folded = field.replace("-", "").replace("_", "").casefold()
    wanted = ALIASES.get(folded, field)
    known = [each for each in nested_types(parent) if has_field(each.spec, edition, None)]
    for nested in known:
        if nested.field == wanted or nested.field.replace("_", "") == folded:
            return nested
    names = " or ".join(each.name for each in known)
    near = f" (did you mean {names}?)" if names else ""
    raise TYPE_UNKNOWN.raised(name=name, where=f" in the edition {edition}", near=near)
