"""Payments from the books of a company back to ConnectWise: the plan, the run, the report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from clary.companies.contract import FIGURE_UNSUPPORTED, Figure, OpenItem
from clary.engine.runs import UNFINISHED
from clary.flows.payments.planning import Asked, SyncPlan, plan_payments
from clary.flows.payments.register import SYNC_UNKNOWN, Looked, PaymentRegister, Sync
from clary.flows.payments.settled import Way
from clary.flows.payments.since import Start
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, RunAnswer
from clary.hub.services.opening import open_company
from clary.hub.services.payment_sides import opened_pair, telling_access
from clary.hub.services.permissions import companies_seen, needs, needs_somewhere
from clary.hub.services.plans import PlanAnswer, plan_findings, prune_plans, show_plan
from clary.hub.services.working import apply_in_turn
from clary.kernel.change import Body
from clary.kernel.errors import Finding
from clary.kernel.exit_codes import ExitCode
from clary.kernel.money import money_text


class Outcome(StrEnum):
    """How a sync ended.

    nothing to do: ConnectWise showed what Sage shows already; waiting: the run can be
    resumed; with errors: some payments were refused, and the next sync looks at them again.
    """

    NOTHING = "nothing to do"
    COMPLETED = "completed"
    WITH_ERRORS = "completed with errors"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class SyncPlanned:
    """A sync that was planned, with what a person looks at before it is applied."""

    sync: Sync
    plan: PlanAnswer
    unapplied: Sequence[OpenItem]
    findings: Sequence[Finding]

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that only planned: refused where a guard stands against it."""
        return ExitCode.REFUSED if self.plan.plan.blocked else self.plan.exit_status

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "sync": self.sync.as_dict(),
            "plan": self.plan.as_dict(),
            "unapplied": [_open_dict(each) for each in self.unapplied],
            "findings": [{**each.as_dict()} for each in self.findings],
        }


@dataclass(frozen=True, slots=True)
class SyncDone:
    """A sync that was applied."""

    planned: SyncPlanned
    run: RunAnswer

    @property
    def outcome(self) -> Outcome:
        """How it ended."""
        run = self.run.run
        if run.state in UNFINISHED:
            return Outcome.WAITING
        if run.rejected or run.failed:
            return Outcome.WITH_ERRORS
        return Outcome.COMPLETED if run.applied else Outcome.NOTHING

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that ran it."""
        return self.run.exit_status

    def as_dict(self) -> Body:
        """Return it as JSON-ready values."""
        return {
            "outcome": self.outcome.value,
            "run": self.run.as_dict(),
            **self.planned.as_dict(),
        }


@needs(Role.OPERATOR, "company")
def plan_sync(
    installation: Installation, app: str, company: str, start: Start | date, way: Way
) -> SyncPlanned:
    """Store the plan of a sync; nothing is written to the company or to ConnectWise.

    Args:
        installation: where the plan is stored.
        app: name of the ConnectWise connection.
        company: the company whose payments are shown there.
        start: from when on.
        way: fast asks the company directly, which may need third-party access; fallback
            reads open items.

    Raises:
        Unauthorised: the fast way needs third-party access
            (THIRD_PARTY_ACTIVATION_REQUIRED).
        Rejected: the start lies ahead (PAYMENTS_SINCE_FUTURE).
        Guarded: an earlier run has not finished writing payments (PAYMENTS_UNFINISHED).
        Unsupported: no driver of the company knows the fast way (FIGURE_UNSUPPORTED).
        ClaryError: one of the sides cannot be opened.
    """
    prune_plans(installation)
    asked = Asked(start, way, installation.actor, installation.settings.plan_retention)
    opened = open_company(installation, company)
    if way is Way.FAST and Figure.SETTLEMENTS not in opened.company.figures():
        raise FIGURE_UNSUPPORTED.raised(figure=Figure.SETTLEMENTS.value)
    with telling_access(opened, way), opened_pair(installation, app, opened, way) as sides:
        return _answer(installation, plan_payments(sides, asked, installation.clock))


def _answer(installation: Installation, made: SyncPlan) -> SyncPlanned:
    findings = list(plan_findings(installation, made.plan.id))
    return SyncPlanned(made.sync, PlanAnswer(made.plan), made.unapplied, findings)


@needs(Role.VIEWER, plan="plan_id")
def sync_of_plan(installation: Installation, plan_id: str) -> SyncPlanned:
    """Return the sync that made a plan, as far as it is kept: not what was unapplied then.

    Raises:
        Rejected: no sync made it (PAYMENTS_SYNC_UNKNOWN), or there is none (PLAN_UNKNOWN).
    """
    found = PaymentRegister(installation.database).of_plan(plan_id)
    if found is None:
        raise SYNC_UNKNOWN.raised(sync=plan_id)
    findings = list(plan_findings(installation, plan_id))
    return SyncPlanned(found, show_plan(installation, plan_id), (), findings)


@needs(Role.OPERATOR, "planned.plan.plan.header.company")
def run_sync(installation: Installation, planned: SyncPlanned, applying: Applying) -> SyncDone:
    """Write what a sync planned to ConnectWise.

    Raises:
        Guarded: too many payments would be lowered or removed (PAYMENTS_REDUCED), or one of
            them changed since.
        ClaryError: as for `working.apply_in_turn`.
    """
    answer = apply_in_turn(installation, planned.plan.plan.id, applying)
    sync = PaymentRegister(installation.database).find(planned.sync.id)
    return SyncDone(replace(planned, sync=sync), answer)


@needs(Role.VIEWER, "company")
def list_syncs(
    installation: Installation,
    app: str | None = None,
    company: str | None = None,
    limit: int = 50,
    before: int | None = None,
) -> Sequence[Sync]:
    """Return the syncs, the newest first, also those that were only planned.

    Args:
        installation: whose syncs.
        app: only those of this connection.
        company: only those of this company.
        limit: most syncs.
        before: only those with a smaller number.
    """
    among = companies_seen(installation)
    register = PaymentRegister(installation.database)
    return register.newest(app, company, limit, among=among, before=before)


@needs_somewhere(Role.VIEWER)
def show_sync(installation: Installation, number: int) -> Sync:
    """Return a sync.

    Raises:
        Rejected: there is none of this number (PAYMENTS_SYNC_UNKNOWN).
    """
    found = PaymentRegister(installation.database).find(number)
    if not installation.access.allows(Role.VIEWER, found.pair.company):
        raise SYNC_UNKNOWN.raised(sync=number)
    return found


@needs(Role.VIEWER, "sync.pair.company")
def sync_invoices(installation: Installation, sync: Sync, after: str = "") -> Iterator[Looked]:
    """Yield what a sync found of each invoice: what is paid of it, and which receipts did.

    Args:
        installation: whose sync.
        sync: the sync.
        after: only invoices with a key after this one.
    """
    return PaymentRegister(installation.database).invoices(sync.id, after)


def _open_dict(item: OpenItem) -> Body:
    return {
        "record_type": item.record_type,
        "key": item.key,
        "number": item.number,
        "customer_id": item.party,
        "date": item.date.isoformat(),
        "total": money_text(item.total),
        "unapplied": money_text(item.open),
    }
