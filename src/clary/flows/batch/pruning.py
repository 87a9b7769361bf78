"""Forgets batches that can be made no more, so that plans nobody applied do not pile up."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from sqlalchemy import and_, or_, select

from clary.engine.plan import PlanState
from clary.engine.tables import PLANS
from clary.flows.batch.register import Register
from clary.flows.batch.tables import BATCHES
from clary.kernel.clock import Clock, timestamp
from clary.store import Database

ABANDONED: Final = timedelta(days=1)
"""After this a batch that is still being planned was given up."""


def prune_batches(database: Database, clock: Clock) -> None:
    """Remove batches that were never planned to the end, and those past their plan.

    What was applied is kept for ever.
    """
    begun = timestamp(clock.now() - ABANDONED)
    expired = select(PLANS.c.id).where(
        PLANS.c.run.is_(None), PLANS.c.state == PlanState.PRUNED.value
    )
    unfinished = and_(BATCHES.c.plan.is_(None), BATCHES.c.created_at < begun)
    query = select(BATCHES.c.id).where(or_(unfinished, BATCHES.c.plan.in_(expired)))
    with database.read() as connection:
        found = connection.execute(query).scalars().all()
    register = Register(database, clock)
    for batch in found:
        # One short transaction each, so that nobody waits long.
        register.forget([batch])
