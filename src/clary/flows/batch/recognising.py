"""Documents that are in the books already: by their origin, or entered there by hand.

What is there is never posted a second time.  What is there and differs is for a person
to decide about: leave it, or take it back and post it anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from clary.companies.contract import Fate, Info, Query, Session, TypeCapability
from clary.companies.keys import parse_key
from clary.companies.target import unlike
from clary.engine.journal import JournalState
from clary.engine.plan import Planned
from clary.engine.rerun import Rerun, Standing
from clary.flows.batch.jobs import RECORD_TYPES, Job
from clary.flows.batch.requests import Decisions
from clary.kernel.change import Action, Body, Change, JsonValue, Origin
from clary.kernel.errors import Rejected, declare
from clary.ledger import filters
from clary.ledger.filters import Comparison, Operator
from clary.ledger.record import RecordType
from clary.ledger.registry import record_type as declared_type
from clary.store import Database

DOCUMENT_CHANGED = declare(
    "BATCH_DOCUMENT_CHANGED",
    Rejected,
    "It was posted as {key} before and has been changed in ConnectWise or Sage since: {fields}.",
    "Compare the two. To take the posted one back and post it anew, state --repost {name};"
    " if Sage's is right, mark it as handled with `clary batch clear`.",
    http_status=409,
)
LOOKS_POSTED = declare(
    "BATCH_LOOKS_POSTED",
    Rejected,
    "The books have {title} {number} of {party} for {total} already, dated {date} ({key}); Clary"
    " did not post it.",
    "If it is this document, state --same {name}: it is marked as posted. If it is another one,"
    " state --other {name}: it is posted as well.",
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

GROUP: Final = 500
"""Most numbers asked for at once; a filter's list takes 1,000."""

COMPLETED_FIELDS: Final = frozenset({"number", "date", "due_date", "waiting_on_bill", "terms_text"})
"""What may change once the bill of an item receipt has come."""

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
    ) -> None:
        """Look through `session`, which is only read."""
        self._session = session
        self._info = info
        self._capabilities = capabilities
        self._same, self._other, self._repost = (
            frozenset(map(str.casefold, names))
            for names in (decisions.same, decisions.other, decisions.repost)
        )
        self.rerun = Rerun(database, info.identity, session)

    def look(self, jobs: Sequence[Job], origin_system: str, company: str) -> None:
        """Note of each document what the books have of it, with what follows from that."""
        readable = [job for job in jobs if job.document is not None and not job.is_handled]
        self._stand(readable, origin_system, company)
        self._compare(readable)
        absent = [job for job in readable if not _is_live(job) and job.is_new]
        self._find_by_hand([job for job in absent if not job.is_named(self._other)])

    def _stand(self, jobs: Sequence[Job], origin_system: str, company: str) -> None:
        changes: list[Change] = []
        owners: list[Job] = []
        for job in jobs:
            drafted = job.draft.record_type if job.draft is not None else ""
            kinds = dict.fromkeys(
                name for name in (drafted, *RECORD_TYPES[job.kind]) if name in self._capabilities
            )
            for name in kinds:
                changes.append(_creation(len(changes), job, name, origin_system, company))
                owners.append(job)
        for job, standing in zip(owners, self.rerun.standings(changes), strict=True):
            if job.standing is None or (standing.is_live and not job.standing.is_live):
                job.standing = standing
        for job in jobs:
            if job.standing is not None and not job.standing.is_live:
                self._note_fate(job, job.standing)

    def _note_fate(self, job: Job, standing: Standing) -> None:
        """Note what the rerun says of a document that is not there, and its attempt."""
        entry = self.rerun.entry(standing)
        if isinstance(entry, Planned):
            job.note(*entry.findings)
            job.change = entry.change
        elif isinstance(entry, Change):
            job.change = entry

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
            for (job, standing), stored in zip(group, found, strict=True):
                if stored is not None:
                    self._judge(job, standing, stored)

    def _judge(self, job: Job, standing: Standing, stored: Body) -> None:
        job.findings = [each for each in job.findings if each in job.reading.findings]
        differing = _differing(job, stored)
        if not differing:
            job.stored, job.change = stored, standing.change
            code = COMPLETED_SINCE if _is_completed(job, stored) else POSTED_ALREADY
            job.note(code.warning(key=_key(job)))
        elif job.is_named(self._repost):
            job.change = _next_attempt(standing.change)
        else:
            job.stored, job.change = stored, standing.change
            fields = "; ".join(differing[:_SHOWN])
            more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
            name = min(job.names, key=len)
            job.note(DOCUMENT_CHANGED.finding(key=_key(job), fields=fields + more, name=name))

    def reposted(self, job: Job) -> bool:
        """Tell whether an earlier posting of a document is taken back first."""
        return job.stored is None and _is_live(job)

    # --- entered by hand --------------------------------------------------------------------

    def _find_by_hand(self, jobs: Sequence[Job]) -> None:
        groups: dict[str, list[Job]] = {}
        for job in jobs:
            if _was_never_posted(job):
                groups.setdefault(job.record_type, []).append(job)
        for name, group in groups.items():
            self._match(declared_type(name), group)

    def _match(self, declared: RecordType, jobs: Sequence[Job]) -> None:
        number, party, total = declared.number, declared.party, declared.total
        if number is None or party is None or total is None:
            return
        wanted = {str(value) for job in jobs if (value := _body(job).get(number))}
        found: dict[tuple[str, str], list[Body]] = {}
        for body in self._numbered(declared, number, sorted(wanted)):
            if body.get("reversed_by") is None and body.get("reverses") is None:
                mark = (str(body.get(party)).casefold(), str(body.get(number)))
                found.setdefault(mark, []).append(body)
        for job in jobs:
            body = _body(job)
            mark = (str(body.get(party)).casefold(), str(body.get(number)))
            for there in found.get(mark, ()):
                if _worth(there, total) == _worth(body, total):
                    self._found_by_hand(declared, job, there)
                    break

    def _numbered(
        self, declared: RecordType, number: str, numbers: Sequence[str]
    ) -> Iterable[Body]:
        table = filters.declared_fields(declared, self._info.edition, self._info.release)
        pushed = number in self._capabilities[declared.name].filters
        for start in range(0, len(numbers), GROUP):
            some = tuple(numbers[start : start + GROUP])
            where = filters.check(Comparison(number, Operator.IN, some), table)
            matches = filters.compile(where)
            query = Query(where=where if pushed else None)
            yield from (b for b in self._session.read(declared.name, query) if matches(b))

    def _found_by_hand(self, declared: RecordType, job: Job, there: Body) -> None:
        key = str(there.get(declared.key))
        if job.is_named(self._same):
            job.stored, job.is_by_hand = there, True
            return
        words = declared.words_in(self._info.edition)
        job.note(
            LOOKS_POSTED.finding(
                title=words.one.lower() if words else declared.name,
                number=there.get(declared.number or ""),
                party=there.get(declared.party or ""),
                total=f"{_worth(there, declared.total or ''):.2f}",
                date=there.get("date"),
                key=key,
                name=min(job.names, key=len),
            )
        )


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


def _worth(body: Body, total: str) -> Decimal:
    """Return what a document comes to: its total, or what it is made of where it has none."""
    lines = body.get("lines")
    parts = (
        [line.get("amount") for line in lines if isinstance(line, dict)]
        if isinstance(lines, list)
        else []
    )
    parts += [body.get("tax_total"), body.get("freight_amount")]
    stated = body.get(total)
    amounts = [stated] if stated is not None else parts
    return sum((Decimal(str(each)) for each in amounts if each is not None), Decimal(0))


def _was_never_posted(job: Job) -> bool:
    """Tell whether neither books nor journal ever had this document from us."""
    standing = job.standing
    if standing is None or standing.found is None:
        return True
    entry = standing.entry
    posted = entry is not None and entry.state in (JournalState.CONFIRMED, JournalState.UNDONE)
    return standing.found.fate is Fate.ABSENT and not posted


def _next_attempt(change: Change) -> Change:
    origin = change.origin
    again = None if origin is None else replace(origin, attempt=origin.attempt + 1)
    return replace(change, origin=again)


def _differing(job: Job, stored: Body) -> list[str]:
    """Return in words how a stored document differs from what would be posted."""
    body = _body(job)
    if not body:
        # What cannot be drafted any more was posted all the same.
        return []
    drafted = job.draft.record_type if job.draft is not None else ""
    if drafted != job.record_type:
        return [f"it would be a {drafted.replace('_', ' ')} now"]
    passed = COMPLETED_FIELDS if _is_completed(job, stored) else frozenset[str]()
    return [
        f"{name}: {was} in Sage, {wanted} now"
        for name, wanted, was in unlike(job.record_type, body, stored)
        if name not in passed
    ]


def _is_completed(job: Job, stored: Body) -> bool:
    waits: JsonValue = _body(job).get("waiting_on_bill")
    return waits is True and not stored.get("waiting_on_bill")
