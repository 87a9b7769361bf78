"""What ConnectWise billed goes into the books, once, and one document comes out again.

A batch of every kind is posted from one location and run once more; another location
shows what happens to documents that cannot be posted as they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from clary.demo.desk import APP, INITIALS, Desk
from clary.engine.plan import PlanSummary
from clary.flows.batch import naming
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.listing import UnpostedAt
from clary.flows.batch.register import BatchDocument, Standing
from clary.flows.batch.requests import Decisions
from clary.hub.apps import CONNECTWISE
from clary.hub.services.applying import Applying, RunAnswer, apply_plan
from clary.hub.services.apps import AppAnswer, AppChecks, add_app, check_app
from clary.hub.services.batch_reruns import RerunPlanned, plan_a_rerun, plan_an_unbatching
from clary.hub.services.batch_running import BatchRun, Ended, run_a_batch
from clary.hub.services.batches import (
    BatchAsked,
    BatchView,
    batch_documents,
    list_locations,
    plan_a_batch,
    show_batch,
)
from clary.hub.services.companies import TrialBalance
from clary.hub.services.plans import plan_findings
from clary.hub.services.stated import Asked
from clary.kernel.errors import Finding, Severity

POSTED_AT = "Main office"
STOPPED_AT = "Training"
"""Location of the sandbox site where something is wrong with nearly every document."""

KEYS = {
    "company": "demo",
    "client_id": "clary-demo",
    "public_key": "public",
    "initials": INITIALS,
}
SECRETS = {"private_key": "private"}
"""What the sandbox site is logged on to with."""


@dataclass(frozen=True, slots=True)
class Connected:
    """ConnectWise as it was connected.

    Attributes:
        app: the connection.
        tested: what was looked at before anything is posted.
        waiting: where something waits.
    """

    app: AppAnswer
    tested: AppChecks
    waiting: Sequence[UnpostedAt]


@dataclass(frozen=True, slots=True)
class Stopped:
    """A plan that could not be applied as it is.

    Attributes:
        location: where its documents belong.
        plan: the plan.
        reasons: why, document by document.
    """

    location: str
    plan: PlanSummary
    reasons: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Batched:
    """One batch that was posted, and run once more.

    Attributes:
        view: the batch.
        documents: its documents.
        compared: what the second run found.
        again: the second run.
    """

    view: BatchView
    documents: Sequence[BatchDocument]
    compared: RerunPlanned
    again: RunAnswer


@dataclass(frozen=True, slots=True)
class Posted:
    """The batches that were posted.

    Attributes:
        location: where their documents belong.
        run: the run and how it ended.
        batches: one of each kind.
        before: the balances before.
        after: the balances with the documents.
    """

    location: str
    run: BatchRun
    batches: Sequence[Batched]
    before: TrialBalance
    after: TrialBalance

    @property
    def invoices(self) -> list[BatchDocument]:
        """The invoices, in the order of their numbers."""
        documents = (each for batch in self.batches for each in batch.documents)
        invoices = (each for each in documents if each.kind is DocumentKind.INVOICE)
        return sorted(invoices, key=lambda each: each.number)

    def batch_of(self, document: BatchDocument) -> str:
        """Return the number of the batch that holds a document."""
        return next(
            batch.view.batch.identifier for batch in self.batches if document in batch.documents
        )


@dataclass(frozen=True, slots=True)
class TakenOut:
    """One document that was taken back after it was posted.

    Attributes:
        document: the document.
        batch: its batch without it.
        run: the run that did it.
    """

    document: BatchDocument
    batch: BatchView
    run: RunAnswer

    @property
    def kept(self) -> int:
        """Documents that the batch still holds."""
        return self.batch.counts.get(Standing.POSTED, 0)


def connect(desk: Desk, url: str) -> Connected:
    """Connect the site at `url`, test it, and look what waits there.

    Raises:
        ClaryError: it does not answer as ConnectWise does.
    """
    stated = Asked([("site", url), *KEYS.items()], [*SECRETS.items()])
    app = add_app(desk.installation, APP, CONNECTWISE.name, stated)
    tested = check_app(desk.installation, APP, desk.name)
    desk.check("ConnectWise is set up", tested.ok, "ConnectWise is set up as posting needs it")
    return Connected(app, tested, list_locations(desk.installation, APP))


def be_stopped(desk: Desk) -> Stopped:
    """Run what cannot be posted: all that is wrong is named, and nothing is written."""
    before = desk.balances()
    asked = BatchAsked(f"{naming.stem(desk.day, INITIALS)}-T", location=STOPPED_AT)
    plan = plan_a_batch(desk.installation, APP, desk.name, asked).plan.plan
    answer = run_a_batch(desk.installation, plan.id, Applying())
    reasons = [
        each
        for each in plan_findings(desk.installation, plan.id)
        if each.severity is Severity.ERROR and each.record
    ]
    unwritten = answer.run is None and desk.balances().accounts == before.accounts
    named = len(reasons) >= plan.rejected > 0
    desk.check(
        "what cannot be posted is named first",
        unwritten and named and all(each.remedy for each in reasons),
        "what cannot be posted was named, with what to do, before anything was written",
    )
    return Stopped(STOPPED_AT, plan, reasons)


def post_the_week(desk: Desk) -> Posted:
    """Post a batch of every kind from one location, then run each of them once more."""
    before = desk.balances()
    number = naming.stem(desk.day, INITIALS)
    asked = BatchAsked(number, location=POSTED_AT, split=True)
    planned = plan_a_batch(desk.installation, APP, desk.name, asked)
    run = run_a_batch(desk.installation, planned.plan.plan.id, Applying())
    _check_run(desk, run)
    after = desk.check_moved(
        "the batches balance", before, "the batches moved balances, and debits equal credits"
    )
    batches = [_run_again(desk, view) for view in run.batches]
    posted = Posted(POSTED_AT, run, batches, before, after)
    _check_rerun(desk, posted)
    return posted


def _check_run(desk: Desk, run: BatchRun) -> None:
    kinds = [kind for view in run.batches for kind in view.batch.kinds]
    desk.check(
        "a batch of every kind",
        run.ended is Ended.COMPLETED and sorted(kinds) == sorted(Kind),
        "invoices, expenses and purchases are in the books, each kind in a batch of its own",
    )
    agree = len(run.verified) == len(Kind) and all(each.ok for each in run.verified)
    desk.check(
        "books and ConnectWise agree",
        agree,
        "the books, read back, agree with ConnectWise to the penny and line",
    )
    desk.check(
        "ConnectWise knows",
        not desk.waiting(POSTED_AT),
        f"ConnectWise lists nothing of the {POSTED_AT.lower()} as unposted any more",
    )


def _run_again(desk: Desk, view: BatchView) -> Batched:
    number = view.batch.identifier
    compared = plan_a_rerun(desk.installation, APP, desk.name, number, Decisions())
    again = apply_plan(desk.installation, compared.plan.plan.id, Applying())
    return Batched(view, list(batch_documents(desk.installation, view)), compared, again)


def _check_rerun(desk: Desk, posted: Posted) -> None:
    found = all(
        batch.again.run.skipped == batch.again.run.planned == len(batch.documents)
        for batch in posted.batches
    )
    desk.check(
        "a rerun writes nothing",
        found and desk.balances().accounts == posted.after.accounts,
        "the same batches run once more: every document was found, and nothing was written",
    )


def take_out(desk: Desk, document: BatchDocument, number: str) -> TakenOut:
    """Take one document back: out of the books and out of the batch `number`."""
    before = desk.balances()
    names = frozenset([document.number])
    planned = plan_an_unbatching(desk.installation, APP, desk.name, number, names)
    run = apply_plan(desk.installation, planned.plan.id, Applying())
    waiting = [each.number for each in desk.waiting(POSTED_AT)]
    desk.check(
        "one document is taken back",
        run.run.applied == run.run.planned and waiting == [document.number],
        "one invoice was taken out of the books and of its batch, and waits in ConnectWise again",
    )
    desk.check_moved(
        "taking back balances", before, "its balances went back, and debits equal credits"
    )
    return TakenOut(document, show_batch(desk.installation, APP, number), run)
