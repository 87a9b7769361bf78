"""Work of the kind `push`: a group of pushed documents becomes one plan and one run.

The documents keep their order.  Each operation remembers its plan before anything is written,
so that whoever goes on after a crash resumes that plan's run, which looks into the books before
it sends anything again; nothing is planned a second time while the first may be in the books.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from typing import Final

from clary.engine.guards import MASS_CHANGE
from clary.engine.plan import Entry, Planned
from clary.engine.plan_store import PlanStore
from clary.engine.runs import RunState
from clary.flows.operations.memory import JournalMemory
from clary.flows.operations.planner import Planner
from clary.flows.operations.requests import OperationRequest, OperationResult
from clary.flows.operations.requests import Status as Ended
from clary.flows.operations.results import results
from clary.flows.push import inbound
from clary.flows.push.answers import ChangeType, Status
from clary.flows.push.declaring import PushVerb
from clary.flows.push.inbound import Terms
from clary.flows.push.types import type_named
from clary.hub.decisions import REFUSE_FOREIGN_BILLS, value_for
from clary.hub.handling import Ending, Outcome, Writing
from clary.hub.happenings import put
from clary.hub.installation import Installation
from clary.hub.push import problems
from clary.hub.push.accepting import KIND
from clary.hub.push.bundling import Bundle
from clary.hub.push.ending import concluded, store
from clary.hub.push.keeping import PushOperation, held_together, open_of_plan, operations_in
from clary.hub.push.lookups import Books, Trusting
from clary.hub.push.refusing import refusals
from clary.hub.push.taking import Taking, failed
from clary.hub.push.withdrawn import FLOW
from clary.hub.services.applying import Applying, applied
from clary.hub.services.approving import APPROVAL_NEEDED, limit_of, require_approved
from clary.hub.services.opening import Opened
from clary.hub.services.operations import stored_plan
from clary.hub.work import Work, WorkItem
from clary.kernel.change import Body
from clary.kernel.clock import local_date
from clary.kernel.courtesy import make_way
from clary.kernel.errors import ClaryError, Finding, Guarded, Rejected, Severity
from clary.ledger.posting.problems import APPLIED_TOO_MUCH, DOCUMENT_NOT_OPEN

__all__ = ["KIND", "handle"]

PUSH_POINTS: Final = ("push planned", "push plan kept")
"""Points between two durable steps of planning a group; lanes and executor have their own."""

MOST_CHARACTERS: Final = 20_000_000
"""Most characters of the documents that are planned together; a longer one goes alone."""

_CHANGES: Final[Mapping[PushVerb, ChangeType]] = {
    PushVerb.CREATE: ChangeType.CREATED,
    PushVerb.UPDATE: ChangeType.MODIFIED,
    PushVerb.DELETE: ChangeType.DELETED,
}
_OF_BALANCES: Final = frozenset({APPLIED_TOO_MUCH.name, DOCUMENT_NOT_OPEN.name})
"""Codes of what is wrong with what is open of documents, which those before may change."""

_OUTDATED: Final = (Guarded, Rejected)
"""Errors of a plan that cannot be applied as it is: it is made anew unless it has begun."""


@dataclass(frozen=True, slots=True)
class _Waiting:
    """Why an operation is not done yet; `parked` lets the others go on without it."""

    code: str
    text: str
    parked: bool = False


_Result = PushOperation | _Waiting


def handle(
    installation: Installation, opened: Opened, writing: Writing, items: Sequence[WorkItem]
) -> Sequence[Ending]:
    """Write the pushes in order, up to the first that has to wait.

    Those whose plan lacks an approval are set aside together, and the others go on.
    """
    keys = [item.reference for item in items]
    with installation.database.read() as read:
        count = held_together(read, keys, MOST_CHARACTERS)
        stored = operations_in(read, keys[:count])
    items = items[:count]
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
            ending = _ending(item, ended.get(item.reference))
            # What waits behind the first that has to has not been tried for itself.
            if ending.outcome is not Outcome.WAIT or not _is_held(endings):
                endings.append(ending)
        if _is_held(endings):
            break
    return endings


def _is_held(endings: Sequence[Ending]) -> bool:
    """Tell whether one of them has to wait."""
    return any(each.outcome is Outcome.WAIT for each in endings)


def _is_open(stored: Mapping[str, PushOperation], item: WorkItem) -> bool:
    """Tell whether something is left to do for an item: its operation is there and not ended."""
    operation = stored.get(item.reference)
    return operation is not None and operation.completed_at is None


def _acting(installation: Installation, author: str) -> Installation:
    return installation.acting_as(replace(installation.access, name=author, key=None))


def _ending(item: WorkItem, result: _Result | None) -> Ending:
    if isinstance(result, _Waiting):
        outcome = Outcome.PARKED if result.parked else Outcome.WAIT
        return Ending(item, outcome, result.code, result.text)
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
        ended = {each.key: self._refused(each) for each in operations if not self._is_meant(each)}
        operations = [each for each in operations if each.key not in ended]
        is_known = plan is not None
        if plan is None and operations:
            plan, operations = self._planned_together(operations, ended)
        self._store(list(ended.values()))
        found: dict[str, _Result] = {**ended}
        if plan is not None and operations:
            found.update(self._applied(plan, operations, is_known=is_known))
        return found

    def _is_meant(self, operation: PushOperation) -> bool:
        """Tell whether an operation was accepted for the books that are open."""
        return operation.identity in (None, self.opened.info.identity)

    def _refused(self, operation: PushOperation) -> PushOperation:
        """Return an operation that was accepted for other books, as it ends."""
        other = problems.PUSH_OTHER_BOOKS.finding(company=self.opened.name)
        return self._failed(operation, (other,))

    # --- planning ---------------------------------------------------------------------

    def _planned_together(
        self, operations: Sequence[PushOperation], ended: dict[str, PushOperation]
    ) -> tuple[str | None, list[PushOperation]]:
        """Plan operations; the first one alone where something unforeseen is wrong with one.

        What is unforeseen then comes to be the first itself, and is blamed alone.
        """
        refused: dict[str, PushOperation] = {}
        try:
            planned = self._planned(operations, refused)
        except ClaryError:
            raise
        except Exception:
            if len(operations) > 1:
                return self._planned(operations[:1], ended)
            raise
        ended.update(refused)
        return planned

    def _planned(
        self, operations: Sequence[PushOperation], ended: dict[str, PushOperation]
    ) -> tuple[str | None, list[PushOperation]]:
        """Store the plan of the first operations; what is refused by now goes to `ended`.

        It ends before one that is about a record of the plan, and after the first where
        amounts decide: what one document comes to must not let another wait.
        """
        opened = self.opened
        capabilities = opened.company.capabilities()
        kept: list[tuple[PushOperation, tuple[Finding, ...]]] = []
        with opened.company.reading() as session:
            memory = JournalMemory(self.installation.database, opened.name, opened.info.identity)
            planner = Planner(session, opened.info, capabilities, opened.name, memory)
            taking = Taking(Books(session, opened.info), self._terms(), capabilities)
            is_limited = limit_of(self.installation, opened.name) is not None
            bundle = Bundle(opened.info.edition, alone=is_limited)

            def entries() -> Iterator[Entry]:
                for operation in operations:
                    make_way()
                    if not bundle.has_room(operation):
                        return
                    taken = taking.take(operation)
                    if isinstance(taken, PushOperation):
                        if kept and _is_of_balances(taken):
                            return  # what stands before it may change what is open
                        ended[operation.key] = self._concluded(taken)
                        continue
                    if not bundle.add(taken.requests):
                        return
                    kept.append((operation, taken.findings))
                    yield from _entries(planner, taken.requests)

            stream = entries()
            first = next(stream, None)
            if first is None:
                return None, []
            entries_of_all = chain([first], stream)
            plan = stored_plan(self.installation, opened, FLOW, "", entries_of_all).plan.id
        self.installation.trip("push planned")
        planned = [replace(each, findings=found, plan=plan) for each, found in kept]
        self._store(planned)
        self.installation.trip("push plan kept")
        return plan, planned

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
        self, plan_id: str, operations: Sequence[PushOperation], *, is_known: bool
    ) -> dict[str, _Result]:
        """Apply a plan, or go on with its run, and return how its operations ended.

        Args:
            plan_id: the plan.
            operations: those of its operations that are at hand.
            is_known: it was made before, so that there may be others of it.
        """
        database = self.installation.database
        store = PlanStore(database)
        held = (self.opened, self.writing.lease, self.writing.targets)
        # Each document was asked for by itself: how many change together is no surprise.
        confirmed = frozenset({MASS_CHANGE.name})
        applying = Applying(confirmed=confirmed, stopped=self.writing.stopped)
        try:
            plan = store.summary(plan_id)
            if plan.run is None:
                require_approved(self.installation, plan)
            run = applied(self.installation, plan, held, applying, resumes=True)
        except _OUTDATED as error:
            if error.code == APPROVAL_NEEDED.name:
                waits = _Waiting(error.code, error.findings[0].message, parked=True)
                return dict.fromkeys((each.key for each in operations), waits)
            if not _is_begun(store, plan_id):
                # It is planned anew when the lane is looked at next.
                with self.installation.database.read() as read:
                    of_plan = open_of_plan(read, plan_id)
                self._store([replace(each, plan=None) for each in of_plan.values()])
            raise
        found: dict[str, list[OperationResult]] = {}
        for each in results(database, run.id, _unversioned):
            # What follows a document has its name with a number behind.
            found.setdefault(each.document.partition(".")[0], []).append(each)
        ended: dict[str, _Result] = {}
        for operation in operations:
            make_way()
            result = self._ended(operation, found.get(operation.key, ()))
            if run.state is RunState.INTERRUPTED and isinstance(result, _Waiting):
                break  # told to stop: the next look goes on with it
            ended[operation.key] = result
        others = self._others(plan_id, operations, found) if is_known else []
        self._store([e for e in ended.values() if isinstance(e, PushOperation)], others)
        return ended

    def _others(
        self,
        plan_id: str,
        operations: Sequence[PushOperation],
        found: Mapping[str, Sequence[OperationResult]],
    ) -> list[PushOperation]:
        """Return the other operations of a plan that have ended with it: they were set aside."""
        with self.installation.database.read() as read:
            of_plan = open_of_plan(read, plan_id)
        handed = {each.key for each in operations}
        rest = [of_plan[key] for key in found if key in of_plan and key not in handed]
        ended = (self._ended(each, found[each.key]) for each in rest)
        return [each for each in ended if isinstance(each, PushOperation)]

    def _ended(self, operation: PushOperation, found: Sequence[OperationResult]) -> _Result:
        own = next((each for each in found if each.document == operation.key), None)
        behind = [each for each in found if each is not own]
        waits = next((e for e in (own, *behind) if e and e.status is Ended.PENDING), None)
        if waits is not None:
            return _Waiting(waits.code, waits.message)
        if own is None:
            text = "the run has no result of it"
            return self._failed(operation, (_unexplained(text),))
        if own.status in (Ended.REJECTED, Ended.FAILED):
            return self._failed(operation, self._told(operation, own.findings))
        lost = [each for each in behind if each.status in (Ended.REJECTED, Ended.FAILED)]
        if lost and operation.verb is PushVerb.DELETE:
            # What is left is taken back as it is asked for again, so that it is no success yet.
            stays = (
                problems.PUSH_PART_STAYS.finding(key=each.key or "", reason=each.message)
                for each in lost
            )
            return self._failed(operation, tuple(stays))
        return self._succeeded(operation, own, lost)

    def _succeeded(
        self, operation: PushOperation, own: OperationResult, lost: Sequence[OperationResult]
    ) -> PushOperation:
        warnings = [
            *operation.findings,
            *self._told(operation, own.warnings),
            *(problems.PUSH_FOLLOWER_LOST.warning(reason=each.message) for each in lost),
        ]
        creates = operation.verb is PushVerb.CREATE
        if creates and operation.data_type == "suppliers" and self.opened.info.edition == "uk":
            warnings.append(problems.PUSH_SUPPLIER_REFRESH.warning())
        done = replace(
            operation,
            status=Status.SUCCESS,
            findings=_once(warnings),
            change_type=_CHANGES[operation.verb],
            change_id=_changed(operation, own),
        )
        return self._concluded(done)

    def _failed(self, operation: PushOperation, findings: Sequence[Finding]) -> PushOperation:
        told = (*findings, *operation.findings)
        return self._concluded(failed(operation, _once(told)))

    def _concluded(self, operation: PushOperation) -> PushOperation:
        return concluded(operation, self.installation.clock.now())

    def _told(self, operation: PushOperation, findings: Sequence[Finding]) -> tuple[Finding, ...]:
        """Return findings of the books about the properties of the document."""
        push_type = type_named(operation.data_type)
        if push_type is None:
            return tuple(findings)
        info = self.opened.info
        books = Trusting(info.edition, info.currency, info.foreign_trader)
        return tuple(inbound.told(push_type, books, each) for each in findings)

    def _store(
        self, operations: Sequence[PushOperation], others: Sequence[PushOperation] = ()
    ) -> None:
        """Store operations under the lease, and put down what consumers are told of them.

        Args:
            operations: the operations.
            others: more of them, which have ended without being at hand.
        """
        operations = [*operations, *others]
        if not operations:
            return
        make_way()
        lease, now = self.writing.lease, self.installation.clock.now()
        with self.installation.database.write(lease.identity) as write:
            lease.fence(write)
            store(write, operations, now)
            if others:
                work = Work(self.installation.database, self.installation.clock)
                work.settle(write, KIND, [each.key for each in others])
            ended = (each for each in operations if each.completed_at is not None)
            put(write, refusals(ended, self.opened.name, now))


def _unversioned(_: Body) -> str:
    """Return no version: the API tells none."""
    return ""


def _is_begun(store: PlanStore, plan_id: str) -> bool:
    """Tell whether a run has begun with a plan, so that some of it may be in the books."""
    try:
        return store.summary(plan_id).run is not None
    except Rejected:  # there is no such plan
        return False


def _unexplained(text: str) -> Finding:
    return Finding("NOT_REACHED", text, "Push it again.", Severity.ERROR)


def _once(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Return findings without those that say of a property what another has said of it."""
    told = {(each.severity, each.code, each.field, each.message): each for each in findings}
    return tuple(told.values())


def _changed(operation: PushOperation, own: OperationResult) -> str:
    """Return the id of the record that an operation has changed, as its sender knows it."""
    is_gone = operation.verb is PushVerb.DELETE and operation.record_id
    return (operation.record_id if is_gone else own.key or operation.record_id) or ""


def _is_of_balances(refused: PushOperation) -> bool:
    """Tell whether an operation was refused for what is open of documents, as the books are."""
    return any(each.code in _OF_BALANCES for each in refused.findings)


def _entries(planner: Planner, requests: Sequence[OperationRequest]) -> Iterator[Entry]:
    """Yield what the planner makes of one operation; what follows a document depends on it.

    A document is refused with what follows it, as long as nothing of the two is written.
    """
    leading, *behind = (
        # That a door falls short is said of each document, not of the plan.
        entry
        for request in requests
        for entry in planner.plan(request)
        if isinstance(entry, Planned)
    )
    lost = (each for follows in behind for each in follows.findings)
    refusing = tuple(each for each in lost if each.severity is Severity.ERROR)
    yield replace(leading, findings=(*leading.findings, *refusing)) if refusing else leading
    for each in behind:
        depends_on = (*each.change.depends_on, leading.change.number)
        yield replace(each, change=replace(each.change, depends_on=depends_on))
