"""Makes the plan of a batch from what waits in ConnectWise, and keeps our copy of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.rights import check_rights
from clary.engine.plan import Entry, PlanHeader, PlanSummary
from clary.engine.plan_store import PlanStore
from clary.flows.batch.fetching import Piece, pieces
from clary.flows.batch.finishing import FLOW
from clary.flows.batch.listing import Candidate, Listing, unlisted
from clary.flows.batch.making import Batches, numbers_in_use
from clary.flows.batch.overrides import Overrides, OverrideStore
from clary.flows.batch.planner import BatchPlanner, Sides
from clary.flows.batch.reading import Reader
from clary.flows.batch.register import Register
from clary.flows.batch.requests import BatchRequest
from clary.flows.batch.settings import BatchSettings
from clary.kernel.change import canonical_text
from clary.kernel.clock import Clock
from clary.kernel.collecting import seldom_collected
from clary.kernel.errors import Finding, Rejected, Severity, declare, raise_errors
from clary.kernel.identifiers import fingerprint

COMPANY_FIELDS: Final = ("id", "identifier", "name", "accountNumber", "vendorIdentifier")
"""What is read of every company, so that a number which two of them have is noticed."""

NOTHING_WAITS = declare(
    "BATCH_NOTHING_WAITS",
    Rejected,
    "Nothing that the selection means waits in ConnectWise.",
    "Choose a later day, another location or other kinds; `clary batch why` tells why a"
    " document is not listed.",
)


@dataclass(frozen=True, slots=True)
class Author:
    """Who asks for a plan, when, and how long its bodies are kept; none is for ever."""

    name: str
    clock: Clock
    retention: timedelta | None = None


@seldom_collected()
def plan_batch(
    sides: Sides, request: BatchRequest, settings: BatchSettings, author: Author
) -> PlanSummary:
    """Store the plan of a batch, and our copy of the batch, and return what it holds.

    Raises:
        Rejected: what is included or excluded by name does not wait (BATCH_NOT_LISTED).
        Unreachable, Busy, Unauthorised, Misconfigured: one of the sides cannot be read;
            nothing stays.
    """
    reader = Reader()
    reader.learn(companies=sides.accounting.companies(fields=COMPANY_FIELDS))
    listing = Listing(sides.accounting, reader)
    candidates = list(listing.candidates(request.selection))
    missing = list(unlisted(listing, sides.app))
    if not request.is_rest:
        raise_errors(missing)
    fetched = pieces(sides.accounting, reader, candidates, request.selection.detail)
    register = Register(sides.database, author.clock)
    is_taken = numbers_in_use(register, sides.accounting, sides.app)
    batches = Batches(register, author.clock, sides.app, sides.company, request, is_taken)
    remarks = (
        *_lacking(sides.accounting),
        *(replace(each, severity=Severity.WARNING) for each in missing),
        *_nothing(candidates),
    )
    return store(sides, request, settings, author, batches, fetched, remarks)


def store(
    sides: Sides,
    request: BatchRequest,
    settings: BatchSettings,
    author: Author,
    batches: Batches | None,
    fetched: Iterable[Piece],
    remarks: Sequence[Finding] = (),
    *,
    blocks: bool = True,
) -> PlanSummary:
    """Store the plan of what was fetched; without `batches` it makes no batch."""
    overrides = Overrides.of(
        OverrideStore(sides.database, author.clock).current(sides.app, sides.company)
    )
    register = Register(sides.database, author.clock)
    planner = BatchPlanner(sides, request, settings, overrides, register, batches, blocks=blocks)

    def entries() -> Iterator[Entry]:
        yield from remarks
        yield from planner.entries(fetched)

    with closing(planner):
        plan = None
        try:
            plan = PlanStore(sides.database).write(_about(sides, request, author), entries())
        finally:
            if plan is None and batches is not None:
                batches.forget()
        if batches is not None:
            batches.keep(plan.id, planner.preview)
    return plan


def _about(sides: Sides, request: BatchRequest, author: Author) -> PlanHeader:
    asked = canonical_text({**request.selection.as_body(), "number": request.number})
    note = request.note or f"Batch {request.number} of {sides.app}."
    return header(sides, author, f"{sides.app} {asked}", note)


def header(sides: Sides, author: Author, asked: str, note: str) -> PlanHeader:
    """Return the header of a plan about batches of a site.

    Args:
        sides: the two systems.
        author: who asks.
        asked: what is asked for, as a text that is the same for the same request.
        note: a sentence for the reader.
    """
    return PlanHeader(
        flow=FLOW,
        company=sides.company,
        identity=sides.info.identity,
        generation=sides.info.generation,
        author=author.name,
        created_at=author.clock.now(),
        fingerprint=fingerprint(asked),
        note=note,
        retention=author.retention,
    )


def _lacking(accounting: Accounting) -> Iterator[Finding]:
    """Yield what keeps our member at ConnectWise from making batches."""
    for line in check_rights(accounting.client):
        yield from (each for each in line.findings if each.severity is Severity.ERROR)


def _nothing(candidates: Sequence[Candidate]) -> Iterator[Finding]:
    if not candidates:
        yield NOTHING_WAITS.warning()
