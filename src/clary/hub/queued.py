"""Which plan a piece of work is about, and which piece of work a plan waits as.

Whoever follows a plan learns here that it waits its turn or was set aside, and why; whoever
looks at the work learns which plan it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Final

from sqlalchemy import Connection, func, select

from clary.engine.plan import PlanSummary
from clary.hub.plan_work import PLAN_KIND, beginning_of, planned_by
from clary.hub.push.accepting import KIND as PUSH_KIND
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.work import Work, WorkItem, WorkState
from clary.kernel.change import Body
from clary.kernel.clock import timestamp

_OPEN: Final = frozenset({WorkState.WAITING, WorkState.PARKED})


def plans_of(read: Connection, items: Iterable[WorkItem]) -> dict[int, str]:
    """Return the plans that items are about, by the number of the item, as far as there are."""
    listed = list(items)
    found = {item.serial: planned_by(item.reference) for item in listed if item.kind == PLAN_KIND}
    pushes = {item.reference: item.serial for item in listed if item.kind == PUSH_KIND}
    query = select(PUSH_OPERATION.c.key, PUSH_OPERATION.c.plan).where(
        PUSH_OPERATION.c.key.in_(pushes), PUSH_OPERATION.c.plan.is_not(None)
    )
    for key, plan in read.execute(query) if pushes else ():
        found[pushes[key]] = plan
    return found


def item_dict(item: WorkItem, plan: str | None) -> Body:
    """Return an item as JSON-ready values.

    Args:
        item: the item.
        plan: id of the plan that it is about, if it is about one.
    """
    return {
        "serial": item.serial,
        "kind": item.kind,
        "plan": plan,
        "operation": item.reference if item.kind == PUSH_KIND else None,
        "state": item.state.value,
        "reason_code": item.reason_code,
        "reason": item.reason,
        "accepted_at": timestamp(item.accepted_at),
        "attempts": item.attempts,
    }


def waiting_plans(
    work: Work, read: Connection, plans: Sequence[PlanSummary]
) -> Mapping[str, WorkItem]:
    """Return the items as which plans wait or were set aside, by the id of the plan.

    Of several items of a plan it is the one that comes first: what waits before what was set
    aside.
    """
    wanted = [plan.id for plan in plans]
    found: dict[str, WorkItem] = {}
    for plan, item in chain(_applied(work, read, wanted), _pushes(work, read, wanted)):
        found.setdefault(plan, item)
    return found


def _applied(work: Work, read: Connection, plans: Sequence[str]) -> Iterator[tuple[str, WorkItem]]:
    """Yield plans that are to be applied with their items: what waits, then what is set aside."""
    for plan in plans:
        about = work.beginning(read, PLAN_KIND, beginning_of(plan))
        still = [item for item in about if item.state in _OPEN]
        for item in sorted(still, key=lambda each: each.state is WorkState.PARKED):
            yield plan, item


def _pushes(work: Work, read: Connection, plans: Sequence[str]) -> Iterator[tuple[str, WorkItem]]:
    """Yield plans of pushes that have not ended, each with the item of one of its pushes."""
    operation = PUSH_OPERATION.c
    query = (
        select(func.min(operation.key), operation.plan)
        .where(operation.plan.in_(plans), operation.completed_at.is_(None))
        .group_by(operation.plan)
    )
    by_key = {str(key): str(plan) for key, plan in read.execute(query)}
    for item in work.of(read, PUSH_KIND, list(by_key)) if by_key else ():
        if item.state in _OPEN:
            yield by_key[item.reference], item
