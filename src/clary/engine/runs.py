"""What ran: one row per run, and its events that every face can stream and replay."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Row, Select, select

from clary.engine import codec
from clary.engine.journal import Journal, JournalEntry
from clary.engine.tables import EVENTS, JOURNAL, PLANS, PROPERTIES, RUNS
from clary.kernel.clock import from_timestamp
from clary.kernel.errors import Finding, Rejected, declare
from clary.store import Database

RUN_UNKNOWN = declare(
    "RUN_UNKNOWN",
    Rejected,
    "There is no run {run}.",
    "Check the id; `clary runs list` lists the runs.",
    http_status=404,
    exit_code=2,
)

EVENTS_PAGE = 500


class RunState(StrEnum):
    """How a run stands.

    running: at work, or its process died (then its lease has run out); finished: every
    change has its outcome; parked: some changes wait, the run can be resumed; stopped:
    it stopped at the first error as asked; interrupted and failed: it ended early and can
    be resumed; refused: a guard stopped it before its first write.
    """

    RUNNING = "running"
    FINISHED = "finished"
    PARKED = "parked"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    FAILED = "failed"
    REFUSED = "refused"


UNFINISHED = frozenset({RunState.RUNNING, RunState.PARKED, RunState.INTERRUPTED, RunState.FAILED})
"""States from which a run can be resumed."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a refused run keeps of its plans, which are free to be applied again.

    Attributes:
        plans: ids of the plans, in order.
        findings: why it was refused; none where it failed in a way that nobody foresaw.
    """

    plans: tuple[str, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def text(self) -> str:
        """The refusal as it is stored and sealed, always the same."""
        findings = [each.as_dict() for each in self.findings]
        return codec.text_of({"plans": self.plans, "findings": findings})

    @classmethod
    def from_text(cls, text: str | None) -> Refusal | None:
        """Return the refusal that `text` holds, or none where there is none."""
        if text is None:
            return None
        stored = codec.mapping_from(text)
        findings = tuple(Finding.from_dict(each) for each in stored["findings"])
        return cls(tuple(stored["plans"]), findings)


@dataclass(frozen=True, slots=True)
class RunSummary:
    """What a run did so far.

    Attributes:
        id: id of the run.
        flow: flow that planned it.
        company: connection whose company it is for.
        state: how it stands.
        plans: ids of its plans, in order; none of a refused run, whose plans are free again.
        planned: changes of its plans; the five counts below add up to it at the end.
        applied: changes that are confirmed.
        skipped: changes that were done already.
        rejected: changes that the data or a rule ruled out.
        pending: changes that wait: busy, unreachable, uncertain, delivered.
        failed: changes that failed by our fault.
        undone: of the applied ones, those that an undo has taken back since.
        started_at: start, aware.
        ended_at: end, aware; none while it runs.
        author: who applied it.
        undoes: id of the run that it takes back, if any.
        refusal: what a refused run was about, and why it was refused; none of other runs.
    """

    id: str
    flow: str
    company: str
    state: RunState
    plans: tuple[str, ...]
    planned: int
    applied: int
    skipped: int
    rejected: int
    pending: int
    failed: int
    undone: int
    started_at: datetime
    ended_at: datetime | None
    author: str = ""
    undoes: str | None = None
    refusal: Refusal | None = None

    @property
    def named_plans(self) -> tuple[str, ...]:
        """Ids of the plans that it was begun for, also where it was refused."""
        return self.plans if self.refusal is None else self.refusal.plans


@dataclass(frozen=True, slots=True)
class Event:
    """One line of a run's log.

    Attributes:
        id: grows from event to event; `follow` and event streams go on after it.
        time: when, aware.
        level: info, warning or error.
        message: one sentence.
        record: the record it is about, as `type key`.
        done: changes of the run that had ended at that moment.
        total: changes of the run.
    """

    id: int
    time: datetime
    level: str
    message: str
    record: str | None
    done: int
    total: int


def _short_wait() -> None:
    time.sleep(1 / 5)


class Runs:
    """The runs of an installation."""

    def __init__(self, database: Database) -> None:
        """Keep runs in `database`."""
        self._database = database

    def summary(self, run_id: str) -> RunSummary:
        """Return what a run did so far.

        Raises:
            Rejected: there is no such run (RUN_UNKNOWN).
        """
        with self._database.read() as connection:
            row = connection.execute(select(RUNS).where(RUNS.c.id == run_id)).first()
            if row is None:
                raise RUN_UNKNOWN.raised(run=run_id)
            plans = connection.execute(
                select(PLANS.c.id).where(PLANS.c.run == row.serial).order_by(PLANS.c.position)
            )
            return summary_of(row, tuple(plans.scalars()))

    def list(
        self,
        company: str | None = None,
        *,
        among: Collection[str] | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[RunSummary]:
        """Return at most `limit` runs, the newest first, those older than run `before`.

        Where `among` is given, only those of the companies in it.
        """
        query = select(RUNS.c.id)
        return self._summaries(_newest(query, company, among, before, limit))

    def search(
        self,
        name: str,
        value: str,
        company: str | None = None,
        *,
        among: Collection[str] | None = None,
        before: str | None = None,
        limit: int = 50,
    ) -> Sequence[RunSummary]:
        """Return runs as `list` does, those that hold a document with the tracked property."""
        query = (
            select(RUNS.c.id)
            .join(JOURNAL, JOURNAL.c.run == RUNS.c.serial)
            .join(
                PROPERTIES,
                (PROPERTIES.c.plan == JOURNAL.c.plan) & (PROPERTIES.c.number == JOURNAL.c.number),
            )
            .where(PROPERTIES.c.name == name, PROPERTIES.c.value == value)
            .group_by(RUNS.c.serial, RUNS.c.id)
        )
        return self._summaries(_newest(query, company, among, before, limit))

    def unfinished(self, identity: str) -> Sequence[RunSummary]:
        """Return the runs of a company that can be resumed, the oldest first."""
        query = (
            select(RUNS.c.id)
            .where(
                RUNS.c.identity == identity,
                RUNS.c.state.in_([state.value for state in UNFINISHED]),
            )
            .order_by(RUNS.c.serial)
        )
        return self._summaries(query)

    def _summaries(self, query: Any) -> Sequence[RunSummary]:  # noqa: ANN401 - any select of ids
        with self._database.read() as connection:
            ids = connection.execute(query).scalars().all()
        return [self.summary(run_id) for run_id in ids]

    def results(self, run_id: str, after: tuple[int, int] = (0, 0)) -> Iterator[JournalEntry]:
        """Yield how each change of the run ended, in order of its plans.

        Changes that an interrupted run has not reached are not among them.

        Args:
            run_id: the run.
            after: place of a plan among those of the run, from 0, and the number of a
                change of it: only what comes behind that one.

        Raises:
            Rejected: there is no such run (RUN_UNKNOWN).
        """
        self.summary(run_id)
        yield from Journal(self._database).of_run(run_id, after=after)

    def findings(self, run_id: str) -> Iterator[Finding]:
        """Yield why the run was refused, or what was found about its changes, in their order.

        Raises:
            Rejected: there is no such run (RUN_UNKNOWN).
        """
        refusal = self.summary(run_id).refusal
        yield from refusal.findings if refusal else ()
        yield from Journal(self._database).findings_of(run_id)

    def events(self, run_id: str, after: int = 0, limit: int | None = None) -> Iterator[Event]:
        """Yield the events of a run with an id above `after`, in order.

        Raises:
            Rejected: there is no such run (RUN_UNKNOWN).
        """
        self.summary(run_id)
        left = limit
        while left is None or left > 0:
            size = EVENTS_PAGE if left is None else min(EVENTS_PAGE, left)
            page = self._event_page(run_id, after, size)
            yield from page
            if len(page) < size:
                return
            after = page[-1].id
            left = None if left is None else left - len(page)

    def _event_page(self, run_id: str, after: int, limit: int) -> Sequence[Event]:
        serial = select(RUNS.c.serial).where(RUNS.c.id == run_id).scalar_subquery()
        query = (
            select(EVENTS)
            .where(EVENTS.c.run == serial, EVENTS.c.id > after)
            .order_by(EVENTS.c.id)
            .limit(limit)
        )
        with self._database.read() as connection:
            return [_event(row) for row in connection.execute(query)]

    def follow(
        self, run_id: str, after: int = 0, *, wait: Callable[[], None] = _short_wait
    ) -> Iterator[Event]:
        """Yield the events above `after` as they come, until the run is not running any more.

        `wait` is called whenever there is nothing new; it may end the stream by raising.

        Raises:
            Rejected: there is no such run (RUN_UNKNOWN).
        """
        while True:
            # The state is read before the events: what comes after the end is none.
            running = self.summary(run_id).state is RunState.RUNNING
            for event in self.events(run_id, after):
                after = event.id
                yield event
            if not running:
                return
            wait()


def _newest(
    query: Select[tuple[str]],
    company: str | None,
    among: Collection[str] | None,
    before: str | None,
    limit: int,
) -> Select[tuple[str]]:
    """Return a query of runs for the newest of them that a list may show."""
    if among is not None:
        query = query.where(RUNS.c.company.in_(among))
    if company is not None:
        query = query.where(RUNS.c.company == company)
    if before is not None:
        older = select(RUNS.c.serial).where(RUNS.c.id == before).scalar_subquery()
        query = query.where(RUNS.c.serial < older)
    return query.order_by(RUNS.c.serial.desc()).limit(limit)


def summary_of(row: Row[Any], plans: tuple[str, ...]) -> RunSummary:
    """Return the summary of a row of the table of runs."""
    return RunSummary(
        id=row.id,
        flow=row.flow,
        company=row.company,
        state=RunState(row.state),
        plans=plans,
        planned=row.planned,
        applied=row.applied,
        skipped=row.skipped,
        rejected=row.rejected,
        pending=row.pending,
        failed=row.failed,
        undone=row.undone,
        started_at=from_timestamp(row.started_at),
        ended_at=None if row.ended_at is None else from_timestamp(row.ended_at),
        author=row.author,
        undoes=row.undoes,
        refusal=Refusal.from_text(row.refusal),
    )


def _event(row: Row[Any]) -> Event:
    return Event(
        id=row.id,
        time=from_timestamp(row.time),
        level=row.level,
        message=row.message,
        record=row.record,
        done=row.done,
        total=row.total,
    )
