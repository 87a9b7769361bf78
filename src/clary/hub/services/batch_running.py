"""Applies the plans of batches, and tells in the bookkeeper's words how they ended."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from clary.engine.plan_store import PlanStore
from clary.engine.runs import UNFINISHED, Runs, RunState
from clary.engine.sending import STORED_OTHERWISE
from clary.flows.batch.finishing import BATCH_BLOCKED, RECORD_TYPE
from clary.flows.batch.register import BatchState, Register, Standing
from clary.flows.batch.verified import VerifyReport
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, RunAnswer
from clary.hub.services.batch_verifying import meant_for, verify_a_batch
from clary.hub.services.batches import NAMED, BatchPlanned, BatchView, planned
from clary.hub.services.permissions import needs
from clary.hub.services.working import apply_in_turn
from clary.kernel.change import Body
from clary.kernel.collecting import seldom_collected
from clary.kernel.errors import ClaryError, Finding, Rejected, Severity, declare
from clary.kernel.exit_codes import ExitCode

NOT_VERIFIED = declare(
    "BATCH_NOT_VERIFIED",
    Rejected,
    "It is posted, and could not be compared with the books: {reason}",
    "Compare it later: {command}",
)
BATCH_HELD_OTHERWISE = declare(
    "BATCH_HELD_OTHERWISE",
    Rejected,
    "ConnectWise made the batch {number} and does not hold in it what it was asked to hold:"
    " {differing}.",
    "Look at it: {command}. What is in the books and not in the batch still waits in"
    " ConnectWise: run another batch with it, which finds it in the books and only marks it as"
    " posted.",
)


class Ended(StrEnum):
    """How a batch run ended, in the words of the bookkeeper.

    failed: nothing was posted and no batch was made; completed with errors: what is posted
    is in the batch, the rest stays queued; waiting: the run can be resumed.
    """

    FAILED = "failed"
    COMPLETED = "completed"
    WITH_ERRORS = "completed with errors"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class BatchRun:
    """A batch run and how it ended; warnings have their own list and change nothing.

    Attributes:
        planned: the plan.
        run: the run that applied it; none where nothing was written.
        errors: what kept documents back, with remedies.
        warnings: what a person should know besides.
        verified: how the books compare with each batch that was made.
    """

    planned: BatchPlanned
    run: RunAnswer | None
    errors: Sequence[Finding] = ()
    warnings: Sequence[Finding] = ()
    verified: Sequence[VerifyReport] = ()

    @property
    def batches(self) -> Sequence[BatchView]:
        """The batches, as they stand now."""
        return self.planned.batches

    @property
    def ended(self) -> Ended:
        """How it ended."""
        if self.run is None:
            return Ended.FAILED
        run = self.run.run
        if run.state in UNFINISHED:
            return Ended.WAITING
        # What an earlier run posted is in the books, too: it counts if this one did something.
        counted = _IN_BOOKS if run.applied or run.skipped else _IN_BATCH
        posted = any(view.counts.get(state) for view in self.batches for state in counted)
        if self.errors or run.rejected or run.failed or run.state is RunState.STOPPED:
            return Ended.WITH_ERRORS if posted else Ended.FAILED
        return Ended.COMPLETED

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that ran it: refused where nothing was written."""
        if self.run is None:
            return ExitCode.REFUSED
        agrees = not self.errors and all(report.ok for report in self.verified)
        return self.run.exit_status if agrees else self.run.exit_status or ExitCode.REJECTED

    def as_dict(self) -> Body:
        """Return the run as JSON-ready values."""
        return {
            "outcome": self.ended.value,
            "plan": self.planned.as_dict(),
            "run": None if self.run is None else self.run.as_dict(),
            "batches": [each.as_dict() for each in self.batches],
            "errors": [{**each.as_dict()} for each in self.errors],
            "warnings": [{**each.as_dict()} for each in self.warnings],
            "verified": [each.as_body() for each in self.verified],
        }


_IN_BATCH = (Standing.POSTED, Standing.HANDLED)
_IN_BOOKS = (*_IN_BATCH, Standing.UNBATCHED)


@needs(Role.OPERATOR, plan="plan_id")
@seldom_collected()
def run_a_batch(
    installation: Installation,
    plan_id: str,
    applying: Applying,
    *,
    good_only: bool = False,
    verify: bool = True,
) -> BatchRun:
    """Apply the plan of a batch: post its documents, then make the batch in ConnectWise.

    Where documents cannot be posted as they are, nothing is written and the answer says
    why, unless the good ones may go.

    Args:
        installation: whose plan.
        plan_id: the plan.
        applying: how it is applied.
        good_only: let the good documents go although others cannot be posted.
        verify: compare the books with the batches that were made.

    Raises:
        ClaryError: as for `working.apply_in_turn`.
    """
    if good_only:
        confirmed = applying.confirmed | {BATCH_BLOCKED.name}
        applying = replace(applying, confirmed=confirmed)
    summary = PlanStore(installation.database).summary(plan_id)
    if set(summary.blocked) - applying.confirmed:
        findings = PlanStore(installation.database).findings(plan_id)
        errors, warnings = _sorted_out(findings)
        return BatchRun(planned(installation, plan_id), None, errors, warnings)
    answer = batch_run(installation, apply_in_turn(installation, plan_id, applying).run.id)
    if not verify or answer.ended is Ended.WAITING:
        return answer
    return _verified(installation, answer)


def _verified(installation: Installation, answer: BatchRun) -> BatchRun:
    """Compare what was made with the books; what cannot be compared now is a warning.

    By then the documents are posted: trouble at the site must not hide that.
    """
    reports: list[VerifyReport] = []
    warnings = list(answer.warnings)
    for batch in (view.batch for view in answer.batches):
        if batch.state is not BatchState.POSTED:
            continue
        try:
            report = verify_a_batch(installation, batch.app, batch.company, batch.identifier)
        except ClaryError as error:
            places = (batch.app, batch.company, batch.identifier)
            warnings.append(
                NOT_VERIFIED.warning(
                    record=f"batch {batch.identifier}",
                    reason=error.findings[0].message,
                    command=shlex.join(("clary", "batch", "verify", *places)),
                )
            )
        else:
            reports.append(report)
    return replace(answer, verified=reports, warnings=warnings)


@needs(Role.VIEWER, run="run_id")
def batch_run(installation: Installation, run_id: str) -> BatchRun:
    """Return how a batch run ended.

    Raises:
        Rejected: there is no such run (RUN_UNKNOWN).
    """
    runs = Runs(installation.database)
    run = runs.summary(run_id)
    errors, warnings = _sorted_out(runs.findings(run_id))
    said = PlanStore(installation.database).remarks(run.plans[0])
    remarks = [each for each in said if each.severity is Severity.WARNING]
    answer = planned(installation, run.plans[0])
    errors += _held_otherwise(installation, answer.batches, warnings)
    return BatchRun(answer, RunAnswer(run), errors, [*remarks, *warnings])


def _held_otherwise(
    installation: Installation, views: Iterable[BatchView], warnings: Iterable[Finding]
) -> Iterator[Finding]:
    """Yield an error for each batch that the site made otherwise than it was asked to.

    A batch that lacks a document leaves it in the books and waiting, which is no success.
    """
    stored = {
        str(each.record): each.message for each in warnings if each.code == STORED_OTHERWISE.name
    }
    register = Register(installation.database, installation.clock)
    for view in views:
        batch = view.batch
        said = stored.get(f"{RECORD_TYPE} {batch.identifier}", "").rstrip(".")
        lacking: list[str] = []
        if batch.state is BatchState.POSTED and view.counts.get(Standing.UNBATCHED):
            meant = meant_for(register, batch)
            lacking = [each.number for each in meant if each.state is Standing.UNBATCHED]
        if said or lacking:
            more = f" and {len(lacking) - NAMED} more" if len(lacking) > NAMED else ""
            names = f"it lacks {', '.join(lacking[:NAMED])}{more}" if lacking else ""
            places = (batch.app, batch.company, batch.identifier)
            yield BATCH_HELD_OTHERWISE.finding(
                record=f"batch {batch.identifier}",
                number=batch.identifier,
                differing=names or said,
                command=shlex.join(("clary", "batch", "verify", *places)),
            )


def _sorted_out(findings: Iterable[Finding]) -> tuple[list[Finding], list[Finding]]:
    """Return errors and warnings apart; what company and plan both say is told once."""
    errors: list[Finding] = []
    warnings: list[Finding] = []
    said: set[tuple[str, str]] = set()
    for each in findings:
        if each.severity is Severity.ERROR:
            errors.append(each)
        elif (each.code, each.message) not in said:
            said.add((each.code, each.message))
            warnings.append(each)
    return errors, warnings
