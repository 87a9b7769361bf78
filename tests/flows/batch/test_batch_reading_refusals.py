"""Every gap of an entry of an export is named, so that nothing is posted that is only guessed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from clary.apps.connectwise.shapes import GLExport, UnpostedInvoice
from clary.flows.batch.kinds import DocumentKind
from clary.flows.batch.reading import Reader, Reading, Waiting
from clary.flows.batch.source import SourceDocument
from tests.flows.batch import exports as given_by


def only(export: GLExport, waiting: Waiting | None = None) -> Reading:
    [reading] = Reader().read(export, waiting or Waiting())
    return reading


def said(export: GLExport) -> list[tuple[str, str | None]]:
    """Return code and field of everything wrong with the one document, which is refused."""
    reading = only(export)
    assert reading.document is None
    return [(finding.code, finding.field) for finding in reading.findings]


def document(export: GLExport, waiting: Waiting | None = None) -> SourceDocument:
    reading = only(export, waiting)
    assert reading.document is not None, reading.findings
    return reading.document


# -- expenses --------------------------------------------------------------------------------


def a_bill(total: str, *detail: given_by.Json, **more: object) -> GLExport:
    return given_by.parsed(expenseBills=[given_by.expense_bill(31, total, *detail, **more)])


def test_an_expense_bill_without_lines_number_and_date_says_all_three() -> None:
    assert said(a_bill("0", documentNumber=None, documentDate=None)) == [
        ("BATCH_LINES_MISSING", "detail"),
        ("BATCH_NUMBER_MISSING", "documentNumber"),
        ("BATCH_DATE_UNREADABLE", "documentDate"),
    ]


def test_an_expense_bill_without_total_comes_to_its_rows() -> None:
    rows = (given_by.bill_line([1], "10.00"), given_by.bill_line([2], "-2.50"))
    entry = {**given_by.expense_bill(31, "0", *rows), "total": None}
    found = document(given_by.parsed(expenseBills=[entry]))
    assert found.total == 750
    assert [line.amount for line in found.lines] == [1000, -250]


def test_an_expense_bill_whose_rows_come_to_something_else_is_refused() -> None:
    assert said(a_bill("30.00", given_by.bill_line([1], "29.99"))) == [
        ("BATCH_TOTAL_DIFFERS", "total")
    ]


def test_a_line_of_an_expense_bill_without_gl_rows_is_refused() -> None:
    rows = (given_by.bill_line([1], "10.00"), given_by.bill_line([], "5.00"))
    assert said(a_bill("15.00", *rows)) == [("BATCH_GL_IDS_MISSING", "detail.1.id")]


def test_an_expense_without_a_date_is_refused() -> None:
    row = given_by.expense(31, "10.00", 51, documentDate=None)
    assert said(given_by.parsed(expenses=[row])) == [("BATCH_DATE_UNREADABLE", "documentDate")]


def test_a_journal_of_expenses_is_dated_by_the_latest_that_has_a_date() -> None:
    rows = [
        given_by.expense(31, "10.00", 51, documentDate=None),
        given_by.expense(32, "10.00", 52, documentDate="2026-02-11T00:00:00Z"),
        given_by.expense(33, "10.00", 53, documentDate="2026-02-12T00:00:00Z"),
    ]
    assert document(given_by.parsed(expenses=rows)).date == date(2026, 2, 12)


def test_an_expense_without_its_other_side_is_refused() -> None:
    row = {**given_by.expense(31, "10.00", 51), "offset": None}
    assert said(given_by.parsed(expenses=[row])) == [("BATCH_GL_IDS_MISSING", "expenses.0.id")]


def test_an_expense_without_the_account_of_its_other_side_takes_the_payable_one() -> None:
    row = given_by.expense(31, "10.00", 51, apAccountNumber="2000")
    row["offset"]["accountNumber"] = None
    [line] = document(given_by.parsed(expenses=[row])).lines
    assert line.offset_account == "2000"


# -- purchases -------------------------------------------------------------------------------


def a_purchase(total: str, *detail: given_by.Json, **more: object) -> GLExport:
    return given_by.parsed(purchaseTransactions=[given_by.purchase("77", total, *detail, **more)])


def test_a_purchase_without_lines_and_date_says_both() -> None:
    assert said(a_purchase("0", documentDate=None)) == [
        ("BATCH_LINES_MISSING", "purchaseDetail"),
        ("BATCH_DATE_UNREADABLE", "documentDate"),
    ]


def test_a_purchase_without_document_date_is_of_the_day_it_was_bought() -> None:
    goods = given_by.received(1, "10", "5.00")
    found = document(
        a_purchase("50.00", goods, documentDate=None, purchaseDate="2026-02-09T00:00:00Z")
    )
    assert found.date == date(2026, 2, 9)


def test_rows_of_a_purchase_without_gl_id_are_refused_wherever_they_stand() -> None:
    rows = (given_by.received(1, "10", "5.00"), {**given_by.received(2, "1", "5.00"), "id": None})
    tax = {**given_by.purchase_tax(3, "2.50"), "id": None}
    found = said(a_purchase("52.50", *rows, purchaseDetailTax=[tax]))
    assert found == [
        ("BATCH_GL_IDS_MISSING", "purchaseDetail.1.id"),
        ("BATCH_GL_IDS_MISSING", "purchaseDetailTax.0.id"),
    ]


def test_a_purchase_that_comes_to_something_else_than_its_header_is_refused() -> None:
    assert said(a_purchase("51.00", given_by.received(1, "10", "5.00"))) == [
        ("BATCH_TOTAL_DIFFERS", "total")
    ]


def test_a_row_of_a_purchase_of_a_type_that_nobody_knows_is_posted_and_told() -> None:
    reading = only(a_purchase("50.00", given_by.received(1, "10", "5.00", glTypeId="ZZ")))
    assert [(each.code, each.field) for each in reading.findings] == [
        ("BATCH_WORD_UNKNOWN", "purchaseDetail.0.glTypeId")
    ]
    assert reading.document is not None
    assert reading.document.total == 5000


def test_a_row_of_a_purchase_without_quantity_and_product_is_a_plain_amount() -> None:
    nothing = dict.fromkeys(("quantity", "glItemId", "item", "itemCost"))
    row = {**given_by.received(1, "10", "5.00", description="Hire"), **nothing}
    [line] = document(a_purchase("50.00", row)).lines
    assert (line.quantity, line.item, line.unit_price) == (None, None, None)
    assert (line.amount, line.description) == (5000, "Hire")


def test_tax_levels_of_several_codes_leave_a_tax_row_its_own_name() -> None:
    levels = [{"taxLevel": 1, "taxCodeXref": "ONE"}, {"taxLevel": 2, "taxCodeXref": "TWO"}]
    goods = given_by.received(1, "10", "5.00")
    tax = given_by.purchase_tax(3, "2.50")
    export = a_purchase("52.50", goods, purchaseDetailTax=[tax], taxLevels=levels)
    assert [each.code for each in document(export).taxes] == ["TAX"]


# -- adjustments and transfers ---------------------------------------------------------------


def an_adjustment(*detail: given_by.Json, **more: object) -> GLExport:
    return given_by.parsed(
        adjustmentTransactions=[given_by.adjustment("1-adjustment", *detail, **more)]
    )


def test_an_adjustment_without_lines_and_date_says_both() -> None:
    assert said(an_adjustment(documentDate=None)) == [
        ("BATCH_LINES_MISSING", "adjustmentDetail"),
        ("BATCH_DATE_UNREADABLE", "documentDate"),
    ]


def test_an_adjustment_whose_date_is_no_date_is_refused() -> None:
    export = an_adjustment(given_by.adjusted(3, "4.00"), documentDate="soon")
    assert said(export) == [("BATCH_DATE_UNREADABLE", "documentDate")]


def test_an_adjusted_item_without_value_has_the_cost_that_is_stated() -> None:
    free = {**given_by.adjusted(3, "4.00"), "total": None}
    [line] = document(an_adjustment(free)).lines
    assert (line.amount, line.unit_price) == (0, Decimal(4))


def test_an_adjusted_line_without_product_has_no_item() -> None:
    [line] = document(an_adjustment({**given_by.adjusted(3, "4.00"), "item": None})).lines
    assert line.item is None


@pytest.mark.parametrize("stated", [None, "soon"])
def test_a_transfer_whose_date_cannot_be_read_is_refused(stated: str | None) -> None:
    row = {**given_by.transfer("3-transfer", 90), "documentDate": stated}
    found = said(given_by.parsed(inventoryTransfers=[row]))
    assert found == [("BATCH_DATE_UNREADABLE", "documentDate")]


def test_the_rows_of_a_transfer_are_one_document_with_or_without_products() -> None:
    second = {**given_by.transfer("3-transfer", 91), "item": None, "total": Decimal("-1.00")}
    rows = [given_by.transfer("3-transfer", 90), second]
    waiting = Waiting(gl_ids={"3-transfer": (90, 91)}, is_known=True)
    found = document(given_by.parsed(inventoryTransfers=rows), waiting)
    assert (found.kind, found.total, found.gl_ids) == (DocumentKind.TRANSFER, 1000, (90, 91))
    assert [line.item.key if line.item else None for line in found.lines] == ["WIDGET", None]


# -- sales -----------------------------------------------------------------------------------


def test_a_row_of_an_invoice_without_gl_id_is_refused() -> None:
    rows = (given_by.service(1, "100.00"), {**given_by.service(2, "50.00"), "id": None})
    found = said(given_by.parsed(transactions=[given_by.invoice("1001", "100.00", *rows)]))
    assert found == [("BATCH_GL_IDS_MISSING", "detail.1.id")]


def test_a_number_that_another_company_waits_with_is_nobodys() -> None:
    other = UnpostedInvoice.model_validate(
        {"accountNumber": "ACME", "billToCompany": {"id": 99, "name": "Acme Again"}}
    )
    reader = Reader()
    reader.learn(invoices=[other])
    entry = given_by.invoice("1001", "100.00", given_by.service(1, "100.00"))
    [reading] = reader.read(given_by.parsed(transactions=[entry]))
    assert [finding.code for finding in reading.findings] == ["BATCH_PARTY_AMBIGUOUS"]
    assert "Acme Again" in reading.findings[0].message


# -- what is no entry at all -----------------------------------------------------------------


def test_a_customer_that_cannot_be_read_is_no_document_and_says_nothing() -> None:
    entry = given_by.invoice("1001", "100.00", given_by.service(1, "100.00"))
    spoilt = given_by.customer("ACME", dueDays="soon")
    reading = only(given_by.parsed(customers=[spoilt], transactions=[entry]))
    assert reading.document is not None
    assert not reading.findings


def test_an_entry_that_does_not_even_tell_its_id_is_told_all_the_same() -> None:
    spoilt = {**given_by.expense_bill(31, "10.00"), "id": None, "documentDate": ["soon"]}
    reading = only(given_by.parsed(expenseBills=[spoilt]))
    assert reading.document is None
    assert reading.id == "malformed:expenseBills:31Lee"
    assert [each.code for each in reading.findings] == ["BATCH_ENTRY_MALFORMED"]
