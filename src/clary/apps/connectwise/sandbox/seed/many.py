"""Many invoices at once, written in bulk: what `--invoices` adds to the usual documents.

They are clean, at the main office and the branch, and touch no stock: services by the hour,
agreements, licences, fees and down payments, some of them taxed, some credit memos.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from datetime import date, timedelta

from clary.apps.connectwise.sandbox.chart import Chart
from clary.apps.connectwise.sandbox.gl_rows import (
    InvoiceHead,
    InvoiceLine,
    extended,
    invoice_rows,
)
from clary.apps.connectwise.sandbox.seed.documents import TICKETS
from clary.apps.connectwise.sandbox.seed.world import (
    BASE_CURRENCY,
    BRANCH,
    CLOSED_STATUS,
    MAIN,
    Calendar,
    Dice,
    World,
    rows_of,
)
from clary.apps.connectwise.sandbox.seed.writing import BY, evening_before

SEED = 20260119
FIRST_NUMBER = 200_001
CHUNK = 2_000
SPREAD_DAYS = 60
LICENCES = ("NS-OFFICE", "NS-GUARD", "NS-MAIL", "NS-BACKUP", "NS-PHONE")
KINDS = (
    *(*["Standard"] * 16, *["Agreement"] * 5, *["Miscellaneous"] * 2),
    *("DownPayment", "CreditMemo", "CreditMemo"),
)
"""The kinds by how often they come."""

SUMS = (("service", "miscellaneous"), ("product",), ("agreement",))
"""The kinds of lines that count in each sum of an invoice; down payments in none."""

FLAT: Mapping[str, tuple[str, int | None, str]] = {
    "Agreement": ("agreement", None, "Managed support"),
    "Miscellaneous": ("miscellaneous", None, "Hire of a meeting room"),
    "DownPayment": ("downpayment", None, "Deposit"),
}
"""Kind of line, item and text of the invoices that are billed flat."""

RATES = (9500, 10500, 11500, 12500, 14500)

_INVOICE = (
    "INSERT INTO invoice (id, number, type, status_id, company_id, bill_to_id, ship_to_id, "
    "site_id, location_id, department_id, terms_id, tax_code_id, currency_id, date, due_date, "
    "agreement_id, service_total, product_total, agreement_amount, subtotal, sales_tax, total, "
    "closed, closed_on, closed_by, entered_by, updated_on, updated_by) VALUES "
    f"(?1, ?2, ?3, {CLOSED_STATUS}, ?4, ?4, ?4, ?4, ?5, 1, 1, ?6, {BASE_CURRENCY}, ?7, ?8, ?9, "
    f"?10, ?11, ?12, ?13, ?14, ?15, 1, ?16, '{BY}', '{BY}', ?16, '{BY}')"
)
_LINE = (
    "INSERT INTO invoice_line (id, invoice_id, position, kind, catalog_id, description, ticket_id, "
    "summary, notes, quantity, price, cost, amount, taxable) "
    "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_ROW = (
    "INSERT INTO gl (document, document_id, role, type, account, amount, line_id, level, "
    "cost_account, inventory_account, product_account, description) "
    "VALUES ('I', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)


class Many:
    """Makes invoices after a fixed chance, with ids that follow those in the file."""

    def __init__(self, connection: sqlite3.Connection, world: World, calendar: Calendar) -> None:
        """Learn customers, licences and where the ids go on."""
        self._connection = connection
        self._dice = Dice(SEED)
        self._chart = Chart(connection)
        self._now = evening_before(calendar.today)
        self._days = [
            (day := calendar.ago(back), _later(day)) for back in range(1, SPREAD_DAYS + 1)
        ]
        taxes = {code.identifier: place for place, code in enumerate(world.taxes, start=1)}
        ids = dict(connection.execute("SELECT accountNumber, id FROM company"))
        self._customers = [(ids[row[0]], taxes[row[2]]) for row in rows_of(world.customers)]
        self._licences = [self._licence(code) for code in LICENCES]
        self._agreement = connection.execute(
            "INSERT INTO agreement (name, type_id) VALUES ('Managed support', 1) RETURNING id"
        ).fetchone()[0]
        self._invoice = self._highest("invoice") + 1
        self._line = self._highest("invoice_line") + 1
        self._number = FIRST_NUMBER
        self._rows: list[tuple[object, ...]] = []
        self._lines: list[tuple[object, ...]] = []
        self._heads: list[tuple[object, ...]] = []

    def _highest(self, table: str) -> int:
        return int(
            self._connection.execute(f"SELECT coalesce(max(id), 0) FROM {table}").fetchone()[0]
        )

    def _licence(self, code: str) -> tuple[int, str, int, int]:
        row = self._connection.execute(
            "SELECT id, json_extract(body, '$.description'), "
            "CAST(round(json_extract(body, '$.price') * 100) AS INTEGER), "
            "CAST(round(json_extract(body, '$.cost') * 100) AS INTEGER) "
            "FROM catalog WHERE identifier = ?",
            (code,),
        ).fetchone()
        return int(row[0]), str(row[1]), int(row[2]), int(row[3])

    def write(self, count: int) -> None:
        """Write so many invoices."""
        for done in range(1, count + 1):
            self._one()
            if done % CHUNK == 0:
                self._flush()
        self._flush()

    def _flush(self) -> None:
        for sql, rows in ((_INVOICE, self._heads), (_LINE, self._lines), (_ROW, self._rows)):
            self._connection.executemany(sql, rows)
            rows.clear()

    def _one(self) -> None:
        dice = self._dice
        kind = dice.pick(KINDS)
        sign = -1 if kind == "CreditMemo" else 1
        company, tax_code = dice.pick(self._customers)
        place = BRANCH if dice.between(1, 4) == 1 else MAIN
        day, due = dice.pick(self._days)
        lines = list(self._some_lines(kind, sign))
        agreement = self._agreement if kind == "Agreement" else None
        head = InvoiceHead(place, 1, 1 if agreement else None, tax_code)
        rows = invoice_rows(self._chart, head, lines)
        subtotal = sum(line.amount for line in lines)
        total = rows[0].amount
        sums = [sum(line.amount for line in lines if line.kind in kinds) for kinds in SUMS]
        number = str(self._number)
        self._heads.append(
            (
                *(self._invoice, number, kind, company, place, tax_code, day, due, agreement),
                *(*sums, subtotal, total - subtotal, total, self._now),
            )
        )
        for row in rows:
            self._rows.append(
                (
                    *(self._invoice, row.role, row.type, row.account, row.amount, row.line_id),
                    *(row.level, row.cost_account, row.inventory_account, row.product_account),
                    row.description,
                )
            )
        self._invoice += 1
        self._number += 1

    def _some_lines(self, kind: str, sign: int) -> Iterator[InvoiceLine]:
        dice = self._dice
        if kind in FLAT:
            price = 100 * dice.between(150, 900)
            yield self._added(1, *FLAT[kind], sign * 1000, (price, 0))
        else:
            for place in range(1, dice.between(1, 2) + 1):
                hours = sign * 250 * dice.between(1, 32)
                ticket = dice.pick(TICKETS)
                yield self._added(
                    place, "service", None, ticket[1], hours, (dice.pick(RATES), 0), ticket
                )
        if kind == "Agreement" or (kind != "DownPayment" and dice.between(1, 3) == 1):
            item, text, price, cost = dice.pick(self._licences)
            count = sign * 1000 * dice.between(1, 25)
            taxable = dice.between(1, 2) == 1
            yield self._added(3, "product", item, text, count, (price, cost), taxable=taxable)

    def _added(
        self,
        place: int,
        kind: str,
        item: int | None,
        text: str,
        quantity: int,
        price: tuple[int, int],
        ticket: tuple[int, str, str] | None = None,
        *,
        taxable: bool = False,
    ) -> InvoiceLine:
        """Keep a line to be written, and return what closing needs of it."""
        amount = extended(price[0], quantity)
        made = InvoiceLine(
            self._line, kind, item, quantity, price[1], amount, int(taxable), None, text
        )
        self._lines.append(
            (
                *(self._line, self._invoice, place, kind, item, text),
                *(ticket or (None, None, None)),
                *(quantity, *price, amount, int(taxable)),
            )
        )
        self._line += 1
        return made


def _later(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=30)).isoformat()
