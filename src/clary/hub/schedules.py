"""Work that comes again: one table of when, read by one tick, whoever ticks."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, literal_column, select, update

from clary.hub.work import Work
from clary.hub.work_tables import SCHEDULE, WORK_ITEM
from clary.kernel.clock import Clock, from_timestamp, timestamp
from clary.store.database import Database

_SCOPE = "schedules"
_AT_ONCE = 200
_JITTER = 10
"""Part of an interval by which runs are spread, so that thousands do not come together."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """Work that is added again and again.

    Attributes:
        name: its name, unique in the installation.
        company: name of the connection.
        kind: kind of work.
        reference: what it is about.
        every: from one run to the next, whole seconds.
        next_run_at: when it is next added, aware.
        last_run_at: when it was last added, aware.
    """

    name: str
    company: str
    kind: str
    reference: str
    every: timedelta
    next_run_at: datetime
    last_run_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Schedules:
    """The schedules of an installation."""

    database: Database
    clock: Clock

    def put(self, connection: Connection, schedule: Schedule) -> None:
        """Store a schedule in place of the one of its name."""
        self.remove(connection, schedule.name)
        connection.execute(
            insert(SCHEDULE).values(
                name=schedule.name,
                company=schedule.company,
                kind=schedule.kind,
                reference=schedule.reference,
                every_seconds=int(schedule.every.total_seconds()),
                next_run_at=timestamp(schedule.next_run_at),
            )
        )

    def remove(self, connection: Connection, name: str) -> None:
        """Forget a schedule."""
        connection.execute(delete(SCHEDULE).where(SCHEDULE.c.name == name))

    def all(self) -> Sequence[Schedule]:
        """Return the schedules by name."""
        with self.database.read() as connection:
            rows = connection.execute(select(SCHEDULE).order_by(SCHEDULE.c.name)).all()
        return [
            Schedule(
                row.name,
                row.company,
                row.kind,
                row.reference,
                timedelta(seconds=row.every_seconds),
                from_timestamp(row.next_run_at),
                from_timestamp(row.last_run_at) if row.last_run_at else None,
            )
            for row in rows
        ]

    def tick(self) -> int:
        """Add the work whose time has come, and return how much was added.

        What still waits from the last time is not added a second time.
        """
        now = self.clock.now()
        due = (
            select(SCHEDULE)
            .where(SCHEDULE.c.next_run_at <= timestamp(now))
            .order_by(SCHEDULE.c.next_run_at)
            .limit(_AT_ONCE)
        )
        with self.database.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return 0
        with self.database.write(_SCOPE) as connection:
            rows = connection.execute(due).all()
            added = 0
            for row in rows:
                next_run = now + _spread(row.every_seconds)
                connection.execute(
                    update(SCHEDULE)
                    .where(SCHEDULE.c.name == row.name)
                    .values(next_run_at=timestamp(next_run), last_run_at=timestamp(now))
                )
                if not _waits(connection, row.company, row.kind, row.reference):
                    work = Work(self.database, self.clock)
                    work.add(connection, row.company, row.kind, [row.reference])
                    added += 1
        return added


def _spread(seconds: int) -> timedelta:
    """Return an interval, a little longer or shorter by chance."""
    most = seconds * 1000 // _JITTER
    return timedelta(seconds=seconds, milliseconds=random.randint(-most // 2, most // 2))  # noqa: S311 - no secret


def _waits(connection: Connection, company: str, kind: str, reference: str) -> bool:
    query = select(WORK_ITEM.c.serial).where(
        WORK_ITEM.c.company == company,
        WORK_ITEM.c.state == literal_column("'waiting'"),
        WORK_ITEM.c.kind == kind,
        WORK_ITEM.c.reference == reference,
    )
    return connection.execute(query.limit(1)).first() is not None
