"""The reverse plan of a run: newest change first, by the edition's table of ways back.

It is shown and applied like any other plan; applying it marks the rows of the run as
undone, which closes the attempts of their origins.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from clary.companies.contract import Info, Session
from clary.engine import undo_codes as codes
from clary.engine.guards import WRONG_COMPANY
from clary.engine.journal import PERHAPS_WRITTEN, Journal, JournalEntry, JournalState
from clary.engine.plan import Entry, PlanHeader, PlanState, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import Runs, RunState, RunSummary
from clary.engine.taking_back import TakingBack, refused
from clary.kernel.change import Action, Change
from clary.kernel.clock import Clock
from clary.kernel.errors import Finding
from clary.kernel.identifiers import fingerprint
from clary.store import Database

FLOW = "undo"


@dataclass(frozen=True, slots=True)
class UndoOptions:
    """What the caller decides about an undo.

    Attributes:
        author: who asks for it.
        posted: `default` takes posted documents back as the edition's table says;
            `delete` deletes them where the table allows it.
    """

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
    """Store the plan that takes a run back, and return what it holds.

    Only what the run confirmed is taken back.  What was edited, settled or used since is
    planned as rejected, with the record, the cause and a remedy; the rest can be undone.

    Args:
        database: the installation's database.
        run_id: the run to take back.
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
    run = Runs(database).summary(run_id)
    if run.state is RunState.RUNNING:
        raise codes.UNDO_RUNNING.raised(run=run_id)
    plans = {plan: PlanStore(database).summary(plan) for plan in run.plans}
    for plan in plans.values():
        if plan.header.identity != info.identity:
            raise WRONG_COMPANY.raised(planned=plan.header.identity, found=info.identity)
    header = PlanHeader(
        flow=FLOW,
        company=run.company,
        identity=info.identity,
        generation=info.generation,
        author=chosen.author,
        created_at=clock.now(),
        fingerprint=fingerprint(f"undo {run_id}"),
        note=f"Takes back run {run_id}.",
        undoes=run_id,
    )
    delete_posted = chosen.posted == "delete"
    journal = Journal(database)
    taking_back = TakingBack(
        session=session,
        info=info,
        delete_posted=delete_posted,
        is_ours=lambda record: journal.has_created(run_id, record),
    )
    entries = _Reversal(database, run, plans, taking_back).entries()
    return PlanStore(database).write(header, entries)


class _Reversal:
    """The entries of an undo plan."""

    def __init__(
        self,
        database: Database,
        run: RunSummary,
        plans: dict[str, PlanSummary],
        taking_back: TakingBack,
    ) -> None:
        self._run = run
        self._plans = plans
        self._store = PlanStore(database)
        self._journal = Journal(database)
        self._taking_back = taking_back
        self._undone: Counter[str] = Counter()
        self._waiting = 0

    def entries(self) -> Iterator[Entry]:
        """Yield the changes, newest first, then what is to be said about the whole."""
        for entry in self._journal.of_run(self._run.id, newest_first=True):
            if entry.state is JournalState.CONFIRMED:
                yield self._taken_back(entry)
            elif entry.state is JournalState.UNDONE:
                self._undone[entry.undone_by or ""] += 1
            elif entry.state in PERHAPS_WRITTEN:
                finding = codes.UNDO_UNCERTAIN.finding(record=entry.record)
                yield self._refused(entry, finding)
            elif entry.state.open:
                self._waiting += 1
        yield from self._remarks()

    def _taken_back(self, entry: JournalEntry) -> Entry:
        if entry.system != self._run.company:
            finding = codes.UNDO_ELSEWHERE.finding(record=entry.record, system=entry.system)
            return self._refused(entry, finding)
        return self._taking_back.plan(entry, self._planned(entry))

    def _planned(self, entry: JournalEntry) -> Change | None:
        """Return the change as it was planned, where its undo needs what was before."""
        if entry.action not in (Action.UPDATE, Action.DELETE):
            return None
        if self._plans[entry.plan].state is PlanState.PRUNED:
            return None
        return self._store.change(entry.plan, entry.number)

    def _refused(self, entry: JournalEntry, finding: Finding) -> Entry:
        self._taking_back.number += 1
        return refused(entry, self._taking_back.number, finding)

    def _remarks(self) -> Iterator[Finding]:
        for run_id, count in self._undone.items():
            yield codes.UNDO_ALREADY.warning(count=count, run=run_id)
        if self._waiting:
            yield codes.UNDO_OPEN.warning(count=self._waiting)
