"""Finds what happened and no transaction said: ends of runs, waiting lanes, dead workers.

Ends of runs are read from the audit trail.  Its rows are numbered under a lock that is held to
the end of the transaction, so that they become visible in their order and a reader that goes on
after the last number misses none.  All else is a state that stands for a while; each is put down
under a subject that names it, once.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Result, Row, false, func, insert, literal_column, select, update

from clary.engine.owner import named
from clary.engine.runs import RunState
from clary.hub.happenings import NOTIFICATIONS, Happening, Kind, new_ones, put, put_once
from clary.hub.installation import Installation
from clary.hub.notify_tables import POSITION, SUBSCRIPTION
from clary.hub.tables import AUDIT, AUDIT_HEAD
from clary.hub.trail import RUN, values_of
from clary.hub.work_tables import LANE, WORK_ITEM, WORKER
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Busy, Uncertain, Unreachable, code_named

AUDIT_WATCH: Final = "audit"
PAGE: Final = 500

WORKER_SILENT: Final = timedelta(seconds=60)
"""How long a worker is silent before people are told that it died: longer than its lanes wait."""

_EARLY: Final = frozenset(
    {RunState.STOPPED, RunState.INTERRUPTED, RunState.FAILED, RunState.REFUSED}
)
_MEANT: Final = ("QUIET_HOURS",)
"""Codes of what people have decided themselves: that is no trouble."""
_PASSES: Final = (Busy, Unreachable, Uncertain)
"""Reasons that pass by themselves; for any other one a person has to do something."""


def watch(installation: Installation) -> None:
    """Put down what has happened since the last look."""
    while watch_runs(installation):
        pass
    watch_states(installation)


def begin_watching(write: Connection) -> None:
    """Tell of runs that end from now on, unless they are watched already."""
    known = select(POSITION.c.position).where(POSITION.c.watch == AUDIT_WATCH)
    if write.execute(known).first() is None:
        last = write.execute(select(AUDIT_HEAD.c.last)).scalar() or 0
        write.execute(insert(POSITION).values(watch=AUDIT_WATCH, position=str(last)))


def watch_runs(installation: Installation) -> bool:
    """Read one page of the audit trail; tell whether there may be more."""
    with installation.database.read() as read:
        if not _newer(read).first():
            return False
    with installation.database.write(NOTIFICATIONS) as write:
        rows = _newer(write).all()
        put(write, new_ones(write, [each for row in rows for each in _of_run(row)]))
        if rows:
            moved = update(POSITION).where(POSITION.c.watch == AUDIT_WATCH)
            write.execute(moved.values(position=str(rows[-1].id)))
    return len(rows) == PAGE


def _newer(read: Connection) -> Result[Any]:
    """Return a page of the rows that were not read yet; none where nobody watches."""
    last = read.execute(select(POSITION.c.position).where(POSITION.c.watch == AUDIT_WATCH)).scalar()
    after = AUDIT.c.id > int(last) if last is not None else false()
    return read.execute(select(AUDIT).where(after).order_by(AUDIT.c.id).limit(PAGE))


def _of_run(row: Row[Any]) -> Iterator[Happening]:
    """Yield what a row of the audit trail says of the end of a run."""
    counts = values_of(row.new) or {}
    if row.what != RUN or not row.run or not counts:
        return
    state, lost = str(counts.get("state", "")), counts.get("rejected", 0) + counts.get("failed", 0)
    facts = {"run": row.run, "actor": row.actor, **counts}
    at = from_timestamp(row.time)
    if lost or state in _EARLY:
        subject = f"run {row.run} {state} {lost}"
        yield Happening(Kind.RUN_PROBLEMS, at, row.company, facts, subject)
    elif state == RunState.FINISHED.value and counts.get("planned"):
        yield Happening(Kind.RUN_CONFIRMED, at, row.company, facts, f"run {row.run} confirmed")


def watch_states(installation: Installation) -> None:
    """Put down which lanes wait and which workers are dead, as far as that is new."""
    now = installation.clock.now()
    with installation.database.read() as read:
        minutes = read.execute(select(SUBSCRIPTION.c.busy_minutes).distinct()).scalars().all()
        if not minutes:
            return
        found = [*_waiting_lanes(read, sorted(minutes), now), *_dead_workers(read, now)]
    put_once(installation.database, found)


def _waiting_lanes(read: Connection, minutes: list[int], now: datetime) -> Iterator[Happening]:
    many = (
        select(func.count())
        .where(
            WORK_ITEM.c.company == LANE.c.company, WORK_ITEM.c.state == literal_column("'waiting'")
        )
        .scalar_subquery()
    )
    query = select(LANE, many.label("many")).where(
        LANE.c.reason_code.is_not(None),
        LANE.c.reason_code.not_in(_MEANT),
        LANE.c.waiting_since.is_not(None),
        LANE.c.paused_at.is_(None),
    )
    for row in read.execute(query):
        if not row.many:
            continue
        facts = {
            "code": row.reason_code,
            "reason": row.reason,
            "since": row.waiting_since,
            "waiting": row.many,
        }
        subject = f"lane {row.company} {row.waiting_since}"
        declared = code_named(row.reason_code)
        if declared is None or not issubclass(declared.error, _PASSES):
            named_so = f"{subject} {row.reason_code}"
            yield Happening(Kind.LANE_PERSON, now, row.company, facts, named_so)
            continue
        for each in minutes:
            if row.waiting_since <= timestamp(now - timedelta(minutes=each)):
                told = {**facts, "minutes": each}
                yield Happening(Kind.LANE_BUSY, now, row.company, told, f"{subject} busy {each}")


def _dead_workers(read: Connection, now: datetime) -> Iterator[Happening]:
    silent = WORKER.c.seen_at < timestamp(now - WORKER_SILENT)
    for row in read.execute(select(WORKER).where(WORKER.c.ended_at.is_(None), silent)):
        facts = {"worker": row.id, "owner": named(row.owner), "seen_at": row.seen_at}
        yield Happening(Kind.WORKER_DIED, now, None, facts, f"worker {row.id}")
