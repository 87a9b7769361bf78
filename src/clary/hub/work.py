"""The work that waits for companies: accepted in one transaction, and ended once.

This table is the truth of what is still to be done.  Whatever wakes a lane (an engine, a
command, a test) only looks here, so that losing it loses nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    Connection,
    Delete,
    Row,
    Select,
    Text,
    Update,
    bindparam,
    case,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    true,
    update,
)

from clary.hub.pausing import in_force, paused
from clary.hub.work_tables import LANE, WORK_ITEM
from clary.kernel.clock import Clock, from_timestamp, moment_or_none, timestamp
from clary.kernel.errors import Rejected, declare
from clary.store.database import Database

WORK_DROPPED = declare(
    "WORK_DROPPED",
    Rejected,
    "{actor} dropped this before it was done.",
    "Ask for it again if it is still wanted.",
)


class WorkState(StrEnum):
    """Where a piece of work stands.

    waiting: its turn comes; done: it ended; parked: a person has to look at it; begun: a
    process does it outside of the lane (`hub.begun`).
    """

    BEGUN = "begun"
    WAITING = "waiting"
    DONE = "done"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class WorkItem:
    """One accepted piece of work.

    Attributes:
        serial: grows with acceptance, so that it orders the work of a company.
        company: name of the connection.
        kind: what does it, such as `push` or `plan`.
        reference: what it is about, in words that the kind understands.
        state: where it stands.
        reason_code: why it waits or is parked, by code; its own reason, else the lane's.
        reason: the same for people.
        accepted_at: when it was accepted, aware.
        not_before: when it is tried again, aware; none is at once.
        attempts: how often it was tried and had to wait.
        ended_at: when it was done or parked, aware.
    """

    serial: int
    company: str
    kind: str
    reference: str
    state: WorkState
    reason_code: str | None
    reason: str | None
    accepted_at: datetime
    not_before: datetime | None
    attempts: int
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Lane:
    """How the lane of one company stands.

    Attributes:
        company: name of the connection.
        look: grows with every look at the company.
        draining_by: owner text of who works on it now, or last did if it was killed.
        drained_at: when it was last drained to its end, aware.
        paused_by: who paused it; none if it is not paused.
        paused_at: since when, aware.
        reason_code: why all of it waits, by code.
        reason: the same for people.
        waiting_since: since when it waits without a break, aware.
        not_before: when it is looked at again, aware.
        tries: how often in a row it could not be worked on.
        waiting: how many items wait.
        parked: how many items a person has to look at.
    """

    company: str
    look: int = 0
    draining_by: str | None = None
    drained_at: datetime | None = None
    paused_by: str | None = None
    paused_at: datetime | None = None
    reason_code: str | None = None
    reason: str | None = None
    waiting_since: datetime | None = None
    not_before: datetime | None = None
    tries: int = 0
    waiting: int = 0
    parked: int = 0

    @property
    def why(self) -> tuple[str, str] | None:
        """Why the work waits, as code and text; none if nothing stands against it."""
        if self.paused_by is not None:
            return paused(self.company, self.paused_by)
        return None if self.reason_code is None else (self.reason_code, self.reason or "")


_SCOPE = "work"
"""Scope of what writes to the work of many companies."""


def scope(company: str) -> str:
    """Return the scope of what writes to the lane of a company."""
    return f"work {company}"


@dataclass(frozen=True, slots=True)
class Work:
    """The work of an installation."""

    database: Database
    clock: Clock

    def add(
        self, connection: Connection, company: str, kind: str, references: Iterable[str]
    ) -> None:
        """Accept work, in the caller's transaction and in the order given."""
        now = timestamp(self.clock.now())
        rows = [
            {
                "company": company,
                "kind": kind,
                "reference": reference,
                "state": WorkState.WAITING.value,
                "accepted_at": now,
                "attempts": 0,
            }
            for reference in references
        ]
        if rows:
            connection.execute(_ADDED, rows)

    def waiting(self, company: str, limit: int = 100) -> Sequence[WorkItem]:
        """Return what waits for a company in order, whether or not its time has come."""
        return self._items(company, WorkState.WAITING, limit)

    def parked(self, company: str, limit: int = 100) -> Sequence[WorkItem]:
        """Return what a person has to look at, in order."""
        return self._items(company, WorkState.PARKED, limit)

    def _items(self, company: str, state: WorkState, limit: int) -> Sequence[WorkItem]:
        query = (
            _SELECTED.where(WORK_ITEM.c.company == company, _in_state(state))
            .order_by(WORK_ITEM.c.serial)
            .limit(limit)
        )
        with self.database.read() as connection:
            return [_item(row) for row in connection.execute(query)]

    def of(self, connection: Connection, kind: str, references: Sequence[str]) -> list[WorkItem]:
        """Return the items of a kind that are about these references, by number."""
        query = _SELECTED.where(
            WORK_ITEM.c.kind == kind, WORK_ITEM.c.reference.in_(references)
        ).order_by(WORK_ITEM.c.serial)
        return [_item(row) for row in connection.execute(query)]

    def beginning(self, connection: Connection, kind: str, text: str) -> list[WorkItem]:
        """Return the items of a kind whose references begin with a text, by number."""
        following = f"{text[:-1]}{chr(ord(text[-1]) + 1)}"
        reference = WORK_ITEM.c.reference
        # A range, which the index has; whatever else waits is not read.
        query = _SELECTED.where(
            WORK_ITEM.c.kind == kind, reference >= text, reference < following
        ).order_by(WORK_ITEM.c.serial)
        return [_item(row) for row in connection.execute(query)]

    def numbered(self, connection: Connection, company: str, serial: int) -> WorkItem | None:
        """Return the item of a company with a number if it waits or is parked, else none."""
        query = _SELECTED.where(WORK_ITEM.c.serial == serial, WORK_ITEM.c.company == company, _OPEN)
        row = connection.execute(query).one_or_none()
        return None if row is None else _item(row)

    def companies_with_work(self, now: datetime) -> Sequence[str]:
        """Return the companies that can be looked at now, those that waited longest first.

        Paused companies and those whose time has not come are left out.
        """
        with self.database.read() as connection:
            rows = connection.execute(_WITH_WORK, {"moment": timestamp(now)})
            return list(rows.scalars())

    def done(self, connection: Connection, items: Iterable[WorkItem]) -> None:
        """Say that items have ended, whatever came of them, in the caller's transaction."""
        self._ended(connection, items, WorkState.DONE, None, None)

    def park(
        self, connection: Connection, items: Iterable[WorkItem], code: str, reason: str
    ) -> None:
        """Set items aside for a person, so that the lane goes on without them."""
        self._ended(connection, items, WorkState.PARKED, code, reason)

    def drop(self, connection: Connection, item: WorkItem, code: str, reason: str) -> bool:
        """End an item that waits or is parked for a reason; tell whether it still did."""
        dropped = connection.execute(
            update(WORK_ITEM)
            .where(WORK_ITEM.c.serial == item.serial, _OPEN)
            .values(
                state=WorkState.DONE.value,
                reason_code=code,
                reason=reason,
                not_before=None,
                ended_at=timestamp(self.clock.now()),
            )
        )
        return bool(dropped.rowcount)

    def settle(self, connection: Connection, kind: str, references: Sequence[str]) -> None:
        """Say of items that were set aside that they have ended after all."""
        connection.execute(
            update(WORK_ITEM)
            .where(
                WORK_ITEM.c.kind == kind,
                WORK_ITEM.c.reference.in_(references),
                _in_state(WorkState.PARKED),
            )
            .values(state=WorkState.DONE.value, ended_at=timestamp(self.clock.now()))
        )

    def _ended(
        self,
        connection: Connection,
        items: Iterable[WorkItem],
        state: WorkState,
        code: str | None,
        reason: str | None,
    ) -> None:
        connection.execute(
            update(WORK_ITEM)
            .where(_among(items), _in_state(WorkState.WAITING))
            .values(
                state=state.value,
                reason_code=code,
                reason=reason,
                not_before=None,
                ended_at=timestamp(self.clock.now()),
            )
        )

    def hold(
        self,
        connection: Connection,
        items: Iterable[WorkItem],
        code: str,
        reason: str,
    ) -> None:
        """Let items wait for a reason of their own, and count the attempt."""
        connection.execute(
            update(WORK_ITEM)
            .where(_among(items), _in_state(WorkState.WAITING))
            .values(reason_code=code, reason=reason, attempts=WORK_ITEM.c.attempts + 1)
        )

    def wait(
        self, company: str, code: str, reason: str, until: datetime, *, look: int | None = None
    ) -> None:
        """Let all that waits for a company wait for a reason, and count the try.

        Args:
            company: the company.
            code: why, by code.
            reason: the same for people.
            until: when it is looked at again, aware.
            look: number of the look that found the reason; where another was asked for since,
                as what it waits for may have gone, that is not put off.
        """
        with self.database.write(scope(company)) as connection:
            now = timestamp(self.clock.now())
            since = func.coalesce(LANE.c.waiting_since, now)
            is_newest = true() if look is None else LANE.c.look == look
            self._set(
                connection,
                company,
                {
                    "reason_code": code,
                    "reason": reason,
                    "not_before": case((is_newest, timestamp(until)), else_=None),
                    "waiting_since": since,
                    "tries": LANE.c.tries + 1,
                },
            )

    def go_on(self, company: str) -> None:
        """Forget why a company waited: it can be worked on."""
        waits = LANE.c.reason_code.is_not(None) | LANE.c.not_before.is_not(None)
        with self.database.write(scope(company)) as connection:
            connection.execute(update(LANE).where(LANE.c.company == company, waits).values(**FREE))

    def look_again(self, connection: Connection, company: str | None) -> None:
        """Have a company looked at soon, because what it waits for may have gone; all if none."""
        chosen = true() if company is None else LANE.c.company == company
        # A look that is under way must not put off the next one for what it found before.
        values = {"not_before": None, "tries": 0, "look": LANE.c.look + 1}
        connection.execute(update(LANE).where(chosen).values(values))

    def begin(self, company: str, owner: str) -> Lane:
        """Say who looks at a company from now on, and return how its lane stands."""
        with self.database.write(scope(company)) as connection:
            # Never below the time: a restored database gives no number out twice.
            least = int(self.clock.now().timestamp() * 1000)
            look = max(self._look(connection, company) + 1, least)
            self._set(connection, company, {"draining_by": owner, "look": look})
            return self._lane(connection, company)

    def end(self, company: str, owner: str) -> None:
        """Say that nobody looks at a company any more."""
        with self.database.write(scope(company)) as connection:
            connection.execute(
                update(LANE)
                .where(LANE.c.company == company, LANE.c.draining_by == owner)
                .values(draining_by=None, drained_at=timestamp(self.clock.now()))
            )

    def pause(self, connection: Connection, company: str, actor: str) -> None:
        """Start nothing more for a company until it is resumed."""
        values = {"paused_at": timestamp(self.clock.now()), "paused_by": actor}
        self._set(connection, company, values)

    def resume(self, connection: Connection, company: str) -> None:
        """Go on with a company that was paused."""
        self._set(connection, company, {"paused_at": None, "paused_by": None, **FREE})

    def retry(self, connection: Connection, company: str) -> int:
        """Put what was parked back in its place, and return how many items."""
        again = connection.execute(
            update(WORK_ITEM)
            .where(WORK_ITEM.c.company == company, _in_state(WorkState.PARKED))
            .values(
                state=WorkState.WAITING.value,
                reason_code=None,
                reason=None,
                attempts=0,
                ended_at=None,
            )
        )
        return again.rowcount

    def put_back(self, codes: Collection[str], before: datetime, limit: int = 200) -> int:
        """Put back what was set aside for one of these reasons before a moment, the oldest first.

        What was tried stays counted.  Returns how many items.
        """
        due = (
            select(WORK_ITEM.c.serial)
            .where(
                _in_state(WorkState.PARKED),
                WORK_ITEM.c.reason_code.in_(codes),
                WORK_ITEM.c.ended_at <= timestamp(before),
            )
            .order_by(WORK_ITEM.c.serial)
            .limit(limit)
        )
        again = (
            update(WORK_ITEM)
            .where(WORK_ITEM.c.serial.in_(due), _in_state(WorkState.PARKED))
            .values(state=WorkState.WAITING.value, ended_at=None)
        )
        return self._if_any(due, again)

    def prune(self, before: datetime, limit: int = 500) -> int:
        """Forget work that was done before a moment, the oldest first; return how many items."""
        # Only so many of the oldest rows are looked at, however many are too young.
        oldest = (
            select(WORK_ITEM.c.serial, WORK_ITEM.c.ended_at)
            .where(_in_state(WorkState.DONE))
            .order_by(WORK_ITEM.c.serial)
            .limit(limit)
            .subquery()
        )
        due = select(oldest.c.serial).where(oldest.c.ended_at <= timestamp(before))
        return self._if_any(due, delete(WORK_ITEM).where(WORK_ITEM.c.serial.in_(due)))

    def _if_any(self, due: Select[tuple[int]], change: Update | Delete) -> int:
        """Change rows if some are due, and else never wait for the right to write."""
        with self.database.read() as connection:
            if connection.execute(due.limit(1)).first() is None:
                return 0
        with self.database.write(_SCOPE) as connection:
            return connection.execute(change).rowcount

    def is_paused(self, company: str) -> bool:
        """Tell whether nothing more is to be begun for a company."""
        return self.paused_by(company) is not None

    def paused_by(self, company: str) -> str | None:
        """Return who had nothing more begun for a company, if it is so."""
        query = select(LANE.c.paused_by).where(LANE.c.company == company)
        with self.database.read() as connection:
            return in_force(connection.execute(query).scalar_one_or_none())

    def lane(self, company: str) -> Lane:
        """Return how the lane of a company stands."""
        with self.database.read() as connection:
            return self._lane(connection, company)

    def lanes(self) -> list[Lane]:
        """Return the lanes of all companies that ever had work, by name."""
        with self.database.read() as connection:
            known = connection.execute(select(LANE)).all()
            counts = _counts(connection)
        found = {row.company: _lane(row, counts) for row in known}
        for company, _ in counts:
            found.setdefault(company, _lane_of(company, counts))
        return [found[company] for company in sorted(found, key=str.casefold)]

    def looks(self, companies: Sequence[str]) -> dict[str, int]:
        """Return the number of the last look at each company."""
        query = select(LANE.c.company, LANE.c.look).where(LANE.c.company.in_(companies))
        with self.database.read() as connection:
            known = {row.company: int(row.look) for row in connection.execute(query)}
        return {company: known.get(company, 0) for company in companies}

    def _look(self, connection: Connection, company: str) -> int:
        query = select(LANE.c.look).where(LANE.c.company == company)
        return int(connection.execute(query).scalar_one_or_none() or 0)

    def _lane(self, connection: Connection, company: str) -> Lane:
        row = connection.execute(select(LANE).where(LANE.c.company == company)).one_or_none()
        counts = _counts(connection, company)
        return _lane_of(company, counts) if row is None else _lane(row, counts)

    def _set(self, connection: Connection, company: str, values: Mapping[str, object]) -> None:
        """Change the lane of a company, which is made at its first use."""
        statement = update(LANE).where(LANE.c.company == company).values(**values)
        if connection.execute(statement).rowcount:
            return
        connection.execute(insert(LANE).values(company=company, look=0, tries=0))
        connection.execute(statement)


FREE: Mapping[str, object] = {
    "reason_code": None,
    "reason": None,
    "waiting_since": None,
    "not_before": None,
    "tries": 0,
}
_SELECTED = select(
    WORK_ITEM,
    LANE.c.reason_code.label("lane_code"),
    LANE.c.reason.label("lane_reason"),
    LANE.c.not_before.label("lane_not_before"),
    LANE.c.paused_by.label("paused_by"),
).join(LANE, LANE.c.company == WORK_ITEM.c.company, isouter=True)


def _in_state(state: WorkState) -> ColumnElement[bool]:
    # A literal, no parameter, so that the index of the few rows in this state is used.
    return WORK_ITEM.c.state == literal_column(f"'{state.value}'")


_OPEN = or_(_in_state(WorkState.WAITING), _in_state(WorkState.PARKED))


def _with_work() -> Select[str]:
    """Return the query for the companies that can be looked at at :moment.

    It goes from one company to the next in the index of what waits, so that it takes as long
    for one company with a hundred thousand items as for one with a single item.
    """
    waits, item = _in_state(WorkState.WAITING), WORK_ITEM.c
    by_name = select(item.company).where(waits).order_by(item.company).limit(1)
    found = select(by_name.scalar_subquery().label("company")).cte("found", recursive=True)
    following = by_name.where(item.company > found.c.company).scalar_subquery()
    found = found.union_all(select(following).where(found.c.company.is_not(None)))
    oldest = select(func.min(item.serial)).where(waits, item.company == found.c.company)
    moment = bindparam("moment", type_=Text)
    return (
        select(found.c.company)
        .join(LANE, LANE.c.company == found.c.company, isouter=True)
        .where(
            found.c.company.is_not(None),
            LANE.c.paused_at.is_(None),
            or_(LANE.c.not_before.is_(None), LANE.c.not_before <= moment),
        )
        .order_by(oldest.scalar_subquery())
    )


_WITH_WORK = _with_work()
_ADDED = insert(WORK_ITEM)


def _among(items: Iterable[WorkItem]) -> ColumnElement[bool]:
    return WORK_ITEM.c.serial.in_([item.serial for item in items])


def _counts(connection: Connection, company: str | None = None) -> dict[tuple[str, str], int]:
    """Return how many items wait and are parked, by company and state."""
    found = {}
    for state in (WorkState.WAITING, WorkState.PARKED):
        # One state at a time: each has an index that leaves out all that is done.
        query = select(WORK_ITEM.c.company, func.count().label("many")).where(_in_state(state))
        if company is not None:
            query = query.where(WORK_ITEM.c.company == company)
        for row in connection.execute(query.group_by(WORK_ITEM.c.company)):
            found[row.company, state.value] = int(row.many)
    return found


def _lane_of(company: str, counts: Mapping[tuple[str, str], int]) -> Lane:
    return Lane(
        company,
        waiting=counts.get((company, WorkState.WAITING.value), 0),
        parked=counts.get((company, WorkState.PARKED.value), 0),
    )


def _lane(row: Row[tuple[object, ...]], counts: Mapping[tuple[str, str], int]) -> Lane:
    return Lane(
        company=row.company,
        look=int(row.look),
        draining_by=row.draining_by,
        drained_at=moment_or_none(row.drained_at),
        paused_by=(by := in_force(row.paused_by)),
        paused_at=moment_or_none(row.paused_at if by else None),
        reason_code=row.reason_code,
        reason=row.reason,
        waiting_since=moment_or_none(row.waiting_since),
        not_before=moment_or_none(row.not_before),
        tries=int(row.tries),
        waiting=counts.get((row.company, WorkState.WAITING.value), 0),
        parked=counts.get((row.company, WorkState.PARKED.value), 0),
    )


def _item(row: Row[tuple[object, ...]]) -> WorkItem:
    waits = row.state == WorkState.WAITING.value
    code, reason = row.reason_code, row.reason
    if waits and (by := in_force(row.paused_by)) is not None:
        code, reason = paused(row.company, by)
    elif waits and code is None:
        code, reason = row.lane_code, row.lane_reason
    return WorkItem(
        serial=int(row.serial),
        company=row.company,
        kind=row.kind,
        reference=row.reference,
        state=WorkState(row.state),
        reason_code=code,
        reason=reason,
        accepted_at=from_timestamp(row.accepted_at),
        not_before=moment_or_none(row.lane_not_before if waits else None),
        attempts=int(row.attempts),
        ended_at=moment_or_none(row.ended_at),
    )
