"""Reads the records of a company, whatever their type."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from clary.companies.contract import Order
from clary.flows.operations import query as reading
from clary.flows.operations.exporting import ExportReport, Format, export_records
from clary.flows.operations.paging import Position, page
from clary.flows.operations.query import QueryAnswer, QueryRequest
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import needs
from clary.kernel.change import Body, JsonValue
from clary.kernel.clock import local_date
from clary.kernel.errors import (
    Finding,
    Rejected,
    Unsupported,
    declare,
    error_of,
    raise_errors,
)
from clary.kernel.exit_codes import ExitCode
from clary.ledger.describe import Description, describe
from clary.ledger.fields import EditionName, Kind
from clary.ledger.nested import NestedType, entries_of, find_type, nested_types_in
from clary.ledger.record import Record, RecordType, entry_class, member
from clary.ledger.registry import record_types_in

NESTED_NOT_EXPORTED = declare(
    "NESTED_NOT_EXPORTED",
    Unsupported,
    "Sage 50 imports {type} only as part of its parent.",
    "Export the parent's record type.",
)

AnyType: TypeAlias = RecordType | NestedType


@dataclass(frozen=True, slots=True)
class TypeAnswer:
    """A record type as one edition knows it."""

    name: str
    one: str
    many: str
    aliases: tuple[str, ...]
    parent: str | None
    operations: tuple[str, ...]

    def as_dict(self) -> Body:
        """Return the type as JSON-ready values."""
        return {
            "name": self.name,
            "one": self.one,
            "many": self.many,
            "aliases": list(self.aliases),
            "parent": self.parent,
            "operations": list(self.operations),
        }


@needs(Role.VIEWER, "reference")
def record_types(
    installation: Installation,
    reference: str | None = None,
    edition: EditionName = "us",
    *,
    nested: bool = False,
) -> list[TypeAnswer]:
    """Return the record types of a company with what can be done, or of an edition.

    Args:
        installation: where the company is connected.
        reference: the company; an edition's types if none.
        edition: the edition where no company is given.
        nested: list the groups inside records too.

    Raises:
        Misconfigured, Unreachable, Guarded: the company cannot be opened.
    """
    able: dict[str, tuple[str, ...]] = {}
    if reference is not None:
        opened = open_company(installation, reference)
        edition = opened.info.edition
        capabilities = opened.company.capabilities()
        able = {
            name: tuple(operation.value for operation in capability.operations)
            for name, capability in capabilities.items()
        }
    answers = []
    for declared in record_types_in(edition):
        words = declared.words[edition]
        operations = able.get(declared.name, ())
        names = (declared.name, words.one, words.many)
        answers.append(TypeAnswer(*names, declared.aliases, None, operations))
    if nested:
        for group in nested_types_in(edition):
            label = group.label_in(edition)
            answers.append(TypeAnswer(group.name, label, label, (), group.parent.name, ()))
    return sorted(answers, key=lambda answer: answer.name)


@needs(Role.VIEWER, "reference")
def describe_type(
    installation: Installation,
    type_name: str,
    reference: str | None = None,
    edition: EditionName = "us",
    release: int | None = None,
) -> Description:
    """Return what a record type takes and gives, for a company or an edition.

    Raises:
        Rejected: there is no such record type (TYPE_UNKNOWN).
        Misconfigured, Unreachable, Guarded: the company cannot be opened.
    """
    operations: Collection[str] | None = None
    if reference is not None:
        opened = open_company(installation, reference)
        edition, release = opened.info.edition, opened.info.release
        declared = find_type(type_name, edition)
        capability = opened.company.capabilities().get(declared.name)
        able = {operation.value for operation in capability.operations} if capability else set()
        operations = _words(able)
    return describe(find_type(type_name, edition), edition, release, operations)


def _words(able: set[str]) -> set[str]:
    """Return the operations of callers that a door's own operations allow."""
    reads = {"get", "query"} if "read" in able else set()
    upserts = {"upsert"} if {"read", "create", "update"} <= able else set()
    return able | reads | upserts


@dataclass(frozen=True, slots=True)
class QueryAsked:
    """What a query asks for, in the words of every face.

    Attributes:
        where: filter text; none for all.
        fields: fields to give; none is all.
        order: fields to sort by, a leading `-` for descending.
        limit: most records; none is all.
        period: days to cover; none is all.
    """

    where: str | None = None
    fields: tuple[str, ...] | None = None
    order: tuple[str, ...] = ()
    limit: int | None = None
    period: str | None = None

    def request(self, declared: AnyType) -> QueryRequest:
        """Return the query of a record type."""
        return QueryRequest(
            declared=declared,
            where=self.where,
            order=tuple(Order(f.removeprefix("-"), f.startswith("-")) for f in self.order),
            fields=self.fields,
            limit=self.limit,
            period=self.period,
        )


@dataclass(frozen=True, slots=True)
class Queried:
    """The records of a query while its session is open.

    Attributes:
        company: the company, as plans call it.
        declared: the record type or nested type.
        edition: the company's edition.
        answer: the records, streaming, and how they were found.
    """

    company: str
    declared: AnyType
    edition: EditionName
    answer: QueryAnswer

    def head(self) -> dict[str, object]:
        """Return what is known before the first record, as JSON-ready values."""
        covered = self.answer.covered
        return {
            "company": self.company,
            "record_type": self.declared.name,
            "period": covered.as_dict() if covered else None,
            "above": list(self.answer.above),
            "findings": [finding.as_dict() for finding in self.answer.findings],
        }


def statable(declared: AnyType, body: Body) -> Body:
    """Return what of a stored record a new one may state: nothing that is worked out.

    The origin is left out too: it belongs to the company that the record came from.
    """
    own = declared.origin if isinstance(declared, RecordType) else None
    kept = _statable(declared.record, body)
    return {name: value for name, value in kept.items() if name != own}


def _statable(record: type[Record], body: Mapping[str, JsonValue]) -> Body:
    kept: Body = {}
    for name, value in body.items():
        found = member(record, name)
        if found is None or found.spec.computed:
            continue
        kept[name] = value
        if found.spec.kind is Kind.GROUP:
            inner = entry_class(found.annotation)
            if isinstance(value, Mapping):
                kept[name] = _statable(inner, value)
            elif isinstance(value, list | tuple):
                kept[name] = [_statable(inner, each) for each in entries_of(value)]
    return kept


@needs(Role.VIEWER, "reference")
@contextmanager
def querying(
    installation: Installation, reference: str, type_name: str, asked: QueryAsked
) -> Iterator[Queried]:
    """Give the records of a type that are asked for; they stream while the block lasts.

    Raises:
        Rejected: type, filter, field, period or limit is not usable.
        Unsupported: no driver of the company reads the type.
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
    """
    opened = open_company(installation, reference)
    declared = find_type(type_name, opened.info.edition)
    request = asked.request(declared)
    capabilities = opened.company.capabilities()
    with opened.company.session() as session:
        answer = reading.query(
            session, opened.info, capabilities, request, local_date(installation.clock)
        )
        yield Queried(opened.name, declared, opened.info.edition, answer)


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records of a query.

    Attributes:
        head: what is known beside the records, as JSON-ready values.
        records: the records.
        end: where the page ends, to go on from there; none if nothing follows.
    """

    head: dict[str, object]
    records: Sequence[Body]
    end: Position | None


@needs(Role.VIEWER, "reference")
def record_page(
    installation: Installation,
    reference: str,
    type_name: str,
    asked: QueryAsked,
    size: int,
    after: Position | None = None,
) -> RecordPage:
    """Return a page of the records of a type that are asked for.

    Args:
        installation: where the company is connected.
        reference: the company.
        type_name: the record type, by any of its names.
        asked: which records, in what order.
        size: records of a page.
        after: where the page before ended; none for the first.

    Raises:
        Rejected: type, filter, field or period is not usable, or `after` does not fit.
        Unsupported: no driver of the company reads the type.
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
    """
    opened = open_company(installation, reference)
    info, declared = opened.info, find_type(type_name, opened.info.edition)
    request, able = asked.request(declared), opened.company.capabilities()
    today = local_date(installation.clock)
    with opened.company.session() as session:
        found = page(session, info, able, request, size, after, today)
    head = Queried(opened.name, declared, info.edition, found.answer).head()
    return RecordPage(head, found.rows, found.end)


def export_import_file(found: Queried, path: Path, form: str) -> ExportReport:
    """Write what was queried as an import file of Sage 50, with a note for who imports it.

    Args:
        found: the records, while their query is open.
        path: the file; its note gets the ending `.txt`.
        form: `csv`, or `xml` (US only).

    Raises:
        Unsupported: there is no such file for the type.
        Misconfigured: the file cannot be written.
    """
    if isinstance(found.declared, NestedType):
        raise NESTED_NOT_EXPORTED.raised(type=found.declared.name)
    chosen: Format = "xml" if form == "xml" else "csv"
    return export_records(found.answer.rows, found.declared, found.edition, path, chosen)


@dataclass(frozen=True, slots=True)
class Got:
    """The records of some keys.

    Attributes:
        declared: the record type or nested type.
        edition: the company's edition.
        records: the records that were found, in the order of their keys.
        versions: the version of each.
        missing: the other keys, each with why it names none.
    """

    declared: AnyType
    edition: EditionName
    records: tuple[Body, ...]
    versions: tuple[str, ...]
    missing: tuple[tuple[str, Finding], ...] = ()

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that asked for them."""
        findings = tuple(finding for _, finding in self.missing)
        return error_of(findings).exit_status if findings else ExitCode.OK

    def as_dict(self) -> dict[str, object]:
        """Return them as JSON-ready values."""
        return {
            "record_type": self.declared.name,
            "records": list(self.records),
            "versions": list(self.versions),
            "missing": [{"key": key, **finding.as_dict()} for key, finding in self.missing],
        }


@needs(Role.VIEWER, "reference")
def get_records(
    installation: Installation, reference: str, type_name: str, keys: Sequence[str]
) -> Got:
    """Return records by their keys, each with its version, and which keys name none.

    Raises:
        Rejected: no key names a record; all of them are told.
        Misconfigured, Unreachable, Busy, Unauthorised, Guarded: the company cannot be
            opened.
    """
    opened = open_company(installation, reference)
    declared = find_type(type_name, opened.info.edition)
    records: list[Body] = []
    missing: list[tuple[str, Finding]] = []
    with opened.company.session() as session:
        for key in keys:
            try:
                records.append(reading.get(session, declared, key))
            except Rejected as error:
                missing += [(key, finding) for finding in error.findings]
        versions = tuple(session.version(record) for record in records)
    if not records:
        raise_errors([finding for _, finding in missing])
    return Got(declared, opened.info.edition, tuple(records), versions, tuple(missing))
