"""Why ConnectWise does not have a batch: each reason asks for something else.

Whoever asks for a batch that is not there wants to know what to do: go on with its run,
post what was left over, or nothing at all.  Our own copy tells.
"""

from __future__ import annotations

import shlex
from typing import Final

from clary.engine.journal import JournalEntry, JournalState
from clary.engine.plan_store import PlanStore
from clary.engine.runs import UNFINISHED, Runs
from clary.flows.batch.register import Batch, BatchState, Register
from clary.kernel.change import Action
from clary.kernel.errors import ClaryError, Guarded, Rejected, declare
from clary.store import Database

BATCH_UNFINISHED = declare(
    "BATCH_UNFINISHED",
    Guarded,
    "Batch {number} was begun by run {run} and is not finished yet.",
    "Go on with that run first, nothing is posted twice: clary runs resume {run}",
    http_status=409,
)
BATCH_VANISHED = declare(
    "BATCH_VANISHED",
    Rejected,
    "ConnectWise has no batch {number} any more: it was un-batched or deleted there.",
    "Run a new batch: what is in the books is found and only marked as posted. To take it out"
    " of the books as well: {command}",
    http_status=404,
)
BATCH_REMOVED = declare(
    "BATCH_REMOVED",
    Rejected,
    "Batch {number} was un-batched on {day}, by run {run}.",
    "Nothing needs to be done. Its documents wait in ConnectWise again: post them with a new"
    " batch when they shall be posted.",
    http_status=404,
)
BATCH_UNMADE = declare(
    "BATCH_UNMADE",
    Rejected,
    "Batch {number} was never made in ConnectWise: run {run} ended without it.",
    "Post what it left over: {rest}. To take back what the run posted: {command}",
    http_status=404,
)
BATCH_NEVER_MADE = declare(
    "BATCH_NEVER_MADE",
    Rejected,
    "Neither ConnectWise nor Clary knows a batch {number}.",
    "Check the number; `clary batch list` lists the batches.",
    http_status=404,
    exit_code=2,
)

_DONE: Final = frozenset({JournalState.CONFIRMED, JournalState.SKIPPED})


def gone(database: Database, register: Register, batch: Batch | None, number: str) -> ClaryError:
    """Return the error that tells why ConnectWise does not have a batch, and what to do.

    Args:
        database: holds runs and plans.
        register: our copies of batches.
        batch: our copy of it; none where there is none.
        number: what a person called it.
    """
    record = f"batch {number}"
    if batch is None:
        return BATCH_NEVER_MADE.raised(record=record, number=number)
    if batch.state is BatchState.WAITING:
        return unfinished(database, register, batch)
    if batch.state is BatchState.REMOVED:
        step = _removal(register, batch)
        day = "an unknown day" if step.ended_at is None else step.ended_at.date()
        return BATCH_REMOVED.raised(record=record, number=number, day=day, run=step.run)
    run = _run_of(database, batch)
    undo = shlex.join(("clary", "runs", "undo", run))
    if batch.state is BatchState.UNMADE:
        words = ("clary", "batch", "run", batch.app, batch.company, "--rest-of", batch.identifier)
        rest = shlex.join(words)
        return BATCH_UNMADE.raised(record=record, number=number, run=run, rest=rest, command=undo)
    return BATCH_VANISHED.raised(record=record, number=number, command=undo)


def unfinished(database: Database, register: Register, batch: Batch) -> ClaryError:
    """Return the error that a batch is not finished yet, which names the run to go on with."""
    runs = [step.run for step in register.steps(batch)] or [_run_of(database, batch)]
    waiting = (run for run in reversed(runs) if Runs(database).summary(run).state in UNFINISHED)
    number = batch.identifier
    return BATCH_UNFINISHED.raised(
        record=f"batch {number}", number=number, run=next(waiting, runs[-1])
    )


def _removal(register: Register, batch: Batch) -> JournalEntry:
    """Return the newest step by which a batch was removed."""
    steps = register.steps(batch)
    *_, last = (each for each in steps if each.action is Action.DELETE and each.state in _DONE)
    return last


def _run_of(database: Database, batch: Batch) -> str:
    """Return the run that posted a batch."""
    run = None if batch.plan is None else PlanStore(database).summary(batch.plan).run
    return run or ""
