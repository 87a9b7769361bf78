"""How a data type of the push API is declared, once, for both editions.

A field names the field of the ledger that it stands for; its length, its decimals and its
characters are those of the ledger's declaration and are stated nowhere here.  What the
push API adds (required, choices, prose) is stated beside the name, with its source.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, cached_property
from typing import Final, TypeAlias

from clary.ledger.fields import EditionName, FieldSpec
from clary.ledger.record import Record, entry_class, member
from clary.ledger.registry import record_type

Editions: TypeAlias = frozenset[EditionName]

NEITHER: Final[Editions] = frozenset()
US: Final[Editions] = frozenset({"us"})
UK: Final[Editions] = frozenset({"uk"})
BOTH: Final[Editions] = frozenset({"us", "uk"})


class OptionType(StrEnum):
    """What a property holds, in the API's own words."""

    ARRAY = "Array"
    OBJECT = "Object"
    STRING = "String"
    NUMBER = "Number"
    BOOLEAN = "Boolean"
    DATE_TIME = "DateTime"


class PushVerb(StrEnum):
    """What can be asked for with a data type."""

    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


class Access(StrEnum):
    """Who states a field: the sender, or the books alone.

    What is read follows from the record (its id, what is open of it), so that sending it back
    says nothing.  What is unwritten would be news, so that leaving it out is told.  What is
    checked cannot be written either, but says what the document is worth: its builder refuses
    what the written fields do not say.
    """

    WRITTEN = "written"
    CHECKED = "checked"
    READ = "read"
    UNWRITTEN = "unwritten"


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence of the options about a field.

    Attributes:
        text: the sentence.
        warns: a document that ignores it is refused; else it only informs.
        editions: the editions that it holds for.
    """

    text: str
    warns: bool = True
    editions: Editions = BOTH


@dataclass(frozen=True, eq=False, slots=True, kw_only=True)
class Field:
    """One property of a data type.

    Attributes:
        name: its name in the API.
        kind: what it holds.
        label: what a person reads.
        help: one sentence of what it is.
        ours: dotted path of the ledger's field by edition, from the record, or inside an
            array that stands for a group from its entry; an edition that is missing has no
            field of its own for it.
        offered: editions that write it.
        required: editions in which a document must state it.
        choices: the values allowed; any if none.
        notes: sentences of the options.
        fields: properties of an object, or of each entry of an array.
        access: whether it is written.
        by_hand: the builder of the type makes the ledger's value; it is not copied.
        instead: property beside it that may be stated in its place.
    """

    name: str
    kind: OptionType
    label: str
    help: str
    ours: Mapping[EditionName, str]
    offered: Editions = BOTH
    required: Editions = NEITHER
    choices: Mapping[EditionName, tuple[str, ...]]
    notes: tuple[Note, ...] = ()
    fields: tuple[Field, ...] = ()
    access: Access = Access.WRITTEN
    by_hand: bool = False
    instead: str = ""

    def is_written(self, edition: EditionName) -> bool:
        """Tell whether documents of the edition take it."""
        return self.access is Access.WRITTEN and edition in self.offered

    def written(self, edition: EditionName) -> tuple[Field, ...]:
        """Return the properties inside that documents of the edition take."""
        return written_of(self.fields, edition)


@cache
def written_of(fields: tuple[Field, ...], edition: EditionName) -> tuple[Field, ...]:
    """Return those of some fields that documents of the edition take."""
    return tuple(field for field in fields if field.is_written(edition))


@cache
def heard_of(fields: tuple[Field, ...], edition: EditionName) -> tuple[Field, ...]:
    """Return those of some fields whose values count: what is written, and what is checked."""
    return tuple(
        field for field in fields if field.access is Access.CHECKED or field.is_written(edition)
    )


@cache
def names_of(fields: tuple[Field, ...], edition: EditionName) -> frozenset[str]:
    """Return the names that documents of the edition may state, if only as they were read."""
    heard = {field.name for field in heard_of(fields, edition)}
    return frozenset(heard.union(field.name for field in fields if field.access is Access.READ))


Ours: TypeAlias = str | Mapping[EditionName, str] | None


def _both(ours: Ours) -> dict[EditionName, str]:
    if ours is None:
        return {}
    return {"us": ours, "uk": ours} if isinstance(ours, str) else dict(ours)


def declare(  # noqa: PLR0913 - one line of a table: each is one column
    kind: OptionType,
    name: str,
    ours: Ours,
    label: str,
    description: str,
    *notes: Note,
    required: Editions = NEITHER,
    offered: Editions = BOTH,
    choices: tuple[str, ...] | Mapping[EditionName, tuple[str, ...]] = (),
    fields: tuple[Field, ...] = (),
    by_hand: bool = False,
    instead: str = "",
) -> Field:
    """Return a field; `ours` is one path for both editions, or one by edition."""
    allowed: dict[EditionName, tuple[str, ...]] = (
        {"us": choices, "uk": choices} if isinstance(choices, tuple) else dict(choices)
    )
    return Field(
        name=name,
        kind=kind,
        label=label,
        help=description,
        ours=_both(ours),
        offered=offered,
        required=required,
        choices=allowed,
        notes=notes,
        fields=fields,
        by_hand=by_hand,
        instead=instead,
    )


def reference(
    name: str,
    ours: Ours,
    label: str,
    description: str,
    *notes: Note,
    required: Editions = NEITHER,
    offered: Editions = BOTH,
    inner: str = "",
    by_hand: bool = False,
) -> Field:
    """Return an object whose `id` names another record; the notes are those of the id."""
    key = declare(
        OptionType.STRING,
        "id",
        ours,
        inner or f"{label} Id",
        f"Identifier of the {label.lower()}.",
        *notes,
        required=required,
        offered=offered,
        by_hand=by_hand,
    )
    name_of = read_only(OptionType.STRING, "name", "companyName", "supplierName")
    if name == "taxRateRef":
        name_of += read_only(OptionType.NUMBER, "effectiveTaxRate")
    return declare(
        OptionType.OBJECT,
        name,
        None,
        label,
        description,
        required=required,
        offered=offered,
        fields=(key, *name_of),
    )


def read_only(kind: OptionType, *names: str, access: Access = Access.READ) -> tuple[Field, ...]:
    """Return fields that are never written."""
    return tuple(replace(declare(kind, name, None, name, name), access=access) for name in names)


def unwritten(kind: OptionType, *names: str) -> tuple[Field, ...]:
    """Return fields that are never written, which a sender who states them is told."""
    return read_only(kind, *names, access=Access.UNWRITTEN)


def checked(kind: OptionType, *names: str, fields: tuple[Field, ...] = ()) -> tuple[Field, ...]:
    """Return fields that are never written, and must not say what no written field does."""
    return tuple(
        replace(field, fields=fields) for field in read_only(kind, *names, access=Access.CHECKED)
    )


@dataclass(frozen=True, eq=False, kw_only=True)
class PushType:
    """One data type of the push API.

    Attributes:
        name: the data type, as operations and statuses name it.
        path: its name in paths of `push` and `data`, where that differs.
        model: name of its model; validation findings carry it.
        label: what a person reads.
        help: one sentence of what it is.
        records: the record type of the ledger that it stands for, by edition.
        verbs: what the API lets one ask for; a driver may do less.
        fields: its properties.
        needs_connection: its read path names the connection.
        places: where fields of the ledger are in a document, besides what the fields say.
    """

    name: str
    model: str
    label: str
    help: str
    records: Mapping[EditionName, str]
    path: str = ""
    verbs: frozenset[PushVerb] = frozenset()
    fields: tuple[Field, ...] = ()
    needs_connection: bool = False
    places: Mapping[str, str]

    @property
    def data_path(self) -> str:
        """Its name in the paths of pushes and reads."""
        return self.path or self.name

    def is_pushed_in(self, edition: EditionName) -> bool:
        """Tell whether documents of this type can be written in the edition."""
        return bool(self.verbs) and edition in self.records

    def written(self, edition: EditionName) -> tuple[Field, ...]:
        """Return the properties that documents of the edition take."""
        return written_of(self.fields, edition)

    def spec(self, edition: EditionName, path: str) -> FieldSpec | None:
        """Return the ledger's declaration of the field at a dotted path, or none."""
        return ledger_spec(record_type(self.records[edition]).record, path)

    @cached_property
    def _mapped(self) -> dict[EditionName, dict[str, str]]:
        return {
            edition: {**dict(_places(self.fields, edition)), **self.places}
            for edition in self.records
        }

    def place_of(self, edition: EditionName, path: str) -> str:
        """Return where a field of the ledger is in a document; the path itself if nowhere.

        Args:
            edition: of the company.
            path: dotted path with positions, such as `lines.0.account_id`.
        """
        mapped = self._mapped[edition]
        steps = path.split(".")
        generic = ".".join("*" if step.isdecimal() else step for step in steps)
        while generic and generic not in mapped:
            generic = generic.rpartition(".")[0]
        if not generic:
            return path
        positions = iter([step for step in steps if step.isdecimal()])
        found = mapped[generic].split(".")
        return ".".join(next(positions, "0") if step == "*" else step for step in found)


def ledger_spec(record: type[Record], path: str) -> FieldSpec | None:
    """Return the declaration of the field at a dotted path of a record class, or none."""
    owner: type[Record] = record
    found: FieldSpec | None = None
    for step in path.split("."):
        inner = member(owner, step)
        if inner is None:
            return None
        found = inner.spec
        if inner.spec.kind == "group":
            owner = entry_class(inner.annotation)
    return found


def _places(
    fields: tuple[Field, ...], edition: EditionName, push: str = "", ours: str = ""
) -> Iterator[tuple[str, str]]:
    for field in fields:
        here = f"{push}{field.name}"
        own = field.ours.get(edition)
        if own is not None and edition in field.offered:
            yield f"{ours}{own}", here
        if field.kind is OptionType.ARRAY:
            inner = f"{ours}{own}.*." if own is not None else ours
            if own is not None:
                yield f"{ours}{own}.*", f"{here}.*"
            yield from _places(field.fields, edition, f"{here}.*.", inner)
        elif field.fields:
            yield from _places(field.fields, edition, f"{here}.", ours)
