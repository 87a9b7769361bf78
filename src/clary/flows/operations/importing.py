"""Imports files: read together, planned in the order of dependency, compared afterwards.

Lists are taken over as upserts and documents as new ones, unless they are in the books
already.  What the other company worked out (balances, period numbers, GUIDs) is kept as
stated beside the documents, never posted; after the run it is compared with this company,
and what differs is a warning of the report.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Final

from clary.companies.contract import Session
from clary.companies.files import FileRecord
from clary.companies.keys import parse_key
from clary.companies.target import same
from clary.engine.journal import JournalEntry
from clary.engine.plan import Entry
from clary.engine.runs import Runs
from clary.flows.operations import marks
from clary.flows.operations.bodies import at_path
from clary.flows.operations.planner import Planner
from clary.flows.operations.repeats import Repeats
from clary.flows.operations.requests import (
    NAME_LIMIT,
    Document,
    OnError,
    Operation,
    OperationOptions,
    OperationRequest,
)
from clary.kernel.change import Body, JsonValue, State, canonical_text
from clary.kernel.errors import Finding, Rejected, declare
from clary.kernel.identifiers import token
from clary.ledger.fields import EditionName, Kind
from clary.ledger.record import Family, Record, RecordType, entry_class, member
from clary.ledger.registry import record_type
from clary.store import Database

STATED_DIFFERS = declare(
    "STATED_DIFFERS",
    Rejected,
    "{label} is {found} here; the file states {stated}.",
    "Nothing was posted for the difference; compare the two companies.",
)

SOURCE: Final = "import"
"""System of the origins of imported documents."""

IDENTITY: Final = frozenset(
    {"guid", "record_number", "transaction_number", "created_at", "last_saved_at"}
)
"""Marks that each company gives its own records; they are kept, a difference means nothing."""

PAGE: Final = 500


def import_entries(
    planner: Planner, records: Iterable[FileRecord], batch: int = 100
) -> Iterator[Entry]:
    """Yield the plan of an import; a record that is wrong is planned as rejected.

    Args:
        planner: plans for the company.
        records: the records in order of dependency (`ImportSet.records`).
        batch: documents planned as one group.

    Raises:
        Unsupported: a record type that the company's doors cannot write.
    """
    repeats = Repeats()
    for name, group in groupby(records, key=lambda each: each.record_type):
        declared = record_type(name)
        lists = declared.family is Family.LIST
        options = OperationOptions(
            on_error=OnError.CONTINUE,
            batch=batch,
            source=SOURCE,
            skip_present=not lists,
        )
        operation = Operation.UPSERT if lists else Operation.CREATE
        documents = (document_of(declared, each) for each in repeats.once(declared, group))
        yield from planner.plan(OperationRequest(operation, declared, documents, options))
    yield from repeats.remarks()


def document_of(declared: RecordType, record: FileRecord) -> Document:
    """Return a record of a file as a document; its id says where it stands."""
    place = f"#{record.position}"
    source = record.source[: NAME_LIMIT - len(place)]
    return Document(
        id=f"{source}{place}",
        body=record.body,
        stated={
            path: value
            for path, value in record.stated.items()
            if value is not None and _is_field(declared.record, path)
        },
        findings=record.findings,
        origin=_origin(record, f"{source}{place}"),
    )


def _origin(record: FileRecord, place: str) -> str:
    """Return what names a document in its origin.

    The same record of the same company is recognised wherever it is exported; one without
    a GUID only in the same place of the same file.  Another body is another document.
    """
    guid = record.stated.get("guid") or place
    return token(f"{record.record_type} {guid} {canonical_text(record.body)}")


def _is_field(base: type[Record], path: str) -> bool:
    """Tell whether a stated value is one of our fields, not an element of the file alone."""
    owner = base
    found = None
    for step in path.split("."):
        if step.isdecimal():
            continue
        found = member(owner, step)
        if found is None:
            return False
        if found.spec.kind is Kind.GROUP:
            owner = entry_class(found.annotation)
    return found is not None and found.spec.kind is not Kind.GROUP


def compare_stated(
    database: Database, run_id: str, session: Session, edition: EditionName
) -> Iterator[Finding]:
    """Yield a warning for each stated figure that the company does not have after a run.

    Args:
        database: holds the journal.
        run_id: the run of the import.
        session: the company, for reading.
        edition: whose words the labels are.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
    """
    entries = (each for each in Runs(database).results(run_id) if _is_comparable(each))
    for name, group in groupby(entries, key=lambda each: each.record_type):
        declared = record_type(name)
        while page := list(islice(group, PAGE)):
            keys = [parse_key(declared, each.key or "") for each in page]
            for entry, body in zip(page, session.get_many(name, keys), strict=True):
                if body is not None:
                    yield from _differences(declared, entry, body, edition)


def _is_comparable(entry: JournalEntry) -> bool:
    done = entry.outcome.state in (State.CONFIRMED, State.SKIPPED)
    return done and bool(entry.key) and marks.STATED in entry.tracked


def _differences(
    declared: RecordType, entry: JournalEntry, body: Body, edition: EditionName
) -> Iterator[Finding]:
    stated: Mapping[str, JsonValue] = json.loads(entry.tracked[marks.STATED])
    for path, value in stated.items():
        name = path.rpartition(".")[2]
        found = at_path(body, path)
        if name in IDENTITY or same(value, found):
            continue
        spec = declared.fields.get(name)
        yield STATED_DIFFERS.warning(
            record=f"{declared.name} {entry.key}",
            field=path,
            label=spec.label_in(edition) if spec else path,
            found="not there" if found is None else found,
            stated=value,
        )
