"""Outcomes of the journal as the callers' results: exactly one for each document, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final

from clary.engine.journal import JournalEntry
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs
from clary.flows.operations import marks
from clary.flows.operations.planner import KEY_PENDING
from clary.flows.operations.requests import OperationResult, Status
from clary.kernel.change import Action, Body, State, version_of
from clary.kernel.errors import (
    Busy,
    Finding,
    Severity,
    Uncertain,
    Unreachable,
    code_named,
    declare,
)
from clary.ledger.nested import NestedType, nested_named
from clary.store import Database

_STATUS: Final = {
    State.CONFIRMED: Status.SUCCESS,
    State.SKIPPED: Status.SKIPPED_DUPLICATE,
    State.REJECTED: Status.REJECTED,
    State.PENDING: Status.PENDING,
    State.FAILED: Status.FAILED,
}
NOTHING: Final = "none"
UNCHANGED: Final = "unchanged"


NOT_REACHED = declare(
    "NOT_REACHED",
    Unreachable,
    "The run ended before it came to this document.",
    "Resume the run; the document follows by itself.",
)


STILL_UNDER_WAY = declare(
    "STILL_UNDER_WAY",
    Unreachable,
    "This was handed over, and it is not known yet whether it is in the books.",
    "Run `clary runs resume {run}`: it looks into the company before it sends anything again.",
)
_WAITING: Final = (Busy, Uncertain, Unreachable)
"""Classes of what keeps a document waiting, also where it is told as a mere warning."""


def results(
    database: Database, run_id: str, version: Callable[[Body], str] = version_of
) -> Iterator[OperationResult]:
    """Yield the result of each document of a run, in the order of its plans.

    A document that an interrupted run has not reached is pending.

    Args:
        database: holds plans and journal.
        run_id: the run.
        version: gives a record's version; that of the company's session, where it has a
            stamp of its own.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN), or a plan's bodies were removed
            before it was applied to its end (PLAN_PRUNED).
    """
    runs, store = Runs(database), PlanStore(database)
    entries = runs.results(run_id)
    entry = next(entries, None)
    for plan in runs.summary(run_id).plans:
        reached = 0
        while entry is not None and entry.plan == plan:
            yield from _waiting(store, plan, reached, entry.number)
            yield result_of(entry, version)
            reached = entry.number
            entry = next(entries, None)
        yield from _waiting(store, plan, reached, None)


def _waiting(
    store: PlanStore, plan: str, after: int, before: int | None
) -> Iterator[OperationResult]:
    """Yield a pending result for each change between two that have an outcome."""
    if before == after + 1:
        return
    if before is None and store.summary(plan).changes <= after:
        return
    for change in store.changes(plan, after):
        if before is not None and change.number >= before:
            return
        finding = NOT_REACHED.finding(record=change.record)
        yield OperationResult(
            document=change.document or str(change.number),
            status=Status.PENDING,
            action_taken=NOTHING,
            key=change.tracked.get(marks.ENTRY, change.key),
            code=finding.code,
            message=finding.message,
            findings=(finding,),
            tracked=_callers(change.tracked),
        )


def _callers(tracked: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in tracked.items() if not name.startswith(marks.RESERVED)}


def result_of(found: JournalEntry, version: Callable[[Body], str] = version_of) -> OperationResult:
    """Return what the outcome of one change means for its document."""
    outcome = found.outcome
    status, taken = _ended(found)
    stopped = _stopping(status, outcome.findings)
    warnings = tuple(each for each in outcome.findings if each not in stopped)
    if status is Status.PENDING and not stopped:
        stopped = (STILL_UNDER_WAY.finding(record=found.record, run=found.run),)
    leading = stopped[0] if stopped else None
    nested = nested_named(found.tracked[marks.NESTED]) if marks.NESTED in found.tracked else None
    key = outcome.key
    return OperationResult(
        document=found.document or str(outcome.change),
        status=status,
        action_taken=taken,
        key=found.tracked.get(marks.ENTRY, key) if nested else key,
        code=leading.code if leading else "",
        message=leading.message if leading else "",
        field_errors=_by_field(stopped),
        findings=stopped,
        warnings=warnings,
        record=_record(nested, found, outcome.body),
        version=version(outcome.body) if outcome.body else None,
        tracked=_callers(found.tracked),
    )


def _stopping(status: Status, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Return the findings because of which a document is not done, or not done yet."""
    if status in (Status.SUCCESS, Status.SKIPPED_DUPLICATE):
        return ()
    errors = tuple(each for each in findings if each.severity is Severity.ERROR)
    if errors or status is not Status.PENDING:
        return errors
    return tuple(
        each
        for each in findings
        if (code := code_named(each.code)) is not None and issubclass(code.error, _WAITING)
    )


def _ended(found: JournalEntry) -> tuple[Status, str]:
    """Return how a document ended and what was done with it."""
    outcome = found.outcome
    status = _STATUS[outcome.state]
    if status is Status.REJECTED and any(
        each.code == KEY_PENDING.name for each in outcome.findings
    ):
        return Status.PENDING, NOTHING
    if status is Status.SKIPPED_DUPLICATE:
        settled = found.tracked.get(marks.SETTLED)
        already = settled is None and found.action is Action.UPDATE
        if settled == UNCHANGED or already:
            return Status.SUCCESS, UNCHANGED
        return status, NOTHING
    if status is Status.SUCCESS:
        return status, found.tracked.get(marks.TAKEN) or outcome.action_taken
    return status, NOTHING


def _by_field(findings: tuple[Finding, ...]) -> dict[str, str]:
    texts: dict[str, str] = {}
    for each in findings:
        if each.field:
            before = texts.get(each.field)
            texts[each.field] = f"{before} {each.message}" if before else each.message
    return texts


def _record(nested: NestedType | None, found: JournalEntry, body: Body | None) -> Body | None:
    """Return the record, or for a nested type the entry, as it stands now."""
    if nested is None or body is None:
        return body
    entry = nested.parse(found.tracked[marks.ENTRY])[1]
    return nested.entry(body.get(nested.field), entry)
