"""The open books of one company: what is cached, what waits to be written, what is one group.

Posting reads through caches and queues its rows (see `pending`); they are written together
when the group ends, or before anything is read that they could change.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

from clary.companies.sandbox import views
from clary.companies.sandbox.file import sqlite_errors, translated
from clary.companies.sandbox.logging_on import LogOn
from clary.companies.sandbox.pending import Pending
from clary.kernel.clock import Clock, timestamp
from clary.kernel.errors import ClaryError, Guarded, declare
from clary.kernel.money import to_minor
from clary.ledger.fields import EditionName
from clary.ledger.posting.calendar import Calendar
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


_NEVER = 0
"""A data version that SQLite never gives: what was read must be read again."""

_OF_PARTY = "+party_type = ? AND +party = ?"
"""Keeps SQLite on the index of the document's number: one number has few documents, one
party has many, and the planner cannot know."""


class Books(Pending):
    """One connection to a company with its caches and its queue of writes."""

    def __init__(self, connection: sqlite3.Connection, path: Path, user: str, clock: Clock) -> None:
        """Read what the company is."""
        super().__init__()
        self.connection = connection
        self.path = path
        self.user = user
        self.clock = clock
        self.log_on = LogOn(user)
        self.fence_epoch: int | None = None
        self._broken: ClaryError | None = None
        self._depth = 0
        self._seen_version = -1
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
        self.edition: EditionName = "uk" if self.values["edition"] == "uk" else "us"
        self._calendar = Calendar(self.edition, self.periods, self.values["lock_date"])
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
            on_hold="stop" if settings.get("stop_on_hold") else "warn",
            terms_not_agreed="stop" if settings.get("stop_terms_not_agreed") else "warn",
            party_defaults_required=bool(settings.get("defaults_required")),
        )

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
        self._known: set[tuple[str, str]] = set()
        self.drop_pending()

    # -- transactions ------------------------------------------------------------------

    def flush(self) -> None:
        """Write what waits in the queue; a failure ends the whole group.

        SQLite itself rolls a transaction back when the disk is full, so nothing more may
        be written until the group has ended.

        Raises:
            ClaryError: what SQLite said now, or when the group broke.
        """
        if self._broken is not None:
            raise self._broken
        try:
            super().flush()
        except sqlite3.Error as error:
            self._break(error)
            raise translated(error, self.path) from error

    def _break(self, error: sqlite3.Error) -> None:
        self._broken = translated(error, self.path)
        self._clear()
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

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
            self._broken = None
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

    @contextmanager
    def step(self) -> Iterator[None]:
        """Hold what one operation writes: all of it or, inside a group too, nothing.

        Raises:
            ClaryError: as `writing` does, or what the operation itself raises.
        """
        if not self._depth:
            with self.writing():
                yield
            return
        self.flush()
        self.connection.execute("SAVEPOINT step")
        try:
            yield
            self.flush()
        except sqlite3.Error as error:
            self._break(error)
            raise
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK TO step")
                self.connection.execute("RELEASE step")
                self.load()
            self._clear()
            raise
        self.connection.execute("RELEASE step")

    def _abandon(self) -> None:
        self._clear()
        self._seen_version = _NEVER
        if self.connection.in_transaction:
            self.connection.execute("ROLLBACK")

    @property
    def in_group(self) -> bool:
        """A write transaction is open."""
        return self._depth > 0

    def live_origin(self, record_type: str, origin: str) -> int | None:
        """Return the document of a type that this origin made and that stands, or none."""
        pending = self._origins.get((record_type, origin))
        if pending is not None:
            return pending
        row = self.connection.execute(
            "SELECT transaction_number FROM document WHERE origin = ? AND record_type = ?"
            " AND reversed_by IS NULL",
            (origin, record_type),
        ).fetchone()
        return None if row is None else int(row[0])

    @property
    def version(self) -> int:
        """What tells, inside a transaction, whether another connection has written since."""
        return self._seen_version

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
            f"SELECT id FROM {party_type}_record WHERE record_number = ?",
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
        if record_type == "currency":
            self.policy = replace(self.policy, rates=self._rates())

    def known(self, record_type: str, key: str) -> bool:
        """Tell whether a list record exists; employees may be sales representatives."""
        if (record_type, key) in self._known:
            return True
        if record_type == "sales_rep" and self.known("employee", key):
            return True
        row = self.connection.execute(
            f"SELECT 1 FROM {record_type}_record WHERE id = ? COLLATE NOCASE",
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
            f" AND {_OF_PARTY} AND reversed_by IS NULL AND reverses IS NULL"
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
            f"SELECT 1 FROM document WHERE record_type = ? AND number = ? AND {_OF_PARTY}"
            " AND reversed_by IS NULL AND reverses IS NULL",
            (record_type, number, party.type, party.number),
        ).fetchone()
        return row is not None

    def closed_reason(self, day: date) -> tuple[str, str] | None:
        """Return why nothing can be posted on `day` and what to do, or none."""
        return self._calendar.closed_reason(day)

    def period_number(self, day: date) -> int:
        """Return the number of the period of `day`; 0 before the books, else the last."""
        return self._calendar.period_number(day)
