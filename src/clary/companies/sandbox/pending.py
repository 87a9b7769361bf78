"""What a group of documents does to the file, queued row by row and written together.

Rows of one kind are written in one call, which is what makes bulk posting fast.  Nothing
of a document is queued before all of its rules have passed, so a refused document leaves
no trace here.
"""

from __future__ import annotations

import sqlite3
from abc import ABC, abstractmethod
from datetime import date

from clary.ledger.fields import EditionName
from clary.ledger.posting.rows import Posting, Settled
from clary.ledger.posting.settle import own_layer
from clary.ledger.posting.views import ItemView, PartyView

_DOCUMENT = (
    "INSERT INTO document (transaction_number, record_type, date, period, number, party_type,"
    " party, total, open, tax, foreign_total, foreign_open, origin, reversed_by, reverses,"
    " posted, entered_at, last_saved_at, user, body)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_ROW = (
    "INSERT INTO ledger_row (transaction_number, row_number, account, amount, kind, line,"
    " item, quantity, description) VALUES (?,?,?,?,?,?,?,?,?)"
)
_MOVE = (
    "INSERT INTO stock_move (transaction_number, line, item, quantity, cost, short, late)"
    " VALUES (?,?,?,?,?,?,?)"
)
_LAYER = (
    "INSERT INTO cost_layer (layer_number, item, transaction_number, quantity, cost,"
    " remaining, remaining_cost) VALUES (?,?,?,?,?,?,?)"
)
_LAYER_TAKE = (
    "UPDATE cost_layer SET remaining = remaining - ?, remaining_cost = remaining_cost - ?"
    " WHERE layer_number = ?"
)
_USE = "INSERT INTO cost_use (transaction_number, layer_number, quantity, cost) VALUES (?,?,?,?)"
_APPLICATION = (
    "INSERT INTO application (credit, invoice, amount, discount, credit_amount,"
    " foreign_amount, date, made_by) VALUES (?,?,?,?,?,?,?,?)"
)
_SETTLE = (
    "UPDATE document SET open = open - ?, foreign_open = foreign_open - ?"
    " WHERE transaction_number = ?"
)


class Pending(ABC):
    """The queue of writes of one open company; `Books` adds what is read through it."""

    connection: sqlite3.Connection
    values: dict[str, str]
    edition: EditionName
    user: str

    def __init__(self) -> None:
        """Start with nothing queued."""
        self._entered_at = ""
        self.drop_pending()

    def drop_pending(self) -> None:
        """Forget what is queued and every number read ahead."""
        self._layers: dict[int, list[tuple[int, int, int]]] = {}
        self._numbers: set[tuple[str, int, str]] = set()
        self._origins: dict[tuple[str, str], int] = {}
        self._next_transaction = 0
        self._next_layer = 0
        self._queue: dict[str, list[tuple[object, ...]]] = {}
        self._moved_parties: dict[tuple[str, int], PartyView] = {}
        self._moved_items: dict[int, ItemView] = {}

    @abstractmethod
    def layers(self, item: ItemView) -> list[tuple[int, int, int]]:
        """Return the item's open cost layers, oldest first: number, quantity, cost."""

    @abstractmethod
    def period_number(self, day: date) -> int:
        """Return the number of the period of `day`."""

    def flush(self) -> None:
        """Write what waits in the queue, in the open transaction."""
        queue, self._queue = self._queue, {}
        self._origins = {}
        self._numbers = set()
        execute = self.connection.executemany
        for statement in (_DOCUMENT, _ROW, _MOVE, _LAYER, _LAYER_TAKE, _USE, _APPLICATION, _SETTLE):
            if statement in queue:
                execute(statement, queue[statement])
        for party_type in ("customer", "vendor"):
            moved = [one for (kind, _), one in self._moved_parties.items() if kind == party_type]
            if moved:
                self._write_parties(party_type, moved)
        self._moved_parties = {}
        if self._moved_items:
            execute(
                "UPDATE item_record SET quantity_on_hand = ?, stock_value = ?"
                " WHERE record_number = ?",
                [(one.quantity, one.value, one.number) for one in self._moved_items.values()],
            )
            self._moved_items = {}

    def _write_parties(self, party_type: str, moved: list[PartyView]) -> None:
        prospect = ", prospect = prospect AND ?" if self.has_prospects(party_type) else ""
        self.connection.executemany(
            f"UPDATE {party_type}_record SET balance = ?, last_invoice_date = ?,"
            f" last_payment_date = ?{prospect} WHERE record_number = ?",
            [
                (
                    one.balance,
                    one.last_invoice_date,
                    one.last_payment_date,
                    *((int(one.prospect),) if prospect else ()),
                    one.number,
                )
                for one in moved
            ],
        )

    def has_prospects(self, party_type: str) -> bool:
        """Tell whether records of this type can be prospects."""
        return self.edition == "us" and party_type == "customer"

    def queue(self, statement: str, *values: object) -> None:
        """Let a row wait for the end of the group."""
        self._queue.setdefault(statement, []).append(values)

    def next_transaction(self) -> int:
        """Return the next transaction number; numbers are never given twice."""
        if not self._next_transaction:
            row = self.connection.execute(
                "SELECT COALESCE(MAX(transaction_number), 0) FROM document"
            ).fetchone()
            self._next_transaction = max(row[0], int(self.values.get("last_number", "0"))) + 1
        number = self._next_transaction
        self._next_transaction += 1
        return number

    def keep_number(self, number: int) -> None:
        """Remember the highest number ever given, so that a deleted one does not return."""
        highest = max(number, int(self.values.get("last_number", "0")))
        self.set_value("last_number", str(highest))

    def set_value(self, name: str, value: str) -> None:
        """Set one of the company's own values, in the open transaction."""
        self.connection.execute(
            "INSERT INTO company (name, value) VALUES (?, ?)"
            " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            (name, value),
        )
        self.values[name] = value

    def add_document(  # noqa: PLR0913 - one row of the journal header
        self,
        number: int,
        record_type: str,
        day: date,
        posting: Posting,
        body: str,
        *,
        document_number: str | None,
        origin: str | None,
        reverses: int | None = None,
        posted: bool = True,
    ) -> None:
        """Queue a document with everything it does to the books."""
        party = posting.party
        self.queue(
            _DOCUMENT,
            number,
            record_type,
            day.isoformat(),
            self.period_number(day),
            document_number,
            party.type if party else None,
            party.number if party else None,
            posting.total,
            posting.open,
            posting.tax,
            posting.foreign_total,
            posting.foreign_open,
            origin,
            None,
            reverses,
            int(posted),
            self._entered_at,
            None,
            self.user,
            body,
        )
        if party is not None:
            self._move_party(party, posting)
            if reverses is None:
                self._stamp_party(party, record_type, day)
            if document_number is not None:
                self._numbers.add((record_type, party.number, document_number))
        if origin is not None:
            self._origins[record_type, origin] = number
        rows = self._queue.setdefault(_ROW, [])
        for position, row in enumerate(posting.rows):
            rows.append((number, position, *row))
        self._queue_stock(number, posting)
        for settled in posting.settled:
            self.settle(
                posting.credit or number,
                settled,
                day,
                made_by=number,
                credit_amount=posting.credit_amount,
            )

    def settle(
        self, credit: int, settled: Settled, day: date, *, made_by: int, credit_amount: int = 0
    ) -> None:
        """Queue the tie between a credit and an invoice, and what it leaves open.

        `credit_amount` is what an allocation takes from a credit posted before; a credit
        that settles while it is posted has its open amount worked out already.
        """
        invoice = settled.document.transaction_number
        self.queue(
            _APPLICATION,
            credit,
            invoice,
            settled.amount,
            settled.discount,
            credit_amount,
            settled.foreign,
            day.isoformat(),
            made_by,
        )
        self.queue(_SETTLE, settled.amount + settled.discount, settled.foreign, invoice)
        if credit_amount:
            self.queue(_SETTLE, credit_amount, settled.foreign, credit)

    def _move_party(self, party: PartyView, posting: Posting) -> None:
        party.balance += posting.party_change
        self._moved_parties[party.type, party.number] = party

    @staticmethod
    def _stamp_party(party: PartyView, record_type: str, day: date) -> None:
        """Note a party's last documents; a first invoice makes a prospect a customer."""
        text = day.isoformat()
        if record_type in ("sales_invoice", "purchase"):
            party.last_invoice_date = max(party.last_invoice_date or "", text)
            party.prospect = False
        elif record_type in ("receipt", "payment"):
            party.last_payment_date = max(party.last_payment_date or "", text)

    def touch_party(self, party: PartyView) -> None:
        """Note that a party's figures have moved."""
        self._moved_parties[party.type, party.number] = party

    def touch_item(self, item: ItemView) -> None:
        """Note that an item's stock has moved; its layers are read again."""
        self._moved_items[item.number] = item
        self._layers.pop(item.number, None)

    def _queue_stock(self, number: int, posting: Posting) -> None:
        own: dict[int, int] = {}
        for move in posting.stock:
            item = move.item
            self.queue(
                _MOVE,
                number,
                move.line,
                item.number,
                move.quantity,
                move.cost,
                move.short,
                move.late,
            )
            item.quantity += move.quantity
            item.value += move.cost
            self._moved_items[item.number] = item
            if item.cost_method == "average":
                continue
            if move.quantity > move.late:
                stored = self._add_layer(number, item, move.quantity - move.late, move.cost)
                own[own_layer(move.line)] = stored
            for layer, quantity, cost in move.uses:
                self._take_layer(number, item, own.get(layer, layer), quantity, cost)

    def _add_layer(self, number: int, item: ItemView, quantity: int, cost: int) -> int:
        if not self._next_layer:
            row = self.connection.execute(
                "SELECT COALESCE(MAX(layer_number), 0) FROM cost_layer"
            ).fetchone()
            self._next_layer = row[0] + 1
        layer = self._next_layer
        self._next_layer += 1
        layers = self.layers(item)
        self.queue(_LAYER, layer, item.number, number, quantity, cost, quantity, cost)
        layers.append((layer, quantity, cost))
        return layer

    def _take_layer(
        self, number: int, item: ItemView, layer: int, quantity: int, cost: int
    ) -> None:
        self.queue(_LAYER_TAKE, quantity, cost, layer)
        self.queue(_USE, number, layer, quantity, cost)
        self._layers[item.number] = [
            (one, left - quantity, value - cost) if one == layer else (one, left, value)
            for one, left, value in self._layers[item.number]
            if one != layer or left != quantity
        ]
