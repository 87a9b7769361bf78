"""What is told of a push that waits: why, and what has to happen before it goes on.

Its sender can do nothing at the installation; what it must know is whether to wait, and that
a document that waits must not be pushed a second time.
"""

from __future__ import annotations

from clary.hub.passing import passing_codes
from clary.hub.pausing import WORK_PAUSED
from clary.hub.services.approving import APPROVAL_NEEDED
from clary.hub.services.permissions import inner
from clary.hub.work import WorkItem, WorkState
from clary.kernel.errors import Finding, Severity


@inner
def waiting_finding(item: WorkItem) -> Finding | None:
    """Return why a push waits as a warning, or none where nothing is known."""
    code = item.reason_code
    if not code:
        return None
    return Finding(code, item.reason or code, _what_it_waits_for(code, item), Severity.WARNING)


def _what_it_waits_for(code: str, item: WorkItem) -> str:
    if code == WORK_PAUSED.name:
        return "It goes on once someone at the installation resumes the work."
    if item.state is not WorkState.PARKED:
        return "It goes on by itself once the cause has gone."
    if code == APPROVAL_NEEDED.name:
        return "It goes on by itself once that plan is approved; do not push it again."
    if code in passing_codes():
        return "It is tried again by itself from time to time; do not push it again."
    return "Someone at the installation has to put it back to work; do not push it again."
