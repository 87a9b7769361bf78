"""Keeps what was pushed and has ended meanwhile from being written with the rest of its plan.

A plan may hold the documents of many pushes.  One of them can be dropped while the plan waits;
whoever applies the plan later, or goes on with its run, must leave that one out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select

from clary.engine.plan import Planned
from clary.engine.sending import Review
from clary.hub.push.tables import PUSH_OPERATION
from clary.kernel.change import Change
from clary.kernel.errors import Rejected, declare
from clary.store.database import Database

PUSH_WITHDRAWN = declare(
    "PUSH_WITHDRAWN",
    Rejected,
    "The push of this document ended before it was written.",
    "Push it again if it is still wanted.",
)

FLOW: Final = "push"
"""What plans and runs of pushes are called."""


def review_open(database: Database, plans: Sequence[str]) -> Review:
    """Return what keeps back the documents of plans whose push is not open any more."""
    query = select(PUSH_OPERATION.c.key).where(
        PUSH_OPERATION.c.plan.in_(plans), PUSH_OPERATION.c.completed_at.is_(None)
    )
    with database.read() as read:
        still_open = frozenset(read.execute(query).scalars())

    def review(change: Change) -> Planned:
        # What follows a document has its name with a number behind.
        push = (change.document or "").partition(".")[0]
        return Planned(change, () if push in still_open else (PUSH_WITHDRAWN.finding(),))

    return review
