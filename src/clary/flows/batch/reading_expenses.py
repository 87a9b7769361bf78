"""Reads the expenses of an export: one bill per member, or rows of a journal.

Where the accounting package transfers expenses as bills they come as bills whose lines
list the ids of every GL row they stand for; otherwise as rows with an offset, which are
put together here, one journal entry per member, period and currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from clary.apps.connectwise.shapes import ExportExpense, ExportExpenseBill, ExportExpenseBillDetail
from clary.flows.batch import reading_problems as codes
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.parties import Parties
from clary.flows.batch.source import SourceDocument, SourceLine
from clary.flows.batch.values import Values
from clary.kernel.money import money_text


def read_bill(
    entry: ExportExpenseBill, values: Values, parties: Parties, location: str
) -> SourceDocument | None:
    """Return a member's expenses as a bill; none, with findings, where it cannot be posted."""
    party = parties.member(entry, values)
    total, sign = _total(entry, values)
    lines = tuple(
        _bill_line(row, sign, values, f"detail.{position}")
        for position, row in enumerate(entry.detail or ())
    )
    if not lines:
        values.problems.error(codes.LINES_MISSING, "detail")
    number = values.text(entry.document_number, "documentNumber")
    if not number:
        values.problems.error(codes.NUMBER_MISSING, "documentNumber")
    day = values.day(entry.document_date, "documentDate")
    if not entry.document_date:
        values.problems.error(codes.DATE_UNREADABLE, "documentDate", value="")
    if values.problems.failed or day is None or party is None:
        return None
    return SourceDocument(
        id=f"expense:{entry.id}",
        kind=DocumentKind.EXPENSE_BILL,
        number=number,
        date=day,
        party=party,
        currency=parties.currency(entry.currency),
        total=total,
        lines=lines,
        gl_ids=tuple(sorted({row for line in lines for row in line.ids})),
        raw=entry,
        account=values.text(entry.ap_account_number, "apAccountNumber"),
        memo=values.text(entry.memo, "memo"),
        location=location,
    )


def _total(entry: ExportExpenseBill, values: Values) -> tuple[int, int]:
    """Return the total of a bill, and the sign that makes its rows natural.

    No sample shows the sign of the rows, so the header decides; it is what is owed.
    """
    rows = sum(
        values.minor(row.total, f"detail.{position}.total")
        for position, row in enumerate(entry.detail or ())
    )
    if entry.total is None:
        return rows, 1
    stated = values.minor(entry.total, "total")
    if stated not in (rows, -rows) and not values.inexact:
        values.problems.error(
            codes.TOTAL_DIFFERS, "total", stated=money_text(stated), computed=money_text(rows)
        )
    return stated, -1 if stated and stated == -rows else 1


def _bill_line(row: ExportExpenseBillDetail, sign: int, values: Values, where: str) -> SourceLine:
    if not row.id:
        values.problems.error(codes.GL_IDS_MISSING, f"{where}.id", what="a line")
    return SourceLine(
        gl_type=(row.gl_type_id or "").strip().upper(),
        account=values.text(row.account_number, f"{where}.accountNumber"),
        amount=sign * values.minor(row.total, f"{where}.total"),
        description=values.text(row.memo, f"{where}.memo"),
        ids=tuple(row.id or ()),
    )


def grouped(expenses: Iterable[ExportExpense]) -> Iterator[tuple[ExportExpense, ...]]:
    """Yield the rows of each journal entry: those of one member, period and currency."""
    groups: dict[tuple[object, ...], list[ExportExpense]] = {}
    for row in expenses:
        member = row.member.id if row.member else None
        period = row.period_end_date or row.document_date
        currency = Parties.currency(row.currency)
        key = (member, row.vendor_number, period, currency)
        groups.setdefault(key, []).append(row)
    for rows in groups.values():
        yield tuple(sorted(rows, key=lambda row: row.id or 0))


def journal_id(rows: tuple[ExportExpense, ...]) -> str:
    """Return the stable id of a journal entry: that of its first row."""
    return f"expense:{rows[0].id}"


def read_journal(
    rows: tuple[ExportExpense, ...], values: Values, parties: Parties, location: str
) -> SourceDocument | None:
    """Return a member's expenses as a journal entry; none, with findings, if it cannot be.

    A positive row is a debit to its account, its offset the credit.
    """
    first = rows[0]
    party = parties.member(first, values)
    lines = tuple(
        _journal_line(row, values, f"expenses.{position}") for position, row in enumerate(rows)
    )
    days = [values.day(row.document_date, "documentDate") for row in rows]
    known = [day for day in days if day is not None]
    if not known and not values.problems.failed:
        values.problems.error(codes.DATE_UNREADABLE, "documentDate", value="")
    if values.problems.failed or party is None:
        return None
    return SourceDocument(
        id=journal_id(rows),
        kind=DocumentKind.EXPENSE_JOURNAL,
        number=f"{first.id}-{party.key}",
        date=max(known),
        party=party,
        currency=parties.currency(first.currency),
        total=sum(line.amount for line in lines),
        lines=lines,
        gl_ids=tuple(sorted({row for line in lines for row in line.ids})),
        raw=rows,
        memo=values.text(first.memo or first.description, "memo"),
        location=location,
    )


def _journal_line(row: ExportExpense, values: Values, where: str) -> SourceLine:
    offset = row.offset
    if row.id is None or offset is None or offset.id is None:
        values.problems.error(codes.GL_IDS_MISSING, f"{where}.id", what="a row")
    amount = values.minor(row.total, f"{where}.total")
    other = values.minor(offset.total, f"{where}.offset.total") if offset else -amount
    if abs(other) != abs(amount) and not values.inexact:
        values.problems.error(
            codes.OFFSET_DIFFERS,
            f"{where}.offset.total",
            amount=money_text(amount),
            offset=money_text(other),
        )
    ids = (row.id, offset.id if offset else None)
    return SourceLine(
        gl_type=(row.gl_type_id or "").strip().upper(),
        account=values.text(row.account_number, f"{where}.accountNumber"),
        amount=amount,
        description=values.text(row.description or row.memo, f"{where}.memo"),
        offset_account=values.text(
            (offset.account_number if offset else None) or row.ap_account_number,
            f"{where}.offset.accountNumber",
        ),
        ids=tuple(each for each in ids if each is not None),
    )
