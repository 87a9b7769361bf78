"""Batches of ConnectWise into a company: what waits, the plan, the run, and our copies."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from clary.apps.connectwise.resources import Accounting
from clary.engine.plan_store import PlanStore
from clary.flows.batch import naming
from clary.flows.batch.kinds import DetailLevel, Kind
from clary.flows.batch.listing import Candidate, Listing, UnpostedAt, locations, place_named
from clary.flows.batch.planning import plan_batch
from clary.flows.batch.register import Batch, BatchDocument, BatchState, Register, Standing
from clary.flows.batch.requests import BatchPer, BatchRequest, Decisions, Selection
from clary.hub.installation import Installation
from clary.hub.services.batch_sides import author_of, opened_sides, opened_site, settings_of
from clary.hub.services.plans import PlanAnswer
from clary.kernel.change import Body
from clary.kernel.clock import local_date, timestamp
from clary.kernel.errors import Guarded, Rejected, declare
from clary.kernel.exit_codes import ExitCode
from clary.kernel.money import money_text

BATCH_UNKNOWN = declare(
    "BATCH_UNKNOWN",
    Rejected,
    "{app} has no batch {number} that Clary knows of.",
    "Check the number; `clary batch list` lists the batches.",
    http_status=404,
    exit_code=2,
)
BATCH_UNFINISHED = declare(
    "BATCH_UNFINISHED",
    Guarded,
    "Batch {number} was begun and is not finished yet.",
    "Go on with its run: `clary batch show {app} {number}` names it, and `clary runs resume` goes"
    " on; nothing is posted twice.",
    http_status=409,
)
BATCH_COMPLETE = declare(
    "BATCH_COMPLETE",
    Rejected,
    "Nothing of batch {number} was left over.",
    "Run a new batch for what waits now.",
    exit_code=2,
)
BATCH_REST_OTHER = declare(
    "BATCH_REST_OTHER",
    Rejected,
    "None of what you ask for was left over of the batch {number}.",
    "Left over: {left}. Include some of these, or leave --include out to take all.",
    exit_code=2,
)

NAMED = 10
"""Most documents that one message names."""


@dataclass(frozen=True, slots=True)
class BatchAsked:
    """A batch as a person asks for it.

    Attributes:
        number: number of the batch; empty is refused with a suggestion.
        location: name or id of a location; blank for all.
        through: last day of the documents; today if none.
        kinds: kinds of documents; none is all.
        detail: how much text the lines of invoices carry.
        include: only these documents, by number or id.
        exclude: not these documents.
        split: one batch for each kind.
        batch_per: one batch for the run or one per document; as the connection says if none.
        rest_of: number of the batch whose left-over documents are meant.
        confirmed: creations that were confirmed, as `customer:ACME`.
        decisions: what was decided about single documents.
        initials: initials in suggested numbers; those of the person if none.
        clears: mark what is selected as posted, and post nothing.
        note: a sentence for the reader.
    """

    number: str = ""
    location: str = ""
    through: date | None = None
    kinds: frozenset[Kind] = frozenset()
    detail: DetailLevel = DetailLevel.DEFAULT
    include: frozenset[str] = frozenset()
    exclude: frozenset[str] = frozenset()
    split: bool = False
    batch_per: BatchPer | None = None
    rest_of: str = ""
    confirmed: frozenset[str] = frozenset()
    decisions: Decisions = field(default_factory=Decisions)
    initials: str = ""
    clears: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch with how its documents stand."""

    batch: Batch
    counts: dict[Standing, int]
    run: str | None = None

    def as_dict(self) -> Body:
        """Return the batch as JSON-ready values."""
        batch = self.batch
        return {
            "number": batch.identifier,
            "app": batch.app,
            "company": batch.company,
            "kinds": [kind.value for kind in Kind if kind in batch.kinds],
            "state": batch.state.value,
            "plan": batch.plan,
            "run": self.run,
            "created_at": timestamp(batch.created_at),
            "note": batch.note,
            "selection": dict(batch.asked),
            "documents": {state.value: count for state, count in self.counts.items()},
        }


@dataclass(frozen=True, slots=True)
class BatchPlanned:
    """A plan of batches that was stored, with what a person looks at before it is applied."""

    plan: PlanAnswer
    batches: Sequence[BatchView]

    @property
    def exit_status(self) -> ExitCode:
        """Exit code of a command that only planned."""
        return self.plan.exit_status

    def as_dict(self) -> Body:
        """Return the plan as JSON-ready values."""
        preview = self.batches[0].batch.preview if self.batches else ()
        return {
            **self.plan.as_dict(),
            "batches": [each.as_dict() for each in self.batches],
            "preview": list(preview),
        }


def list_locations(
    installation: Installation, app: str, through: date | None = None
) -> list[UnpostedAt]:
    """Return the locations where something waits, and no others.

    Raises:
        ClaryError: the site cannot be used, see `batch_sides.opened_site`.
    """
    with opened_site(installation, app) as site:
        return list(locations(site.accounting, through))


def list_unposted(installation: Installation, app: str, asked: BatchAsked) -> list[Candidate]:
    """Return what waits to be posted, as a selection means it.

    Raises:
        Rejected: there is no such location (BATCH_LOCATION_UNKNOWN).
        ClaryError: the site cannot be used, see `batch_sides.opened_site`.
    """
    with opened_site(installation, app) as site:
        selection = selection_of(site.accounting, asked)
        return list(Listing(site.accounting).candidates(selection))


def selection_of(accounting: Accounting, asked: BatchAsked) -> Selection:
    """Return what a person asks for as a selection.

    Raises:
        Rejected: there is no such location (BATCH_LOCATION_UNKNOWN).
    """
    return Selection(
        through=asked.through,
        location=place_named(accounting, asked.location),
        kinds=asked.kinds or frozenset(Kind),
        detail=asked.detail,
        include=asked.include,
        exclude=asked.exclude,
    )


def plan_a_batch(
    installation: Installation, app: str, company: str, asked: BatchAsked
) -> BatchPlanned:
    """Store the plan of a batch; nothing is written to the company or to ConnectWise.

    Raises:
        Rejected: number, location or initials cannot be used; no number is given.
        Guarded: there is a batch of this number already (BATCH_IDENTIFIER_TAKEN).
        ClaryError: one of the sides cannot be opened, see `batch_sides.opened_sides`.
    """
    with opened_site(installation, app) as site:
        settings = replace(settings_of(site.settings), confirmed=asked.confirmed)
        stated = site.settings
    with opened_sides(installation, app, company) as sides:
        register = Register(installation.database, installation.clock)
        through = asked.through or local_date(installation.clock)
        chosen = replace(asked, through=through)
        selection = selection_of(sides.accounting, chosen)
        batch_per = asked.batch_per or BatchPer(stated.get("batch_per") or BatchPer.RUN.value)
        initials = (
            asked.initials or stated.get("initials") or naming.initials_of(installation.actor)
        )
        is_taken = _taken(register, sides.accounting, sides.app)
        if asked.rest_of:
            selection, number = _rest(register, sides.app, asked.rest_of, selection, is_taken)
        else:
            example = naming.suggested(through, initials, selection.kinds, is_taken)
            number = naming.checked(asked.number, example)
        request = BatchRequest(
            selection=selection,
            number=number,
            split=asked.split,
            batch_per=batch_per,
            decisions=asked.decisions,
            clears=asked.clears,
            note=asked.note,
        )
        _require_free(register, sides.app, request, is_taken)
        author = author_of(installation)
        plan = plan_batch(sides, request, settings, author)
    return planned(installation, plan.id)


def _taken(register: Register, accounting: Accounting, app: str) -> Callable[[str], bool]:
    """Return what tells whether a number is in use, in ConnectWise or among our copies."""

    def is_taken(number: str) -> bool:
        return register.is_taken(app, number) or accounting.batch_named(number) is not None

    return is_taken


def _require_free(
    register: Register, app: str, request: BatchRequest, is_taken: Callable[[str], bool]
) -> None:
    numbers = [request.number]
    if request.split:
        numbers = [naming.of_kind(request.number, kind) for kind in request.selection.kinds]
    for number in numbers:
        ours = register.find(app, number)
        if ours is not None and ours.state is BatchState.WAITING:
            raise BATCH_UNFINISHED.raised(number=number, app=app)
        if is_taken(number):
            free = naming.rest_of(number, is_taken)
            where = "in ConnectWise" if ours is None else "posted from here"
            raise naming.BATCH_IDENTIFIER_TAKEN.raised(number=number, where=where, free=free)


def _rest(
    register: Register,
    app: str,
    number: str,
    selection: Selection,
    is_taken: Callable[[str], bool],
) -> tuple[Selection, str]:
    """Return the selection of what was left over of a batch, and the number for it."""
    batch = register.find(app, number)
    if batch is None:
        raise BATCH_UNKNOWN.raised(app=app, number=number)
    left = [each for each in register.documents(batch) if each.state is Standing.LEFT]
    if not left:
        raise BATCH_COMPLETE.raised(number=number)
    rows = {each.source: frozenset(_names(each)) for each in left}
    meant = (
        rows[each.source]
        for each in left
        if selection.wants(frozenset({each.number, each.source}) | rows[each.source])
    )
    include = frozenset(name for names in meant for name in names)
    if not include:
        raise BATCH_REST_OTHER.raised(number=number, left=_shown(left))
    rest = replace(selection, include=include, exclude=frozenset())
    return rest, naming.rest_of(batch.identifier, is_taken)


def _shown(documents: Sequence[BatchDocument]) -> str:
    names = ", ".join(each.number for each in documents[:NAMED])
    more = len(documents) - NAMED
    return f"{names} and {more} more" if more > 0 else names


def _names(document: BatchDocument) -> Iterator[str]:
    """Yield what the unposted rows of a document are called in a selection."""
    kind = document.kind.kind.value
    rows = document.rows or (document.source.partition(":")[2],)
    yield from (f"{kind}:{row}" for row in rows)


def planned(installation: Installation, plan_id: str) -> BatchPlanned:
    """Return a stored plan of batches.

    Raises:
        Rejected: there is no such plan (PLAN_UNKNOWN).
    """
    summary = PlanStore(installation.database).summary(plan_id)
    register = Register(installation.database, installation.clock)
    views = [_view(installation, register, batch) for batch in register.of_plan(plan_id)]
    return BatchPlanned(PlanAnswer(summary), views)


def list_batches(
    installation: Installation, app: str | None = None, limit: int = 50
) -> list[BatchView]:
    """Return our copies of batches, the newest first."""
    register = Register(installation.database, installation.clock)
    return [_view(installation, register, batch) for batch in register.newest(app, limit=limit)]


def show_batch(installation: Installation, app: str, number: str) -> BatchView:
    """Return our copy of a batch.

    Raises:
        Rejected: there is none of this number (BATCH_UNKNOWN).
    """
    register = Register(installation.database, installation.clock)
    batch = register.find(app, number.strip())
    if batch is None:
        raise BATCH_UNKNOWN.raised(app=app, number=number[:80])
    return _view(installation, register, batch)


def batch_documents(installation: Installation, view: BatchView) -> Iterator[BatchDocument]:
    """Yield the documents of a batch."""
    return Register(installation.database, installation.clock).documents(view.batch)


def document_dict(document: BatchDocument) -> Body:
    """Return one document of a batch as JSON-ready values."""
    return {
        "id": document.source,
        "kind": document.kind.value,
        "number": document.number,
        "date": None if document.date is None else document.date.isoformat(),
        "party": document.party,
        "total": money_text(document.total),
        "currency": document.currency,
        "record_type": document.record_type,
        "key": document.key,
        "state": document.state.value,
        "gl_ids": list(document.gl_ids),
    }


def _view(installation: Installation, register: Register, batch: Batch) -> BatchView:
    run = None
    if batch.plan is not None:
        run = PlanStore(installation.database).summary(batch.plan).run
    return BatchView(batch, register.counts(batch), run)
