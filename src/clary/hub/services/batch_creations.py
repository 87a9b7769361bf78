"""What a batch creates first: the customers, vendors and items that the books lack, by name.

A count alone tells nobody whether a new customer is really new or an old one misspelt.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select

from clary.engine.plan import PlanSummary
from clary.engine.tables import PLAN_CHANGES, PLANS
from clary.kernel.change import Action
from clary.store import Database

MASTERS: Final = ("customer", "vendor", "item")
NAMED: Final = 5
"""Most records of a type that are named."""


@dataclass(frozen=True, slots=True)
class Creations:
    """The new records of one type.

    Attributes:
        record_type: customer, vendor or item.
        count: how many there are.
        ids: the first of them.
    """

    record_type: str
    count: int
    ids: Sequence[str]


def creations(database: Database, plan: PlanSummary) -> list[Creations]:
    """Return what a stored plan creates before its documents, type by type."""
    action = Action.CREATE.value
    counts = {name: plan.counts.get(f"{action} {name}", 0) for name in MASTERS}
    made: list[Creations] = []
    with database.read() as connection:
        for record_type in (name for name, count in counts.items() if count):
            first = (
                select(PLAN_CHANGES.c.document)
                .join(PLANS, PLANS.c.serial == PLAN_CHANGES.c.plan)
                .where(
                    PLANS.c.id == plan.id,
                    PLAN_CHANGES.c.action == action,
                    PLAN_CHANGES.c.record_type == record_type,
                )
                .order_by(PLAN_CHANGES.c.number)
                .limit(NAMED)
            )
            rows = connection.scalars(first)
            ids = [str(each).removeprefix(f"{record_type}:") for each in rows]
            made.append(Creations(record_type, counts[record_type], ids))
    return made
