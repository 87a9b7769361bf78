"""How a file's layout is declared: one table per record type that reads and writes alike.

A table names each element of an XML file, or each column of a CSV file, by its path, and
the field of the record it belongs to.  What a table does not name is never dropped: it
comes out as unknown.  Paths lead through containers with `/` and name attributes with
`@`; `.` is the text of an entry itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TypeAlias

from clary.companies.files.forms import RAW, Form
from clary.companies.files.record import FileRecord
from clary.kernel.change import Body, JsonValue
from clary.kernel.errors import Finding
from clary.ledger.fields import EditionName

Texts: TypeAlias = dict[str, str]
"""The texts of one record or entry by their path."""


class Place(StrEnum):
    """Where a value goes in a FileRecord."""

    BODY = "body"
    STATED = "stated"
    FIXED = "fixed"


@dataclass(frozen=True, slots=True)
class Moment:
    """What an initial value may be worked out from, while a record is written.

    Attributes:
        record_type: type of the record.
        body: the whole record.
        entry: the entry that is written; the record itself for header values.
        index: the entry's place among the entries of its kind, from 0.
    """

    record_type: str
    body: Body
    entry: Body
    index: int


Initial: TypeAlias = str | Callable[[Moment], str | None] | None


@dataclass(frozen=True, slots=True)
class Value:
    """One value: its path in the file and its field in the record.

    Attributes:
        path: where it stands in the file.
        field: the record's field, dotted into single groups; for a stated value the
            name it is kept under.
        form: how it is written.
        place: where it goes.
        mark: the `xsi:type` of an XML element (`id`, `date`).
        initial: text that a new file needs where the record gives none.
        also: other paths it was seen under; they are read, never written.
    """

    path: str
    field: str
    form: Form
    place: Place = Place.BODY
    mark: str = ""
    initial: Initial = None
    also: tuple[str, ...] = ()

    @property
    def paths(self) -> tuple[str, ...]:
        """Every path the value is read from, its own first."""
        return (self.path, *self.also)


@dataclass(frozen=True, slots=True)
class Joint:
    """Several values that make fields together, such as four flags that make one choice.

    `read` takes the texts that are there and returns the fields, or none where they say
    nothing; what it names in `used` counts as understood, the rest stays as stated.
    """

    paths: tuple[str, ...]
    fields: tuple[str, ...]
    read: Callable[[Texts], tuple[Body, tuple[str, ...]]]
    write: Callable[[Body], Texts]


@dataclass(frozen=True, slots=True)
class Variant:
    """One kind of entry in a repeated group.

    Attributes:
        target: the record's list that the entries go to; for single entries the word
            that stated values are kept under.
        parts: the values of one entry.
        accepts: tells an entry of this kind by its texts.
        single: the values belong to the record itself, and only one entry is read.
        kept: the record has no such list, so that all of it is kept as stated values.
    """

    target: str
    parts: tuple[Value | Joint, ...]
    accepts: Callable[[Texts], bool] = lambda _: True
    single: bool = False
    kept: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A repeated element, or the rows of a document, with the kinds of entry it holds."""

    path: str
    variants: tuple[Variant, ...]


@dataclass(frozen=True, slots=True)
class Spread:
    """A header value that every entry of a list has, such as the item of an adjustment."""

    path: str
    target: str
    field: str
    form: Form
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Constant:
    """A field that every record of this kind of file has, though the file is silent on it."""

    field: str
    value: JsonValue


@dataclass(frozen=True, slots=True)
class Slots:
    """A list whose entries stand in numbered columns, such as custom fields 1 to 5.

    Attributes:
        target: the record's list.
        parts: the values of each slot, first slot first.
        number: field that holds a slot's number; empty where entries have none.
        first: number of the first slot.
        settings: fields of an entry that are settings of the company, the same for all
            records, and no part of the file.
    """

    target: str
    parts: tuple[tuple[Value, ...], ...]
    number: str = ""
    first: int = 1
    settings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WholeApplication:
    """The number of the one document that a credit settles with its whole amount."""

    path: str


Part: TypeAlias = Value | Joint | Spread | Constant | Slots | WholeApplication | Group


@dataclass(frozen=True, repr=False)
class Layout:
    """The table of one record type in one kind of file.

    Attributes:
        name: what a person calls the file, for messages and notes.
        edition: edition of Sage 50 it belongs to.
        record_type: canonical name of the record type.
        parts: the table, in the order in which a file holds it.
        accepts: tells a record of this type by its header's texts.
        lines: variants that count as distributions; empty for lists.
        distributions: path that states how many there are.
        most: most distributions of one document; none for no limit.
        joins: tells by the header's texts whether rows that have the same header make
            one document where the file does not say how many there are.
        refuses: says why a record cannot be written.
        doubts: says what is doubtful about a record that was read.
        note: what is not proven about the table, for docs and notes.
    """

    name: str
    edition: EditionName
    record_type: str
    parts: tuple[Part, ...]
    accepts: Callable[[Texts], bool] = lambda _: True
    lines: tuple[str, ...] = ()
    distributions: str = ""
    most: int | None = None
    joins: Callable[[Texts], bool] = lambda _: False
    refuses: Callable[[FileRecord], Iterator[Finding]] = lambda _: iter(())
    doubts: Callable[[FileRecord], Iterator[Finding]] = lambda _: iter(())
    note: str = ""

    def __repr__(self) -> str:
        return f"<Layout {self.record_type} in {self.name}>"

    @cached_property
    def groups(self) -> frozenset[str]:
        """Paths of the repeated groups."""
        return frozenset(part.path for part in self.parts if isinstance(part, Group))

    @cached_property
    def line_paths(self) -> frozenset[str]:
        """Paths that the values of repeated entries have."""
        return frozenset(
            path
            for group in self.parts
            if isinstance(group, Group)
            for variant in group.variants
            for part in variant.parts
            for path in part.paths
        )

    @cached_property
    def fields(self) -> frozenset[str]:
        """Dotted fields of the record that have a place, entries without their position."""
        return frozenset(name for part in self.parts for name in _fields_of(part))


def _fields_of(part: Part) -> Iterator[str]:
    match part:
        case Value():
            yield from (part.field,) if part.place is Place.BODY else ()
        case Joint():
            yield from part.fields
        case Spread():
            yield f"{part.target}.{part.field}"
        case Constant():
            yield part.field
        case WholeApplication():
            yield from ("applications.invoice_number", "applications.amount")
        case Slots():
            yield from (f"{part.target}.{name}" for name in (part.number, *part.settings))
            for value in part.parts[0]:
                yield f"{part.target}.{value.field}"
        case Group():
            yield from _group_fields(part)


def _group_fields(group: Group) -> Iterator[str]:
    for variant in group.variants:
        prefix = "" if variant.single else f"{variant.target}."
        for part in variant.parts:
            yield from (f"{prefix}{name}" for name in _fields_of(part))


def body(
    path: str,
    name: str,
    form: Form,
    *,
    mark: str = "",
    initial: Initial = None,
    also: tuple[str, ...] = (),
) -> Value:
    """Declare a value of the record itself."""
    return Value(path, name, form, mark=mark, initial=initial, also=also)


def stated(
    path: str,
    name: str = "",
    form: Form = RAW,
    *,
    mark: str = "",
    initial: Initial = None,
    also: tuple[str, ...] = (),
) -> Value:
    """Declare a value that is kept beside the record, under our name or the file's own."""
    return Value(path, name or path, form, Place.STATED, mark, initial, also)


def fixed(path: str, text: str) -> Value:
    """Declare a text that tells one kind of entry from another and is always the same."""
    return Value(path, path, RAW, Place.FIXED, initial=text)


def put(target: Body, name: str, value: JsonValue) -> None:
    """Set a dotted field of a body, making the single groups on its way."""
    first, dot, rest = name.partition(".")
    if not dot:
        target[first] = value
        return
    inner = target.setdefault(first, {})
    if isinstance(inner, dict):
        put(inner, rest, value)


def look(source: Mapping[str, JsonValue], name: str) -> JsonValue:
    """Return a dotted field of a body, none where it or a group on its way is absent."""
    first, dot, rest = name.partition(".")
    value = source.get(first)
    if not dot:
        return value
    return look(value, rest) if isinstance(value, Mapping) else None
