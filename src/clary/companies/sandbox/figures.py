"""The figures of a sandbox company: trial balance, open items, aged balances, the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from clary.companies.contract import AccountFigure, AgedBalance, LedgerRow, OpenItem
from clary.companies.sandbox.books import Books

_INVOICES = {"customer": "sales_invoice", "vendor": "purchase"}
_BUCKETS = (0, 30, 60, 90)


def trial_balance(books: Books, as_of: date | None) -> list[AccountFigure]:
    """Return every account with its balance at the end of `as_of`."""
    condition = "" if as_of is None else " AND d.date <= :day"
    join = "" if as_of is None else " JOIN document d USING (transaction_number)"
    rows = books.connection.execute(
        "SELECT a.id, a.name, a.type, COALESCE(s.balance, 0) FROM account_record a LEFT JOIN"
        f" (SELECT account, SUM(amount) AS balance FROM ledger_row{join} WHERE 1{condition}"
        " GROUP BY account) s ON s.account = a.record_number ORDER BY a.id",
        {} if as_of is None else {"day": as_of.isoformat()},
    )
    return [AccountFigure(row[0], row[1], row[2] or "", row[3]) for row in rows]


def open_items(books: Books, party_type: str, party: str | None) -> Iterator[OpenItem]:
    """Yield the open documents of customers or vendors, oldest first."""
    condition = "" if party is None else " AND p.id = :party COLLATE NOCASE"
    rows = books.connection.execute(
        "SELECT d.record_type, d.transaction_number, p.id, d.number, d.date,"
        " json_extract(d.body, '$.due_date'), d.total, d.open FROM document d"
        f" JOIN {party_type}_record p ON p.record_number = d.party"
        f" WHERE d.party_type = '{party_type}' AND d.open <> 0 AND d.posted = 1{condition}"
        " ORDER BY d.date, d.transaction_number",
        {} if party is None else {"party": party},
    )
    for row in rows:
        yield OpenItem(
            record_type=row[0],
            key=str(row[1]),
            party=row[2],
            number=row[3],
            date=date.fromisoformat(row[4]),
            due_date=date.fromisoformat(row[5]) if row[5] else None,
            total=row[6],
            open=row[7],
        )


def aged_balances(books: Books, party_type: str, as_of: date) -> list[AgedBalance]:
    """Return what each party owes or is owed by days past due at `as_of`.

    Credits count against the bucket of their own date.  Documents after `as_of` and
    settlements after it are not taken out: the ages are those of what is open now.
    """
    ages: dict[str, list[int]] = {}
    for item in open_items(books, party_type, None):
        if item.date > as_of:
            continue
        sign = 1 if item.record_type == _INVOICES[party_type] else -1
        late = (as_of - (item.due_date or item.date)).days
        bucket = sum(late > limit for limit in _BUCKETS)
        ages.setdefault(item.party, [0] * 5)[bucket] += sign * item.open
    return [
        AgedBalance(party, (b[0], b[1], b[2], b[3], b[4]), sum(b))
        for party, b in sorted(ages.items())
    ]


def ledger_numbers(books: Books) -> Iterator[int]:
    """Yield the numbers of the transactions in the ledger, in order."""
    cursor = books.connection.execute(
        "SELECT DISTINCT transaction_number FROM ledger_row ORDER BY transaction_number"
    )
    return (row[0] for row in cursor)


_ANY_NUMBER = (0, 2**63 - 1)


def ledger_rows(books: Books, between: tuple[int, int] = _ANY_NUMBER) -> Iterator[LedgerRow]:
    """Yield the general ledger in order of transaction number: all of it, or a part."""
    cursor = books.connection.execute(
        "SELECT r.transaction_number, d.date, d.record_type, d.number,"
        " CASE d.party_type WHEN 'customer' THEN"
        " (SELECT id FROM customer_record WHERE record_number = d.party)"
        " WHEN 'vendor' THEN (SELECT id FROM vendor_record WHERE record_number = d.party) END,"
        " a.id, r.amount, r.description FROM ledger_row r"
        " JOIN document d USING (transaction_number)"
        " JOIN account_record a ON a.record_number = r.account"
        " WHERE r.transaction_number BETWEEN ? AND ?"
        " ORDER BY r.transaction_number, r.row_number",
        between,
    )
    for row in cursor:
        yield LedgerRow(
            transaction_number=row[0],
            date=date.fromisoformat(row[1]),
            record_type=row[2],
            number=row[3],
            party=row[4],
            account_id=row[5],
            amount=row[6],
            description=row[7] or "",
        )
