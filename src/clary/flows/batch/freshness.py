"""Makes sure that what a plan posts still waits in ConnectWise as it did when it was planned.

Days may lie between plan and run: an invoice may have been opened and closed again with
another amount, or posted by somebody else.  A plan that is stale is refused as a whole,
before its first write.  A run that goes on later has written already: what became stale
meanwhile is kept back alone, out of the books and out of the batch.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from clary.apps.connectwise.gl_ids import exported
from clary.apps.connectwise.postings import KindName
from clary.apps.connectwise.resources import Accounting
from clary.engine.journal import in_pages
from clary.engine.plan import Planned
from clary.flows.batch.ahead import fetched_ahead
from clary.flows.batch.finishing import POSTED, shares_in
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.listing import Listing
from clary.flows.batch.register import Batch, BatchDocument, BatchState, Register, Standing
from clary.flows.batch.requests import scope_of
from clary.kernel.change import Body, Change
from clary.kernel.errors import Code, Finding, Guarded, Rejected, declare

BATCH_STALE = declare(
    "BATCH_STALE",
    Guarded,
    "Changed in ConnectWise after the plan was made: {count} of its documents; nothing was"
    " written.",
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
ENTRIES_MOVED = declare(
    "BATCH_ENTRIES_MOVED",
    Guarded,
    "ConnectWise has other entries for it than when the plan was made.",
    "Plan again; the new plan starts from its entries as they are now.",
)
CHANGED_MEANWHILE = declare(
    "BATCH_CHANGED_MEANWHILE",
    Rejected,
    "It was changed in ConnectWise before the run went on, so it was not posted.",
    "Run a new batch for it, which starts from the document as it is now.",
)
LEFT_OUT = declare(
    "BATCH_LEFT_OUT",
    Rejected,
    "{record} was changed in ConnectWise before the run went on, so the batch does not hold it.",
    "Run a new batch for it: what is in the books is compared with the document as it is now.",
)

TAKEN_UP = declare(
    "BATCH_TAKEN_UP",
    Rejected,
    "{what} in batch {number} by now.",
    "Nothing needs to be done.",
)

SHOWN: Final = 100
"""Most documents that one refusal names."""

_MOVES: Final = frozenset({DocumentKind.ADJUSTMENT, DocumentKind.TRANSFER})
"""Documents whose entries only the list of what waits names, and no export."""

_WORDS: Final[dict[Kind, KindName]] = {
    Kind.INVOICE: "invoices",
    Kind.EXPENSE: "expenses",
    Kind.PROCUREMENT: "products",
}


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
            for document, code in _stale(register, accounting, batch):
                count += 1
                if len(found) < SHOWN:
                    found.append(code.finding(record=_record(document)))
    if count:
        raise Guarded(BATCH_STALE.finding(count=count), *found)


def review_of(
    register: Register, accounting: Accounting, plans: Iterable[str]
) -> Callable[[Change], Planned]:
    """Return what keeps back, of a run that goes on, the documents that became stale.

    Raises:
        ClaryError: the site cannot be read.
    """
    review = _Review()
    for batch in (each for plan in plans for each in register.of_plan(plan)):
        if batch.state is BatchState.WAITING:
            held = _held(accounting, batch.identifier)
            review.moved.update(register.moved(batch))
            for document, _ in _stale(register, accounting, batch, held):
                review.stale[document.source] = _record(document)
                review.rows.update(dict.fromkeys(document.gl_ids, document.source))
    return review.reviewed


@dataclass(slots=True)
class _Review:
    """The documents that became stale: what they are called by their id, and their GL rows.

    Those that another batch holds by now have its number in `moved`.
    """

    stale: dict[str, str] = field(default_factory=dict)
    rows: dict[int, str] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    moved: dict[str, str] = field(default_factory=dict)

    def reviewed(self, change: Change) -> Planned:
        """Rule a stale document out, and leave it out of the batch."""
        if change.document in self.stale:
            self.refused.add(change.document)
            record = self.stale[change.document]
            number = self.moved.get(change.document)
            taken = TAKEN_UP.finding(record=record, what="It is", number=number)
            changed = CHANGED_MEANWHILE.finding(record=record)
            return Planned(change, (taken if number else changed,))
        if change.deferred != POSTED:
            return Planned(change)
        shares = list(shares_in(change.after))
        kept = [share for share in shares if self.rows.keys().isdisjoint(share.gl_ids)]
        left = {self.rows[row] for share in shares for row in share.gl_ids if row in self.rows}
        told = sorted(self.stale[source] for source in left - self.refused - self.moved.keys())
        elsewhere = Counter(self.moved[source] for source in left & self.moved.keys())
        body: Body = {**(change.after or {}), "shares": [share.as_value() for share in kept]}
        warnings = [LEFT_OUT.warning(record=record) for record in told]
        for number, count in elsewhere.items():
            what = "One of its documents is" if count == 1 else f"{count} of its documents are"
            warnings.append(TAKEN_UP.warning(record=change.record, what=what, number=number))
        return Planned(replace(change, after=body), tuple(warnings))


def _record(document: BatchDocument) -> str:
    return f"{document.kind.value} {document.number}"


def _held(accounting: Accounting, identifier: str) -> frozenset[int]:
    """Return the GL rows that a batch holds; none where it is not made yet."""
    batch = accounting.batch_named(identifier)
    if batch is None or batch.id is None:
        return frozenset()
    entries = accounting.entries(batch.id, fields=("id",))
    return frozenset(each.id for each in entries if each.id is not None)


def _stale(
    register: Register, accounting: Accounting, batch: Batch, held: frozenset[int] = frozenset()
) -> Iterator[tuple[BatchDocument, Code]]:
    """Yield the documents of a batch that do not wait as they were planned, with what is so.

    Args:
        register: holds our copy.
        accounting: the site.
        batch: the batch.
        held: GL rows that the batch holds already; their documents are as they were.
    """
    now = _Now.of(accounting, batch)
    found: list[tuple[BatchDocument, Code]] = []

    def as_listed() -> Iterator[list[BatchDocument]]:
        """Yield the documents whose rows are as they were, and put the others by."""
        for some in in_pages(register.documents(batch)):
            same: list[BatchDocument] = []
            for document in some:
                if document.gl_ids and held.issuperset(document.gl_ids):
                    continue
                code = now.judged(document)
                if code is not None:
                    found.append((document, code))
                elif document.state is not Standing.LEFT and document.kind not in _MOVES:
                    same.append(document)
            yield same

    def entries(some: Sequence[BatchDocument]) -> list[tuple[int, ...]]:
        return list(exported(accounting, _wanted(some)))

    for same, rows in fetched_ahead(entries, as_listed(), ahead=2):
        found += ((document, ENTRIES_MOVED) for document in _moved(same, rows))
        yield from found
        found.clear()


@dataclass(slots=True)
class _Now:
    """What ConnectWise lists now: what rows say, and the entries of those of procurement."""

    stamps: dict[tuple[str, str], str] = field(default_factory=dict)
    stock: dict[str, set[int]] = field(default_factory=dict)

    @classmethod
    def of(cls, accounting: Accounting, batch: Batch) -> _Now:
        """Return what is listed of all that a batch was selected from."""
        made = cls()
        for each in Listing(accounting, stamps_only=True).candidates(scope_of(batch.asked)):
            made.stamps[each.kind.value, str(each.export_id)] = each.stamp
            if each.kind is Kind.PROCUREMENT:
                made.stock.setdefault(str(each.export_id), set()).add(each.row_id)
        return made

    def judged(self, document: BatchDocument) -> Code | None:
        """Return what is so of a document that is not listed as it was; none if it is."""
        kind = document.kind.kind.value
        rows = [(self.stamps.get((kind, row)), then) for row, then in document.rows.items()]
        if any(stamp is None for stamp, _ in rows):
            return DOCUMENT_GONE
        if any(stamp != then for stamp, then in rows):
            return DOCUMENT_STALE
        if document.kind in _MOVES:
            entries = {entry for row in document.rows for entry in self.stock.get(row, ())}
            return None if entries == set(document.gl_ids) else ENTRIES_MOVED
        return None


def _wanted(documents: Iterable[BatchDocument]) -> dict[KindName, list[int | str]]:
    """Return what the export of documents is asked for."""
    wanted: dict[KindName, list[int | str]] = {}
    for each in documents:
        kind = each.kind.kind
        asked: Iterable[int | str] = each.rows if kind is Kind.PROCUREMENT else map(int, each.rows)
        wanted.setdefault(_WORDS[kind], []).extend(asked)
    return wanted


def _moved(
    documents: Sequence[BatchDocument], now: Iterable[tuple[int, ...]]
) -> Iterator[BatchDocument]:
    """Yield the documents that ConnectWise has other GL rows for than they were planned with.

    Args:
        documents: the documents.
        now: GL rows of each document of their export, as it is now.
    """
    owners = {row: each.source for each in documents for row in each.gl_ids}
    there: set[int] = set()
    grown: set[str] = set()
    for rows in now:
        there.update(rows)
        if not owners.keys() >= set(rows):
            grown.update(owners[row] for row in rows if row in owners)
    for each in documents:
        if each.source in grown or not there.issuperset(each.gl_ids):
            yield each
