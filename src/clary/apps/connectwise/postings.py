"""What waits to be posted, its export, and the batches of what was posted.

Computing an export marks nothing; making a batch marks exactly the GL rows that it names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from pydantic import ValidationError

from clary.apps.connectwise.client import Json
from clary.apps.connectwise.conditions import equal
from clary.apps.connectwise.reading import Reader, S, shaped, unread
from clary.apps.connectwise.shapes import (
    AccountingBatch,
    BatchEntry,
    EntryRow,
    GLExport,
    GLRows,
    UnpostedExpense,
    UnpostedInvoice,
    UnpostedProcurement,
)

ROOT = "/finance/accounting"
KindName: TypeAlias = Literal["invoices", "expenses", "products"]
KINDS: tuple[KindName, ...] = ("invoices", "expenses", "products")
"""What an export or a batch can hold, by the words of its flags."""

IDENTIFIER_LENGTH = 50
"""Longest identifier of a batch (connectwise.md section 3)."""


@dataclass(frozen=True, slots=True)
class ExportRequest:
    """What to export; ids that are not stated mean all of that kind.

    Attributes:
        kinds: what to export; at least one.
        invoices: billing log ids of the invoices.
        expenses: expense detail ids.
        products: unposted product ids, such as `3-A1-purchase`.
        without_invoices: billing log ids that are left out.
        without_expenses: expense detail ids that are left out.
        without_products: unposted product ids that are left out.
        through: last day of the documents; the whole day counts.
        location: id of one location; 0 for all.
        detail: how fine the lines of invoices are.
        identifier: name of the batch that it is for; any text does while none is made.
    """

    kinds: Collection[KindName]
    invoices: Sequence[int] = ()
    expenses: Sequence[int] = ()
    products: Sequence[str] = ()
    without_invoices: Sequence[int] = ()
    without_expenses: Sequence[int] = ()
    without_products: Sequence[str] = ()
    through: date | None = None
    location: int = 0
    detail: Literal["Default", "Condensed", "Detailed"] = "Default"
    identifier: str = "0"

    def as_body(self) -> dict[str, Json]:
        """Return the request as it is sent; what is not stated is left out."""
        body: dict[str, Json] = {
            "batchIdentifier": self.identifier,
            "locationId": self.location,
            "summarizeInvoices": self.detail,
            **flags(self.kinds),
        }
        if self.through is not None:
            body["thruDate"] = f"{self.through:%Y-%m-%d}T23:59:59Z"
        lists: dict[str, Sequence[int] | Sequence[str]] = {
            "includedInvoiceIds": self.invoices,
            "excludedInvoiceIds": self.without_invoices,
            "includedExpenseIds": self.expenses,
            "excludedExpenseIds": self.without_expenses,
            "includedProductIds": self.products,
            "excludedProductIds": self.without_products,
        }
        return {**body, **{name: list(ids) for name, ids in lists.items() if ids}}


def flags(kinds: Collection[KindName]) -> dict[str, Json]:
    """Return the flags of an export or batch that holds `kinds`."""
    return {f"export{kind.capitalize()}Flag": kind in kinds for kind in KINDS}


class Postings(Reader):
    """The accounting interface of a site."""

    def unposted_invoices(
        self, conditions: str = "", fields: Sequence[str] = ()
    ) -> Iterator[UnpostedInvoice]:
        """Yield the closed invoices and credit memos that wait; with `fields` only those."""
        return self._unposted(UnpostedInvoice, "unpostedinvoices", conditions, fields)

    def unposted_expenses(
        self, conditions: str = "", fields: Sequence[str] = ()
    ) -> Iterator[UnpostedExpense]:
        """Yield the expenses that wait; with `fields` only those."""
        return self._unposted(UnpostedExpense, "unpostedexpenses", conditions, fields)

    def unposted_procurement(
        self, conditions: str = "", fields: Sequence[str] = ()
    ) -> Iterator[UnpostedProcurement]:
        """Yield the purchases, adjustments and transfers that wait; with `fields` only those."""
        return self._unposted(UnpostedProcurement, "unpostedprocurement", conditions, fields)

    def _unposted(
        self, shape: type[S], name: str, conditions: str, fields: Sequence[str]
    ) -> Iterator[S]:
        """Yield what waits, with the fields that are read: a site works out a lot of others."""
        return self.many(shape, f"{ROOT}/{name}", conditions, fields=fields or shape.asked())

    def export(self, request: ExportRequest) -> GLExport:
        """Return the documents to post; nothing is marked."""
        path = f"{ROOT}/export"
        return self._export(path, request)

    def export_batch(self, batch: int, request: ExportRequest) -> GLExport:
        """Return the documents of a batch as they are now; nothing is marked.

        Raises:
            Rejected: there is no such batch (CONNECTWISE_NOT_FOUND).
        """
        return self._export(f"{ROOT}/batches/{batch}/export", request)

    def _export(self, path: str, request: ExportRequest) -> GLExport:
        return _exported(self.client.post(path, request.as_body(), safe=True), path)

    def export_rows(self, request: ExportRequest) -> GLRows | GLExport:
        """Return the same documents with nothing but their GL rows, which takes less work.

        An export with an entry that cannot be read is read whole, and that entry set aside.
        """
        path = f"{ROOT}/export"
        answer = self.client.post_as(GLRows.model_validate_json, path, request.as_body())
        return answer if isinstance(answer, GLRows) else _exported(answer, path)

    def batches(self, conditions: str = "") -> Iterator[AccountingBatch]:
        """Yield the batches of the site."""
        return self.many(AccountingBatch, f"{ROOT}/batches", conditions)

    def batch(self, batch: int) -> AccountingBatch:
        """Return a batch.

        Raises:
            Rejected: there is no such batch (CONNECTWISE_NOT_FOUND).
        """
        return self.one(AccountingBatch, f"{ROOT}/batches/{batch}")

    def batch_named(self, identifier: str) -> AccountingBatch | None:
        """Return the batch of a name in any case, or none."""
        named = self.batches(equal("batchIdentifier", identifier))
        folded = identifier.casefold()
        return next((b for b in named if (b.batch_identifier or "").casefold() == folded), None)

    def create_batch(
        self, identifier: str, record_ids: Sequence[int], kinds: Collection[KindName]
    ) -> None:
        """Make a batch, which marks GL rows as posted.

        Args:
            identifier: its name, which no other batch has.
            record_ids: ids of all the GL rows that were posted, at least one.
            kinds: what it holds.

        Raises:
            Rejected: the name is taken, or ConnectWise refuses a row.
            Uncertain: it may have been made.
        """
        body: dict[str, Json] = {
            "batchIdentifier": identifier,
            **flags(kinds),
            "processedRecordIds": record_ids,
        }
        # The answer repeats every document of the batch; nobody needs it.
        self.client.post(f"{ROOT}/batches", body, answer_wanted=False)

    def delete_batch(self, batch: int) -> None:
        """Delete a batch, which makes all its documents wait again.

        Raises:
            Rejected: there is no such batch, or ConnectWise refuses.
            Uncertain: it may have been deleted.
        """
        self.client.delete(f"{ROOT}/batches/{batch}")

    def entries(self, batch: int, fields: Sequence[str] = ()) -> Iterator[BatchEntry]:
        """Yield the debits and credits of a batch; with `fields` only those of each."""
        return self.many(BatchEntry, f"{ROOT}/batches/{batch}/entries", fields=fields)

    def entry_rows(self, batch: int) -> Iterator[EntryRow]:
        """Yield the GL rows of a batch, with the account types of its debits and credits."""
        return self.many(EntryRow, f"{ROOT}/batches/{batch}/entries", fields=EntryRow.asked())


def _exported(answer: Json, path: str) -> GLExport:
    if not isinstance(answer, dict):
        return shaped(GLExport, answer, path)
    try:
        return GLExport.parse(answer)
    except ValidationError as error:
        raise unread(GLExport, answer, path, error) from None
