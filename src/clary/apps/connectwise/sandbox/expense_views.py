"""What clients see of expenses: the entries, and those that wait to be posted."""

from __future__ import annotations

from clary.apps.connectwise.sandbox.fields import (
    STAMP,
    Field,
    Kind,
    currency,
    reference,
)
from clary.apps.connectwise.sandbox.listing import Listing

BILLABLE = ("Billable", "DoNotBill", "NoCharge", "NoDefault")
STATUSES = (
    "Open",
    "Rejected",
    "PendingApproval",
    "ErrorsCorrected",
    "PendingProjectApproval",
    "ApprovedByTierOne",
    "RejectBySecondTier",
    "ApprovedByTierTwo",
    "ReadyToBill",
    "Billed",
    "WrittenOff",
    "BilledAgreement",
)

_JOINED = (
    "LEFT JOIN company c ON c.id = r.company_id LEFT JOIN member m ON m.id = r.member_id "
    "LEFT JOIN expense_type y ON y.id = r.type_id "
    "LEFT JOIN classification z ON z.id = r.classification_id "
    "LEFT JOIN payment_type w ON w.id = r.payment_type_id "
    "LEFT JOIN currency cu ON cu.id = r.currency_id "
    "LEFT JOIN expense_report e ON e.id = r.report_id "
    "LEFT JOIN invoice i ON i.id = r.invoice_id"
)
_MEMBER_NAME = Field("member/name", Kind.TEXT, "m.firstName || ' ' || m.lastName")

EXPENSES = Listing(
    "ExpenseEntry",
    f"expense r {_JOINED}",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("expenseReport/id", Kind.WHOLE, "e.id"),
        Field("expenseReport/name", Kind.TEXT, "e.start || ' to ' || e.end"),
        *reference(
            "company",
            "c",
            "identifier",
            "name",
            column="company_id",
            table="company",
            required=True,
        ),
        *reference("type", "y", "name", column="type_id", table="expense_type", required=True),
        *reference("member", "m", "identifier", column="member_id", table="member"),
        _MEMBER_NAME,
        *reference("paymentMethod", "w", "name", column="payment_type_id", table="payment_type"),
        *reference(
            "classification", "z", "name", column="classification_id", table="classification"
        ),
        Field("amount", Kind.MONEY, "r.amount", "amount", required=True),
        Field("billableOption", Kind.TEXT, "r.billable", "billable", choices=BILLABLE),
        Field("date", Kind.DAY, "r.date", "date", required=True),
        Field("locationId", Kind.WHOLE, "r.location_id", "location_id"),
        Field("businessUnitId", Kind.WHOLE, "r.department_id", "department_id"),
        Field("notes", Kind.TEXT, "r.notes", "notes"),
        Field("invoice/id", Kind.WHOLE, "i.id"),
        Field("invoice/identifier", Kind.TEXT, "i.number"),
        *currency(column="currency_id"),
        Field("status", Kind.TEXT, "r.status", choices=STATUSES),
        Field("ticket/id", Kind.WHOLE, "r.ticket_id"),
        Field("ticket/summary", Kind.TEXT, "r.summary"),
        *STAMP,
    ),
)

UNPOSTED_EXPENSES = Listing(
    "UnpostedExpense",
    "gl g JOIN expense r ON r.id = g.document_id "
    "LEFT JOIN gl o ON o.document = 'E' AND o.document_id = r.id AND o.role = 'offset' " + _JOINED,
    (
        Field("id", Kind.WHOLE, "g.id"),
        Field("locationId", Kind.WHOLE, "r.location_id"),
        Field("departmentId", Kind.WHOLE, "r.department_id"),
        *reference("company", "c", "identifier", "name"),
        Field("accountNumber", Kind.TEXT, "g.account"),
        Field("creditAccount", Kind.TEXT, "o.account"),
        Field("expenseDetailId", Kind.WHOLE, "r.id"),
        *reference("expenseType", "y", "name"),
        Field("classification", Kind.TEXT, "replace(z.name, '-', '')"),
        Field("glType", Kind.TEXT, "g.type"),
        *reference("member", "m", "identifier"),
        _MEMBER_NAME,
        Field("dateExpense", Kind.DAY, "r.date"),
        Field("chargeDescription", Kind.TEXT, "coalesce(r.notes, r.summary, y.name)"),
        Field("inPolicy", Kind.FLAG, "1"),
        *reference("paymentMethod", "w", "name"),
        *currency(),
        Field("total", Kind.MONEY, "r.amount"),
        Field("billableAmount", Kind.MONEY, "iif(r.billable = 'Billable', r.amount, 0)"),
        Field("nonBillableAmount", Kind.MONEY, "iif(r.billable = 'Billable', 0, r.amount)"),
        Field("ticket/id", Kind.WHOLE, "r.ticket_id"),
        Field("ticket/summary", Kind.TEXT, "r.summary"),
        Field("avalaraTaxFlag", Kind.FLAG, "0"),
        Field("dateClosed", Kind.MOMENT, "r.closed_on"),
        *STAMP,
    ),
    where="g.document = 'E' AND g.role = 'detail' AND (g.batch_id IS NULL OR o.batch_id IS NULL)",
    identifier="g.id",
)

EXPENSE_LEVELS = Listing(
    "UnpostedExpenseTaxableLevel",
    "gl r",
    (
        Field("id", Kind.WHOLE, "r.id"),
        Field("taxLevel", Kind.WHOLE, "r.level"),
        Field("taxCodeXref", Kind.TEXT, "r.sales_code"),
        Field("taxAmount", Kind.MONEY, "r.amount"),
    ),
    where="r.document = 'E' AND r.role = 'tax'",
    forward=False,
)
