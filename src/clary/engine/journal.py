"""What was sent and how it ended: one row per change, the truth of exactly-once.

A row is written before its change is sent and completed after; whatever happens in
between, the row says that the company must be looked at before anything is written again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from clary.engine import codec
from clary.engine.tables import JOURNAL, OPEN_STATES, OUTCOMES, PLANS, PROPERTIES, RUNS
from clary.kernel.change import Action, Body, Change, Outcome, State, Verb
from clary.kernel.clock import from_timestamp
from clary.kernel.courtesy import make_way
from clary.kernel.errors import Finding
from clary.store import Database

PAGE = 500
"""Rows asked for at once."""


class JournalState(StrEnum):
    """How far one change is.

    planned: not sent; sent: handed over, the outcome not yet known; delivered: accepted,
    a later read confirms it; uncertain: perhaps written, a look could not tell; parked:
    certainly not written, waiting; undone: was confirmed and has been taken back.
    """

    PLANNED = "planned"
    SENT = "sent"
    DELIVERED = "delivered"
    CONFIRMED = "confirmed"
    SKIPPED = "skipped"
    REJECTED = "rejected"
    UNCERTAIN = "uncertain"
    FAILED = "failed"
    PARKED = "parked"
    UNDONE = "undone"

    @property
    def open(self) -> bool:
        """Tell whether the change has no final outcome yet."""
        return self.value in OPEN_STATES

    @property
    def shown(self) -> State:
        """The word that every face uses for it."""
        if self.open:
            return State.PENDING
        return State.CONFIRMED if self is JournalState.UNDONE else State(self.value)


PERHAPS_WRITTEN = frozenset({JournalState.SENT, JournalState.UNCERTAIN, JournalState.DELIVERED})
"""States after which a look that finds the record has found our own write."""


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How one change ended, ready for the journal."""

    change: Change
    state: JournalState
    taken: str
    key: str | None = None
    body: Body | None = None
    undo: Body | None = None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class JournalEntry:
    """One row of the journal, as runs, results and undo read it.

    Attributes:
        plan: id of the plan.
        number: number of the change in its plan.
        run: id of the run that applied it.
        origin: the origin without its attempt, as text.
        taken: what was done, in one word: created, updated, unchanged, none ...
        version: hash of the record as it stood after the write.
        body: the record as it stood after the write; none where it was not asked for.
        undone_by: id of the run that took it back.
    """

    plan: str
    number: int
    run: str
    state: JournalState
    system: str
    action: Action
    verb: Verb | None
    record_type: str
    key: str | None
    document: str | None
    origin: str | None
    attempt: int | None
    idempotency_key: str | None
    taken: str
    version: str | None
    sent_at: datetime | None
    ended_at: datetime | None
    undone_by: str | None
    body: Body | None = None
    undo: Body | None = None
    findings: tuple[Finding, ...] = ()
    tracked: Mapping[str, str] = field(default_factory=dict)

    @property
    def record(self) -> str:
        """The record in words, as findings name it."""
        return f"{self.record_type} {self.key or self.document or f'#{self.number}'}"

    @property
    def outcome(self) -> Outcome:
        """The outcome in the kernel's terms."""
        return Outcome(
            change=self.number,
            state=self.state.shown,
            action_taken=self.taken,
            key=self.key,
            body=self.body,
            findings=self.findings,
            undo=self.undo,
        )


class JournalWriter:
    """Writes the rows of one plan inside the transactions of its run."""

    def __init__(self, plan: int, run: int, epoch: int) -> None:
        """Write for the plan and run with these serial numbers, under the lease's epoch."""
        self._plan = plan
        self._run = run
        self._epoch = epoch

    def open(self, connection: Connection, changes: Sequence[Change], sent_at: str) -> None:
        """Add rows for changes that are about to be sent."""
        if changes:
            rows = [self._row(change, JournalState.SENT, sent_at) for change in changes]
            connection.execute(insert(JOURNAL), rows)
            self._properties(connection, changes)

    def reopen(self, connection: Connection, changes: Sequence[Change], sent_at: str) -> None:
        """Mark rows of an earlier attempt as sent again, under the present lease."""
        if changes:
            connection.execute(
                update(JOURNAL)
                .where(JOURNAL.c.plan == self._plan, JOURNAL.c.number == bindparam("p_number"))
                .values(state=JournalState.SENT.value, sent_at=sent_at, epoch=self._epoch),
                [{"p_number": change.number} for change in changes],
            )

    def forget_outcomes(self, connection: Connection, numbers: Sequence[int]) -> None:
        """Remove what an earlier attempt left, before the rows are concluded anew."""
        if numbers:
            connection.execute(
                delete(OUTCOMES).where(
                    OUTCOMES.c.plan == self._plan, OUTCOMES.c.number == bindparam("p_number")
                ),
                [{"p_number": number} for number in numbers],
            )

    def mark_undone(self, connection: Connection, taken_back: Sequence[tuple[str, int]]) -> None:
        """Mark changes, by plan id and number, as taken back by the present run.

        It closes the attempt of their origins: a later rerun counts as a new one.
        """
        for plan_id, number in taken_back:
            undone = connection.execute(
                update(JOURNAL)
                .where(
                    JOURNAL.c.plan == _plan_serial(plan_id),
                    JOURNAL.c.number == number,
                    JOURNAL.c.state == JournalState.CONFIRMED.value,
                )
                .values(state=JournalState.UNDONE.value, undone_by=self._run)
            )
            if undone.rowcount:
                original = select(PLANS.c.run).where(PLANS.c.id == plan_id).scalar_subquery()
                connection.execute(
                    update(RUNS).where(RUNS.c.serial == original).values(undone=RUNS.c.undone + 1)
                )

    def add_concluded(
        self, connection: Connection, conclusions: Sequence[Conclusion], ended_at: str
    ) -> None:
        """Add rows for changes that ended without being sent."""
        if conclusions:
            rows = [
                self._row(each.change, each.state, None)
                | {"taken": each.taken, "key": each.key or each.change.key, "ended_at": ended_at}
                for each in conclusions
            ]
            connection.execute(insert(JOURNAL), rows)
            self._properties(connection, [each.change for each in conclusions])
            self._outcomes(connection, conclusions)

    def conclude(
        self, connection: Connection, conclusions: Sequence[Conclusion], ended_at: str
    ) -> None:
        """Complete the rows of changes that were sent."""
        if conclusions:
            connection.execute(
                _CONCLUDE,
                [
                    {
                        "p_plan": self._plan,
                        "p_number": each.change.number,
                        "state": each.state.value,
                        "taken": each.taken,
                        "key": each.key or each.change.key,
                        "version": codec.version(each.body),
                        "ended_at": ended_at,
                    }
                    for each in conclusions
                ],
            )
            self._outcomes(connection, conclusions)

    def _row(self, change: Change, state: JournalState, sent_at: str | None) -> dict[str, object]:
        origin = change.origin
        return {
            "plan": self._plan,
            "number": change.number,
            "run": self._run,
            "state": state.value,
            "system": change.system,
            "action": change.action.value,
            "verb": change.verb.value if change.verb else None,
            "record_type": change.record_type,
            "key": change.key,
            "document": change.document,
            "origin": origin.base if origin else None,
            "attempt": origin.attempt if origin else None,
            "idempotency_key": change.idempotency_key,
            "epoch": self._epoch,
            "sent_at": sent_at,
        }

    def _properties(self, connection: Connection, changes: Sequence[Change]) -> None:
        rows = [
            {"plan": self._plan, "number": change.number, "name": name, "value": value}
            for change in changes
            for name, value in change.tracked.items()
        ]
        if rows:
            connection.execute(insert(PROPERTIES), rows)

    def _outcomes(self, connection: Connection, conclusions: Sequence[Conclusion]) -> None:
        rows = [
            {
                "plan": self._plan,
                "number": each.change.number,
                "body": codec.body_text(each.body),
                "undo": codec.body_text(each.undo),
                "findings": codec.findings_text(each.findings),
            }
            for each in conclusions
            if each.body is not None or each.findings or each.undo is not None
        ]
        if rows:
            connection.execute(insert(OUTCOMES), rows)


_CONCLUDE = (
    update(JOURNAL)
    .where(JOURNAL.c.plan == bindparam("p_plan"), JOURNAL.c.number == bindparam("p_number"))
    .values(
        state=bindparam("state"),
        taken=bindparam("taken"),
        key=bindparam("key"),
        version=bindparam("version"),
        ended_at=bindparam("ended_at"),
    )
)


class Journal:
    """The journal of an installation, for reading."""

    def __init__(self, database: Database) -> None:
        """Read from `database`."""
        self._database = database

    def states(self, plan_id: str, numbers: Iterable[int]) -> dict[int, JournalState]:
        """Return how far each of these changes is; one without a row is left out."""
        found: dict[int, JournalState] = {}
        plan = _plan_serial(plan_id)
        with self._database.read() as connection:
            for some in in_pages(numbers):
                query = select(JOURNAL.c.number, JOURNAL.c.state).where(
                    JOURNAL.c.plan == plan, JOURNAL.c.number.in_(some)
                )
                found.update(
                    (row.number, JournalState(row.state)) for row in connection.execute(query)
                )
        return found

    def begun(self, plan_id: str, first: int, last: int) -> dict[int, tuple[JournalState, bool]]:
        """Return the state of the changes from `first` to `last`, and whether each was sent."""
        query = select(JOURNAL.c.number, JOURNAL.c.state, JOURNAL.c.sent_at).where(
            JOURNAL.c.plan == _plan_serial(plan_id), JOURNAL.c.number.between(first, last)
        )
        with self._database.read() as connection:
            return {
                number: (JournalState(state), sent_at is not None)
                for number, state, sent_at in connection.execute(query)
            }

    def sent(self, plan_id: str) -> Sequence[int]:
        """Return the numbers of the changes of a plan that are sent without an outcome."""
        query = (
            select(JOURNAL.c.number)
            .where(
                JOURNAL.c.plan == _plan_serial(plan_id),
                JOURNAL.c.state == JournalState.SENT.value,
            )
            .order_by(JOURNAL.c.number)
        )
        with self._database.read() as connection:
            return connection.execute(query).scalars().all()

    def entries_of(self, plan_id: str, numbers: Iterable[int]) -> Iterator[JournalEntry]:
        """Yield the rows of these changes with their bodies, page by page."""
        plan = _plan_serial(plan_id)
        for some in in_pages(numbers):
            query = _ENTRIES.where(JOURNAL.c.plan == plan, JOURNAL.c.number.in_(some)).order_by(
                JOURNAL.c.number
            )
            with self._database.read() as connection:
                page = [_entry(row) for row in connection.execute(query)]
            yield from page

    def outcomes_of(self, plan_id: str, numbers: Iterable[int]) -> Iterator[Outcome]:
        """Yield how these changes ended, in order, without the records that they left."""
        plan = _plan_serial(plan_id)
        for some in in_pages(numbers):
            query = _ENDS.where(JOURNAL.c.plan == plan, JOURNAL.c.number.in_(some)).order_by(
                JOURNAL.c.number
            )
            with self._database.read() as connection:
                page = connection.execute(query).all()
            for number, state, taken, key, findings in page:
                shown = JournalState(state).shown
                found = codec.findings_from(findings)
                yield Outcome(number, shown, taken or "none", key, findings=found)

    def findings_of(self, run_id: str) -> Iterator[Finding]:
        """Yield what was found about the changes of a run, plan by plan and in their order."""
        number, found = OUTCOMES.c.number, OUTCOMES.c.findings
        query = select(number, found).where(found.is_not(None)).order_by(number).limit(PAGE)
        for serial in self._plans_of(run_id):
            last = 0
            while True:
                some = query.where(OUTCOMES.c.plan == serial, number > last)
                with self._database.read() as connection:
                    page = connection.execute(some).all()
                for row in page:
                    yield from codec.findings_from(row.findings)
                if len(page) < PAGE:
                    break
                last = page[-1].number

    def _plans_of(self, run_id: str) -> Sequence[int]:
        """Return the serial numbers of the plans of a run, in its order."""
        query = (
            select(PLANS.c.serial)
            .join(RUNS, PLANS.c.run == RUNS.c.serial)
            .where(RUNS.c.id == run_id)
            .order_by(PLANS.c.position)
        )
        with self._database.read() as connection:
            return connection.execute(query).scalars().all()

    def of_run(
        self,
        run_id: str,
        *,
        newest_first: bool = False,
        states: Iterable[str] | None = None,
        after: tuple[int, int] = (0, 0),
    ) -> Iterator[JournalEntry]:
        """Yield every row of a run with bodies and tracked properties, plan by plan.

        `after` begins behind a change: the place of its plan from 0, and its number.
        """
        place, number = after
        serials = self._plans_of(run_id)[place:]
        for serial in reversed(serials) if newest_first else serials:
            query = _ENTRIES.where(JOURNAL.c.plan == serial)
            if number and serial == serials[0]:
                query = query.where(JOURNAL.c.number > number)
            if states is not None:
                query = query.where(JOURNAL.c.state.in_(list(states)))
            yield from self._pages(query, serial, newest_first=newest_first)

    def _pages(
        self, query: Select[Any], plan: int, *, newest_first: bool
    ) -> Iterator[JournalEntry]:
        number = JOURNAL.c.number
        ordered = query.order_by(number.desc() if newest_first else number).limit(PAGE)
        last: int | None = None
        while True:
            page = ordered
            if last is not None:
                page = ordered.where(number < last if newest_first else number > last)
            with self._database.read() as connection:
                rows = connection.execute(page).all()
                tracked = _tracked(connection, plan, [row.number for row in rows])
            for row in rows:
                make_way()
                yield _entry(row, tracked.get(row.number))
            if len(rows) < PAGE:
                return
            last = rows[-1].number

    def with_keys(
        self, identity: str, system: str, keys: Iterable[str]
    ) -> dict[str, list[JournalEntry]]:
        """Return the rows of each idempotency key in one system, oldest first.

        Only plans for the company of this identity count: another company that took over
        the connection's name has none of those documents.
        """
        found: dict[str, list[JournalEntry]] = {}
        for entry in self._among(JOURNAL.c.idempotency_key, identity, system, keys):
            found.setdefault(entry.idempotency_key or "", []).append(entry)
        return found

    def with_origins(
        self, identity: str, system: str, origins: Iterable[str]
    ) -> dict[tuple[str, str], list[JournalEntry]]:
        """Return the rows of each record type and origin (without attempt), oldest first.

        As in the company, one origin text may stand for a document of each type.
        """
        found: dict[tuple[str, str], list[JournalEntry]] = {}
        for entry in self._among(JOURNAL.c.origin, identity, system, origins):
            found.setdefault((entry.record_type, entry.origin or ""), []).append(entry)
        return found

    def _among(
        self,
        column: Any,  # noqa: ANN401 - a column of any table
        identity: str,
        system: str,
        values: Iterable[str],
    ) -> Iterator[JournalEntry]:
        here = (PLANS.c.identity == identity, JOURNAL.c.system == system)
        for some in in_pages(values):
            query = _ENTRIES.where(column.in_(some), *here)
            with self._database.read() as connection:
                page = [_entry(row) for row in connection.execute(query.order_by(*_AGE))]
            yield from page

    def creation(self, run_id: str, record: str) -> JournalEntry | None:
        """Return the row by which a run created a record, in words, unless taken back since."""
        record_type, _, key = record.partition(" ")
        query = _ENTRIES.where(
            RUNS.c.id == run_id,
            JOURNAL.c.record_type == record_type,
            JOURNAL.c.key == key,
            JOURNAL.c.action == Action.CREATE.value,
            JOURNAL.c.state == JournalState.CONFIRMED.value,
        )
        with self._database.read() as connection:
            row = connection.execute(query.limit(1)).first()
        return None if row is None else _entry(row)

    def tracked(self, name: str, value: str) -> Iterator[JournalEntry]:
        """Yield the rows whose document carries the tracked property, oldest first."""
        query = (
            _ENTRIES.join(
                PROPERTIES,
                (PROPERTIES.c.plan == JOURNAL.c.plan) & (PROPERTIES.c.number == JOURNAL.c.number),
            )
            .where(PROPERTIES.c.name == name, PROPERTIES.c.value == value)
            .order_by(*_AGE)
        )
        with self._database.read() as connection:
            found = [_entry(row, {name: value}) for row in connection.execute(query)]
        yield from found

    def counts(self, run_id: str) -> dict[JournalState, int]:
        """Return how many changes of a run are in each state, as far as they have rows."""
        query = (
            select(JOURNAL.c.state, func.count())
            .join(PLANS, PLANS.c.serial == JOURNAL.c.plan)
            .join(RUNS, RUNS.c.serial == PLANS.c.run)
            .where(RUNS.c.id == run_id)
            .group_by(JOURNAL.c.state)
        )
        with self._database.read() as connection:
            return {JournalState(state): count for state, count in connection.execute(query)}


_ENDS = select(
    JOURNAL.c.number, JOURNAL.c.state, JOURNAL.c.taken, JOURNAL.c.key, OUTCOMES.c.findings
).join(
    OUTCOMES,
    (OUTCOMES.c.plan == JOURNAL.c.plan) & (OUTCOMES.c.number == JOURNAL.c.number),
    isouter=True,
)
_UNDOING = RUNS.alias("undoing")
_ENTRIES = (
    select(
        JOURNAL,
        PLANS.c.id.label("plan_id"),
        RUNS.c.id.label("run_id"),
        _UNDOING.c.id.label("undoing_id"),
        OUTCOMES.c.body,
        OUTCOMES.c.undo,
        OUTCOMES.c.findings,
    )
    .join_from(JOURNAL, PLANS, JOURNAL.c.plan == PLANS.c.serial)
    .join(RUNS, JOURNAL.c.run == RUNS.c.serial)
    .join(_UNDOING, JOURNAL.c.undone_by == _UNDOING.c.serial, isouter=True)
    .join(
        OUTCOMES,
        (OUTCOMES.c.plan == JOURNAL.c.plan) & (OUTCOMES.c.number == JOURNAL.c.number),
        isouter=True,
    )
)
_AGE = (JOURNAL.c.plan, JOURNAL.c.number)


def _plan_serial(plan_id: str) -> Any:  # noqa: ANN401 - a scalar subquery fits any comparison
    return select(PLANS.c.serial).where(PLANS.c.id == plan_id).scalar_subquery()


def _tracked(
    connection: Connection, plan: int, numbers: Sequence[int]
) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    if numbers:
        query = select(PROPERTIES.c.number, PROPERTIES.c.name, PROPERTIES.c.value).where(
            PROPERTIES.c.plan == plan, PROPERTIES.c.number.between(min(numbers), max(numbers))
        )
        for number, name, value in connection.execute(query):
            found.setdefault(number, {})[name] = value
    return found


def _moment(text: str | None) -> datetime | None:
    return None if text is None else from_timestamp(text)


def _entry(row: Row[Any], tracked: Mapping[str, str] | None = None) -> JournalEntry:
    return JournalEntry(
        plan=row.plan_id,
        number=row.number,
        run=row.run_id,
        state=JournalState(row.state),
        system=row.system,
        action=Action(row.action),
        verb=None if row.verb is None else Verb(row.verb),
        record_type=row.record_type,
        key=row.key,
        document=row.document,
        origin=row.origin,
        attempt=row.attempt,
        idempotency_key=row.idempotency_key,
        taken=row.taken or "none",
        version=row.version,
        sent_at=_moment(row.sent_at),
        ended_at=_moment(row.ended_at),
        undone_by=row.undoing_id,
        body=codec.body_from(row.body),
        undo=codec.body_from(row.undo),
        findings=codec.findings_from(row.findings),
        tracked=tracked or {},
    )


_T = TypeVar("_T")


def in_pages(values: Iterable[_T]) -> Iterator[list[_T]]:
    """Yield the values in lists short enough for one statement."""
    stream = iter(values)
    while some := list(islice(stream, PAGE)):
        yield some
