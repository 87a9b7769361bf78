"""Which GL rows a document stands for: what a batch must hold for it to count as posted.

Where the ids stand differs by kind of document (connectwise.md section 2.3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from clary.apps.connectwise.conditions import one_of
from clary.apps.connectwise.postings import ExportRequest, KindName, Postings
from clary.apps.connectwise.shapes import (
    ExportExpense,
    ExportExpenseBill,
    ExportPurchase,
    ExportTransaction,
    GLExport,
    GLRows,
    RowsOfBill,
    RowsOfExpense,
    RowsOfPurchase,
    RowsOfTransaction,
)

PIECE = 250
"""Documents asked for at once."""


def documents(export: GLExport | GLRows) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the id of every document of an export, as documents are called, with its rows.

    Stock moves have none in an export; theirs are the ids of their unposted rows.
    """
    for transaction in export.transactions or ():
        yield f"invoice:{transaction.id}", _of_transaction(transaction)
    for bill in export.expense_bills or ():
        yield f"expense:{bill.id}", _of_bill(bill)
    for expense in export.expenses or ():
        yield f"expense:{expense.id}", _of_expense(expense)
    for purchase in export.purchase_transactions or ():
        yield f"purchase:{purchase.id}", _of_purchase(purchase)


def _of_transaction(entry: ExportTransaction | RowsOfTransaction) -> tuple[int, ...]:
    header = (part.strip() for part in (entry.gl_entry_ids or "").split(","))
    numbers = [int(part) for part in header if part.isascii() and part.isdecimal()]
    return _sorted([*numbers, *(row.id for row in entry.detail or ())])


def _of_bill(entry: ExportExpenseBill | RowsOfBill) -> tuple[int, ...]:
    return _sorted([each for row in entry.detail or () for each in row.id or ()])


def _of_expense(entry: ExportExpense | RowsOfExpense) -> tuple[int, ...]:
    return _sorted([entry.id, entry.offset.id if entry.offset else None])


def _of_purchase(entry: ExportPurchase | RowsOfPurchase) -> tuple[int, ...]:
    rows = (*(entry.purchase_detail or ()), *(entry.purchase_detail_tax or ()))
    return _sorted([row.id for row in rows])


def _sorted(ids: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(sorted({each for each in ids if each is not None}))


def exported(
    postings: Postings, wanted: Mapping[KindName, Sequence[int | str]]
) -> Iterator[tuple[int, ...]]:
    """Yield the GL rows of each document that an export gives now, but for stock moves.

    Args:
        postings: the site.
        wanted: by kind (invoices, expenses, products) what their export is asked for.
    """
    for kind, ids in wanted.items():
        for some in _pieces(ids):
            export = postings.export_rows(_request(kind, some))
            yield from (rows for _, rows in documents(export))


def unposted_rows(
    postings: Postings, wanted: Mapping[KindName, Sequence[int | str]]
) -> frozenset[int]:
    """Return the GL rows of documents that wait, as the site gives them now.

    Args:
        postings: the site.
        wanted: as for `exported`.
    """
    found = {row for rows in exported(postings, wanted) for row in rows}
    for some in _pieces(wanted.get("products", ())):
        texts = [str(each) for each in some]
        listed = postings.unposted_procurement(one_of("unpostedProductId", texts))
        found.update(row.id for row in listed if row.id is not None)
    return frozenset(found)


def _pieces(ids: Sequence[int | str]) -> Iterator[Sequence[int | str]]:
    yield from (ids[start : start + PIECE] for start in range(0, len(ids), PIECE))


def _request(kind: KindName, ids: Sequence[int | str]) -> ExportRequest:
    numbers = tuple(each for each in ids if isinstance(each, int))
    return ExportRequest(
        kinds=(kind,),
        invoices=numbers if kind == "invoices" else (),
        expenses=numbers if kind == "expenses" else (),
        products=tuple(str(each) for each in ids) if kind == "products" else (),
    )
