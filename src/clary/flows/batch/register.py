"""Our own copy of every batch: which documents it was planned with, and how each stands.

What was selected is written while a batch is planned; how it stands is read from the
journal, which is the truth, and kept so that lists are quick.  A process that dies
between two of its steps leaves nothing here that the next look does not mend.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection, Row, Select, bindparam, delete, func, insert, select, update

from clary.engine.codec import text_of
from clary.engine.journal import Journal, JournalEntry, JournalState
from clary.engine.runs import UNFINISHED
from clary.engine.tables import JOURNAL, PLANS, RUNS
from clary.flows.batch.finishing import RECORD_TYPE
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.tables import BATCH_DOCUMENTS, BATCHES
from clary.kernel.change import Action, Body, JsonValue
from clary.kernel.clock import Clock, from_timestamp, timestamp
from clary.store import Database

TRACKED: Final = "batch"
"""Tracked property of every change that makes or removes a batch: its number."""


class BatchState(StrEnum):
    """How a batch stands.

    planned: nothing was applied; waiting: a run is under way or waits to go on; posted: it
    is in ConnectWise; unmade: the run ended without it; removed: it was un-batched.
    """

    PLANNED = "planned"
    WAITING = "waiting"
    POSTED = "posted"
    UNMADE = "unmade"
    REMOVED = "removed"

    @property
    def holds_number(self) -> bool:
        """Its number is in use."""
        return self in (BatchState.WAITING, BatchState.POSTED)


class Standing(StrEnum):
    """How a document of a batch stands.

    planned, waiting: not decided yet; posted: in the books and in the batch; unbatched: in
    the books, and the batch does not hold it; handled: in the batch without a document of
    ours in the books; left: not posted, it stays queued; taken_back: posted and undone.
    """

    PLANNED = "planned"
    WAITING = "waiting"
    POSTED = "posted"
    UNBATCHED = "unbatched"
    HANDLED = "handled"
    LEFT = "left"
    TAKEN_BACK = "taken_back"


@dataclass(frozen=True, slots=True)
class BatchDocument:
    """One document of a batch, as our copy has it.

    Attributes:
        source: its stable id.
        party: account, vendor or member number in ConnectWise.
        total: minor units of `currency`.
        record_type: what it is in Sage; none where nothing is posted for it.
        origin: its origin without the attempt; none where nothing is posted for it.
        key: its key in Sage, as far as it is known.
        gl_ids: every GL id that it has in ConnectWise.
        rows: the unposted rows it was exported from, each with what it said then.
    """

    source: str
    kind: DocumentKind
    number: str
    date: date | None
    party: str
    total: int
    currency: str
    gl_ids: tuple[int, ...]
    record_type: str | None = None
    origin: str | None = None
    key: str | None = None
    rows: Mapping[str, str] = field(default_factory=dict)
    state: Standing = Standing.PLANNED


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch, as our copy has it.

    Attributes:
        id: its number among our copies.
        identifier: its number in ConnectWise.
        plan: plan that makes it; none while it is being planned.
        asked: the selection, JSON-ready.
        preview: debits and credits by account, JSON-ready.
    """

    app: str
    company: str
    identifier: str
    kinds: frozenset[Kind]
    created_at: datetime
    note: str = ""
    asked: Mapping[str, JsonValue] = field(default_factory=dict)
    preview: Sequence[JsonValue] = ()
    plan: str | None = None
    state: BatchState = BatchState.PLANNED
    id: int = 0


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
            query = insert(BATCHES).values(_batch_values(batch)).returning(BATCHES.c.id)
            return int(connection.execute(query).scalar_one())

    def add(self, batch: int, documents: Sequence[BatchDocument]) -> None:
        """Add documents to a batch that is being planned."""
        if documents:
            rows = [{"batch": batch, **_document_values(each)} for each in documents]
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
        self, app: str | None = None, *, planned: bool = False, limit: int = 50
    ) -> Sequence[Batch]:
        """Return at most `limit` batches, the newest first, as they stand now.

        Args:
            app: only those of this connection.
            planned: also those whose plan was never applied.
            limit: most batches.
        """
        query = select(BATCHES).order_by(BATCHES.c.id.desc()).limit(limit)
        if app is not None:
            query = query.where(BATCHES.c.app == app)
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

    def documents(self, batch: Batch) -> Iterator[BatchDocument]:
        """Yield the documents of a batch by kind and number, as they stand now."""
        self._settle_documents(batch)
        table = BATCH_DOCUMENTS.c
        order = (table.kind, table.number, table.source)
        last: Row[Any] | None = None
        while True:
            query = select(BATCH_DOCUMENTS).where(table.batch == batch.id).order_by(*order)
            if last is not None:
                query = query.where(_after(order, (last.kind, last.number, last.source)))
            with self._database.read() as connection:
                page = connection.execute(query.limit(_PAGE)).all()
            yield from map(_document, page)
            if len(page) < _PAGE:
                return
            last = page[-1]

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
            return _document(connection.execute(query).one())

    def _named(self, app: str, identifier: str) -> Iterator[Batch]:
        query = (
            select(BATCHES)
            .where(BATCHES.c.app == app, func.lower(BATCHES.c.identifier) == identifier.lower())
            .order_by(BATCHES.c.id.desc())
        )
        return (self._standing(batch)[0] for batch in self._batches(query))

    def _batches(self, query: Select[Any]) -> Sequence[Batch]:
        with self._database.read() as connection:
            return [_batch(row) for row in connection.execute(query)]

    # --- how it stands --------------------------------------------------------------------

    def _standing(self, batch: Batch) -> tuple[Batch, frozenset[int]]:
        """Return a batch as it stands now, which is kept, and the GL ids that it holds."""
        if batch.plan is None or self._applied(batch.plan) is None:
            return batch, frozenset()
        made = _made(self._steps(batch), self._is_unfinished)
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

    def _steps(self, batch: Batch) -> Iterator[JournalEntry]:
        """Yield what was done to a batch in ConnectWise, oldest first, since it was planned."""
        steps = Journal(self._database).tracked(TRACKED, batch.identifier)
        begun = False
        for entry in steps:
            begun = begun or entry.plan == batch.plan
            if begun and entry.system == batch.app and entry.record_type == RECORD_TYPE:
                yield entry

    def _settle_documents(self, batch: Batch) -> None:
        identity = None if batch.plan is None else self._applied(batch.plan)
        if identity is None:
            return
        _, held = self._standing(batch)
        table, last = BATCH_DOCUMENTS.c, ""
        while True:
            query = select(BATCH_DOCUMENTS).where(table.batch == batch.id, table.source > last)
            with self._database.read() as connection:
                rows = connection.execute(query.order_by(table.source).limit(_PAGE))
                some = [_document(row) for row in rows]
                known = _newest(connection, identity, batch.company, some)
            found = [_settled_document(each, known.get(_mark(each)), held) for each in some]
            changed = [new for old, new in zip(some, found, strict=True) if old != new]
            if changed:
                with self._database.write() as connection:
                    connection.execute(_SETTLE, [_settle_values(batch, each) for each in changed])
            if len(some) < _PAGE:
                return
            last = some[-1].source


_EXPENSES: Final = tuple(kind.value for kind in DocumentKind if kind.kind is Kind.EXPENSE)

_PAGE: Final = 500


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


@dataclass(frozen=True, slots=True)
class _Known:
    """What the journal says of a document.

    Attributes:
        state: state of the row that counts.
        key: key of the record.
        was_undone: an earlier posting was taken back.
    """

    state: JournalState
    key: str | None
    was_undone: bool = False


def _mark(document: BatchDocument) -> tuple[str | None, str | None]:
    return document.record_type, document.origin


def _newest(
    connection: Connection, identity: str, company: str, documents: Sequence[BatchDocument]
) -> dict[tuple[str | None, str | None], _Known]:
    """Return the row about each document that counts: the newest of those that tell most."""
    origins = {each.origin for each in documents if each.origin is not None}
    query = (
        select(JOURNAL.c.origin, JOURNAL.c.record_type, JOURNAL.c.state, JOURNAL.c.key)
        .join(PLANS, PLANS.c.serial == JOURNAL.c.plan)
        .where(
            JOURNAL.c.origin.in_(origins),
            JOURNAL.c.system == company,
            PLANS.c.identity == identity,
        )
        .order_by(JOURNAL.c.attempt, JOURNAL.c.plan, JOURNAL.c.number)
    )
    found: dict[tuple[str | None, str | None], _Known] = {}
    for origin, record_type, stated, key in connection.execute(query):
        state = JournalState(stated)
        earlier = found.get((record_type, origin))
        undone = state is JournalState.UNDONE or (earlier is not None and earlier.was_undone)
        if earlier is None or _weight(state) >= _weight(earlier.state):
            found[record_type, origin] = _Known(state, key, undone)
        else:
            found[record_type, origin] = replace(earlier, was_undone=undone)
    return found


def _weight(state: JournalState) -> int:
    """Return how much a row of the journal tells of its document.

    What was never written tells nothing, and that it was found there less than that it
    was written or taken back.
    """
    if state in _NEVER_WRITTEN:
        return 0
    return 1 if state is JournalState.SKIPPED else 2


_NEVER_WRITTEN = frozenset({JournalState.REJECTED, JournalState.FAILED, JournalState.PLANNED})
_IN_BOOKS = frozenset({JournalState.CONFIRMED, JournalState.SKIPPED})


def _settled_document(
    document: BatchDocument, known: _Known | None, held: frozenset[int]
) -> BatchDocument:
    is_held = bool(document.gl_ids) and held.issuperset(document.gl_ids)
    if document.origin is None:
        return replace(document, state=Standing.HANDLED if is_held else Standing.LEFT)
    if known is None:
        return replace(document, state=Standing.HANDLED if is_held else Standing.WAITING)
    key = known.key or document.key
    if known.state in _IN_BOOKS and is_held:
        return replace(document, key=key, state=Standing.POSTED)
    if known.was_undone and (known.state is JournalState.UNDONE or not is_held):
        return replace(document, state=Standing.TAKEN_BACK)
    if known.state in _IN_BOOKS:
        return replace(document, key=key, state=Standing.UNBATCHED)
    return replace(document, state=Standing.WAITING if known.state.open else Standing.LEFT)


_SETTLE = (
    update(BATCH_DOCUMENTS)
    .where(
        BATCH_DOCUMENTS.c.batch == bindparam("p_batch"),
        BATCH_DOCUMENTS.c.source == bindparam("p_source"),
    )
    .values(state=bindparam("state"), key=bindparam("key"))
)


def _settle_values(batch: Batch, document: BatchDocument) -> dict[str, object]:
    return {
        "p_batch": batch.id,
        "p_source": document.source,
        "state": document.state.value,
        "key": document.key,
    }


def _after(order: Sequence[Any], last: Sequence[str]) -> Any:  # noqa: ANN401 - a clause of any kind
    """Return the condition that a row comes after the one with these values, in this order."""
    first, *others = zip(order, last, strict=True)
    column, value = first
    if not others:
        return column > value
    rest = _after([column for column, _ in others], [value for _, value in others])
    return (column > value) | ((column == value) & rest)


def _batch_values(batch: Batch) -> dict[str, object]:
    return {
        "app": batch.app,
        "company": batch.company,
        "identifier": batch.identifier,
        "kinds": "".join(kind.letter for kind in Kind if kind in batch.kinds),
        "plan": batch.plan,
        "state": batch.state.value,
        "created_at": timestamp(batch.created_at),
        "note": batch.note,
        "asked": text_of(batch.asked),
        "preview": text_of(batch.preview),
    }


def _batch(row: Row[Any]) -> Batch:
    return Batch(
        id=row.id,
        app=row.app,
        company=row.company,
        identifier=row.identifier,
        kinds=frozenset(kind for kind in Kind if kind.letter in row.kinds),
        created_at=from_timestamp(row.created_at),
        note=row.note,
        asked=json.loads(row.asked),
        preview=json.loads(row.preview),
        plan=row.plan,
        state=BatchState(row.state),
    )


def _document_values(document: BatchDocument) -> dict[str, object]:
    return {
        "source": document.source,
        "kind": document.kind.value,
        "number": document.number,
        "date": None if document.date is None else document.date.isoformat(),
        "party": document.party,
        "total": document.total,
        "currency": document.currency,
        "record_type": document.record_type,
        "origin": document.origin,
        "key": document.key,
        "gl_ids": text_of(document.gl_ids),
        "rows": text_of(document.rows),
        "state": document.state.value,
    }


def _document(row: Row[Any]) -> BatchDocument:
    return BatchDocument(
        source=row.source,
        kind=DocumentKind(row.kind),
        number=row.number,
        date=None if row.date is None else date.fromisoformat(row.date),
        party=row.party,
        total=row.total,
        currency=row.currency,
        record_type=row.record_type,
        origin=row.origin,
        key=row.key,
        gl_ids=tuple(json.loads(row.gl_ids)),
        rows=json.loads(row.rows),
        state=Standing(row.state),
    )
