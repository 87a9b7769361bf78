"""The open books of one company: what is cached, what waits to be written, what is one group.

Posting reads through caches and queues its rows; they are written together when the
group ends, or before anything is read that they could change.  Nothing of a document is
queued before all of its rules have passed, so a refused document leaves no trace.
"""

from __future__ import annotations

import json
import sqlite3
from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path

from clary.companies.sandbox import views
from clary.companies.sandbox.file import sqlite_errors
from clary.companies.sandbox.logging_on import LogOn
from clary.kernel.clock import Clock, timestamp
from clary.kernel.errors import Guarded, declare
from clary.kernel.money import to_minor
from clary.ledger.posting.rows import Posting, Settled
from clary.ledger.posting.views import (
    AccountView,
    ItemView,
    OpenDocument,
    PartyView,
    Policy,
    TaxCodeView,
)

LEASE_SUPERSEDED = declare(
    "LEASE_SUPERSEDED",
    Guarded,
    "{owner} holds a newer lease on this company (epoch {epoch}).",
    "Nothing was written; let the newer owner finish, then run again.",
)

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


class Books:
    """One connection to a company with its caches and its queue of writes."""

    def __init__(self, connection: sqlite3.Connection, path: Path, user: str, clock: Clock) -> None:
        """Read what the company is."""
        self.connection = connection
        self.path = path
        self.user = user
        self.clock = clock
        self.log_on = LogOn(user)
        self.fence_epoch: int | None = None
        self._depth = 0
        self._seen_version = -1
        self._entered_at = ""
        self._clear()
        self.load()

    def load(self) -> None:
        """Read the company's own values and periods again."""
        with sqlite_errors(self.path):
            self.values: dict[str, str] = dict(
                self.connection.execute("SELECT name, value FROM company")
            )
            self.periods: list[tuple[int, str, str, int]] = self.connection.execute(
                "SELECT number, start, end, open FROM period ORDER BY start"
            ).fetchall()
        self._starts = [start for _, start, _, _ in self.periods]
        self.edition = "uk" if self.values["edition"] == "uk" else "us"
        settings = json.loads(self.values["settings"])
        tax_types = settings.get("tax_types") or {"1": True, "2": False}
        self.policy = Policy(
            edition=self.edition,
            currency=self.values["currency"],
            defaults=json.loads(self.values["defaults"]),
            tax_types={int(number): bool(taxed) for number, taxed in tax_types.items()},
            negative_stock=bool(settings.get("negative_stock", self.edition == "us")),
            foreign_trader=self.values["foreign_trader"] == "1",
            rates=self._rates(),
        )
        self.defaults_required = bool(settings.get("defaults_required"))

    def _rates(self) -> dict[str, int]:
        """Return the listed exchange rates, in units of six decimals."""
        rows = self.connection.execute(
            "SELECT id, rate FROM currency_record WHERE rate IS NOT NULL"
        )
        return {currency: rate for currency, rate in rows if rate}

    def _clear(self) -> None:
        self._accounts: dict[str, AccountView | None] = {}
        self._parties: dict[tuple[str, str], PartyView | None] = {}
        self._items: dict[str, ItemView | None] = {}
        self._tax_codes: dict[str, TaxCodeView | None] = {}
        self._layers: dict[int, list[tuple[int, int, int]]] = {}
        self._known: set[tuple[str, str]] = set()
        self._numbers: set[tuple[str, int, str]] = set()
        self._origins: dict[str, int] = {}
        self._next_transaction = 0
        self._next_layer = 0
        self._queue: dict[str, list[tuple[object, ...]]] = {}
        self._moved_parties: dict[tuple[str, int], PartyView] = {}
        self._moved_items: dict[int, ItemView] = {}

    # -- transactions ------------------------------------------------------------------

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Hold the one write transaction; nested uses join it.

        Raises:
            Guarded: a newer lease has taken over (LEASE_SUPERSEDED).
            Busy, Unreachable, Misconfigured, Failed: SQLite refused; nothing is written.
        """
        if self._depth:
            self._depth += 1
            try:
                yield
            finally:
                self._depth -= 1
            return
        with sqlite_errors(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            self._depth = 1
            try:
                self.refresh()
                self._check_fence()
                self.log_on.begun()
                self._entered_at = timestamp(self.clock.now())
                yield
                self.flush()
                self.log_on.before_commit()
                self.connection.execute("COMMIT")
            except BaseException:
                self._abandon()
                self.log_on.after_rollback()
                raise
            finally:
                self._depth = 0
        self.log_on.after_commit()

    def _abandon(self) -> None:
        self._clear()
        self._seen_version = -1
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    @property
    def in_group(self) -> bool:
        """A write transaction is open."""
        return self._depth > 0

    def live_origin(self, origin: str) -> int | None:
        """Return the transaction that this origin made and that still stands, or none."""
        pending = self._origins.get(origin)
        if pending is not None:
            return pending
        row = self.connection.execute(
            "SELECT transaction_number FROM document WHERE origin = ? AND reversed_by IS NULL",
            (origin,),
        ).fetchone()
        return None if row is None else int(row[0])

    def refresh(self) -> None:
        """Forget what is cached if another connection has written since."""
        version = self.connection.execute("PRAGMA data_version").fetchone()[0]
        if version != self._seen_version:
            if self._seen_version != -1:
                self.load()
            self._clear()
            self._seen_version = version

    def _check_fence(self) -> None:
        if self.fence_epoch is None:
            return
        row = self.connection.execute("SELECT value FROM company WHERE name = 'fence'").fetchone()
        if int(row[0]) > self.fence_epoch:
            owner = self.values.get("fence_owner") or "Another process"
            raise LEASE_SUPERSEDED.raised(owner=owner, epoch=int(row[0]))

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
            f"UPDATE {party_type}_record SET balance = ?, last_invoice_date = ?,"  # noqa: S608 - fixed names
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

    # -- lookups (posting rules read through these) --------------------------------------

    def account(self, account_id: str) -> AccountView | None:
        """Return the account with this ID, or none."""
        try:
            return self._accounts[account_id]
        except KeyError:
            found = views.read_account(self.connection, self.edition, account_id)
            self._accounts[account_id] = found
            return found

    def _party(self, party_type: str, key: str) -> PartyView | None:
        try:
            return self._parties[party_type, key]
        except KeyError:
            found = views.read_party(self.connection, self.edition, party_type, key)
            if found is not None:
                found = self._parties.setdefault((party_type, found.id), found)
            self._parties[party_type, key] = found
            return found

    def customer(self, customer_id: str) -> PartyView | None:
        """Return the customer with this ID, or none."""
        return self._party("customer", customer_id)

    def vendor(self, vendor_id: str) -> PartyView | None:
        """Return the vendor with this ID, or none."""
        return self._party("vendor", vendor_id)

    def party_by_number(self, party_type: str, number: int) -> PartyView:
        """Return the customer or vendor with this record number."""
        row = self.connection.execute(
            f"SELECT id FROM {party_type}_record WHERE record_number = ?",  # noqa: S608 - fixed names
            (number,),
        ).fetchone()
        found = self._party(party_type, row[0])
        if found is None:
            message = f"{party_type} {number} is gone"
            raise LookupError(message)
        return found

    def item(self, item_id: str) -> ItemView | None:
        """Return the item with this ID, or none."""
        try:
            return self._items[item_id]
        except KeyError:
            found = views.read_item(self.connection, self.edition, item_id)
            if found is not None:
                found = self._items.setdefault(found.id, found)
            self._items[item_id] = found
            return found

    def item_by_number(self, number: int) -> ItemView:
        """Return the item with this record number."""
        row = self.connection.execute(
            "SELECT id FROM item_record WHERE record_number = ?", (number,)
        ).fetchone()
        found = self.item(row[0])
        if found is None:
            message = f"item {number} is gone"
            raise LookupError(message)
        return found

    def tax_code(self, tax_code_id: str) -> TaxCodeView | None:
        """Return the tax code with this ID, or none."""
        try:
            return self._tax_codes[tax_code_id]
        except KeyError:
            found = views.read_tax_code(self.connection, self.edition, tax_code_id)
            self._tax_codes[tax_code_id] = found
            return found

    def forget(self, record_type: str, key: str) -> None:
        """Forget what is cached of list records after one of them was written."""
        self.flush()
        self._accounts.clear()
        self._parties.clear()
        self._items.clear()
        self._tax_codes.clear()
        self._known.discard((record_type, key))

    def known(self, record_type: str, key: str) -> bool:
        """Tell whether a list record exists; employees may be sales representatives."""
        if (record_type, key) in self._known:
            return True
        if record_type == "sales_rep" and self.known("employee", key):
            return True
        row = self.connection.execute(
            f"SELECT 1 FROM {record_type}_record WHERE id = ? COLLATE NOCASE",  # noqa: S608 - fixed names
            (key,),
        ).fetchone()
        if row is not None:
            self._known.add((record_type, key))
        return row is not None

    def layers(self, item: ItemView) -> list[tuple[int, int, int]]:
        """Return the item's open cost layers, oldest first: number, quantity, cost."""
        found = self._layers.get(item.number)
        if found is None:
            found = self.connection.execute(
                "SELECT layer_number, remaining, remaining_cost FROM cost_layer"
                " WHERE item = ? AND remaining <> 0 ORDER BY layer_number",
                (item.number,),
            ).fetchall()
            self._layers[item.number] = found
        return found

    def open_documents(
        self, party: PartyView, *, number: str | None, transaction_number: int | None
    ) -> list[OpenDocument]:
        """Return the party's live documents with this number or transaction number."""
        if self._queue:
            self.flush()
        types = ("sales_invoice",) if party.type == "customer" else ("purchase",)
        if transaction_number is not None:
            found = self.open_document(party, transaction_number, types)
            return [] if found is None else [found]
        rows = self.connection.execute(
            "SELECT transaction_number FROM document WHERE record_type = ? AND number = ?"
            " AND party_type = ? AND party = ? AND reversed_by IS NULL AND reverses IS NULL"
            " AND posted = 1 ORDER BY transaction_number LIMIT 50",
            (types[0], number, party.type, party.number),
        ).fetchall()
        each = (self.open_document(party, row[0], types) for row in rows)
        return [one for one in each if one is not None]

    def open_document(
        self, party: PartyView, number: int, types: tuple[str, ...]
    ) -> OpenDocument | None:
        """Return a live, posted document of a party that is of one of `types`, or none."""
        if self._queue:
            self.flush()
        row = self.connection.execute(
            "SELECT d.transaction_number, d.record_type, d.number, d.party, d.date, d.open,"
            " d.total, d.foreign_total, d.foreign_open, json_extract(d.body, '$.currency'),"
            " json_extract(d.body, '$.exchange_rate'), (SELECT a.id FROM ledger_row r"
            " JOIN account_record a ON a.record_number = r.account WHERE r.kind = 0"
            " AND r.transaction_number = d.transaction_number LIMIT 1)"
            " FROM document d WHERE d.transaction_number = ? AND d.party_type = ?"
            " AND d.party = ? AND d.posted = 1 AND d.reversed_by IS NULL"
            " AND d.reverses IS NULL",
            (number, party.type, party.number),
        ).fetchone()
        if row is None or row[1] not in types:
            return None
        return OpenDocument(
            transaction_number=row[0],
            record_type=row[1],
            number=row[2],
            party=row[3],
            date=row[4],
            open=row[5],
            total=row[6],
            account_id=row[11] or "",
            currency=row[9],
            rate=to_minor(Decimal(row[10]), 6) if row[10] else 0,
            foreign_total=row[7],
            foreign_open=row[8],
        )

    def has_document(self, record_type: str, party: PartyView, number: str) -> bool:
        """Tell whether the party has a live document of this type and number."""
        if (record_type, party.number, number) in self._numbers:
            return True
        row = self.connection.execute(
            "SELECT 1 FROM document WHERE record_type = ? AND number = ? AND party_type = ?"
            " AND party = ? AND reversed_by IS NULL AND reverses IS NULL",
            (record_type, number, party.type, party.number),
        ).fetchone()
        return row is not None

    def closed_reason(self, day: date) -> tuple[str, str] | None:
        """Return why nothing can be posted on `day` and what to do, or none."""
        lock = self.values["lock_date"]
        text = day.isoformat()
        if lock and text <= lock:
            return (
                f"the books are locked up to {lock}",
                "Use a later date, or have the lock date moved (Settings > Lock Date).",
            )
        if self.edition == "uk":
            return None
        period = self._period_at(text)
        if period is None:
            return (
                "it lies outside the two fiscal years that are open",
                "Use a date in the open years, or close the first fiscal year in Sage.",
            )
        if not period[3]:
            return (
                f"period {period[0]} ({period[1]} to {period[2]}) is closed",
                "Use a date in an open period.",
            )
        return None

    def _period_at(self, text: str) -> tuple[int, str, str, int] | None:
        position = bisect_right(self._starts, text) - 1
        if position < 0:
            return None
        period = self.periods[position]
        return period if text <= period[2] else None

    def period_number(self, day: date) -> int:
        """Return the number of the period of `day`; 0 before the books, else the last."""
        text = day.isoformat()
        period = self._period_at(text)
        if period is not None:
            return period[0]
        return 0 if text < self._starts[0] else self.periods[-1][0]

    # -- writing a posting ----------------------------------------------------------------

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

    def add_document(
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
            self._move_party(party, posting, record_type, day)
            if document_number is not None:
                self._numbers.add((record_type, party.number, document_number))
        if origin is not None:
            self._origins[origin] = number
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

    def _move_party(self, party: PartyView, posting: Posting, record_type: str, day: date) -> None:
        party.balance += posting.party_change
        text = day.isoformat()
        if record_type in ("sales_invoice", "purchase"):
            party.last_invoice_date = max(party.last_invoice_date or "", text)
            party.prospect = False
        elif record_type in ("receipt", "payment"):
            party.last_payment_date = max(party.last_payment_date or "", text)
        self._moved_parties[party.type, party.number] = party

    def touch_party(self, party: PartyView) -> None:
        """Note that a party's figures have moved."""
        self._moved_parties[party.type, party.number] = party

    def touch_item(self, item: ItemView) -> None:
        """Note that an item's stock has moved; its layers are read again."""
        self._moved_items[item.number] = item
        self._layers.pop(item.number, None)

    def _queue_stock(self, number: int, posting: Posting) -> None:
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
            if move.quantity > 0:
                self._add_layer(number, item, move.quantity - move.late, move.cost)
            for layer, quantity, cost in move.uses:
                self._take_layer(number, item, layer, quantity, cost)

    def _add_layer(self, number: int, item: ItemView, quantity: int, cost: int) -> None:
        if not quantity:
            return
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
