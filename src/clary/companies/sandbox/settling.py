"""How invoices to customers were settled, read from the ties that the books keep.

Every tie between a credit and an invoice is a row of its own, so that nothing has to be
worked out from the documents.  Amounts are told in the invoice's own currency.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby
from typing import Final

from clary.companies.sandbox.books import Books
from clary.companies.sandbox.codec import SqlValue
from clary.companies.settlements import SettledPart, SettledSince, Settlement, in_order
from clary.kernel.money import to_minor

_DISCOUNT: Final = (
    "CASE WHEN a.discount = 0 AND a.foreign_amount = 0 THEN NULL"
    " WHEN m.record_type = 'allocation' THEN json_extract(m.body, '$.discount_amount')"
    " ELSE json_extract(m.body, '$.applications[' || (SELECT COUNT(*) FROM application b"
    " WHERE b.credit = a.credit AND b.made_by = a.made_by"
    " AND b.application_number < a.application_number) || '].discount_amount') END"
)
"""Discount of a tie in its own currency: what the document states at the tie's place."""

_INVOICES: Final = (
    "SELECT i.transaction_number, p.id, i.number, i.date,"
    " CASE WHEN i.foreign_total <> 0 THEN i.foreign_total ELSE i.total END,"
    " CASE WHEN i.foreign_total <> 0 THEN i.foreign_open ELSE i.open END,"
    " c.record_type, a.credit, c.number, a.date,"
    " CASE WHEN i.foreign_total <> 0 THEN a.foreign_amount ELSE a.amount + a.discount END,"
    f" {_DISCOUNT}, a.made_by, m.last_saved_at"
    " FROM document i JOIN customer_record p ON p.record_number = i.party"
    " {0} JOIN application a ON a.invoice = i.transaction_number"
    " {0} JOIN document c ON c.transaction_number = a.credit"
    " {0} JOIN document m ON m.transaction_number = a.made_by"
    " WHERE i.record_type = 'sales_invoice' AND i.posted = 1"
    " AND i.reversed_by IS NULL AND i.reverses IS NULL"
)
_ORDER: Final = " ORDER BY i.transaction_number, a.application_number"
_NEW: Final = (
    " AND i.transaction_number IN (SELECT t.invoice FROM application t"
    " JOIN document n ON n.transaction_number = t.made_by WHERE t.date >= :day"
    " OR t.made_by > :after OR n.last_saved_at >= :saved)"
)
_NAMED: Final = " AND i.transaction_number IN (SELECT value FROM json_each(:keys))"
_PART: Final = 6
"""Column of the first value of a tie, after those of the invoice."""


def settlements(books: Books, since: SettledSince | None) -> Iterator[Settlement]:
    """Yield every live invoice of which something is settled, or something new."""
    query = _INVOICES.format("")
    if since is None:
        return _read(books, query + _ORDER, {})
    values = {"day": since.day.isoformat(), "after": since.after, "saved": since.saved}
    return _read(books, query + _NEW + _ORDER, values)


def settlements_of(books: Books, invoices: Sequence[str]) -> list[Settlement | None]:
    """Return how these invoices stand, none where there is no live, posted one."""
    keys = [int(key) for key in invoices if key.isdecimal()]
    query = _INVOICES.format("LEFT") + _NAMED + _ORDER
    found = {each.key: each for each in _read(books, query, {"keys": json.dumps(keys)})}
    return [found.get(key) for key in invoices]


def _read(books: Books, query: str, values: Mapping[str, object]) -> Iterator[Settlement]:
    rows: Iterator[tuple[SqlValue, ...]] = books.connection.execute(query, values)
    for _, group in groupby(rows, key=lambda row: row[0]):
        ties = list(group)
        number, party, stated, day, total, still_open = ties[0][:_PART]
        parts = [_part(row[_PART:]) for row in ties if row[_PART] is not None]
        yield Settlement(
            key=str(number),
            party=str(party),
            number=None if stated is None else str(stated),
            date=date.fromisoformat(str(day)),
            total=int(total or 0),
            open=int(still_open or 0),
            parts=in_order(parts),
        )


def _part(row: tuple[SqlValue, ...]) -> SettledPart:
    record_type, credit, number, day, whole, discount, made_by, saved = row
    taken = to_minor(Decimal(str(discount or 0)))
    return SettledPart(
        record_type=str(record_type),
        key=str(credit),
        number=None if number is None else str(number),
        date=date.fromisoformat(str(day)),
        amount=int(whole or 0) - taken,
        discount=taken,
        made_by=int(made_by or 0),
        saved=None if saved is None else str(saved),
    )
