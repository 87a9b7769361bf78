"""One document on its way through planning, with all that was found out about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final

from clary.engine.rerun import Standing
from clary.flows.batch.drafts import Draft
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.listing import Candidate
from clary.flows.batch.reading import Reading
from clary.flows.batch.source import SourceDocument
from clary.kernel.change import Body, Change
from clary.kernel.errors import Finding, Severity

RECORD_TYPES: Final[Mapping[DocumentKind, tuple[str, ...]]] = {
    DocumentKind.INVOICE: ("sales_invoice",),
    DocumentKind.CREDIT_MEMO: ("credit_memo",),
    DocumentKind.EXPENSE_BILL: ("purchase", "journal_entry"),
    DocumentKind.EXPENSE_JOURNAL: ("journal_entry", "purchase"),
    DocumentKind.BILL: ("purchase",),
    DocumentKind.ITEM_RECEIPT: ("purchase",),
    DocumentKind.ADJUSTMENT: ("inventory_adjustment",),
    DocumentKind.TRANSFER: (),
}
"""What a document may stand as in the books, likeliest first: expenses were perhaps posted
while the accounting package was set up the other way."""

_LIKELY: Final[Mapping[Kind, DocumentKind]] = {
    Kind.INVOICE: DocumentKind.INVOICE,
    Kind.EXPENSE: DocumentKind.EXPENSE_BILL,
    Kind.PROCUREMENT: DocumentKind.BILL,
}


def number_of(reading: Reading) -> str:
    """Return what people call a document."""
    found = reading.document
    return found.number if found is not None else reading.record.split(" ", 1)[-1]


def names_of(reading: Reading) -> frozenset[str]:
    """Return what a person may call a document when deciding about it, in lower case."""
    return frozenset({reading.id.casefold(), number_of(reading).casefold()})


@dataclass(slots=True)
class Job:
    """One document, what becomes of it, and everything that was noticed.

    Attributes:
        reading: what became of its entry in the export.
        draft: what it becomes in the books; none where it cannot be read, or is handled.
        findings: errors and warnings.
        rows: the unposted rows it was exported from, each with what it said.
        gl_ids: its GL rows, also where it cannot be read otherwise.
        listed: the first unposted row it was exported from; none in a rerun.
        standing: what books and journal know of it, as the record type that counts.
        standings: the same for each record type that it may stand as.
        stored: the document as the books have it already.
        is_by_hand: `stored` was entered by hand, and is the same document.
        is_handled: it is marked as posted without posting anything.
        is_reposted: an earlier posting of it is taken back first.
        change: the change as far as it is made; its number comes last.
        undoing: number of the change that takes an earlier posting back, 0 for none.
    """

    reading: Reading
    draft: Draft | None = None
    findings: list[Finding] = field(default_factory=list)
    rows: Mapping[str, str] = field(default_factory=dict)
    gl_ids: tuple[int, ...] = ()
    listed: Candidate | None = None
    standing: Standing | None = None
    standings: dict[str, Standing] = field(default_factory=dict)
    stored: Body | None = None
    is_by_hand: bool = False
    is_handled: bool = False
    is_reposted: bool = False
    change: Change | None = None
    undoing: int = 0

    @property
    def document(self) -> SourceDocument | None:
        """The document; none where it cannot be posted."""
        return self.reading.document

    @property
    def kind(self) -> DocumentKind:
        """What the document is; the likeliest of its kind where it cannot be read."""
        found = self.reading.document
        return _LIKELY[self.reading.kind] if found is None else found.kind

    @property
    def record_type(self) -> str:
        """What it is in the books, empty where nothing is posted for it."""
        if self.change is not None:
            return self.change.record_type
        if self.standing is not None:
            return self.standing.change.record_type
        if self.draft is not None and self.draft.record_type:
            return self.draft.record_type
        return next(iter(RECORD_TYPES[self.kind]), "")

    @property
    def number(self) -> str:
        """What people call it."""
        return number_of(self.reading)

    @property
    def names(self) -> frozenset[str]:
        """What a person may call it when deciding about it, in lower case."""
        rows = (f"{self.reading.kind}:{row}".casefold() for row in self.rows)
        return names_of(self.reading).union(rows)

    @property
    def is_new(self) -> bool:
        """It is to be posted: it is drafted, and not in the books yet."""
        return (
            self.draft is not None
            and self.draft.body is not None
            and self.stored is None
            and not self.failed
        )

    @property
    def failed(self) -> bool:
        """An error stands against it."""
        return bool(self.findings) and any(
            each.severity is Severity.ERROR for each in self.findings
        )

    def is_named(self, names: frozenset[str]) -> bool:
        """Tell whether a person's list of documents, in lower case, names it."""
        return not self.names.isdisjoint(names)

    def note(self, *findings: Finding) -> None:
        """Add findings, under the document's own name."""
        self.findings += [replace(each, record=self.reading.record) for each in findings]
