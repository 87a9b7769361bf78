"""Runs an existing batch again: what of it is in the books, what is missing, what differs.

After a restore of the books only what is missing is posted, and only once a person has
confirmed it; on intact books nothing is written.  The batch in ConnectWise stays as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from clary.engine.decide import ORIGIN_MISSING
from clary.engine.plan import PlanSummary
from clary.engine.rerun import ORIGIN_REVERSED
from clary.flows.batch.kinds import DetailLevel
from clary.flows.batch.planner import Sides
from clary.flows.batch.planning import Author, store
from clary.flows.batch.recognising import (
    COMPLETED_SINCE,
    DOCUMENT_CHANGED,
    LOOKS_POSTED,
    POSTED_ALREADY,
)
from clary.flows.batch.register import Batch, Register, Standing
from clary.flows.batch.requests import BatchRequest, Decisions, Selection
from clary.flows.batch.rereading import Existing, existing, reread
from clary.flows.batch.settings import BatchSettings


class Found(StrEnum):
    """What a rerun found of a document."""

    FOUND = "found"
    MISSING = "missing"
    DIFFERENT = "different"
    LIKE_ANOTHER = "looks posted"
    REVERSED = "reversed"


FOUND_BY_CODE: Final[Mapping[str, Found]] = {
    POSTED_ALREADY.name: Found.FOUND,
    COMPLETED_SINCE.name: Found.FOUND,
    ORIGIN_MISSING.name: Found.MISSING,
    DOCUMENT_CHANGED.name: Found.DIFFERENT,
    LOOKS_POSTED.name: Found.LIKE_ANOTHER,
    ORIGIN_REVERSED.name: Found.REVERSED,
}
"""Which finding of a plan tells what; a document without any was never posted by us."""

_IN_BATCH = frozenset({Standing.POSTED, Standing.HANDLED})


@dataclass(frozen=True, slots=True)
class Rerunning:
    """What is asked for.

    Attributes:
        number: number of the batch.
        decisions: what was decided about single documents.
    """

    number: str
    decisions: Decisions


def plan_rerun(
    sides: Sides, register: Register, asked: Rerunning, settings: BatchSettings, author: Author
) -> PlanSummary:
    """Store the plan that posts what an existing batch holds and the books lack.

    Raises:
        Rejected: the batch is closed, gone or unknown.
    """
    ours = register.find(sides.app, asked.number)
    batch = existing(sides.accounting, asked.number, is_known=ours is not None)
    documents = () if ours is None else tuple(register.documents(ours))
    by_hand = {each.source for each in documents if each.record_type and not each.origin}
    known = Existing(
        batch,
        tuple(each for each in documents if each.state in _IN_BATCH and each.record_type),
        detail_of(ours),
    )
    request = BatchRequest(
        selection=Selection(),
        number=asked.number,
        decisions=replace(asked.decisions, same=asked.decisions.same | by_hand),
        note=f"Rerun of batch {asked.number} of {sides.app}.",
    )
    fetched = reread(sides.accounting, known)
    return store(sides, request, settings, author, None, fetched, blocks=False)


def detail_of(batch: Batch | None) -> DetailLevel:
    """Return how much text a batch's lines carry, as it was planned."""
    stated = None if batch is None else batch.asked.get("detail")
    return DetailLevel(stated) if isinstance(stated, str) else DetailLevel.DEFAULT
