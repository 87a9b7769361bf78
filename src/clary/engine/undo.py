"""The reverse plan of a run: newest change first, by the edition's table of ways back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from clary.companies.contract import Info, Session
from clary.engine.plan import PlanSummary
from clary.kernel.clock import Clock
from clary.store import Database


@dataclass(frozen=True, slots=True)
class UndoOptions:
    """What the caller decides about an undo: who asks, and how posted documents go."""

    author: str = ""
    posted: Literal["default", "delete"] = "default"


def plan_undo(
    database: Database,
    run_id: str,
    session: Session,
    info: Info,
    clock: Clock,
    options: UndoOptions | None = None,
) -> PlanSummary:
    """Store the plan that takes a run back, and return what it holds."""
    raise NotImplementedError
