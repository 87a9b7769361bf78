"""What an export becomes: ids of every kind, signs, totals, and everything that is wrong."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.apps.connectwise.shapes import (
    Company,
    GLExport,
)
from clary.flows.batch.kinds import DocumentKind, Kind
from clary.flows.batch.reading import Reader, Reading, Waiting
from clary.flows.batch.source import SourceDocument
from tests.flows.batch import exports as given_by


def readings(export: GLExport, waiting: Waiting | None = None) -> list[Reading]:
    return list(Reader().read(export, waiting or Waiting()))


def only(export: GLExport, waiting: Waiting | None = None) -> Reading:
    [reading] = readings(export, waiting)
    return reading


def document(export: GLExport, waiting: Waiting | None = None) -> SourceDocument:
    reading = only(export, waiting)
    assert reading.document is not None, reading.findings
    return reading.document


def codes(reading: Reading) -> list[str]:
    return [finding.code for finding in reading.findings]


def an_invoice(*detail: given_by.Json, total: str = "100.00", **more: object) -> GLExport:
    rows = detail or (given_by.service(1, "100.00"),)
    return given_by.parsed(transactions=[given_by.invoice("1001", total, *rows, **more)])


# -- invoices and credit memos ---------------------------------------------------------------


def test_an_invoice_has_the_ids_of_its_header_and_of_all_its_rows() -> None:
    export = an_invoice(
        given_by.service(1009, "100.00"),
        given_by.sales_tax(1016, "6.00"),
        total="106.00",
        glEntryIds="1010, 1011,1012",
    )
    found = document(export)
    assert found.id == "invoice:1001"
    assert found.gl_ids == (1009, 1010, 1011, 1012, 1016)


def test_amounts_are_natural_whatever_sign_the_rows_have() -> None:
    rows = (given_by.product(1, "4", "25.00"), given_by.sales_tax(2, "6.00"))
    sold = document(an_invoice(*rows, total="106.00"))
    memo = given_by.parsed(transactions=[given_by.credit("1001", "106.00", *rows)])
    returned = document(memo)
    assert sold.kind is DocumentKind.INVOICE
    assert returned.kind is DocumentKind.CREDIT_MEMO
    for found in (sold, returned):
        assert found.total == 10600
        assert [line.amount for line in found.lines] == [10000]
        assert [line.quantity for line in found.lines] == [Decimal(4)]
        assert [tax.amount for tax in found.taxes] == [600]


def test_a_credit_memo_with_a_positive_header_is_read_all_the_same() -> None:
    memo = given_by.credit("1001", "100.00", given_by.service(1, "100.00"))
    memo["total"] = Decimal("100.00")
    assert document(given_by.parsed(transactions=[memo])).total == 10000


@pytest.mark.parametrize("sign", [1, -1])
def test_the_tax_of_a_memos_header_has_the_sign_of_its_total(sign: int) -> None:
    memo = given_by.credit("1001", "106.00", given_by.service(1, "100.00"))
    memo |= {"total": sign * Decimal("106.00"), "salesTax": sign * Decimal("6.00")}
    found = document(given_by.parsed(transactions=[memo]))
    assert (found.total, found.tax) == (10600, 600)


def test_the_tax_of_the_rows_is_taken_and_that_of_the_header_not_added() -> None:
    export = an_invoice(
        given_by.service(1, "100.00"),
        given_by.sales_tax(2, "6.00"),
        total="106.00",
        salesTax=Decimal("6.00"),
        taxLevels=[{"taxLevel": 1, "taxAmount": Decimal("6.00"), "taxCodeXref": "TAX"}],
    )
    found = document(export)
    assert found.tax == 600
    assert found.total == 10600
    assert found.taxes[0].agency == "STATE"


def test_tax_rows_unlike_the_header_are_told_and_the_rows_posted() -> None:
    rows = (given_by.service(1, "100.00"), given_by.sales_tax(2, "6.00"))
    reading = only(an_invoice(*rows, total="106.00", salesTax=Decimal("6.01")))
    assert codes(reading) == ["BATCH_TAX_HEADER_DIFFERS"]
    assert reading.document is not None
    assert reading.document.tax == 600


def test_without_tax_rows_the_levels_of_the_header_are_taken_with_their_agencies() -> None:
    levels = [
        {"taxLevel": 1, "taxCodeXref": "TAX", "agencyXref": "STATE"},
        {"taxLevel": 2, "taxCodeXref": "TAX", "agencyXref": "CITY"},
    ]
    export = given_by.parsed(
        customers=[given_by.customer("ACME", taxLevels=levels)],
        transactions=[
            given_by.invoice(
                "1001",
                "107.25",
                given_by.service(1, "100.00"),
                taxLevels=[
                    {"taxLevel": 1, "taxAmount": Decimal("6.00"), "taxCodeXref": "TAX"},
                    {"taxLevel": 2, "taxAmount": Decimal("1.25"), "taxCodeXref": "TAX"},
                ],
            )
        ],
    )
    found = document(export)
    assert [(tax.agency, tax.amount) for tax in found.taxes] == [("STATE", 600), ("CITY", 125)]


def test_tax_that_the_total_leaves_out_is_refused() -> None:
    reading = only(an_invoice(given_by.service(1, "100.00"), salesTax=Decimal("6.00")))
    assert codes(reading) == ["BATCH_TAX_ROWS_MISSING"]
    assert reading.document is None


def test_cost_rows_keep_their_ids_and_never_become_lines() -> None:
    export = an_invoice(
        given_by.product(1, "4", "25.00"),
        given_by.cost(2, "5000", "60.00"),
        given_by.cost(3, "1200", "-60.00"),
    )
    found = document(export)
    assert [line.account for line in found.lines] == ["4000"]
    assert found.gl_ids == (1, 2, 3, 100100)
    assert [(row.id, row.account, row.amount) for row in found.cost_rows] == [
        (2, "5000", 6000),
        (3, "1200", -6000),
    ]


def test_the_wages_of_work_never_become_lines_either() -> None:
    accounts = {
        "productAccountNumber": "4100",
        "costAccountNumber": "5000",
        "inventoryAccountNumber": "2300",
    }
    rows = [
        given_by.service(number, "0.00", accountNumber=account, total=Decimal(total), **accounts)
        for number, account, total in ((2, "5000", "30.00"), (3, "2300", "-30.00"))
    ]
    found = document(an_invoice(given_by.service(1, "100.00", **accounts), *rows))
    assert [line.account for line in found.lines] == ["4100"]
    assert [row.account for row in found.cost_rows] == ["5000", "2300"]


def test_a_product_whose_revenue_goes_to_its_inventory_account_is_no_cost_row() -> None:
    row = given_by.product(1, "4", "25.00", accountNumber="1200", productAccountNumber="1200")
    assert [line.account for line in document(an_invoice(row)).lines] == ["1200"]


def test_freight_is_not_a_line() -> None:
    freight = given_by.service(2, "8.00", glTypeId="PF", accountNumber="4900")
    found = document(an_invoice(given_by.service(1, "100.00"), freight, total="108.00"))
    assert (found.freight, found.freight_account, len(found.lines)) == (800, "4900", 1)


def test_a_header_total_unlike_its_lines_is_refused() -> None:
    reading = only(an_invoice(given_by.service(1, "100.00"), total="100.01"))
    assert codes(reading) == ["BATCH_TOTAL_DIFFERS"]
    assert "100.01" in reading.findings[0].message
    assert reading.document is None


def test_an_amount_with_too_many_decimals_is_refused() -> None:
    reading = only(an_invoice(given_by.service(1, "100.005"), total="100.005"))
    assert set(codes(reading)) == {"BATCH_AMOUNT_DECIMALS"}


def test_the_noise_of_a_double_is_no_decimal() -> None:
    assert document(an_invoice(given_by.service(1, "100.00000000000001"))).total == 10000


@pytest.mark.parametrize("amount", ["1E+13", "9E+99999", "-123456789012345"])
def test_an_amount_that_no_field_holds_is_refused(amount: str) -> None:
    reading = only(an_invoice(given_by.service(1, "100.00", total=Decimal(amount))))
    assert "BATCH_AMOUNT_TOO_LARGE" in codes(reading)


def test_both_forms_of_dates_are_read_as_they_stand() -> None:
    late = an_invoice(documentDate="2026-02-28T23:59:59Z", dueDate="3/1/2026 12:00:00 AM")
    found = document(late)
    assert (found.date, found.due_date) == (date(2026, 2, 28), date(2026, 3, 1))


@pytest.mark.parametrize("text", ["13/31/2026", "soon", "2026-02-30", None, ""])
def test_what_is_no_date_is_refused(text: str | None) -> None:
    assert codes(only(an_invoice(documentDate=text))) == ["BATCH_DATE_UNREADABLE"]


def test_a_document_without_gl_entries_is_refused_since_it_could_not_be_marked() -> None:
    assert codes(only(an_invoice(glEntryIds=None))) == ["BATCH_GL_IDS_MISSING"]
    assert codes(only(an_invoice(glEntryIds="12,x"))) == ["BATCH_GL_IDS_MISSING"]


def test_an_invoice_without_lines_number_or_account_number_says_all_three() -> None:
    bare = given_by.invoice("1001", "0", documentNumber="", companyAccountNumber=None)
    assert set(codes(only(given_by.parsed(transactions=[bare])))) == {
        "BATCH_LINES_MISSING",
        "BATCH_NUMBER_MISSING",
        "BATCH_PARTY_MISSING",
    }


def test_control_characters_and_emoji_are_left_out_and_told() -> None:
    row = given_by.service(1, "100.00", description="Set\x00 up\r\n\U0001f600 Café\u200b 10 m²")
    reading = only(an_invoice(row))
    assert codes(reading) == ["BATCH_TEXT_CLEANED"]
    assert reading.document is not None
    assert reading.document.lines[0].description == "Set up Café 10 m²"


def test_words_that_nobody_knows_are_tolerated_but_a_direction_is_not() -> None:
    odd = only(an_invoice(given_by.service(1, "100.00", glTypeId="ZZ"), billingType="Barter"))
    assert codes(odd) == ["BATCH_WORD_UNKNOWN"]
    assert odd.document is not None
    assert codes(only(an_invoice(documentType="REBATE"))) == ["BATCH_TYPE_UNKNOWN"]


def test_an_entry_that_cannot_be_read_costs_only_itself() -> None:
    broken = given_by.invoice("1002", "50.00", given_by.service(3, "50.00", total="a lot"))
    whole = given_by.invoice("1001", "100.00", given_by.service(1, "100.00"))
    bad, good = readings(given_by.parsed(transactions=[broken, whole]))
    assert codes(bad) == ["BATCH_ENTRY_MALFORMED"]
    assert bad.findings[0].field == "detail.0.total"
    assert "1002" in bad.record
    assert good.document is not None


def test_two_documents_of_one_id_are_both_refused() -> None:
    one = given_by.invoice("1001", "100.00", given_by.service(1, "100.00"))
    export = given_by.parsed(transactions=[one, {**one, "documentNumber": "1002"}])
    assert [codes(each) for each in readings(export)] == [["BATCH_DOCUMENT_TWICE"]] * 2


def test_an_id_that_comes_again_in_a_later_export_is_refused() -> None:
    reader = Reader()
    first, second = (list(reader.read(an_invoice())) for _ in range(2))
    assert not first[0].findings
    assert codes(second[0]) == ["BATCH_DOCUMENT_TWICE"]


def test_an_account_number_of_two_companies_is_nobodys() -> None:
    other = {"id": 12, "identifier": "Acme East"}
    mine = given_by.invoice("1001", "100.00", given_by.service(1, "100.00"))
    theirs = given_by.invoice(
        "1002", "100.00", given_by.service(2, "100.00"), company=other, companyAccountNumber="acme"
    )
    found = readings(given_by.parsed(transactions=[mine, theirs]))
    assert [codes(each) for each in found] == [["BATCH_PARTY_AMBIGUOUS"]] * 2
    assert "ACME, Acme East" in found[0].findings[0].message


def test_companies_learnt_before_make_an_account_number_ambiguous_too() -> None:
    reader = Reader()
    reader.learn(companies=[Company(id=99, identifier="Twin", account_number=" acme ")])
    [reading] = reader.read(an_invoice())
    assert codes(reading) == ["BATCH_PARTY_AMBIGUOUS"]


def test_the_unposted_row_tells_the_location() -> None:
    waiting = Waiting(invoices={"1001": "Oakland"}, is_known=True)
    assert document(an_invoice(), waiting).location == "Oakland"


def test_the_customer_carries_what_the_export_says_of_it() -> None:
    listed = given_by.customer(
        "ACME",
        site={"id": 31, "name": "Main"},
        contact={"id": 41},
        billingTerms={"id": 1, "name": "Net 45 days"},
        dueDays=45,
        taxCode={"id": 1, "name": "Sales"},
        taxLevels=[{"taxLevel": 1, "taxCodeXref": "TAX", "agencyXref": "STATE"}],
    )
    export = given_by.parsed(
        customers=[listed],
        transactions=[given_by.invoice("1001", "100.00", given_by.service(1, "100.00"))],
    )
    party = document(export).party
    assert party is not None
    assert (party.company_id, party.site_id, party.contact_id) == (11, 31, 41)
    assert (party.terms, party.due_days, party.tax_xrefs) == ("Net 45 days", 45, ("TAX",))


# -- purchases -------------------------------------------------------------------------------


def test_a_purchase_is_a_bill_once_the_vendors_number_is_there() -> None:
    entry = given_by.purchase(
        "77",
        "64.50",
        given_by.received(1, "10", "5.00"),
        given_by.purchase_freight(2, "12.00"),
        purchaseDetailTax=[given_by.purchase_tax(3, "2.50")],
        vendorInvoiceNumber="V-9",
        vendorInvoiceDate="2026-02-20T00:00:00Z",
    )
    found = document(given_by.parsed(purchaseTransactions=[entry]))
    assert (found.id, found.kind) == ("purchase:77-SLIP-purchase", DocumentKind.BILL)
    assert (found.number, found.date) == ("V-9", date(2026, 2, 20))
    assert (found.purchase_order, found.vendor_invoice) == ("77", "V-9")
    assert (found.total, found.freight, found.tax) == (6450, 1200, 250)
    assert found.gl_ids == (1, 2, 3)
    assert found.lines[0].quantity == 10


def test_a_purchase_without_it_is_an_item_receipt_of_the_day_the_goods_came() -> None:
    entry = given_by.purchase("77", "50.00", given_by.received(1, "10", "5.00"))
    found = document(given_by.parsed(purchaseTransactions=[entry]))
    assert (found.kind, found.number) == (DocumentKind.ITEM_RECEIPT, "77")
    assert (found.vendor_invoice, found.date) == ("", date(2026, 2, 11))


@pytest.mark.parametrize(
    ("tax_levels", "line", "code"),
    [
        ([], {"lineNumber": 1, "taxCodeXref": "T1"}, "T1"),
        ([{"taxLevel": 1, "taxCodeXref": "T5"}], {}, "T5"),
        ([], {}, "TAX"),
    ],
)
def test_a_tax_row_takes_the_xref_of_its_line_else_of_the_header_else_its_own_name(
    tax_levels: list[given_by.Json], line: given_by.Json, code: str
) -> None:
    entry = given_by.purchase(
        "77",
        "52.50",
        given_by.received(1, "10", "5.00", **line),
        purchaseDetailTax=[{**given_by.purchase_tax(3, "2.50"), "lineNumber": 1}],
        taxLevels=tax_levels,
    )
    [tax] = document(given_by.parsed(purchaseTransactions=[entry])).taxes
    assert tax.code == code


def test_freight_that_only_the_header_states_counts() -> None:
    entry = given_by.purchase(
        "77", "62.00", given_by.received(1, "10", "5.00"), freightAmount=Decimal(12)
    )
    assert document(given_by.parsed(purchaseTransactions=[entry])).freight == 1200


def test_a_vendor_without_xref_is_refused() -> None:
    entry = given_by.purchase("77", "50.00", given_by.received(1, "10", "5.00"), vendorNumber="")
    reading = only(given_by.parsed(purchaseTransactions=[entry]))
    assert codes(reading) == ["BATCH_PARTY_MISSING"]
    assert "vendor xref" in reading.findings[0].message


# -- expenses --------------------------------------------------------------------------------


def test_a_line_of_an_expense_bill_stands_for_all_its_gl_rows() -> None:
    entry = given_by.expense_bill(
        31, "30.00", given_by.bill_line([31, 32], "10.00"), given_by.bill_line([33, 34], "20.00")
    )
    waiting = Waiting(expenses={31: "Oakland"}, is_known=True)
    found = document(given_by.parsed(expenseBills=[entry]), waiting)
    assert (found.id, found.number) == ("expense:31", "31Lee")
    assert found.gl_ids == (31, 32, 33, 34)
    assert [line.amount for line in found.lines] == [1000, 2000]
    assert found.party is not None
    assert (found.party.key, found.party.member_id) == ("LEE", 5)
    assert found.location == "Oakland"


def test_the_header_decides_the_sign_of_a_bills_rows() -> None:
    entry = given_by.expense_bill(31, "30.00", given_by.bill_line([31, 32], "-30.00"))
    assert document(given_by.parsed(expenseBills=[entry])).lines[0].amount == 3000


def test_expenses_that_travel_as_rows_become_one_journal_entry_per_member_and_period() -> None:
    later = {"periodEndDate": "2026-02-28T00:00:00Z"}
    export = given_by.parsed(
        expenses=[
            given_by.expense(32, "20.00", 52),
            given_by.expense(31, "10.00", 51),
            given_by.expense(33, "5.00", 53, **later),
        ]
    )
    first, second = (each.document for each in readings(export))
    assert first is not None
    assert second is not None
    assert (first.id, first.total, first.gl_ids) == ("expense:31", 3000, (31, 32, 51, 52))
    assert first.kind is DocumentKind.EXPENSE_JOURNAL
    assert [(line.account, line.offset_account) for line in first.lines] == [("6000", "2310")] * 2
    assert second.id == "expense:33"


def test_an_offset_unlike_its_expense_is_refused() -> None:
    row = given_by.expense(31, "10.00", 51)
    row["offset"]["total"] = Decimal("-9.99")
    assert codes(only(given_by.parsed(expenses=[row]))) == ["BATCH_OFFSET_DIFFERS"]


# -- stock -----------------------------------------------------------------------------------


def test_adjustments_and_transfers_take_the_ids_of_their_unposted_rows() -> None:
    export = given_by.parsed(
        adjustmentTransactions=[
            given_by.adjustment(
                "1-adjustment", given_by.adjusted(3, "4.00"), given_by.adjusted(-2, "2.50")
            )
        ],
        inventoryTransfers=[given_by.transfer("3-transfer", 90)],
    )
    waiting = Waiting(gl_ids={"1-adjustment": (70, 71), "3-transfer": (72,)}, is_known=True)
    counted, moved = (each.document for each in readings(export, waiting))
    assert counted is not None
    assert moved is not None
    assert (counted.id, counted.gl_ids) == ("adjustment:1-adjustment", (70, 71))
    assert [(line.quantity, line.amount) for line in counted.lines] == [
        (Decimal(3), 1200),
        (Decimal(-2), -500),
    ]
    assert [line.unit_price for line in counted.lines] == [4, Decimal("2.5")]
    assert (moved.id, moved.gl_ids) == ("transfer:3-transfer", (72,))
    assert moved.kind is DocumentKind.TRANSFER


def test_without_unposted_rows_they_could_not_be_marked_unless_the_batch_is_there_already() -> None:
    export = given_by.parsed(
        adjustmentTransactions=[given_by.adjustment("1-adjustment", given_by.adjusted(3, "4.00"))]
    )
    assert codes(only(export, Waiting(is_known=True))) == ["BATCH_GL_IDS_MISSING"]
    [again] = Reader(gl_ids={"1-adjustment": (70,)}).read(export)
    assert again.document is not None
    assert again.document.gl_ids == (70,)
    assert only(export).document is not None


# -- whatever the amounts are ----------------------------------------------------------------

AMOUNTS = st.integers(min_value=-10_000_000, max_value=10_000_000)


@given(
    lines=st.lists(AMOUNTS, min_size=1, max_size=8),
    tax=st.integers(min_value=0, max_value=100_000),
    document_type=st.sampled_from(("INVOICE", "CREDIT MEMO")),
)
def test_what_is_read_comes_to_the_stated_total_in_either_direction(
    lines: list[int], tax: int, document_type: str
) -> None:
    total = str(Decimal(sum(lines) + tax) / 100)
    rows = [
        given_by.service(place, str(Decimal(amount) / 100))
        for place, amount in enumerate(lines, start=1)
    ]
    rows.append(given_by.sales_tax(99, str(Decimal(tax) / 100)))
    entry = given_by.invoice("1001", total, *rows)
    if document_type == "CREDIT MEMO":
        turned = [{**row, "total": -row["total"]} for row in rows]
        entry = given_by.invoice("1001", str(-Decimal(total)), *turned, documentType=document_type)
    found = document(given_by.parsed(transactions=[entry]))
    assert found.total == sum(lines) + tax
    assert [line.amount for line in found.lines] == lines
    assert found.kind.kind is Kind.INVOICE
