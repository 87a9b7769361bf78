"""From a pushed document to what the planner of operations is asked for, against the books.

A document becomes one request, or several where something follows it (an allocation behind a
payment); one that cannot be written comes back as the operation that failed, with all reasons.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from clary.companies.contract import Operation as Ability
from clary.companies.contract import TypeCapability
from clary.companies.keys import parse_key
from clary.flows.operations.requests import (
    Document,
    Operation,
    OperationOptions,
    OperationRequest,
)
from clary.flows.push import answers, inbound, outbound
from clary.flows.push.allocating import ALLOCATION, PARTIES, SOURCE, follower
from clary.flows.push.answers import Status
from clary.flows.push.declaring import PushType, PushVerb
from clary.flows.push.inbound import Inbound, Terms
from clary.flows.push.options import unsupported
from clary.flows.push.outbound_documents import is_void
from clary.flows.push.query import moment
from clary.flows.push.showing import Showing, key_of
from clary.flows.push.types import type_named
from clary.hub.push import problems
from clary.hub.push.allocations import Allocations
from clary.hub.push.keeping import PushOperation
from clary.hub.push.lookups import Books
from clary.kernel.change import Body, Verb
from clary.kernel.errors import Finding, Rejected, Unsupported
from clary.ledger.registry import record_type

_TAKING_BACK: Final = (
    (Ability.DELETE, Operation.DELETE, None),
    # What was posted is not removed from the books but taken back in them.
    (Ability.VOID, Operation.ACT, Verb.VOID),
    (Ability.UNALLOCATE, Operation.ACT, Verb.UNALLOCATE),
)
"""Ways to take a record back, the first that there is for its type; void where there is none."""


def failed(operation: PushOperation, findings: tuple[Finding, ...]) -> PushOperation:
    """Return an operation that failed because of findings; it has no end yet."""
    told = replace(operation, status=Status.FAILED, findings=findings)
    error = answers.failure(told.shown(operation.requested_at), operation.key)
    return replace(told, error=error)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an operation asks of the planner, and what is doubtful about its document."""

    requests: tuple[OperationRequest, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Taking:
    """Makes requests of documents, one after another."""

    books: Books
    terms: Terms
    capabilities: Mapping[str, TypeCapability]

    def take(self, operation: PushOperation) -> Taken | PushOperation:
        """Return what an operation asks for, or the operation as it failed."""
        push_type = type_named(operation.data_type)
        try:
            if push_type is None:
                raise unsupported(operation.data_type, self.books.edition)
            if operation.verb is PushVerb.DELETE:
                return Taken(self._able(tuple(self._deletions(operation, push_type))), ())
            stated = inbound.document(operation.document)
            found = self._judged(operation, push_type, stated)
            if found.is_refused:
                return failed(operation, found.findings)
            requests = self._able(tuple(self._requests(operation, found)))
        except (Rejected, Unsupported) as error:
            return failed(operation, error.findings)
        for made in found.records:
            self.books.made(made.record_type, made.body)
        return Taken(requests, found.findings)

    def _requests(self, operation: PushOperation, found: Inbound) -> Iterator[OperationRequest]:
        updates = operation.verb is PushVerb.UPDATE
        for number, made in enumerate(found.records):
            name = follower(operation.key, number)
            key = operation.record_id if updates else None
            document = Document(id=name, body=made.body, origin=name, key=key)
            kind = Operation.UPDATE if updates else Operation.CREATE
            options = OperationOptions(source=SOURCE)
            yield OperationRequest(kind, record_type(made.record_type), [document], options)

    def _deletions(
        self, operation: PushOperation, push_type: PushType
    ) -> Iterator[OperationRequest]:
        """Yield what takes a record back, and behind it all that was written with it."""
        name = push_type.records[self.books.edition]
        targets = [(name, operation.record_id)]
        party_type = PARTIES.get(push_type.name)
        if party_type is not None and operation.record_id is not None:
            allocations = Allocations(self.books.session, self.books, party_type)
            targets = self._payment(name, operation.record_id, allocations) or targets
        for number, (kind, key) in enumerate(targets):
            document = follower(operation.key, number)
            yield self._taking_back(kind, Document(id=document, key=key, origin=document))

    def _payment(
        self, name: str, key: str, allocations: Allocations
    ) -> list[tuple[str, str | None]]:
        """Return what of a payment, or of an allocation, and of its followers still stands.

        The money comes first: nearly all that the books can have against taking an allocation
        back, they have against the money of the same day, too.
        """
        declared = record_type(name)
        [leading] = self.books.session.get_many(name, [parse_key(declared, key)])
        if leading is None:
            name, leading = ALLOCATION, allocations.one(key)
        if leading is None:
            return []
        found = [(name, leading), *((ALLOCATION, each) for each in allocations.of(leading))]
        standing = [(kind, key_of(body)) for kind, body in found if not is_void(body)]
        return [*standing] or [(name, key_of(leading))]

    def _taking_back(self, name: str, document: Document) -> OperationRequest:
        ways = (way for way in _TAKING_BACK if self._can(name, way[0]))
        _, kind, verb = next(ways, _TAKING_BACK[1])
        options = OperationOptions(source=SOURCE, verb=verb)
        return OperationRequest(kind, record_type(name), [document], options)

    def _can(self, name: str, ability: Ability) -> bool:
        capability = self.capabilities.get(name)
        return capability is not None and capability.can(ability)

    def _able(self, requests: tuple[OperationRequest, ...]) -> tuple[OperationRequest, ...]:
        """Return requests that the driver can do, all of them.

        Raises:
            Unsupported: it cannot do one of them (DATATYPE_UNSUPPORTED).
        """
        for request in requests:
            name = request.record_type.name
            verb = request.options.verb
            ability = Ability(request.operation.value if verb is None else verb.value)
            if not self._can(name, ability):
                raise unsupported(name, self.books.edition)
        return requests

    def _judged(
        self, operation: PushOperation, push_type: PushType, stated: Mapping[str, object]
    ) -> Inbound:
        """Return what a document becomes, or what it changes of the record that it names.

        Raises:
            Rejected: there is no such record, or it was changed since (PUSH_CHANGED_SINCE).
        """
        key = operation.record_id
        if operation.verb is not PushVerb.UPDATE or key is None:
            return inbound.take(push_type, stated, self.books, self.terms)
        declared = record_type(push_type.records[self.books.edition])
        body = self.books.session.get(declared.name, parse_key(declared, key))
        if not operation.force_update:
            _check_unchanged(body, stated.get("sourceModifiedDate"))
        shown = outbound.show(push_type, body, Showing(self.books))
        return inbound.take_update(push_type, stated, shown, body, self.books, self.terms)


def _check_unchanged(body: Body, stated: object) -> None:
    """Make sure that a record is as the sender saw it, where the books can tell.

    Raises:
        Rejected: it was changed since (PUSH_CHANGED_SINCE).
    """
    stamp = body.get("last_saved_at") or body.get("created_at")
    if not isinstance(stamp, str):
        return
    seen = moment(stated) if isinstance(stated, str) else None
    if seen is None or seen != moment(stamp):
        raise problems.PUSH_CHANGED_SINCE.raised(field="sourceModifiedDate", found=stamp)
