"""Runs existing batches again, takes them back, and marks old documents as handled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from clary.engine.plan import PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import RunSummary
from clary.flows.batch.register import Register
from clary.flows.batch.requests import Decisions
from clary.flows.batch.rerun import FOUND_BY_CODE, Found, Rerunning, only_marked, plan_rerun
from clary.flows.batch.unbatch import Unbatching, plan_run_undo, plan_unbatch
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.batch_sides import author_of, batch_settings, opened_sides
from clary.hub.services.batches import BATCH_UNKNOWN
from clary.hub.services.permissions import needs
from clary.hub.services.plans import PlanAnswer
from clary.kernel.change import Body
from clary.kernel.errors import Finding, Rejected, declare
from clary.kernel.exit_codes import ExitCode

BATCH_RUN_BARE = declare(
    "BATCH_RUN_BARE",
    Rejected,
    "Run {run} took documents of a batch back or posted them again; it made no batch itself.",
    "Take documents of a batch back with `clary batch unbatch`; what was taken back is posted"
    " again by a new batch.",
    exit_code=2,
)


@dataclass(frozen=True, slots=True)
class RerunPlanned:
    """The plan of a rerun, with what was found of each document.

    Attributes:
        plan: the plan.
        counts: documents by what was found.
        new: documents that neither books nor journal ever had.
        found: what was found, document by document, without those that are simply there.
    """

    plan: PlanAnswer
    counts: Mapping[Found, int]
    new: int
    listed: Sequence[Finding] = field(default_factory=list)

    @property
    def posts(self) -> int:
        """Documents that would be posted."""
        return self.new + self.counts.get(Found.MISSING, 0) + self.counts.get(Found.REVERSED, 0)

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that only planned."""
        return self.plan.exit_status

    def as_dict(self) -> Body:
        """Return the plan as JSON-ready values."""
        counts: Body = {found.value: self.counts.get(found, 0) for found in Found}
        return {
            **self.plan.as_dict(),
            "compared": {**counts, "new": self.new},
            "listed": [{**each.as_dict()} for each in self.listed],
        }


@needs(Role.OPERATOR, "company")
def plan_a_rerun(
    installation: Installation,
    app: str,
    company: str,
    number: str,
    decisions: Decisions,
    exclude: frozenset[str] = frozenset(),
) -> RerunPlanned:
    """Store the plan that posts what a batch holds and the books lack; nothing is written.

    Args:
        installation: whose batch.
        app: the ConnectWise connection.
        company: the company.
        number: number of the batch.
        decisions: what was decided about single documents.
        exclude: documents that are left alone, by number or id.

    Raises:
        Rejected: the batch is closed, gone or unknown.
        ClaryError: one of the sides cannot be opened, see `batch_sides.opened_sides`.
    """
    settings = batch_settings(installation, app)
    author = author_of(installation)
    register = Register(installation.database, installation.clock)
    with opened_sides(installation, app, company) as sides:
        asked = Rerunning(number.strip(), decisions, exclude)
        plan = plan_rerun(sides, register, asked, settings, author)
        marked = only_marked(register, sides.app, asked.number)
    return _compared(installation, plan, marked)


def _compared(installation: Installation, plan: PlanSummary, marked: int) -> RerunPlanned:
    store = PlanStore(installation.database)
    listed = list(store.remarks(plan.id))
    counts = Counter(FOUND_BY_CODE[each.code] for each in listed if each.code in FOUND_BY_CODE)
    if marked:
        counts[Found.HANDLED] = marked
    new = 0
    for stored in store.stored(plan.id):
        change = stored.change
        findings = list(store.findings(plan.id, change=change.number)) if plan.findings else []
        told = (FOUND_BY_CODE[each.code] for each in findings if each.code in FOUND_BY_CODE)
        found = next(told, None)
        if found is not None:
            counts[found] += 1
        elif change.origin is not None and not stored.rejected:
            new += 1
        if found is not Found.FOUND:
            listed += findings
    return RerunPlanned(PlanAnswer(plan), counts, new, listed)


@needs(Role.OPERATOR, "company")
def plan_an_unbatching(
    installation: Installation,
    app: str,
    company: str,
    number: str,
    names: frozenset[str] = frozenset(),
    *,
    posted: Literal["default", "delete"] = "default",
) -> PlanAnswer:
    """Store the plan that takes documents out of the books and out of their batch.

    Args:
        installation: whose batch.
        app: the ConnectWise connection.
        company: the company.
        number: number of the batch.
        names: documents, by number or id; none for the whole batch.
        posted: how posted documents are taken back.

    Raises:
        Rejected: there is no such batch, it is closed or gone in ConnectWise, or a document
            is not in it.
        ClaryError: one of the sides cannot be opened, see `batch_sides.opened_sides`.
    """
    author = author_of(installation)
    register = Register(installation.database, installation.clock)
    with opened_sides(installation, app, company) as sides:
        batch = register.find(sides.app, number.strip())
        if batch is None:
            raise BATCH_UNKNOWN.raised(app=app, number=number[:80])
        asked = Unbatching(names, posted)
        return PlanAnswer(plan_unbatch(sides, register, batch, asked, author))


@needs(Role.OPERATOR, "run.company")
def plan_the_undo_of(
    installation: Installation, run: RunSummary, *, delete_posted: bool = False
) -> PlanAnswer:
    """Store the plan that takes a whole batch run back, in the books and in ConnectWise.

    Raises:
        Rejected: the run made no batch of its own (BATCH_RUN_BARE), or its batch is closed
            or gone in ConnectWise.
        ClaryError: one of the sides cannot be opened, see `batch_sides.opened_sides`.
    """
    author = author_of(installation)
    register = Register(installation.database, installation.clock)
    batches = [batch for plan in run.plans for batch in register.of_plan(plan)]
    if not batches:
        raise BATCH_RUN_BARE.raised(run=run.id)
    posted: Literal["default", "delete"] = "delete" if delete_posted else "default"
    with opened_sides(installation, batches[0].app, run.company) as sides:
        asked = Unbatching(posted=posted)
        return PlanAnswer(plan_run_undo(sides, register, run.id, asked, author))
