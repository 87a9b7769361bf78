"""Acts of the screen that write documents: invoices opened, closed, edited and added."""

from __future__ import annotations

import sqlite3
from datetime import date

from clary.apps.connectwise.sandbox.chart import Chart
from clary.apps.connectwise.sandbox.closing import (
    approve_expense,
    close_invoice,
    open_invoice,
    set_status,
    total_up,
)
from clary.apps.connectwise.sandbox.given import Given, only
from clary.apps.connectwise.sandbox.gl_rows import LINE_TYPES, extended
from clary.apps.connectwise.sandbox.invoice_views import INVOICE_TYPES
from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.seed.world import (
    BASE_CURRENCY,
    CLOSED_STATUS,
    MAIN,
    OPEN_STATUS,
)
from clary.apps.connectwise.sandbox.seed.writing import BY, Invoice, Line, Writer
from clary.apps.connectwise.sandbox.wire import Json

_DAY = len("2026-01-31")


def invoice_named(connection: sqlite3.Connection, given: Given) -> int:
    """Return the id of the invoice that an act names by its number.

    Raises:
        Refused: there is none (404).
    """
    number = given.text("invoice")
    sql = "SELECT id FROM invoice WHERE number = ? COLLATE NOCASE"
    return only(connection, sql, (number,), f"Invoice {number}")


def open_act(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    """Set an invoice to Open."""
    return _set(connection, given, OPEN_STATUS)


def close_act(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    """Set an invoice to Closed."""
    return _set(connection, given, CLOSED_STATUS)


def _set(connection: sqlite3.Connection, given: Given, status: int) -> dict[str, Json]:
    identifier = invoice_named(connection, given)
    connection.execute(
        "UPDATE invoice SET status_id = ?, updated_on = ? WHERE id = ?",
        (status, given.now, identifier),
    )
    set_status(connection, identifier, by=BY, now=given.now)
    return {"invoice": identifier}


def edit_invoice_line(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    """Change a line of an invoice; a closed one is opened and closed again for it.

    Raises:
        Refused: there is no such line (404), or the invoice is in a batch (409).
    """
    identifier = invoice_named(connection, given)
    place = given.whole("line", 1)
    row = connection.execute(
        "SELECT id, quantity, price, description FROM invoice_line "
        "WHERE invoice_id = ? AND position = ?",
        (identifier, place),
    ).fetchone()
    if row is None:
        raise Refused(404, "NotFound", f"Line {place} not found")
    line, quantity, price, text = row
    quantity = given.scaled("quantity", 3, quantity)
    price = given.scaled("price", 2, price)
    amount = given.scaled("amount", 2, extended(price, quantity))
    closed = connection.execute(
        "SELECT closed FROM invoice WHERE id = ?", (identifier,)
    ).fetchone()[0]
    if closed:
        open_invoice(connection, identifier)
    connection.execute(
        "UPDATE invoice_line SET quantity = ?, price = ?, amount = ?, description = ? WHERE id = ?",
        (quantity, price, amount, given.text("text", text), line),
    )
    if closed:
        close_invoice(connection, Chart(connection), identifier, by=BY, now=given.now)
    else:
        total_up(connection, Chart(connection), identifier)
    connection.execute("UPDATE invoice SET updated_on = ? WHERE id = ?", (given.now, identifier))
    return {"invoice": identifier, "line": line}


def add_invoice(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    """Write an invoice or credit memo; it is closed unless it says otherwise.

    Raises:
        Refused: a field is missing or unknown (400), the company is (404), or there is an
            invoice of this number (409).
    """
    today = date.fromisoformat(given.now[:_DAY])
    writer = Writer(connection, today)
    writer.now = given.now
    company, kind = given.text("company"), given.text("type", "Standard")
    if company not in writer.companies:
        raise Refused(404, "NotFound", f"Company with account number {company} not found")
    if kind not in INVOICE_TYPES:
        raise Refused.invalid(f"type is one of {', '.join(INVOICE_TYPES)}.")
    number = given.text("number", "")
    if connection.execute(
        "SELECT 1 FROM invoice WHERE number = ? COLLATE NOCASE", (number,)
    ).fetchone():
        raise Refused.conflict(f"There is an invoice {number} already.")
    made = Invoice(
        company=company,
        lines=[_line(each) for each in given.inner("lines")],
        date=given.text("date", given.now)[:_DAY],
        type=kind,
        location=given.whole("location", MAIN),
        department=given.whole("department", 1),
        number=number,
        comment=given.text("comment", "") or None,
        customer_po=given.text("customer_po", "") or None,
        tax=given.text("tax", ""),
        currency=given.whole("currency", BASE_CURRENCY),
        agreement=(given.text("agreement", "Managed support"), 1) if kind == "Agreement" else None,
        closed=given.flag("closed", usual=True),
    )
    identifier = writer.invoice(made)
    number, total = connection.execute(
        "SELECT number, total FROM invoice WHERE id = ?", (identifier,)
    ).fetchone()
    if given.has("credits"):
        of = only(
            connection,
            "SELECT id FROM invoice WHERE number = ?",
            (given.text("credits"),),
            "The invoice that is credited",
        )
        writer.credit(of, identifier, -total, made.date)
    return {"invoice": identifier, "number": str(number)}


def _line(given: Given) -> Line:
    kind = given.text("kind", "product" if given.has("item") else "service")
    if kind not in LINE_TYPES:
        raise Refused.invalid(f"kind is one of {', '.join(LINE_TYPES)}.")
    ticket = given.value("ticket")
    return Line(
        kind=kind,
        text=given.text("text", "" if given.has("item") else "Service"),
        quantity=given.scaled("quantity", 3, 1000),
        price=given.scaled("price", 2, 0) if given.has("price") else None,
        item=given.text("item", ""),
        taxable=given.flag("taxable", usual=False),
        ticket=(ticket, given.text("summary", ""), given.text("notes", ""))
        if isinstance(ticket, int)
        else None,
    )


def approve_act(connection: sqlite3.Connection, given: Given) -> dict[str, Json]:
    """Approve an expense that is open.

    Raises:
        Refused: there is no open one of this id (404).
    """
    sql = "SELECT id FROM expense WHERE id = ? AND closed_on IS NULL"
    wanted = given.whole("expense", 0)
    identifier = only(connection, sql, (wanted,), f"Open expense {wanted}")
    report = connection.execute(
        "INSERT INTO expense_report (member_id, start, end) "
        "SELECT member_id, date, date FROM expense WHERE id = ? RETURNING id",
        (identifier,),
    ).fetchone()[0]
    connection.execute(
        "UPDATE expense SET report_id = coalesce(report_id, ?) WHERE id = ?", (report, identifier)
    )
    approve_expense(connection, Chart(connection), identifier, given.now)
    return {"expense": identifier}
