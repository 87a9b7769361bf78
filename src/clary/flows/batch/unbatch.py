"""Takes documents of a batch back: out of the books, and out of ConnectWise's batch.

One plan does both: Sage's reversals come first, then the batch is removed and, where
documents remain, made again under the same number with their entries.  What could not be
reversed stays in the batch.  The new batch is made only if ConnectWise gives the same
entries for its documents as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from clary.apps.connectwise.batch_target import BATCH_CLOSED, TRUSTED, BatchTarget
from clary.engine.journal import Journal, JournalEntry, JournalState
from clary.engine.plan import Entry, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs
from clary.engine.undo import UndoOptions, plan_undo
from clary.flows.batch.finishing import FLOW, RECORD_TYPE, REMAINING, UNPOSTED, Share, body_of
from clary.flows.batch.gone import gone
from clary.flows.batch.kinds import Kind
from clary.flows.batch.making import creation
from clary.flows.batch.meaning import Meaning
from clary.flows.batch.planner import Sides
from clary.flows.batch.planning import Author, header
from clary.flows.batch.register import (
    TRACKED,
    Batch,
    BatchDocument,
    BatchState,
    Register,
    Standing,
)
from clary.kernel.change import Action, Body, Change, JsonValue
from clary.kernel.errors import Finding, Rejected, declare

DOCUMENT_NOT_IN_BATCH = declare(
    "BATCH_DOCUMENT_NOT_IN_BATCH",
    Rejected,
    "{name} is not in batch {number}.",
    "Choose among its documents: clary batch show {app} {number}",
    exit_code=2,
)
POSTED_ELSEWHERE = declare(
    "BATCH_POSTED_ELSEWHERE",
    Rejected,
    "It is in the books as {key}, and this installation's journal knows nothing of its posting;"
    " it stays in the books.",
    "Void it in Sage by hand if it shall go.",
)

DOCUMENT_MOVED = declare(
    "BATCH_DOCUMENT_MOVED",
    Rejected,
    "It is in batch {number} by now, so it stays in the books.",
    "To take it back as well, un-batch it there.",
)
MASTERS_STAY = declare(
    "BATCH_RECORDS_STAY",
    Rejected,
    "Customers, vendors and items that the run created stay: documents that stay may need them.",
    "Nothing needs to be done.",
)

SHOWN: Final = 5
"""Documents that the plan's note names."""

_IN_BATCH: Final = frozenset({Standing.POSTED, Standing.HANDLED})
_IN_BOOKS: Final = frozenset({Standing.POSTED, Standing.UNBATCHED})
_WORDS: Final[Mapping[Kind, str]] = {kind: kind.batch_word for kind in Kind}


@dataclass(frozen=True, slots=True)
class Unbatching:
    """What is asked for.

    Attributes:
        names: documents that are taken back, by number or id; empty for the whole batch.
        posted: how posted documents are taken back, see `engine.undo`.
        note: a sentence for the reader.
    """

    names: frozenset[str] = frozenset()
    posted: Literal["default", "delete"] = "default"
    note: str = ""


def plan_unbatch(
    sides: Sides, register: Register, batch: Batch, asked: Unbatching, author: Author
) -> PlanSummary:
    """Store the plan that takes documents of a batch back, and return what it holds.

    What ConnectWise's own screen has taken out of the batch, or the whole batch that was
    deleted there, is taken out of the books alone.

    Raises:
        ClaryError: the batch is closed in ConnectWise (BATCH_CLOSED), is not finished, was
            un-batched before or never made, or a document is not in it
            (BATCH_DOCUMENT_NOT_IN_BATCH).
    """
    if batch.state is not BatchState.POSTED:
        raise gone(sides.database, register, batch, batch.identifier)
    contents = _contents(sides, register, batch)
    chosen, shown = frozenset(each.source for each in contents.whole), "all documents"
    if asked.names:
        known = [*contents.held, *contents.left]
        chosen = _chosen(sides.app, batch.identifier, known, asked.names)
        shown = _shown(chosen, known)
    work = _Work(sides, batch, contents, chosen)
    note = asked.note or f"Un-batches {shown} of {batch.identifier}."
    runs = work.runs()
    if not runs:
        about = header(sides, author, f"unbatch {sides.app} {batch.identifier}", note)
        return PlanStore(sides.database).write(about, work.following({}, 1))
    options = UndoOptions(
        author=author.name,
        posted=asked.posted,
        chosen=work.is_chosen,
        followers=work.following,
        flow=FLOW,
        note=note,
        retention=author.retention,
    )
    return plan_undo(sides.database, runs, sides.session, sides.info, author.clock, options)


def plan_run_undo(
    sides: Sides, register: Register, run: str, asked: Unbatching, author: Author
) -> PlanSummary:
    """Store the plan that takes a whole batch run back: documents, what it created, batches.

    Raises:
        Rejected: one of its batches is closed in ConnectWise (BATCH_CLOSED).
    """
    works: list[_Work] = []
    moved: dict[str, str] = {}
    plans = Runs(sides.database).summary(run).plans
    for batch in (each for plan in plans for each in register.of_plan(plan)):
        moved.update(register.moved(batch))
        if batch.state is not BatchState.POSTED:
            continue
        contents = _contents(sides, register, batch)
        everything = frozenset(each.source for each in contents.whole)
        works.append(_Work(sides, batch, contents, everything))

    def followers(numbers: Mapping[tuple[str, int], int], number: int) -> Iterator[Entry]:
        for source, identifier in moved.items():
            yield DOCUMENT_MOVED.warning(record=source, number=identifier)
        if moved:
            yield MASTERS_STAY.warning()
        for place, work in enumerate(works):
            yield from work.following(numbers, number + place * len(_STEPS))

    options = UndoOptions(
        author=author.name,
        posted=asked.posted,
        # What the run created may be in use by documents that stay; nothing has an origin of it.
        chosen=lambda entry: (
            not moved or (entry.origin is not None and entry.document not in moved)
        ),
        followers=followers,
        flow=FLOW,
        note=asked.note,
        retention=author.retention,
    )
    return plan_undo(sides.database, run, sides.session, sides.info, author.clock, options)


_STEPS = ("removal", "what remains")
"""Changes that follow for each batch."""


@dataclass(frozen=True, slots=True)
class _Contents:
    """What is to be known of a batch before something is taken out of it.

    Attributes:
        body: what ConnectWise holds of it; none where it was deleted there.
        held: its documents that ConnectWise holds.
        left: documents in the books that ConnectWise's own screen has taken out of it.
    """

    body: Body | None
    held: Sequence[BatchDocument]
    left: Sequence[BatchDocument]

    @property
    def whole(self) -> Sequence[BatchDocument]:
        """What is meant where no document is named."""
        return self.left if self.body is None else self.held


def _contents(sides: Sides, register: Register, batch: Batch) -> _Contents:
    """Return what a batch holds at ConnectWise, and what has left it there.

    Raises:
        Rejected: the batch is closed (BATCH_CLOSED).
    """
    documents = list(register.documents(batch))
    meant = [each for each in documents if each.state in _IN_BATCH]
    body = _held(sides, batch.identifier, meant)
    value = (body or {}).get("record_ids")
    rows = set(value) if isinstance(value, list) else set()
    held = [each for each in meant if not rows.isdisjoint(each.gl_ids)]
    moved = register.moved(batch).keys() | {each.source for each in held}
    left = [each for each in documents if each.state in _IN_BOOKS and each.source not in moved]
    return _Contents(body, held, left)


def _held(sides: Sides, number: str, documents: Iterable[BatchDocument]) -> Body | None:
    """Return what ConnectWise holds of a batch; none where it has no such batch.

    Raises:
        Rejected: it is closed (BATCH_CLOSED).
    """
    probe = Change(1, sides.app, Action.DELETE, RECORD_TYPE, number, _rows_of(documents))
    held = BatchTarget(sides.accounting).read_back(probe, number)
    if held is not None and held.get("closed"):
        raise BATCH_CLOSED.raised(record=f"batch {number}", identifier=number)
    return held


def _rows_of(documents: Iterable[BatchDocument]) -> Body:
    return {"record_ids": sorted({row for each in documents for row in each.gl_ids})}


def _chosen(
    app: str, number: str, documents: Sequence[BatchDocument], names: frozenset[str]
) -> frozenset[str]:
    """Return the ids of the documents that are meant.

    Raises:
        Rejected: one of the names is no document of the batch, or several; all of them together.
    """
    meaning = Meaning(names)
    for each in documents:
        meaning.learn(each.source, each.names)
    known = meaning.settled()
    missing = [name for name in sorted(names) if name.casefold() not in known]
    if missing:
        raise Rejected(
            *(
                DOCUMENT_NOT_IN_BATCH.finding(record=name, name=name, number=number, app=app)
                for name in missing
            )
        )
    return frozenset(known.values())


def _shown(chosen: frozenset[str], documents: Sequence[BatchDocument]) -> str:
    if len(chosen) == len(documents):
        return "all documents"
    numbers = [each.number for each in documents if each.source in chosen]
    more = f" and {len(numbers) - SHOWN} more" if len(numbers) > SHOWN else ""
    return ", ".join(numbers[:SHOWN]) + more


class _Work:
    """What one un-batching plan is made from."""

    def __init__(
        self,
        sides: Sides,
        batch: Batch,
        contents: _Contents,
        chosen: frozenset[str],
    ) -> None:
        self._sides = sides
        self._batch = batch
        self._held = contents.body
        self._leaving = [each for each in contents.held if each.source in chosen]
        self._staying = [each for each in contents.held if each.source not in chosen]
        self._left = [each for each in contents.left if each.source in chosen]
        self._journal = Journal(sides.database)
        self._entries = self._postings()
        self._marks = {(each.plan, each.number) for each in self._entries.values()}

    def _postings(self) -> dict[str, JournalEntry]:
        """Return the row by which each document to take back was posted, by its id."""
        by_origin = {each.origin: each for each in self._meant if each.origin is not None}
        found = self._journal.with_origins(
            self._sides.info.identity, self._sides.company, by_origin
        )
        entries: dict[str, JournalEntry] = {}
        for (record_type, origin), rows in found.items():
            document = by_origin[origin]
            live = [row for row in rows if row.state is JournalState.CONFIRMED]
            if live and record_type == document.record_type:
                entries[document.source] = live[-1]
        return entries

    @property
    def _meant(self) -> Sequence[BatchDocument]:
        return [*self._leaving, *self._left]

    def runs(self) -> list[str]:
        """Return the runs that posted what leaves, the newest first."""
        runs = Runs(self._sides.database)
        found = {entry.run for entry in self._entries.values()}
        return sorted(found, key=lambda run: runs.summary(run).started_at, reverse=True)

    def is_chosen(self, entry: JournalEntry) -> bool:
        """Tell whether a row of the journal is one that leaves."""
        return (entry.plan, entry.number) in self._marks

    def following(self, numbers: Mapping[tuple[str, int], int], number: int) -> Iterator[Entry]:
        """Yield what follows in ConnectWise: the batch is removed, and the rest made again.

        A batch that was deleted there is only noted as removed.
        """
        yield from self._remarks()
        if self._held is None:
            left = [self._share(each, numbers) for each in self._left]
            reversals = tuple(sorted({share.change for share in left if share.change}))
            yield self._removal(number, left, reversals, _rows_of(self._left))
            return
        if not self._leaving:
            return
        leaving = [self._share(each, numbers) for each in self._leaving]
        reversals = tuple(sorted({share.change for share in leaving if share.change}))
        yield self._removal(number, leaving, reversals, self._held)
        staying = [Share(0, _WORDS[each.kind.kind], each.gl_ids) for each in self._staying]
        strangers = self._strangers(self._held)
        yield creation(
            number + 1,
            self._sides.app,
            self._batch.identifier,
            [*staying, *strangers],
            deferred=REMAINING,
            depends_on=(number, *reversals),
            more={
                "leaving": [share.as_value() for share in leaving],
                "removal": number,
                "expected": self._expected(strangers),
            },
        )

    def _remarks(self) -> Iterator[Finding]:
        for each in self._meant:
            if each.origin is not None and each.source not in self._entries:
                yield POSTED_ELSEWHERE.warning(
                    record=f"{each.kind.value} {each.number}", key=each.key
                )

    def _share(self, document: BatchDocument, numbers: Mapping[tuple[str, int], int]) -> Share:
        entry = self._entries.get(document.source)
        change = 0 if entry is None else numbers.get((entry.plan, entry.number), 0)
        return Share(change, _WORDS[document.kind.kind], document.gl_ids)

    def _removal(
        self, number: int, leaving: Sequence[Share], reversals: tuple[int, ...], held: Body
    ) -> Change:
        made = self._made()
        return Change(
            number=number,
            system=self._sides.app,
            action=Action.DELETE,
            record_type=RECORD_TYPE,
            key=self._batch.identifier,
            before=held,
            after=body_of(self._batch.identifier, leaving),
            depends_on=reversals,
            deferred=UNPOSTED,
            document=self._batch.identifier,
            tracked={TRACKED: self._batch.identifier},
            undoes=None if made is None else (made.plan, made.number),
        )

    def _made(self) -> JournalEntry | None:
        """Return the row by which the batch was made, as it stands in ConnectWise now."""
        rows = [
            row
            for row in self._journal.tracked(TRACKED, self._batch.identifier)
            if row.system == self._sides.app
            and row.action is Action.CREATE
            and row.state is JournalState.CONFIRMED
        ]
        return rows[-1] if rows else None

    def _strangers(self, held: Body) -> list[Share]:
        """Return the entries of the batch that no document of our copy has."""
        ours = {row for each in (*self._leaving, *self._staying) for row in each.gl_ids}
        value = held.get("record_ids")
        rows = [each for each in value if isinstance(each, int)] if isinstance(value, list) else []
        left = tuple(row for row in rows if row not in ours)
        kinds = held.get("kinds")
        words = [str(each) for each in kinds] if isinstance(kinds, list) else []
        return [Share(0, word, left) for word in words] if left else []

    def _expected(self, strangers: Sequence[Share]) -> JsonValue:
        """Return what the batch's documents are exported by, so that their rows are checked.

        Those that leave count as well: what cannot be taken back goes into the new batch.
        Rows of documents that our copy does not know are taken on trust.
        """
        asked: dict[str, list[JsonValue]] = {}
        for each in (*self._staying, *self._leaving):
            word = _WORDS[each.kind.kind]
            is_number = each.kind.kind is not Kind.PROCUREMENT
            asked.setdefault(word, []).extend(int(row) if is_number else row for row in each.rows)
        trusted = sorted({row for share in strangers for row in share.gl_ids})
        return {**asked, TRUSTED: list(trusted)}
