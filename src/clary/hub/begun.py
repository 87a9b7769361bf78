"""What a server does at once, outside of the lane of the company: noted, so that it goes on.

Who asks for something over HTTP has gone by the time a server is ended or killed in the middle
of it; nobody but the installation can go on with it then.  So the run is noted as work in the
very transaction that begins it, and the note goes in the one that ends it.  A run that ends
before its work is done becomes work that waits, there and then; the notes of a process that
died are found by its lease, which nobody keeps any more.  What a person runs at the terminal
has no note: ended there, it stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, delete, func, insert, select, update

from clary.engine.lease import Lease
from clary.engine.owner import is_gone
from clary.engine.runs import UNFINISHED, RunSummary
from clary.engine.tables import LEASES
from clary.hub.plan_work import PLAN_KIND
from clary.hub.work import Work, WorkState
from clary.hub.work_tables import WORK_ITEM
from clary.kernel.clock import from_timestamp, timestamp

BEGUN_KIND: Final = "begun"
"""Kind of the notes; they never wait, and no lane sees them."""

_SCOPE: Final = "work"


@dataclass(slots=True)
class Begun:
    """The note of one run.

    Attributes:
        work: where it is kept.
        company: name of the connection.
        lease: the lease under which the run writes.
        reference: what the work remembers of its plan (`plan_work.plan_reference`).
    """

    work: Work
    company: str
    lease: Lease
    reference: str
    _run: str | None = None
    _serial: int | None = None

    def opening(self, write: Connection, run: RunSummary) -> None:
        """Take note of the run, in the transaction in which it begins or goes on."""
        lease = self.lease
        kept = {"identity": lease.identity, "epoch": lease.epoch, "work": self.reference}
        values = {
            "company": self.company,
            "kind": BEGUN_KIND,
            "reference": json.dumps(kept),
            "state": WorkState.BEGUN.value,
            "accepted_at": timestamp(self.work.clock.now()),
            "attempts": 0,
        }
        noted = write.execute(insert(WORK_ITEM).values(values).returning(WORK_ITEM.c.serial))
        self._run, self._serial = run.id, int(noted.scalar_one())

    def ending(self, run: RunSummary) -> Callable[[Connection], None]:
        """Return what becomes of the note in the transaction in which the run ends."""

        def end(write: Connection) -> None:
            if self._serial is None or run.id != self._run:
                return  # an earlier run that was only looked up
            if run.state in UNFINISHED:
                _hand_over(self.work, write, self._serial, self.reference)
            else:
                write.execute(delete(WORK_ITEM).where(_noted(self._serial)))

        return end


def _noted(serial: int) -> Any:  # noqa: ANN401 - a condition of the database library
    return (WORK_ITEM.c.serial == serial) & (WORK_ITEM.c.kind == BEGUN_KIND)


def _hand_over(work: Work, write: Connection, serial: int, reference: str) -> bool:
    """Let what is noted wait for its company, in its place, unless it does already."""
    known = work.of(write, PLAN_KIND, [reference])
    if any(each.state is WorkState.WAITING for each in known):
        return bool(write.execute(delete(WORK_ITEM).where(_noted(serial))).rowcount)
    waits = {"kind": PLAN_KIND, "reference": reference, "state": WorkState.WAITING.value}
    return bool(write.execute(update(WORK_ITEM).where(_noted(serial)).values(**waits)).rowcount)


def noted(work: Work, company: str) -> int:
    """Return how many runs of a company are noted, whether or not anybody is still at them."""
    query = select(func.count()).where(
        WORK_ITEM.c.kind == BEGUN_KIND, WORK_ITEM.c.company == company
    )
    with work.database.read() as read:
        return int(read.execute(query).scalar_one())


def take_over(work: Work) -> int:
    """Let wait what a process had begun that is gone or lost its lease; return how many."""
    left = [row for row in _notes(work) if _is_left(work, row)]
    if not left:
        return 0
    with work.database.write(_SCOPE) as write:
        # Whoever noted one may have ended it meanwhile, after all.
        taken = [_hand_over(work, write, row.serial, _kept(row)["work"]) for row in left]
    return sum(taken)


def _notes(work: Work) -> list[Row[Any]]:
    with work.database.read() as read:
        return list(read.execute(_ALL).all())


_ALL: Final[Select[Any]] = (
    select(WORK_ITEM.c.serial, WORK_ITEM.c.reference)
    .where(WORK_ITEM.c.kind == BEGUN_KIND)
    .order_by(WORK_ITEM.c.serial)
)


def _kept(row: Row[Any]) -> dict[str, Any]:
    return dict(json.loads(row.reference))


def _is_left(work: Work, row: Row[Any]) -> bool:
    """Tell whether nobody holds the lease any more under which a note was made."""
    kept = _kept(row)
    with work.database.read() as read:
        query = select(LEASES).where(LEASES.c.identity == kept["identity"])
        lease = read.execute(query).one_or_none()
    if lease is None or not lease.owner or lease.epoch != kept["epoch"]:
        return True
    return from_timestamp(lease.expires_at) <= work.clock.now() or is_gone(lease.owner)
