"""What a record type is, told to people and programs from its one declaration.

`clary records describe`, the API's catalogue and the generated tables of the docs show
what is made here: the fields with labels, lengths and releases, how a record is named,
what can be done with it, and the JSON Schema of what goes in and what comes out.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from clary.kernel.change import Verb
from clary.ledger.acts import details_of
from clary.ledger.editions.undo import Method, way_back
from clary.ledger.fields import EditionName, FieldSpec, Kind, Rule
from clary.ledger.nested import PARENT, POSITION, NestedType, nested_types
from clary.ledger.record import (
    Family,
    Record,
    RecordType,
    entry_class,
    fields_of,
    has_field,
    is_many,
    member,
    visible,
)
from clary.ledger.schema import GROUP_LIMIT, Purpose, Scope, json_schema_of

READING: Final = ("get", "query")
WRITING: Final = ("create", "update", "upsert", "delete")

ACTS: Final = ("post", "void", "reverse", "allocate", "unallocate")

CREDITS: Final = frozenset({"receipt", "credit_memo", "payment", "vendor_credit"})
"""Documents that are allocated to invoices."""

UPDATES_LEDGERS: Final = frozenset({"sales_invoice", "credit_memo"})
"""UK documents that post only when their ledgers are updated."""


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One row of a record type's table of fields.

    Attributes:
        path: dotted path in bodies; fields of entries follow their group.
        label: what the edition calls it.
        kind: what it holds.
        length: most characters of a text, or most entries of a group; none is no limit.
        places: decimals of a number; none for other kinds.
        required: a new record, or a new entry, must state it.
        computed: the company works it out.
        key: it names the record.
        multiline: a text that may have several lines.
        reference: record type that the value is a key of.
        choices: the allowed words.
        characters: characters that a text may not hold, or `alphanumeric`.
        since: first release that has it; none is all.
        until: last release that has it; none is all.
        many: a group with any number of entries.
        help: one more sentence.
        source: where the rule comes from; empty where it is only a plausible default.
    """

    path: str
    label: str
    kind: str
    length: int | None
    places: int | None
    required: bool
    computed: bool
    key: bool
    multiline: bool
    reference: str | None
    choices: tuple[str, ...]
    characters: str
    since: int | None
    until: int | None
    many: bool
    help: str
    source: str


@dataclass(frozen=True, slots=True)
class Description:
    """Everything that describes one record type, or one nested type, in one edition.

    Attributes:
        name: canonical name.
        label: the edition's word for one.
        plural: the edition's word for many.
        edition: us or uk.
        release: the release it is described for; none is all of them.
        family: list, order or posted; `nested` for a group inside a parent.
        aliases: further names that callers may use.
        key: the field that names a record.
        natural_keys: fields that together recognise a record besides its key.
        identifiers: kinds of key that callers may use, with the form of each.
        operations: what can be done with it.
        nested: names of the groups that are handled on their own.
        fields: the table of fields.
        create: JSON Schema of the body of a create.
        update: JSON Schema of the body of an update.
        stored: JSON Schema of what get and query give.
        notes: what else should be known.
        details: what each step that can be done may be told, as rows like those of fields.
    """

    name: str
    label: str
    plural: str
    edition: EditionName
    release: int | None
    family: str
    aliases: tuple[str, ...]
    key: str
    natural_keys: tuple[tuple[str, ...], ...]
    identifiers: dict[str, str]
    operations: tuple[str, ...]
    nested: tuple[str, ...]
    fields: tuple[FieldRow, ...]
    create: dict[str, Any]
    update: dict[str, Any]
    stored: dict[str, Any]
    notes: str = ""
    details: dict[str, tuple[FieldRow, ...]] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return the description as JSON-ready values."""
        return asdict(self)


def describe(
    declared: RecordType | NestedType,
    edition: EditionName,
    release: int | None = None,
    operations: Collection[str] | None = None,
) -> Description:
    """Return what a record type or nested type is in one edition.

    Args:
        declared: the type.
        edition: whose words and rules hold.
        release: only fields that this release year or version has; all if none.
        operations: what the company's doors can do, where that is known; else what the
            edition knows.
    """
    if isinstance(declared, NestedType):
        return _nested(declared, edition, release)
    words = declared.words[edition]
    scope = Scope(edition, release, Purpose.CREATE)
    known = operations_of(declared, edition)
    if operations is not None:
        known = tuple(name for name in (*READING, *WRITING, *ACTS) if name in operations)
    return Description(
        name=declared.name,
        label=words.one,
        plural=words.many,
        edition=edition,
        release=release,
        family=declared.family.value,
        aliases=declared.aliases,
        key=declared.key,
        natural_keys=natural_keys(declared, edition),
        identifiers=identifiers(declared, edition),
        operations=known,
        nested=tuple(
            nested.name
            for nested in nested_types(declared)
            if has_field(nested.spec, edition, release)
        ),
        fields=tuple(_rows(declared.record, edition, release)),
        notes=declared.notes,
        details={name: tuple(_details(name, edition)) for name in known if name in ACTS},
        **_schemas(declared.record, declared.name, scope),
    )


def _nested(nested: NestedType, edition: EditionName, release: int | None) -> Description:
    label = nested.label_in(edition)
    entry = nested.entry_key or POSITION
    return Description(
        name=nested.name,
        label=label,
        plural=label,
        edition=edition,
        release=release,
        family="nested",
        aliases=(),
        key=entry if nested.many else PARENT,
        natural_keys=(),
        identifiers={"id": f"PARENT/{entry.upper()}" if nested.many else "PARENT"},
        operations=(*READING, *WRITING),
        nested=(),
        fields=tuple(_rows(nested.record, edition, release)),
        **_schemas(nested.record, nested.name, Scope(edition, release, Purpose.CREATE)),
    )


def _details(act: str, edition: EditionName) -> Iterator[FieldRow]:
    """Yield what a step may be told."""
    for name, spec in details_of(Verb(act)).items():
        yield _row(name, spec, edition, many=False)


def _schemas(record: type[Record], name: str, scope: Scope) -> dict[str, Any]:
    return {
        purpose.value: json_schema_of(record, name, Scope(scope.edition, scope.release, purpose))
        for purpose in Purpose
    }


def operations_of(declared: RecordType, edition: EditionName) -> tuple[str, ...]:
    """Return what an edition lets one do with records of a type; a door may have less."""
    way = way_back(edition, declared.name)
    is_document = declared.family is Family.POSTED and way.method is not Method.UNALLOCATE
    acts = {
        "post": edition == "uk" and declared.name in UPDATES_LEDGERS,
        # Either posts the opposite; they differ in what the audit trail says.
        "void": is_document,
        "reverse": is_document,
        "allocate": declared.name in CREDITS,
        "unallocate": way.method is Method.UNALLOCATE,
    }
    writing: tuple[str, ...] = WRITING
    if declared.family is Family.POSTED and not way.deletable:
        writing = tuple(name for name in WRITING if name != "delete")
    if way.method is Method.UNALLOCATE:
        writing = ("create",)
    return (*READING, *writing, *(name for name in ACTS if acts[name]))


def natural_keys(declared: RecordType, edition: EditionName) -> tuple[tuple[str, ...], ...]:
    """Return the groups of fields that recognise a record besides its key."""
    if declared.family is Family.LIST:
        return ((declared.key,),)
    named = (declared.party, declared.number, "date", declared.total)
    here = declared.fields_in(edition)
    found = tuple(name for name in named if name is not None and name in here)
    return (found,) if declared.number in found else ()


def identifiers(declared: RecordType, edition: EditionName) -> dict[str, str]:
    """Return the kinds of key that name a record, and the text form of each."""
    kinds: dict[str, str] = {}
    if declared.family is Family.LIST:
        kinds["id"] = "ID"
    if "guid" in declared.fields_in(edition):
        kinds["guid"] = "guid:{GUID}"
    kinds["number"] = "number:NUMBER"
    if declared.party in ("customer_id", "vendor_id") and declared.number is not None:
        party = declared.party.removesuffix("_id")
        kinds[party] = f"{party}:{party.upper()}:NUMBER"
    return kinds


def _rows(
    record: type[Record], edition: EditionName, release: int | None, prefix: str = ""
) -> Iterator[FieldRow]:
    for name, spec in visible(fields_of(record), edition, release).items():
        found = member(record, name)
        many = spec.kind is Kind.GROUP and found is not None and is_many(found.annotation)
        yield _row(prefix + name, spec, edition, many=many)
        if spec.kind is Kind.GROUP and found is not None:
            yield from _rows(entry_class(found.annotation), edition, release, f"{prefix}{name}.")


def _row(path: str, spec: FieldSpec, edition: EditionName, *, many: bool) -> FieldRow:
    rule = spec.rules.get(edition, Rule())
    number = spec.kind in (Kind.DECIMAL, Kind.MONEY)
    return FieldRow(
        path=path,
        label=spec.label_in(edition),
        kind=spec.kind.value,
        length=rule.length or (GROUP_LIMIT if many else None),
        places=spec.places if number else None,
        required=rule.required,
        computed=spec.computed,
        key=spec.key,
        multiline=spec.multiline,
        reference=spec.reference,
        choices=rule.choices,
        characters=rule.characters,
        since=rule.since,
        until=rule.until,
        many=many,
        help=spec.help,
        source=rule.source,
    )
