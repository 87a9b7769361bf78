"""The reverse plan of a run: newest change first, by the edition's table of ways back.

It is shown and applied like any other plan; applying it marks the rows of the run as
undone, which closes the attempts of their origins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Literal, TypeAlias

from clary.companies.contract import Info, Session
from clary.engine import undo_codes as codes
from clary.engine.guards import WRONG_COMPANY
from clary.engine.journal import PERHAPS_WRITTEN, Journal, JournalEntry, JournalState
from clary.engine.plan import Entry, PlanHeader, Planned, PlanState, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs, RunState, RunSummary
from clary.engine.taking_back import TakingBack, refused
from clary.engine.undo_elsewhere import taken_back_elsewhere
from clary.kernel.change import Action, Change
from clary.kernel.clock import Clock
from clary.kernel.errors import Finding
from clary.kernel.identifiers import fingerprint
from clary.store import Database

FLOW = "undo"

Followers: TypeAlias = Callable[[Mapping[tuple[str, int], int], int], Iterable[Entry]]
"""Yields what an undo plan does after the company: gets the number of the change that takes
each change back, by its plan's id and number, and the next free number."""


def _every(_: object) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class UndoOptions:
    """What the caller decides about an undo.

    Attributes:
        author: who asks for it.
        posted: `default` takes posted documents back as the edition's table says;
            `delete` deletes them where the table allows it.
        chosen: tells which changes are taken back; the others stay.
        followers: yields what follows in other systems, which the undo then leaves to it.
        flow: name of the flow that the plan belongs to.
        note: a sentence for the reader; without one the runs are named.
        retention: how long the undo plan keeps its bodies; none is for ever.
    """

    author: str = ""
    posted: Literal["default", "delete"] = "default"
    chosen: Callable[[JournalEntry], bool] = field(default=_every)
    followers: Followers | None = None
    flow: str = FLOW
    note: str = ""
    retention: timedelta | None = None


def plan_undo(
    database: Database,
    run_id: str | Sequence[str],
    session: Session,
    info: Info,
    clock: Clock,
    options: UndoOptions | None = None,
) -> PlanSummary:
    """Store the plan that takes a run back, or several of one company, and return it.

    Only what the run confirmed is taken back.  What was edited, settled or used since is
    planned as rejected, with the record, the cause and a remedy; the rest can be undone.

    Args:
        database: the installation's database.
        run_id: the run to take back, or several, the newest first.
        session: a session of the run's company; it is only read.
        info: what the company is.
        clock: tells the time.
        options: what the caller decides.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
        Busy: the run is still at work (UNDO_RUNNING).
        Guarded: the session is of another company (WRONG_COMPANY).
    """
    chosen = options or UndoOptions()
    ids = [run_id] if isinstance(run_id, str) else list(run_id)
    runs = [Runs(database).summary(each) for each in ids]
    for run in runs:
        if run.state is RunState.RUNNING:
            raise codes.UNDO_RUNNING.raised(run=run.id)
    plans = {plan: PlanStore(database).summary(plan) for run in runs for plan in run.plans}
    for plan in plans.values():
        if plan.header.identity != info.identity:
            raise WRONG_COMPANY.raised(planned=plan.header.identity, found=info.identity)
    reversal = _Reversal(database, runs, plans, session, info, chosen)
    return PlanStore(database).write(_header(runs, info, clock, chosen), reversal.entries())


def _header(
    runs: Sequence[RunSummary], info: Info, clock: Clock, options: UndoOptions
) -> PlanHeader:
    ids = [run.id for run in runs]
    return PlanHeader(
        flow=options.flow,
        company=runs[0].company,
        identity=info.identity,
        generation=info.generation,
        author=options.author,
        created_at=clock.now(),
        fingerprint=fingerprint(f"undo {' '.join(ids)}"),
        note=options.note or f"Takes back run {', '.join(ids)}.",
        undoes=ids[0],
        retention=options.retention,
    )


class _Reversal:
    """The entries of an undo plan."""

    def __init__(
        self,
        database: Database,
        runs: Sequence[RunSummary],
        plans: dict[str, PlanSummary],
        session: Session,
        info: Info,
        options: UndoOptions,
    ) -> None:
        self._runs = runs
        self._plans = plans
        self._options = options
        self._store = PlanStore(database)
        self._journal = Journal(database)
        self._taking_back = TakingBack(
            session=session,
            info=info,
            delete_posted=options.posted == "delete",
            is_ours=self._is_ours,
            generations={plan: summary.header.generation for plan, summary in plans.items()},
        )
        self._past = Runs(database)
        self._generation = info.generation
        self._numbers: dict[tuple[str, int], int] = {}
        self._undone: Counter[str] = Counter()
        self._waiting = 0

    def entries(self) -> Iterator[Entry]:
        """Yield the changes, newest first, then what follows and what is to be said."""
        for run in self._runs:
            for entry in self._journal.of_run(run.id, newest_first=True):
                if self._options.chosen(entry):
                    yield from self._entry(entry)
        if self._options.followers is not None:
            yield from self._options.followers(self._numbers, self._taking_back.number + 1)
        yield from self._remarks()

    def _entry(self, entry: JournalEntry) -> Iterator[Entry]:
        if entry.system != self._runs[0].company and self._options.followers is not None:
            return
        if entry.state is JournalState.CONFIRMED:
            planned = self._taken_back(entry)
            self._numbers[entry.plan, entry.number] = planned.change.number
            yield planned
        elif entry.state is JournalState.UNDONE:
            self._undone[entry.undone_by or ""] += 1
        elif entry.state in PERHAPS_WRITTEN:
            finding = codes.UNDO_UNCERTAIN.finding(record=entry.record)
            self._taking_back.number += 1
            yield refused(entry, self._taking_back.number, finding)
        elif entry.state.open:
            self._waiting += 1

    def _taken_back(self, entry: JournalEntry) -> Planned:
        if entry.system == self._runs[0].company:
            return self._taking_back.plan(entry, self._planned(entry))
        self._taking_back.number += 1
        return taken_back_elsewhere(entry, self._planned(entry), self._taking_back.number)

    def _is_ours(self, record: str) -> bool:
        """Tell whether what is taken back created a record, in words, that was not yet."""
        made = (self._journal.creation(run.id, record) for run in self._runs)
        return any(entry is not None and self._options.chosen(entry) for entry in made)

    def _planned(self, entry: JournalEntry) -> Change | None:
        """Return the change as it was planned, where its undo needs what was before."""
        if entry.action not in (Action.UPDATE, Action.DELETE):
            return None
        if self._plans[entry.plan].state is PlanState.PRUNED:
            return None
        return self._store.change(entry.plan, entry.number)

    def _remarks(self) -> Iterator[Finding]:
        for run_id, count in self._undone.items():
            yield self._undone_before(run_id, count)
        if self._waiting:
            yield codes.UNDO_OPEN.warning(count=self._waiting)

    def _undone_before(self, run_id: str, count: int) -> Finding:
        """Return the remark that a run has taken changes back already."""
        undoing = self._past.summary(run_id)
        left = self._taking_back.number + self._waiting + self._undone.total() - count
        part = "One change was" if count == 1 else f"{count:,} changes were"
        generations = {self._store.summary(plan).header.generation for plan in undoing.plans}
        restored = generations != {self._generation}
        return (codes.UNDO_UNDONE_RESTORED if restored else codes.UNDO_ALREADY).warning(
            what=part if left else "Everything was",
            run=run_id,
            when=f"{undoing.ended_at or undoing.started_at:%Y-%m-%d %H:%M} UTC",
        )
