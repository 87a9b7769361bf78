"""The run at work: its row, its counts and its events, kept current as it goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, insert, update

from clary.engine.journal import Conclusion, JournalState
from clary.engine.plan import PlanState, PlanSummary
from clary.engine.runs import Refusal, RunState, RunSummary
from clary.engine.tables import EVENTS, PLANS, RUNS
from clary.kernel.change import State
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding
from clary.kernel.identifiers import new_id

_LEVELS = {State.REJECTED: "error", State.FAILED: "error", State.PENDING: "warning"}


@dataclass(slots=True)
class RunLog:
    """One run at work.

    Attributes:
        id: id of the run.
        serial: its serial number in the store.
        counts: changes by journal state, as far as they have ended.
        state: how it stands.
        refusal: which plans it leaves free and why, where it was refused.
    """

    id: str
    serial: int
    flow: str
    company: str
    plans: tuple[str, ...]
    planned: int
    author: str
    undoes: str | None
    started_at: datetime
    counts: Counter[JournalState] = field(default_factory=Counter)
    state: RunState = RunState.RUNNING
    ended_at: datetime | None = None
    undone: int = 0
    refusal: Refusal | None = None

    @classmethod
    def open(
        cls,
        connection: Connection,
        plans: Sequence[PlanSummary],
        author: str,
        epoch: int,
        now: datetime,
    ) -> RunLog:
        """Add the row of a new run for these plans."""
        header = plans[0].header
        log = cls(
            id=new_id("run"),
            serial=0,
            flow=header.flow,
            company=header.company,
            plans=tuple(plan.id for plan in plans),
            planned=sum(plan.changes for plan in plans),
            author=author,
            undoes=header.undoes,
            started_at=now,
        )
        values = {
            "id": log.id,
            "flow": log.flow,
            "company": log.company,
            "identity": header.identity,
            "state": log.state.value,
            "author": author,
            "undoes": header.undoes,
            "epoch": epoch,
            "planned": log.planned,
            "started_at": timestamp(now),
        }
        query = insert(RUNS).values(values).returning(RUNS.c.serial)
        log.serial = int(connection.execute(query).scalar_one())
        for position, plan in enumerate(plans):
            connection.execute(
                update(PLANS)
                .where(PLANS.c.id == plan.id)
                .values(run=log.serial, position=position, state=PlanState.APPLIED.value)
            )
        return log

    @classmethod
    def again(cls, summary: RunSummary, serial: int, counts: Mapping[JournalState, int]) -> RunLog:
        """Return the log of a run that goes on."""
        return cls(
            id=summary.id,
            serial=serial,
            flow=summary.flow,
            company=summary.company,
            plans=summary.plans,
            planned=summary.planned,
            author=summary.author,
            undoes=summary.undoes,
            started_at=summary.started_at,
            counts=Counter(counts),
            undone=summary.undone,
        )

    def summary(self) -> RunSummary:
        """Return what the run did so far."""
        shown: Counter[State] = Counter()
        for state, count in self.counts.items():
            shown[state.shown] += count
        return RunSummary(
            id=self.id,
            flow=self.flow,
            company=self.company,
            state=self.state,
            plans=self.plans if self.refusal is None else (),
            planned=self.planned,
            applied=shown[State.CONFIRMED],
            skipped=shown[State.SKIPPED],
            rejected=shown[State.REJECTED],
            pending=shown[State.PENDING],
            failed=shown[State.FAILED],
            undone=self.undone,
            started_at=self.started_at,
            ended_at=self.ended_at,
            author=self.author,
            undoes=self.undoes,
            refusal=self.refusal,
        )

    def refuse(self, findings: Sequence[Finding]) -> None:
        """Take note that a guard stopped the run before its first write, and why."""
        self.state = RunState.REFUSED
        self.refusal = Refusal(self.plans, tuple(findings))

    def count(self, previous: JournalState | None, state: JournalState) -> None:
        """Count how a change ended; the state that an earlier attempt left counts no more."""
        if previous is not None:
            self.counts[previous] -= 1
        self.counts[state] += 1

    def save(
        self, connection: Connection, now: datetime, conclusions: Iterable[Conclusion] = ()
    ) -> None:
        """Store counts and state, and one event for each change that did not succeed."""
        summary = self.summary()
        connection.execute(
            update(RUNS)
            .where(RUNS.c.serial == self.serial)
            .values(
                state=self.state.value,
                applied=summary.applied,
                skipped=summary.skipped,
                rejected=summary.rejected,
                pending=summary.pending,
                failed=summary.failed,
                ended_at=None if self.ended_at is None else timestamp(self.ended_at),
                refusal=None if self.refusal is None else self.refusal.text,
            )
        )
        rows = [
            self._row(now, level, each.findings[0].message, each.change.record)
            for each in conclusions
            if each.findings and (level := _LEVELS.get(each.state.shown))
        ]
        if rows:
            connection.execute(insert(EVENTS), rows)

    def free(self, connection: Connection, now: datetime) -> None:
        """Leave the plans of a refused run free to be applied, and store why as its events."""
        free = {"run": None, "position": None, "state": PlanState.READY.value}
        connection.execute(update(PLANS).where(PLANS.c.run == self.serial).values(free))
        for finding in self.refusal.findings if self.refusal else ():
            told = f"{finding.code}: {finding.message}"
            self.event(connection, now, told, level="error", record=finding.record)

    def event(
        self,
        connection: Connection,
        now: datetime,
        message: str,
        *,
        level: str = "info",
        record: str | None = None,
    ) -> None:
        """Store one event."""
        connection.execute(insert(EVENTS), [self._row(now, level, message, record)])

    def _row(
        self, now: datetime, level: str, message: str, record: str | None
    ) -> dict[str, object]:
        return {
            "run": self.serial,
            "time": timestamp(now),
            "level": level,
            "message": message,
            "record": record,
            "done": sum(self.counts.values()),
            "total": self.planned,
        }
