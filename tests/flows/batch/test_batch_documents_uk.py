"""What each kind of document becomes in UK books, tried against the books' own rules."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clary.companies.sandbox.values import set_values
from clary.flows.batch.drafts import Draft
from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.reading import Waiting
from clary.flows.batch.settings import BatchSettings, TaxPolicy
from clary.kernel.change import Body
from tests.flows.batch import exports as given_by
from tests.flows.batch.shelves import Desk, desk, make_uk

POUNDS = {"currencyCode": "GBP"}


def service(row: int, amount: str, **more: object) -> given_by.Json:
    made = given_by.service(row, amount, accountNumber="4000", taxableFlag=True)
    return {**made, "taxCodeXref": "T1", **more}


def vat(row: int, amount: str, xref: str = "T1") -> given_by.Json:
    return given_by.sales_tax(row, amount, None, xref)


def invoiced(desk: Desk, total: str, *rows: given_by.Json, **more: object) -> Draft:
    entry = given_by.invoice("1001", total, *rows, **{"currency": POUNDS, **more})
    return desk.draft(given_by.parsed(transactions=[entry]))


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


# -- invoices and credit notes ---------------------------------------------------------------


@pytest.mark.parametrize("xref", ["T1", "1"])
def test_an_invoice_is_a_batch_entry_with_tax_per_line(uk: Desk, xref: str) -> None:
    draft = invoiced(
        uk,
        "150.01",
        service(1, "33.34", taxCodeXref=xref),
        service(2, "91.67", taxCodeXref=xref),
        vat(3, "25.00", xref),
    )
    assert draft.record_type == "sales_invoice"
    assert body(draft) | {"lines": []} == {
        "customer_id": "ACME",
        "date": "2026-02-10",
        "number": "1001",
        "form": "ledger",
        "due_date": "2026-03-12",
        "total": "150.01",
        "lines": [],
    }
    assert [(line["tax_code_id"], line["tax_amount"]) for line in lines(draft)] == [
        ("T1", "6.67"),
        ("T1", "18.33"),
    ]
    assert uk.tried(draft).total == 15001


def test_the_stated_tax_is_shared_among_the_lines_to_the_penny(uk: Desk) -> None:
    rows = [service(row, "33.33") for row in (1, 2, 3)]
    draft = invoiced(uk, "120.00", *rows, vat(4, "20.01"))
    assert [line["tax_amount"] for line in lines(draft)] == ["6.67", "6.67", "6.67"]
    short = invoiced(uk, "119.98", *rows, vat(4, "19.99"))
    assert [line["tax_amount"] for line in lines(short)] == ["6.66", "6.66", "6.67"]
    assert "tax_override" not in body(short)
    assert uk.tried(short).total == 11998


def test_lines_of_several_codes_keep_theirs_and_untaxed_ones_are_told_apart(uk: Desk) -> None:
    draft = invoiced(
        uk,
        "325.00",
        service(1, "100.00"),
        service(2, "100.00", taxCodeXref="T5"),
        service(3, "100.00", taxableFlag=False),
        vat(4, "20.00"),
        vat(5, "5.00", "T5"),
    )
    assert [line["tax_code_id"] for line in lines(draft)] == ["T1", "T5", "T0"]
    assert uk.tried(draft).tax == 2500


def test_tax_far_from_its_rate_is_kept_and_told(uk: Desk) -> None:
    draft = invoiced(uk, "110.00", service(1, "100.00"), vat(2, "10.00"))
    assert codes(draft) == ["BATCH_TAX_KEPT"]
    assert body(draft)["tax_override"] is True
    assert uk.tried(draft).total == 11000


def test_tax_under_a_code_that_no_line_has_is_refused(uk: Desk) -> None:
    draft = invoiced(uk, "125.00", service(1, "100.00"), vat(2, "20.00"), vat(3, "5.00", "T5"))
    assert codes(draft) == ["BATCH_TAX_LINES_MISSING"]


def test_an_unknown_tax_xref_is_told(uk: Desk) -> None:
    draft = invoiced(uk, "120.00", service(1, "100.00", taxCodeXref="VAT"), vat(2, "20.00", "VAT"))
    assert "BATCH_TAX_CODE_UNKNOWN" in codes(draft)


def test_a_credit_note_is_natural(uk: Desk) -> None:
    entry = given_by.credit(
        "2001", "120.00", service(1, "100.00"), vat(2, "20.00"), currency=POUNDS
    )
    draft = uk.draft(given_by.parsed(transactions=[entry]))
    assert (draft.record_type, body(draft)["total"]) == ("credit_memo", "120.00")
    assert uk.tried(draft).total == 12000


def test_a_company_that_computes_tax_gets_an_adjusting_line(uk: Desk) -> None:
    uk.computes_tax = frozenset({"sales_invoice"})
    uk.settings = BatchSettings(tax_policy=TaxPolicy.ADJUST, rounding_account="4000")
    draft = invoiced(uk, "119.99", service(1, "100.00"), vat(2, "19.99"))
    assert codes(draft) == ["BATCH_TAX_ADJUSTED"]
    assert "tax_amount" not in lines(draft)[0]
    assert lines(draft)[1]["amount"] == "-0.01"
    assert draft.total == 11999


# -- departments -----------------------------------------------------------------------------


def test_a_class_is_a_department_and_an_unknown_one_is_told(uk: Desk) -> None:
    known = invoiced(uk, "100.00", service(1, "100.00", glClass="003", taxableFlag=False))
    assert lines(known)[0]["department_id"] == "3"
    segment = invoiced(
        uk, "100.00", service(1, "100.00", accountNumber="4000-3", taxableFlag=False)
    )
    assert lines(segment)[0]["department_id"] == "3"
    unknown = invoiced(uk, "100.00", service(1, "100.00", glClass="West", taxableFlag=False))
    assert codes(unknown) == ["BATCH_DEPARTMENT_UNKNOWN"]
    assert "department_id" not in lines(unknown)[0]
    uk.tried(known)


def test_a_location_is_a_department_only_by_a_stored_mapping(uk: Desk) -> None:
    entry = given_by.invoice(
        "1001", "100.00", service(1, "100.00", taxableFlag=False), currency=POUNDS
    )
    export = given_by.parsed(transactions=[entry])
    waiting = Waiting(invoices={"1001": "Oakham"}, is_known=True)
    assert "department_id" not in lines(uk.draft(export, waiting))[0]
    uk.overrides[(MappingKind.DEPARTMENT, "Oakham")] = "3"
    assert lines(uk.draft(export, waiting))[0]["department_id"] == "3"


# -- currencies ------------------------------------------------------------------------------


def test_a_foreign_document_states_its_currency(uk: Desk) -> None:
    uk.overrides[(MappingKind.CUSTOMER, "ACME")] = "EUROPE"
    row = service(1, "100.00", taxableFlag=False)
    draft = invoiced(uk, "100.00", row, currency={"currencyCode": "EUR"})
    assert body(draft)["currency"] == "EUR"
    uk.tried(draft)


def test_without_foreign_trader_a_foreign_document_is_refused(tmp_path: Path) -> None:
    path = make_uk(tmp_path / "plain.clary")
    set_values(path, foreign_trader="0")
    with desk(path) as plain:
        row = service(1, "100.00", taxableFlag=False)
        draft = invoiced(plain, "100.00", row, currency={"currencyCode": "EUR"})
        assert codes(draft) == ["BATCH_FOREIGN_TRADER_NEEDED"]


# -- account references ----------------------------------------------------------------------


def test_an_account_number_that_is_no_reference_is_proposed_confirmed_remembered(uk: Desk) -> None:
    row = service(1, "100.00", taxableFlag=False)
    odd = {
        "companyAccountNumber": "Acme & Sons-01",
        "company": {"id": 1, "name": "Acme & Sons Ltd"},
    }
    first = invoiced(uk, "100.00", row, **odd)
    assert codes(first) == ["BATCH_REFERENCE_UNCONFIRMED"]
    assert "ACMESONS" in first.findings[0].remedy
    uk.overrides[(MappingKind.CUSTOMER, "Acme & Sons-01")] = "ACMESONS"
    confirmed = invoiced(uk, "100.00", row, **odd)
    assert [need.id for need in confirmed.needs] == ["ACMESONS"]
    assert body(confirmed)["customer_id"] == "ACMESONS"


def test_an_account_number_that_is_a_reference_needs_no_confirmation(uk: Desk) -> None:
    draft = invoiced(
        uk, "100.00", service(1, "100.00", taxableFlag=False), companyAccountNumber="acme"
    )
    assert body(draft)["customer_id"] == "ACME"


# -- purchases and the rest ------------------------------------------------------------------


def bought(uk: Desk, **more: object) -> Draft:
    goods = given_by.received(1, "10", "5.00", accountNumber="5000", taxCodeXref="T1", taxable=True)
    entry = given_by.purchase(
        "77",
        "60.00",
        goods,
        purchaseDetailTax=[{**given_by.purchase_tax(3, "10.00"), "taxCode": {"name": "T1"}}],
        currency=POUNDS,
        **more,
    )
    return uk.draft(given_by.parsed(purchaseTransactions=[entry]))


def test_a_bill_is_a_purchase_invoice_without_products(uk: Desk) -> None:
    draft = bought(uk, vendorInvoiceNumber="V-9", vendorInvoiceDate="2026-02-20T00:00:00Z")
    assert (draft.record_type, body(draft)["number"]) == ("purchase", "V-9")
    assert list(lines(draft)) == [
        {
            "account_id": "5000",
            "amount": "50.00",
            "description": "A widget",
            "tax_code_id": "T1",
            "tax_amount": "10.00",
        }
    ]
    assert uk.tried(draft).total == 6000


@pytest.mark.parametrize(("taxed", "tax", "code"), [(False, "10.00", "T0"), (True, "12.00", "T1")])
def test_carriage_is_a_line_that_is_taxed_only_where_connectwise_says_so(
    uk: Desk,
    taxed: bool,  # noqa: FBT001 - both ways a site may be
    tax: str,
    code: str,
) -> None:
    goods = given_by.received(1, "10", "5.00", accountNumber="5000", taxCodeXref="T1", taxable=True)
    entry = given_by.purchase(
        "77",
        str(Decimal("60.00") + Decimal(tax)),
        goods,
        {**given_by.purchase_freight(2, "10.00"), "accountNumber": "5000"},
        purchaseDetailTax=[{**given_by.purchase_tax(3, tax), "taxCode": {"name": "T1"}}],
        purchaseHeaderFreightTaxableFlag=taxed,
        vendorInvoiceNumber="V-9",
        currency=POUNDS,
    )
    draft = uk.draft(given_by.parsed(purchaseTransactions=[entry]))
    assert not draft.findings
    assert lines(draft)[1]["tax_code_id"] == code
    uk.tried(draft)


def test_goods_without_the_vendors_invoice_wait_in_connectwise(uk: Desk) -> None:
    assert codes(bought(uk)) == ["BATCH_RECEIPT_UNSUPPORTED"]


def test_expenses_are_untaxed_purchase_invoices_or_journals(uk: Desk) -> None:
    line = given_by.bill_line([31, 32], "30.00", "7400")
    entry = given_by.expense_bill(31, "30.00", line, currency=POUNDS)
    draft = uk.draft(given_by.parsed(expenseBills=[entry]))
    assert lines(draft)[0]["tax_code_id"] == "T0"
    assert uk.tried(draft).total == 3000
    row = given_by.expense(31, "10.00", 51, accountNumber="7400", currency=POUNDS)
    row["offset"]["accountNumber"] = "2109"
    journal = uk.draft(given_by.parsed(expenses=[row]))
    assert journal.record_type == "journal_entry"
    uk.tried(journal)


def test_adjustments_move_stock_and_no_nominals(uk: Desk) -> None:
    entry = given_by.adjustment("12345-adjustment", given_by.adjusted(3, "4.00"))
    draft = uk.draft(given_by.parsed(adjustmentTransactions=[entry]))
    assert lines(draft)[0] == {"item_id": "WIDGET", "quantity": "3", "unit_cost": "4"}
    assert len(str(body(draft)["number"])) <= 8
    uk.tried(draft)


# -- whatever the amounts are ----------------------------------------------------------------

PENNIES = st.integers(min_value=1, max_value=1_000_000)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(amounts=st.lists(PENNIES, min_size=1, max_size=8), drift=st.integers(-30, 30))
def test_the_books_come_to_the_sources_total_to_the_penny(
    uk: Desk, amounts: list[int], drift: int
) -> None:
    tax = max(sum(amounts) // 5 + drift, 0)
    tax = min(tax, sum(amounts))
    rows = [service(row, str(Decimal(each) / 100)) for row, each in enumerate(amounts, start=1)]
    total = str(Decimal(sum(amounts) + tax) / 100)
    draft = invoiced(uk, total, *rows, vat(99, str(Decimal(tax) / 100)))
    assert sum(round(Decimal(line["tax_amount"]) * 100) for line in lines(draft)) == tax
    assert uk.tried(draft).total == draft.total == sum(amounts) + tax
