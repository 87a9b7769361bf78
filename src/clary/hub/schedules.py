"""Work that comes again: one table of when, read by one tick, whoever ticks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from sqlalchemy import (
    ColumnElement,
    Connection,
    Row,
    Select,
    delete,
    func,
    insert,
    literal_column,
    select,
    update,
)

from clary.hub.work import Work, WorkState
from clary.hub.work_tables import SCHEDULE, WORK_ITEM
from clary.kernel.clock import (
    Clock,
    from_timestamp,
    moment_or_none,
    next_at,
    timestamp,
    timestamp_or_none,
)
from clary.store.database import Database

SCHEDULES = "schedules"
"""Scope of what writes when schedules come, and what they are."""

_AT_ONCE = 200
_DAY = timedelta(days=1)
_SPREAD_PART = 20
_SPREAD_MOST = timedelta(seconds=30)
"""A run comes up to this much, and up to that part of its interval, later than its moment, so
that thousands do not come together; the next one is reckoned from the moment itself."""


@dataclass(frozen=True, slots=True)
class LastResult:
    """What came of the work that a schedule added last.

    Attributes:
        serial: number of the item of work.
        ended_at: when, aware.
        code: why it failed or needs a person, by code; none if it did not.
        message: the same for people, or what was done.
        plan: id of the plan that was made.
    """

    serial: int
    ended_at: datetime
    code: str | None = None
    message: str = ""
    plan: str | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that is added again and again.

    Attributes:
        name: its name, unique in the installation in any case.
        company: name of the connection.
        kind: kind of work.
        reference: what it is about, in words that the kind understands.
        every: from one run to the next, whole seconds.
        next_run_at: when it is next added, aware.
        last_run_at: when it was last added, aware.
        starts_at: the moment that all runs are reckoned from, aware; that of the next run if
            none.
        author: whoever said what it does, in whose name it is done.
        paused_by: who paused it; none if it is not paused.
        paused_at: since when, aware.
        last: what came of it last; none if it never ended.
    """

    name: str
    company: str
    kind: str
    reference: str
    every: timedelta
    next_run_at: datetime
    last_run_at: datetime | None = None
    starts_at: datetime | None = None
    author: str | None = None
    paused_by: str | None = None
    paused_at: datetime | None = None
    last: LastResult | None = None


@dataclass(frozen=True, slots=True)
class Schedules:
    """The schedules of an installation."""

    database: Database
    clock: Clock

    def put(self, connection: Connection, schedule: Schedule) -> None:
        """Store a schedule in place of the one of its name."""
        self.remove(connection, schedule.name)
        connection.execute(insert(SCHEDULE).values(**_values(schedule)))

    def remove(self, connection: Connection, name: str) -> None:
        """Forget a schedule."""
        connection.execute(delete(SCHEDULE).where(_is(name)))

    def find(self, connection: Connection, name: str) -> Schedule | None:
        """Return the schedule called `name` in any case, or none."""
        row = connection.execute(_SELECTED.where(_is(name))).one_or_none()
        return None if row is None else _schedule(row)

    def all(
        self,
        companies: Sequence[str] | None = None,
        after: str = "",
        limit: int | None = None,
    ) -> Sequence[Schedule]:
        """Return schedules by name, those after the one called `after`.

        Args:
            companies: only those of these companies; of all if none.
            after: the last name that was seen.
            limit: most schedules; all if none.
        """
        query = _SELECTED.where(SCHEDULE.c.name > after).order_by(SCHEDULE.c.name).limit(limit)
        if companies is not None:
            query = query.where(SCHEDULE.c.company.in_(companies))
        with self.database.read() as connection:
            return [_schedule(row) for row in connection.execute(query)]

    def ended(self, connection: Connection, name: str, result: LastResult) -> None:
        """Store what came of the work that a schedule added."""
        connection.execute(update(SCHEDULE).where(_is(name)).values(**_result_values(result)))

    def add_work(self, connection: Connection, schedule: Schedule) -> bool:
        """Add the work of a schedule, and tell whether it was: not if it waits already.

        What was set aside for a person from an earlier time makes way: it is tried again.
        """
        mine = _items(schedule)
        waits = select(WORK_ITEM.c.serial).where(mine, _in_state(WorkState.WAITING)).limit(1)
        if connection.execute(waits).first() is not None:
            return False
        connection.execute(
            update(WORK_ITEM)
            .where(mine, _in_state(WorkState.PARKED))
            .values(state=WorkState.DONE.value, ended_at=timestamp(self.clock.now()))
        )
        work = Work(self.database, self.clock)
        work.add(connection, schedule.company, schedule.kind, [schedule.name])
        return True

    def tick(self) -> int:
        """Add the work whose time has come, and return how much was added.

        What still waits from the last time is not added a second time.
        """
        now = self.clock.now()
        due = (
            _SELECTED.where(
                SCHEDULE.c.next_run_at <= timestamp(now), SCHEDULE.c.paused_at.is_(None)
            )
            .order_by(SCHEDULE.c.next_run_at)
            .limit(_AT_ONCE)
        )
        with self.database.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return 0
        with self.database.write(SCHEDULES) as connection:
            schedules = [_schedule(row) for row in connection.execute(due)]
            added = 0
            for each in schedules:
                following = next_run(each, now)
                connection.execute(
                    update(SCHEDULE)
                    .where(SCHEDULE.c.name == each.name)
                    .values(next_run_at=timestamp(following), last_run_at=timestamp(now))
                )
                added += self.add_work(connection, each)
        return added


def next_run(schedule: Schedule, now: datetime, zone: tzinfo | None = None) -> datetime:
    """Return when a schedule comes next after now: a whole number of intervals from its start.

    One that comes every so many days stays at its hour when the clocks change.

    Args:
        schedule: the schedule.
        now: the moment, aware.
        zone: whose clocks; this machine's if none.
    """
    start = schedule.starts_at or schedule.next_run_at
    days, rest = divmod(schedule.every, _DAY)
    if rest or now < start:
        steps = max((now - start) // schedule.every + 1, 0)
        following = start + steps * schedule.every
    else:
        local = start.astimezone(zone)
        following = next_at(local.time(), now, zone, first=local.date(), days=days)
    most = min(schedule.every / _SPREAD_PART, _SPREAD_MOST) // timedelta(milliseconds=1)
    chance = random.randint(0, most)  # noqa: S311 - no secret
    return following + timedelta(milliseconds=chance)


_SELECTED: Select[tuple[object, ...]] = select(SCHEDULE)


def _is(name: str) -> ColumnElement[bool]:
    return func.lower(SCHEDULE.c.name) == name.lower()


def _items(schedule: Schedule) -> ColumnElement[bool]:
    return (
        (WORK_ITEM.c.kind == schedule.kind)
        & (WORK_ITEM.c.reference == schedule.name)
        & (WORK_ITEM.c.company == schedule.company)
    )


def _in_state(state: WorkState) -> ColumnElement[bool]:
    # A literal, no parameter, so that the index of the few rows in this state is used.
    return WORK_ITEM.c.state == literal_column(f"'{state.value}'")


def _values(schedule: Schedule) -> dict[str, object]:
    last = schedule.last
    return {
        "name": schedule.name,
        "company": schedule.company,
        "kind": schedule.kind,
        "reference": schedule.reference,
        "every_seconds": int(schedule.every.total_seconds()),
        "next_run_at": timestamp(schedule.next_run_at),
        "last_run_at": timestamp_or_none(schedule.last_run_at),
        "starts_at": timestamp(schedule.starts_at or schedule.next_run_at),
        "author": schedule.author,
        "paused_by": schedule.paused_by,
        "paused_at": timestamp_or_none(schedule.paused_at),
        **({} if last is None else _result_values(last)),
    }


def _result_values(result: LastResult) -> dict[str, object]:
    return {
        "serial": result.serial,
        "ended_at": timestamp(result.ended_at),
        "code": result.code,
        "message": result.message,
        "plan": result.plan,
    }


def _schedule(row: Row[tuple[object, ...]]) -> Schedule:
    last = None
    if row.ended_at is not None:
        ended_at = from_timestamp(row.ended_at)
        last = LastResult(int(row.serial), ended_at, row.code, row.message or "", row.plan)
    return Schedule(
        name=row.name,
        company=row.company,
        kind=row.kind,
        reference=row.reference,
        every=timedelta(seconds=row.every_seconds),
        next_run_at=from_timestamp(row.next_run_at),
        last_run_at=moment_or_none(row.last_run_at),
        starts_at=moment_or_none(row.starts_at),
        author=row.author,
        paused_by=row.paused_by,
        paused_at=moment_or_none(row.paused_at),
        last=last,
    )
