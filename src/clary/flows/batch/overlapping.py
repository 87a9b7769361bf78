"""Expenses that are in the books already, as part of another document.

ConnectWise makes one bill of whatever expenses of a member are asked for together: the
same expense stands in another bill once others were left out, un-batched or deleted.  Its
bill has another id then, so that the expense itself is what must not be posted twice.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from clary.engine.rerun import Rerun
from clary.flows.batch.jobs import Job
from clary.flows.batch.kinds import Kind
from clary.flows.batch.register import Batch, BatchDocument, Register, Standing
from clary.kernel.change import Action, Change, Origin
from clary.kernel.errors import Finding, Rejected, declare

EXPENSES_POSTED = declare(
    "BATCH_EXPENSES_POSTED",
    Rejected,
    "Expenses of it are in the books already, as part of {number} ({key}): {expenses}.",
    "They are never posted twice. Leave them out ({excluded}), and mark them as posted with"
    " `clary batch clear`; or take {number} back, then plan again: {command}",
    http_status=409,
)

SHOWN = 5
"""Expenses that one finding names."""

_IN_BOOKS = frozenset({Standing.POSTED, Standing.UNBATCHED})


@dataclass(slots=True)
class PostedExpenses:
    """Tells of an expense document which of its expenses stand in another one.

    Attributes:
        register: our copies of batches.
        rerun: looks origins up in the books.
        app: name of the connection of ConnectWise.
        origin: what origins call the site.
        company: name of the connection of the company.
    """

    register: Register
    rerun: Rerun
    app: str
    origin: str
    company: str
    _sources: dict[str, set[str]] | None = None
    _posted: dict[str, tuple[Batch, BatchDocument] | None] = field(default_factory=dict)

    def findings(self, job: Job) -> Iterator[Finding]:
        """Yield a finding for each document in the books that has expenses of this one.

        The document itself counts as another one if it was posted with other expenses.
        """
        if job.kind.kind is not Kind.EXPENSE or not job.rows:
            return
        known = self._known()
        for source in sorted({name for row in job.rows for name in known.get(row, ())}):
            found = self._in_books(source)
            if found is None:
                continue
            batch, document = found
            is_itself = source == job.reading.id and document.rows.keys() == job.rows.keys()
            shared = sorted(document.rows.keys() & job.rows.keys(), key=int)
            if shared and not is_itself:
                yield self._finding(batch, document, shared)

    def _finding(self, batch: Batch, document: BatchDocument, shared: list[str]) -> Finding:
        more = " ..." if len(shared) > SHOWN else ""
        words = ("clary", "batch", "unbatch", self.app, self.company, batch.identifier)
        return EXPENSES_POSTED.finding(
            number=document.number,
            key=document.key,
            expenses=", ".join(shared[:SHOWN]) + more,
            excluded=" ".join(f"--exclude expense:{each}" for each in shared[:SHOWN]) + more,
            command=shlex.join((*words, document.number)),
        )

    def _known(self) -> dict[str, set[str]]:
        """Return the documents that each expense was ever selected in."""
        if self._sources is None:
            self._sources = {}
            for source, rows in self.register.expenses(self.app, self.company):
                for row in rows:
                    self._sources.setdefault(row, set()).add(source)
        return self._sources

    def _in_books(self, source: str) -> tuple[Batch, BatchDocument] | None:
        """Return the batch by which a document came into the books, with the document."""
        if source not in self._posted:
            found = [
                (batch, document)
                for batch, document in self.register.holding(self.app, source)
                if batch.company == self.company and document.state in _IN_BOOKS
            ]
            self._posted[source] = self._posting(source, found)
        return self._posted[source]

    def _posting(
        self, source: str, found: Sequence[tuple[Batch, BatchDocument]]
    ) -> tuple[Batch, BatchDocument] | None:
        """Return what of `found`, the newest first, was posted and is in the books still."""
        for name in dict.fromkeys(each.record_type for _, each in found if each.record_type):
            origin = Origin(self.origin, source)
            change = Change(1, self.company, Action.CREATE, name, origin=origin)
            standing = self.rerun.standings([change])[0]
            if standing.is_live:
                plan = None if standing.entry is None else standing.entry.plan
                # A later batch that left it out holds other expenses under the same id.
                return next((each for each in found if each[0].plan == plan), found[-1])
        return None
