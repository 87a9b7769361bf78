"""Reads the documents of a batch that exists in ConnectWise once more, piece by piece."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from clary.apps.connectwise.batch_target import BATCH_CLOSED
from clary.apps.connectwise.gl_ids import documents as rows_of
from clary.apps.connectwise.resources import KINDS, Accounting, ExportRequest, KindName
from clary.apps.connectwise.shapes import AccountingBatch, GLExport
from clary.flows.batch.ahead import fetched_ahead
from clary.flows.batch.fetching import PIECE, Piece, named
from clary.flows.batch.kinds import DetailLevel, Kind
from clary.flows.batch.reading import REREAD, Reader, Reading
from clary.flows.batch.register import BatchDocument
from clary.kernel.errors import ClaryError


@dataclass(frozen=True, slots=True)
class Existing:
    """A batch that exists in ConnectWise, with the documents that our copy has of it.

    Attributes:
        batch: the batch.
        documents: its documents, as far as our copy knows them.
        detail: how much text the lines of invoices carry.
    """

    batch: AccountingBatch
    documents: Sequence[BatchDocument] = ()
    detail: DetailLevel = DetailLevel.DEFAULT

    @property
    def id(self) -> int:
        """Id of the batch."""
        return self.batch.id or 0

    @property
    def kinds(self) -> tuple[KindName, ...]:
        """What the batch holds."""
        flags = (
            self.batch.export_invoices_flag,
            self.batch.export_expenses_flag,
            self.batch.export_products_flag,
        )
        return tuple(kind for kind, flag in zip(KINDS, flags, strict=True) if flag) or KINDS


def existing(
    accounting: Accounting, number: str, absent: Callable[[], ClaryError]
) -> AccountingBatch:
    """Return the batch of a number that can still be worked with.

    Args:
        accounting: the site.
        number: number of the batch.
        absent: tells why the site does not have it.

    Raises:
        ClaryError: it is closed (BATCH_CLOSED), or the site does not have it.
    """
    found = accounting.batch_named(number)
    if found is None:
        raise absent()
    if found.closed_flag:
        raise BATCH_CLOSED.raised(record=f"batch {number}", identifier=number)
    return found


def reread(accounting: Accounting, batch: Existing) -> Iterator[Piece]:
    """Yield the documents of a batch, in the order in which they are to be posted.

    Those that our copy knows are asked for by their ids, some at a time; a batch that
    somebody else made comes whole.
    """
    sources = {row: each.source for each in batch.documents for row in each.gl_ids}
    moves = {
        each.source.partition(":")[2]: each.gl_ids
        for each in batch.documents
        if each.source.startswith(("adjustment:", "transfer:"))
    }
    reader = Reader(moves)

    def exported(request: ExportRequest) -> GLExport:
        return accounting.export_batch(batch.id, request)

    for _, export in fetched_ahead(exported, _requests(batch)):
        found = [_known(each, sources) for each in reader.read(export, REREAD)]
        yield Piece(tuple(found), gl_ids=_gl_ids(export, found))


def _requests(batch: Existing) -> Iterator[ExportRequest]:
    if not batch.documents:
        yield ExportRequest(kinds=batch.kinds, detail=batch.detail.value)
        return
    ordered = sorted(batch.documents, key=lambda each: (each.kind.order, each.date is None))
    for kind, group in groupby(ordered, lambda each: each.kind.kind):
        documents = list(group)
        for start in range(0, len(documents), PIECE):
            ids = [row for each in documents[start : start + PIECE] for row in each.rows]
            yield _request(kind, ids, batch.detail)


def _request(kind: Kind, ids: Sequence[str], detail: DetailLevel) -> ExportRequest:
    numbers = [int(each) for each in ids] if kind is not Kind.PROCUREMENT else []
    return ExportRequest(
        kinds=(KINDS[list(Kind).index(kind)],),
        invoices=numbers if kind is Kind.INVOICE else (),
        expenses=numbers if kind is Kind.EXPENSE else (),
        products=ids if kind is Kind.PROCUREMENT else (),
        detail=detail.value,
    )


def _known(reading: Reading, sources: dict[int, str]) -> Reading:
    """Return a document under the id that our copy has of it."""
    if reading.kind is not Kind.EXPENSE or reading.document is None:
        return reading
    found = {sources[row] for row in reading.document.gl_ids if row in sources}
    return named(reading, min(found)) if found else reading


def _gl_ids(export: GLExport, found: Sequence[Reading]) -> dict[str, tuple[int, ...]]:
    known = dict(rows_of(export))
    for each in found:
        if each.document is not None:
            known[each.id] = each.document.gl_ids
    return known
