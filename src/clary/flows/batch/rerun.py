"""Runs an existing batch again: what of it is in the books, what is missing, what differs.

After a restore of the books only what is missing is posted, and only once a person has
confirmed it; on intact books nothing is written.  The batch in ConnectWise stays as it is.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from typing import Final

from clary.engine.decide import ORIGIN_MISSING, ORIGIN_VOIDED
from clary.engine.plan import PlanSummary
from clary.flows.batch.by_hand import LOOKS_POSTED
from clary.flows.batch.fetching import Piece
from clary.flows.batch.gone import gone
from clary.flows.batch.jobs import names_of
from clary.flows.batch.kinds import DetailLevel
from clary.flows.batch.meaning import Meaning
from clary.flows.batch.planner import Sides
from clary.flows.batch.planning import Author, store
from clary.flows.batch.recognising import COMPLETED_SINCE, DOCUMENT_CHANGED, POSTED_ALREADY
from clary.flows.batch.register import Batch, BatchDocument, Register, Standing
from clary.flows.batch.requests import BatchRequest, Decisions, Selection
from clary.flows.batch.rereading import Existing, existing, reread
from clary.flows.batch.settings import BatchSettings
from clary.kernel.errors import Finding, Rejected, declare


class Found(StrEnum):
    """What a rerun found of a document."""

    FOUND = "found"
    MISSING = "missing"
    DIFFERENT = "different"
    LIKE_ANOTHER = "looks posted"
    REVERSED = "reversed"
    UNBATCHED = "un-batched there"
    HANDLED = "only marked as posted"


DOCUMENT_UNBATCHED = declare(
    "BATCH_DOCUMENT_UNBATCHED",
    Rejected,
    "ConnectWise does not hold it in batch {number} any more: it was un-batched there. The rerun"
    " leaves it alone.",
    "Run a new batch with it: what is in the books is found and only marked as posted. To take it"
    " out of the books: {command}",
)

FOUND_BY_CODE: Final[Mapping[str, Found]] = {
    POSTED_ALREADY.name: Found.FOUND,
    COMPLETED_SINCE.name: Found.FOUND,
    ORIGIN_MISSING.name: Found.MISSING,
    DOCUMENT_CHANGED.name: Found.DIFFERENT,
    LOOKS_POSTED.name: Found.LIKE_ANOTHER,
    ORIGIN_VOIDED.name: Found.REVERSED,
    DOCUMENT_UNBATCHED.name: Found.UNBATCHED,
}
"""Which finding of a plan tells what; a document without any was never posted by us."""

_IN_BATCH = frozenset({Standing.POSTED, Standing.HANDLED})


@dataclass(frozen=True, slots=True)
class Rerunning:
    """What is asked for.

    Attributes:
        number: number of the batch.
        decisions: what was decided about single documents.
        exclude: documents that are left alone, by number or id.
    """

    number: str
    decisions: Decisions
    exclude: frozenset[str] = frozenset()


def plan_rerun(
    sides: Sides, register: Register, asked: Rerunning, settings: BatchSettings, author: Author
) -> PlanSummary:
    """Store the plan that posts what an existing batch holds and the books lack.

    Raises:
        Rejected: the batch is closed, gone or unknown.
    """
    ours = register.find(sides.app, asked.number)
    absent = partial(gone, sides.database, register, ours, asked.number)
    batch = existing(sides.accounting, asked.number, absent)
    documents = () if ours is None else tuple(register.documents(ours))
    by_hand = {each.source for each in documents if each.record_type and not each.origin}
    meant = tuple(each for each in documents if each.state in _IN_BATCH and each.record_type)
    known = Existing(batch, meant, detail_of(ours))
    held = {entry.id for entry in sides.accounting.entries(known.id, fields=("id",))}
    moved = {} if ours is None else register.moved(ours)
    left = [e for e in meant if held.isdisjoint(e.gl_ids) and e.source not in moved]
    request = BatchRequest(
        selection=Selection(exclude=asked.exclude),
        number=asked.number,
        decisions=replace(asked.decisions, same=asked.decisions.same | by_hand),
        note=f"Rerun of batch {asked.number} of {sides.app}.",
    )
    marked = frozenset(row for each in documents if not each.record_type for row in each.gl_ids)
    fetched = _without(reread(sides.accounting, known), request.selection, marked)
    remarks = () if ours is None else tuple(_unbatched(each, ours) for each in left)
    return store(sides, request, settings, author, None, fetched, remarks, blocks=False)


def only_marked(register: Register, app: str, number: str) -> int:
    """Return how many documents of a batch were marked as posted without posting them."""
    ours = register.find(app, number)
    documents = () if ours is None else register.documents(ours)
    return sum(each.state is Standing.HANDLED and not each.record_type for each in documents)


def _unbatched(document: BatchDocument, batch: Batch) -> Finding:
    """Return the warning that somebody un-batched a document on ConnectWise's own screen."""
    words = ("clary", "batch", "unbatch", batch.app, batch.company, batch.identifier)
    return DOCUMENT_UNBATCHED.warning(
        record=f"{document.kind.value} {document.number}",
        number=batch.identifier,
        command=shlex.join((*words, document.source)),
    )


def _without(
    pieces: Iterable[Piece], selection: Selection, marked: frozenset[int]
) -> Iterator[Piece]:
    """Yield the pieces without the documents that were excluded, or only marked as posted.

    Args:
        pieces: what ConnectWise holds in the batch.
        selection: tells what was excluded.
        marked: GL rows of documents that were marked as posted without posting them.

    Raises:
        Rejected: a name means several documents (BATCH_NAME_AMBIGUOUS).
    """
    meaning = Meaning(selection.names)
    excluded = frozenset(map(str.casefold, selection.exclude))
    for piece in pieces:
        for each in piece.readings:
            meaning.learn(each.id, names_of(each))
        kept = (
            each
            for each in piece.readings
            if names_of(each).isdisjoint(excluded)
            and marked.isdisjoint(piece.gl_ids.get(each.id, ()))
        )
        yield replace(piece, readings=tuple(kept))
    meaning.settled()


def detail_of(batch: Batch | None) -> DetailLevel:
    """Return how much text a batch's lines carry, as it was planned."""
    stated = None if batch is None else batch.asked.get("detail")
    return DetailLevel(stated) if isinstance(stated, str) else DetailLevel.DEFAULT
