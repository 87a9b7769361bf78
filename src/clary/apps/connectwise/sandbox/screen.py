"""What people do at the site's own screen, and misbehaviour on demand: paths below /sandbox.

No client of a real site has these.  They take no keys, so that whoever can reach the site
can play its user:

    GET    /sandbox                 what there is
    POST   /sandbox/acts/{name}     do what a user does
    GET, POST, DELETE /sandbox/faults
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from clary.apps.connectwise.sandbox.acts_in_documents import (
    add_invoice,
    approve_act,
    close_act,
    edit_invoice_line,
    open_act,
)
from clary.apps.connectwise.sandbox.batching import remove, unbatch
from clary.apps.connectwise.sandbox.call import Answer, Call, answered
from clary.apps.connectwise.sandbox.closing import close_received
from clary.apps.connectwise.sandbox.faults import KINDS, Faults
from clary.apps.connectwise.sandbox.file import set_value
from clary.apps.connectwise.sandbox.given import Given, only
from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.routing import Route
from clary.apps.connectwise.sandbox.spoiling import spoil
from clary.apps.connectwise.sandbox.wire import Json

Perform: TypeAlias = Callable[[sqlite3.Connection, Given], dict[str, Json]]


@dataclass(frozen=True, slots=True)
class Act:
    """Something that a user does: the fields it takes, in words, and what happens."""

    fields: str
    help: str
    perform: Perform


def routes(faults: Faults) -> list[Route]:
    """Return the paths below /sandbox."""

    def add(call: Call) -> Answer:
        return answered(faults.add(call.object()).as_dict(), 201)

    def show(_call: Call) -> Answer:
        return answered(faults.all())

    def clear(_call: Call) -> Answer:
        faults.clear()
        return Answer(204, "")

    return [
        Route("GET", "", _overview, None),
        Route("POST", "acts/{}", _act, None, named=True),
        Route("POST", "faults", add, None, writes=False),
        Route("GET", "faults", show, None),
        Route("DELETE", "faults", clear, None, writes=False),
    ]


def _overview(_call: Call) -> Answer:
    acts: list[Json] = [
        {"name": name, "fields": act.fields, "help": act.help} for name, act in ACTS.items()
    ]
    kinds: list[Json] = [{"kind": kind, "help": text} for kind, text in KINDS.items()]
    return answered({"acts": acts, "faults": kinds})


def _act(call: Call) -> Answer:
    act = ACTS.get(call.name)
    if act is None:
        raise Refused(404, "NotFound", f"There is no act {call.name}; see /sandbox.")
    body = call.object() if call.body else {}
    return answered(act.perform(call.connection, Given(body, call.now)))


# -- batches -----------------------------------------------------------------------------------


def _batch(connection: sqlite3.Connection, given: Given) -> int:
    name = given.text("batch")
    sql = "SELECT id FROM batch WHERE identifier = ? COLLATE NOCASE"
    return only(connection, sql, (name,), f"Accounting batch {name}")


def _delete_batch(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    identifier = _batch(connection, given)
    remove(connection, identifier)
    return {"batch": identifier}


def _close_batch(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    identifier = _batch(connection, given)
    connection.execute("UPDATE batch SET closed = 1 WHERE id = ?", (identifier,))
    return {"batch": identifier}


def _unbatch(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    document, identifier = _document(connection, given)
    unbatch(connection, document, identifier)
    return {"document": document, "id": identifier}


_FOUND_BY: Mapping[str, tuple[str, str]] = {
    "invoice": ("I", "SELECT id FROM invoice WHERE number = ? COLLATE NOCASE"),
    "expense": ("E", "SELECT id FROM expense WHERE id = ?"),
    "purchase": (
        "P",
        (
            "SELECT q.id FROM receipt q JOIN purchase_order o ON o.id = q.order_id "
            "WHERE ?1 IN (o.id || '-' || q.packing_slip || '-purchase', o.number)"
        ),
    ),
    "adjustment": ("A", "SELECT id FROM adjustment WHERE ?1 IN (identifier, id || '-adjustment')"),
    "transfer": ("T", "SELECT id FROM transfer WHERE id || '-transfer' = ?"),
}


def _document(connection: sqlite3.Connection, given: Given) -> tuple[str, int]:
    for field, (document, sql) in _FOUND_BY.items():
        if given.has(field):
            key = given.text(field)
            return document, only(connection, sql, (key,), f"{field.capitalize()} {key}")
    raise Refused.invalid(f"Name a document with one of {', '.join(_FOUND_BY)}.")


# -- purchase orders and the rest ----------------------------------------------------------------


def _order(connection: sqlite3.Connection, given: Given) -> int:
    number = given.text("order")
    sql = "SELECT id FROM purchase_order WHERE number = ? COLLATE NOCASE"
    return only(connection, sql, (number,), f"Purchase order {number}")


def _receive_line(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    order = _order(connection, given)
    sql = "SELECT id FROM purchase_line WHERE order_id = ? AND number = ? AND receipt_id IS NULL"
    place = given.whole("line", 1)
    line = only(connection, sql, (order, place), f"Open line {place}")
    connection.execute(
        "UPDATE purchase_line SET received = iif(?1, ?1, quantity / 1000), "
        "received_status = 'FullyReceived', received_on = ?2, packing_slip = ?3, closed = ?4 "
        "WHERE id = ?5",
        (
            given.whole("quantity", 0),
            given.text("date", given.now)[: len("2026-01-31")],
            given.text("packing_slip", f"PS-{order}-{place}"),
            int(given.flag("close", usual=True)),
            line,
        ),
    )
    made: list[Json] = list(close_received(connection, order, given.now))
    return {"order": order, "line": line, "receipts": made}


def _vendor_invoice(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    order = _order(connection, given)
    connection.execute(
        "UPDATE purchase_order SET vendor_invoice_number = ?, vendor_invoice_date = ? WHERE id = ?",
        (given.text("number"), given.text("date", given.now)[: len("2026-01-31")], order),
    )
    return {"order": order}


def _move(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    codebase = given.text("codebase").strip("/")
    set_value(connection, "codebase", codebase)
    return {"codebase": codebase}


def _delimiter(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    sign = given.text("sign")
    set_value(connection, "delimiter", sign)
    return {"delimiter": sign}


def _spoil(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    document, field = given.text("document"), given.text("field")
    key = str(given.value("id"))
    if document == "invoice" and given.has("number"):
        number = given.text("number")
        sql = "SELECT id FROM invoice WHERE number = ? COLLATE NOCASE"
        key = str(only(connection, sql, (number,), f"Invoice {number}"))
    spoil(connection, document, key, field, given.value("value"))
    return {"document": document, "id": key, "field": field}


ACTS: Mapping[str, Act] = {
    "unbatch": Act(
        "invoice | expense | purchase | adjustment | transfer",
        "take one document out of its batch",
        _unbatch,
    ),
    "delete-batch": Act("batch", "delete a batch, so that its documents wait again", _delete_batch),
    "close-batch": Act("batch", "close a batch, which nobody opens again", _close_batch),
    "open-invoice": Act("invoice", "set an invoice to Open", open_act),
    "close-invoice": Act("invoice", "set an invoice to Closed", close_act),
    "edit-invoice-line": Act(
        "invoice, line, amount | quantity | price | text",
        "change a line of an invoice and make its GL rows anew; it may be closed",
        edit_invoice_line,
    ),
    "add-invoice": Act(
        "company, lines, type, number, date, location, currency, tax, closed, credits",
        "write an invoice or credit memo",
        add_invoice,
    ),
    "approve-expense": Act("expense", "approve an expense", approve_act),
    "receive-line": Act(
        "order, line, quantity, packing_slip, date, close", "receive a line", _receive_line
    ),
    "add-vendor-invoice": Act(
        "order, number, date", "enter the vendor's invoice of a purchase order", _vendor_invoice
    ),
    "move": Act("codebase", "move the site to another code base, as a release does", _move),
    "set-delimiter": Act("sign", "join account segments with another sign", _delimiter),
    "spoil": Act(
        "document, id | number, field, value",
        "tell a field of a document wrongly in exports, until told again without a value",
        _spoil,
    ),
}
