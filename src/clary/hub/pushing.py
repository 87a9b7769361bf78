"""Work of the kind `push`: a group of pushed documents becomes one plan and one run.

The documents keep their order.  Each operation remembers its plan before anything is written,
so that whoever goes on after a crash resumes that plan's run, which looks into the books before
it sends anything again; nothing is planned a second time while the first may be in the books.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Final

from sqlalchemy import update

from clary.companies.contract import Operation as Ability
from clary.companies.contract import TypeCapability
from clary.companies.keys import parse_key
from clary.engine.guards import MASS_CHANGE
from clary.engine.plan import Entry, Planned
from clary.engine.plan_store import PlanStore
from clary.flows.operations.memory import JournalMemory
from clary.flows.operations.planner import Planner
from clary.flows.operations.requests import (
    Document,
    Operation,
    OperationOptions,
    OperationRequest,
    OperationResult,
)
from clary.flows.operations.requests import Status as Ended
from clary.flows.operations.results import results
from clary.flows.push import answers, inbound
from clary.flows.push.answers import ChangeType, Status
from clary.flows.push.declaring import PushType, PushVerb
from clary.flows.push.inbound import Inbound, Terms
from clary.flows.push.options import unsupported
from clary.flows.push.query import moment
from clary.flows.push.types import type_named
from clary.hub.decisions import REFUSE_FOREIGN_BILLS, value_for
from clary.hub.handling import Ending, Outcome, Writing
from clary.hub.installation import Installation
from clary.hub.push import events, problems
from clary.hub.push.accepting import KIND
from clary.hub.push.keeping import PushCompany, PushOperation, companies, operations_in, values_of
from clary.hub.push.lookups import Books, Trusting
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.services.applying import Applying, applied
from clary.hub.services.approving import APPROVAL_NEEDED, require_approved
from clary.hub.services.opening import Opened
from clary.hub.services.operations import stored_plan
from clary.hub.work import WorkItem
from clary.kernel.change import Verb
from clary.kernel.clock import local_date
from clary.kernel.errors import ClaryError, Finding, Guarded, Rejected, Severity, Unsupported
from clary.ledger.registry import record_type

__all__ = ["KIND", "handle"]

FLOW: Final = "push"
"""What plans and runs of pushes are called."""

SOURCE: Final = "push"
"""Name of the calling system in the origins of pushed documents."""

_CHANGES: Final[Mapping[PushVerb, ChangeType]] = {
    PushVerb.CREATE: ChangeType.CREATED,
    PushVerb.UPDATE: ChangeType.MODIFIED,
    PushVerb.DELETE: ChangeType.DELETED,
}
_ABILITIES: Final[Mapping[Operation, Ability]] = {
    Operation.CREATE: Ability.CREATE,
    Operation.UPDATE: Ability.UPDATE,
    Operation.DELETE: Ability.DELETE,
    Operation.ACT: Ability.VOID,
}
_GONE: Final = (Guarded, Rejected)


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Why an operation is not done yet."""

    code: str
    text: str


_Result = PushOperation | _Waiting


def handle(
    installation: Installation, opened: Opened, writing: Writing, items: Sequence[WorkItem]
) -> Sequence[Ending]:
    """Write the pushes in order, up to the first that has to wait."""
    with installation.database.read() as read:
        stored = operations_in(read, [item.reference for item in items])
    endings: list[Ending] = []

    def batch_of(item: WorkItem) -> tuple[str | None, str | None]:
        operation = stored.get(item.reference)
        return (None, None) if operation is None else (operation.plan, operation.author)

    for (plan, author), group in groupby(items, batch_of):
        batch = list(group)
        open_ones = [stored[item.reference] for item in batch if _is_open(stored, item)]
        ended: dict[str, _Result] = {}
        if open_ones:
            acting = _acting(installation, author or installation.actor)
            try:
                ended = _Pushing(acting, opened, writing).push(plan, open_ones)
            except Exception:
                if endings:  # those before have ended; this trouble is met again as the first
                    return endings
                raise
        for item in batch:
            if _is_open(stored, item) and item.reference not in ended:
                return endings
            endings.append(_ending(item, ended.get(item.reference)))
        if any(each.outcome is not Outcome.DONE for each in endings):
            break
    return endings


def _is_open(stored: Mapping[str, PushOperation], item: WorkItem) -> bool:
    """Tell whether something is left to do for an item: its operation is there and not ended."""
    operation = stored.get(item.reference)
    return operation is not None and operation.completed_at is None


def _acting(installation: Installation, author: str) -> Installation:
    return installation.acting_as(replace(installation.access, name=author, key=None))


def _ending(item: WorkItem, result: _Result | None) -> Ending:
    if isinstance(result, _Waiting):
        return Ending(item, Outcome.WAIT, result.code, result.text)
    return Ending(item)


@dataclass(frozen=True, slots=True)
class _Pushing:
    """One group of operations of one author, for one company that is open for writing."""

    installation: Installation
    opened: Opened
    writing: Writing

    def push(self, plan: str | None, operations: Sequence[PushOperation]) -> dict[str, _Result]:
        """Return how each operation ended; what ended is stored already.

        Args:
            plan: the plan that they are a part of; none to make one.
            operations: the operations, in order.
        """
        ended: dict[str, PushOperation] = {}
        if plan is None:
            plan, operations = self._planned_together(operations, ended)
        self._store(list(ended.values()))
        found: dict[str, _Result] = {**ended}
        if plan is not None and operations:
            found.update(self._applied(plan, operations))
        return found

    # --- planning ---------------------------------------------------------------------

    def _planned_together(
        self, operations: Sequence[PushOperation], ended: dict[str, PushOperation]
    ) -> tuple[str | None, list[PushOperation]]:
        """Plan operations; the first one alone where something unforeseen is wrong with one.

        What is unforeseen then comes to be the first itself, and is blamed alone.
        """
        try:
            return self._planned(operations, ended)
        except ClaryError:
            raise
        except Exception:
            if len(operations) > 1:
                ended.clear()
                return self._planned(operations[:1], ended)
            raise

    def _planned(
        self, operations: Sequence[PushOperation], ended: dict[str, PushOperation]
    ) -> tuple[str | None, list[PushOperation]]:
        """Store the plan of operations; what is refused by now goes to `ended`."""
        opened = self.opened
        capabilities = opened.company.capabilities()
        kept: list[PushOperation] = []
        with opened.company.reading() as session:
            memory = JournalMemory(self.installation.database, opened.name, opened.info.identity)
            planner = Planner(session, opened.info, capabilities, opened.name, memory)
            taking = _Taking(Books(session, opened.info), self._terms(), capabilities)

            def entries() -> Iterator[Entry]:
                for operation in operations:
                    taken = taking.take(operation)
                    if isinstance(taken, PushOperation):
                        ended[operation.key] = self._concluded(taken)
                        continue
                    kept.append(replace(operation, findings=taken.findings))
                    yield from _entries(planner, taken.requests)

            stream = entries()
            first = next(stream, None)
            if first is None:
                return None, []
            entries_of_all = chain([first], stream)
            plan = stored_plan(self.installation, opened, FLOW, "", entries_of_all).plan.id
        kept = [replace(each, plan=plan) for each in kept]
        self._store(kept)
        return plan, kept

    def _terms(self) -> Terms:
        with self.installation.database.read() as read:
            refuses = value_for(read, REFUSE_FOREIGN_BILLS, self.opened.name)
        return Terms(
            today=local_date(self.installation.clock),
            release=self.opened.info.release,
            refuse_foreign_bills=refuses == "yes",
        )

    # --- applying ---------------------------------------------------------------------

    def _applied(
        self, plan_id: str, operations: Sequence[PushOperation]
    ) -> dict[str, PushOperation | _Waiting]:
        """Apply a plan, or go on with its run, and return how its operations ended."""
        database = self.installation.database
        store = PlanStore(database)
        held = (self.opened, self.writing.lease, self.writing.targets)
        # Each document was asked for by itself: how many change together is no surprise.
        applying = Applying(confirmed=frozenset({MASS_CHANGE.name}))
        try:
            plan = store.summary(plan_id)
            if plan.run is None:
                require_approved(self.installation, plan)
            run = applied(self.installation, plan, held, applying, resumes=True)
        except _GONE as error:
            if error.code != APPROVAL_NEEDED.name and not _is_begun(store, plan_id):
                # It is planned anew when the lane is looked at next.
                self._store([replace(each, plan=None) for each in operations])
            raise
        found = {result.document: result for result in results(database, run.id)}
        ended: dict[str, PushOperation | _Waiting] = {}
        for operation in operations:
            ended[operation.key] = self._ended(operation, found)
        self._store([each for each in ended.values() if isinstance(each, PushOperation)])
        return ended

    def _ended(
        self, operation: PushOperation, found: Mapping[str, OperationResult]
    ) -> PushOperation | _Waiting:
        own = found.get(operation.key)
        behind = [each for name, each in found.items() if name.startswith(f"{operation.key}.")]
        waits = next((e for e in (own, *behind) if e and e.status is Ended.PENDING), None)
        if waits is not None:
            return _Waiting(waits.code, waits.message)
        if own is None:
            text = "the run has no result of it"
            return self._failed(operation, (_unexplained(text),))
        if own.status in (Ended.REJECTED, Ended.FAILED):
            return self._failed(operation, self._told(operation, own.findings))
        return self._succeeded(operation, own, behind)

    def _succeeded(
        self, operation: PushOperation, own: OperationResult, behind: Sequence[OperationResult]
    ) -> PushOperation:
        warnings = [
            *operation.findings,
            *self._told(operation, own.warnings),
            *(
                problems.PUSH_FOLLOWER_LOST.warning(reason=each.message)
                for each in behind
                if each.status in (Ended.REJECTED, Ended.FAILED)
            ),
        ]
        creates = operation.verb is PushVerb.CREATE
        if creates and operation.data_type == "suppliers" and self.opened.info.edition == "uk":
            warnings.append(problems.PUSH_SUPPLIER_REFRESH.warning())
        done = replace(
            operation,
            status=Status.SUCCESS,
            findings=tuple(dict.fromkeys(warnings)),
            change_type=_CHANGES[operation.verb],
            change_id=own.key or operation.record_id or "",
        )
        return self._concluded(done)

    def _failed(self, operation: PushOperation, findings: Sequence[Finding]) -> PushOperation:
        told = (*findings, *operation.findings)
        return self._concluded(failed(operation, tuple(dict.fromkeys(told))))

    def _concluded(self, operation: PushOperation) -> PushOperation:
        """Return an operation with its end; a late one stays timed out and says what became."""
        now = self.installation.clock.now()
        if operation.timeout_at is None or now < operation.timeout_at:
            return replace(operation, completed_at=now)
        what = "it failed" if operation.change_id is None else "the record was written"
        late = problems.PUSH_LATE.warning(what=what)
        return replace(
            operation,
            completed_at=now,
            status=Status.TIMED_OUT,
            error=late.message,
            findings=(*operation.findings, late),
        )

    def _told(self, operation: PushOperation, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return findings of the books about the properties of the document."""
        push_type = type_named(operation.data_type)
        if push_type is None:
            return tuple(findings)
        info = self.opened.info
        books = Trusting(info.edition, info.currency, info.foreign_trader)
        return tuple(inbound.told(push_type, books, each) for each in findings)

    def _store(self, operations: Sequence[PushOperation]) -> None:
        """Store operations under the lease, and put down what consumers are told of them."""
        if not operations:
            return
        lease, now = self.writing.lease, self.installation.clock.now()
        with self.installation.database.write(lease.identity) as write:
            lease.fence(write)
            ended = [each for each in operations if each.completed_at is not None]
            known: dict[str, PushCompany] = {}
            if ended:
                ids = list({each.company for each in ended})
                known = {each.id: each for each in companies(write, ids)}
            for each in operations:
                write.execute(
                    update(PUSH_OPERATION)
                    .where(PUSH_OPERATION.c.key == each.key)
                    .values(**_changed(each))
                )
            for each in ended:
                if each.company in known:
                    company = known[each.company]
                    events.tell(write, company, *events.of_operation(each, company, now), now)


def _changed(operation: PushOperation) -> dict[str, object]:
    """Return the columns that change; one that has not ended may time out in the meantime."""
    row = values_of(operation)
    if operation.completed_at is None:
        return {"plan": row["plan"], "findings": row["findings"]}
    del row["key"]
    return row


def failed(operation: PushOperation, findings: tuple[Finding, ...]) -> PushOperation:
    """Return an operation that failed because of findings; it has no end yet."""
    told = replace(operation, status=Status.FAILED, findings=findings)
    error = answers.failure(told.shown(operation.requested_at), operation.key)
    return replace(told, error=error)


def _is_begun(store: PlanStore, plan_id: str) -> bool:
    """Tell whether a run has begun with a plan, so that some of it may be in the books."""
    try:
        return store.summary(plan_id).run is not None
    except Rejected:  # there is no such plan
        return False


def _unexplained(text: str) -> Finding:
    return Finding("NOT_REACHED", text, "Push it again.", Severity.ERROR)


def _entries(planner: Planner, requests: Sequence[OperationRequest]) -> Iterator[Entry]:
    """Yield what the planner makes of one operation; what follows a document depends on it."""
    leading: int | None = None
    for request in requests:
        for entry in planner.plan(request):
            if not isinstance(entry, Planned):
                continue  # that a door falls short is said of each document, not of the plan
            if leading is None:
                leading = entry.change.number
                yield entry
                continue
            depends_on = (*entry.change.depends_on, leading)
            yield replace(entry, change=replace(entry.change, depends_on=depends_on))


# --- from a document to requests --------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Taken:
    """What an operation asks of the planner, and what is doubtful about its document."""

    requests: tuple[OperationRequest, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class _Taking:
    """Makes requests of documents, one after another."""

    books: Books
    terms: Terms
    capabilities: Mapping[str, TypeCapability]

    def take(self, operation: PushOperation) -> _Taken | PushOperation:
        """Return what an operation asks for, or the operation as it failed."""
        push_type = type_named(operation.data_type)
        try:
            if push_type is None:
                raise unsupported(operation.data_type, self.books.edition)
            if operation.verb is PushVerb.DELETE:
                return _Taken(self._able((self._deletion(operation, push_type),)), ())
            stated = inbound.document(operation.document)
            found = inbound.take(push_type, stated, self.books, self.terms)
            if found.is_refused:
                return failed(operation, found.findings)
            if operation.verb is PushVerb.UPDATE:
                self._check_unchanged(operation, push_type, found)
            requests = self._able(tuple(self._requests(operation, found)))
        except (Rejected, Unsupported) as error:
            return failed(operation, error.findings)
        for made in found.records:
            self.books.made(made.record_type, made.body)
        return _Taken(requests, found.findings)

    def _requests(self, operation: PushOperation, found: Inbound) -> Iterator[OperationRequest]:
        updates = operation.verb is PushVerb.UPDATE
        for number, made in enumerate(found.records):
            name = operation.key if number == 0 else f"{operation.key}.{number}"
            document = Document(
                id=name, body=made.body, origin=name, key=operation.record_id if updates else None
            )
            kind = Operation.UPDATE if updates else Operation.CREATE
            options = OperationOptions(source=SOURCE)
            yield OperationRequest(kind, record_type(made.record_type), [document], options)

    def _deletion(self, operation: PushOperation, push_type: PushType) -> OperationRequest:
        name = push_type.records[self.books.edition]
        document = Document(id=operation.key, key=operation.record_id, origin=operation.key)
        kind, options = Operation.DELETE, OperationOptions(source=SOURCE)
        if not self._can(name, Ability.DELETE):
            # What was posted is not removed from the books but taken back in them.
            kind, options = Operation.ACT, OperationOptions(source=SOURCE, verb=Verb.VOID)
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
            if not self._can(name, _ABILITIES[request.operation]):
                raise unsupported(name, self.books.edition)
        return requests

    def _check_unchanged(
        self, operation: PushOperation, push_type: PushType, found: Inbound
    ) -> None:
        """Make sure that the record is as the sender saw it, where the books can tell.

        Raises:
            Rejected: it was changed since (PUSH_CHANGED_SINCE), or there is none.
        """
        if operation.force_update or operation.record_id is None:
            return
        declared = record_type(push_type.records[self.books.edition])
        body = self.books.session.get(declared.name, parse_key(declared, operation.record_id))
        stamp = body.get("last_saved_at") or body.get("created_at")
        if not isinstance(stamp, str):
            return
        stated = found.source_modified
        seen = None if stated is None else moment(stated)
        if seen is None or seen != moment(stamp):
            raise problems.PUSH_CHANGED_SINCE.raised(field="sourceModifiedDate", found=stamp)
