"""What a batch run leaves behind in files: what failed with remedies, and everything.

Both are plain text that a bookkeeper can read and send on; secrets never stand in them.
"""

from __future__ import annotations

from collections.abc import Iterator

from clary.engine.runs import Runs
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.batch_running import BatchRun
from clary.hub.services.permissions import needs
from clary.hub.services.stated import stored_secrets
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding
from clary.kernel.masking import Masking


def error_lines(answer: BatchRun) -> Iterator[str]:
    """Yield what kept documents back, each with what to do about it."""
    yield _title(answer)
    for finding in answer.errors:
        yield from _told(finding)
    if not answer.errors:
        yield "No errors."


@needs(Role.VIEWER, "answer.planned.plan.plan.header.company")
def log_lines(installation: Installation, answer: BatchRun) -> Iterator[str]:
    """Yield everything that happened: plan, events, documents, batches, findings."""
    apps = {view.batch.app for view in answer.batches}
    secrets = [
        secret for app in sorted(apps) for secret in stored_secrets(installation, app).values()
    ]
    masking = Masking.of(secrets)
    for line in _log(installation, answer):
        yield masking.masked(line)


def _log(installation: Installation, answer: BatchRun) -> Iterator[str]:
    plan = answer.planned.plan.plan
    yield _title(answer)
    yield f"Plan {plan.id} by {plan.header.author}, {timestamp(plan.header.created_at)}"
    yield f"Company {plan.header.company} ({plan.header.identity})"
    for view in answer.batches:
        if answer.run is None:
            yield f"Batch {view.batch.identifier}: not made"
            continue
        counts = ", ".join(f"{count} {state.value}" for state, count in view.counts.items())
        yield f"Batch {view.batch.identifier}: {view.batch.state.value} ({counts})"
    if answer.run is not None:
        runs, run = Runs(installation.database), answer.run.run.id
        yield f"Run {run}"
        for event in runs.events(run):
            about = f" [{event.record}]" if event.record else ""
            yield f"{timestamp(event.time)} {event.level:7} {event.message}{about}"
        for entry in runs.results(run):
            done = f"{entry.number}. {entry.record}: {entry.state.shown.value}, {entry.taken}"
            yield f"{done} ({entry.document or ''})"
            for finding in entry.findings:
                yield from _told(finding)
        return
    for finding in (*answer.errors, *answer.warnings):
        yield from _told(finding)


def _title(answer: BatchRun) -> str:
    numbers = ", ".join(view.batch.identifier for view in answer.batches)
    return f"Batch {numbers}: {answer.ended.value}" if numbers else answer.ended.value


def _told(finding: Finding) -> Iterator[str]:
    where = f"{finding.record}: " if finding.record else ""
    yield f"  {finding.severity.value}: {where}{finding.message} ({finding.code})"
    yield f"    {finding.remedy}"
