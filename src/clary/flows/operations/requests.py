"""What a caller asks for and what it gets back, the same for commands, API and flows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from clary.kernel.change import Body, JsonValue, Verb
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger.fields import EditionName
from clary.ledger.nested import NestedType
from clary.ledger.record import RecordType

REQUEST_INVALID = declare(
    "REQUEST_INVALID",
    Rejected,
    "The request cannot be planned: {reason}.",
    "{remedy}",
    http_status=400,
    exit_code=2,
)

BATCH_LIMIT: Final = 1000
"""Most documents planned as one group; a request itself may have any number."""

TRACKED_LIMIT: Final = 20
"""Most tracked properties of one document."""

TRACKED_TEXT: Final = 500
"""Most characters of a tracked property's value, and of an idempotency key."""

NAME_LIMIT: Final = 100
"""Most characters of a tracked property's name and of a document's id."""


class Operation(StrEnum):
    """What is to be done with each document of a request."""

    CREATE = "create"
    UPDATE = "update"
    UPSERT = "upsert"
    DELETE = "delete"
    ACT = "act"


class Mode(StrEnum):
    """Whether an update leaves fields alone that it does not state, or clears them."""

    SPARSE = "sparse"
    FULL = "full"


class OnMissing(StrEnum):
    """What an upsert does where there is no record of the key."""

    CREATE = "create"
    FAIL = "fail"


class OnPresent(StrEnum):
    """What an upsert does where there is a record of the key."""

    UPDATE = "update"
    FAIL = "fail"


class OnError(StrEnum):
    """Whether one document that fails stops those behind it."""

    CONTINUE = "continue"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a request.

    Attributes:
        id: the caller's name for it, unique in the request; results carry it.
        body: the values as they came; not needed for a delete.
        key: names the record (`ACME`, `guid:{...}`, `customer:ACME:1001`); for a nested
            type the parent, a slash and the entry (`ACME/1`).
        idempotency_key: a retry with the same key and body is answered, not repeated.
        expected_version: the record's version that the caller last saw.
        tracked: any properties; they follow the document into journal, run and report.
        stated: figures kept for comparison after posting, never sent.
        findings: what was found doubtful about the document before it came here.
        origin: what names it in the origin of its record, where neither idempotency key
            nor request does.
    """

    id: str
    body: Mapping[str, object] = field(default_factory=dict)
    key: str | None = None
    idempotency_key: str | None = None
    expected_version: str | None = None
    tracked: Mapping[str, str] = field(default_factory=dict)
    stated: Mapping[str, JsonValue] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class OperationOptions:
    """How a request is carried out.

    Attributes:
        mode: sparse or full update.
        on_missing: what an upsert does where there is no such record.
        on_present: what it does where there is one.
        on_error: stop or continue.
        batch: documents planned as one group, 1 to 1,000.
        verb: what an act does.
        source: name of the calling system, for the origins of what is created.
        request: id of the request, for the origins of documents without a key; without
            one, a document is known by its content (see `Desk.origin`).
        skip_present: a create leaves out documents that are in the books already, told by
            party, number, date and total.
    """

    mode: Mode = Mode.SPARSE
    on_missing: OnMissing = OnMissing.CREATE
    on_present: OnPresent = OnPresent.UPDATE
    on_error: OnError = OnError.CONTINUE
    batch: int = 100
    verb: Verb | None = None
    source: str = "operations"
    request: str = ""
    skip_present: bool = False


@dataclass(frozen=True, slots=True)
class OperationRequest:
    """One request: an action on documents of one record type."""

    operation: Operation
    declared: RecordType | NestedType
    documents: Iterable[Document]
    options: OperationOptions = OperationOptions()

    @property
    def record_type(self) -> RecordType:
        """The record type whose records change: the parent of a nested type."""
        if isinstance(self.declared, NestedType):
            return self.declared.parent
        return self.declared


class Status(StrEnum):
    """How a document ended."""

    SUCCESS = "success"
    REJECTED = "rejected"
    FAILED = "failed"
    SKIPPED_DUPLICATE = "skipped_duplicate"
    PENDING = "pending"


@dataclass(frozen=True, slots=True)
class OperationResult:
    """The one result of one document.

    Attributes:
        document: the caller's id of it.
        status: how it ended.
        action_taken: created, updated, unchanged, deleted, posted, voided, reversed,
            allocated, unallocated or none.
        key: key of the record.
        code: code of the leading problem; empty where there is none.
        message: what the leading problem says.
        field_errors: the problems that belong to a field, by its path.
        findings: every problem that stopped the document.
        warnings: what else should be known.
        record: the record as the company holds it now, where known.
        version: its version, to be stated as `expected_version` later.
        tracked: the caller's properties.
    """

    document: str
    status: Status
    action_taken: str
    key: str | None = None
    code: str = ""
    message: str = ""
    field_errors: Mapping[str, str] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    warnings: tuple[Finding, ...] = ()
    record: Body | None = None
    version: str | None = None
    tracked: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, object]:
        """Return the result as JSON-ready values."""
        return {
            "document": self.document,
            "status": self.status.value,
            "action_taken": self.action_taken,
            "key": self.key,
            "code": self.code,
            "message": self.message,
            "field_errors": dict(self.field_errors),
            "findings": [finding.as_dict() for finding in self.findings],
            "warnings": [finding.as_dict() for finding in self.warnings],
            "record": self.record,
            "version": self.version,
            "tracked": dict(self.tracked),
        }


def check_request(request: OperationRequest, edition: EditionName) -> None:
    """Refuse a request whose options do not fit together.

    Raises:
        Rejected: it cannot be planned (REQUEST_INVALID).
    """
    options = request.options
    if not 1 <= options.batch <= BATCH_LIMIT:
        raise REQUEST_INVALID.raised(
            reason=f"a batch of {options.batch} documents",
            remedy=f"State a batch size from 1 to {BATCH_LIMIT}.",
        )
    if (request.operation is Operation.ACT) is not (options.verb is not None):
        raise REQUEST_INVALID.raised(
            reason="an act needs a verb, and only an act has one",
            remedy="State one of " + ", ".join(verb.value for verb in Verb) + " with an act.",
        )
    if request.operation is Operation.ACT and isinstance(request.declared, NestedType):
        raise REQUEST_INVALID.raised(
            reason="nested groups have no acts", remedy="Act on the record itself."
        )
    if edition not in request.record_type.words:
        raise REQUEST_INVALID.raised(
            reason=f"the edition {edition} has no {request.record_type.name}",
            remedy="`clary records types` lists the record types of a company.",
        )
