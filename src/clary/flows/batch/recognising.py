"""Documents that are in the books already: by their origin, or entered there by hand.

What is there is never posted a second time.  What is there and differs is for a person
to decide about: leave it, or take it back and post it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from clary.companies.contract import Fate, Info, OriginFound, Session, TypeCapability
from clary.companies.keys import parse_key
from clary.companies.target import unlike
from clary.engine.decide import ORIGIN_MISSING, ORIGIN_VOIDED
from clary.engine.journal import JournalState
from clary.engine.plan import Planned
from clary.engine.rerun import ORIGIN_REVERSED, Rerun, Standing
from clary.flows.batch.applied import Amounts, applied_in_sage, is_applied
from clary.flows.batch.by_hand import LOOKS_POSTED, ByHand, Entered
from clary.flows.batch.jobs import RECORD_TYPES, Job
from clary.flows.batch.requests import Decisions
from clary.kernel.change import Action, Body, Change, JsonValue, Origin
from clary.kernel.errors import Finding, Rejected, declare
from clary.ledger.registry import record_type as declared_type
from clary.store import Database

DOCUMENT_CHANGED = declare(
    "BATCH_DOCUMENT_CHANGED",
    Rejected,
    "It was posted as {key} before and has been changed in ConnectWise or Sage since: {fields}.",
    "Compare the two. To take the posted one back and post it anew, state --repost {name};"
    " if Sage's is right, {otherwise}.",
    http_status=409,
)
POSTED_ALREADY = declare(
    "BATCH_POSTED_ALREADY",
    Rejected,
    "It is in the books already, as {key}.",
    "Nothing needs to be done: it is marked as posted and not posted again.",
)
COMPLETED_SINCE = declare(
    "BATCH_COMPLETED_SINCE",
    Rejected,
    "The goods received are in the books as {key}, and their bill has come since.",
    "Nothing needs to be done.",
)

_CLEAR: Final = "mark it as handled with `clary batch clear`"
_LEAVE: Final = "leave it as it is: a rerun writes nothing to it"

COMPLETED_FIELDS: Final = frozenset({"number", "date", "due_date", "waiting_on_bill", "terms_text"})
"""What may change once the bill of an item receipt has come."""

_FATES: Final = frozenset({ORIGIN_MISSING.name, ORIGIN_REVERSED.name, ORIGIN_VOIDED.name})
"""What is said of a document that we posted and that is not in the books any more."""

_SHOWN = 3


class Recognising:
    """Looks documents up in the books, a group at a time."""

    def __init__(
        self,
        database: Database,
        session: Session,
        info: Info,
        capabilities: Mapping[str, TypeCapability],
        decisions: Decisions,
        *,
        is_rerun: bool = False,
    ) -> None:
        """Look through `session`, which is only read.

        In a rerun a person must agree before what was taken back is posted again.
        """
        self._session = session
        self._capabilities = capabilities
        self._is_rerun = is_rerun
        self._other, self._repost = (
            frozenset(map(str.casefold, names)) for names in (decisions.other, decisions.repost)
        )
        self._by_hand = ByHand(Entered(session, info, capabilities), decisions.same)
        self.rerun = Rerun(database, info.identity, session)

    def look(self, jobs: Sequence[Job], origin_system: str, company: str) -> None:
        """Note of each document what the books have of it, with what follows from that."""
        readable = [job for job in jobs if job.document is not None and not job.is_handled]
        self._stand(readable, origin_system, company)
        self._compare(readable)
        absent = [job for job in readable if not _is_live(job) and job.is_new]
        asked = [job for job in absent if not job.is_named(self._other)]
        self._by_hand.find(asked, origin_system)
        for job in asked:
            self._settle_by_hand(job)

    def _settle_by_hand(self, job: Job) -> None:
        """Leave out what became of our own posting where somebody has entered the document."""
        if not job.is_by_hand and all(each.code != LOOKS_POSTED.name for each in job.findings):
            return
        self.rerun.missing -= any(each.code == ORIGIN_MISSING.name for each in job.findings)
        job.findings = [each for each in job.findings if each.code not in _FATES]
        if job.is_by_hand and job.stored is not None:
            key = job.stored.get(declared_type(job.record_type).key)
            job.note(POSTED_ALREADY.warning(key=key))

    def _stand(self, jobs: Sequence[Job], origin_system: str, company: str) -> None:
        changes: list[Change] = []
        owners: list[Job] = []
        for job in jobs:
            kinds = dict.fromkeys(
                name
                for name in (_drafted(job), *RECORD_TYPES[job.kind])
                if name in self._capabilities
            )
            for name in kinds:
                changes.append(_creation(len(changes), job, name, origin_system, company))
                owners.append(job)
        for job, standing in zip(owners, self.rerun.standings(changes), strict=True):
            job.standings[standing.change.record_type] = standing
        for job in jobs:
            if job.standings:
                job.standing = _deciding(job.standings.values())
                if not job.standing.is_live:
                    self._note_fate(job, job.standing)

    def _note_fate(self, job: Job, standing: Standing) -> None:
        """Note what the rerun says of a document that is not there, and its attempt."""
        job.change = self._attempt(job, standing)
        drafted = _drafted(job)
        if not drafted or _is_unclear(standing):
            return
        for name, other in job.standings.items():
            if name != standing.change.record_type:
                self._note_other(job, drafted, other)

    def _attempt(self, job: Job, standing: Standing) -> Change | None:
        """Note what the rerun says of a document, and return the change at its attempt."""
        entry = self.rerun.entry(standing)
        if isinstance(entry, Planned):
            job.note(*(self._worded(job, standing, each) for each in entry.findings))
            return entry.change
        if not isinstance(entry, Change) or standing.entry is None:
            # What the journal does not know is at its first attempt, as it is planned anyway.
            return None
        if standing.entry.state is JournalState.UNDONE and self._asks_again(job):
            job.note(_voided(standing))
        return entry

    def _note_other(self, job: Job, drafted: str, other: Standing) -> None:
        """Note that a document was posted as another record type, and is gone as that."""
        entry = self.rerun.entry(other)
        for finding in entry.findings if isinstance(entry, Planned) else ():
            if finding.code == ORIGIN_MISSING.name and not job.is_named(self._repost):
                words = drafted.replace("_", " ")
                fields = f"it is not in the books any more, and it would be a {words} now"
                job.note(self._changed(job, str(other.entry and other.entry.key), fields))
            elif finding.code != ORIGIN_MISSING.name:
                job.note(self._worded(job, other, finding))

    def _worded(self, job: Job, standing: Standing, finding: Finding) -> Finding:
        """Return a finding of the rerun; what was voided is asked about where that counts."""
        if finding.code == ORIGIN_REVERSED.name and self._asks_again(job):
            return _voided(standing)
        return finding

    def _asks_again(self, job: Job) -> bool:
        """Tell whether a person must agree that what was taken back is posted again."""
        return self._is_rerun and not job.is_named(self._repost)

    def _compare(self, jobs: Sequence[Job]) -> None:
        """Compare documents that are there with what would be posted."""
        groups: dict[str, list[tuple[Job, Standing]]] = {}
        for job in jobs:
            if job.standing is not None and job.standing.is_live:
                groups.setdefault(job.record_type, []).append((job, job.standing))
        for name, group in groups.items():
            declared = declared_type(name)
            keys = [parse_key(declared, _key(job)) for job, _ in group]
            found = self._session.get_many(name, keys)
            # What a memo pays is looked up only where ConnectWise says that it pays something.
            memos = [
                each
                for (job, _), each in zip(group, found, strict=True)
                if each is not None and _body(job).get("applications")
            ]
            applied = applied_in_sage(self._session, self._capabilities, memos)
            for (job, standing), stored in zip(group, found, strict=True):
                if stored is None:
                    # It was deleted while the plan is made.
                    gone = replace(standing, found=OriginFound(Fate.ABSENT))
                    job.standing = job.standings[name] = gone
                    self._note_fate(job, gone)
                else:
                    self._judge(job, standing, stored, applied)

    def _judge(
        self, job: Job, standing: Standing, stored: Body, applied: Mapping[str, Amounts]
    ) -> None:
        job.findings = [each for each in job.findings if each in job.reading.findings]
        differing = _differing(job, stored, applied)
        if not differing:
            job.stored, job.change = stored, standing.change
            code = COMPLETED_SINCE if _is_completed(job, stored) else POSTED_ALREADY
            job.note(code.warning(key=_key(job)))
        elif job.is_named(self._repost):
            job.is_reposted = True
            job.change = self._anew(job, standing)
        else:
            job.stored, job.change = stored, standing.change
            fields = "; ".join(differing[:_SHOWN])
            more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
            job.note(self._changed(job, _key(job), fields + more))

    def _changed(self, job: Job, key: str, fields: str) -> Finding:
        name = job.reading.id
        otherwise = _LEAVE if self._is_rerun else _CLEAR
        return DOCUMENT_CHANGED.finding(key=key, fields=fields, name=name, otherwise=otherwise)

    def _anew(self, job: Job, standing: Standing) -> Change:
        """Return the change that posts a document once its earlier posting is taken back.

        It is posted as what it is drafted as, which may be another record type than before.
        """
        drafted = _drafted(job)
        if drafted == standing.change.record_type:
            return _next_attempt(standing.change)
        other = job.standings.get(drafted, standing)
        return self._attempt(job, other) or other.change


def _creation(number: int, job: Job, record_type: str, origin_system: str, company: str) -> Change:
    return Change(
        number=number,
        system=company,
        action=Action.CREATE,
        record_type=record_type,
        after=job.draft.body if job.draft is not None else None,
        origin=Origin(origin_system, job.reading.id),
        document=job.reading.id,
    )


def _is_live(job: Job) -> bool:
    return job.standing is not None and job.standing.is_live


def _key(job: Job) -> str:
    found = job.standing.found if job.standing is not None else None
    return str(found.key) if found is not None else ""


def _body(job: Job) -> Body:
    return (job.draft.body if job.draft is not None else None) or {}


def _drafted(job: Job) -> str:
    return job.draft.record_type if job.draft is not None else ""


def _deciding(standings: Iterable[Standing]) -> Standing:
    """Return what counts of the record types that a document may stand as, likeliest first."""
    known = list(standings)
    live = (each for each in known if each.is_live)
    unclear = (each for each in known if _is_unclear(each))
    return next(live, None) or next(unclear, known[0])


def _is_unclear(standing: Standing) -> bool:
    """Tell whether a document may be in the books, or may yet come."""
    entry, found = standing.entry, standing.found
    is_open = entry is not None and entry.state.open
    return is_open or (found is not None and found.fate in (Fate.AMBIGUOUS, Fate.DELIVERED))


def _voided(standing: Standing) -> Finding:
    """Return the question whether what was taken back is posted again."""
    entry, found = standing.entry, standing.found
    key = entry.key if entry is not None else found and found.key
    return ORIGIN_VOIDED.warning(record=standing.change.record, key=key)


def _next_attempt(change: Change) -> Change:
    origin = change.origin
    again = None if origin is None else replace(origin, attempt=origin.attempt + 1)
    return replace(change, origin=again)


def _differing(job: Job, stored: Body, applied: Mapping[str, Amounts]) -> list[str]:
    """Return in words how a stored document differs from what would be posted."""
    body = _body(job)
    if not body:
        # What cannot be drafted any more was posted all the same.
        return []
    drafted = _drafted(job)
    if drafted != job.record_type:
        return [f"it would be a {drafted.replace('_', ' ')} now"]
    passed = COMPLETED_FIELDS if _is_completed(job, stored) else frozenset[str]()
    if is_applied(body, applied.get(_key(job), {})):
        passed |= {"applications"}
    return [
        f"{name}: {was} in Sage, {wanted} now"
        for name, wanted, was in unlike(job.record_type, body, stored)
        if name.partition(".")[0] not in passed
    ]


def _is_completed(job: Job, stored: Body) -> bool:
    waits: JsonValue = _body(job).get("waiting_on_bill")
    return waits is True and not stored.get("waiting_on_bill")
