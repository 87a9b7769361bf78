"""One document on its way into a plan: its key, its checked body, what was found about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from clary.companies.keys import Key, KeyKind, parse_key
from clary.flows.operations.bodies import Prepared, prepare
from clary.flows.operations.entries import EntryChange
from clary.flows.operations.marks import RESERVED
from clary.flows.operations.requests import (
    NAME_LIMIT,
    TRACKED_LIMIT,
    TRACKED_TEXT,
    Document,
    OnPresent,
    Operation,
    OperationRequest,
)
from clary.kernel.change import Body, JsonValue, Verb, canonical_text
from clary.kernel.errors import ClaryError, Finding, Rejected, Severity, declare
from clary.kernel.identifiers import fingerprint
from clary.ledger.acts import check_details
from clary.ledger.fields import EditionName
from clary.ledger.nested import PARENT, POSITION, NestedType
from clary.ledger.record import Family, RecordType
from clary.ledger.schema import Purpose, Scope
from clary.ledger.values import measure

DOCUMENT_ID_INVALID = declare(
    "DOCUMENT_ID_INVALID",
    Rejected,
    "A document of the request has {reason} as its id.",
    "Give every document of a request its own id of 1 to {limit} characters.",
    http_status=400,
)
KEY_MISSING = declare(
    "KEY_MISSING",
    Rejected,
    "The document does not say which {type} is meant.",
    "State its key, for example {example}.",
)
KEY_TOO_LONG = declare(
    "KEY_TOO_LONG",
    Rejected,
    "The idempotency key has more than {limit} characters, or none.",
    "Use a key of 1 to {limit} characters.",
)
TRACKED_INVALID = declare(
    "TRACKED_INVALID",
    Rejected,
    "The tracked property {name!r} cannot be kept: {reason}.",
    "Attach at most {most} properties with names of 1 to {names} and texts of at most"
    " {texts} characters.",
)
KEY_DIFFERS = declare(
    "KEY_DIFFERS",
    Rejected,
    "The document is for {key} but states {stated} as its {field}.",
    "State the same in both places, or leave one out.",
)


@dataclass(slots=True)
class Draft:
    """What is known of one document while it is planned.

    Attributes:
        document: as the caller gave it.
        record: the record in words, for findings.
        key: the record's key, where the document names one.
        entry: for a nested type, what is to happen to the entry.
        create: its body checked as a new record.
        change: its body checked as a change of a record.
        details: the details of an act.
        findings: every problem so far.
        request: fingerprint of what is asked for, of a document with an idempotency key.
    """

    document: Document
    record: str
    key: Key | None = None
    entry: EntryChange | None = None
    create: Prepared = field(default_factory=lambda: Prepared(None))
    change: Prepared = field(default_factory=lambda: Prepared(None))
    details: Body = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    request: str = ""

    @property
    def refused(self) -> bool:
        """Something about the document is wrong; it is planned as rejected."""
        return any(each.severity is Severity.ERROR for each in self.findings)

    def add(self, findings: Iterable[Finding]) -> None:
        """Add findings about this document."""
        self.findings += [replace(each, record=self.record) for each in findings]


def draft(
    document: Document, request: OperationRequest, edition: EditionName, release: int | None
) -> Draft:
    """Return a document as a draft, with everything that its text alone can tell."""
    made = Draft(document, f"{request.declared.name} {document.key or document.id}".strip())
    try:
        measure(document.body)
    except ClaryError as error:
        made.add((*document.findings, *_outer(document), *error.findings))
        return made
    if isinstance(request.declared, NestedType):
        _draft_entry(made, request, request.declared, Scope(edition, release, Purpose.UPDATE))
    else:
        _draft_record(made, request, request.declared, edition, release)
    if document.idempotency_key is not None:
        made.request = _fingerprint(made, request)
    # Only now is it known what the record is called.
    made.add((*document.findings, *_outer(document)))
    return made


def _outer(document: Document) -> list[Finding]:
    """Return what is wrong with a document around its body."""
    findings = []
    if not 1 <= len(document.id) <= NAME_LIMIT:
        reason = "nothing" if not document.id else "too long a text"
        findings.append(DOCUMENT_ID_INVALID.finding(reason=reason, limit=NAME_LIMIT))
    key = document.idempotency_key
    if key is not None and not 1 <= len(key) <= TRACKED_TEXT:
        findings.append(KEY_TOO_LONG.finding(limit=TRACKED_TEXT))
    for name, value in document.tracked.items():
        reason = _untrackable(name, value, len(document.tracked))
        if reason:
            findings.append(
                TRACKED_INVALID.finding(
                    name=name[:NAME_LIMIT],
                    reason=reason,
                    most=TRACKED_LIMIT,
                    names=NAME_LIMIT,
                    texts=TRACKED_TEXT,
                )
            )
            break
    return findings


def _untrackable(name: str, value: object, count: int) -> str:
    if count > TRACKED_LIMIT:
        return f"there are {count} of them"
    if not 1 <= len(name) <= NAME_LIMIT:
        return "its name is empty or too long"
    if name.startswith(RESERVED):
        return f"names that start with {RESERVED} are Clary's own"
    if not isinstance(value, str) or len(value) > TRACKED_TEXT:
        return "it is no text, or too long"
    return ""


def _draft_record(
    made: Draft,
    request: OperationRequest,
    declared: RecordType,
    edition: EditionName,
    release: int | None,
) -> None:
    document, operation = made.document, request.operation
    try:
        made.key = _key(declared, document)
    except ClaryError as error:
        made.add(error.findings)
        return
    if document.key is None and made.key is not None:
        made.record = f"{declared.name} {made.key.value}"
    if made.key is None and operation is not Operation.CREATE:
        _require_key(made, declared, operation)
    if operation is Operation.ACT:
        made.details = _details(made, declared, request.options.verb or Verb.POST)
        return
    if operation is Operation.DELETE:
        return
    if operation in (Operation.CREATE, Operation.UPSERT):
        scope = Scope(edition, release, Purpose.CREATE)
        made.create = _prepared_create(made, declared, scope)
    if operation in (Operation.UPDATE, Operation.UPSERT):
        scope = Scope(edition, release, Purpose.UPDATE)
        made.change = prepare(declared.record, declared.name, document.body, scope, made.record)


def _prepared_create(made: Draft, declared: RecordType, scope: Scope) -> Prepared:
    body = dict(made.document.body)
    named = declared.family is Family.LIST and made.key is not None and made.document.key
    if named and made.key is not None and made.key.kind is KeyKind.ID:
        body.setdefault(declared.key, made.key.value)
        stated = str(body[declared.key])
        if stated.strip().casefold() != made.key.value.casefold():
            finding = KEY_DIFFERS.finding(
                field=declared.key, key=made.key.value, stated=stated, record=made.record
            )
            return Prepared(None, findings=(finding,))
    return prepare(declared.record, declared.name, body, scope, made.record)


def _key(declared: RecordType, document: Document) -> Key | None:
    if document.key is not None:
        return parse_key(declared, document.key)
    stated = document.body.get(declared.key)
    if isinstance(stated, str | int) and not isinstance(stated, bool) and str(stated).strip():
        kind = KeyKind.ID if declared.family is Family.LIST else KeyKind.NUMBER
        return parse_key(declared, f"{kind.value}:{str(stated).strip()}")
    return None


def _require_key(made: Draft, declared: RecordType, operation: Operation) -> None:
    # An upsert of a document that the company has still to number is a create.
    if operation is Operation.UPSERT and declared.family is not Family.LIST:
        return
    example = "ACME" if declared.family is Family.LIST else "57"
    made.add([KEY_MISSING.finding(type=declared.name, example=example)])


def _details(made: Draft, declared: RecordType, verb: Verb) -> Body:
    """Return the details of an act, checked; the key may stand among them."""
    stated = {name: value for name, value in made.document.body.items() if name != declared.key}
    details, findings = check_details(verb, stated, made.record)
    made.add(findings)
    return details


def _draft_entry(made: Draft, request: OperationRequest, nested: NestedType, scope: Scope) -> None:
    body = dict(made.document.body)
    row = (body.pop(PARENT, None), body.pop(POSITION, None))
    try:
        named = _named_entry(made, request.operation, nested, row)
    except ClaryError as error:
        made.add(error.findings)
        return
    if named is None:
        example = nested.key_text("ACME", "1")
        made.add([KEY_MISSING.finding(type=nested.name, example=example)])
        return
    made.key, entry = parse_key(nested.parent, named[0]), named[1]
    ready = Prepared({})
    if request.operation is not Operation.DELETE:
        # What a new entry must state is checked where the whole entry is known.
        ready = prepare(nested.record, nested.name, body, scope, made.record)
        made.add(ready.findings)
    options, operation = request.options, request.operation
    if operation is Operation.UPSERT and options.on_present is OnPresent.FAIL:
        operation = Operation.CREATE
    made.entry = EntryChange(operation, entry, ready.body or {}, options.mode, options.on_missing)


def _named_entry(
    made: Draft, operation: Operation, nested: NestedType, row: tuple[object, object]
) -> tuple[str, str | None] | None:
    """Return the keys of parent and entry: from the key, else from the row of a query.

    Raises:
        Rejected: the key is none (ENTRY_KEY_INVALID, KEY_INVALID), or names another parent
            than the row (KEY_DIFFERS).
    """
    parent, position = row
    if made.document.key:
        named = nested.parse(made.document.key)
        stated = parse_key(nested.parent, named[0]).value
        if parent is not None and str(parent).casefold() != stated.casefold():
            raise KEY_DIFFERS.raised(field=PARENT, key=stated, stated=parent)
        return named
    if parent is None or not str(parent).strip():
        return None
    made.record = f"{nested.name} {parent}"
    parse_key(nested.parent, str(parent))
    by_place = nested.many and nested.entry_key is None and operation is not Operation.CREATE
    return str(parent), str(position) if by_place and position is not None else None


def _fingerprint(made: Draft, request: OperationRequest) -> str:
    """Return what stands for the request: equal for a retry, however it is written."""
    bodies = (made.change.body, made.create.body, made.details)
    asked: dict[str, JsonValue] = {
        "operation": request.operation.value,
        "type": request.declared.name,
        "key": str(made.key) if made.key else None,
        "mode": request.options.mode.value,
        "verb": request.options.verb.value if request.options.verb else None,
        "body": made.entry.as_body() if made.entry else next(b for b in bodies if b is not None),
    }
    return fingerprint(canonical_text(asked))
