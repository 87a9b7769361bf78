"""Expenses as an export gives them: a bill per member and report, or journal rows.

Totals are positive: what was spent is a debit.  The offset of a journal row is negative.
A line of a bill stands for both GL rows of its expense.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from operator import itemgetter
from typing import Any

from clary.apps.connectwise.sandbox.export_parts import company
from clary.apps.connectwise.sandbox.export_parts import rows as rows_of
from clary.apps.connectwise.sandbox.export_request import Setup, Wanted
from clary.apps.connectwise.sandbox.export_text import iso
from clary.apps.connectwise.sandbox.listing import Body
from clary.apps.connectwise.sandbox.wire import Json, Raw, money

_SQL = (
    "SELECT r.id, r.report_id, g.id AS debit, g.type, g.account, g.class, o.id AS credit, "
    "o.account AS owed, o.type AS owed_type, o.class AS owed_class, r.date, r.amount, r.billable, "
    "coalesce(r.notes, r.summary, y.name) AS text, r.company_id, c.identifier AS company, "
    "c.name AS company_name, c.accountNumber AS company_account, r.member_id, "
    "m.identifier AS member, m.firstName || ' ' || m.lastName AS member_name, "
    "m.vendorNumber AS vendor, z.id AS class_id, z.name AS class_name, w.name AS method, "
    "r.currency_id, e.start, e.end "
    "FROM expense r JOIN gl g ON g.document = 'E' AND g.document_id = r.id AND g.role = 'detail' "
    "JOIN gl o ON o.document = 'E' AND o.document_id = r.id AND o.role = 'offset' "
    "LEFT JOIN company c ON c.id = r.company_id LEFT JOIN member m ON m.id = r.member_id "
    "LEFT JOIN expense_type y ON y.id = r.type_id "
    "LEFT JOIN classification z ON z.id = r.classification_id "
    "LEFT JOIN payment_type w ON w.id = r.payment_type_id "
    "LEFT JOIN expense_report e ON e.id = r.report_id "
    "WHERE {rows} AND {scope} ORDER BY r.report_id, g.id"
)


@dataclass(slots=True)
class ExpenseExport:
    """Builds the expense bills or journal rows of an export; `members` are those met."""

    connection: sqlite3.Connection
    wanted: Wanted
    setup: Setup
    currencies: dict[int, Raw]
    members: set[int] = field(default_factory=set)

    def bills(self) -> Iterator[Body]:
        """Yield a bill for each report, where expenses leave as bills."""
        if self.setup.as_bill:
            for _, group in groupby(self._rows(), itemgetter("report_id")):
                yield self._bill(list(group))

    def journal(self) -> Iterator[Body]:
        """Yield a row for each expense, where they do not."""
        if not self.setup.as_bill:
            for row in self._rows():
                yield self._expense(row)

    def _rows(self) -> Iterator[dict[str, Any]]:
        wanted = self.wanted
        scope = wanted.scope("r.date", "r.location_id").also(wanted.expenses.clause("r.id"))
        sql = _SQL.format(rows=wanted.rows.sql, scope=scope.sql)
        parameters = (*wanted.rows.parameters, *scope.parameters)
        for row in rows_of(self.connection, sql, parameters):
            self.members.add(row["member_id"])
            yield row

    def _bill(self, rows: list[dict[str, Any]]) -> Body:
        first = rows[0]
        number = f"{first['debit']}{first['vendor'] or first['member']}"
        return {
            "id": first["debit"],
            "documentDate": iso(first["end"]),
            "documentType": "BILL",
            "documentNumber": number,
            "memo": None if self.setup.no_memo else f"Expenses {first['start']} to {first['end']}",
            "glClass": first["owed_class"],
            "apAccountNumber": first["owed"],
            "member": company(first["member_id"], first["member"], first["member_name"]),
            "vendorNumber": first["vendor"],
            "currency": self.currencies.get(first["currency_id"]),
            "total": money(sum(row["amount"] for row in rows)),
            "detail": [self._line(row) for row in rows],
        }

    def _line(self, row: dict[str, Any]) -> Json:
        return {
            "id": [row["debit"], row["credit"]],
            "documentDate": iso(row["date"]),
            "glTypeId": row["type"],
            "memo": None if self.setup.no_memo else row["text"],
            "company": company(row["company_id"], row["company"], row["company_name"]),
            "accountNumber": row["account"],
            "expenseClass": {"id": row["class_id"], "name": row["class_name"]},
            "currency": self.currencies.get(row["currency_id"]),
            "total": money(row["amount"]),
            "billable": row["billable"] == "Billable",
            "reimbursable": row["class_name"] == "Reimbursable",
            "companyAdvance": row["method"] == "Company Card",
        }

    def _expense(self, row: dict[str, Any]) -> Body:
        memo = None if self.setup.no_memo else row["text"]
        return {
            "id": row["debit"],
            "documentDate": iso(row["date"]),
            "documentType": "GENERAL JOURNAL",
            "accountNumber": row["account"],
            "glClass": row["class"],
            "glTypeId": row["type"],
            "memo": memo,
            "description": row["text"],
            "periodStartDate": iso(row["start"]),
            "periodEndDate": iso(row["end"]),
            "member": company(row["member_id"], row["member"], row["member_name"]),
            "vendorNumber": row["vendor"],
            "company": company(row["company_id"], row["company"], row["company_name"]),
            "companyAccountNumber": row["company_account"],
            "currency": self.currencies.get(row["currency_id"]),
            "total": money(row["amount"]),
            "offset": {
                "id": row["credit"],
                "documentDate": iso(row["date"]),
                "documentType": "GENERAL JOURNAL",
                "accountNumber": row["owed"],
                "glTypeId": row["owed_type"],
                "glClass": row["owed_class"],
                "member": company(row["member_id"], row["member"], row["member_name"]),
                "memo": memo,
                "description": row["text"],
                "total": money(-row["amount"]),
            },
        }
