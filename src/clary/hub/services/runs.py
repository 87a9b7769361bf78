"""Shows what ran, and takes runs back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from clary.companies.route import lazy
from clary.engine.journal import JournalEntry
from clary.engine.runs import Event, Runs, RunState
from clary.engine.undo import UndoOptions, plan_undo
from clary.flows.batch.finishing import FLOW as BATCH_FLOW
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.applying import RunAnswer
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import companies_seen, needs, needs_somewhere
from clary.hub.services.plans import PlanAnswer, plan_remarks, prune_plans
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding


@needs(Role.VIEWER, "company")
def list_runs(
    installation: Installation,
    company: str | None = None,
    tracked: tuple[str, str] | None = None,
    limit: int = 50,
    before: str | None = None,
) -> Sequence[RunAnswer]:
    """Return the newest runs first.

    Args:
        installation: whose runs.
        company: only runs of this company, by the name that plans have of it.
        tracked: only runs that hold a document with this tracked property.
        limit: most runs.
        before: only runs older than this one.
    """
    runs, among = Runs(installation.database), companies_seen(installation)
    if tracked is None:
        found = runs.list(company, among=among, before=before, limit=limit)
    else:
        found = runs.search(*tracked, company, among=among, before=before, limit=limit)
    return [RunAnswer(run) for run in found]


@needs_somewhere(Role.VIEWER)
def newest_interrupted(installation: Installation) -> str | None:
    """Return the newest run that one may see, if it was interrupted and waits to go on."""
    among = companies_seen(installation)
    newest = Runs(installation.database).list(among=among, limit=1)
    return next((run.id for run in newest if run.state is RunState.INTERRUPTED), None)


@needs(Role.VIEWER, run="run_id")
def show_run(installation: Installation, run_id: str) -> RunAnswer:
    """Return what a run did so far.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
    """
    return RunAnswer(Runs(installation.database).summary(run_id))


@needs(Role.VIEWER, run="run_id")
def run_results(
    installation: Installation, run_id: str, after: tuple[int, int] = (0, 0)
) -> Iterator[JournalEntry]:
    """Yield how each change of a run ended, in order.

    Args:
        installation: whose run.
        run_id: the run.
        after: only what comes behind this: the place of a plan among those of the run, from
            0, and the number of a change.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
    """
    return Runs(installation.database).results(run_id, after)


@needs(Role.VIEWER, run="run_id")
def run_remarks(installation: Installation, run_id: str) -> list[Finding]:
    """Return what was found about a run as a whole: why it was refused, and what its plans say.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
    """
    run = Runs(installation.database).summary(run_id)
    why = run.refusal.findings if run.refusal else ()
    return [*why, *(each for plan in run.plans for each in plan_remarks(installation, plan))]


@needs(Role.VIEWER, run="run_id")
def run_events(
    installation: Installation,
    run_id: str,
    after: int = 0,
    *,
    follow: bool = False,
    wait: Callable[[], None] | None = None,
) -> Iterator[Event]:
    """Yield the log of a run: what is there, or with `follow` until the run has ended.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
    """
    runs = Runs(installation.database)
    if not follow:
        return runs.events(run_id, after)
    return runs.follow(run_id, after, wait=wait) if wait else runs.follow(run_id, after)


@needs(Role.VIEWER, run="run_id")
def event_page(
    installation: Installation, run_id: str, after: int = 0, limit: int = 100
) -> Sequence[Event]:
    """Return at most `limit` events of a run, those behind the event `after`.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
    """
    return list(Runs(installation.database).events(run_id, after, limit))


@needs(Role.OPERATOR, run="run_id")
def plan_the_undo(
    installation: Installation, run_id: str, *, delete_posted: bool = False
) -> PlanAnswer:
    """Store the plan that takes a run back; nothing is written to the company.

    Args:
        installation: whose run.
        run_id: the run.
        delete_posted: delete posted documents where the edition can, instead of
            reversing or voiding them.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
        Misconfigured, Unreachable, Busy, Unauthorised: the company cannot be opened.
    """
    summary = Runs(installation.database).summary(run_id)
    if summary.flow == BATCH_FLOW:
        from clary.hub.services import batch_reruns  # noqa: PLC0415 - loads an app, for batches only

        return batch_reruns.plan_the_undo_of(installation, summary, delete_posted=delete_posted)
    opened = open_company(installation, summary.company)
    options = UndoOptions(
        author=installation.actor,
        posted="delete" if delete_posted else "default",
        retention=installation.settings.plan_retention,
    )
    prune_plans(installation)
    # A run that changed an app alone is taken back without logging on to the company.
    with lazy(opened.company) as session:
        plan = plan_undo(
            installation.database, run_id, session, opened.info, installation.clock, options
        )
    return PlanAnswer(plan)


def event_dict(event: Event) -> Body:
    """Return one line of a log as JSON-ready values."""
    return {
        "id": event.id,
        "time": timestamp(event.time),
        "level": event.level,
        "message": event.message,
        "record": event.record,
        "done": event.done,
        "total": event.total,
    }


def result_dict(entry: JournalEntry) -> Body:
    """Return how one change ended as JSON-ready values."""
    return {
        "plan": entry.plan,
        "number": entry.number,
        "action": (entry.verb or entry.action).value,
        "record_type": entry.record_type,
        "key": entry.key,
        "document": entry.document,
        "state": entry.state.shown.value,
        "journal_state": entry.state.value,
        "action_taken": entry.taken,
        "undone_by": entry.undone_by,
        "findings": [{**finding.as_dict()} for finding in entry.findings],
        "tracked": dict(entry.tracked),
    }
