"""The audit trail: who did what and when, in rows that are only added and sealed in a chain.

Each row's seal is a hash over the row and the seal before it, so that a row that is changed,
removed or slipped in later breaks the chain at its place.  The row of a run holds a hash of
all that the run left in the journal, too.  The newest seal stands for the whole trail: kept
elsewhere, it also shows a chain that someone has worked out anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, Row, Select, case, insert, select, update

from clary.engine.journal import JournalState
from clary.engine.runs import RunSummary
from clary.engine.tables import JOURNAL, OUTCOMES, PLANS
from clary.hub.access import Access
from clary.hub.tables import AUDIT, AUDIT_HEAD
from clary.kernel.clock import Clock, timestamp
from clary.kernel.courtesy import make_way
from clary.kernel.errors import Misconfigured, declare
from clary.store.database import Database

AUDIT_HEAD_MISSING = declare(
    "AUDIT_HEAD_MISSING",
    Misconfigured,
    "The head of the audit trail is missing from the database, so nothing can be added to it.",
    "Someone wrote to the database past Clary, or it is damaged: put a backup of it in its place,"
    " and resume the runs that were interrupted.",
)

Values = Mapping[str, object]
Recorder = Callable[[Connection, "Entry"], None]
"""Adds a row to the trail inside the transaction of what it tells of."""

RUN = "run"
"""What the row of a run says was done."""

PAGE = 200
"""Rows of the journal that are hashed at once."""

SEALED = ("id", "time", "actor", "what", "company", "record", "run", "old", "new", "digest")
"""Columns that the seal of a row covers, in this order."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What a row of the trail tells, beside who and when.

    Attributes:
        what: the use case, such as `user.add`.
        company: the company or app it is about.
        record: the user, key, connection, setting or plan it is about.
        run: id of the run.
        old: what was changed, as it stood before; never a secret.
        new: the same as it stands since.
        digest: hash of what a run left in the journal.
    """

    what: str
    company: str | None = None
    record: str | None = None
    run: str | None = None
    old: Values = field(default_factory=dict)
    new: Values = field(default_factory=dict)
    digest: str | None = None


@dataclass(frozen=True, slots=True)
class Trail:
    """The audit trail, as one who acts writes it."""

    database: Database
    clock: Clock
    access: Access

    def record(self, write: Connection, entry: Entry) -> None:
        """Add a row inside the transaction of what it tells of.

        The row of the head is locked from here to the end of the transaction: rows are
        numbered without gaps and sealed in one order, whoever else adds some.

        Raises:
            Misconfigured: someone has removed the head of the trail (AUDIT_HEAD_MISSING).
        """
        head = write.execute(
            update(AUDIT_HEAD)
            .values(last=AUDIT_HEAD.c.last + 1)
            .returning(AUDIT_HEAD.c.last, AUDIT_HEAD.c.seal)
        ).one_or_none()
        if head is None:
            raise AUDIT_HEAD_MISSING.raised()
        values: dict[str, object] = {
            "id": head.last,
            "time": timestamp(self.clock.now()),
            "actor": self.access.actor,
            "what": entry.what,
            "company": entry.company,
            "record": entry.record,
            "run": entry.run,
            "old": _text(entry.old),
            "new": _text(entry.new),
            "digest": entry.digest,
        }
        seal = sealed(head.seal, values)
        write.execute(insert(AUDIT).values(**values, seal=seal))
        write.execute(update(AUDIT_HEAD).values(seal=seal))

    def ending(self, run: RunSummary) -> Callable[[Connection], None]:
        """Hash what a run left in the journal; return what adds its row as it is stored.

        The journal is read before the transaction that ends the run: nobody else writes to
        its rows while the lease on the company is held.
        """
        digest = digest_of(self.database, run)
        entry = Entry(RUN, run.company, None, run.id, new=counts_of(run), digest=digest)
        return lambda write: self.record(write, entry)


def sealed(before: str, values: Mapping[str, object]) -> str:
    """Return the seal of a row, as hexadecimal text.

    Args:
        before: seal of the row before it; empty for the first.
        values: the row by the names of its columns.
    """
    return sha256(to_json([before, *(values[name] for name in SEALED)])).hexdigest()


def counts_of(run: RunSummary) -> Values:
    """Return what the row of a run says of it."""
    return {
        "flow": run.flow,
        "state": run.state.value,
        "planned": run.planned,
        "applied": run.applied,
        "skipped": run.skipped,
        "rejected": run.rejected,
        "pending": run.pending,
        "failed": run.failed,
        "undoes": run.undoes,
    }


def digest_of(database: Database, run: RunSummary, page: int = PAGE) -> str:
    """Return the hash of what a run left in the journal, as hexadecimal text.

    It covers the run, and of each of its changes the row in the journal and the outcome.
    What a later undo notes there is left out: it is no part of what the run did.

    Args:
        database: holds the journal.
        run: the run as it ended.
        page: rows that are read at once; the hash does not depend on it.
    """
    digest = sha256(_head(run, run.plans))
    if run.refusal is not None:
        digest.update(run.refusal.text.encode())
    for plan in run.plans:
        for some in _pages(database, plan, page):
            make_way()
            # One call for a page; the brackets go, so that the size of a page is no matter.
            digest.update(to_json(some)[1:-1] + b",")
    return digest.hexdigest()


def digest_of_old(run: RunSummary, plans: Sequence[str]) -> str:
    """Return the hash by which older programs sealed a refused run, as hexadecimal text.

    They sealed it with the plans that they then left free; it has nothing in the journal.

    Args:
        run: the run as it ended.
        plans: the plans that it was begun for, as far as can be told.
    """
    return sha256(_head(run, plans)).hexdigest()


def _head(run: RunSummary, plans: Sequence[str]) -> bytes:
    """Return what a digest covers of the run itself."""
    ended = None if run.ended_at is None else timestamp(run.ended_at)
    head = [run.id, run.company, run.author, timestamp(run.started_at), ended, list(plans)]
    return to_json([*head, counts_of(run)])


_STATE = case(
    (JOURNAL.c.state == JournalState.UNDONE.value, JournalState.CONFIRMED.value),
    else_=JOURNAL.c.state,
)
_LATER = frozenset({"plan", "run", "state", "undone_by"})
_ROWS: Select[Any] = (
    select(
        JOURNAL.c.number,
        _STATE,
        *(column for column in JOURNAL.c if column.name not in _LATER | {"number"}),
        OUTCOMES.c.body,
        OUTCOMES.c.undo,
        OUTCOMES.c.findings,
    )
    .join_from(
        JOURNAL,
        OUTCOMES,
        (OUTCOMES.c.plan == JOURNAL.c.plan) & (OUTCOMES.c.number == JOURNAL.c.number),
        isouter=True,
    )
    .order_by(JOURNAL.c.number)
)


def _pages(database: Database, plan: str, size: int) -> Iterator[list[tuple[object, ...]]]:
    """Yield the rows of a plan in the journal with their outcomes, some at a time."""
    with database.read() as read:
        serial = read.execute(select(PLANS.c.serial).where(PLANS.c.id == plan)).scalar_one()
    last = 0
    while True:
        query = _ROWS.where(JOURNAL.c.plan == serial, JOURNAL.c.number > last).limit(size)
        with database.read() as read:
            page = [tuple(row) for row in read.execute(query).all()]
        if page:
            yield page
        if len(page) < size:
            return
        last = int(str(page[-1][0]))


def _text(values: Values) -> str | None:
    return to_json(values).decode("utf-8") if values else None


def values_of(text: str | None) -> dict[str, Any] | None:
    """Return the values that a row of the trail keeps as text."""
    return None if text is None else dict(from_json(text))


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One row of the trail.

    Attributes:
        id: its number; the numbers have no gaps.
        time: when, as text.
        seal: hash over the row and the seal of the one before it.
    """

    id: int
    time: str
    actor: str
    what: str
    company: str | None
    record: str | None
    run: str | None
    old: dict[str, Any] | None
    new: dict[str, Any] | None
    digest: str | None
    seal: str

    def as_dict(self) -> dict[str, Any]:
        """Return the row as JSON-ready values."""
        return {
            "id": self.id,
            "time": self.time,
            "user": self.actor,
            "what": self.what,
            "company": self.company,
            "record": self.record,
            "run": self.run,
            "old": self.old,
            "new": self.new,
            "digest": self.digest,
            "seal": self.seal,
        }


def audit_row(row: Row[Any]) -> AuditRow:
    """Return a row of the trail as it was read from the database."""
    return AuditRow(
        id=row.id,
        time=row.time,
        actor=row.actor,
        what=row.what,
        company=row.company,
        record=row.record,
        run=row.run,
        old=values_of(row.old),
        new=values_of(row.new),
        digest=row.digest,
        seal=row.seal,
    )
