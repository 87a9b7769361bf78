"""What has been delivered of an order: kept with its lines, moved by what names the order.

An invoice line names its sales order, a bill's line its purchase order, and each may name
the line of it.  A line that names only the order delivers its item, the order's lines of
that item filled one after the other (inferred).  An order is not closed by it: Sage's
files state that by themselves.
Source: sage50-us.md section 3.4 (SalesOrderNumber, SalesOrderDistNum, PurchaseOrderNum,
PurchaseOrderDistNum); UK orders are delivered by goods notes, which name no invoice.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, cast

from clary.companies.sandbox.books import Books
from clary.kernel.change import Body, JsonValue
from clary.kernel.clock import timestamp
from clary.kernel.money import decimal_text, to_minor

PLACES: Final = 5


@dataclass(frozen=True, slots=True)
class Link:
    """How the lines of a document name the order that they deliver.

    Attributes:
        document_type: what delivers.
        order_type: what is delivered.
        number: field of a line with the order's number.
        place: field of a line with the place of the order's line, from 1.
        delivered: field of an order's line that says how much has been delivered.
    """

    document_type: str
    order_type: str
    number: str
    place: str
    delivered: str


LINKS: Final = (
    Link(
        "sales_invoice",
        "sales_order",
        "sales_order_number",
        "sales_order_line",
        "quantity_delivered",
    ),
    Link(
        "purchase",
        "purchase_order",
        "purchase_order_number",
        "purchase_order_line",
        "quantity_received",
    ),
)
_BY_DOCUMENT: Final = {link.document_type: link for link in LINKS}
_BY_ORDER: Final = {link.order_type: link for link in LINKS}

Line = dict[str, JsonValue]


def note(
    books: Books, record_type: str, party: int | None, body: Body, *, taken_back: bool = False
) -> None:
    """Add what a document delivers to the orders that it names, or take it off again.

    Args:
        books: the open books, inside a write transaction.
        record_type: type of the document; most deliver nothing.
        party: record number of its customer or vendor.
        body: the document.
        taken_back: it is voided, deleted or about to be posted again.
    """
    link = _BY_DOCUMENT.get(record_type)
    if link is None or party is None:
        return
    lines = _lines(body)
    for number in dict.fromkeys(line.get(link.number) for line in lines):
        order = None if number is None else _order(books, link, party, str(number))
        if order is not None:
            transaction, stored = order
            _deliver(link, _lines(stored), _naming(link, lines, number), taken_back=taken_back)
            _keep(books, transaction, stored)


def recount(books: Books, order_type: str, number: int) -> None:
    """Work out anew what has been delivered of an order whose lines or number changed."""
    link = _BY_ORDER.get(order_type)
    if link is None:
        return
    books.flush()
    party_type, party, order_number, text = books.connection.execute(
        "SELECT party_type, party, number, body FROM document WHERE transaction_number = ?",
        (number,),
    ).fetchone()
    stored: Body = json.loads(text)
    rows = books.connection.execute(
        "SELECT body FROM document WHERE party_type = ? AND party = ? AND record_type = ?"
        " AND reversed_by IS NULL AND reverses IS NULL AND EXISTS (SELECT 1 FROM"
        " json_each(body, '$.lines') WHERE json_extract(value, ?) = ?)"
        " ORDER BY transaction_number",
        (party_type, party, link.document_type, f"$.{link.number}", order_number),
    ).fetchall()
    if not rows:
        return
    for (document,) in rows:
        naming = _naming(link, _lines(json.loads(document)), order_number)
        _deliver(link, _lines(stored), naming, taken_back=False)
    _keep(books, number, stored)


def _order(books: Books, link: Link, party: int, number: str) -> tuple[int, Body] | None:
    """Return the party's order of this number, the first of several, or none."""
    books.flush()
    row = books.connection.execute(
        "SELECT transaction_number, body FROM document WHERE record_type = ? AND number = ?"
        " AND +party = ? ORDER BY transaction_number LIMIT 1",
        (link.order_type, number, party),
    ).fetchone()
    return None if row is None else (row[0], json.loads(row[1]))


def _keep(books: Books, transaction: int, stored: Body) -> None:
    books.connection.execute(
        "UPDATE document SET body = ?, last_saved_at = ? WHERE transaction_number = ?",
        (
            json.dumps(stored, ensure_ascii=False, separators=(",", ":")),
            timestamp(books.clock.now()),
            transaction,
        ),
    )


def _lines(body: Mapping[str, JsonValue]) -> list[Line]:
    return cast("list[Line]", body.get("lines") or [])


def _naming(link: Link, lines: Iterable[Line], number: JsonValue) -> list[Line]:
    return [line for line in lines if line.get(link.number) == number]


def _deliver(link: Link, order: list[Line], lines: list[Line], *, taken_back: bool) -> None:
    for line in lines:
        quantity = _units(line.get("quantity"))
        for target, part in _shares(link, order, line, quantity, taken_back=taken_back):
            moved = -part if taken_back else part
            delivered = max(_units(target.get(link.delivered)) + moved, 0)
            target[link.delivered] = decimal_text(delivered, PLACES)
            if not delivered:
                del target[link.delivered]


def _shares(
    link: Link, order: list[Line], line: Line, quantity: int, *, taken_back: bool
) -> list[tuple[Line, int]]:
    """Return the order's lines that a line delivers, with the quantity of each.

    More than was ordered goes to the last line of the item; it is taken back from there.
    """
    place = line.get(link.place)
    if isinstance(place, int):
        return [(order[place - 1], quantity)] if 1 <= place <= len(order) else []
    fitting = [one for one in order if _item(one) is not None and _item(one) == _item(line)]
    shares = []
    for one in reversed(fitting) if taken_back else fitting:
        delivered = _units(one.get(link.delivered))
        room = delivered if taken_back else max(_units(one.get("quantity")) - delivered, 0)
        last = one is fitting[-1] and not taken_back
        part = quantity if last else min(room, quantity)
        shares.append((one, part))
        quantity -= part
    return [(one, part) for one, part in shares if part]


def _item(line: Line) -> str | None:
    found = line.get("item_id")
    return None if found is None else str(found).casefold()


def _units(value: JsonValue) -> int:
    return to_minor(Decimal(str(value or 0)), PLACES)
