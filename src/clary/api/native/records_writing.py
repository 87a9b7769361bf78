"""Routes that change a company's records: one, or many in one request."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256
from typing import Annotated, Final, Literal, TypeAlias
from urllib.parse import quote

from pydantic import Field, RootModel

from clary.api.native.calls import CREATED, OK, Call, Reply
from clary.api.native.conditional import (
    ANY,
    RECORD_THERE,
    UNLESS,
    differs,
    etag,
    is_stale,
    is_taken,
    matches,
)
from clary.api.native.problems import HEADER_UNFIT, PATH_UNKNOWN
from clary.api.native.records import RECORD, RECORDS, TAG
from clary.api.native.routes import Route
from clary.api.native.shown import EXAMPLE_OPERATION, EXAMPLE_RECORD, OperationShown
from clary.api.native.values import Asked, Flag, JsonObject, Name
from clary.api.native.working import (
    ApplyAsked,
    carried_out,
    done,
    going_on,
    gone_on,
    results_of,
    shown,
    waiting,
)
from clary.flows.operations.requests import (
    Document,
    Mode,
    OnError,
    OnMissing,
    OnPresent,
    Operation,
    OperationOptions,
    OperationResult,
    Status,
)
from clary.hub.documents import document_from
from clary.hub.services.operations import Asked as OperationAsked
from clary.hub.services.operations import plan_operation
from clary.hub.services.plans import PlanAnswer, plan_findings, show_plan
from clary.hub.services.records import get_records
from clary.kernel.change import Verb
from clary.kernel.errors import ClaryError, Finding, error_of
from clary.kernel.identifiers import new_id

OPERATIONS: Final = "/companies/{company}/operations"
MOST_DOCUMENTS: Final = 1000
GONE: Final = 404

Verbs: TypeAlias = Literal["post", "void", "reverse", "allocate", "unallocate"]


class ChangeAsked(ApplyAsked):
    """Parameters of routes that change records."""

    source: Name = Field(
        default="operations", description="Name of the system that the documents come from."
    )
    again: Flag = Field(
        default=False,
        description="Post documents also where the very same content was posted before.",
    )


class PutAsked(ChangeAsked):
    """Parameters of a full update."""

    mode: Literal["full", "sparse"] = Field(
        default="full", description="full clears the fields that are not stated."
    )
    on_missing: Literal["create", "fail"] = Field(
        default="create", description="What to do where there is no such record."
    )


class RecordBody(RootModel[JsonObject]):
    """A record, or an envelope: the record as `body`, beside it `tracked` and others."""


class OperationBody(Asked):
    """Documents of one type, and what is to be done with each."""

    operation: Literal["create", "update", "upsert", "delete", "act"]
    record_type: Name
    documents: Annotated[list[JsonObject], Field(min_length=1, max_length=MOST_DOCUMENTS)]
    verb: Verbs | None = Field(default=None, description="What an act does.")
    mode: Literal["full", "sparse"] = "sparse"
    on_missing: Literal["create", "fail"] = "create"
    batch: Annotated[int, Field(ge=1, le=MOST_DOCUMENTS)] = Field(
        default=100, description="Documents read and planned at once."
    )


def create(call: Call) -> Reply:
    """Create one record."""
    document = document_from(call.body(RecordBody).root)
    return _single(call, Operation.CREATE, document, _options(call))


def change(call: Call) -> Reply:
    """Change the stated fields of one record."""
    document = _of_key(call, document_from(call.body(RecordBody).root))
    return _single(call, Operation.UPDATE, _matched(call, document), _options(call))


def put(call: Call) -> Reply:
    """Make one record be what is stated, or create it."""
    asked = call.query(PutAsked)
    document = _of_key(call, document_from(call.body(RecordBody).root))
    options = replace(_options(call), mode=Mode(asked.mode), on_missing=OnMissing(asked.on_missing))
    if not _only_creates(call):
        return _single(call, Operation.UPSERT, _matched(call, document), options)
    if _found(call) is not None:
        raise RECORD_THERE.raised(record=_record(call))
    options = replace(options, on_present=OnPresent.FAIL)
    return _single(call, Operation.UPSERT, _matched(call, document), options)


def _only_creates(call: Call) -> bool:
    """Tell whether a record must not be there yet.

    Raises:
        Rejected: If-None-Match names versions, which no write is made conditional on.
    """
    stated = call.headers.get(UNLESS)
    if stated is not None and stated.strip() != ANY:
        reason = "with PUT it may only be *; a version that is to be replaced belongs in If-Match"
        raise HEADER_UNFIT.raised(field=UNLESS, reason=reason)
    return stated is not None


def delete(call: Call) -> Reply:
    """Delete one record."""
    document = _matched(call, Document("1", key=call["key"]))
    return _single(call, Operation.DELETE, document, _options(call))


def act(call: Call) -> Reply:
    """Post, void, reverse, allocate or unallocate one document."""
    if call["verb"] not in set(Verb):
        raise PATH_UNKNOWN.raised()
    document = _of_key(call, document_from(call.body(RecordBody).root))
    options = replace(_options(call), verb=Verb(call["verb"]))
    return _single(call, Operation.ACT, _matched(call, document), options)


def operate(call: Call) -> Reply:
    """Do the same with many documents."""
    body = call.body(OperationBody)
    options = replace(
        _options(call),
        mode=Mode(body.mode),
        on_missing=OnMissing(body.on_missing),
        verb=Verb(body.verb) if body.verb else None,
        batch=body.batch,
    )
    documents = [document_from(each, n) for n, each in enumerate(body.documents, start=1)]
    documents = [_keyed(call, each, str(n)) for n, each in enumerate(documents, start=1)]
    asked = OperationAsked(Operation(body.operation), body.record_type, documents, options)
    return done(call, plan_operation(call.installation, call["company"], asked))


def _options(call: Call) -> OperationOptions:
    asked = call.query(ChangeAsked)
    return OperationOptions(
        on_error=OnError.STOP if asked.stop_on_error else OnError.CONTINUE,
        source=asked.source,
        request=new_id("request") if asked.again else "",
    )


def _of_key(call: Call, document: Document) -> Document:
    return replace(document, key=call["key"])


def _keyed(call: Call, document: Document, place: str) -> Document:
    """Return a document under the request's idempotency key, if it has none of its own.

    So a request whose first answer was lost is answered from the journal, even where the
    server died before it could keep the answer.
    """
    if not call.retry or document.idempotency_key is not None:
        return document
    key = sha256(f"{call.retry} {place}".encode()).hexdigest()
    return replace(document, idempotency_key=key)


def _record(call: Call) -> str:
    return f"{call['type']} {call['key']}"


def _found(call: Call) -> str | None:
    """Return the version of the record as it stands, none where there is none."""
    try:
        got = get_records(call.installation, call["company"], call["type"], [call["key"]])
    except ClaryError as error:
        if error.status == GONE and error.code in ("RECORD_NOT_FOUND", "ENTRY_NOT_FOUND"):
            return None
        raise
    return got.versions[0]


def _matched(call: Call, document: Document) -> Document:
    """Return a document that is written only if the record is as If-Match has it.

    Raises:
        Rejected: it has changed already (VERSION_DIFFERS).
    """
    header = call.headers.get("if-match")
    if header is None:
        return document
    version = _found(call)
    if version is None or not matches(header, version):
        raise differs(_record(call))
    return replace(document, expected_version=version)


def _single(
    call: Call, operation: Operation, document: Document, options: OperationOptions
) -> Reply:
    """Do something with one document; what stands against it is the answer's problem."""
    documents = [_keyed(call, document, "")]
    asked = OperationAsked(operation, call["type"], documents, options)
    return _checked(call, lambda: plan_operation(call.installation, call["company"], asked))


def _gone_on(call: Call, plan: str) -> Reply:
    """Answer what a request about one document comes to that is sent again."""
    return _checked(call, lambda: show_plan(call.installation, plan))


def _checked(call: Call, plan: Callable[[], PlanAnswer]) -> Reply:
    try:
        return _applied(call, plan())
    except ClaryError as error:
        if "if-match" in call.headers and is_stale(error):
            raise differs(_record(call), error) from error
        if UNLESS in call.headers and is_taken(error):  # somebody was faster
            raise RECORD_THERE.raised(record=_record(call)) from error
        raise


def _applied(call: Call, planned: PlanAnswer) -> Reply:
    plan = planned.plan
    if call.query(ApplyAsked).dry_run:
        return done(call, planned)
    if plan.errors:
        raise error_of(tuple(plan_findings(call.installation, plan.id)))
    run = carried_out(call, planned)
    if run is None:
        return waiting(call, plan.id)
    [result] = results_of(call, planned, run)
    if result.status is Status.PENDING:
        return going_on(call, run, shown(call, plan.id, run, [result]))
    if result.status in (Status.REJECTED, Status.FAILED):
        call.attempt.note(None)
        raise error_of(_against(result))
    is_new = result.action_taken == "created"
    return Reply.of(
        shown(call, plan.id, run, [result]), CREATED if is_new else OK, **_headers(call, result)
    )


def _against(result: OperationResult) -> tuple[Finding, ...]:
    return (*result.findings, *result.warnings)


def _headers(call: Call, result: OperationResult) -> dict[str, str]:
    """Return where the record is, and its version."""
    headers: dict[str, str] = {}
    if result.version is not None:
        headers["ETag"] = etag(result.version)
    if result.key is not None:
        places = (call["company"], "records", call["type"], result.key)
        path = "/".join(quote(each, safe=":") for each in places)
        headers["Location"] = f"{call.root}/companies/{path}"
    return headers


def _route(verb: str, path: str, name: str, summary: str, **more: object) -> Route:
    more.setdefault("goes_on", _gone_on)
    return Route(
        verb=verb,
        path=path,
        name=name,
        tag=TAG,
        summary=summary,
        shown=OperationShown,
        others={200: OperationShown, 201: OperationShown, 202: OperationShown},
        example=EXAMPLE_OPERATION,
        **more,  # type: ignore[arg-type]  # further attributes of a route, by name
    )


_MATCH: Final[Sequence[str]] = ("if-match", "prefer")

ROUTES: Final[tuple[Route, ...]] = (
    _route(
        "POST",
        RECORDS,
        "create_record",
        "Create a record",
        status=201,
        query=ChangeAsked,
        body=RecordBody,
        sent=EXAMPLE_RECORD,
        headers=("prefer",),
        answer=create,
    ),
    _route(
        "PATCH",
        RECORD,
        "change_record",
        "Change the stated fields of a record",
        query=ChangeAsked,
        body=RecordBody,
        sent={"name": "Acme Limited"},
        headers=tuple(_MATCH),
        problems=(412,),
        answer=change,
    ),
    _route(
        "PUT",
        RECORD,
        "put_record",
        "Make a record be what is stated, or create it",
        query=PutAsked,
        body=RecordBody,
        sent=EXAMPLE_RECORD,
        headers=(*_MATCH, UNLESS),
        problems=(412,),
        answer=put,
    ),
    _route(
        "DELETE",
        RECORD,
        "delete_record",
        "Delete a record, as far as the books allow it",
        query=ChangeAsked,
        headers=tuple(_MATCH),
        problems=(412,),
        answer=delete,
    ),
    _route(
        "POST",
        f"{RECORD}/{{verb}}",
        "act_on_record",
        "Post, void, reverse, allocate or unallocate a document",
        description="The body may hold details such as `date`, the day of a void.",
        query=ChangeAsked,
        body=RecordBody,
        body_optional=True,
        sent={"date": "2026-03-31"},
        places={"type": "sales_invoice", "key": "customer:ACME:1001"},
        headers=tuple(_MATCH),
        problems=(412,),
        answer=act,
    ),
    _route(
        "POST",
        OPERATIONS,
        "operate",
        "Do the same with many documents",
        description="Each document has one result, and one that fails stops no other unless"
        " `stop_on_error` says so. A document is a record, or an envelope with the record as"
        " `body` and beside it `document`, `key`, `idempotency_key`, `expected_version` and"
        " `tracked`.",
        query=ChangeAsked,
        body=OperationBody,
        sent={
            "operation": "create",
            "record_type": "customer",
            "documents": [EXAMPLE_RECORD, {"body": {"id": "BETA"}, "tracked": {"ticket": "7"}}],
        },
        headers=("prefer",),
        answer=operate,
        goes_on=gone_on,
    ),
)
