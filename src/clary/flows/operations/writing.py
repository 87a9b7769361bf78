"""How each operation on a record, or on an entry inside one, becomes a change."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

from clary.companies.contract import TypeCapability
from clary.companies.keys import RECORD_NOT_FOUND, Key, KeyKind, parse_key
from clary.flows.operations import entries, marks
from clary.flows.operations.bodies import (
    Prepared,
    computed_findings,
    differences,
    emptied,
    explicit,
    full,
    merged,
    repeated_groups,
    touched,
)
from clary.flows.operations.decisions import Decision, Desk
from clary.flows.operations.drafts import KEY_MISSING, Draft
from clary.flows.operations.requests import (
    Mode,
    OnMissing,
    OnPresent,
    Operation,
    OperationRequest,
)
from clary.flows.operations.shelf import Shelf
from clary.kernel.change import Action, Body, Verb
from clary.kernel.errors import Finding, Rejected, declare, raise_errors
from clary.ledger.fields import Kind
from clary.ledger.nested import NestedType
from clary.ledger.record import Family, RecordType
from clary.ledger.schema import ENTRIES_TOO_MANY, TEXT_TOO_LONG, Purpose
from clary.ledger.types.documents import MAKES_TOTAL

RECORD_EXISTS = declare(
    "RECORD_EXISTS",
    Rejected,
    "There already is a {type} {key}.",
    "Update it, use upsert, or choose another {field}.",
    http_status=409,
)
VERSION_CONFLICT = declare(
    "VERSION_CONFLICT",
    Rejected,
    "{record} has changed since it was read: its version is {found}, the document expects"
    " {expected}.",
    "Read the record again and decide anew.",
    http_status=409,
)
DOCUMENT_PRESENT = declare(
    "DOCUMENT_PRESENT",
    Rejected,
    "The document is in the books already, as {type} {key}; it is left out.",
    "Nothing needs to be done.",
)
RECORD_USED = declare(
    "RECORD_USED",
    Rejected,
    "{record} is used by {uses}; the company may refuse to delete it.",
    "Make it inactive instead where the edition can.",
)

TAKEN = {
    Verb.POST: "posted",
    Verb.VOID: "voided",
    Verb.REVERSE: "reversed",
    Verb.ALLOCATE: "allocated",
    Verb.UNALLOCATE: "unallocated",
}
"""What a finished act is called in results."""

USES_SHOWN = 5


def decide(made: Draft, request: OperationRequest, shelf: Shelf, desk: Desk) -> Decision:
    """Return what shall happen with a document.

    Raises:
        Rejected: nothing; the findings say why.
    """
    declared = request.declared
    if isinstance(declared, NestedType):
        return _entry(made, declared, shelf, desk)
    if request.operation is Operation.CREATE:
        return _create(made, request, declared, shelf, desk)
    if request.operation is Operation.UPSERT:
        return _upsert(made, request, declared, shelf, desk)
    key = _named(made)
    stored = shelf.must(key)
    _check_version(made, stored, desk)
    if request.operation is Operation.UPDATE:
        return _update(made, request, declared, stored, desk)
    if request.operation is Operation.DELETE:
        return _delete(made, declared, stored, desk)
    return _act(made, request.options.verb or Verb.POST, declared, stored, desk)


def faults(made: Draft, request: OperationRequest, shelf: Shelf, desk: Desk) -> list[Finding]:
    """Return what else is wrong with a document that is refused already.

    So that a person who mends it meets everything at once, and not one fault after another.
    """
    declared = request.declared
    if isinstance(declared, NestedType) or request.operation not in _WITH_BODIES:
        return []
    stored = None
    if made.key is not None and request.operation is not Operation.CREATE:
        try:
            stored = shelf.stored(made.key)
        except Rejected as error:
            return list(error.findings)
    prepared = made.create if stored is None else made.change
    told = {(each.code, each.field) for each in made.findings}
    nameless = any(code == KEY_MISSING.name for code, _ in told)
    more = [*prepared.findings, *_unknown_references(made, declared, desk)]
    return [
        each
        for each in more
        if (each.code, each.field) not in told and not (nameless and each.field == declared.key)
    ]


_WITH_BODIES = frozenset({Operation.CREATE, Operation.UPDATE, Operation.UPSERT})


def _sound(made: Draft, prepared: Prepared, declared: RecordType, desk: Desk) -> Body:
    """Return a checked body.

    Raises:
        Rejected: it has faults; what it refers to in vain is told with them.
    """
    if prepared.findings:
        raise_errors([*prepared.findings, *_unknown_references(made, declared, desk)])
    return prepared.body or {}


def _unknown_references(made: Draft, declared: RecordType, desk: Desk) -> list[Finding]:
    """Return what a document's body, as it came, refers to in vain."""
    # Whatever is no text or no group there is passed over, so any body will do.
    body = cast("Body", dict(made.document.body))
    return desk.references.check(declared.record, body, made.record)[1]


def _named(made: Draft) -> Key:
    if made.key is None:  # told by the draft's findings before it comes here
        raise RECORD_NOT_FOUND.raised(type=made.record, key="")
    return made.key


def key_text(declared: RecordType, stored: Body) -> str:
    """Return the shortest text that names a stored record without doubt."""
    value = str(stored.get(declared.key))
    kind = KeyKind.ID if declared.family is Family.LIST else KeyKind.NUMBER
    plain = parse_key(declared, value) == Key(kind, value)
    return value if plain else str(Key(kind, value))


def _check_version(made: Draft, stored: Body, desk: Desk) -> None:
    expected = made.document.expected_version
    if expected is None:
        return
    found = desk.session.version(stored)
    if found != expected:
        raise VERSION_CONFLICT.raised(record=made.record, found=found, expected=expected)


def _create(
    made: Draft, request: OperationRequest, declared: RecordType, shelf: Shelf, desk: Desk
) -> Decision:
    body = _sound(made, made.create, declared, desk)
    if made.document.expected_version is not None:
        raise VERSION_CONFLICT.raised(
            record=made.record, found="none", expected=made.document.expected_version
        )
    if declared.family is Family.LIST:
        key = str(body[declared.key])
        if shelf.stored(Key(KeyKind.ID, key)) is not None:
            raise RECORD_EXISTS.raised(type=declared.name, key=key, field=declared.key)
        desk.refuse_twice(declared.name, key, made.record)
    present = _present(made, declared, body, desk)
    if present is not None:
        return present
    made.add(_beyond(declared, body, desk.capabilities.get(declared.name)))
    depends, findings = desk.references.check(declared.record, body, made.record)
    made.add(findings)
    scope = desk.scope(Purpose.CREATE)
    warnings = computed_findings(declared.record, made.create.computed, None, scope, made.record)
    posted = declared.family is not Family.LIST
    return Decision(
        Action.CREATE,
        after=body,
        touches=None if posted else str(body[declared.key]),
        origin=desk.origin(made, request),
        depends_on=depends,
        stated=made.create.computed,
        findings=tuple(warnings),
    )


def _present(made: Draft, declared: RecordType, body: Body, desk: Desk) -> Decision | None:
    """Return the decision to leave out a document that is in the books already."""
    if desk.naturals is None:
        return None
    stated = made.document.stated
    total = body.get(declared.total or "") or stated.get(declared.total or "")
    found = desk.naturals.present(body, total, made.record)
    if found is None:
        return None
    key = key_text(declared, found)
    warning = DOCUMENT_PRESENT.warning(record=made.record, type=declared.name, key=key)
    return Decision(
        Action.UPDATE, key=key, before=found, after={}, settled="duplicate", findings=(warning,)
    )


def _beyond(declared: RecordType, body: Body, capability: TypeCapability | None) -> list[Finding]:
    """Return what the door has no room for."""
    if capability is None:
        return []
    findings = []
    for name, count in repeated_groups(declared.record, body):
        if name == "lines" and capability.lines is not None and count > capability.lines:
            findings.append(
                ENTRIES_TOO_MANY.finding(field=name, label="Lines", limit=capability.lines)
            )
    for name, limit in capability.lengths.items():
        value = body.get(name)
        spec = declared.fields.get(name)
        if isinstance(value, str) and spec and spec.kind is Kind.TEXT and len(value) > limit:
            findings.append(TEXT_TOO_LONG.finding(field=name, label=spec.label, limit=limit))
    return findings


def _upsert(
    made: Draft, request: OperationRequest, declared: RecordType, shelf: Shelf, desk: Desk
) -> Decision:
    stored = shelf.stored(made.key) if made.key is not None else None
    if stored is not None:
        if request.options.on_present is OnPresent.FAIL:
            key = key_text(declared, stored)
            raise RECORD_EXISTS.raised(type=declared.name, key=key, field=declared.key)
        _check_version(made, stored, desk)
        return _update(made, request, declared, stored, desk)
    if request.options.on_missing is OnMissing.FAIL:
        raise (
            shelf.missing(made.key)
            if made.key
            else RECORD_NOT_FOUND.raised(
                record=made.record, type=declared.name, key="without a key"
            )
        )
    if made.key is not None and made.key.kind in (KeyKind.GUID, KeyKind.NUMBER):
        # Both are given by the company; a new record cannot take one.
        raise shelf.missing(made.key)
    return _create(made, request, declared, shelf, desk)


def _update(
    made: Draft, request: OperationRequest, declared: RecordType, stored: Body, desk: Desk
) -> Decision:
    scope = desk.scope(Purpose.UPDATE)
    wanted = dict(_sound(made, made.change, declared, desk))
    key = str(stored.get(declared.key))
    if str(wanted.get(declared.key, key)).casefold() == key.casefold():
        wanted.pop(declared.key, None)
    whole = request.options.mode is Mode.FULL
    stating = full(declared.record, stored, wanted, scope) if whole else merged(stored, wanted)
    after = differences(declared.record, stored, stating)
    if not whole and declared.total in wanted and not MAKES_TOTAL.isdisjoint(after):
        # What is said that other lines come to is checked, though it be what the old ones did.
        after[declared.total] = wanted[declared.total]
    made.add(emptied(declared.record, after, scope, made.record))
    warnings = computed_findings(declared.record, made.change.computed, stored, scope, made.record)
    made.add(warnings)
    desk.refuse_twice(declared.name, key, made.record)
    if not after:
        return Decision(
            Action.UPDATE,
            key=key_text(declared, stored),
            before=stored,
            after={},
            settled="unchanged",
            touches=key,
        )
    made.add(_beyond(declared, after, desk.capabilities.get(declared.name)))
    depends, findings = desk.references.check(declared.record, after, made.record)
    made.add(findings)
    # What the company works out anew for a changed document (taxes, due date) is part of
    # what an undo restores, so the plan keeps all of it.
    document = declared.family is not Family.LIST
    strict = whole or document or made.document.expected_version is not None
    return Decision(
        Action.UPDATE,
        key=key_text(declared, stored),
        before=touched(declared.record, stored, after, whole=strict),
        after=explicit(declared.record, stored, after),
        depends_on=depends,
        touches=key,
    )


def _delete(made: Draft, declared: RecordType, stored: Body, desk: Desk) -> Decision:
    key = str(stored.get(declared.key))
    desk.refuse_twice(declared.name, key, made.record)
    text = key_text(declared, stored)
    uses = desk.session.uses(declared.name, parse_key(declared, text))
    if uses:
        shown = ", ".join(uses[:USES_SHOWN]) + (", ..." if len(uses) > USES_SHOWN else "")
        made.add([RECORD_USED.warning(record=made.record, uses=shown)])
    return Decision(Action.DELETE, key=text, before=stored, touches=key)


def _act(made: Draft, verb: Verb, declared: RecordType, stored: Body, desk: Desk) -> Decision:
    key = str(stored.get(declared.key))
    earlier = tuple(desk.seen.earlier(declared.name, key))
    desk.touch(declared.name, key)
    return Decision(
        Action.ACT,
        key=key_text(declared, stored),
        # What an earlier act of the plan changes is no longer what is here now.
        before=None if earlier else stored,
        after=made.details,
        depends_on=earlier,
        marks={marks.TAKEN: TAKEN[verb]},
    )


def _entry(made: Draft, nested: NestedType, shelf: Shelf, desk: Desk) -> Decision:
    change = made.entry
    if change is None:  # told by the draft's findings before it comes here
        raise RECORD_NOT_FOUND.raised(type=nested.name, key="")
    stored = shelf.must(_named(made))
    _check_version(made, stored, desk)
    key = str(stored.get(nested.parent.key))
    earlier = desk.seen.earlier(nested.name, key)
    group = desk.group(nested, key, stored, again=bool(earlier))
    parent = f"{nested.parent.name} {key}"
    after = entries.changed(nested, group, change, parent, desk.info.edition)
    depends, findings = desk.references.check(
        nested.parent.record, {nested.field: after.value}, made.record
    )
    made.add(findings)
    named = {
        marks.NESTED: nested.name,
        marks.TAKEN: after.taken,
        marks.ENTRY: nested.key_text(key, after.entry),
    }
    before: Body = {nested.field: group}
    if nested.parent.family is not Family.LIST and not earlier:
        before = touched(nested.parent.record, stored, before, whole=True)
    decision = Decision(Action.UPDATE, key=key_text(nested.parent, stored), marks=named)
    if after.taken == "unchanged":
        return replace(decision, before=before, after={}, settled="unchanged")
    if not made.refused:
        desk.touch(nested.name, key)
        desk.keep_group(nested.name, key, after.value)
    return replace(
        decision,
        before=before,
        after=explicit(nested.parent.record, before, {nested.field: after.value}),
        depends_on=tuple(sorted({*earlier[-1:], *depends})),
    )
