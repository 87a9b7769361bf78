"""Documents that another batch of ours posts: for another company, or with other expenses.

The books tell what is in them, and nothing of other books or of a run that still waits.
Only our own copies of batches know that a document of ConnectWise went, or is about to go,
somewhere else; it must not be posted twice.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, select, true

from clary.engine.journal import in_pages
from clary.engine.runs import UNFINISHED
from clary.engine.tables import PLANS, RUNS
from clary.flows.batch.jobs import Job
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.register import Batch, BatchDocument, Register, Standing
from clary.flows.batch.tables import BATCH_DOCUMENTS, BATCHES
from clary.kernel.change import Origin
from clary.kernel.clock import timestamp
from clary.kernel.errors import Finding, Guarded, Rejected, declare
from clary.store import Database

OTHER_COMPANY = declare(
    "BATCH_OTHER_COMPANY",
    Rejected,
    "Batch {number} has posted it to the company {company}, or is about to.",
    "If it belongs there, leave it out. If it belongs here, take it back there first: {command}."
    " If both books shall have it, state --other {name}.",
    http_status=409,
)
EXPENSES_WAITING = declare(
    "BATCH_EXPENSES_WAITING",
    Rejected,
    "Expenses of it are part of {document} in batch {number}, whose run waits to go on.",
    "Go on with that run first, then plan again: clary runs resume {run}",
    http_status=409,
)
BATCH_RIVALLED = declare(
    "BATCH_RIVALLED",
    Guarded,
    "{count} documents were taken up by another batch after the plan was made; nothing was"
    " written.",
    "Plan again; the new plan tells what to do about them.",
)
DOCUMENT_RIVALLED = declare(
    "BATCH_DOCUMENT_RIVALLED",
    Guarded,
    "Batch {number} of the company {company} has posted it, or some of its expenses, after the plan"
    " was made, or is about to.",
    "Plan again.",
)

SHOWN: Final = 100
"""Most documents that one refusal names."""

_EXPENSES: Final = tuple(kind.value for kind in DocumentKind if kind.kind is Kind.EXPENSE)
_SOME = (
    *(BATCH_DOCUMENTS.c.source, BATCH_DOCUMENTS.c.rows, BATCH_DOCUMENTS.c.origin),
    *(BATCHES.c.app, BATCHES.c.id, RUNS.c.identity),
    *(RUNS.c.id.label("run"), RUNS.c.state),
)


@dataclass(frozen=True, slots=True)
class Rival:
    """A document of another batch that is the same, or has some of the same expenses.

    Attributes:
        batch: the other batch.
        document: its document, as it stands now.
        run: the run that posts it.
        is_ours: it is posted to the same books.
    """

    batch: Batch
    document: BatchDocument
    run: str
    is_ours: bool

    def finding(self, name: str) -> Finding:
        """Return what a person must do about it, for the document called `name`."""
        batch, number = self.batch, self.batch.identifier
        if self.is_ours:
            return EXPENSES_WAITING.finding(
                document=self.document.number, number=number, run=self.run
            )
        words = ["clary", "runs", "undo", self.run]
        if self.document.state is Standing.POSTED:
            place = (batch.app, batch.company, number)
            words = ["clary", "batch", "unbatch", *place, self.document.source]
        return OTHER_COMPANY.finding(
            number=number, company=batch.company, command=shlex.join(words), name=name
        )


class Elsewhere:
    """Knows what batches for other books, and unfinished ones for these, post."""

    def __init__(
        self,
        database: Database,
        register: Register,
        site: tuple[str, Collection[str]],
        identity: str,
    ) -> None:
        """Look for documents of a site, seen from these books.

        Args:
            database: holds journal and register.
            register: our copies of batches.
            site: what origins call it, and the connections that lead to other sites: their
                documents may be called the same and are others.
            identity: the books.
        """
        self._database = database
        self._register = register
        self._origin, self._others = site
        self._identity = identity

    def note(self, jobs: Sequence[Job], passed: frozenset[str]) -> None:
        """Note of each document that is to be posted whether another batch posts it.

        Args:
            jobs: the documents.
            passed: names of documents of which a person said that both books shall have them.
        """
        meant = [job for job in jobs if job.is_new]
        documents = {job.reading.id: job.rows if _has_expenses(job) else {} for job in meant}
        found = self.rivals(documents)
        for job in meant:
            rival = found.get(job.reading.id)
            if rival is not None and (rival.is_ours or not job.is_named(passed)):
                job.note(rival.finding(job.reading.id))

    def rivals(
        self, documents: Mapping[str, Collection[str]], since: datetime | None = None
    ) -> dict[str, Rival]:
        """Return what else posts some documents, by their ids.

        Args:
            documents: ids of documents, each with its expenses if it is made of any.
            since: only runs that were started from this moment on.
        """
        found: dict[str, Rival] = {}
        for source, row in self._alike(documents, since):
            rival = self._rival(row, is_new=since is not None)
            if rival is not None:
                found.setdefault(source, rival)
        return found

    def is_quiet_since(self, since: datetime) -> bool:
        """Tell whether no run was started from a moment on, so that there are no newer rivals."""
        query = select(RUNS.c.id).where(RUNS.c.started_at >= timestamp(since)).limit(1)
        with self._database.read() as connection:
            return connection.execute(query).first() is None

    def _alike(
        self, documents: Mapping[str, Collection[str]], since: datetime | None
    ) -> Iterator[tuple[str, Row[Any]]]:
        """Yield each document with the rows of our copies that are or hold the same."""
        table = BATCH_DOCUMENTS.c
        other = RUNS.c.identity != self._identity
        for some in in_pages(documents):
            yield from (
                (row.source, row) for row in self._rows(table.source.in_(some) & other, since)
            )
        owners = {expense: source for source, rows in documents.items() for expense in rows}
        for row in self._rows(table.kind.in_(_EXPENSES), since) if owners else ():
            shared = {owners[each] for each in json.loads(row.rows) if each in owners}
            if row.identity == self._identity:
                # The same document is found in these books by its origin.
                shared.discard(row.source)
            yield from ((source, row) for source in sorted(shared))

    def _rows(self, chosen: ColumnElement[bool], since: datetime | None) -> Iterator[Row[Any]]:
        newer = true() if since is None else RUNS.c.started_at >= timestamp(since)
        query: Select[Any] = (
            select(*_SOME)
            .join(BATCHES, BATCHES.c.id == BATCH_DOCUMENTS.c.batch)
            .join(PLANS, PLANS.c.id == BATCHES.c.plan)
            .join(RUNS, RUNS.c.serial == PLANS.c.run)
            .where(chosen, newer, BATCHES.c.app.not_in(self._others))
            .order_by(BATCHES.c.id.desc())
        )
        with self._database.read() as connection:
            found = connection.execute(query).all()
        yield from (row for row in found if row.origin == Origin(self._origin, row.source).base)

    def _rival(self, row: Row[Any], *, is_new: bool) -> Rival | None:
        """Return a document of another batch, unless it is not and will not be posted."""
        is_ours = row.identity == self._identity
        holding = self._register.holding(row.app, row.source)
        batch, document = next(each for each in holding if each[0].id == row.id)
        waits = document.state is Standing.WAITING and row.state in UNFINISHED
        # What is in these books already is told with its key, from the books themselves.
        is_there = document.state in _IN_BOOKS and (is_new or not is_ours)
        return Rival(batch, document, row.run, is_ours) if waits or is_there else None


def check_rivals(register: Register, elsewhere: Elsewhere, plan: str) -> None:
    """Make sure that no other batch took up documents of a plan since it was made.

    Raises:
        Guarded: one did (BATCH_RIVALLED); the documents are named.
    """
    found: list[Finding] = []
    for batch in register.of_plan(plan):
        if elsewhere.is_quiet_since(batch.created_at):
            continue
        for some in in_pages(each for each in register.documents(batch) if _is_planned(each)):
            documents = {each.source: each for each in some}
            rows = {each.source: each.rows if _has_expenses(each) else {} for each in some}
            for source, rival in elsewhere.rivals(rows, batch.created_at).items():
                document = documents[source]
                finding = DOCUMENT_RIVALLED.finding(
                    record=f"{document.kind.value} {document.number}",
                    number=rival.batch.identifier,
                    company=rival.batch.company,
                )
                found.append(finding)
    if found:
        raise Guarded(BATCH_RIVALLED.finding(count=len(found)), *found[:SHOWN])


def _is_planned(document: BatchDocument) -> bool:
    return document.origin is not None and document.state is not Standing.LEFT


_IN_BOOKS = frozenset({Standing.POSTED, Standing.UNBATCHED})


def _has_expenses(each: Job | BatchDocument) -> bool:
    return each.kind.kind is Kind.EXPENSE
