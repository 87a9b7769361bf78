"""Makes sure that what a plan posts still waits in ConnectWise as it did when it was planned.

Days may lie between plan and run: an invoice may have been opened and closed again with
another amount, or posted by somebody else.  A plan that is stale is refused as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from clary.apps.connectwise.resources import Accounting
from clary.flows.batch.listing import Listing
from clary.flows.batch.register import Batch, BatchDocument, BatchState, Register
from clary.flows.batch.requests import scope_of
from clary.kernel.errors import Code, Finding, Guarded, declare

BATCH_STALE = declare(
    "BATCH_STALE",
    Guarded,
    "{count} documents were changed in ConnectWise after the plan was made; nothing was written.",
    "Plan again; the new plan starts from the documents as they are now.",
)
DOCUMENT_STALE = declare(
    "BATCH_DOCUMENT_STALE",
    Guarded,
    "It was changed in ConnectWise after the plan was made.",
    "Plan again.",
)
DOCUMENT_GONE = declare(
    "BATCH_DOCUMENT_GONE",
    Guarded,
    "It does not wait in ConnectWise any more: it was opened, deleted, or posted by somebody.",
    "Plan again without it.",
)

SHOWN: Final = 100
"""Most documents that one refusal names."""


def check_fresh(register: Register, accounting: Accounting, plan: str) -> None:
    """Make sure that the documents of a plan's batches are as they were.

    Raises:
        Guarded: some are not (BATCH_STALE); it names them.
        ClaryError: the site cannot be read.
    """
    found: list[Finding] = []
    count = 0
    for batch in register.of_plan(plan):
        if batch.state is BatchState.PLANNED:
            for finding in _stale(register, accounting, batch):
                count += 1
                if len(found) < SHOWN:
                    found.append(finding)
    if count:
        raise Guarded(BATCH_STALE.finding(count=count), *found)


def _stale(register: Register, accounting: Accounting, batch: Batch) -> Iterator[Finding]:
    now: dict[tuple[str, str], str] = {}
    for each in Listing(accounting).candidates(scope_of(batch.asked)):
        now[each.kind.value, str(each.export_id)] = each.stamp
    for document in register.documents(batch):
        code = _judged(document, now)
        if code is not None:
            yield code.finding(record=f"{document.kind.value} {document.number}")


def _judged(document: BatchDocument, now: dict[tuple[str, str], str]) -> Code | None:
    kind = document.kind.kind.value
    rows = [(now.get((kind, row)), then) for row, then in document.rows.items()]
    if any(stamp is None for stamp, _ in rows):
        return DOCUMENT_GONE
    return DOCUMENT_STALE if any(stamp != then for stamp, then in rows) else None
