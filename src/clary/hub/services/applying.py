"""Applies plans to companies: takes the lease, logs on, and lets the executor work.

Everything that writes to a company passes here, whichever face asked for it.  The lease is
waited for: another process that writes to the same company finishes first.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from typing import TypeAlias, TypeVar

from sqlalchemy import Connection

from clary.companies.contract import Fence, Session
from clary.companies.route import lazy
from clary.companies.target import CompanyTarget
from clary.engine.executor import ApplyOptions, Executor
from clary.engine.guards import MASS_CHANGE, check_confirmed
from clary.engine.lease import LEASE_HELD, Lease, Leases
from clary.engine.owner import is_gone, this_process
from clary.engine.plan import PlanSummary
from clary.engine.plan_store import PlanStore
from clary.engine.runs import UNFINISHED, Runs, RunState, RunSummary
from clary.engine.sending import Review, reviewed_by
from clary.flows.batch import finishing as batch_finishing
from clary.flows.operations import finishing as operations_finishing
from clary.flows.payments import problems as payments_problems
from clary.hub.access import Role
from clary.hub.begun import Begun
from clary.hub.decisions import SESSION_GROUP, value_for
from clary.hub.installation import Installation
from clary.hub.plan_work import plan_reference
from clary.hub.push import withdrawn
from clary.hub.services.approving import require_approved
from clary.hub.services.apps import app_target
from clary.hub.services.opening import Opened, open_company
from clary.hub.services.permissions import inner, needs
from clary.hub.services.targets import Targets
from clary.hub.turns import SESSION_TAKEN, turn
from clary.hub.work import Work
from clary.kernel.change import Body, Target
from clary.kernel.clock import timestamp
from clary.kernel.errors import Busy, Code
from clary.kernel.exit_codes import ExitCode

FINISHING = (batch_finishing, operations_finishing)
"""Modules that register what finishes deferred changes, whoever made the plan."""

Progress = Callable[[RunSummary], None]
T = TypeVar("T")
Held: TypeAlias = tuple[Opened, Lease, Targets]
"""A company that is open for writing, the lease on it, and what can be changed."""

PATIENCE = timedelta(minutes=10)
"""How long a writer waits for the one before it unless told otherwise."""

_MANY = frozenset({MASS_CHANGE.name})
"""What payments and pushes need no confirmation of: payments grow with every receipt (how many
shrink has a guard of its own), and each push was asked for by itself."""


def _short_pause() -> None:
    time.sleep(1 / 2)


def _say_nothing(_: object) -> None:
    return None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What to do while another process writes to the company.

    Attributes:
        patience: how long to wait for it; nothing means not at all.
        notice: told once who is waited for, and which earlier runs wait to go on.
        pause: called between two tries.
    """

    patience: timedelta = PATIENCE
    notice: Callable[[str], None] = _say_nothing
    pause: Callable[[], None] = _short_pause


@dataclass(frozen=True, slots=True)
class Applying:
    """How a plan is applied.

    Attributes:
        stop_on_error: stop at the first document that is rejected or fails.
        post_missing: post documents again that were posted before and are gone.
        confirmed: names of guards that a person has confirmed.
        waiting: what to do while another process writes.
        progress: told how far the run is.
        stopped: asked between two groups; true leaves the rest for who resumes the run.
        goes_on: should this process end before its run has, the run goes on by itself, as
            work of the company.
    """

    stop_on_error: bool = False
    post_missing: bool = False
    confirmed: frozenset[str] = frozenset()
    waiting: Waiting = field(default_factory=Waiting)
    progress: Progress = _say_nothing
    stopped: Callable[[], bool] = lambda: False
    goes_on: bool = False


@dataclass(frozen=True, slots=True)
class RunAnswer:
    """A run as faces show it."""

    run: RunSummary

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that ran it: the worst that happened to any document."""
        if self.run.state is RunState.REFUSED:
            return ExitCode.REFUSED
        if self.run.failed:
            return ExitCode.UNEXPECTED
        if self.run.rejected:
            return ExitCode.REJECTED
        return ExitCode.UNAVAILABLE if self.run.pending else ExitCode.OK

    def as_dict(self) -> Body:
        """Return the run as JSON-ready values."""
        run = self.run
        return {
            "id": run.id,
            "flow": run.flow,
            "company": run.company,
            "state": run.state.value,
            "plans": list(run.named_plans),
            "planned": run.planned,
            "applied": run.applied,
            "skipped": run.skipped,
            "rejected": run.rejected,
            "pending": run.pending,
            "failed": run.failed,
            "undone": run.undone,
            "undoes": run.undoes,
            "author": run.author,
            "started_at": timestamp(run.started_at),
            "ended_at": timestamp(run.ended_at) if run.ended_at else None,
        }


@needs(Role.OPERATOR, plan="plan_id")
def apply_plan(installation: Installation, plan_id: str, applying: Applying) -> RunAnswer:
    """Apply a stored plan to its company.

    Raises:
        Rejected: there is no such plan, or it was applied before; or no such guard as is
            confirmed (GUARD_UNKNOWN).
        Guarded: a guard stopped it before its first write, or it needs an approval
            (APPROVAL_NEEDED).
        Unauthorised: the role to confirm guards is missing (ROLE_MISSING).
        Busy: another process writes to the company; the plan stays stored.
        Misconfigured, Unreachable, Unauthorised: the company cannot be opened; the plan
            stays stored.
    """
    plan = PlanStore(installation.database).summary(plan_id)
    company = plan.header.company
    require_appliable(installation, plan, applying)
    opened = open_company(installation, company)
    store = PlanStore(installation.database)
    changed = opened.name in store.systems(plan_id)
    with writing(installation, opened, applying.waiting, changed=changed) as (lease, targets):
        _tell_unfinished(installation, opened, applying.waiting)
        run = applied(installation, plan, (opened, lease, targets), applying)
    return RunAnswer(run)


@inner
def require_appliable(installation: Installation, plan: PlanSummary, applying: Applying) -> None:
    """Make sure that whoever acts may have a plan applied like this, or gone on with.

    What has begun was allowed then: it needs no approval to come to its end.

    Raises:
        Rejected, Guarded, Unauthorised: as for `apply_plan`.
    """
    _check_confirmed(installation, plan.header.company, applying)
    if plan.run is None:
        require_approved(installation, plan)


@inner
def applied(
    installation: Installation,
    plan: PlanSummary,
    held: Held,
    applying: Applying,
    *,
    resumes: bool = False,
) -> RunSummary:
    """Apply a plan to a company that is open for writing.

    Args:
        installation: whose plan.
        plan: the plan.
        held: its company, the lease on it, and what can be changed.
        applying: how it is applied.
        resumes: go on with the run of a plan that was begun, or return it if it has ended.

    Raises:
        Rejected, Guarded, Busy: as for `apply_plan`.
        ClaryError: what the plan was made from cannot be looked at once more.
    """
    if resumes and plan.run is not None:
        run = Runs(installation.database).summary(plan.run)
        return _resumed(installation, run, held, applying)
    opened, lease, targets = held
    options = _options(installation, applying)
    if plan.header.flow == batch_finishing.FLOW:
        _check_waiting(installation, plan.id)
        review = _review_entered(installation, [plan.id], opened, targets)
        options = replace(options, review=review)
        # That reads the whole batch once more, which may take longer than the lease lasts.
        lease.renew()
    if plan.header.flow == payments_problems.FLOW:
        review = _review_settled(installation, [plan.id], opened)
        options = replace(options, review=review, confirmed=options.confirmed | _MANY)
        lease.renew()
    if plan.header.flow == withdrawn.FLOW:
        review = withdrawn.review_open(installation.database, [plan.id])
        options = replace(options, review=review)
    executor = _executor(installation, _begun(installation, plan.id, held, applying))
    return executor.apply(plan.id, targets, lease, options, applying.progress)


def _resumed(
    installation: Installation, summary: RunSummary, held: Held, applying: Applying
) -> RunSummary:
    """Go on with a run; what it was planned from is looked at once more unless it has ended."""
    opened, lease, targets = held
    options = _options(installation, applying)
    if summary.flow == batch_finishing.FLOW and summary.state in UNFINISHED:
        waits = _review_waiting(installation, summary.plans)
        entered = _review_entered(installation, summary.plans, opened, targets)
        options = replace(options, review=reviewed_by(waits, entered))
        lease.renew()
    if summary.flow == payments_problems.FLOW and summary.state in UNFINISHED:
        review = _review_settled(installation, summary.plans, opened)
        options = replace(options, review=review, confirmed=options.confirmed | _MANY)
        lease.renew()
    if summary.flow == withdrawn.FLOW and summary.state in UNFINISHED:
        review = withdrawn.review_open(installation.database, summary.plans)
        options = replace(options, review=review, confirmed=options.confirmed | _MANY)
    plan = next(iter(summary.plans), "")
    executor = _executor(installation, _begun(installation, plan, held, applying))
    return executor.resume(summary.id, targets, lease, options, applying.progress)


def _check_confirmed(installation: Installation, company: str, applying: Applying) -> None:
    """Make sure that there are the guards to be confirmed, and that one may confirm them.

    Leaving out of a batch what cannot be posted confirms no danger: every operator may.
    """
    check_confirmed(applying.confirmed)
    if applying.confirmed - {batch_finishing.BATCH_BLOCKED.name}:
        installation.access.require(Role.APPROVER, company)


def _check_waiting(installation: Installation, plan_id: str) -> None:
    """Make sure that what a batch posts still waits in ConnectWise."""
    from clary.hub.services import batch_sides  # noqa: PLC0415 - loads an app, for batches only

    batch_sides.check_waiting(installation, plan_id)


@needs(Role.OPERATOR, run="run_id")
def resume_run(installation: Installation, run_id: str, applying: Applying) -> RunAnswer:
    """Go on with a run that waits or was interrupted; what was sent is looked up first.

    Raises:
        Rejected: there is no such run, or it has ended.
        Guarded, Busy, Misconfigured, Unreachable, Unauthorised: as for `apply_plan`.
    """
    summary = Runs(installation.database).summary(run_id)
    _check_confirmed(installation, summary.company, applying)
    opened = open_company(installation, summary.company)
    store = PlanStore(installation.database)
    changed = any(opened.name in store.systems(plan) for plan in summary.plans)
    with writing(installation, opened, applying.waiting, changed=changed) as (lease, targets):
        run = _resumed(installation, summary, (opened, lease, targets), applying)
    return RunAnswer(run)


def _review_waiting(installation: Installation, plans: Sequence[str]) -> Review:
    """Return what keeps back the documents of a batch that ConnectWise has changed since."""
    from clary.hub.services import batch_sides  # noqa: PLC0415 - loads an app, for batches only

    return batch_sides.review_waiting(installation, plans)


def _review_entered(
    installation: Installation, plans: Sequence[str], opened: Opened, targets: Targets
) -> Review:
    """Return what keeps back the documents that somebody has entered in the books since."""
    from clary.hub.services import batch_sides  # noqa: PLC0415 - loads an app, for batches only

    return batch_sides.review_entered(installation, plans, opened, targets.company.session)


def _review_settled(installation: Installation, plans: Sequence[str], opened: Opened) -> Review:
    """Return what keeps back payments of invoices that are settled otherwise by now."""
    from clary.hub.services import payment_sides  # noqa: PLC0415 - loads an app, for payments only

    return payment_sides.review_settled(installation, plans, opened)


def _tell_unfinished(installation: Installation, opened: Opened, waiting: Waiting) -> None:
    """Tell of runs that were left half done: nobody else holds the lease, so they wait."""
    for run in Runs(installation.database).unfinished(opened.info.identity):
        what = f"Run {run.id} for {run.company} is {run.state.value}"
        waiting.notice(f"{what}; go on with it: clary runs resume {run.id}")


def _executor(installation: Installation, begun: Begun | None) -> Executor:
    seal = installation.trail.ending
    parts = installation.database, installation.settings, installation.clock
    if begun is None:
        return Executor(*parts, trip=installation.trip, ending=seal)

    def ending(run: RunSummary) -> Callable[[Connection], None]:
        ends = (seal(run), begun.ending(run))

        def end(write: Connection) -> None:
            for each in ends:
                each(write)

        return end

    return Executor(*parts, trip=installation.trip, opening=begun.opening, ending=ending)


def _begun(installation: Installation, plan: str, held: Held, applying: Applying) -> Begun | None:
    """Return what takes note of a run that goes on by itself; none for any other."""
    if not applying.goes_on:
        return None
    opened, lease, _ = held
    work = Work(installation.database, installation.clock)
    return Begun(work, opened.name, lease, reference_of(plan, installation.actor, applying))


@inner
def reference_of(plan: str, author: str, applying: Applying) -> str:
    """Return what the work remembers of a plan that is to be applied, always the same."""
    return plan_reference(
        plan,
        author,
        stop_on_error=applying.stop_on_error,
        post_missing=applying.post_missing,
        confirmed=applying.confirmed,
    )


def _options(installation: Installation, applying: Applying) -> ApplyOptions:
    return ApplyOptions(
        stop_on_error=applying.stop_on_error,
        confirmed_missing=applying.post_missing,
        confirmed=applying.confirmed,
        author=installation.actor,
        stopped=applying.stopped,
    )


@inner
@contextmanager
def writing(
    installation: Installation,
    opened: Opened,
    waiting: Waiting,
    *,
    changed: bool = True,
    seconds: int | None = None,
) -> Iterator[tuple[Lease, Targets]]:
    """Give the lease and the targets: the company logged on under it, apps when asked for.

    A company that is not changed is not logged on to before something is asked of it, so
    that nobody at Sage has to let a writer in for nothing.  Where companies share a Sage
    installation, the turn at it is waited for, too.

    Args:
        installation: whose company.
        opened: the company.
        waiting: what to do while another process writes.
        changed: log on at once.
        seconds: how long the lease lasts from each renewal; as the settings say if none.

    Raises:
        Busy: another process still writes to the company (LEASE_HELD) or to one behind the
            same Sage installation (SESSION_TAKEN), or it cannot be logged on to just now.
        Unreachable, Unauthorised: the company cannot be logged on to.
    """
    identity = opened.info.identity
    with (
        ExitStack() as session,
        acquired(
            installation,
            identity,
            waiting,
            seconds,
            opened.name,
            beside=_turn(installation, opened.name, waiting, seconds, session),
        ) as lease,
        lease.kept(),
        ExitStack() as sessions,
    ):
        fence = Fence(lease.owner, lease.epoch)

        def log_on() -> Session:
            open_session = opened.company.session if changed else partial(lazy, opened.company)
            return sessions.enter_context(open_session(write=True, fence=fence))

        # What the company says of itself may have changed while the lease was waited for.
        info = opened.company.info()
        company = CompanyTarget(log_on(), info, reopen=log_on)

        def open_app(name: str) -> Target:
            return app_target(installation, name, sessions, lease.check)

        yield lease, Targets(opened.name, company, open_app)


def _turn(
    installation: Installation, company: str, waiting: Waiting, seconds: int | None, held: ExitStack
) -> Lease | None:
    """Return the right to the Sage installation that a company shares with others, if it does.

    Raises:
        Busy: another company behind it is still worked on (SESSION_TAKEN).
    """
    with installation.database.read() as connection:
        group = value_for(connection, SESSION_GROUP, company)
    lasting = _lasting(installation, seconds)
    return _in_time(
        installation,
        waiting,
        SESSION_TAKEN,
        lambda: held.enter_context(turn(installation, group, company, lasting)),
    )


def _lasting(installation: Installation, seconds: int | None) -> int:
    return installation.settings.lease_seconds if seconds is None else seconds


@inner
def acquired(
    installation: Installation,
    identity: str,
    waiting: Waiting,
    seconds: int | None = None,
    company: str = "",
    *,
    beside: Lease | None = None,
) -> Lease:
    """Return the lease on a company, waited for as long as `waiting` allows.

    Args:
        installation: who asks.
        identity: the company.
        waiting: what to do while another process holds it.
        seconds: how long it lasts from each renewal; as the settings say if none.
        company: what people call the company.
        beside: another lease that is checked and renewed with it.

    Raises:
        Busy: another process still writes to the company (LEASE_HELD).
    """
    leases = Leases(installation.database, installation.clock, is_gone=is_gone)
    owner = this_process(installation.actor)
    lasting = _lasting(installation, seconds)
    lease = _in_time(
        installation,
        waiting,
        LEASE_HELD,
        lambda: leases.acquire(identity, owner, lasting, company),
    )
    lease.beside = beside
    return lease


def _in_time(installation: Installation, waiting: Waiting, code: Code, take: Callable[[], T]) -> T:
    """Return what `take` gives, asked again as long as `waiting` allows while it is taken.

    Raises:
        Busy: it is still taken, which `code` says.
    """
    until = installation.clock.now() + waiting.patience
    told = False
    while True:
        try:
            return take()
        except Busy as error:
            if error.code != code.name or installation.clock.now() >= until:
                raise
            if not told:
                waiting.notice(f"Waiting: {error.findings[0].message}")
                told = True
            waiting.pause()
