"""Payments, bill payments, journal entries and direct costs: what they become, and every rule."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clary.flows.push.lookups import AccountSeen, SettleableSeen
from tests.flows.push.documents import (
    UK_BILL_PAYMENT,
    UK_DIRECT_COST,
    UK_DOCUMENTS,
    UK_JOURNAL_ENTRY,
    UK_PAYMENT,
    US_DIRECT_COST,
    US_JOURNAL_ENTRY,
    US_PAYMENT,
)
from tests.flows.push.shelf import (
    body_of,
    changed,
    take,
    told,
    uk_shelf,
    us_shelf,
    warned,
    without,
)

UK = uk_shelf()
US = us_shelf()
OPEN = replace(
    UK,
    settled={
        ("sales_invoice", 11): SettleableSeen("ACME", Decimal(70)),
        ("sales_invoice", 12): SettleableSeen("ACME", Decimal(30)),
        ("credit_memo", 5): SettleableSeen("ACME", Decimal(25)),
        ("receipt", 6): SettleableSeen("ACME", Decimal(15)),
        ("credit_memo", 7): SettleableSeen("EURO", Decimal(15)),
    },
)
MONEY = ("payments", "billPayments")


def lines(*links: tuple[str, str, float]) -> list[dict[str, Any]]:
    """Return the one line that these links (type, id, amount) make."""
    made = [{"type": kind, "id": key, "amount": amount} for kind, key, amount in links]
    return [{"amount": -sum(amount for _, _, amount in links), "links": made}]


def paying(total: float, *links: tuple[str, str, float]) -> dict[str, Any]:
    return {**UK_PAYMENT, "totalAmount": total, "lines": lines(*links)}


def test_lines_of_a_payment_become_one_receipt() -> None:
    assert body_of(take("payments", UK_PAYMENT, UK)) == {
        "customer_id": "ACME",
        "cash_account_id": "1200",
        "reference": "BACS 1",
        "details": "For two invoices",
        "date": "2026-03-01",
        "amount": "100.00",
        "applications": [
            {"transaction_number": 11, "amount": "70.00"},
            {"transaction_number": 12, "amount": "20.00"},
        ],
    }


def test_links_of_one_invoice_in_several_lines_are_merged() -> None:
    line = lines(("Invoice", "11", -5.0))
    body = body_of(take("payments", {**paying(10), "lines": [*line, *line]}, UK))
    assert body["applications"] == [{"transaction_number": 11, "amount": "10.00"}]


def test_a_bill_payment_is_made() -> None:
    body = body_of(take("billPayments", UK_BILL_PAYMENT, UK))
    assert (body["vendor_id"], body["memo"], body["amount"]) == ("SUPPLY", "For a bill", "60.00")
    assert body["applications"] == [{"transaction_number": 21, "amount": "60.00"}]


@pytest.mark.parametrize("path", MONEY)
@pytest.mark.parametrize(
    "steps",
    [
        "accountRef",
        "totalAmount",
        "date",
        "lines",
        "lines.0.amount",
        "lines.0.links",
        "lines.0.links.0.amount",
        "lines.0.links.0.id",
        "lines.0.links.0.type",
    ],
)
def test_what_a_payment_must_state(path: str, steps: str) -> None:
    found = take(path, without(UK_DOCUMENTS[path], *steps.split(".")), UK)
    assert ("PUSH_PROPERTY_REQUIRED", steps) in told(found)


def test_a_payment_names_its_party() -> None:
    for path, name in (("payments", "customerRef"), ("billPayments", "supplierRef")):
        found = take(path, without(UK_DOCUMENTS[path], name), UK)
        assert ("PUSH_PROPERTY_REQUIRED", name) in told(found)
        found = take(path, changed(UK_DOCUMENTS[path], "NOBODY", name, "id"), UK)
        assert ("UNKNOWN_REFERENCE", f"{name}.id") in told(found)


@pytest.mark.parametrize("path", MONEY)
def test_the_account_of_a_payment_is_an_existing_bank_account(path: str) -> None:
    good = UK_DOCUMENTS[path]
    for key, code in (("4000", "BANK_EXPECTED"), ("9999", "UNKNOWN_REFERENCE")):
        found = take(path, changed(good, key, "accountRef", "id"), UK)
        assert told(found) == {(code, "accountRef.id")}


@pytest.mark.parametrize("path", MONEY)
def test_sums_of_a_payment(path: str) -> None:
    good = UK_DOCUMENTS[path]
    found = take(path, changed(good, 1.0, "totalAmount"), UK)
    assert told(found) == {("PUSH_AMOUNTS_DIFFER", "totalAmount")}
    found = take(path, changed(good, 1.0, "lines", "0", "amount"), UK)
    assert told(found) == {
        ("PUSH_AMOUNTS_DIFFER", "totalAmount"),
        ("PUSH_AMOUNTS_DIFFER", "lines.0.amount"),
    }


@pytest.mark.parametrize(
    ("links", "total", "place"),
    [
        ((("Invoice", "11", 5.0),), -5, "lines.0.links.0.amount"),
        ((("PaymentOnAccount", "ACME", 5.0),), -5, "lines.0.links.0.amount"),
        ((("Invoice", "11", -5.0), ("CreditNote", "12", -5.0)), 10, "lines.0.links.1.amount"),
        ((("Invoice", "11", -5.0), ("Payment", "12", 0.0)), 5, "lines.0.links.1.amount"),
    ],
)
def test_signs_of_links(
    links: tuple[tuple[str, str, float], ...], total: float, place: str
) -> None:
    assert told(take("payments", paying(total, *links), UK)) == {("PUSH_LINK_SIGN", place)}


def test_a_bill_is_paid_off_with_a_negative_amount() -> None:
    stated = {**UK_BILL_PAYMENT, "totalAmount": -5, "lines": lines(("Bill", "11", 5.0))}
    place = "lines.0.links.0.amount"
    assert told(take("billPayments", stated, UK)) == {("PUSH_LINK_SIGN", place)}


@pytest.mark.parametrize("kind", ["Invoice", "Refund", "CreditNote"])
def test_a_bill_payment_is_linked_to_bills_only(kind: str) -> None:
    stated = {**UK_BILL_PAYMENT, "lines": lines((kind, "11", -60.0))}
    assert ("PUSH_CHOICE_UNKNOWN", "lines.0.links.0.type") in told(take("billPayments", stated, UK))


def test_a_refund_is_no_link_that_is_written() -> None:
    found = take("payments", paying(5, ("Refund", "11", -5.0)), UK)
    assert ("PUSH_CHOICE_UNKNOWN", "lines.0.links.0.type") in told(found)


@pytest.mark.parametrize(
    "link",
    [
        ("Invoice", "INV-1", -5.0),
        ("Invoice", "1234567890123456", -5.0),
        ("PaymentOnAccount", "OTHER", -5.0),
    ],
)
def test_links_name_what_they_link(link: tuple[str, str, float]) -> None:
    place = "lines.0.links.0.id"
    assert told(take("payments", paying(5, link), UK)) == {("PUSH_LINK_UNKNOWN", place)}


def test_credits_become_allocations_and_money_pays_the_rest() -> None:
    stated = paying(
        60,
        ("Invoice", "11", -70.0),
        ("Invoice", "12", -30.0),
        ("CreditNote", "5", 25.0),
        ("Payment", "6", 15.0),
    )
    found = take("payments", stated, OPEN)
    assert [one.record_type for one in found.records] == ["receipt", "allocation", "allocation"]
    assert body_of(found)["applications"] == [
        {"transaction_number": 11, "amount": "30.00"},
        {"transaction_number": 12, "amount": "30.00"},
    ]
    assert found.records[1].body == {
        "date": "2026-03-01",
        "party_type": "customer",
        "party_id": "ACME",
        "credit": 5,
        "invoice": 11,
        "amount": "25.00",
    }
    assert (found.records[2].body["credit"], found.records[2].body["amount"]) == (6, "15.00")


def test_a_payment_without_money_allocates_only() -> None:
    links = (("Invoice", "11", -5.0), ("Invoice", "12", -5.0), ("CreditNote", "5", 10.0))
    found = take("payments", paying(0, *links), OPEN)
    assert [one.record_type for one in found.records] == ["allocation", "allocation"]
    assert [one.body["invoice"] for one in found.records] == [11, 12]
    # The books have no place for them in an allocation.
    ignored = {("PUSH_PROPERTY_IGNORED", name) for name in ("reference", "note")}
    assert warned(found) == ignored


@pytest.mark.parametrize(
    ("kind", "key", "amount", "told_of"),
    [
        ("CreditNote", "5", 26.0, ("APPLIED_TOO_MUCH", "lines.0.links.1.amount")),
        ("CreditNote", "6", 1.0, ("DOCUMENT_NOT_OPEN", "lines.0.links.1.id")),
        ("CreditNote", "7", 1.0, ("DOCUMENT_NOT_OPEN", "lines.0.links.1.id")),
        ("Payment", "5", 1.0, ("DOCUMENT_NOT_OPEN", "lines.0.links.1.id")),
        ("CreditNote", "99", 1.0, ("DOCUMENT_NOT_OPEN", "lines.0.links.1.id")),
    ],
)
def test_a_credit_is_the_partys_and_has_enough_left(
    kind: str, key: str, amount: float, told_of: tuple[str, str]
) -> None:
    stated = paying(10, ("Invoice", "11", -10 - amount), (kind, key, amount))
    assert told(take("payments", stated, OPEN)) == {told_of}
    # While it is accepted, what is open is not known yet.
    assert told(take("payments", stated, replace(OPEN, has_records=False))) == set()


def test_a_debt_that_a_credit_settles_is_open() -> None:
    stated = paying(10, ("Invoice", "11", -80.0), ("Invoice", "13", -1.0), ("CreditNote", "5", 71))
    assert told(take("payments", stated, OPEN)) == {
        ("APPLIED_TOO_MUCH", "lines.0.links.0.amount"),
        ("APPLIED_TOO_MUCH", "lines.0.links.2.amount"),
        ("DOCUMENT_NOT_OPEN", "lines.0.links.1.id"),
    }
    # Without a credit the money says so itself as it is posted.
    assert told(take("payments", paying(80, ("Invoice", "11", -80.0)), OPEN)) == set()


def test_a_payment_does_something() -> None:
    too_much = paying(-5, ("Invoice", "11", -5.0), ("CreditNote", "5", 10.0))
    assert told(take("payments", too_much, replace(UK, has_records=False))) == {
        ("PUSH_CREDIT_TOO_SMALL", "lines")
    }
    nothing = {
        **UK_PAYMENT,
        "totalAmount": 0,
        "lines": [{"amount": 0, "links": [{"type": "Invoice", "id": "11", "amount": -0.0}]}],
    }
    assert ("PUSH_LINK_SIGN", "lines.0.links.0.amount") in told(take("payments", nothing, UK))


def test_money_on_account_alone_is_a_receipt() -> None:
    body = body_of(take("payments", paying(5, ("PaymentOnAccount", "acme", -5.0)), UK))
    assert body["amount"] == "5.00"
    assert "applications" not in body


def test_a_payment_in_another_currency_than_its_partys_is_refused() -> None:
    found = take("payments", {**UK_PAYMENT, "currency": "EUR"}, UK)
    assert told(found) == {("CURRENCY_DIFFERS", "currency")}
    off = replace(UK, foreign_trader=False)
    euro = changed(UK_BILL_PAYMENT, "EUROSUP", "supplierRef", "id")
    assert told(take("billPayments", euro, off)) == {("FOREIGN_TRADER_OFF", "currency")}


def test_decimals_of_a_payment() -> None:
    found = take("payments", paying(5.005, ("Invoice", "11", -5.005)), UK)
    assert told(found) == {
        ("DECIMALS_TOO_MANY", "totalAmount"),
        ("DECIMALS_TOO_MANY", "lines.0.links.0.amount"),
    }


def test_a_us_payment_needs_its_reference_and_has_no_note() -> None:
    found = take("payments", {**US_PAYMENT, "note": "x", "paymentMethodRef": {"id": "Check"}}, US)
    body = body_of(found)
    assert (body["reference"], body["payment_method"]) == ("CHECK 1", "Check")
    assert warned(found) == {("PUSH_PROPERTY_IGNORED", "note")}
    missing = take("payments", without(US_PAYMENT, "reference"), US)
    assert told(missing) == {("PUSH_PROPERTY_REQUIRED", "reference")}


# --- journal entries ---------------------------------------------------------------


def test_a_journal_entry_is_made() -> None:
    assert body_of(take("journalEntries", UK_JOURNAL_ENTRY, UK)) == {
        "date": "2026-03-01",
        "lines": [
            {
                "account_id": "7500",
                "description": "To printing",
                "amount": "12.50",
                "department_id": "7",
            },
            {"account_id": "5000", "description": "From purchases", "amount": "-12.50"},
        ],
    }


def test_the_day_of_a_journal_entry() -> None:
    posted = {**UK_JOURNAL_ENTRY, "postedOn": "2026-02-28T00:00:00"}
    assert body_of(take("journalEntries", posted, UK))["date"] == "2026-02-28"
    none = without(UK_JOURNAL_ENTRY, "createdOn")
    assert body_of(take("journalEntries", none, UK))["date"] == "2026-03-02"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("updatedOn", "2026-03-01T00:00:00"),
        ("modifiedDate", "2026-03-01T00:00:00Z"),
        ("sourceModifiedDate", "2026-03-01T00:00:00Z"),
        ("description", "Correction"),
        ("recordRef", {"id": "1", "dataType": "bills"}),
        ("journalRef", {"id": "general"}),
    ],
)
def test_what_sage_does_not_keep_of_a_journal_entry_is_a_warning(name: str, value: object) -> None:
    found = take("journalEntries", {**UK_JOURNAL_ENTRY, name: value}, UK)
    assert warned(found) == {("PUSH_PROPERTY_IGNORED", name)}
    assert not found.is_refused


@pytest.mark.parametrize(
    ("name", "value", "finding"),
    [
        ("netAmount", None, ("PUSH_PROPERTY_REQUIRED", "netAmount")),
        ("currency", "EUR", ("PUSH_CURRENCY_NOT_BASE", "currency")),
        ("accountRef", {"id": "1210"}, ("BANK_NOT_BASE_CURRENCY", "accountRef.id")),
        ("accountRef", {"id": "9999"}, ("UNKNOWN_REFERENCE", "accountRef.id")),
        ("accountRef", None, ("PUSH_PROPERTY_REQUIRED", "accountRef")),
        ("description", "x" * 61, ("TEXT_TOO_LONG", "description")),
    ],
)
def test_rules_of_a_journal_line(name: str, value: object, finding: tuple[str, str]) -> None:
    stated = changed(UK_JOURNAL_ENTRY, value, "journalLines", "0", name)
    found = told(take("journalEntries", stated, UK)) - {("JOURNAL_UNBALANCED", "journalLines")}
    assert found == {(finding[0], f"journalLines.0.{finding[1]}")}


def test_a_journal_line_is_not_zero_and_the_lines_add_up_to_zero() -> None:
    zero = changed(UK_JOURNAL_ENTRY, 0.0, "journalLines", "0", "netAmount")
    assert told(take("journalEntries", zero, UK)) == {
        ("PUSH_AMOUNT_ZERO", "journalLines.0.netAmount"),
        ("JOURNAL_UNBALANCED", "journalLines"),
    }
    none = take("journalEntries", {"journalLines": []}, UK)
    assert told(none) == {("PUSH_PROPERTY_REQUIRED", "journalLines")}


def test_projects_of_a_journal_are_kept_in_us_books_only() -> None:
    body = body_of(take("journalEntries", US_JOURNAL_ENTRY, US))
    assert body["lines"][0]["job_id"] == "JOB-1"
    refs = [{"id": "project_PROJ1"}]
    stated = changed(UK_JOURNAL_ENTRY, refs, "journalLines", "0", "tracking", "recordRefs")
    place = "journalLines.0.tracking.recordRefs"
    assert warned(take("journalEntries", stated, UK)) == {("PUSH_TRACKING_LOST", place)}


# --- direct costs ------------------------------------------------------------------


def test_a_uk_direct_cost_is_a_bank_payment() -> None:
    found = take("directCosts", UK_DIRECT_COST, UK)
    assert found.records[0].record_type == "bank_payment"
    assert body_of(found) == {
        "number": "CARD 1",
        "details": "Ink",
        "date": "2026-03-01",
        "bank_id": "1200",
        "total": "36.00",
        "tax_override": True,
        "lines": [
            {
                "account_id": "7500",
                "description": "Ink",
                "amount": "30.00",
                "tax_amount": "6.00",
                "tax_code_id": "T1",
                "department_id": "7",
            }
        ],
    }


def test_a_us_direct_cost_is_a_payment_of_expenses() -> None:
    found = take("directCosts", US_DIRECT_COST, US)
    assert found.records[0].record_type == "payment"
    assert body_of(found) == {
        "reference": "1001",
        "memo": "Ink",
        "date": "2026-03-01",
        "cash_account_id": "10200",
        "amount": "30.00",
        "lines": [
            {
                "account_id": "60000",
                "description": "Ink",
                "amount": "30.00",
                "job_id": "JOB-1",
            }
        ],
    }
    taxed = changed(changed(US_DIRECT_COST, 1, "lineItems", "0", "taxAmount"), 1, "taxAmount")
    found = take("directCosts", changed(taxed, 31, "totalAmount"), US)
    assert told(found) == {("PUSH_TAX_UNSUPPORTED", "lineItems.0.taxAmount")}


@pytest.mark.parametrize(
    "steps",
    [
        "issueDate",
        "currency",
        "currencyRate",
        "accountRef",
        "subTotal",
        "taxAmount",
        "totalAmount",
        "lineItems",
        "lineItems.0.accountRef",
        "lineItems.0.unitAmount",
        "lineItems.0.quantity",
        "lineItems.0.subTotal",
        "lineItems.0.taxCode",
        "lineItems.0.trackingCategoryRefs",
    ],
)
def test_what_a_direct_cost_must_state(steps: str) -> None:
    found = take("directCosts", without(UK_DIRECT_COST, *steps.split(".")), UK)
    assert ("PUSH_PROPERTY_REQUIRED", steps) in told(found)


def test_the_account_of_a_direct_cost_is_a_bank_account_in_its_currency() -> None:
    for key, code in (("4000", "BANK_EXPECTED"), ("9999", "UNKNOWN_REFERENCE")):
        found = take("directCosts", changed(UK_DIRECT_COST, key, "accountRef", "id"), UK)
        assert told(found) == {(code, "accountRef.id")}
    found = take("directCosts", {**UK_DIRECT_COST, "currency": "EUR"}, UK)
    assert told(found) == {("CURRENCY_DIFFERS", "currency")}
    euro = {**UK_DIRECT_COST, "accountRef": {"id": "1210"}, "currency": "EUR"}
    assert told(take("directCosts", euro, UK)) == {("BANK_NOT_BASE_CURRENCY", "accountRef.id")}
    found = take("directCosts", {**UK_DIRECT_COST, "currencyRate": 1.5}, UK)
    assert told(found) == {("PUSH_RATE_INVALID", "currencyRate")}


@pytest.mark.parametrize("name", ["subTotal", "taxAmount", "totalAmount"])
def test_totals_of_a_direct_cost(name: str) -> None:
    found = take("directCosts", {**UK_DIRECT_COST, name: 1.0}, UK)
    assert told(found) == {("PUSH_AMOUNTS_DIFFER", name)}


@pytest.mark.parametrize(
    ("changes", "finding"),
    [
        ({"quantity": 2}, ("PUSH_QUANTITY_ONE", "quantity")),
        ({"unitAmount": 0}, ("PUSH_AMOUNT_ZERO", "unitAmount")),
        ({"totalAmount": 30}, ("PUSH_AMOUNTS_DIFFER", "totalAmount")),
        ({"taxCode": 77}, ("UNKNOWN_REFERENCE", "taxCode")),
        ({"taxCode": None, "taxRateRef": {"id": "77"}}, ("UNKNOWN_REFERENCE", "taxRateRef.id")),
        (
            {"trackingCategoryRefs": [{"id": "project_PROJ1"}, {"id": "costcode_LABOUR"}]},
            ("PUSH_DEPARTMENT_REQUIRED", "trackingCategoryRefs"),
        ),
        (
            {"trackingCategoryRefs": [{"id": "department_7"}, {"id": "project_PROJ1"}]},
            ("PUSH_COST_CODE_ALONE", "trackingCategoryRefs"),
        ),
    ],
)
def test_rules_of_a_line_of_a_direct_cost(
    changes: dict[str, Any], finding: tuple[str, str]
) -> None:
    line = {**UK_DIRECT_COST["lineItems"][0], **changes}
    found = take("directCosts", changed(UK_DIRECT_COST, [line], "lineItems"), UK)
    assert told(found) == {(finding[0], f"lineItems.0.{finding[1]}")}


def test_net_and_tax_of_a_line_are_not_both_zero() -> None:
    line = {**UK_DIRECT_COST["lineItems"][0], "subTotal": 0, "taxAmount": 0}
    zero = {**UK_DIRECT_COST, "lineItems": [line], "subTotal": 0, "taxAmount": 0, "totalAmount": 0}
    found = take("directCosts", zero, UK)
    assert told(found) == {("LINE_ZERO", "lineItems.0.subTotal")}


def test_tax_alone_is_a_line() -> None:
    line = {**UK_DIRECT_COST["lineItems"][0], "subTotal": 0}
    tax = {**UK_DIRECT_COST, "lineItems": [line], "subTotal": 0, "totalAmount": 6}
    found = take("directCosts", tax, UK)
    assert not told(found)
    assert warned(found) == {("PUSH_UNIT_AMOUNT_SET", "lineItems.0.unitAmount")}


@pytest.mark.parametrize("code", [1, 1.0])
def test_a_tax_code_is_the_number_in_whatever_way_it_is_written(code: float) -> None:
    stated = changed(UK_DIRECT_COST, code, "lineItems", "0", "taxCode")
    assert body_of(take("directCosts", stated, UK))["lines"][0]["tax_code_id"] == "T1"


def test_a_line_of_minus_one_is_a_credit() -> None:
    first = UK_DIRECT_COST["lineItems"][0]
    second = {**first, "quantity": -1, "unitAmount": 10, "subTotal": -10, "taxAmount": -2}
    stated = {
        **UK_DIRECT_COST,
        "lineItems": [first, second],
        "subTotal": 20,
        "taxAmount": 4,
        "totalAmount": 24,
    }
    found = take("directCosts", stated, UK)
    assert body_of(found)["lines"][1]["amount"] == "-10.00"
    assert not warned(found)


def test_one_tracking_category_may_stand_without_a_list_and_the_rate_in_its_reference() -> None:
    line = {
        **without(UK_DIRECT_COST["lineItems"][0], "taxCode"),
        "taxRateRef": {"id": "9"},
        "trackingCategoryRefs": {"id": "department_0"},
        "taxAmount": 0,
    }
    stated = {**UK_DIRECT_COST, "lineItems": [line], "taxAmount": 0, "totalAmount": 30}
    body = body_of(take("directCosts", stated, UK))
    assert body["lines"][0]["tax_code_id"] == "T9"
    assert "tax_override" not in body


def test_projects_of_a_uk_direct_cost_are_not_kept() -> None:
    refs = [{"id": f"{each}"} for each in ("department_7", "project_PROJ1", "costcode_LABOUR")]
    stated = changed(UK_DIRECT_COST, refs, "lineItems", "0", "trackingCategoryRefs")
    found = take("directCosts", stated, UK)
    assert {code for code, _ in warned(found)} == {"PUSH_TRACKING_LOST"}


def test_a_bank_without_a_currency_has_the_base_currency() -> None:
    books = replace(UK, accounts={**UK.accounts, "1230": AccountSeen("1230", "Cash", is_bank=True)})
    stated = changed(UK_DIRECT_COST, "1230", "accountRef", "id")
    assert not told(take("directCosts", stated, books))
