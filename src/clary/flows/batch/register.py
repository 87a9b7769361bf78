"""Our own copy of every batch: which documents it was planned with, and how each stands.

What was selected is written while a batch is planned; how it stands is read from the
journal, which is the truth, and kept so that lists are quick.  A process that dies
between two of its steps leaves nothing here that the next look does not mend.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Select, bindparam, delete, func, insert, select, update

from clary.engine.codec import text_of
from clary.engine.journal import Journal, JournalEntry, JournalState
from clary.engine.runs import UNFINISHED
from clary.engine.tables import PLANS, RUNS
from clary.flows.batch.copies import (
    Batch,
    BatchDocument,
    BatchState,
    Standing,
    batch_of,
    batch_values,
    document_of,
    document_values,
)
from clary.flows.batch.finishing import RECORD_TYPE
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.settling import known_of, mark, settled
from clary.flows.batch.tables import BATCH_DOCUMENTS, BATCHES
from clary.kernel.change import Action, Body, JsonValue
from clary.kernel.clock import Clock
from clary.store import Database

__all__ = ["TRACKED", "Batch", "BatchDocument", "BatchState", "Register", "Standing"]

TRACKED: Final = "batch"
"""Tracked property of every change that makes or removes a batch: its number."""


class Register:
    """The batches of an installation."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep batches in `database`."""
        self._database = database
        self._clock = clock

    # --- while a batch is planned ---------------------------------------------------------

    def open(self, batch: Batch) -> int:
        """Add a batch that is being planned and return its number among our copies."""
        with self._database.write() as connection:
            query = insert(BATCHES).values(batch_values(batch)).returning(BATCHES.c.id)
            return int(connection.execute(query).scalar_one())

    def add(self, batch: int, documents: Sequence[BatchDocument]) -> None:
        """Add documents to a batch that is being planned."""
        if documents:
            rows = [{"batch": batch, **document_values(each)} for each in documents]
            with self._database.write() as connection:
                connection.execute(insert(BATCH_DOCUMENTS), rows)

    def planned(self, batches: Sequence[int], plan: str, preview: Sequence[JsonValue] = ()) -> None:
        """Note that the plan of some batches is stored."""
        with self._database.write() as connection:
            connection.execute(
                update(BATCHES)
                .where(BATCHES.c.id.in_(batches))
                .values(plan=plan, preview=text_of(preview))
            )

    def forget(self, batches: Sequence[int]) -> None:
        """Remove batches whose planning failed."""
        with self._database.write() as connection:
            connection.execute(delete(BATCH_DOCUMENTS).where(BATCH_DOCUMENTS.c.batch.in_(batches)))
            connection.execute(delete(BATCHES).where(BATCHES.c.id.in_(batches)))

    # --- afterwards -----------------------------------------------------------------------

    def newest(
        self,
        app: str | None = None,
        *,
        planned: bool = False,
        among: Sequence[str] | None = None,
        before: int | None = None,
        limit: int = 50,
    ) -> Sequence[Batch]:
        """Return at most `limit` batches, the newest first, as they stand now.

        Args:
            app: only those of this connection.
            planned: also those whose plan was never applied.
            among: only those of these companies.
            before: only those with a smaller number among our copies.
            limit: most batches.
        """
        query = select(BATCHES).order_by(BATCHES.c.id.desc()).limit(limit)
        if app is not None:
            query = query.where(BATCHES.c.app == app)
        if among is not None:
            query = query.where(BATCHES.c.company.in_(among))
        if before is not None:
            query = query.where(BATCHES.c.id < before)
        if not planned:
            query = query.join(PLANS, PLANS.c.id == BATCHES.c.plan).where(PLANS.c.run.is_not(None))
        return [self._standing(batch)[0] for batch in self._batches(query)]

    def find(self, app: str, identifier: str) -> Batch | None:
        """Return the newest batch of this number that was applied, in any case, or none."""
        found = self._named(app, identifier)
        return next((each for each in found if each.state is not BatchState.PLANNED), None)

    def is_taken(self, app: str, identifier: str) -> bool:
        """Tell whether a batch of this number is in use."""
        return any(each.state.holds_number for each in self._named(app, identifier))

    def of_plan(self, plan: str) -> Sequence[Batch]:
        """Return the batches that a plan makes, as they stand now."""
        query = select(BATCHES).where(BATCHES.c.plan == plan).order_by(BATCHES.c.id)
        return [self._standing(batch)[0] for batch in self._batches(query)]

    def documents(self, batch: Batch, last: Sequence[str] | None = None) -> Iterator[BatchDocument]:
        """Yield the documents of a batch by kind and number, as they stand now.

        Args:
            batch: the batch.
            last: kind, number and id of the one that they come after; all if none.
        """
        self._settle_documents(batch)
        table = BATCH_DOCUMENTS.c
        order = (table.kind, table.number, table.source)
        while True:
            query = select(BATCH_DOCUMENTS).where(table.batch == batch.id).order_by(*order)
            if last is not None:
                query = query.where(_after(order, last))
            with self._database.read() as connection:
                page = connection.execute(query.limit(_PAGE)).all()
            yield from map(document_of, page)
            if len(page) < _PAGE:
                return
            last = (page[-1].kind, page[-1].number, page[-1].source)

    def counts(self, batch: Batch) -> dict[Standing, int]:
        """Return how many documents of a batch stand how."""
        self._settle_documents(batch)
        query = (
            select(BATCH_DOCUMENTS.c.state, func.count())
            .where(BATCH_DOCUMENTS.c.batch == batch.id)
            .group_by(BATCH_DOCUMENTS.c.state)
        )
        with self._database.read() as connection:
            return {Standing(state): count for state, count in connection.execute(query)}

    def holding(self, app: str, source: str) -> Sequence[tuple[Batch, BatchDocument]]:
        """Return the batches that a document was selected for, the newest first."""
        query = (
            select(BATCHES)
            .join(BATCH_DOCUMENTS, BATCH_DOCUMENTS.c.batch == BATCHES.c.id)
            .where(BATCHES.c.app == app, BATCH_DOCUMENTS.c.source == source)
            .order_by(BATCHES.c.id.desc())
        )
        found = [self._standing(batch)[0] for batch in self._batches(query)]
        return [(batch, self._one(batch, source)) for batch in found]

    def expenses(self, app: str, company: str) -> Iterator[tuple[str, Sequence[str]]]:
        """Yield id and expenses of every expense document that a plan was applied with."""
        query = (
            select(BATCH_DOCUMENTS.c.source, BATCH_DOCUMENTS.c.rows)
            .join(BATCHES, BATCHES.c.id == BATCH_DOCUMENTS.c.batch)
            .join(PLANS, PLANS.c.id == BATCHES.c.plan)
            .where(
                BATCHES.c.app == app,
                BATCHES.c.company == company,
                BATCH_DOCUMENTS.c.kind.in_(_EXPENSES),
                PLANS.c.run.is_not(None),
            )
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
        for source, rows in found:
            yield source, list(json.loads(rows))

    def _one(self, batch: Batch, source: str) -> BatchDocument:
        self._settle_documents(batch)
        query = select(BATCH_DOCUMENTS).where(
            BATCH_DOCUMENTS.c.batch == batch.id, BATCH_DOCUMENTS.c.source == source
        )
        with self._database.read() as connection:
            return document_of(connection.execute(query).one())

    def _named(self, app: str, identifier: str) -> Iterator[Batch]:
        query = (
            select(BATCHES)
            .where(BATCHES.c.app == app, func.lower(BATCHES.c.identifier) == identifier.lower())
            .order_by(BATCHES.c.id.desc())
        )
        return (self._standing(batch)[0] for batch in self._batches(query))

    def _batches(self, query: Select[Any]) -> Sequence[Batch]:
        with self._database.read() as connection:
            return [batch_of(row) for row in connection.execute(query)]

    # --- how it stands --------------------------------------------------------------------

    def _standing(self, batch: Batch) -> tuple[Batch, frozenset[int]]:
        """Return a batch as it stands now, which is kept, and the GL ids that it holds."""
        if batch.plan is None or self._applied(batch.plan) is None:
            return batch, frozenset()
        made = _made(self.steps(batch), self._is_unfinished)
        if made.state is BatchState.PLANNED:
            waits = self._is_unfinished(batch.plan)
            made = replace(made, state=BatchState.WAITING if waits else BatchState.UNMADE)
        if made.state is not batch.state:
            with self._database.write() as connection:
                connection.execute(
                    update(BATCHES).where(BATCHES.c.id == batch.id).values(state=made.state.value)
                )
        return replace(batch, state=made.state), made.gl_ids

    def _applied(self, plan: str) -> str | None:
        """Return the identity of the books that a plan was applied to; none if it was not."""
        query = select(PLANS.c.identity).where(PLANS.c.id == plan, PLANS.c.run.is_not(None))
        with self._database.read() as connection:
            return connection.execute(query).scalar_one_or_none()

    def _is_unfinished(self, plan: str) -> bool:
        query = (
            select(RUNS.c.id)
            .join(PLANS, PLANS.c.run == RUNS.c.serial)
            .where(PLANS.c.id == plan, RUNS.c.state.in_([state.value for state in UNFINISHED]))
        )
        with self._database.read() as connection:
            return connection.execute(query).first() is not None

    def steps(self, batch: Batch) -> Iterator[JournalEntry]:
        """Yield what was done to a batch in ConnectWise, oldest first, since it was planned.

        What was done for a later batch of the same number is not among it.
        """
        here = (BATCHES.c.app == batch.app, BATCHES.c.identifier == batch.identifier)
        later = select(BATCHES.c.plan).where(*here, BATCHES.c.id > batch.id)
        with self._database.read() as connection:
            others = frozenset(connection.execute(later).scalars())
        begun = False
        for entry in Journal(self._database).tracked(TRACKED, batch.identifier):
            begun = begun or entry.plan == batch.plan
            if begun and entry.plan in others and entry.system == batch.app:
                return
            if begun and entry.system == batch.app and entry.record_type == RECORD_TYPE:
                yield entry

    def _settle_documents(self, batch: Batch) -> None:
        identity = None if batch.plan is None else self._applied(batch.plan)
        if identity is None:
            return
        _, held = self._standing(batch)
        moved = self.moved(batch)
        table, last = BATCH_DOCUMENTS.c, ""
        while True:
            query = select(BATCH_DOCUMENTS).where(table.batch == batch.id, table.source > last)
            with self._database.read() as connection:
                rows = connection.execute(query.order_by(table.source).limit(_PAGE))
                some = [document_of(row) for row in rows]
                known = known_of(connection, identity, batch.company, some)
            found = [
                settled(each, known.get(mark(each)), _NOTHING if each.source in moved else held)
                for each in some
            ]
            changed = [new for old, new in zip(some, found, strict=True) if old != new]
            if changed:
                with self._database.write() as connection:
                    connection.execute(_SETTLE, [_settle_values(batch, each) for each in changed])
            if len(some) < _PAGE:
                return
            last = some[-1].source

    def moved(self, batch: Batch) -> Mapping[str, str]:
        """Return the documents of a batch that a newer one holds, with that one's number.

        They were un-batched on ConnectWise's own screen and came again.
        """
        later = BATCH_DOCUMENTS.alias("later")
        query = (
            select(later.c.source, later.c.gl_ids, later.c.batch)
            .join(BATCH_DOCUMENTS, BATCH_DOCUMENTS.c.source == later.c.source)
            .join(BATCHES, BATCHES.c.id == later.c.batch)
            .where(
                BATCH_DOCUMENTS.c.batch == batch.id,
                later.c.batch > batch.id,
                BATCHES.c.app == batch.app,
            )
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
        newer = select(BATCHES).where(BATCHES.c.id.in_({row.batch for row in found}))
        batches = {each.id: each for each in self._batches(newer)}
        held = {number: self._standing(each)[1] for number, each in batches.items()}
        return {
            row.source: batches[row.batch].identifier
            for row in found
            if (rows := json.loads(row.gl_ids)) and held[row.batch].issuperset(rows)
        }


_NOTHING: Final[frozenset[int]] = frozenset()
_EXPENSES: Final = tuple(kind.value for kind in DocumentKind if kind.kind is Kind.EXPENSE)

_PAGE: Final = 2_000


@dataclass(frozen=True, slots=True)
class _Made:
    """How a batch stands in ConnectWise by the journal, and the GL ids that it holds."""

    state: BatchState = BatchState.PLANNED
    gl_ids: frozenset[int] = frozenset()


def _made(steps: Iterable[JournalEntry], is_unfinished: Callable[[str], bool]) -> _Made:
    made, last = _Made(), ""
    for entry in steps:
        last = entry.plan
        if entry.action is Action.CREATE:
            made = _after_making(made, entry)
        elif entry.state is JournalState.CONFIRMED or entry.taken == "unchanged":
            made = _Made(BatchState.REMOVED)
    if made.state is BatchState.REMOVED and is_unfinished(last):
        # It was removed, and what remains is not posted again yet.
        return _Made(BatchState.WAITING)
    return made


def _after_making(made: _Made, entry: JournalEntry) -> _Made:
    if entry.state.open:
        return _Made(BatchState.WAITING)
    is_there = entry.state in (JournalState.CONFIRMED, JournalState.UNDONE) or (
        entry.state is JournalState.SKIPPED and entry.key is not None
    )
    if is_there:
        return _Made(BatchState.POSTED, _record_ids(entry.body))
    return _Made(BatchState.UNMADE) if made.state is BatchState.PLANNED else made


def _record_ids(body: Body | None) -> frozenset[int]:
    value = (body or {}).get("record_ids")
    listed = value if isinstance(value, list) else []
    return frozenset(each for each in listed if isinstance(each, int))


_SETTLE = (
    update(BATCH_DOCUMENTS)
    .where(
        BATCH_DOCUMENTS.c.batch == bindparam("p_batch"),
        BATCH_DOCUMENTS.c.source == bindparam("p_source"),
    )
    .values(state=bindparam("state"), key=bindparam("key"), origin=bindparam("origin"))
)


def _settle_values(batch: Batch, document: BatchDocument) -> dict[str, object]:
    return {
        "p_batch": batch.id,
        "p_source": document.source,
        "state": document.state.value,
        "key": document.key,
        "origin": document.origin,
    }


def _after(order: Sequence[Any], last: Sequence[str]) -> Any:  # noqa: ANN401 - a clause of any kind
    """Return the condition that a row comes after the one with these values, in this order."""
    first, *others = zip(order, last, strict=True)
    column, value = first
    if not others:
        return column > value
    rest = _after([column for column, _ in others], [value for _, value in others])
    return (column > value) | ((column == value) & rest)
