"""Writes seeded documents: what a person at the site would have entered, in a few words."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from clary.apps.connectwise.sandbox.chart import Chart
from clary.apps.connectwise.sandbox.closing import (
    approve_expense,
    close_adjustment,
    close_invoice,
    close_received,
    close_transfer,
    total_up,
)
from clary.apps.connectwise.sandbox.gl_rows import extended
from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.seed.world import (
    BASE_CURRENCY,
    CLOSED_STATUS,
    MAIN,
    OPEN_STATUS,
)

BY = "MDELGADO"
FIRST_INVOICE_ID, FIRST_INVOICE_NUMBER = 39_001, 10_001
FIRST_ORDER_ID = 3


@dataclass(slots=True)
class Line:
    """A line of an invoice.

    Attributes:
        kind: service, miscellaneous, agreement, product, expense or downpayment.
        text: description.
        quantity: thousandths.
        price: minor units; for a product the catalog's if none.
        item: code of the catalog item.
        taxable: it is taxed.
        ticket: ticket number, summary and notes.
        expense: id of the expense that is billed on.
        serials: serial numbers.
    """

    kind: str
    text: str = ""
    quantity: int = 1000
    price: int | None = None
    item: str = ""
    taxable: bool = False
    ticket: tuple[int, str, str] | None = None
    expense: int | None = None
    serials: str | None = None


@dataclass(slots=True)
class Invoice:
    """An invoice or credit memo; the lines of a credit memo have positive quantities too."""

    company: str
    lines: Sequence[Line]
    date: str
    type: str = "Standard"
    location: int = MAIN
    department: int = 1
    number: str = ""
    agreement: tuple[str, int] | None = None
    reference: str | None = None
    customer_po: str | None = None
    comment: str | None = None
    tax: str = ""
    currency: int = BASE_CURRENCY
    closed: bool = True


@dataclass(slots=True)
class OrderLine:
    """A line of a purchase order; what is received is closed unless it says otherwise."""

    item: str
    quantity: int
    received: int = 0
    slip: str = ""
    serials: str | None = None
    closed: bool = True
    cost: int | None = None


@dataclass(slots=True)
class Order:
    """A purchase order."""

    number: str
    vendor: str
    lines: Sequence[OrderLine]
    date: str
    received_on: str
    location: int = MAIN
    freight: int = 0
    taxed: bool = False
    invoice: tuple[str, str] | None = None


@dataclass(slots=True)
class Spent:
    """An expense of a member; `company` is an account number, empty for the own company."""

    kind: int
    amount: int
    date: str
    text: str
    company: str = ""
    billable: bool = False
    card: bool = False


@dataclass(slots=True)
class Writer:
    """Puts documents into the tables of a site.

    Attributes:
        connection: the site's file.
        today: the day that the site is made.
    """

    connection: sqlite3.Connection
    today: date
    chart: Chart = field(init=False)
    companies: dict[str, int] = field(init=False)
    now: str = field(init=False)

    def __post_init__(self) -> None:
        self.chart = Chart(self.connection)
        self.now = evening_before(self.today)
        self.refresh()

    def refresh(self) -> None:
        """Learn the companies anew; of two with one number the later counts."""
        rows = self.connection.execute(
            "SELECT coalesce(accountNumber, vendorIdentifier, identifier), id FROM company"
        )
        self.companies = {str(number): identifier for number, identifier in rows}

    def invoice(self, made: Invoice) -> int:
        """Write an invoice and return its id; it is closed unless it says otherwise."""
        connection = self.connection
        identifier, company = self._next("invoice", FIRST_INVOICE_ID), self.companies[made.company]
        number = made.number or str(FIRST_INVOICE_NUMBER + identifier - FIRST_INVOICE_ID)
        due = (date.fromisoformat(made.date) + timedelta(days=30)).isoformat()
        sign = -1 if made.type == "CreditMemo" else 1
        tickets = [line.ticket[0] for line in made.lines if line.ticket]
        connection.execute(
            "INSERT INTO invoice (id, number, type, status_id, company_id, bill_to_id, "
            "ship_to_id, site_id, location_id, department_id, terms_id, tax_code_id, currency_id, "
            "date, due_date, agreement_id, ticket_id, reference, customer_po, top_comment, "
            "entered_by, updated_on, updated_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                identifier,
                number,
                made.type,
                CLOSED_STATUS if made.closed else OPEN_STATUS,
                company,
                company,
                company,
                company,
                made.location,
                made.department,
                self._tax_code(made.tax, company),
                made.currency,
                made.date,
                due,
                self._agreement(made.agreement),
                tickets[0] if tickets else None,
                made.reference,
                made.customer_po,
                made.comment,
                BY,
                self.now,
                BY,
            ),
        )
        for position, line in enumerate(made.lines, start=1):
            self._line(identifier, position, line, sign)
        if made.closed:
            close_invoice(connection, self.chart, identifier, by=BY, now=self.now)
        else:
            total_up(connection, self.chart, identifier)
        return identifier

    def _line(self, invoice: int, position: int, line: Line, sign: int) -> None:
        item, text, price, cost = self._item(line.item)
        price = line.price if line.price is not None else price
        number, summary, notes = line.ticket or (None, None, None)
        quantity = sign * line.quantity
        self.connection.execute(
            "INSERT INTO invoice_line (invoice_id, position, kind, catalog_id, expense_id, "
            "description, ticket_id, summary, notes, quantity, price, cost, amount, taxable, "
            "serials) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                invoice,
                position,
                line.kind,
                item,
                line.expense,
                line.text or text,
                number,
                summary,
                notes,
                quantity,
                price,
                cost,
                extended(price, quantity),
                int(line.taxable),
                line.serials,
            ),
        )

    def _item(self, code: str) -> tuple[int | None, str, int, int]:
        """Return id, text, price and cost of an item.

        Raises:
            Refused: the catalog has none of this code (404).
        """
        if not code:
            return None, "", 0, 0
        row = self.connection.execute(
            "SELECT id, json_extract(body, '$.description'), "
            "CAST(round(json_extract(body, '$.price') * 100) AS INTEGER), "
            "CAST(round(json_extract(body, '$.cost') * 100) AS INTEGER) "
            "FROM catalog WHERE identifier = ?",
            (code,),
        ).fetchone()
        if row is None:
            raise Refused.missing("CatalogItem", code)
        return int(row[0]), str(row[1]), int(row[2]), int(row[3])

    def _tax_code(self, name: str, company: int) -> int | None:
        row = self.connection.execute(
            "SELECT id FROM tax_code WHERE identifier = ?", (name,)
        ).fetchone()
        if row is None:
            row = self.connection.execute(
                "SELECT json_extract(body, '$.taxCode.id') FROM company WHERE id = ?", (company,)
            ).fetchone()
        return int(row[0]) if row[0] is not None else None

    def _agreement(self, agreement: tuple[str, int] | None) -> int | None:
        if agreement is None:
            return None
        made = self.connection.execute(
            "INSERT INTO agreement (name, type_id) VALUES (?, ?) RETURNING id", agreement
        ).fetchone()[0]
        return int(made)

    def credit(self, invoice: int, memo: int, amount: int, day: str) -> None:
        """Apply a credit memo to an invoice, which is how the site says what it is for."""
        self.connection.execute(
            "INSERT INTO payment (invoice_id, type, credit_id, amount, date, applied_by, "
            "updated_on, updated_by) VALUES (?, 'C', ?, ?, ?, ?, ?, ?)",
            (invoice, memo, amount, day, BY, self.now, BY),
        )

    def order(self, made: Order) -> int:
        """Write a purchase order with what was received of it, and return its id."""
        identifier = self._next("purchase_order", FIRST_ORDER_ID)
        vendor = self.companies[made.vendor]
        number, day = made.invoice or (None, None)
        self.connection.execute(
            "INSERT INTO purchase_order (id, number, date, status_id, vendor_id, location_id, "
            "department_id, terms_id, tax_code_id, currency_id, warehouse_id, freight, tax_po, "
            "vendor_invoice_number, vendor_invoice_date, entered_by, updated_on, updated_by) "
            "VALUES (?, ?, ?, 1, ?, ?, 3, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                identifier,
                made.number,
                made.date,
                vendor,
                made.location,
                self._tax_code("", vendor),
                BASE_CURRENCY,
                made.location,
                made.freight,
                int(made.taxed),
                number,
                day,
                BY,
                self.now,
                BY,
            ),
        )
        for place, line in enumerate(made.lines, start=1):
            self._order_line(identifier, place, made, line)
        close_received(self.connection, identifier, self.now, self.chart)
        return identifier

    def _order_line(self, order: int, place: int, made: Order, line: OrderLine) -> None:
        item, text, _, cost = self._item(line.item)
        status = "Waiting"
        if line.received:
            whole = line.received == line.quantity
            status = "FullyReceived" if whole else "PartiallyReceiveCloneRest"
        self.connection.execute(
            "INSERT INTO purchase_line (order_id, number, catalog_id, description, quantity, "
            "unit_cost, received, received_status, received_on, closed, packing_slip, serials, "
            "warehouse_id, updated_on, updated_by) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                order,
                place,
                item,
                text,
                line.quantity * 1000,
                line.cost if line.cost is not None else cost,
                line.received,
                status,
                made.received_on if line.received else None,
                int(line.closed and line.received > 0),
                line.slip or None,
                line.serials,
                made.location,
                self.now,
                BY,
            ),
        )

    def expenses(
        self, member: str, spent: Sequence[Spent], location: int, start: str, end: str
    ) -> list[int]:
        """Write and approve a member's expense report, and return the ids of its expenses."""
        connection = self.connection
        member_id = connection.execute(
            "SELECT id FROM member WHERE identifier = ?", (member,)
        ).fetchone()[0]
        report = connection.execute(
            "INSERT INTO expense_report (member_id, start, end) VALUES (?, ?, ?) RETURNING id",
            (member_id, start, end),
        ).fetchone()[0]
        made = []
        for each in spent:
            company = self.companies[each.company] if each.company else 1
            identifier = connection.execute(
                "INSERT INTO expense (report_id, member_id, company_id, type_id, "
                "classification_id, payment_type_id, date, amount, billable, status, notes, "
                "location_id, department_id, currency_id, updated_on, updated_by) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'Open', ?, ?, 1, ?, ?, ?) RETURNING id",
                (
                    report,
                    member_id,
                    company,
                    each.kind,
                    2 if each.card else 1,
                    2 if each.card else 1,
                    each.date,
                    each.amount,
                    "Billable" if each.billable else "DoNotBill",
                    each.text,
                    location,
                    BASE_CURRENCY,
                    self.now,
                    BY,
                ),
            ).fetchone()[0]
            approve_expense(connection, self.chart, identifier, self.now)
            made.append(int(identifier))
        return made

    def adjust(
        self, name: str, reason: str, changes: Sequence[tuple[str, int]], location: int = MAIN
    ) -> int:
        """Write and close an adjustment of stock, and return its id."""
        connection = self.connection
        identifier = connection.execute(
            "INSERT INTO adjustment (identifier, type_id, reason, location_id, updated_on, "
            "updated_by) VALUES (?, 1, ?, ?, ?, ?) RETURNING id",
            (name, reason, location, self.now, BY),
        ).fetchone()[0]
        for code, change in changes:
            item, _, _, cost = self._item(code)
            connection.execute(
                "INSERT INTO adjustment_detail (adjustment_id, catalog_id, warehouse_id, "
                "quantity, unit_cost, on_hand) VALUES (?, ?, ?, ?, ?, 10)",
                (identifier, item, location, change, cost),
            )
        close_adjustment(connection, self.chart, identifier, by=BY, now=self.now)
        return int(identifier)

    def transfer(self, code: str, quantity: int, day: str, places: tuple[int, int, int]) -> int:
        """Write a transfer of stock and return its id; places: from, to, location."""
        item, _, _, cost = self._item(code)
        made = self.connection.execute(
            "INSERT INTO transfer (date, catalog_id, quantity, unit_cost, from_id, to_id, "
            "location_id, closed_on) VALUES (?, ?, ?, ?, ?, ?, ?, ?) RETURNING id",
            (day, item, quantity, cost, *places, self.now),
        ).fetchone()[0]
        close_transfer(self.connection, self.chart, made)
        return int(made)

    def _next(self, table: str, first: int) -> int:
        highest = self.connection.execute(f"SELECT max(id) FROM {table}").fetchone()[0]
        return first if highest is None else int(highest) + 1


def evening_before(today: date) -> str:
    """Return the moment at which everything was entered and closed: yesterday's evening."""
    return f"{(today - timedelta(days=1)).isoformat()}T17:00:00Z"
