"""Takes posted documents back: by a voiding or reversing transaction, or by deletion.

Either way everything the document moved goes back (balances, open items, stock and its
cost layers), or nothing does: a document that was paid, allocated or whose stock has
moved on since is refused with the reason.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from clary.companies.sandbox import delivering, rules
from clary.companies.sandbox.books import Books
from clary.kernel.change import Body
from clary.kernel.clock import timestamp
from clary.kernel.errors import raise_errors
from clary.kernel.money import money_text, to_minor
from clary.ledger.posting import resolve
from clary.ledger.posting.problems import Problems
from clary.ledger.posting.rows import Posting, Row, RowKind
from clary.ledger.posting.views import ItemView
from clary.ledger.registry import record_type


@dataclass(frozen=True, slots=True)
class Standing:
    """A document as it stands, before it is taken back."""

    number: int
    record_type: str
    date: str
    document_number: str | None
    party_type: str | None
    party: int | None
    total: int
    open: int
    tax: int
    posted: bool
    body: Body

    @property
    def words(self) -> str:
        """The document in words."""
        return f"{self.record_type} {self.number}"


def standing(books: Books, record_type: str, number: int) -> Standing:
    """Return the document, or say that it was or is itself a reversal.

    Raises:
        Rejected: DOCUMENT_REVERSED or DOCUMENT_REVERSAL.
    """
    books.flush()
    row = books.connection.execute(
        "SELECT date, number, party_type, party, total, open, tax, posted, body, reversed_by,"
        " reverses FROM document WHERE transaction_number = ? AND record_type = ?",
        (number, record_type),
    ).fetchone()
    record = f"{record_type} {number}"
    if row[9] is not None:
        raise rules.DOCUMENT_REVERSED.raised(record=record, by=row[9])
    if row[10] is not None:
        raise rules.DOCUMENT_REVERSAL.raised(record=record, of=row[10])
    return Standing(
        number=number,
        record_type=record_type,
        date=row[0],
        document_number=row[1],
        party_type=row[2],
        party=row[3],
        total=row[4],
        open=row[5],
        tax=row[6],
        posted=bool(row[7]),
        body=json.loads(row[8]),
    )


def check(books: Books, document: Standing, day: date | None) -> Problems:
    """Return every reason why the document cannot be taken back."""
    problems = Problems(document.words)
    if day is not None:
        resolve.open_day(books, problems, day)
    _check_settled(books, problems, document)
    for moved in _stock_of(books, document.number):
        _check_stock(books, problems, document, moved)
    return problems


def _settlers(books: Books, number: int) -> list[tuple[int, str]]:
    return books.connection.execute(
        "SELECT DISTINCT a.made_by, d.record_type FROM application a"
        " JOIN document d ON d.transaction_number = a.made_by"
        " WHERE (a.credit = ?1 OR a.invoice = ?1) AND a.made_by <> ?1 ORDER BY a.made_by LIMIT 20",
        (number,),
    ).fetchall()


def used_by(books: Books, number: int) -> list[str]:
    """Return what rests on a document, in words: payments, allocations, later stock moves."""
    books.flush()
    found = _settlers(books, number)
    for moved in _stock_of(books, number):
        found.extend(_stock_users(books, number, moved))
    return list(dict.fromkeys(f"{record_type} {by}" for by, record_type in found))


def _check_settled(books: Books, problems: Problems, document: Standing) -> None:
    for made_by, _ in _settlers(books, document.number):
        problems.error(rules.DOCUMENT_SETTLED, by=made_by)


class Moved(NamedTuple):
    """What a document moved of one item in all its lines; `received` went in."""

    item: ItemView
    quantity: int
    cost: int
    short: int
    received: int


def _stock_of(books: Books, number: int) -> list[Moved]:
    rows = books.connection.execute(
        "SELECT item, SUM(quantity), SUM(cost), SUM(short), SUM(MAX(quantity, 0))"
        " FROM stock_move WHERE transaction_number = ? GROUP BY item",
        (number,),
    ).fetchall()
    return [Moved(books.item_by_number(row[0]), *row[1:]) for row in rows]


def _check_stock(books: Books, problems: Problems, document: Standing, moved: Moved) -> None:
    """Refuse to take back stock that later documents rest on (inferred).

    A plain issue can always go back.  What put stock in, or sold what was not there, can
    go back only as the last move of its item that still stands.
    """
    if _stock_users(books, document.number, moved):
        problems.error(rules.STOCK_USED_SINCE, item=moved.item.id)


def _stock_users(books: Books, number: int, moved: Moved) -> list[tuple[int, str]]:
    """Return the standing documents that moved the item since, where that matters."""
    if not moved.received and not moved.short and moved.item.quantity >= 0:
        return []
    return books.connection.execute(
        "SELECT DISTINCT d.transaction_number, d.record_type FROM stock_move m"
        " JOIN document d ON d.transaction_number = m.transaction_number"
        " WHERE m.item = ?1 AND m.transaction_number <> ?2"
        " AND d.reversed_by IS NULL AND d.reverses IS NULL AND (m.move_number >"
        " (SELECT MAX(move_number) FROM stock_move WHERE item = ?1 AND transaction_number = ?2)"
        " OR EXISTS (SELECT 1 FROM cost_use u JOIN cost_layer l ON l.layer_number ="
        " u.layer_number WHERE l.transaction_number = ?2"
        " AND u.transaction_number = m.transaction_number))"
        " ORDER BY d.transaction_number LIMIT 20",
        (moved.item.number, number),
    ).fetchall()


def reverse(books: Books, document: Standing, day: date, note: str) -> int:
    """Post the transaction that takes a document back; return its number.

    Args:
        books: the open books, inside a write transaction.
        document: what is taken back; `check` has found nothing.
        day: posting date of the reversal.
        note: what the audit trail says of the original, with `{number}` for the reversal.
    """
    posting = _negative(books, document)
    _unsettle(books, document.number)
    _undeliver(books, document)
    number = books.next_transaction()
    body = _reversed_body(books, document, day)
    for name in ("customer_id", "vendor_id", "number", "reference", "cash_account_id"):
        if name in document.body:
            body[name] = document.body[name]
    books.add_document(
        number,
        document.record_type,
        day,
        posting,
        json.dumps(body, ensure_ascii=False, separators=(",", ":")),
        document_number=document.document_number,
        origin=None,
        reverses=document.number,
        posted=document.posted,
    )
    books.flush()
    _return_stock(books, document.number, number)
    books.connection.execute(
        "UPDATE document SET reversed_by = ?, open = 0, foreign_open = 0, last_saved_at = ?"
        " WHERE transaction_number = ?",
        (number, timestamp(books.clock.now()), document.number),
    )
    add_note(books, document.number, note.format(number=number))
    return number


def _reversed_body(books: Books, document: Standing, day: date) -> Body:
    """Return what a reversal states by itself: its day, no lines, the total taken back."""
    declared = record_type(document.record_type)
    body: Body = {"date": day.isoformat()}
    if "lines" in declared.fields_in("uk" if books.edition == "uk" else "us"):
        body["lines"] = []
    total = declared.total or "total"
    stated = document.body.get(total)
    if stated is not None:
        body[total] = money_text(-to_minor(Decimal(str(stated))))
    return body


def _negative(books: Books, document: Standing) -> Posting:
    posting = Posting(total=-document.total, tax=-document.tax)
    if document.party_type is not None and document.party is not None:
        posting.party = books.party_by_number(document.party_type, document.party)
    rows = books.connection.execute(
        "SELECT account, amount, kind, line, item, quantity, description FROM ledger_row"
        " WHERE transaction_number = ? ORDER BY row_number",
        (document.number,),
    )
    for account, amount, kind, line, item, quantity, description in rows:
        back = None if quantity is None else -quantity
        posting.rows.append(Row(account, -amount, kind, line, item, back, description))
    posting.party_change = _party_change(posting, document.party_type)
    return posting


def _party_change(posting: Posting, party_type: str | None) -> int:
    control = sum(row.amount for row in posting.rows if row.kind is RowKind.CONTROL)
    return -control if party_type == "vendor" else control


def _unsettle(books: Books, number: int) -> None:
    """Take back what the document itself settled: invoices and credits are open again."""
    rows = books.connection.execute(
        "SELECT credit, invoice, amount + discount, credit_amount, foreign_amount"
        " FROM application WHERE made_by = ?",
        (number,),
    ).fetchall()
    for credit, invoice, settled, credit_amount, foreign in rows:
        _reopen(books, invoice, settled, foreign)
        if credit_amount:
            _reopen(books, credit, credit_amount, foreign)
    books.connection.execute("DELETE FROM application WHERE made_by = ?", (number,))


def _undeliver(books: Books, document: Standing) -> None:
    delivering.note(books, document.record_type, document.party, document.body, taken_back=True)


def _reopen(books: Books, number: int, amount: int, foreign: int) -> None:
    books.connection.execute(
        "UPDATE document SET open = open + ?, foreign_open = foreign_open + ?"
        " WHERE transaction_number = ?",
        (amount, foreign, number),
    )


def _return_stock(books: Books, number: int, reversal: int | None) -> None:
    """Put the stock of a document back where it was; note the moves of its reversal."""
    for moved in _stock_of(books, number):
        moved.item.quantity -= moved.quantity
        moved.item.value -= moved.cost
        books.touch_item(moved.item)
    books.connection.execute(
        "UPDATE cost_layer SET"
        " remaining = remaining + (SELECT SUM(quantity) FROM cost_use u"
        "   WHERE u.transaction_number = ?1 AND u.layer_number = cost_layer.layer_number),"
        " remaining_cost = remaining_cost + (SELECT SUM(cost) FROM cost_use u"
        "   WHERE u.transaction_number = ?1 AND u.layer_number = cost_layer.layer_number)"
        " WHERE layer_number IN (SELECT layer_number FROM cost_use WHERE transaction_number = ?1)",
        (number,),
    )
    books.connection.execute("DELETE FROM cost_use WHERE transaction_number = ?", (number,))
    books.connection.execute("DELETE FROM cost_layer WHERE transaction_number = ?", (number,))
    if reversal is not None:
        books.connection.execute(
            "INSERT INTO stock_move (transaction_number, line, item, quantity, cost, short, late)"
            " SELECT ?, line, item, -quantity, -cost, 0, 0 FROM stock_move"
            " WHERE transaction_number = ?",
            (reversal, number),
        )


def take_out(books: Books, document: Standing) -> None:
    """Take everything a document did out of the books, leaving only the document itself."""
    posting = _negative(books, document)
    _unsettle(books, document.number)
    _undeliver(books, document)
    _return_stock(books, document.number, None)
    if posting.party is not None:
        posting.party.balance += posting.party_change
        books.touch_party(posting.party)
    for table in ("ledger_row", "stock_move"):
        books.connection.execute(
            f"DELETE FROM {table} WHERE transaction_number = ?",
            (document.number,),
        )


def remove(books: Books, document: Standing) -> None:
    """Delete a posted document as if it had never been (US); its number is not given again."""
    take_out(books, document)
    books.connection.execute(
        "DELETE FROM document WHERE transaction_number = ?", (document.number,)
    )
    books.keep_number(document.number)
    books.connection.execute(
        "INSERT INTO deleted_record (record_type, record_key, deleted_at, body) VALUES (?,?,?,?)",
        (
            document.record_type,
            str(document.number),
            timestamp(books.clock.now()),
            json.dumps(document.body, ensure_ascii=False),
        ),
    )


def add_note(books: Books, number: int, note: str) -> None:
    """Add a line to the audit trail of a transaction; notes are never edited."""
    books.connection.execute(
        "INSERT INTO audit_note (transaction_number, noted_at, user, note) VALUES (?,?,?,?)",
        (number, timestamp(books.clock.now()), books.user, note),
    )


def refuse_if(problems: Problems) -> None:
    """Raise what was found, all together.

    Raises:
        Rejected: there is at least one error.
    """
    raise_errors(problems.findings)
