"""What a plan is: an immutable stored sequence of changes and findings, with its header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TypeAlias

from clary.kernel.change import Change
from clary.kernel.errors import Finding


@dataclass(frozen=True, slots=True)
class PlanHeader:
    """What a planner states before its first entry.

    Attributes:
        flow: name of the flow that planned ("operations", "undo", ...).
        company: name of the connection whose company the plan is for.
        identity: what pins that connection to its books (`Info.identity`).
        generation: generation of the books when the plan was made.
        author: who asked for it.
        created_at: when, aware.
        fingerprint: hash of the inputs, so that the same inputs are recognised.
        note: a sentence for the reader.
        undoes: id of the run that an undo plan takes back; none for all other plans.
        retention: how long before-and-after bodies are kept; none is for ever.
    """

    flow: str
    company: str
    identity: str
    generation: int
    author: str
    created_at: datetime
    fingerprint: str = ""
    note: str = ""
    undoes: str | None = None
    retention: timedelta | None = None


@dataclass(frozen=True, slots=True)
class Planned:
    """A change with what the planner found about it.

    An error among the findings plans the change as rejected: it is never sent, but it is
    part of the run's result.

    Attributes:
        change: the change.
        findings: what the planner found about it.
        currency: ISO code of `amount`; empty where the change moves no money.
        amount: total of the document in minor units, for the plan's totals.
    """

    change: Change
    findings: tuple[Finding, ...] = ()
    currency: str = ""
    amount: int = 0


Entry: TypeAlias = Change | Planned | Finding
"""What a planner yields: a change, a change with findings, or a finding about the whole
plan; an error about the whole plan makes it not appliable."""


class PlanState(StrEnum):
    """How far a plan is."""

    WRITING = "writing"
    READY = "ready"
    APPLIED = "applied"
    PRUNED = "pruned"


@dataclass(frozen=True, slots=True)
class PlanSummary:
    """What a plan holds, counted while it was written.

    Attributes:
        id: id of the plan.
        header: what the planner stated.
        state: writing, ready, applied or pruned.
        run: id of the run that applied it, if any.
        changes: number of changes.
        rejected: changes that are planned as rejected.
        counts: changes by action and record type, keyed `create customer`.
        totals: money of the documents by currency, as text with two decimals.
        findings: number of findings by code.
        errors: number of findings that are errors.
        blocked: codes of the errors about the plan as a whole; it is applied only where
            each of them is a guard that a person has confirmed.
    """

    id: str
    header: PlanHeader
    state: PlanState
    run: str | None = None
    changes: int = 0
    rejected: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    totals: Mapping[str, str] = field(default_factory=dict)
    findings: Mapping[str, int] = field(default_factory=dict)
    errors: int = 0
    blocked: tuple[str, ...] = ()
