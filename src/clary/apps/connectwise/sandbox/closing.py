"""Closing documents: their GL rows are made, with the accounts of that moment, and kept.

Whoever changes the mapping later changes nothing of what is closed; an invoice gets other
accounts only by being set to Open and to Closed again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from clary.apps.connectwise.sandbox.chart import Chart
from clary.apps.connectwise.sandbox.gl_rows import (
    GlRow,
    InvoiceHead,
    InvoiceLine,
    ReceivedLine,
    Unmapped,
    expense_rows,
    invoice_rows,
    owed_account,
    receipt_rows,
    stock_rows,
    taxes_of,
)
from clary.apps.connectwise.sandbox.problems import Mistake, Refused


def store_rows(
    connection: sqlite3.Connection, document: str, identifier: int, rows: Iterable[GlRow]
) -> list[int]:
    """Keep the rows of a document and return their ids."""
    made = []
    for row in rows:
        cursor = connection.execute(
            "INSERT INTO gl (document, document_id, role, type, account, class, amount, line_id, "
            "level, cost_account, inventory_account, product_account, sales_code, description) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                document,
                identifier,
                row.role,
                row.type,
                row.account,
                row.group,
                row.amount,
                row.line_id,
                row.level,
                row.cost_account,
                row.inventory_account,
                row.product_account,
                row.sales_code,
                row.description,
            ),
        )
        made.append(int(cursor.lastrowid or 0))
    return made


# -- invoices ----------------------------------------------------------------------------------


def invoice_lines(connection: sqlite3.Connection, invoice: int) -> list[InvoiceLine]:
    """Return the lines of an invoice, as closing sees them."""
    rows = connection.execute(
        "SELECT n.id, n.kind, n.catalog_id, n.quantity, n.cost, n.amount, n.taxable, e.type_id, "
        "n.description FROM invoice_line n LEFT JOIN expense e ON e.id = n.expense_id "
        "WHERE n.invoice_id = ? ORDER BY n.position, n.id",
        (invoice,),
    )
    return [InvoiceLine(*row) for row in rows]


def total_up(connection: sqlite3.Connection, chart: Chart, invoice: int) -> None:
    """Make the totals of an invoice those of its lines."""
    lines = invoice_lines(connection, invoice)
    code = connection.execute(
        "SELECT tax_code_id FROM invoice WHERE id = ?", (invoice,)
    ).fetchone()[0]
    taxes = taxes_of(chart, code, [each.amount for each in lines if each.taxable])
    tax = sum(each.amount for each in taxes)
    subtotal = sum(each.amount for each in lines)

    def of(*kinds: str) -> int:
        return sum(each.amount for each in lines if each.kind in kinds)

    applied = -sum(each.amount for each in lines if each.kind == "downpayment" and each.amount < 0)
    connection.execute(
        "UPDATE invoice SET service_total = ?, expense_total = ?, product_total = ?, "
        "agreement_amount = ?, downpayment_applied = ?, subtotal = ?, sales_tax = ?, total = ? "
        "WHERE id = ?",
        (
            of("service", "miscellaneous"),
            of("expense"),
            of("product"),
            of("agreement"),
            applied,
            subtotal,
            tax,
            subtotal + tax,
            invoice,
        ),
    )


def close_invoice(
    connection: sqlite3.Connection, chart: Chart, invoice: int, *, by: str, now: str
) -> None:
    """Set an invoice to closed and make its rows; without a mapping it gets none."""
    total_up(connection, chart, invoice)
    place, department, agreement, code = connection.execute(
        "SELECT r.location_id, r.department_id, a.type_id, r.tax_code_id FROM invoice r "
        "LEFT JOIN agreement a ON a.id = r.agreement_id WHERE r.id = ?",
        (invoice,),
    ).fetchone()
    head = InvoiceHead(place, department, agreement, code)
    try:
        rows = invoice_rows(chart, head, invoice_lines(connection, invoice))
    except Unmapped:
        rows = []
    store_rows(connection, "I", invoice, rows)
    connection.execute(
        "UPDATE invoice SET closed = 1, closed_on = ?, closed_by = ? WHERE id = ?",
        (now, by, invoice),
    )


def open_invoice(connection: sqlite3.Connection, invoice: int) -> None:
    """Set an invoice to open: its rows go, to be made anew when it is closed.

    Raises:
        Refused: some of its rows are in a batch (409).
    """
    if rows_in_batch(connection, "I", invoice):
        message = "The invoice is in an accounting batch and cannot be opened."
        raise Refused.conflict(message, Mistake("InUse", message, "status", "Invoice"))
    connection.execute("DELETE FROM gl WHERE document = 'I' AND document_id = ?", (invoice,))
    connection.execute(
        "UPDATE invoice SET closed = 0, closed_on = NULL, closed_by = NULL WHERE id = ?", (invoice,)
    )


def set_status(connection: sqlite3.Connection, invoice: int, *, by: str, now: str) -> None:
    """Open or close an invoice as its new status says.

    Raises:
        Refused: it is in a batch (409), or its company has no account number (400).
    """
    closed, wanted, account = connection.execute(
        "SELECT r.closed, coalesce(b.closedFlag, 0), c.accountNumber FROM invoice r "
        "LEFT JOIN billing_status b ON b.id = r.status_id "
        "LEFT JOIN company c ON c.id = r.bill_to_id WHERE r.id = ?",
        (invoice,),
    ).fetchone()
    if wanted and not closed:
        if not account:
            message = "The company has no account number, so that its invoice cannot be closed."
            raise Refused.invalid(message, Mistake("MissingAccountNumber", message, "company"))
        close_invoice(connection, Chart(connection), invoice, by=by, now=now)
    elif closed and not wanted:
        open_invoice(connection, invoice)


def rows_in_batch(connection: sqlite3.Connection, document: str, identifier: int) -> bool:
    """Tell whether some row of a document is in a batch."""
    sql = "SELECT 1 FROM gl WHERE document = ? AND document_id = ? AND batch_id IS NOT NULL"
    return connection.execute(sql, (document, identifier)).fetchone() is not None


# -- purchasing --------------------------------------------------------------------------------


def close_received(
    connection: sqlite3.Connection, order: int, now: str, chart: Chart | None = None
) -> list[int]:
    """Make receipts of the order's lines that are received and closed and have none yet.

    Lines of one packing slip make one receipt; the freight comes with the first.  The
    mapping is read anew if none is given.
    """
    slips = connection.execute(
        "SELECT DISTINCT coalesce(packing_slip, '') FROM purchase_line WHERE order_id = ? "
        "AND closed = 1 AND canceled = 0 AND received > 0 AND receipt_id IS NULL ORDER BY 1",
        (order,),
    ).fetchall()
    mapping = chart or (Chart(connection) if slips else None)
    return [_receipt(connection, mapping, order, slip, now) for (slip,) in slips if mapping]


def _receipt(connection: sqlite3.Connection, chart: Chart, order: int, slip: str, now: str) -> int:
    place, code, taxed, freight, number = connection.execute(
        "SELECT location_id, tax_code_id, tax_po, freight, number FROM purchase_order WHERE id = ?",
        (order,),
    ).fetchone()
    lines = connection.execute(
        "SELECT id, catalog_id, received * unit_cost, description, received_on FROM purchase_line "
        "WHERE order_id = ? AND coalesce(packing_slip, '') = ? AND closed = 1 AND canceled = 0 "
        "AND received > 0 AND receipt_id IS NULL ORDER BY number",
        (order, slip),
    ).fetchall()
    before = connection.execute(
        "SELECT count(*) FROM receipt WHERE order_id = ?", (order,)
    ).fetchone()[0]
    name = _free_slip(connection, order, slip or number)
    date = max(str(line[4] or now)[:10] for line in lines)
    receipt = int(
        connection.execute(
            "INSERT INTO receipt (order_id, packing_slip, date, first_gl, closed_on) "
            "VALUES (?, ?, ?, 0, ?) RETURNING id",
            (order, name, date, now),
        ).fetchone()[0]
    )
    received = [ReceivedLine(*line[:4]) for line in lines]
    tax_code = code if taxed else None
    try:
        rows = receipt_rows(chart, place, tax_code, received, 0 if before else freight)
    except Unmapped:
        rows = []
    ids = store_rows(connection, "P", receipt, rows)
    connection.execute(
        "UPDATE receipt SET first_gl = ? WHERE id = ?", (min(ids, default=0), receipt)
    )
    for line in received:
        tax = sum(row.amount for row in rows if row.role == "tax" and row.line_id == line.id)
        connection.execute(
            "UPDATE purchase_line SET receipt_id = ?, tax = ? WHERE id = ?", (receipt, tax, line.id)
        )
    return receipt


def _free_slip(connection: sqlite3.Connection, order: int, slip: str) -> str:
    """Return the packing slip, numbered on where the order has a receipt of it already."""
    taken = {
        row[0]
        for row in connection.execute(
            "SELECT packing_slip FROM receipt WHERE order_id = ?", (order,)
        )
    }
    name, number = slip, 1
    while name in taken:
        number += 1
        name = f"{slip}-{number}"
    return name


# -- expenses and stock ------------------------------------------------------------------------


def approve_expense(connection: sqlite3.Connection, chart: Chart, expense: int, now: str) -> None:
    """Approve an expense, so that it waits to be posted."""
    kind, amount, place, company, own = connection.execute(
        "SELECT type_id, amount, location_id, company_id, "
        "(SELECT value FROM site WHERE name = 'own_company') FROM expense WHERE id = ?",
        (expense,),
    ).fetchone()
    external = str(company) != own
    as_bill = expenses_as_bill(connection)
    try:
        rows = expense_rows(chart, kind, amount, external=external, as_bill=as_bill, place=place)
    except Unmapped:
        rows = []
    store_rows(connection, "E", expense, rows)
    connection.execute(
        "UPDATE expense SET status = 'ApprovedByTierTwo', closed_on = ? WHERE id = ?",
        (now, expense),
    )


def expenses_as_bill(connection: sqlite3.Connection) -> bool:
    """Tell whether expenses leave the site as bills, and not as journal entries."""
    row = connection.execute(
        "SELECT json_extract(body, '$.transferExpensesAsBillFlag') FROM accounting_package_setup"
    ).fetchone()
    return bool(row and row[0])


def remap_offsets(connection: sqlite3.Connection) -> None:
    """Move what is owed for expenses that wait to the account of the way they leave.

    Bills are owed through payables, journal entries through the expense offset account.
    """
    as_bill = expenses_as_bill(connection)
    chart = Chart(connection)
    waiting = connection.execute(
        "SELECT g.id, e.location_id FROM gl g JOIN expense e ON e.id = g.document_id "
        "WHERE g.document = 'E' AND g.role = 'offset' AND g.batch_id IS NULL"
    ).fetchall()
    for row, place in waiting:
        account = owed_account(chart, place, as_bill=as_bill)
        if account is not None:
            connection.execute(
                "UPDATE gl SET account = ?, type = ? WHERE id = ?",
                (account.number, "AP" if as_bill else "EO", row),
            )


def close_adjustment(
    connection: sqlite3.Connection, chart: Chart, adjustment: int, *, by: str, now: str
) -> None:
    """Close an adjustment of stock, so that it waits to be posted."""
    kind = connection.execute(
        "SELECT type_id FROM adjustment WHERE id = ?", (adjustment,)
    ).fetchone()[0]
    changes: Sequence[tuple[int, int]] = connection.execute(
        "SELECT catalog_id, quantity * unit_cost FROM adjustment_detail WHERE adjustment_id = ? "
        "ORDER BY id",
        (adjustment,),
    ).fetchall()
    try:
        rows = stock_rows(chart, "Inventory Adjustment", kind, "IA", changes)
    except Unmapped:
        rows = []
    store_rows(connection, "A", adjustment, rows)
    connection.execute(
        "UPDATE adjustment SET closed = 1, closed_on = ?, closed_by = ? WHERE id = ?",
        (now, by, adjustment),
    )


def close_transfer(connection: sqlite3.Connection, chart: Chart, transfer: int) -> None:
    """Make the rows of a transfer between warehouses."""
    place, catalog, value = connection.execute(
        "SELECT from_id, catalog_id, quantity * unit_cost FROM transfer WHERE id = ?", (transfer,)
    ).fetchone()
    try:
        rows = stock_rows(chart, "Inventory Transfer", place, "IT", [(catalog, value)])
    except Unmapped:
        rows = []
    store_rows(connection, "T", transfer, rows)
