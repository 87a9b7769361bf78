"""What a record type is: a typed class of declared fields, and how it is found.

The class gives posting rules typed access; its field declarations give everything else
(see `fields`).  A `RecordType` adds what belongs to the type as a whole.
"""

from __future__ import annotations

import types as python_types
import typing
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache, cached_property
from typing import Any

from pydantic import BaseModel, ConfigDict

from clary.ledger.fields import EditionName, FieldSpec, Kind, spec_of


class Record(BaseModel):
    """Base of every record and of every nested group; unknown fields are refused."""

    model_config = ConfigDict(
        extra="forbid", populate_by_name=True, hide_input_in_errors=True, defer_build=True
    )


class Family(StrEnum):
    """How records of a type behave in the books."""

    LIST = "list"
    ORDER = "order"
    POSTED = "posted"


@dataclass(frozen=True, slots=True)
class TypeName:
    """The words of one edition for a record type."""

    one: str
    many: str


@dataclass(frozen=True, eq=False)
class RecordType:
    """A record type as a whole.

    Attributes:
        name: canonical name, in US terms; the same in code, commands, API and docs.
        record: the typed class that declares the fields.
        family: a list record, an order that posts nothing, or a posted document.
        words: what each edition that has the type calls it.
        aliases: other names a caller may use (UK names, Sage's own object names).
        number: field that holds a document's number, where it has one.
        party: field that holds the customer or vendor of a document, where it has one.
        total: field that holds a document's total, for natural recognition.
        origin: field an origin may be stored in, where the type has a fit one.
        order: place in the order of creation, so that what is referred to comes first.
    """

    name: str
    record: type[Record]
    family: Family
    words: dict[EditionName, TypeName]
    aliases: tuple[str, ...] = ()
    number: str | None = None
    party: str | None = None
    total: str | None = None
    origin: str | None = None
    order: int = 100
    notes: str = field(default="")

    @cached_property
    def fields(self) -> dict[str, FieldSpec]:
        """Every declared field by its name in bodies, in order of declaration."""
        return fields_of(self.record)

    @cached_property
    def key(self) -> str:
        """Name of the field that identifies a record."""
        return next(name for name, spec in self.fields.items() if spec.key)

    @cached_property
    def groups(self) -> dict[str, type[Record]]:
        """Nested groups by field name, with the class of one entry."""
        return groups_of(self.record)

    def fields_in(self, edition: EditionName, release: int | None = None) -> dict[str, FieldSpec]:
        """Return the fields that `edition` has at `release` (all releases if none)."""
        return visible(self.fields, edition, release)

    def words_in(self, edition: EditionName) -> TypeName | None:
        """Return what `edition` calls the type, or none where it does not have it."""
        return self.words.get(edition)


@dataclass(frozen=True, slots=True)
class Member:
    """One field of a class: its declaration and the type it is annotated with."""

    spec: FieldSpec
    annotation: Any


@cache
def _members(record: type[Record]) -> dict[str, Member]:
    members = (
        Member(spec_of(name, info), info.annotation) for name, info in record.model_fields.items()
    )
    return {each.spec.name: each for each in members}


def member(record: type[Record], name: str) -> Member | None:
    """Return the field that bodies of a class call `name`, or none."""
    return _members(record).get(name)


def fields_of(record: type[Record]) -> dict[str, FieldSpec]:
    """Return the declared fields of a record or group class by name in bodies."""
    return {name: each.spec for name, each in _members(record).items()}


def groups_of(record: type[Record]) -> dict[str, type[Record]]:
    """Return the nested groups of a class: field name to the class of one entry."""
    return {
        name: entry_class(each.annotation)
        for name, each in _members(record).items()
        if each.spec.kind is Kind.GROUP
    }


def entry_class(annotation: Any) -> type[Record]:  # noqa: ANN401 - an annotation is any object
    """Return the Record class inside an annotation such as `list[Line] | None`.

    Raises:
        TypeError: there is none.
    """
    if isinstance(annotation, type) and issubclass(annotation, Record):
        return annotation
    if typing.get_origin(annotation) in (list, typing.Union, python_types.UnionType):
        for inner in typing.get_args(annotation):
            if inner is not type(None):
                return entry_class(inner)
    message = f"{annotation!r} holds no record class"
    raise TypeError(message)


def is_many(annotation: Any) -> bool:  # noqa: ANN401 - an annotation is any object
    """Tell whether a group's annotation is a list of entries."""
    if typing.get_origin(annotation) is list:
        return True
    return any(typing.get_origin(inner) is list for inner in typing.get_args(annotation))


def visible(
    fields: dict[str, FieldSpec], edition: EditionName, release: int | None
) -> dict[str, FieldSpec]:
    """Return those of `fields` that `edition` has at `release` (any release if none)."""
    return {name: spec for name, spec in fields.items() if has_field(spec, edition, release)}


def has_field(spec: FieldSpec, edition: EditionName, release: int | None) -> bool:
    """Tell whether `edition` has the field at `release` (at any release if none)."""
    rule = spec.rule(edition)
    if rule is None:
        return False
    if release is None:
        return True
    return (rule.since is None or release >= rule.since) and (
        rule.until is None or release <= rule.until
    )
