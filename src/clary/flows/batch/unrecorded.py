"""Expense documents in the books of which this installation has no record.

The origin of such a document names its first expense alone; which others it has, only our
own copy of its batch knows.  Where that copy is lost, or another installation posted it, a
person must look whether expenses that come again are among them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from urllib.parse import unquote

from clary.companies.contract import Info, OriginPlace, Query, Session, TypeCapability
from clary.flows.batch.jobs import RECORD_TYPES, Job
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.register import Register
from clary.kernel.change import Body
from clary.kernel.errors import Rejected, declare
from clary.ledger import filters
from clary.ledger.filters import And, Comparison, Operator
from clary.ledger.registry import record_type as declared_type

EXPENSES_UNKNOWN = declare(
    "BATCH_EXPENSES_UNKNOWN",
    Rejected,
    "The books have {number} ({key}) of {date}, with expenses of {party} from ConnectWise, and this"
    " installation has no record of which. Some of these may be among them.",
    "Compare the two in Sage. Leave out what it has (--exclude expense:ID), and mark that as posted"
    " with `clary batch clear`; if it has none of these, state --other {name}.",
    http_status=409,
)

PREFIX: Final = "expense:"
_JOURNAL: Final = "journal_entry"


@dataclass(frozen=True, slots=True)
class _Unknown:
    """A document of the books.

    Attributes:
        first: the first of its expenses.
        owner: vendor of a bill; what follows the first hyphen in the number of a journal.
        day: its date, on or after which none of its expenses is.
    """

    first: int
    owner: str
    day: date
    record_type: str
    body: Body


class UnrecordedExpenses:
    """Looks in the books for expense documents that no batch of ours knows."""

    def __init__(
        self,
        session: Session,
        info: Info,
        capabilities: Mapping[str, TypeCapability],
        register: Register,
        sides: tuple[str, str, str],
    ) -> None:
        """Read through `session`; `sides` are app, what origins call it, and company."""
        self._session = session
        self._info = info
        self._capabilities = capabilities
        self._register = register
        self._app, self._origin, self._company = sides

    def note(self, jobs: Sequence[Job], other: frozenset[str]) -> None:
        """Note of each expense document to be posted which of the books may overlap it.

        Args:
            jobs: the documents.
            other: names of documents of which a person said that they do not overlap.
        """
        meant = [
            job
            for job in jobs
            if job.is_new and job.kind.kind is Kind.EXPENSE and job.rows and not job.is_reposted
        ]
        days = [day for job in meant if (day := _first_day(job)) is not None]
        if not days:
            return
        known = {source for source, _ in self._register.expenses(self._app, self._company)}
        unknown = [each for each in self._posted(min(days)) if f"{PREFIX}{each.first}" not in known]
        for job in meant:
            for each in unknown:
                if _may_overlap(job, each, is_settled=job.is_named(other)):
                    self._note(job, each)

    def _note(self, job: Job, found: _Unknown) -> None:
        declared = declared_type(found.record_type)
        party = job.document.party if job.document is not None else None
        job.note(
            EXPENSES_UNKNOWN.finding(
                number=found.body.get(declared.number or ""),
                key=found.body.get(declared.key),
                date=found.day,
                party=party.key if party is not None else found.owner,
                name=job.reading.id,
            )
        )

    def _posted(self, since: date) -> Iterator[_Unknown]:
        """Yield the live documents with expenses of the site, from a day on."""
        start = f"{self._origin}:{PREFIX.replace(':', '%3A')}"
        stored = {
            name: self._capabilities[name].filters
            for name in RECORD_TYPES[DocumentKind.EXPENSE_BILL]
            if name in self._capabilities and self._capabilities[name].origin is OriginPlace.STORED
        }
        for name, pushed in stored.items():
            for body in self._read(name, pushed, start, since):
                first = unquote(str(body["origin"]).split(":")[1]).removeprefix(PREFIX)
                is_live = body.get("reversed_by") is None and body.get("reverses") is None
                if is_live and first.isdecimal():
                    owner = str(body.get("vendor_id") or body.get("number")).casefold()
                    if name == _JOURNAL:
                        owner = owner.partition("-")[2]
                    day = date.fromisoformat(str(body["date"]))
                    yield _Unknown(int(first), owner, day, name, body)

    def _read(self, name: str, pushed: Collection[str], start: str, since: date) -> Iterator[Body]:
        # In a pattern % stands for anything, so what comes is compared once more.
        begins = Comparison("origin", Operator.LIKE, (f"{start}%",))
        newer = Comparison("date", Operator.GREATER_EQUAL, (since,))
        table = filters.declared_fields(declared_type(name), self._info.edition, self._info.release)
        where = filters.check(And((begins, newer)), table)
        matches = filters.compile(where)
        query = Query(where=where if {"origin", "date"} <= set(pushed) else None)
        for body in self._session.read(name, query):
            if matches(body) and str(body["origin"]).startswith(start):
                yield body


def _first_day(job: Job) -> date | None:
    return job.listed.date if job.listed is not None else None


def _may_overlap(job: Job, found: _Unknown, *, is_settled: bool) -> bool:
    """Tell whether a document of the books may have expenses of one that is to be posted.

    Its first expense has the lowest number, and no expense is later than its own day.
    """
    expenses = {int(each) for each in job.rows}
    if found.first in expenses:
        # This one it has for sure.
        return True
    day = _first_day(job)
    in_time = day is None or day <= found.day
    return not is_settled and in_time and found.first < max(expenses) and _is_of(job, found)


def _is_of(job: Job, found: _Unknown) -> bool:
    """Tell whether a document of the books is of the member whose expenses these are."""
    body = (job.draft.body if job.draft is not None else None) or {}
    party = job.document.party if job.document is not None else None
    owners = {str(body.get("vendor_id")).casefold(), party.key.casefold() if party else ""}
    if found.record_type != _JOURNAL:
        return found.owner in owners
    # The number of a journal entry is cut to what Sage holds.
    return bool(found.owner) and any(each.startswith(found.owner) for each in owners)
