"""The processes that work on lanes, and which of them are alive: each beats its heart."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from sqlalchemy import delete, insert, select, update

from clary.engine.owner import is_gone, this_process
from clary.hub.work_tables import WORKER
from clary.kernel.clock import Clock, from_timestamp, timestamp
from clary.kernel.errors import Busy, declare
from clary.kernel.identifiers import new_id
from clary.store.database import Database

LANES_TAKEN = declare(
    "LANES_TAKEN",
    Busy,
    "{owner} works for this installation already.",
    "A SQLite database allows one such process: end the other one, or move to PostgreSQL.",
)

_SCOPE = "workers"
_FORGOTTEN = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Workers:
    """The workers of an installation."""

    BEAT_SECONDS: ClassVar[float] = 2.0
    SILENT: ClassVar[timedelta] = timedelta(seconds=10)
    """How long a worker may be silent before it counts as dead."""

    database: Database
    clock: Clock

    def begin(self, purpose: str, *, alone: bool) -> str:
        """Write down that this process works, and return the id of the worker.

        Args:
            purpose: who it works as.
            alone: no other may.

        Raises:
            Busy: another does (LANES_TAKEN).
        """
        worker, owner = new_id("worker"), this_process(purpose)
        now = self.clock.now()
        with self.database.write(_SCOPE) as connection:
            others = connection.execute(select(WORKER).where(WORKER.c.ended_at.is_(None))).all()
            for row in others:
                silent = from_timestamp(row.seen_at) < now - self.SILENT
                if alone and not silent and not is_gone(row.owner):
                    raise LANES_TAKEN.raised(owner=row.owner)
            connection.execute(delete(WORKER).where(WORKER.c.seen_at < timestamp(now - _FORGOTTEN)))
            moment = timestamp(now)
            values = {"id": worker, "owner": owner, "started_at": moment, "seen_at": moment}
            connection.execute(insert(WORKER), values)
        return worker

    def beat(self, worker: str) -> None:
        """Say that a worker is alive."""
        self._set(worker, seen_at=timestamp(self.clock.now()), ended_at=None)

    def end(self, worker: str) -> None:
        """Say that a worker has ended."""
        self._set(worker, ended_at=timestamp(self.clock.now()))

    def _set(self, worker: str, **values: str | None) -> None:
        with self.database.write(_SCOPE) as connection:
            connection.execute(update(WORKER).where(WORKER.c.id == worker).values(**values))

    def alive(self) -> frozenset[str]:
        """Return the workers that are not certainly dead and have not been silent."""
        least = timestamp(self.clock.now() - self.SILENT)
        query = select(WORKER).where(WORKER.c.ended_at.is_(None), WORKER.c.seen_at >= least)
        with self.database.read() as connection:
            rows = connection.execute(query).all()
        return frozenset(row.id for row in rows if not is_gone(row.owner))
