"""Invoices, their payments and their GL rows, as clients read and change them."""

from __future__ import annotations

from functools import partial

from clary.apps.connectwise.sandbox.call import Answer, Call, answered, found
from clary.apps.connectwise.sandbox.chart import Chart
from clary.apps.connectwise.sandbox.closing import rows_in_batch, set_status, total_up
from clary.apps.connectwise.sandbox.conditions import ALWAYS, Clause
from clary.apps.connectwise.sandbox.declared import Module
from clary.apps.connectwise.sandbox.expense_views import EXPENSES
from clary.apps.connectwise.sandbox.invoice_views import (
    CLOSED_INVOICES,
    GL_ENTRIES,
    INVOICES,
    PAYMENTS,
)
from clary.apps.connectwise.sandbox.listing import Listing, bodies, count_of, one_of, page_of
from clary.apps.connectwise.sandbox.problems import Mistake, Refused
from clary.apps.connectwise.sandbox.product_views import PRODUCTS
from clary.apps.connectwise.sandbox.records import (
    Columns,
    body_of,
    changing,
    columns_of,
    insert,
    patch_of,
    update,
)
from clary.apps.connectwise.sandbox.routing import Route
from clary.apps.connectwise.sandbox.wire import Json, money, quantity

FREE_WHEN_CLOSED = frozenset(
    {"status_id", "reference", "internal_notes", "customer_po", "attention", "due_date"}
)
"""What can be changed of a closed invoice."""

_PATH = "finance/invoices"


def routes() -> list[Route]:
    """Return the paths of invoices."""
    module = Module.INVOICING
    put, patch = changing(INVOICES, partial(_save, INVOICES), _seen)
    put_closed, patch_closed = changing(CLOSED_INVOICES, partial(_save, CLOSED_INVOICES), _seen)
    put_row, patch_row = changing(GL_ENTRIES, _save_row, _rows_of)
    one, payments, rows = _PATH + "/{}", _PATH + "/{}/payments", _PATH + "/{}/glEntries"
    return [
        Route("GET", _PATH, lambda call: page_of(INVOICES, call, _seen(call)), module),
        Route("GET", _PATH + "/count", lambda call: count_of(INVOICES, call, _seen(call)), module),
        Route("POST", _PATH, _create, module),
        Route("GET", one, lambda call: one_of(INVOICES, call, call.ids[0], _seen(call)), module),
        Route("PUT", one, put, module),
        Route("PATCH", one, patch, module),
        Route("DELETE", one, _delete, module),
        Route("PUT", "finance/closedInvoices/{}", put_closed, module),
        Route("PATCH", "finance/closedInvoices/{}", patch_closed, module),
        Route("GET", "finance/info/invoice/{}", _info, module),
        Route("GET", payments, _payments, module),
        Route("POST", payments, _pay, module, "Edit"),
        Route("GET", payments + "/{}", _payment, module),
        Route("PUT", payments + "/{}", _put_payment, module, "Edit"),
        Route("PATCH", payments + "/{}", _patch_payment, module, "Edit"),
        Route("DELETE", payments + "/{}", _delete_payment, module, "Edit"),
        Route("GET", rows, _rows, module),
        Route("GET", rows + "/{}", _row, module),
        Route("PUT", rows + "/{}", put_row, module),
        Route("PATCH", rows + "/{}", patch_row, module),
    ]


def _seen(call: Call) -> Clause:
    place = call.caller.location
    return ALWAYS if place is None else Clause("r.location_id = ?", (place,))


# -- the invoice -------------------------------------------------------------------------------


def _create(call: Call) -> Answer:
    columns = columns_of(call, INVOICES, {}, call.object())
    site = call.connection.execute(
        "SELECT coalesce(max(id), 0) + 1 FROM invoice UNION ALL SELECT min(id) FROM currency "
        "UNION ALL SELECT min(id) FROM billing_status WHERE coalesce(closedFlag, 0) = 0"
    ).fetchall()
    whole: Columns = {
        "number": f"N{site[0][0]}",
        "status_id": site[2][0],
        "currency_id": site[1][0],
        "bill_to_id": columns["company_id"],
        "ship_to_id": columns["company_id"],
        "location_id": 1,
        "department_id": 1,
        "date": call.now[: len("2026-01-31")],
        "entered_by": call.caller.name,
        **columns,
    }
    _check_number(call, whole.get("number"), None)
    made = insert(call, "invoice", whole)
    return one_of(INVOICES, call, made, status=201)


def _save(listing: Listing, call: Call, columns: Columns) -> Answer:
    identifier = call.ids[0]
    closed = call.connection.execute(
        "SELECT closed FROM invoice WHERE id = ?", (identifier,)
    ).fetchone()[0]
    fixed = set(columns) - FREE_WHEN_CLOSED
    if closed and fixed:
        message = f"The invoice is closed; {', '.join(sorted(fixed))} cannot be changed."
        raise Refused.invalid(message, Mistake("ReadOnlyField", message, resource="Invoice"))
    _check_number(call, columns.get("number"), identifier)
    update(call, "invoice", identifier, columns)
    if not closed and fixed:
        total_up(call.connection, Chart(call.connection), identifier)
    if "status_id" in columns:
        set_status(call.connection, identifier, by=call.caller.name, now=call.now)
    return one_of(listing, call, identifier)


def _check_number(call: Call, number: object, identifier: int | None) -> None:
    sql = "SELECT 1 FROM invoice WHERE number = ? COLLATE NOCASE AND id IS NOT ?"
    if number and call.connection.execute(sql, (number, identifier)).fetchone():
        message = f"There is an invoice {number} already."
        mistake = Mistake("ObjectExists", message, "invoiceNumber", "Invoice")
        raise Refused.invalid("Invoice object is invalid", mistake)


def _delete(call: Call) -> Answer:
    identifier = call.ids[0]
    body_of(call, INVOICES, identifier, _seen(call))
    if rows_in_batch(call.connection, "I", identifier):
        raise Refused.conflict("The invoice is in an accounting batch.")
    for table in ("invoice_line", "payment"):
        call.connection.execute(f"DELETE FROM {table} WHERE invoice_id = ?", (identifier,))
    call.connection.execute(
        "DELETE FROM gl WHERE document = 'I' AND document_id = ?", (identifier,)
    )
    call.connection.execute("DELETE FROM invoice WHERE id = ?", (identifier,))
    return Answer(204, "")


def _info(call: Call) -> Answer:
    identifier = call.ids[0]
    invoice = body_of(call, INVOICES, identifier, _seen(call))
    own = Clause("r.invoice_id = ?", (identifier,))
    made: dict[str, Json] = {
        "id": identifier,
        "invoice": invoice,
        "products": list(bodies(call.connection, PRODUCTS, own, PRODUCTS.fields)),
        "expenses": list(bodies(call.connection, EXPENSES, own, EXPENSES.fields)),
        "timeEntries": _time_entries(call, identifier),
    }
    return answered(made)


def _time_entries(call: Call, invoice: int) -> list[Json]:
    rows = call.connection.execute(
        "SELECT n.id, n.ticket_id, n.summary, n.notes, n.quantity, n.price, n.amount, "
        "coalesce(n.worked_on, i.date), m.id, m.identifier FROM invoice_line n "
        "JOIN invoice i ON i.id = n.invoice_id LEFT JOIN member m ON m.id = n.member_id "
        "WHERE n.invoice_id = ? AND n.kind = 'service' ORDER BY n.position",
        (invoice,),
    )
    return [
        {
            "id": row[0],
            "ticket": {"id": row[1], "summary": row[2]} if row[1] else None,
            "notes": row[3],
            "actualHours": quantity(row[4]),
            "invoiceHours": quantity(row[4]),
            "hourlyRate": money(row[5]),
            "extendedInvoiceAmount": money(row[6]),
            "timeStart": f"{row[7]}T09:00:00Z",
            "member": {"id": row[8], "identifier": row[9]} if row[8] else None,
            "chargeToType": "ServiceTicket" if row[1] else None,
            "billableOption": "Billable",
        }
        for row in rows
    ]


# -- payments ----------------------------------------------------------------------------------


def _of_invoice(call: Call) -> Clause:
    """Return the condition of the payments of an invoice: on it, or made with it as credit."""
    body_of(call, INVOICES, call.ids[0], _seen(call))
    return Clause("(r.invoice_id = ? OR r.credit_id = ?)", (call.ids[0], call.ids[0]))


def _payments(call: Call) -> Answer:
    return page_of(PAYMENTS, call, _of_invoice(call))


def _payment(call: Call) -> Answer:
    return one_of(PAYMENTS, call, call.ids[1], _of_invoice(call))


def _pay(call: Call) -> Answer:
    _of_invoice(call)
    body = dict(call.object())
    given = body.pop("invoice", None)
    if isinstance(given, dict) and given.get("id") not in {None, call.ids[0]}:
        message = "The payment names another invoice than its path."
        raise Refused.invalid(message, Mistake("InvalidObject", message, "invoice"))
    columns = columns_of(call, PAYMENTS, {}, body)
    columns = {"type": "C" if columns.get("credit_id") else "P", **columns}
    _check_payment(call, columns)
    whole = {**columns, "invoice_id": call.ids[0], "applied_by": call.caller.name}
    return one_of(PAYMENTS, call, insert(call, "payment", whole), status=201)


def _check_payment(call: Call, columns: Columns) -> None:
    kind, credit = columns.get("type"), columns.get("credit_id")
    if kind == "C" and credit is not None:
        row = call.connection.execute("SELECT type FROM invoice WHERE id = ?", (credit,)).fetchone()
        if found(row, "Credit memo", credit)[0] != "CreditMemo":
            message = "credit must be a credit memo."
            raise Refused.invalid(message, Mistake("InvalidObject", message, "credit"))


def _put_payment(call: Call) -> Answer:
    before = body_of(call, PAYMENTS, call.ids[1], _of_invoice(call))
    after = {k: v for k, v in call.object().items() if k != "invoice"}
    return _save_payment(call, columns_of(call, PAYMENTS, before, after))


def _patch_payment(call: Call) -> Answer:
    before = body_of(call, PAYMENTS, call.ids[1], _of_invoice(call))
    return _save_payment(call, columns_of(call, PAYMENTS, before, patch_of(call, PAYMENTS, before)))


def _save_payment(call: Call, columns: Columns) -> Answer:
    _check_payment(call, columns)
    update(call, "payment", call.ids[1], columns)
    return one_of(PAYMENTS, call, call.ids[1])


def _delete_payment(call: Call) -> Answer:
    body_of(call, PAYMENTS, call.ids[1], _of_invoice(call))
    call.connection.execute("DELETE FROM payment WHERE id = ?", (call.ids[1],))
    return Answer(204, "")


# -- GL rows -----------------------------------------------------------------------------------


def _rows_of(call: Call) -> Clause:
    body_of(call, INVOICES, call.ids[0], _seen(call))
    return Clause("r.document_id = ?", (call.ids[0],))


def _rows(call: Call) -> Answer:
    return page_of(GL_ENTRIES, call, _rows_of(call))


def _row(call: Call) -> Answer:
    return one_of(GL_ENTRIES, call, call.ids[1], _rows_of(call))


def _save_row(call: Call, columns: Columns) -> Answer:
    batched = call.connection.execute(
        "SELECT batch_id FROM gl WHERE id = ?", (call.ids[1],)
    ).fetchone()[0]
    if batched is not None:
        raise Refused.conflict("The GL entry is in an accounting batch.")
    if "account" in columns:
        call.connection.execute(
            "UPDATE gl SET account = ? WHERE id = ?", (columns["account"], call.ids[1])
        )
    return one_of(GL_ENTRIES, call, call.ids[1])
