"""A document with a gap is drafted as far as it goes: what is missing is named where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clary.flows.batch import documents_uk
from clary.flows.batch.drafts import Draft
from clary.flows.batch.reading import Reader, Waiting
from clary.flows.batch.settings import BatchSettings, Creating, TaxPolicy
from clary.flows.batch.source import Applied, SourceDocument
from clary.kernel.change import Body
from tests.flows.batch import exports as given_by
from tests.flows.batch.shelves import Desk

NOTHING_NEW = BatchSettings(
    create={"item": Creating.REFUSE, "vendor": Creating.REFUSE, "customer": Creating.REFUSE}
)
POUNDS = {"currencyCode": "GBP"}


def body(draft: Draft) -> Body:
    assert draft.body is not None, draft.findings
    return draft.body


def lines(draft: Draft) -> Sequence[Any]:
    found = body(draft)["lines"]
    assert isinstance(found, list)
    return found


def said(draft: Draft) -> list[tuple[str, str | None]]:
    return [(finding.code, finding.field) for finding in draft.findings]


def invoiced(desk: Desk, total: str, *rows: given_by.Json, **more: object) -> Draft:
    return desk.draft(
        given_by.parsed(transactions=[given_by.invoice("1001", total, *rows, **more)])
    )


def bought(desk: Desk, total: str, *rows: given_by.Json, **more: object) -> Draft:
    entry = given_by.purchase("77", total, *rows, **{"vendorInvoiceNumber": "V-9", **more})
    return desk.draft(given_by.parsed(purchaseTransactions=[entry]))


# -- lines of sales --------------------------------------------------------------------------


def test_an_item_that_may_not_be_created_stops_its_invoice_at_its_line(us: Desk) -> None:
    us.settings = NOTHING_NEW
    rows = (given_by.service(1, "10.00"), given_by.product(2, "4", "25.00", "CABLE"))
    draft = invoiced(us, "110.00", *rows)
    assert said(draft) == [("BATCH_RECORD_MISSING", "lines.1.item_id")]
    assert draft.body is None


def test_a_line_of_which_connectwise_does_not_say_whether_it_taxes_it_is_left_to_its_item(
    us: Desk,
) -> None:
    rows = (
        given_by.product(1, "4", "25.00", taxableFlag=None),
        given_by.product(2, "1", "50.00", "HOUR", taxableFlag=None, accountNumber="4100"),
        given_by.product(3, "1", "10.00", "CABLE", taxableFlag=None),
        given_by.sales_tax(4, "6.60", "STATE", "STATE6"),
    )
    draft = invoiced(us, "166.60", *rows)
    assert [line.get("tax_type") for line in lines(draft)] == [None, None, None]
    # The widget and what is new are taxed as usual; the hour is exempt by its item.
    assert "BATCH_TAX_KEPT" not in [finding.code for finding in draft.findings]


def test_quantities_of_what_is_no_stock_are_left_out_where_they_say_nothing(us: Desk) -> None:
    row = given_by.product(1, "1", "50.00", "HOUR", taxableFlag=False) | {"quantity": Decimal(0)}
    [line] = lines(invoiced(us, "50.00", row))
    assert "quantity" not in line
    assert "unit_price" not in line


@pytest.mark.parametrize(("quantity", "refused"), [("0", []), ("-1", ["QUANTITY_NEGATIVE"])])
def test_stock_keeps_a_quantity_that_says_nothing_so_that_the_books_decide(
    us: Desk, quantity: str, refused: list[str]
) -> None:
    row = given_by.product(1, "1", "50.00", taxableFlag=False)
    draft = invoiced(us, "50.00", row | {"quantity": -Decimal(quantity)})
    [line] = lines(draft)
    assert line["quantity"] == quantity
    [done] = us.rehearsal.post_many([(draft.record_type, body(draft))], keep=False)
    assert [finding.code for finding in done.findings] == refused


def test_a_price_of_no_pieces_is_left_out(us: Desk) -> None:
    row = given_by.product(1, "1", "50.00", taxableFlag=False) | {"quantity": Decimal(0)}
    assert "unit_price" not in lines(invoiced(us, "50.00", row))[0]


def test_a_purchase_order_of_a_customer_that_is_too_long_is_cut_and_told(us: Desk) -> None:
    order = {"name": "Purchase order 2026-0000123"}
    draft = invoiced(us, "10.00", given_by.service(1, "10.00"), purchaseOrder=order)
    assert said(draft) == [("BATCH_TEXT_CUT", "customer_po")]
    assert body(draft)["customer_po"] == "Purchase order"
    us.tried(draft)


# -- freight ---------------------------------------------------------------------------------


def freight(row: int, amount: str, account: str | None) -> given_by.Json:
    return {"id": row, "glTypeId": "PF", "accountNumber": account, "total": -Decimal(amount)}


def test_freight_of_a_sale_without_account_is_left_to_the_books_or_to_the_setting(us: Desk) -> None:
    rows = (given_by.service(1, "10.00"), freight(2, "5.00", None))
    plain = invoiced(us, "15.00", *rows)
    assert body(plain)["freight_amount"] == "5.00"
    assert "freight_account_id" not in body(plain)
    us.settings = BatchSettings(freight_account="4900")
    assert body(invoiced(us, "15.00", *rows))["freight_account_id"] == "4900"


def test_freight_to_an_account_that_is_not_there_stops_sales_and_purchases(us: Desk) -> None:
    sold = invoiced(us, "15.00", given_by.service(1, "10.00"), freight(2, "5.00", "4999"))
    assert said(sold) == [("BATCH_ACCOUNT_UNKNOWN", "freight_account_id")]
    goods = given_by.received(1, "2", "5.00")
    draft = bought(us, "15.00", goods, freight(2, "5.00", "4999"))
    assert said(draft) == [("BATCH_ACCOUNT_UNKNOWN", "lines.1.account_id")]


# -- tax of sales ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "customer",
    [{"taxLevels": [{"taxLevel": 1, "taxCodeXref": "TAX"}]}, {"taxCode": {"id": 1, "name": "TAX"}}],
)
def test_tax_that_names_no_code_is_that_of_the_customers_code(
    us: Desk, customer: given_by.Json
) -> None:
    entry = given_by.invoice(
        "1001", "107.25", given_by.service(1, "100.00", taxableFlag=True), salesTax=Decimal("7.25")
    )
    export = given_by.parsed(
        customers=[given_by.customer("ACME", **customer)], transactions=[entry]
    )
    draft = us.draft(export)
    assert body(draft)["taxes"] == [
        {"agency_id": "STATE", "amount": "6.00"},
        {"agency_id": "CITY", "amount": "1.25"},
    ]


def test_tax_without_any_code_is_told(us: Desk) -> None:
    row = given_by.service(1, "100.00", taxableFlag=True)
    draft = invoiced(us, "107.25", row, salesTax=Decimal("7.25"))
    assert said(draft) == [("BATCH_TAX_CODE_MISSING", "tax_code_id")]


def test_freight_counts_where_the_books_tax_it(us: Desk) -> None:
    agencies: list[Any] = [{"id": "STATE", "rate": "6", "account_id": "2310"}]
    carried: Body = {"id": "CARRIED", "agencies": agencies, "tax_freight": True}
    assert us.rehearsal.add_record("tax_code", carried) == []
    rows = (given_by.service(1, "100.00", taxableFlag=True), freight(2, "50.00", "4900"))
    taxed = given_by.sales_tax(3, "9.00", "STATE", "CARRIED")
    assert said(invoiced(us, "159.00", *rows, taxed)) == []
    untaxed = given_by.sales_tax(3, "9.00", "STATE", "STATE6")
    assert said(invoiced(us, "159.00", *rows, untaxed)) == [("BATCH_TAX_KEPT", "taxes")]


@pytest.mark.parametrize(
    ("account", "code", "where"),
    [
        (None, "BATCH_ROUNDING_ACCOUNT_MISSING", "taxes"),
        ("6999", "BATCH_ROUNDING_ACCOUNT_UNKNOWN", "lines.1.account_id"),
    ],
)
def test_without_a_rounding_account_a_difference_of_tax_stops_the_invoice(
    us: Desk, account: str | None, code: str, where: str
) -> None:
    us.computes_tax = frozenset({"sales_invoice"})
    us.settings = BatchSettings(tax_policy=TaxPolicy.ADJUST, rounding_account=account)
    rows = (given_by.service(1, "100.00", taxableFlag=True), given_by.sales_tax(2, "7.00", None))
    draft = invoiced(us, "107.00", *rows)
    assert (code, where) in said(draft)
    assert draft.body is None


# -- purchases and expenses ------------------------------------------------------------------


def test_a_vendor_that_may_not_be_created_stops_bills_and_expenses(us: Desk) -> None:
    us.settings = NOTHING_NEW
    draft = bought(us, "50.00", given_by.received(1, "10", "5.00"), vendorNumber="NEWVENDOR")
    assert said(draft) == [("BATCH_RECORD_MISSING", "vendor_id")]
    assert (draft.record_type, draft.body, draft.total) == ("", None, 5000)
    line = given_by.bill_line([31], "30.00")
    entry = given_by.expense_bill(31, "30.00", line, vendorNumber="NEWVENDOR")
    assert said(us.draft(given_by.parsed(expenseBills=[entry]))) == [
        ("BATCH_RECORD_MISSING", "vendor_id")
    ]


def test_a_line_of_a_bill_without_product_is_an_amount_on_its_account(us: Desk) -> None:
    hire = {
        **given_by.received(1, "10", "5.00", accountNumber="6000", description="Hire"),
        "glItemId": None,
        "item": None,
    }
    draft = bought(us, "50.00", hire)
    assert list(lines(draft)) == [{"account_id": "6000", "amount": "50.00", "description": "Hire"}]
    us.tried(draft)


def test_work_that_is_bought_goes_to_the_account_that_connectwise_says(us: Desk) -> None:
    hour = given_by.received(1, "2", "25.00", glItemId="HOUR", accountNumber="6900")
    [line] = lines(bought(us, "50.00", hour))
    assert (line["item_id"], line["account_id"], line["quantity"]) == ("HOUR", "6900", "2")


def test_a_line_of_a_bill_names_an_item_that_may_not_be_created_and_an_account_that_is_not_there(
    us: Desk,
) -> None:
    us.settings = NOTHING_NEW
    new = given_by.received(1, "2", "5.00", glItemId="CABLE")
    hour = given_by.received(2, "2", "5.00", glItemId="HOUR", accountNumber="6999")
    assert said(bought(us, "20.00", new, hour)) == [
        ("BATCH_RECORD_MISSING", "lines.0.item_id"),
        ("BATCH_ACCOUNT_UNKNOWN", "lines.1.account_id"),
    ]


def test_tax_of_a_bill_is_a_line_only_where_there_is_any_and_needs_an_account(us: Desk) -> None:
    goods = given_by.received(1, "10", "5.00")
    none = given_by.purchase_tax(2, "0.00")
    draft = bought(us, "50.00", goods, purchaseDetailTax=[none])
    assert len(lines(draft)) == 1
    bare = {**given_by.purchase_tax(2, "2.50"), "accountNumber": None}
    assert said(bought(us, "52.50", goods, purchaseDetailTax=[none, bare])) == [
        ("BATCH_ACCOUNT_MISSING", "lines.1.account_id")
    ]


def test_a_journal_of_expenses_without_a_text_says_whose_they_are(us: Desk) -> None:
    row = given_by.expense(31, "10.00", 51, description=None)
    draft = us.draft(given_by.parsed(expenses=[row]))
    assert body(draft)["description"] == "Expenses of Ann Lee"


def test_a_journal_of_expenses_names_both_accounts_that_are_not_there(us: Desk) -> None:
    row = given_by.expense(31, "10.00", 51, accountNumber="6999")
    row["offset"]["accountNumber"] = None
    draft = us.draft(given_by.parsed(expenses=[row]))
    assert said(draft) == [
        ("BATCH_ACCOUNT_UNKNOWN", "lines.0.account_id"),
        ("BATCH_ACCOUNT_MISSING", "lines.1.account_id"),
    ]


# -- adjustments -----------------------------------------------------------------------------


def adjusted(desk: Desk, *rows: given_by.Json, **more: object) -> Draft:
    entry = given_by.adjustment("1-adjustment", *rows, **more)
    return desk.draft(given_by.parsed(adjustmentTransactions=[entry]))


@pytest.mark.parametrize("edition", ["us", "uk"])
def test_an_adjusted_line_without_product_or_with_one_that_may_not_be_created_is_told(
    request: pytest.FixtureRequest, edition: str
) -> None:
    desk: Desk = request.getfixturevalue(edition)
    desk.settings = NOTHING_NEW
    without = {**given_by.adjusted(3, "4.00"), "item": None}
    assert said(adjusted(desk, without, given_by.adjusted(3, "4.00", "CABLE"))) == [
        ("BATCH_ITEM_MISSING", "lines.0.item_id"),
        ("BATCH_RECORD_MISSING", "lines.1.item_id"),
    ]


@pytest.mark.parametrize(
    ("header", "row", "used"),
    [("6000", "5000", "6000"), ("1200", "5000", "5000"), ("", "5000", "5000")],
)
def test_an_adjustment_goes_to_the_first_account_that_is_not_the_items_own(
    us: Desk, header: str, row: str, used: str
) -> None:
    line = {**given_by.adjusted(3, "4.00"), "accountNumber": row}
    draft = adjusted(us, line, accountNumber=header)
    assert lines(draft)[0]["account_id"] == used


def test_an_adjustment_between_inventory_and_nothing_known_is_told(us: Desk) -> None:
    line = {**given_by.adjusted(3, "4.00"), "accountNumber": "1200"}
    assert said(adjusted(us, line, accountNumber="5999")) == [
        ("BATCH_ACCOUNT_UNKNOWN", "lines.0.account_id")
    ]
    assert lines(adjusted(us, line, accountNumber=None))[0]["account_id"] == "1200"


# -- UK books --------------------------------------------------------------------------------


def read(export: given_by.Json) -> SourceDocument:
    [reading] = Reader().read(given_by.parsed(transactions=[export]), Waiting())
    assert reading.document is not None, reading.findings
    return reading.document


def test_a_uk_credit_note_pays_what_connectwise_says_and_is_not_due(uk: Desk) -> None:
    row = given_by.service(1, "20.00", accountNumber="4000", taxableFlag=False)
    memo = read(given_by.credit("2001", "20.00", row, currency=POUNDS))
    paying = replace(memo, applied=(Applied("1001", 1500),))
    draft = documents_uk.draft(paying, uk.mapping())
    assert body(draft)["applications"] == [{"invoice_number": "1001", "amount": "15.00"}]
    assert "due_date" not in body(draft)
    plain = documents_uk.draft(memo, uk.mapping())
    assert "applications" not in body(plain)


def test_untaxed_uk_lines_need_the_untaxed_code_of_the_settings(uk: Desk) -> None:
    uk.settings = BatchSettings(untaxed_code="T100")
    row = given_by.service(1, "20.00", accountNumber="4000", taxableFlag=False)
    draft = invoiced(uk, "20.00", row, currency=POUNDS)
    assert said(draft) == [("BATCH_TAX_CODE_UNKNOWN", "lines.0.tax_code_id")]


def test_uk_tax_rows_of_nothing_are_no_tax(uk: Desk) -> None:
    rows = (
        given_by.service(1, "20.00", accountNumber="4000", taxableFlag=False),
        given_by.sales_tax(2, "0.00", None, "VAT"),
    )
    draft = invoiced(uk, "20.00", *rows, currency=POUNDS)
    assert said(draft) == []
    assert lines(draft)[0]["tax_code_id"] == "T0"


def test_a_uk_invoice_without_its_customer_or_account_is_no_document(uk: Desk) -> None:
    uk.settings = NOTHING_NEW
    row = given_by.service(1, "20.00", accountNumber="4999", taxableFlag=False)
    draft = invoiced(uk, "20.00", row, currency=POUNDS, companyAccountNumber="NOBODY")
    assert said(draft) == [
        ("BATCH_RECORD_MISSING", "customer_id"),
        ("BATCH_ACCOUNT_UNKNOWN", "lines.0.account_id"),
    ]
    assert draft.body is None
