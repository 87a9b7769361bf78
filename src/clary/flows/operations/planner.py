"""Plans generic operations: reads what is there, writes nothing, one entry per document.

The same planner serves a command for one customer, an API call with a thousand invoices
and an import of many files.  Documents come as a stream and leave as plan entries in the
same order; only what must be remembered across them (keys, references) is kept, as
hashes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TypeVar

from clary.companies import contract
from clary.companies.contract import OPERATION_UNSUPPORTED, Info, Level, Session, TypeCapability
from clary.engine.plan import Entry, Planned
from clary.engine.prepare import NOT_ATTEMPTED
from clary.flows.operations import marks
from clary.flows.operations.decisions import Decision, Desk
from clary.flows.operations.drafts import Draft, draft
from clary.flows.operations.finishing import TWIN_DEFERRED
from clary.flows.operations.memory import Answer, KeyMemory, NoMemory
from clary.flows.operations.natural import Naturals
from clary.flows.operations.references import References
from clary.flows.operations.requests import (
    OnError,
    OnMissing,
    Operation,
    OperationRequest,
    check_request,
)
from clary.flows.operations.seen import Ids, Keys, Seen
from clary.flows.operations.shelf import Shelf
from clary.flows.operations.writing import decide, faults
from clary.kernel.change import Action, Change, canonical_text
from clary.kernel.errors import Finding, Rejected, Unsupported, declare
from clary.ledger.nested import NestedType
from clary.ledger.record import Family
from clary.ledger.worth import moved_worth

OPERATION_DEGRADED = declare(
    "OPERATION_DEGRADED",
    Unsupported,
    "The driver {driver} can {operation} records of type {type}, but {note}.",
    "Check the records afterwards, or add a driver that does it exactly.",
)
KEY_REUSED = declare(
    "KEY_REUSED",
    Rejected,
    "The idempotency key {key} was used before, for a different document.",
    "Use a new key for a new document; a retry must state the same as the first time.",
    http_status=409,
)
KEY_PENDING = declare(
    "KEY_PENDING",
    Rejected,
    "The document with the idempotency key {key} is still under way in run {run}.",
    "Wait for that run, or resume it; then ask again.",
    http_status=409,
)
DOCUMENT_ID_TWICE = declare(
    "DOCUMENT_ID_TWICE",
    Rejected,
    "Two documents of the request have the id {id}.",
    "Give every document of a request its own id.",
)

T = TypeVar("T")


class Planner:
    """Plans requests for one company, one after another into one plan."""

    def __init__(
        self,
        session: Session,
        info: Info,
        capabilities: Mapping[str, TypeCapability],
        system: str,
        memory: KeyMemory | None = None,
    ) -> None:
        """Read through `session`; `system` is the connection's name in the changes."""
        self._info = info
        self._capabilities = capabilities
        self._memory = memory or NoMemory()
        seen = Seen()
        references = References(session, info.edition, capabilities, seen)
        self._desk = Desk(session, info, capabilities, system, references, seen)
        self._ids = Ids()
        self._keys = Keys()
        self._stopped_at = ""

    def plan(self, request: OperationRequest) -> Iterator[Entry]:
        """Yield a finding for each way in which a door falls short, then one entry per document.

        Raises:
            Rejected: the request itself does not fit together (REQUEST_INVALID).
            Unsupported: no door of the company does it (OPERATION_UNSUPPORTED).
        """
        check_request(request, self._info.edition)
        yield from self._support(request)
        self._ids = Ids()
        self._desk.request = request.options.request
        self._desk.contents.clear()
        self._stopped_at = ""
        shelf = Shelf(self._desk.session, request.record_type)
        self._desk.naturals = self._naturals(request)
        for group in in_groups(request.documents, request.options.batch):
            drafts = [
                draft(each, request, self._info.edition, self._info.release) for each in group
            ]
            keys = [each.document.idempotency_key for each in drafts]
            answers = self._memory.answers([key for key in keys if key])
            shelf.fetch(each.key for each in drafts if each.key is not None)
            if self._desk.naturals is not None:
                self._desk.naturals.fetch(each.create.body or {} for each in drafts)
            for each in drafts:
                yield self._planned(each, request, shelf, answers)

    def _naturals(self, request: OperationRequest) -> Naturals | None:
        declared = request.record_type
        if not request.options.skip_present or declared.number is None:
            return None
        desk = self._desk
        return Naturals(desk.session, self._info, self._capabilities, declared, declared.number)

    def _support(self, request: OperationRequest) -> Iterator[Finding]:
        name = request.record_type.name
        capability = self._capabilities.get(name)
        for operation in _needed(request):
            support = capability.operations.get(operation) if capability else None
            if support is None or support.level is Level.NONE:
                raise OPERATION_UNSUPPORTED.raised(
                    driver=self._info.driver, operation=operation.value, type=name
                )
            if support.level is Level.DEGRADED:
                yield OPERATION_DEGRADED.warning(
                    driver=self._info.driver,
                    operation=operation.value,
                    type=name,
                    note=support.note,
                )

    def _planned(
        self, made: Draft, request: OperationRequest, shelf: Shelf, answers: Mapping[str, Answer]
    ) -> Planned:
        self._desk.number += 1
        if self._stopped_at:
            made.findings = [NOT_ATTEMPTED.finding(record=made.record, stopped_at=self._stopped_at)]
            return self._entry(made, request, _refusal(made, request))
        decision = self._answered(made, request, answers)
        if decision is None:
            decision = self._decided(made, request, shelf)
        elif made.refused:
            made.add(faults(made, request, shelf, self._desk))
        entry = self._entry(made, request, decision)
        self._desk.remember(request, made, decision, refused=made.refused)
        if made.refused and request.options.on_error is OnError.STOP:
            self._stopped_at = made.record
        return entry

    def _decided(self, made: Draft, request: OperationRequest, shelf: Shelf) -> Decision:
        try:
            decision = decide(made, request, shelf, self._desk)
        except Rejected as error:
            made.add(error.findings)
            return _refusal(made, request)
        return decision

    def _answered(
        self, made: Draft, request: OperationRequest, answers: Mapping[str, Answer]
    ) -> Decision | None:
        """Return what is known of a document before its record is looked at."""
        if not self._ids.is_new(made.document.id):
            made.add([DOCUMENT_ID_TWICE.finding(id=made.document.id)])
        key = made.document.idempotency_key
        if key is None or made.refused:
            return _refusal(made, request) if made.refused else None
        same, first = self._keys.first(key, made.request, self._desk.number)
        if first != self._desk.number:
            return self._twice(made, request, key, first, same=same)
        return self._retry(made, request, key, answers.get(key))

    def _twice(
        self, made: Draft, request: OperationRequest, key: str, first: int, *, same: bool
    ) -> Decision:
        if not same:
            made.add([KEY_REUSED.finding(key=key)])
            return _refusal(made, request)
        return Decision(
            Action.UPDATE,
            after={},
            settled="duplicate",
            depends_on=(first,),
            deferred=TWIN_DEFERRED,
        )

    def _retry(
        self, made: Draft, request: OperationRequest, key: str, answer: Answer | None
    ) -> Decision | None:
        if answer is None or not (answer.done or answer.state.open):
            # Rejected or failed before: nothing of it is in the books, so the key is free
            # for the document as it stands now, corrected or not.
            return None
        if answer.request != made.request:
            made.add([KEY_REUSED.finding(key=key)])
        elif answer.state.open:
            made.add([KEY_PENDING.finding(key=key, run=answer.run)])
        else:
            # The engine answers a key that it knows without a look: the record may be gone.
            return Decision(Action.UPDATE, key=answer.key, after={}, settled="duplicate")
        return _refusal(made, request)

    def _entry(self, made: Draft, request: OperationRequest, decision: Decision) -> Planned:
        made.findings += decision.findings
        document = made.document
        tracked = dict(document.tracked)
        tracked.update(decision.marks)
        stated = {**document.stated, **decision.stated}
        if stated:
            tracked[marks.STATED] = canonical_text(stated)
        if decision.settled and not made.refused:
            tracked[marks.SETTLED] = decision.settled
        key = None if _is_foreign(made) else document.idempotency_key
        if key is not None and made.request:
            tracked[marks.REQUEST] = made.request
        change = Change(
            number=self._desk.number,
            system=self._desk.system,
            action=decision.action,
            record_type=request.record_type.name,
            key=decision.key,
            before=decision.before,
            after=decision.after,
            verb=request.options.verb if decision.action is Action.ACT else None,
            origin=decision.origin,
            depends_on=decision.depends_on,
            deferred=decision.deferred,
            tracked=tracked,
            document=document.id,
            idempotency_key=key,
        )
        currency, amount = self._moved(request, decision)
        return Planned(change, tuple(made.findings), currency, amount)

    def _moved(self, request: OperationRequest, decision: Decision) -> tuple[str, int]:
        """Return the currency of a document and what is moved of it in minor units, if any."""
        declared = request.declared
        if decision.settled or isinstance(declared, NestedType):
            return "", 0
        if declared.family is Family.LIST:
            return "", 0
        before = decision.before or {}
        stated = None if decision.action is Action.ACT else decision.after
        currency = (stated or {}).get("currency") or before.get("currency")
        amount = moved_worth(declared, before, stated)
        return str(currency or self._desk.info.currency), amount


def _refusal(made: Draft, request: OperationRequest) -> Decision:
    """Return what is planned for a document that is refused; its body is for the preview."""
    action = _ACTIONS[request.operation]
    return Decision(action, after=made.create.body if action is Action.CREATE else None)


def _is_foreign(made: Draft) -> bool:
    """Tell whether the key belongs to another document, whose answer must stay findable."""
    return any(each.code in (KEY_REUSED.name, KEY_PENDING.name) for each in made.findings)


_ACTIONS = {
    Operation.CREATE: Action.CREATE,
    Operation.UPDATE: Action.UPDATE,
    Operation.UPSERT: Action.UPDATE,
    Operation.DELETE: Action.DELETE,
    Operation.ACT: Action.ACT,
}


def _needed(request: OperationRequest) -> tuple[contract.Operation, ...]:
    """Return what a door must be able to do for a request."""
    if request.declared is not request.record_type:
        return (contract.Operation.READ, contract.Operation.UPDATE)
    if request.operation is Operation.ACT and request.options.verb is not None:
        return (contract.Operation.READ, contract.Operation(request.options.verb.value))
    if request.operation is Operation.UPSERT:
        changing = (contract.Operation.READ, contract.Operation.UPDATE)
        creates = request.options.on_missing is OnMissing.CREATE
        return (*changing, contract.Operation.CREATE) if creates else changing
    wanted = contract.Operation(request.operation.value)
    creates = request.operation is Operation.CREATE
    return (wanted,) if creates else (contract.Operation.READ, wanted)


def in_groups(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most `size`."""
    stream = iter(items)
    while group := list(islice(stream, size)):
        yield group
