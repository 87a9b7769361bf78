"""How a change of another system than the company is taken back.

An app has no table of ways back, and needs none: what was created there is deleted, what
was updated gets its fields back, what was deleted is made again.  Its own target looks
whether the record still stands as the run left it, before anything is written.
"""

from __future__ import annotations

from clary.engine import undo_codes as codes
from clary.engine.journal import JournalEntry
from clary.engine.plan import Planned
from clary.engine.taking_back import refused
from clary.kernel.change import Action, Body, Change


def taken_back_elsewhere(entry: JournalEntry, change: Change | None, number: int) -> Planned:
    """Return the change that takes a confirmed change of an app back.

    Args:
        entry: the change's row in the journal.
        change: the change as planned, where its undo needs what was before; none where
            its plan has lost its bodies.
        number: number of the new change.
    """
    if entry.action is Action.CREATE and entry.key is not None:
        return _reverse(entry, number, Action.DELETE, before=entry.body)
    if entry.action is Action.ACT or (entry.action is not Action.DELETE and entry.key is None):
        finding = codes.UNDO_ELSEWHERE.finding(record=entry.record, system=entry.system)
        return refused(entry, number, finding)
    if change is None or change.before is None:
        return refused(entry, number, codes.UNDO_BODIES_GONE.finding(record=entry.record))
    if entry.action is Action.DELETE:
        return _reverse(entry, number, Action.CREATE, after=change.before)
    now, stated = entry.body or {}, change.after or {}
    return _reverse(
        entry,
        number,
        Action.UPDATE,
        before={name: now.get(name, value) for name, value in stated.items()},
        after={name: change.before.get(name) for name in stated},
    )


def _reverse(
    entry: JournalEntry,
    number: int,
    action: Action,
    *,
    before: Body | None = None,
    after: Body | None = None,
) -> Planned:
    return Planned(
        Change(
            number=number,
            system=entry.system,
            action=action,
            record_type=entry.record_type,
            key=None if action is Action.CREATE else entry.key,
            before=before,
            after=after,
            tracked=entry.tracked,
            document=entry.document,
            undoes=(entry.plan, entry.number),
        )
    )
