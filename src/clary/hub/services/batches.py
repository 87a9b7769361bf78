"""Batches of ConnectWise into a company: what waits, the plan, the run, and our copies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial

from clary.apps.connectwise.resources import Accounting
from clary.engine.plan_store import PlanStore
from clary.flows.batch import naming
from clary.flows.batch.gone import unfinished
from clary.flows.batch.kinds import DetailLevel, Kind
from clary.flows.batch.listing import (
    Candidate,
    Listing,
    UnpostedAt,
    locations,
    place_named,
    unlisted,
)
from clary.flows.batch.making import numbers_in_use
from clary.flows.batch.meaning import Meaning
from clary.flows.batch.planner import Sides
from clary.flows.batch.planning import plan_batch
from clary.flows.batch.register import Batch, BatchDocument, BatchState, Register, Standing
from clary.flows.batch.requests import BatchPer, BatchRequest, Decisions, Selection
from clary.flows.batch.splitting import could_be_split
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.batch_creations import Creations, creations
from clary.hub.services.batch_sides import (
    author_of,
    opened_sides,
    opened_site,
    settings_of,
    stated_settings,
)
from clary.hub.services.permissions import companies_seen, needs, needs_somewhere
from clary.hub.services.plans import PlanAnswer, prune_plans
from clary.kernel.change import Body
from clary.kernel.clock import local_date, timestamp
from clary.kernel.errors import Rejected, declare, raise_errors
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
        takes_suggested: where no number is stated the suggested one is used.
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
    takes_suggested: bool = False


@dataclass(frozen=True, slots=True)
class BatchView:
    """One batch with how its documents stand.

    Attributes:
        batch: the batch.
        counts: documents by how they stand, without those of `moved`.
        run: the run that posted it.
        moved: documents that it left over and a later batch holds, with that one's number.
    """

    batch: Batch
    counts: dict[Standing, int]
    run: str | None = None
    moved: Mapping[str, str] = field(default_factory=dict)

    @property
    def elsewhere(self) -> Mapping[str, int]:
        """How many of its documents each later batch holds."""
        return Counter(self.moved.values())

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
            "elsewhere": dict(self.elsewhere),
        }


@dataclass(frozen=True, slots=True)
class BatchPlanned:
    """A plan of batches that was stored, with what a person looks at before it is applied.

    Attributes:
        plan: the plan.
        batches: the batches that it makes.
        creates: what it creates first.
        splits: numbers of the batches that its one batch of several kinds could be instead.
    """

    plan: PlanAnswer
    batches: Sequence[BatchView]
    creates: Sequence[Creations] = ()
    splits: Sequence[str] = ()

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
            "could_be_split_into": list(self.splits),
            "preview": list(preview),
        }


@needs(Role.VIEWER)
def list_locations(
    installation: Installation, app: str, through: date | None = None
) -> list[UnpostedAt]:
    """Return the locations where something waits, and no others.

    Raises:
        ClaryError: the site cannot be used, see `batch_sides.opened_site`.
    """
    with opened_site(installation, app) as site:
        return list(locations(site.accounting, through))


@needs(Role.VIEWER)
def list_unposted(installation: Installation, app: str, asked: BatchAsked) -> list[Candidate]:
    """Return what waits to be posted, as a selection means it.

    Raises:
        Rejected: there is no such location (BATCH_LOCATION_UNKNOWN), or what is named does
            not wait (BATCH_NOT_LISTED).
        ClaryError: the site cannot be used, see `batch_sides.opened_site`.
    """
    through = asked.through or local_date(installation.clock)
    with opened_site(installation, app) as site:
        selection = selection_of(site.accounting, replace(asked, through=through))
        listing = Listing(site.accounting)
        found = list(listing.candidates(selection))
        raise_errors(list(unlisted(listing, app)))
        return found


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


@needs(Role.OPERATOR, "company")
def plan_a_batch(
    installation: Installation, app: str, company: str, asked: BatchAsked
) -> BatchPlanned:
    """Store the plan of a batch; nothing is written to the company or to ConnectWise.

    Raises:
        Rejected: number, location or initials cannot be used; no number is given.
        Guarded: there is a batch of this number already (BATCH_IDENTIFIER_TAKEN).
        ClaryError: one of the sides cannot be opened, see `batch_sides.opened_sides`.
    """
    stated = stated_settings(installation, app)
    settings = replace(settings_of(stated), confirmed=asked.confirmed)
    with opened_sides(installation, app, company) as sides:
        register = Register(installation.database, installation.clock)
        through = asked.through or local_date(installation.clock)
        selection = selection_of(sides.accounting, replace(asked, through=through))
        initials = (
            asked.initials or stated.get("initials") or naming.initials_of(installation.actor)
        )
        is_taken = numbers_in_use(register, sides.accounting, sides.app)

        def is_used(number: str) -> bool:
            return any(map(is_taken, naming.made_of(number, selection.kinds, split=asked.split)))

        if asked.rest_of:
            selection, number = _rest(register, sides.app, asked.rest_of, selection, is_used)
        else:
            example = naming.suggested(
                through, initials, selection.kinds, is_taken, split=asked.split
            )
            free = example if asked.takes_suggested else ""
            number = naming.checked(asked.number or free, example)
            for each in naming.made_of(number, selection.kinds, split=asked.split):
                naming.checked(each, example)
        request = BatchRequest(
            selection=selection,
            number=number,
            split=asked.split,
            batch_per=asked.batch_per or BatchPer(stated.get("batch_per") or BatchPer.RUN.value),
            decisions=asked.decisions,
            clears=asked.clears,
            is_rest=bool(asked.rest_of),
            note=asked.note,
        )
        for each in naming.made_of(number, selection.kinds, split=asked.split):
            _require_free(sides, register, each, is_taken, partial(naming.rest_of, number, is_used))
        plan = plan_batch(sides, request, settings, author_of(installation))
    prune_plans(installation)
    found = planned(installation, plan.id)
    if asked.clears or len(found.batches) != 1:
        return found
    splits = could_be_split(installation.database, found.batches[0].batch)
    return replace(found, splits=splits)


def _require_free(
    sides: Sides,
    register: Register,
    number: str,
    is_taken: Callable[[str], bool],
    free: Callable[[], str],
) -> None:
    ours = register.find(sides.app, number)
    if ours is not None and ours.state is BatchState.WAITING:
        raise unfinished(sides.database, register, ours)
    if is_taken(number):
        where = "in ConnectWise" if ours is None else "posted from here"
        raise naming.BATCH_IDENTIFIER_TAKEN.raised(number=number, where=where, free=free())


def _rest(
    register: Register,
    app: str,
    number: str,
    selection: Selection,
    is_used: Callable[[str], bool],
) -> tuple[Selection, str]:
    """Return the selection of what a batch was to hold and does not, and the number for it."""
    batch = register.find(app, number)
    if batch is None:
        raise BATCH_UNKNOWN.raised(app=app, number=number)
    moved = register.moved(batch)
    left = [
        each
        for each in register.documents(batch)
        if each.state in _LEFT_OVER and each.source not in moved
    ]
    if not left:
        raise BATCH_COMPLETE.raised(number=number)
    meaning = Meaning(selection.names)
    for each in left:
        meaning.learn(each.source, each.names)
    chosen = selection.chooser(meaning.settled())
    include = frozenset(name for each in left if chosen(each.source) for name in _names(each))
    if not include:
        raise BATCH_REST_OTHER.raised(number=number, left=_shown(left))
    rest = replace(selection, include=include, exclude=frozenset())
    return rest, naming.rest_of(batch.identifier, is_used)


_LEFT_OVER = (Standing.LEFT, Standing.UNBATCHED)
"""Not posted; or posted and not marked, as the batch was not made."""


def _shown(documents: Sequence[BatchDocument]) -> str:
    names = ", ".join(each.number for each in documents[:NAMED])
    more = len(documents) - NAMED
    return f"{names} and {more} more" if more > 0 else names


def _names(document: BatchDocument) -> Iterator[str]:
    """Yield what the unposted rows of a document are called in a selection."""
    kind = document.kind.kind.value
    rows = document.rows or (document.source.partition(":")[2],)
    yield from (f"{kind}:{row}" for row in rows)


@needs(Role.VIEWER, plan="plan_id")
def planned(installation: Installation, plan_id: str) -> BatchPlanned:
    """Return a stored plan of batches.

    Raises:
        Rejected: there is no such plan (PLAN_UNKNOWN).
    """
    summary = PlanStore(installation.database).summary(plan_id)
    register = Register(installation.database, installation.clock)
    views = [_view(installation, register, batch) for batch in register.of_plan(plan_id)]
    return BatchPlanned(PlanAnswer(summary), views, creations(installation.database, summary))


@needs_somewhere(Role.VIEWER)
def list_batches(
    installation: Installation, app: str | None = None, limit: int = 50, before: int | None = None
) -> list[BatchView]:
    """Return our copies of batches, the newest first.

    Args:
        installation: whose copies.
        app: only those of this connection.
        limit: most batches.
        before: only those whose copy has a smaller number.
    """
    register = Register(installation.database, installation.clock)
    among = companies_seen(installation)
    found = register.newest(app, among=among, before=before, limit=limit)
    return [_view(installation, register, batch) for batch in found]


@needs_somewhere(Role.VIEWER)
def show_batch(installation: Installation, app: str, number: str) -> BatchView:
    """Return our copy of a batch.

    Raises:
        Rejected: there is none of this number (BATCH_UNKNOWN).
    """
    register = Register(installation.database, installation.clock)
    batch = register.find(app, number.strip())
    if batch is None or not installation.access.allows(Role.VIEWER, batch.company):
        raise BATCH_UNKNOWN.raised(app=app, number=number[:80])
    return _view(installation, register, batch)


@needs(Role.VIEWER, "view.batch.company")
def batch_documents(
    installation: Installation, view: BatchView, after: Sequence[str] | None = None
) -> Iterator[BatchDocument]:
    """Yield the documents of a batch by kind and number.

    Args:
        installation: whose copies.
        view: the batch.
        after: kind, number and id of the document that they come after; all if none.
    """
    return Register(installation.database, installation.clock).documents(view.batch, after)


def document_dict(document: BatchDocument, view: BatchView) -> Body:
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
        "elsewhere": view.moved.get(document.source),
        "gl_ids": list(document.gl_ids),
    }


def _view(installation: Installation, register: Register, batch: Batch) -> BatchView:
    run = None
    if batch.plan is not None:
        run = PlanStore(installation.database).summary(batch.plan).run
    counts, moved = register.counts(batch), register.moved(batch)
    left = {
        each.source: each.state
        for each in (register.documents(batch) if moved else ())
        if each.source in moved and each.state in _LEFT_OVER
    }
    remaining = Counter(counts) - Counter(left.values())
    return BatchView(batch, dict(remaining), run, {source: moved[source] for source in left})
