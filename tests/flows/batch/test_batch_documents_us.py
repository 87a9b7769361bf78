"""What each kind of document becomes in US books, tried against the books' own rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clary.flows.batch import documents_us
from clary.flows.batch.drafts import Draft
from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.reading import Reader, Waiting
from clary.flows.batch.settings import BatchSettings, TaxPolicy
from clary.flows.batch.source import Applied
from clary.kernel.change import Body
from tests.flows.batch import exports as given_by
from tests.flows.batch.shelves import Desk


def lines(draft: Draft) -> Sequence[Any]:
    assert draft.body is not None, draft.findings
    found = draft.body["lines"]
    assert isinstance(found, list)
    return found


def body(draft: Draft) -> Body:
    assert draft.body is not None, draft.findings
    return draft.body


def codes(draft: Draft) -> list[str]:
    return [finding.code for finding in draft.findings]


def invoiced(desk: Desk, total: str, *rows: given_by.Json, **more: object) -> Draft:
    return desk.draft(
        given_by.parsed(transactions=[given_by.invoice("1001", total, *rows, **more)])
    )


# -- invoices --------------------------------------------------------------------------------


def test_an_invoice_carries_connectwises_tax_by_agency(us: Desk) -> None:
    draft = invoiced(
        us,
        "207.25",
        given_by.service(1, "100.00"),
        given_by.product(2, "4", "25.00"),
        given_by.sales_tax(3, "6.00"),
        given_by.sales_tax(4, "1.25", "CITY"),
        purchaseOrder={"name": "PO 5"},
    )
    assert draft.record_type == "sales_invoice"
    assert body(draft) | {"lines": []} == {
        "customer_id": "ACME",
        "date": "2026-02-10",
        "number": "1001",
        "receivable_account_id": "1100",
        "customer_po": "PO 5",
        "tax_code_id": "TAX",
        "taxes": [
            {"agency_id": "STATE", "amount": "6.00"},
            {"agency_id": "CITY", "amount": "1.25"},
        ],
        "due_date": "2026-03-12",
        "total": "207.25",
        "lines": [],
    }
    assert list(lines(draft)) == [
        {"account_id": "4100", "amount": "100.00", "description": "Service", "tax_type": 2},
        {
            "account_id": "4000",
            "amount": "100.00",
            "description": "Product",
            "item_id": "WIDGET",
            "quantity": "4",
            "unit_price": "25",
            "tax_type": 1,
        },
    ]
    assert us.tried(draft).total == 20725
    assert us.tried(draft).tax == 725


def test_cost_rows_are_not_posted_since_the_books_make_their_own(us: Desk) -> None:
    draft = invoiced(
        us,
        "100.00",
        given_by.product(1, "4", "25.00", taxableFlag=False),
        given_by.cost(2, "5000", "20.00"),
        given_by.cost(3, "1200", "-20.00"),
    )
    assert len(lines(draft)) == 1
    done = us.tried(draft)
    assert done.total == 10000
    costs = [row.amount for row in done.rows if row.account_id == "5000"]
    assert costs == [2000]


def test_an_untaxed_invoice_stays_untaxed_whatever_the_customers_tax_code(us: Desk) -> None:
    draft = invoiced(
        us,
        "100.00",
        given_by.service(1, "100.00", taxableFlag=True),
        companyAccountNumber="TAXED",
    )
    assert body(draft)["taxes"] == []
    assert us.tried(draft).total == 10000


def test_one_tax_row_without_agency_is_shared_by_the_rates_of_the_code(us: Desk) -> None:
    draft = invoiced(
        us,
        "107.25",
        given_by.service(1, "100.00", taxableFlag=True),
        given_by.sales_tax(2, "7.25", None),
    )
    assert body(draft)["taxes"] == [
        {"agency_id": "STATE", "amount": "6.00"},
        {"agency_id": "CITY", "amount": "1.25"},
    ]
    us.tried(draft)


def test_the_code_is_chosen_that_has_every_agency(us: Desk) -> None:
    draft = invoiced(
        us,
        "107.25",
        given_by.service(1, "100.00", taxableFlag=True),
        given_by.sales_tax(2, "6.00", "STATE", "STATE6"),
        given_by.sales_tax(3, "1.25", "CITY", "STATE6"),
        taxCode={"id": 1, "name": "TAX"},
    )
    assert body(draft)["tax_code_id"] == "TAX"


def test_unknown_tax_codes_and_agencies_are_told_with_what_there_is(us: Desk) -> None:
    taxed = given_by.service(1, "100.00", taxableFlag=True)
    code = invoiced(us, "106.00", taxed, given_by.sales_tax(2, "6.00", "STATE", "TAXX"))
    assert codes(code) == ["BATCH_TAX_CODE_UNKNOWN"]
    assert "TAX" in code.findings[0].remedy
    agency = invoiced(us, "106.00", taxed, given_by.sales_tax(2, "6.00", "COUNTY"))
    assert codes(agency) == ["BATCH_TAX_AGENCY_UNKNOWN"]
    assert "STATE, CITY" in agency.findings[0].remedy


def test_tax_unlike_the_rates_is_kept_and_told(us: Desk) -> None:
    draft = invoiced(
        us,
        "111.00",
        given_by.service(1, "100.00", taxableFlag=True),
        given_by.sales_tax(2, "11.00"),
    )
    assert codes(draft) == ["BATCH_TAX_KEPT"]
    assert body(draft)["tax_override"] is True
    assert us.tried(draft).total == 11100


def test_a_company_that_computes_tax_is_told_beforehand_by_policy(us: Desk) -> None:
    rows = (
        given_by.service(1, "100.00", taxableFlag=True),
        given_by.sales_tax(2, "6.00"),
        given_by.sales_tax(3, "1.27", "CITY"),
    )
    us.computes_tax = frozenset({"sales_invoice"})
    refused = invoiced(us, "107.27", *rows)
    assert codes(refused) == ["BATCH_TAX_REFUSED"]
    assert refused.body is None

    us.settings = BatchSettings(tax_policy=TaxPolicy.ADJUST, rounding_account="6900")
    adjusted = invoiced(us, "107.27", *rows)
    assert codes(adjusted) == ["BATCH_TAX_ADJUSTED"]
    assert "taxes" not in body(adjusted)
    assert lines(adjusted)[-1]["amount"] == "0.02"
    assert us.tried(adjusted).total == 10727

    us.settings = BatchSettings(tax_policy=TaxPolicy.ACCEPT, tax_limit=2)
    accepted = invoiced(us, "107.27", *rows)
    assert codes(accepted) == ["BATCH_TAX_ACCEPTED"]
    assert accepted.total == us.tried(accepted).total == 10725

    us.settings = BatchSettings(tax_policy=TaxPolicy.ACCEPT, tax_limit=1)
    assert codes(invoiced(us, "107.27", *rows)) == ["BATCH_TAX_REFUSED"]


def test_a_price_that_does_not_give_the_amount_is_worked_out_or_left_out(us: Desk) -> None:
    discounted = given_by.product(1, "4", "25.00", total=Decimal("-90.00"), taxableFlag=False)
    thirds = given_by.product(2, "3", "0", total=Decimal("-100.00"), taxableFlag=False)
    draft = invoiced(us, "190.00", discounted, thirds)
    assert [line.get("unit_price") for line in lines(draft)] == ["22.5", "33.33333"]
    assert us.tried(draft).total == 19000
    many = given_by.product(3, "30000", "0", total=Decimal("-10000.00"), taxableFlag=False)
    assert "unit_price" not in lines(invoiced(us, "10000.00", many))[0]


def test_freight_goes_to_its_own_field(us: Desk) -> None:
    freight = given_by.service(2, "8.00", glTypeId="PF", accountNumber="4900")
    draft = invoiced(us, "108.00", given_by.service(1, "100.00"), freight)
    assert (body(draft)["freight_amount"], body(draft)["freight_account_id"]) == ("8.00", "4900")
    assert us.tried(draft).total == 10800


def test_a_detailed_text_is_cut_at_a_word(us: Desk) -> None:
    text = "Ticket #4711: " + "replaced the switch and tested every port " * 6
    draft = invoiced(us, "100.00", given_by.service(1, "100.00", description=text))
    kept = lines(draft)[0]["description"]
    assert len(kept) <= 160
    assert text.startswith(kept)
    assert text[len(kept)] == " "


def test_a_foreign_document_cannot_go_into_us_books(us: Desk) -> None:
    draft = invoiced(us, "100.00", given_by.service(1, "100.00"), currency={"currencyCode": "EUR"})
    assert codes(draft) == ["BATCH_CURRENCY_UNSUPPORTED"]


def test_everything_wrong_with_a_document_is_told_at_once(us: Desk) -> None:
    us.settings = BatchSettings(create={"customer": "refuse"})  # type: ignore[dict-item]  # as it comes from a stored setting
    draft = invoiced(
        us,
        "200.00",
        given_by.service(1, "100.00", accountNumber="4101"),
        given_by.service(2, "100.00", accountNumber=""),
        companyAccountNumber="NOBODY",
        currency={"currencyCode": "EUR"},
    )
    assert sorted(codes(draft)) == [
        "BATCH_ACCOUNT_MISSING",
        "BATCH_ACCOUNT_UNKNOWN",
        "BATCH_CURRENCY_UNSUPPORTED",
        "BATCH_RECORD_MISSING",
    ]


# -- credit memos ----------------------------------------------------------------------------


def test_a_credit_memo_is_natural_and_pays_what_connectwise_says(us: Desk) -> None:
    rows = (given_by.product(1, "1", "25.00"), given_by.sales_tax(2, "1.50"))
    export = given_by.parsed(transactions=[given_by.credit("2001", "26.50", *rows)])
    [reading] = Reader().read(export)
    assert reading.document is not None
    document = replace(reading.document, applied=(Applied("1001", 2000),))
    draft = documents_us.draft(document, us.mapping())
    assert draft.record_type == "credit_memo"
    assert body(draft)["total"] == "26.50"
    assert body(draft)["applications"] == [{"invoice_number": "1001", "amount": "20.00"}]
    assert lines(draft)[0]["quantity"] == "1"
    assert us.tried(us.draft(export)).total == 2650


# -- purchases -------------------------------------------------------------------------------


def bought(us: Desk, **more: object) -> Draft:
    entry = given_by.purchase(
        "77",
        "64.50",
        given_by.received(1, "10", "5.00"),
        given_by.purchase_freight(2, "12.00"),
        purchaseDetailTax=[given_by.purchase_tax(3, "2.50")],
        **more,
    )
    return us.draft(given_by.parsed(purchaseTransactions=[entry]))


def test_a_bill_has_the_vendors_number_and_date_and_the_order_in_its_field(us: Desk) -> None:
    draft = bought(us, vendorInvoiceNumber="V-9", vendorInvoiceDate="2026-02-20T00:00:00Z")
    assert body(draft) | {"lines": []} == {
        "vendor_id": "SUPPLY",
        "date": "2026-02-20",
        "number": "V-9",
        "customer_invoice_number": "77",
        "payable_account_id": "2000",
        "total": "64.50",
        "lines": [],
    }
    assert list(lines(draft)) == [
        {
            "amount": "50.00",
            "description": "A widget",
            "item_id": "WIDGET",
            "quantity": "10",
            "unit_price": "5",
        },
        {"account_id": "6000", "amount": "12.00", "description": "Freight"},
        {"account_id": "6000", "amount": "2.50", "description": "Purchase Tax"},
    ]
    assert us.tried(draft).total == 6450


def test_an_item_receipt_waits_for_its_bill_and_has_neither(us: Desk) -> None:
    draft = bought(us)
    assert body(draft)["waiting_on_bill"] is True
    assert body(draft)["customer_invoice_number"] == "77"
    assert "number" not in body(draft)
    assert body(draft)["date"] == "2026-02-11"
    assert us.tried(draft).total == 6450


def test_goods_that_always_go_to_another_account_are_told(us: Desk) -> None:
    entry = given_by.purchase(
        "77", "50.00", given_by.received(1, "10", "5.00", accountNumber="5000")
    )
    draft = us.draft(given_by.parsed(purchaseTransactions=[entry]))
    assert codes(draft) == ["BATCH_ITEM_ACCOUNT_DIFFERS"]
    us.tried(draft)


# -- expenses and stock ----------------------------------------------------------------------


def test_expenses_become_a_bill_of_the_member(us: Desk) -> None:
    entry = given_by.expense_bill(31, "30.00", given_by.bill_line([31, 32], "30.00"))
    draft = us.draft(given_by.parsed(expenseBills=[entry]))
    assert (draft.record_type, body(draft)["vendor_id"]) == ("purchase", "LEE")
    assert body(draft)["number"] == "31Lee"
    assert "customer_invoice_number" not in body(draft)
    assert us.tried(draft).total == 3000


def test_expenses_become_a_journal_entry_where_they_are_not_bills(us: Desk) -> None:
    rows = [given_by.expense(31, "10.00", 51), given_by.expense(32, "20.00", 52)]
    draft = us.draft(given_by.parsed(expenses=rows))
    assert draft.record_type == "journal_entry"
    assert [line["amount"] for line in lines(draft)] == ["10.00", "-10.00", "20.00", "-20.00"]
    assert us.tried(draft).total == 3000


def test_an_adjustment_brings_the_cost_of_what_comes_in_only(us: Desk) -> None:
    entry = given_by.adjustment(
        "1-adjustment", given_by.adjusted(3, "4.00"), given_by.adjusted(-2, "4.00")
    )
    draft = us.draft(given_by.parsed(adjustmentTransactions=[entry]))
    assert list(lines(draft)) == [
        {"item_id": "WIDGET", "quantity": "3", "unit_cost": "4", "account_id": "5000"},
        {"item_id": "WIDGET", "quantity": "-2", "account_id": "5000"},
    ]
    assert body(draft)["reason"] == "Count"
    us.tried(draft)


def test_what_is_no_stock_item_cannot_be_adjusted(us: Desk) -> None:
    entry = given_by.adjustment("1-adjustment", given_by.adjusted(3, "4.00", "HOUR"))
    assert codes(us.draft(given_by.parsed(adjustmentTransactions=[entry]))) == [
        "BATCH_ITEM_NOT_STOCK"
    ]


def test_a_transfer_is_not_supported_and_can_be_marked_as_handled(us: Desk) -> None:
    export = given_by.parsed(inventoryTransfers=[given_by.transfer("3-transfer", 90)])
    draft = us.draft(export, Waiting(gl_ids={"3-transfer": (90,)}, is_known=True))
    assert codes(draft) == ["BATCH_TRANSFER_UNSUPPORTED"]
    assert "clary batch clear" in draft.findings[0].remedy
    assert (draft.record_type, draft.body) == ("", None)


# -- what is missing -------------------------------------------------------------------------


def test_what_is_not_in_the_books_is_needed_first_once(us: Desk) -> None:
    draft = invoiced(
        us,
        "100.00",
        given_by.product(1, "2", "25.00", "CABLE", taxableFlag=False),
        given_by.product(2, "2", "25.00", "CABLE", taxableFlag=False),
        companyAccountNumber="NEWCO",
    )
    assert [(need.record_type, need.id) for need in draft.needs] == [
        ("customer", "NEWCO"),
        ("item", "CABLE"),
    ]
    assert draft.body is not None


def test_a_stored_mapping_of_an_account_counts(us: Desk) -> None:
    us.overrides[(MappingKind.ACCOUNT, "4101")] = "4100"
    draft = invoiced(us, "100.00", given_by.service(1, "100.00", accountNumber="4101"))
    assert lines(draft)[0]["account_id"] == "4100"


# -- whatever the amounts are ----------------------------------------------------------------

CENTS = st.integers(min_value=-100_000, max_value=1_000_000)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    amounts=st.lists(CENTS.filter(bool), min_size=1, max_size=6),
    quantities=st.lists(st.integers(min_value=1, max_value=900), min_size=6, max_size=6),
    tax=st.integers(min_value=0, max_value=50_000),
)
def test_the_books_come_to_the_sources_total_to_the_cent(
    us: Desk, amounts: list[int], quantities: list[int], tax: int
) -> None:
    if sum(amounts) + tax < 0:
        amounts = [abs(amount) for amount in amounts]
    rows = [
        given_by.product(
            place, str(quantity), "1.00", "HOUR", total=-Decimal(amount) / 100, taxableFlag=True
        )
        for place, (amount, quantity) in enumerate(zip(amounts, quantities, strict=False), start=1)
    ]
    rows.append(given_by.sales_tax(99, str(Decimal(tax) / 100), None))
    total = str(Decimal(sum(amounts) + tax) / 100)
    draft = invoiced(us, total, *rows)
    assert us.tried(draft).total == draft.total == sum(amounts) + tax
