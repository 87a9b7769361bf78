"""Puts what a planner yields into the plan store, under a header that says for what and whom."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from clary.companies.contract import Info
from clary.engine.plan import Entry, PlanHeader, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.kernel.clock import Clock
from clary.store import Database

FLOW = "operations"


@dataclass(frozen=True, slots=True)
class Asked:
    """Who asks for a plan, and for what.

    Attributes:
        company: name of the connection.
        author: who asks.
        note: a sentence for the reader.
        fingerprint: hash of the inputs, where the caller has one.
        flow: name of the flow.
        retention: how long bodies are kept; none is for ever.
    """

    company: str
    author: str
    note: str = ""
    fingerprint: str = ""
    flow: str = FLOW
    retention: timedelta | None = None


def store_plan(
    database: Database, info: Info, clock: Clock, asked: Asked, entries: Iterable[Entry]
) -> PlanSummary:
    """Store a plan from a stream of entries and return what it holds.

    Raises:
        ClaryError: whatever the planner raises; nothing of the plan stays.
    """
    header = PlanHeader(
        flow=asked.flow,
        company=asked.company,
        identity=info.identity,
        generation=info.generation,
        author=asked.author,
        created_at=clock.now(),
        fingerprint=asked.fingerprint,
        note=asked.note,
        retention=asked.retention,
    )
    return PlanStore(database).write(header, entries)
