"""Plans a batch: every document with everything that stands against it, then the batch.

Document by document the export is mapped, compared with the books and posted in memory;
what is missing in the books is created first.  The batch in ConnectWise is one last change
that holds the GL ids of what is in the books by then.  Nothing is written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from clary.apps.connectwise.resources import Accounting
from clary.companies.contract import Info, Operation, Query, Session, TypeCapability
from clary.engine.plan import Entry, Planned
from clary.engine.taking_back import TakingBack
from clary.flows.batch import documents_uk, documents_us
from clary.flows.batch.by_hand import ANOTHER
from clary.flows.batch.directory import CachedDirectory, with_applications
from clary.flows.batch.drafts import Draft
from clary.flows.batch.elsewhere import Elsewhere
from clary.flows.batch.fetching import Piece
from clary.flows.batch.finishing import BATCH_BLOCKED
from clary.flows.batch.jobs import Job
from clary.flows.batch.making import Batches
from clary.flows.batch.mapping import BatchMapping, Need
from clary.flows.batch.masters import Master, master
from clary.flows.batch.meaning import Meaning
from clary.flows.batch.overlapping import PostedExpenses
from clary.flows.batch.overrides import Overrides
from clary.flows.batch.recognising import Recognising
from clary.flows.batch.register import BatchDocument, Register, Standing
from clary.flows.batch.requests import BatchRequest
from clary.flows.batch.settings import BatchSettings
from clary.flows.batch.settling import ACCEPTED
from clary.flows.batch.source import SourceDocument
from clary.flows.batch.tax_policy import check_rounding
from clary.flows.batch.unrecorded import UnrecordedExpenses
from clary.flows.rehearsal.rehearsal import AccountMove, Rehearsal
from clary.kernel.change import Action, Change, JsonValue, Origin
from clary.kernel.errors import Finding, Rejected, Severity, declare
from clary.kernel.money import money_text
from clary.ledger.posting import problems as posting_codes
from clary.ledger.registry import record_type as declared_type
from clary.store import Database

NEED_FAILED = declare(
    "BATCH_NEED_FAILED",
    Rejected,
    "The {title} {id}, which it needs, cannot be created: {reason}",
    "{remedy}",
)
REPOST_IMPOSSIBLE = declare(
    "BATCH_REPOST_IMPOSSIBLE",
    Rejected,
    "It cannot be taken back and posted anew: this installation did not post it.",
    "Void it in Sage by hand, then run the batch again.",
)

STANDS_ALONE: Final = frozenset(
    {
        posting_codes.CREDIT_ALWAYS_HOLD.name,
        posting_codes.CREDIT_OVER_LIMIT.name,
        posting_codes.PARTY_ON_HOLD.name,
    }
)
"""Errors that keep one document back and stop no other: Sage refuses it on its own."""

_DRAFTERS: Final[Mapping[str, Callable[[SourceDocument, BatchMapping], Draft]]] = {
    "us": documents_us.draft,
    "uk": documents_uk.draft,
}


@dataclass(frozen=True, slots=True)
class Sides:
    """The two systems of a batch, for reading.

    Attributes:
        app: name of the connection of ConnectWise.
        origin: what origins call the site.
        accounting: the site.
        company: name of the connection of the company.
        session: a session of the company.
        info: what the company is.
        capabilities: what its doors can do.
        database: holds journal and register.
        elsewhere: connections of ConnectWise that lead to other sites.
    """

    app: str
    origin: str
    accounting: Accounting
    company: str
    session: Session
    info: Info
    capabilities: Mapping[str, TypeCapability]
    database: Database
    elsewhere: frozenset[str] = frozenset()


class CompanyLists:
    """What a company has in its lists, for suggestions."""

    def __init__(self, session: Session) -> None:
        """Read through `session`."""
        self._session = session

    def listed(self, record_type: str) -> Iterator[tuple[str, str]]:
        """Yield ID and name of every record of a type."""
        declared = declared_type(record_type)
        title = "name" if "name" in declared.fields else "description"
        query = Query(fields=(declared.key, title))
        for body in self._session.read(record_type, query):
            yield str(body.get(declared.key)), str(body.get(title) or "")


class BatchPlanner:
    """Makes the entries of one plan.

    Attributes:
        blocks: errors of single documents stop the whole plan until a person confirms.
    """

    def __init__(
        self,
        sides: Sides,
        request: BatchRequest,
        settings: BatchSettings,
        overrides: Overrides,
        register: Register,
        batches: Batches | None,
        *,
        blocks: bool = True,
    ) -> None:
        """Plan `request`; without `batches` documents are posted and no batch is made."""
        self._sides = sides
        self._batches = batches
        self._blocks = blocks
        self._clears = request.clears
        self._handled = frozenset(map(str.casefold, request.decisions.handled))
        self._meaning = Meaning(request.decisions.names)
        self._rehearsal = Rehearsal(sides.session, sides.info, capabilities=sides.capabilities)
        computing = {name for name, each in sides.capabilities.items() if not each.tax_stated}
        self._mapping = BatchMapping(
            self._rehearsal.books,
            overrides,
            settings,
            CompanyLists(sides.session),
            computes_tax=frozenset(computing),
            names=(sides.app, sides.company),
        )
        self._draft = _DRAFTERS[sides.info.edition]
        self._directory = CachedDirectory(sides.accounting)
        self._recognising = Recognising(
            sides.database,
            sides.session,
            sides.info,
            sides.capabilities,
            request.decisions,
            is_rerun=batches is None,
        )
        self._expenses = PostedExpenses(
            register, self._recognising.rerun, sides.app, sides.origin, sides.company
        )
        self._other = frozenset(map(str.casefold, request.decisions.other))
        site = (sides.origin, sides.elsewhere)
        self._elsewhere = Elsewhere(sides.database, register, site, sides.info.identity)
        self._unrecorded = UnrecordedExpenses(
            sides.session,
            sides.info,
            sides.capabilities,
            register,
            (sides.app, sides.origin, sides.company),
        )
        self._taking_back = TakingBack(sides.session, sides.info, delete_posted=False)
        self._masters: dict[tuple[str, str], Master] = {}
        self._rights: dict[str, Sequence[Finding]] = {}
        self._numbers: dict[tuple[str, str], int] = {}
        self._number = 0
        self._count = 0
        self._bad = 0
        self._held = 0

    @property
    def moves(self) -> Sequence[AccountMove]:
        """What all documents that would be posted do, by account."""
        return self._rehearsal.by_account()

    def preview(self) -> Sequence[JsonValue]:
        """Return the debits and credits by account as JSON-ready values."""
        return [
            {
                "account": move.account_id,
                "name": move.name,
                "debit": money_text(move.debit),
                "credit": money_text(move.credit),
                "estimated": move.estimated,
            }
            for move in self.moves
        ]

    def close(self) -> None:
        """Forget what was rehearsed."""
        self._rehearsal.close()

    def entries(self, pieces: Iterable[Piece]) -> Iterator[Entry]:
        """Yield masters and documents piece by piece, then the batches and what is left to say.

        Raises:
            Rejected: what was decided about one document names several (BATCH_NAME_AMBIGUOUS).
        """
        for piece in pieces:
            yield from self._piece(piece)
        self._meaning.settled()
        if self._batches is not None:
            yield from self._batches.shared()
            yield from self._batches.changes(self._number + 1)
        yield from self._recognising.rerun.remarks()
        settings = self._mapping.settings
        rounding = self._mapping.known_account(settings.rounding_account)
        yield from check_rounding(settings, rounding, self._mapping.app)
        if self._bad and self._blocks:
            held = f", and {self._held} more for the party's credit" if self._held else ""
            yield BATCH_BLOCKED.finding(
                count=self._bad, total=self._count, held=held, code=BATCH_BLOCKED.name
            )

    def _piece(self, piece: Piece) -> Iterator[Entry]:
        jobs = [
            Job(
                reading,
                findings=list(reading.findings),
                rows=piece.rows.get(reading.id, {}),
                gl_ids=piece.gl_ids.get(reading.id, ()),
                listed=piece.listed.get(reading.id),
            )
            for reading in piece.readings
        ]
        for job in jobs:
            self._begin(job)
        apart = [job for job in jobs if not self._overlaps(job)]
        self._recognising.look(apart, self._sides.origin, self._sides.company)
        self._elsewhere.note(jobs, self._other)
        self._unrecorded.note(jobs, self._other)
        for job in jobs:
            self._prepare(job)
        self._rehearse([job for job in jobs if job.is_new])
        for job in jobs:
            yield from self._entries_of(job)

    def _begin(self, job: Job) -> None:
        """Draft a document, unless it is marked as handled."""
        self._meaning.learn(job.reading.id, job.names)
        if job.gl_ids and (self._clears or job.is_named(self._handled)):
            job.is_handled = True
            job.findings = []
        if job.document is None or job.is_handled:
            return
        document = with_applications(job.document, self._directory)
        if document is not job.document:
            job.reading = replace(job.reading, document=document)
        job.draft = self._draft(document, self._mapping)
        job.note(*job.draft.findings)

    def _overlaps(self, job: Job) -> bool:
        """Note, and tell, that some of a document is in the books as part of another one."""
        if job.document is None or job.is_handled:
            return False
        found = list(self._expenses.findings(job))
        job.note(*found)
        return bool(found)

    # --- what must be there first -----------------------------------------------------------

    def _prepare(self, job: Job) -> None:
        """Make sure that the records which a new document needs can be created."""
        if not job.is_new or job.draft is None:
            return
        job.note(*self._refused(job.draft.record_type))
        for need in job.draft.needs:
            made = self._master(need)
            errors = [each for each in made.findings if each.severity is Severity.ERROR]
            if errors:
                title = need.record_type.replace("_", " ")
                job.note(
                    *(
                        NEED_FAILED.finding(
                            title=title, id=need.id, reason=each.message, remedy=each.remedy
                        )
                        for each in errors
                    )
                )

    def _master(self, need: Need) -> Master:
        found = self._masters.get(need.key)
        if found is None:
            found = master(need, self._directory, self._mapping)
            if found.body is not None:
                said = self._rehearsal.add_record(need.record_type, found.body)
                refused = self._refused(need.record_type)
                found = replace(found, findings=(*found.findings, *said, *refused))
            self._masters[need.key] = found
        return found

    def _refused(self, record_type: str) -> Sequence[Finding]:
        """Return the rights that are missing to create records of a type."""
        if record_type not in self._rights:
            use = (record_type, Operation.CREATE)
            self._rights[record_type] = self._sides.session.missing_rights(use)
        return self._rights[record_type]

    def _rehearse(self, jobs: Sequence[Job]) -> None:
        """Post new documents in memory, and note what the books would say."""
        documents = [
            (job.draft.record_type, job.draft.body)
            for job in jobs
            if job.draft is not None and job.draft.body is not None
        ]
        for job, done in zip(jobs, self._rehearsal.post_many(documents), strict=True):
            job.note(
                *(
                    each
                    for each in done.findings
                    if not (job.is_reposted and each.code == posting_codes.NUMBER_DUPLICATE.name)
                )
            )

    # --- what is planned --------------------------------------------------------------------

    def _entries_of(self, job: Job) -> Iterator[Entry]:
        self._count += 1
        errors = {each.code for each in job.findings if each.severity is Severity.ERROR}
        self._bad += bool(errors - STANDS_ALONE)
        self._held += bool(errors) and errors <= STANDS_ALONE
        if job.is_handled:
            self._add(job, 0)
            return
        needed: list[int] = []
        if job.is_new and job.draft is not None:
            for need in job.draft.needs:
                yield from self._created(need)
                needed.append(self._numbers[need.key])
            if job.is_reposted:
                yield from self._taken_back(job)
                needed += [job.undoing] if job.undoing else []
        self._number += 1
        change = self._change(job, self._number, tuple(sorted(set(needed))))
        document = job.document
        currency = (document.currency if document else "") or self._sides.info.currency
        amount = 0 if document is None else document.total
        yield Planned(change, tuple(job.findings), currency, amount)
        self._add(job, self._number)

    def _created(self, need: Need) -> Iterator[Entry]:
        """Yield the creation of a record before the first document that needs it."""
        if need.key in self._numbers:
            return
        made = self._masters[need.key]
        self._number += 1
        self._numbers[need.key] = self._number
        change = Change(
            self._number,
            self._sides.company,
            Action.CREATE,
            need.record_type,
            after=made.body,
            document=f"{need.record_type}:{need.id}",
        )
        yield Planned(change, made.findings)

    def _taken_back(self, job: Job) -> Iterator[Entry]:
        """Yield the change that takes an earlier posting of a document back."""
        standing = job.standing
        if standing is None or standing.entry is None:
            job.note(REPOST_IMPOSSIBLE.finding())
            return
        self._taking_back.number = self._number
        planned = self._taking_back.plan(standing.entry, None)
        self._number = job.undoing = planned.change.number
        yield planned
        errors = (each for each in planned.findings if each.severity is Severity.ERROR)
        job.note(*errors)

    def _change(self, job: Job, number: int, depends_on: tuple[int, ...]) -> Change:
        """Return the change of a document."""
        if job.is_by_hand and job.stored is not None:
            key = str(job.stored.get(declared_type(job.record_type).key))
            return Change(
                number,
                self._sides.company,
                Action.UPDATE,
                job.record_type,
                key,
                before=job.stored,
                after={},
                depends_on=depends_on,
                tracked={ACCEPTED: job.reading.id},
                document=job.reading.id,
            )
        if job.stored is not None and job.change is not None:
            return replace(job.change, number=number, depends_on=depends_on)
        # What was rehearsed is what is posted; only its attempt is known from before.
        drafted = job.draft.record_type if job.draft is not None else ""
        origin = job.change.origin if job.change is not None else None
        return Change(
            number,
            self._sides.company,
            Action.CREATE,
            drafted or job.record_type or job.kind.value,
            after=job.draft.body if job.draft is not None else None,
            origin=origin or Origin(self._sides.origin, job.reading.id),
            depends_on=depends_on,
            tracked={ANOTHER: "yes"} if job.is_named(self._other) else {},
            document=job.reading.id,
        )

    def _add(self, job: Job, number: int) -> None:
        if self._batches is not None:
            gl_ids = () if job.failed else job.gl_ids
            self._batches.add(job, number, self._row(job), gl_ids)

    def _row(self, job: Job) -> BatchDocument:
        """Return a document as our copy of the batch keeps it."""
        document, listed = job.document, job.listed
        posted = bool(job.record_type) and not job.is_handled
        origin = Origin(self._sides.origin, job.reading.id).base
        key = None
        if job.is_by_hand and job.stored is not None:
            key = str(job.stored.get(declared_type(job.record_type).key))
        known = document or listed
        party = document.party.key if document and document.party else ""
        return BatchDocument(
            source=job.reading.id,
            kind=job.kind,
            number=job.number,
            date=known.date if known else None,
            party=party or (listed.party if listed else ""),
            total=known.total if known else 0,
            currency=(known.currency if known else "") or self._sides.info.currency,
            gl_ids=job.gl_ids,
            rows=job.rows,
            record_type=job.record_type if posted else None,
            origin=None if not posted or job.is_by_hand else origin,
            key=key,
            state=Standing.LEFT if job.failed else Standing.PLANNED,
        )
