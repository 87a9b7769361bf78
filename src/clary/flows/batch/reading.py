"""Reads an export of ConnectWise into documents, each with everything that is wrong with it.

Nothing is left out without a word: an entry that cannot be read, or that must not be
posted, is yielded all the same, without a document and with its findings.  A `Reader`
lasts for a whole selection, so that what only shows across exports (a document id that
comes twice, an account number of two companies) is noticed however the export is cut.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from clary.apps.connectwise.shapes import (
    Company,
    ExportTransaction,
    GLExport,
    Malformed,
    Reference,
    UnpostedInvoice,
)
from clary.flows.batch import reading_problems as codes
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.parties import ACCOUNT_NUMBER, VENDOR_XREF, Owners, Parties
from clary.flows.batch.reading_expenses import grouped as journals
from clary.flows.batch.reading_expenses import journal_id, read_bill, read_journal
from clary.flows.batch.reading_purchases import purchase_kind, read_purchase
from clary.flows.batch.reading_sales import read_transaction, transaction_kind
from clary.flows.batch.reading_stock import grouped as transfers
from clary.flows.batch.reading_stock import read_adjustment, read_transfer
from clary.flows.batch.source import SourceDocument
from clary.flows.batch.values import Values, cleaned
from clary.kernel.errors import Finding
from clary.ledger.posting.problems import Problems


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of one entry of an export.

    Attributes:
        id: stable id of the document.
        record: the document in words, for findings and reports.
        kind: what it is selected as.
        document: the document; none where it cannot be posted.
        findings: everything that was noticed, warnings too.
    """

    id: str
    record: str
    kind: Kind
    document: SourceDocument | None
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    """The unposted rows behind an export: they tell locations, and GL ids of stock moves.

    Attributes:
        invoices: location by invoice number.
        expenses: location by id of the unposted expense.
        procurement: location by the text id of the unposted row.
        gl_ids: GL ids by that text id.
        is_known: false for the export of an existing batch, which has no unposted rows.
    """

    invoices: Mapping[str, str] = field(default_factory=dict)
    expenses: Mapping[int, str] = field(default_factory=dict)
    procurement: Mapping[str, str] = field(default_factory=dict)
    gl_ids: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    is_known: bool = False


REREAD = Waiting()
"""For the export of an existing batch."""

_SECTION_KINDS: Mapping[str, Kind] = {
    "transactions": Kind.INVOICE,
    "expenses": Kind.EXPENSE,
    "expenseBills": Kind.EXPENSE,
    "purchaseTransactions": Kind.PROCUREMENT,
    "adjustmentTransactions": Kind.PROCUREMENT,
    "inventoryTransfers": Kind.PROCUREMENT,
}
_SECTION_WORDS: Mapping[str, str] = {
    "transactions": "invoice",
    "expenses": "expense",
    "expenseBills": "expense",
    "purchaseTransactions": "purchase",
    "adjustmentTransactions": "adjustment",
    "inventoryTransfers": "transfer",
}
"""What the ids of documents begin with."""

_ReadOne = Callable[[Values], SourceDocument | None]


class Reader:
    """Reads the exports of one selection, one after the other."""

    def __init__(self, gl_ids: Mapping[str, tuple[int, ...]] | None = None) -> None:
        """Start a selection.

        Args:
            gl_ids: for the export of an existing batch, the GL ids of stock moves by
                their text id, as our own copy of the batch has them.
        """
        self.owners = Owners()
        self._gl_ids = dict(gl_ids or {})
        self._seen: set[str] = set()

    def learn(
        self,
        invoices: Iterable[UnpostedInvoice] = (),
        companies: Iterable[Company] = (),
    ) -> None:
        """Note whose the account numbers and vendor xrefs of these records are."""
        for invoice in invoices:
            company = invoice.bill_to_company or invoice.company
            self.owners.learn(ACCOUNT_NUMBER[0], invoice.account_number or "", company)
        for each in companies:
            named = Reference(id=each.id, identifier=each.identifier, name=each.name)
            self.owners.learn(ACCOUNT_NUMBER[0], each.account_number or "", named)
            self.owners.learn(VENDOR_XREF[0], each.vendor_identifier or "", named)

    def read(self, export: GLExport, waiting: Waiting = REREAD) -> Iterator[Reading]:
        """Yield what became of every document of `export`, in its order.

        Args:
            export: the answer of ConnectWise.
            waiting: the unposted rows behind it; `REREAD` for an existing batch.
        """
        parties = Parties(export, self.owners)
        twice = self._twice(export)
        for malformed in export.malformed:
            if malformed.section in _SECTION_KINDS:
                yield _unreadable(malformed)
        for reading in self._sections(export, waiting, parties):
            yield _refused(reading) if reading.id in twice else reading
        self._seen.update(_ids(export))

    def _twice(self, export: GLExport) -> frozenset[str]:
        """Return the ids that more than one document of this selection has."""
        counted = Counter(_ids(export))
        again = {name for name, count in counted.items() if count > 1}
        return frozenset(again | (self._seen & counted.keys()))

    def _sections(self, export: GLExport, waiting: Waiting, parties: Parties) -> Iterator[Reading]:
        for invoice in export.transactions or ():
            yield _transaction(invoice, parties, waiting)
        for bill in export.expense_bills or ():
            place = waiting.expenses.get(bill.id or 0, "")
            yield _read(
                f"expense:{bill.id}",
                _named(DocumentKind.EXPENSE_BILL, bill.document_number or bill.id),
                Kind.EXPENSE,
                partial(read_bill, bill, parties=parties, location=place),
            )
        for rows in journals(export.expenses or ()):
            place = waiting.expenses.get(rows[0].id or 0, "")
            yield _read(
                journal_id(rows),
                f"{DocumentKind.EXPENSE_JOURNAL} {rows[0].id}",
                Kind.EXPENSE,
                partial(read_journal, rows, parties=parties, location=place),
            )
        for purchase in export.purchase_transactions or ():
            place = waiting.procurement.get(purchase.id or "", "")
            shown = purchase.vendor_invoice_number or purchase.document_number or purchase.id
            yield _read(
                f"purchase:{purchase.id}",
                _named(purchase_kind(purchase), shown),
                Kind.PROCUREMENT,
                partial(read_purchase, purchase, parties=parties, location=place),
            )
        yield from self._stock_moves(export, waiting, parties)

    def _stock_moves(
        self, export: GLExport, waiting: Waiting, parties: Parties
    ) -> Iterator[Reading]:
        for adjustment in export.adjustment_transactions or ():
            key = adjustment.id or ""
            ids, place = self._of_row(key, waiting)
            yield _read(
                f"adjustment:{key}",
                f"{DocumentKind.ADJUSTMENT} {key}",
                Kind.PROCUREMENT,
                partial(read_adjustment, adjustment, gl_ids=ids, location=place),
                needs_ids=waiting.is_known,
            )
        for rows in transfers(export.inventory_transfers or ()):
            key = rows[0].id or ""
            ids, place = self._of_row(key, waiting)
            yield _read(
                f"transfer:{key}",
                f"{DocumentKind.TRANSFER} {key}",
                Kind.PROCUREMENT,
                partial(read_transfer, rows, parties=parties, gl_ids=ids, location=place),
                needs_ids=waiting.is_known,
            )

    def _of_row(self, key: str, waiting: Waiting) -> tuple[tuple[int, ...], str]:
        """Return GL ids and location of a stock move, by the text id of its unposted row."""
        ids = waiting.gl_ids.get(key) or self._gl_ids.get(key, ())
        return ids, waiting.procurement.get(key, "")


def _named(kind: str, number: object) -> str:
    """Return a document in words; its number may hold anything that people pasted."""
    return f"{kind} {cleaned(str(number))[0]}"


def _transaction(entry: ExportTransaction, parties: Parties, waiting: Waiting) -> Reading:
    kind = transaction_kind(entry)
    place = waiting.invoices.get(entry.document_number or "", "")
    shown = _named(kind or DocumentKind.INVOICE, entry.document_number or entry.id)
    source = f"invoice:{entry.id}"
    if kind is None:
        word = entry.document_type or ""
        finding = codes.TYPE_UNKNOWN.finding(record=shown, field="documentType", value=word)
        return Reading(source, shown, Kind.INVOICE, None, (finding,))
    read = partial(read_transaction, entry, kind, parties=parties, location=place)
    return _read(source, shown, Kind.INVOICE, read)


def _read(
    source: str, record: str, kind: Kind, read: _ReadOne, *, needs_ids: bool = True
) -> Reading:
    problems = Problems(record)
    values = Values(problems)
    document = read(values)
    values.finish()
    if document is not None and needs_ids and not document.gl_ids:
        problems.error(codes.GL_IDS_MISSING, "id", what="the document")
    if problems.failed:
        document = None
    return Reading(source, record, kind, document, tuple(problems.findings))


def _ids(export: GLExport) -> Iterator[str]:
    """Yield the id of every document of an export."""
    yield from (f"invoice:{each.id}" for each in export.transactions or ())
    yield from (f"expense:{each.id}" for each in export.expense_bills or ())
    yield from (journal_id(rows) for rows in journals(export.expenses or ()))
    yield from (f"purchase:{each.id}" for each in export.purchase_transactions or ())
    yield from (f"adjustment:{each.id}" for each in export.adjustment_transactions or ())
    yield from (f"transfer:{rows[0].id}" for rows in transfers(export.inventory_transfers or ()))


def _refused(reading: Reading) -> Reading:
    finding = codes.DOCUMENT_TWICE.finding(record=reading.record, field="id", id=reading.id)
    return Reading(reading.id, reading.record, reading.kind, None, (*reading.findings, finding))


def _unreadable(entry: Malformed) -> Reading:
    """Return an entry whose values have the wrong form; its id may be unknown."""
    kind = _SECTION_KINDS[entry.section]
    record = _named(kind, entry.label)
    findings = tuple(
        codes.ENTRY_MALFORMED.finding(record=record, field=where, reason=reason)
        for where, reason in entry.fields
    )
    source = f"malformed:{entry.section}:{entry.label}"
    if entry.id:
        source = f"{_SECTION_WORDS[entry.section]}:{entry.id}"
    return Reading(source, record, kind, None, findings)
