"""What was written and could not be read back: how that is told, and when it is read once more.

Such a change is done, and stays confirmed.  Only a later change that needs a value of the
new record has to wait until the company shows it; then it is read again, never written.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from clary.engine.codec import StoredChange
from clary.engine.journal import Journal, JournalEntry, JournalState
from clary.engine.plan_store import PlanStore
from clary.engine.steps import Step
from clary.kernel.change import Written
from clary.kernel.errors import Rejected, Unreachable, declare

READ_BACK_FAILED = declare(
    "READ_BACK_FAILED",
    Unreachable,
    "This was written, and the record could not be read back: {reason}",
    "Nothing needs to be repeated; read the record when the company answers again.",
)
DEPENDENCY_UNREAD = declare(
    "DEPENDENCY_UNREAD",
    Rejected,
    "Change {number} of the plan was written, but its record, of which this one needs a value,"
    " could not be read back yet.",
    "Resume the run when the company answers again; this change follows by itself.",
)


def is_unread(entry: JournalEntry) -> bool:
    """Tell whether a change was written without its record having been read since."""
    failed = any(finding.code == READ_BACK_FAILED.name for finding in entry.findings)
    return failed and entry.state is JournalState.CONFIRMED and entry.body is None


def needed_records(step: Step) -> frozenset[int]:
    """Return the numbers of the changes of whose records a step needs more than the key."""
    return frozenset(ref.change for ref in step.refs if ref.field != "key")


def unread_steps(
    plan_id: str, plans: PlanStore, journal: Journal, steps: Sequence[Step]
) -> list[Step]:
    """Return steps for the unread records that some steps need, ready to be read back.

    Args:
        plan_id: the plan of all of them.
        plans: holds the changes.
        journal: holds how they ended.
        steps: what is about to be sent.
    """
    numbers = sorted({number for step in steps for number in needed_records(step)})
    return [
        _step(stored, entry)
        for entry in journal.entries_of(plan_id, numbers)
        if is_unread(entry)
        for stored in plans.stored(plan_id, entry.number - 1, 1)
    ]


def _step(stored: StoredChange, entry: JournalEntry) -> Step:
    # Unfilled references cannot be compared with what is stored.
    after = None if stored.refers else stored.change.after
    return Step(
        change=replace(stored.change, key=entry.key, after=after),
        previous=entry.state,
        handed=True,
        written=Written(entry.key, undo=entry.undo),
        findings=tuple(f for f in entry.findings if f.code != READ_BACK_FAILED.name),
    )
