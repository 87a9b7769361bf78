"""Shows stored plans: what would be done, to which records, and what stands against it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from clary.engine.plan import PlanSummary
from clary.engine.plan_store import PlanStore
from clary.flows.batch.pruning import prune_batches
from clary.flows.operations.preview import PreviewRow, stored_rows
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.queued import item_dict, waiting_plans
from clary.hub.services.permissions import companies_seen, inner, needs
from clary.hub.telling import reason_outside
from clary.hub.work import Work, WorkItem
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding
from clary.kernel.exit_codes import ExitCode


@dataclass(frozen=True, slots=True)
class PlanAnswer:
    """A plan as faces show it, without its changes.

    Attributes:
        plan: the plan.
        waiting: the work as which it waits its turn, or was set aside.
    """

    plan: PlanSummary
    waiting: WorkItem | None = None

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that only planned: rejected where documents are ruled out."""
        return ExitCode.REJECTED if self.plan.errors else ExitCode.OK

    def as_dict(self) -> Body:
        """Return the plan as JSON-ready values."""
        plan, header = self.plan, self.plan.header
        return {
            "id": plan.id,
            "flow": header.flow,
            "company": header.company,
            "state": plan.state.value,
            "run": plan.run,
            "undoes": header.undoes,
            "author": header.author,
            "created_at": timestamp(header.created_at),
            "note": header.note,
            "identity": header.identity,
            "generation": header.generation,
            "fingerprint": header.fingerprint,
            "changes": plan.changes,
            "rejected": plan.rejected,
            "counts": dict(plan.counts),
            "totals": dict(plan.totals),
            "findings": dict(plan.findings),
            "errors": plan.errors,
            "blocked": list(plan.blocked),
            "waiting": None if self.waiting is None else _waiting(self.waiting, plan.id),
        }


def _waiting(item: WorkItem, plan: str) -> Body:
    return {**item_dict(item, plan), "reason": reason_outside(item.reason_code, item.reason)}


@inner
def prune_plans(installation: Installation) -> int:
    """Remove bodies past their retention and what was never finished; return how many plans.

    Done whenever a plan is made, so that the setting holds without a person thinking of it.
    """
    pruned = PlanStore(installation.database).prune(installation.clock.now())
    prune_batches(installation.database, installation.clock)
    return pruned


@needs(Role.VIEWER, "company")
def list_plans(
    installation: Installation,
    company: str | None = None,
    limit: int = 50,
    before: str | None = None,
) -> Sequence[PlanAnswer]:
    """Return the newest plans first, of one company if given, those older than plan `before`."""
    among, store = companies_seen(installation), PlanStore(installation.database)
    plans = store.list(company, among=among, before=before, limit=limit)
    return _answers(installation, plans)


@needs(Role.VIEWER, plan="plan_id")
def show_plan(installation: Installation, plan_id: str) -> PlanAnswer:
    """Return what a plan holds.

    Raises:
        Rejected: there is no such plan (PLAN_UNKNOWN).
    """
    (answer,) = _answers(installation, [PlanStore(installation.database).summary(plan_id)])
    return answer


def _answers(installation: Installation, plans: Sequence[PlanSummary]) -> list[PlanAnswer]:
    """Return plans with the work as which they wait."""
    work = Work(installation.database, installation.clock)
    with installation.database.read() as read:
        waiting = waiting_plans(work, read, plans)
    return [PlanAnswer(plan, waiting.get(plan.id)) for plan in plans]


@needs(Role.VIEWER, plan="plan_id")
def plan_rows(
    installation: Installation, plan_id: str, after: int = 0, limit: int | None = None
) -> Iterator[PreviewRow]:
    """Yield what a plan will do, document by document, those with a number above `after`.

    Raises:
        Rejected: there is no such plan, or its bodies are past their retention.
    """
    return islice(stored_rows(PlanStore(installation.database), plan_id, after), limit)


@needs(Role.VIEWER, plan="plan_id")
def plan_remarks(installation: Installation, plan_id: str) -> list[Finding]:
    """Return what was found about a plan as a whole and belongs to no change of it."""
    return list(PlanStore(installation.database).remarks(plan_id))


@needs(Role.VIEWER, plan="plan_id")
def plan_findings(
    installation: Installation, plan_id: str, limit: int | None = None, after: int = 0
) -> Iterator[Finding]:
    """Yield the findings of a plan in order, those behind the first `after`.

    Raises:
        Rejected: there is no such plan (PLAN_UNKNOWN).
    """
    return PlanStore(installation.database).findings(plan_id, after, limit)
