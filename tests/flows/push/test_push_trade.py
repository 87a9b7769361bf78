"""Invoices, credit notes, bills and bill credit notes: what they become, and every rule."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.flows.push.documents import (
    UK_BILL,
    UK_BILL_CREDIT_NOTE,
    UK_CREDIT_NOTE,
    UK_DOCUMENTS,
    UK_INVOICE,
    US_BILL,
    US_INVOICE,
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
TRADE = ("invoices", "creditNotes", "bills", "billCreditNotes")
LINE = "lineItems.0"


def line_of(body: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = body["lines"][0]
    return found


def test_a_uk_invoice_is_made_as_a_batch_entry() -> None:
    assert body_of(take("invoices", UK_INVOICE, UK)) == {
        "customer_id": "ACME",
        "number": "INV-1",
        "date": "2026-03-01",
        "due_date": "2026-03-31",
        "details": "Thank you",
        "form": "ledger",
        "total": "144.00",
        "lines": [
            {
                "description": "Work",
                "quantity": "2",
                "unit_price": "60",
                "amount": "120.00",
                "tax_amount": "24.00",
                "tax_code_id": "T1",
                "account_id": "4000",
                "department_id": "7",
                "job_id": "PROJ1",
            }
        ],
    }


def test_a_uk_bill_keeps_the_tax_that_it_states() -> None:
    found = take("bills", UK_BILL, UK)
    body = body_of(found)
    assert (body["tax_override"], body["total"], body["number"]) == (True, "60.00", "S-1")
    assert line_of(body)["amount"] == "50.00"
    # No record of the books has a cost code.
    assert warned(found) == {("PUSH_TRACKING_LOST", f"{LINE}.trackingCategoryRefs")}


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("invoices", "customerRef"),
        ("invoices", "invoiceNumber"),
        ("invoices", "issueDate"),
        ("invoices", "currency"),
        ("invoices", "lineItems"),
        ("invoices", "lineItems.0.accountRef"),
        ("invoices", "lineItems.0.taxRateRef"),
        ("creditNotes", "creditNoteNumber"),
        ("creditNotes", "customerRef"),
        ("creditNotes", "customerRef.id"),
        ("creditNotes", "lineItems"),
        ("creditNotes", "lineItems.0.accountRef.id"),
        ("creditNotes", "lineItems.0.taxRateRef.id"),
        ("bills", "issueDate"),
        ("bills", "dueDate"),
        ("bills", "currency"),
        ("bills", "supplierRef"),
        ("bills", "lineItems"),
        ("bills", "lineItems.0.description"),
        ("bills", "lineItems.0.taxAmount"),
        ("bills", "lineItems.0.totalAmount"),
        ("bills", "lineItems.0.accountRef"),
        ("bills", "lineItems.0.taxRateRef"),
        ("billCreditNotes", "supplierRef"),
        ("billCreditNotes", "issueDate"),
        ("billCreditNotes", "billCreditNoteNumber"),
        ("billCreditNotes", "currency"),
        ("billCreditNotes", "status"),
        ("billCreditNotes", "lineItems"),
        ("billCreditNotes", "lineItems.0.description"),
    ],
)
def test_what_a_uk_document_must_state(path: str, steps: str) -> None:
    found = take(path, without(UK_DOCUMENTS[path], *steps.split(".")), UK)
    assert ("PUSH_PROPERTY_REQUIRED", steps) in told(found)
    assert not found.records


@pytest.mark.parametrize("path", TRADE)
def test_an_empty_list_of_lines_is_none(path: str) -> None:
    found = take(path, changed(UK_DOCUMENTS[path], [], "lineItems"), UK)
    assert ("PUSH_PROPERTY_REQUIRED", "lineItems") in told(found)


@pytest.mark.parametrize(
    ("path", "ref", "kind"),
    [
        ("invoices", "customerRef", "customer"),
        ("creditNotes", "customerRef", "customer"),
        ("bills", "supplierRef", "supplier"),
        ("billCreditNotes", "supplierRef", "supplier"),
    ],
)
def test_the_party_exists_and_its_id_has_eight_characters(path: str, ref: str, kind: str) -> None:
    del kind
    good = UK_DOCUMENTS[path]
    place = f"{ref}.id"
    assert told(take(path, changed(good, "NOBODY", ref, "id"), UK)) == {
        ("UNKNOWN_REFERENCE", place)
    }
    # One finding for a property is enough: it is too long as well.
    assert told(take(path, changed(good, "NOBODY789", ref, "id"), UK)) == {
        ("UNKNOWN_REFERENCE", place)
    }


@pytest.mark.parametrize("path", TRADE)
def test_references_of_a_line_exist(path: str) -> None:
    good = UK_DOCUMENTS[path]
    for ref, value in (("accountRef", "4999"), ("taxRateRef", "77")):
        bad = changed(good, value, "lineItems", "0", ref, "id")
        assert told(take(path, bad, UK)) == {("UNKNOWN_REFERENCE", f"{LINE}.{ref}.id")}


def test_a_line_of_an_invoice_is_not_posted_to_a_bank_account() -> None:
    bad = changed(UK_INVOICE, "1200", "lineItems", "0", "accountRef", "id")
    assert told(take("invoices", bad, UK)) == {("NOMINAL_IS_BANK", f"{LINE}.accountRef.id")}
    fine = changed(UK_CREDIT_NOTE, "1200", "lineItems", "0", "accountRef", "id")
    assert not told(take("creditNotes", fine, UK))


@pytest.mark.parametrize(
    ("path", "ref", "foreign"),
    [
        ("invoices", "customerRef", "EURO"),
        ("bills", "supplierRef", "EUROSUP"),
        ("billCreditNotes", "supplierRef", "EUROSUP"),
    ],
)
def test_the_currency_is_that_of_the_party(path: str, ref: str, foreign: str) -> None:
    good = UK_DOCUMENTS[path]
    wrong = {("CURRENCY_DIFFERS", "currency")}
    assert told(take(path, changed(good, "EUR", "currency"), UK)) == wrong
    assert told(take(path, changed(good, foreign, ref, "id"), UK)) == wrong
    euros = changed(changed(good, foreign, ref, "id"), "eur", "currency")
    body = body_of(take(path, {**euros, "currencyRate": 0.8}, UK))
    assert (body["currency"], body["exchange_rate"]) == ("EUR", "1.25")


def test_a_currency_that_is_not_stated_is_that_of_the_party() -> None:
    body = body_of(take("creditNotes", changed(UK_CREDIT_NOTE, "EURO", "customerRef", "id"), UK))
    assert body["currency"] == "EUR"
    assert "exchange_rate" not in body


@pytest.mark.parametrize(
    ("rate", "customer", "is_right"),
    [
        (1, "ACME", True),
        (0, "ACME", True),
        (1.2, "ACME", False),
        (0, "EURO", False),
        (-1, "EURO", False),
        (1e-11, "EURO", False),
        (0.85, "EURO", True),
    ],
)
def test_a_currency_rate_is_base_units_for_a_foreign_one(
    rate: float, customer: str, *, is_right: bool
) -> None:
    stated = {**changed(UK_CREDIT_NOTE, customer, "customerRef", "id"), "currencyRate": rate}
    expected = set() if is_right else {("PUSH_RATE_INVALID", "currencyRate")}
    assert told(take("creditNotes", stated, UK)) == expected


def test_foreign_bills_are_accepted_while_foreign_trader_is_off_invoices_are_not() -> None:
    off = replace(UK, foreign_trader=False)
    bill = changed(changed(UK_BILL, "EUROSUP", "supplierRef", "id"), "EUR", "currency")
    found = take("bills", bill, off)
    assert ("FOREIGN_TRADER_OFF", "currency") in warned(found)
    assert body_of(found)["currency"] == "EUR"
    refused = take("bills", bill, off, refuse_foreign_bills=True)
    assert told(refused) == {("FOREIGN_TRADER_OFF", "currency")}
    invoice = changed(changed(UK_INVOICE, "EURO", "customerRef", "id"), "EUR", "currency")
    assert told(take("invoices", invoice, off)) == {("FOREIGN_TRADER_OFF", "currency")}


@pytest.mark.parametrize(
    ("path", "word"),
    [
        ("invoices", "Submitted"),
        ("creditNotes", "Submitted"),
        ("bills", "Open"),
        ("billCreditNotes", "Submitted"),
    ],
)
def test_a_document_has_one_status(path: str, word: str) -> None:
    good = UK_DOCUMENTS[path]
    assert not told(take(path, {**good, "status": word}, UK))
    assert told(take(path, {**good, "status": "Draft"}, UK)) == {("PUSH_CHOICE_UNKNOWN", "status")}


@pytest.mark.parametrize("path", ["invoices", "creditNotes", "bills"])
def test_the_status_may_be_left_out(path: str) -> None:
    stated = {name: each for name, each in UK_DOCUMENTS[path].items() if name != "status"}
    assert not told(take(path, stated, UK))


@pytest.mark.parametrize(
    ("path", "place", "length"),
    [
        *((path, "note", 60) for path in TRADE),
        ("bills", "reference", 30),
        ("bills", "lineItems.0.description", 60),
        ("billCreditNotes", "lineItems.0.description", 60),
        ("invoices", "invoiceNumber", 30),
    ],
)
def test_lengths_of_a_uk_document(path: str, place: str, length: int) -> None:
    good, steps = UK_DOCUMENTS[path], place.split(".")
    assert not told(take(path, changed(good, "x" * length, *steps), UK))
    bad = changed(good, "x" * (length + 1), *steps)
    assert told(take(path, bad, UK)) == {("TEXT_TOO_LONG", place)}


@pytest.mark.parametrize(
    ("stated", "amounts"),
    [
        ({"subTotal": 12.5}, {"amount": "12.50"}),
        ({"taxAmount": 2.5, "totalAmount": 15}, {"amount": "12.50", "tax_amount": "2.50"}),
        (
            {"unitAmount": 2.5, "quantity": 5},
            {"amount": "12.50", "unit_price": "2.5", "quantity": "5"},
        ),
        ({"unitAmount": 12.5}, {"amount": "12.50"}),
        (
            {"unitAmount": 2.5, "quantity": 6, "discountAmount": 2.5},
            {"amount": "12.50", "quantity": "6"},
        ),
        (
            {"unitAmount": 12.5, "quantity": 2, "discountPercentage": 50},
            {"amount": "12.50", "quantity": "2"},
        ),
        ({"unitAmount": 12.5, "quantity": -1}, {"amount": "-12.50"}),
        ({"subTotal": 12.5, "quantity": -1}, {"amount": "12.50"}),
        (
            # As a bill is read: the unit amount is the total with its tax.
            {"unitAmount": 15, "quantity": 1, "taxAmount": 2.5, "totalAmount": 15},
            {"amount": "12.50", "quantity": "1", "tax_amount": "2.50"},
        ),
        (
            {"unitAmount": 1.11111, "quantity": 3, "subTotal": 3.33},
            {"amount": "3.33", "unit_price": "1.11111", "quantity": "3"},
        ),
    ],
)
def test_a_line_says_its_net_in_several_ways(
    stated: dict[str, Any], amounts: dict[str, str]
) -> None:
    line = {"accountRef": {"id": "4000"}, "taxRateRef": {"id": "1"}, **stated}
    found = line_of(body_of(take("creditNotes", changed(UK_CREDIT_NOTE, [line], "lineItems"), UK)))
    assert {k: v for k, v in found.items() if k not in ("account_id", "tax_code_id")} == amounts


@pytest.mark.parametrize(
    ("stated", "finding"),
    [
        ({}, ("PUSH_LINE_AMOUNT_MISSING", LINE)),
        ({"totalAmount": 12}, ("PUSH_LINE_AMOUNT_MISSING", LINE)),
        ({"quantity": 12}, ("PUSH_LINE_AMOUNT_MISSING", LINE)),
        (
            {"subTotal": 10, "taxAmount": 2, "totalAmount": 13},
            ("PUSH_AMOUNTS_DIFFER", f"{LINE}.totalAmount"),
        ),
        (
            {"subTotal": 10, "unitAmount": 3, "quantity": 3},
            ("PUSH_AMOUNTS_DIFFER", f"{LINE}.unitAmount"),
        ),
        ({"subTotal": 99.995}, ("DECIMALS_TOO_MANY", f"{LINE}.subTotal")),
        ({"subTotal": 10, "taxAmount": 1.999}, ("DECIMALS_TOO_MANY", f"{LINE}.taxAmount")),
        ({"subTotal": 10**14}, ("NUMBER_TOO_LARGE", f"{LINE}.subTotal")),
        ({"unitAmount": 1.123456, "quantity": 100}, ("DECIMALS_TOO_MANY", f"{LINE}.unitAmount")),
    ],
)
def test_amounts_of_a_line_that_cannot_be(stated: dict[str, Any], finding: tuple[str, str]) -> None:
    line = {"accountRef": {"id": "4000"}, "taxRateRef": {"id": "1"}, **stated}
    found = take("creditNotes", changed(UK_CREDIT_NOTE, [line], "lineItems"), UK)
    assert told(found) == {finding}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("invoices", "subTotal"),
        ("invoices", "totalTaxAmount"),
        ("invoices", "totalAmount"),
        ("bills", "taxAmount"),
    ],
)
def test_totals_are_those_of_the_lines(path: str, name: str) -> None:
    found = take(path, {**UK_DOCUMENTS[path], name: 1.0}, UK)
    assert told(found) == {("PUSH_AMOUNTS_DIFFER", name)}
    assert not told(take(path, {**UK_DOCUMENTS[path], name: 0.0}, UK))


def test_a_total_is_left_to_the_books_where_lines_do_not_state_their_tax() -> None:
    stated = {**UK_CREDIT_NOTE, "totalAmount": 12.0}
    assert body_of(take("creditNotes", stated, UK))["total"] == "12.00"


@pytest.mark.parametrize(
    ("path", "refs", "expected"),
    [
        ("invoices", ["department_9"], {("UNKNOWN_REFERENCE", "0.id")}),
        ("invoices", ["project_NONE"], {("UNKNOWN_REFERENCE", "0.id")}),
        ("invoices", ["region_1"], {("PUSH_TRACKING_UNKNOWN", "0.id")}),
        ("invoices", ["department_7", "department_0"], {("PUSH_TRACKING_TWICE", "1.id")}),
        ("invoices", ["project_PROJ1"], set()),
        ("creditNotes", ["department_7", "project_PROJ1"], set()),
        ("bills", ["project_PROJ1"], {("PUSH_COST_CODE_ALONE", "")}),
        ("bills", ["costcode_LABOUR"], {("PUSH_COST_CODE_ALONE", "")}),
        ("bills", ["project_PROJ1", "costcode_NONE"], {("UNKNOWN_REFERENCE", "1.id")}),
        ("bills", ["project_PROJ1", "costcode_LABOUR"], set()),
        ("billCreditNotes", ["department_7"], set()),
        ("billCreditNotes", ["project_PROJ1"], {("PUSH_COST_CODE_ALONE", "")}),
    ],
)
def test_tracking_categories(path: str, refs: list[str], expected: set[tuple[str, str]]) -> None:
    line = {**UK_DOCUMENTS[path]["lineItems"][0], "trackingCategoryRefs": [{"id": r} for r in refs]}
    found = take(path, changed(UK_DOCUMENTS[path], [line], "lineItems"), UK)
    place = f"{LINE}.trackingCategoryRefs"
    assert told(found) == {(code, f"{place}.{at}" if at else place) for code, at in expected}


def test_a_tracking_category_without_an_id_is_a_finding_once() -> None:
    bad = changed(UK_INVOICE, [{"name": "x"}], "lineItems", "0", "trackingCategoryRefs")
    place = f"{LINE}.trackingCategoryRefs.0.id"
    assert told(take("invoices", bad, UK)) == {("PUSH_PROPERTY_REQUIRED", place)}


# --- kinds of values ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("issueDate", "2026-02-30"),
        ("issueDate", "yesterday"),
        ("issueDate", 20260301),
        ("issueDate", "2026-03-01T25:00:00"),
        ("invoiceNumber", 5),
        ("totalAmount", "144.00"),
        ("totalAmount", True),
        ("customerRef", "ACME"),
        ("lineItems", "none"),
        ("lineItems", ["none"]),
        ("lineItems.0.subTotal", "12.50"),
        ("lineItems.0.accountRef", ["4000"]),
    ],
)
def test_values_of_another_kind_are_refused_by_property(place: str, value: object) -> None:
    *before, last = place.split(".")
    stated = changed(UK_INVOICE, value, *before, last)
    assert ("PUSH_PROPERTY_KIND", place) in told(take("invoices", stated, UK))


@pytest.mark.parametrize(
    "written",
    [
        "2026-03-01",
        "2026-03-01T00:00:00",
        "2026-03-01T23:30:00Z",
        "2026-03-01T00:30:00.000+13:00",
        "2026-03-01T12:00",
    ],
)
def test_a_date_is_the_civil_day_as_it_was_written(written: str) -> None:
    assert body_of(take("invoices", {**UK_INVOICE, "issueDate": written}, UK))["date"] == (
        "2026-03-01"
    )


@pytest.mark.parametrize(
    ("value", "code"),
    [(1e300, "NUMBER_TOO_LARGE"), (1e-300, "DECIMALS_TOO_MANY"), (10**30, "NUMBER_TOO_LARGE")],
)
def test_numbers_out_of_all_bounds_cost_nothing(value: float, code: str) -> None:
    stated = changed(UK_CREDIT_NOTE, value, "lineItems", "0", "subTotal")
    assert (code, f"{LINE}.subTotal") in told(take("creditNotes", stated, UK))


def test_texts_and_lists_out_of_all_bounds_are_not_looked_up() -> None:
    long = changed(UK_CREDIT_NOTE, "x" * 5000, "customerRef", "id")
    assert told(take("creditNotes", long, UK)) == {("TEXT_TOO_LONG", "customerRef.id")}
    many = changed(UK_CREDIT_NOTE, UK_CREDIT_NOTE["lineItems"] * 1001, "lineItems")
    assert ("ENTRIES_TOO_MANY", "lineItems") in told(take("creditNotes", many, UK))


def test_a_hundred_findings_are_enough() -> None:
    bad = changed(UK_CREDIT_NOTE, [{"nonsense": 1}] * 200, "lineItems")
    found = take("creditNotes", bad, UK)
    assert len(found.findings) == 100
    assert {one.severity for one in found.findings} == {"error"}


def test_all_problems_are_told_at_once() -> None:
    bad = {
        **UK_BILL_CREDIT_NOTE,
        "note": "x" * 61,
        "currency": "EUR",
        "lineItems": [{"description": "x" * 61, "taxAmount": "2"}],
    }
    assert told(take("billCreditNotes", bad, UK)) == {
        ("TEXT_TOO_LONG", "note"),
        ("CURRENCY_DIFFERS", "currency"),
        ("TEXT_TOO_LONG", f"{LINE}.description"),
        ("PUSH_PROPERTY_KIND", f"{LINE}.taxAmount"),
        ("PUSH_PROPERTY_REQUIRED", f"{LINE}.totalAmount"),
        ("PUSH_PROPERTY_REQUIRED", f"{LINE}.accountRef"),
        ("PUSH_PROPERTY_REQUIRED", f"{LINE}.taxRateRef"),
        ("PUSH_LINE_AMOUNT_MISSING", LINE),
    }


# --- the US edition ----------------------------------------------------------------


def test_a_us_invoice_has_one_tax_rate() -> None:
    body = body_of(take("invoices", US_INVOICE, US))
    assert (body["tax_code_id"], body["note"]) == ("NV", "Thank you")
    assert [line["tax_type"] for line in body["lines"]] == [1, 2]
    assert line_of(body)["job_id"] == "JOB-1"
    lines = US_INVOICE["lineItems"]
    other = [*lines, {**lines[0], "taxRateRef": {"id": "CA"}}]
    found = take("invoices", changed(US_INVOICE, other, "lineItems"), US)
    assert told(found) == {("PUSH_TAX_RATES_DIFFER", "lineItems.2.taxRateRef.id")}
    same = [*lines, {**lines[0], "taxRateRef": {"id": "nv"}}]
    assert not told(take("invoices", changed(US_INVOICE, same, "lineItems"), US))
    unknown = changed(US_INVOICE, "XX", "lineItems", "0", "taxRateRef", "id")
    assert told(take("invoices", unknown, US)) == {("UNKNOWN_REFERENCE", f"{LINE}.taxRateRef.id")}


def test_us_tax_needs_a_rate() -> None:
    lines = [{"subTotal": 10, "taxAmount": 1, "accountRef": {"id": "40000"}}]
    found = take("invoices", changed(US_INVOICE, lines, "lineItems"), US)
    assert told(found) == {("PUSH_TAX_RATE_MISSING", f"{LINE}.taxRateRef")}


def test_a_us_line_names_an_account_or_an_item() -> None:
    item = [{"subTotal": 10, "itemRef": {"id": "NB-03"}}]
    body = body_of(take("invoices", changed(US_INVOICE, item, "lineItems"), US))
    assert line_of(body)["item_id"] == "NB-03"
    neither = changed(US_INVOICE, [{"subTotal": 10}], "lineItems")
    assert told(take("invoices", neither, US)) == {("ACCOUNT_REQUIRED", f"{LINE}.accountRef")}
    unknown = changed(US_INVOICE, [{"subTotal": 10, "itemRef": {"id": "NONE"}}], "lineItems")
    assert told(take("invoices", unknown, US)) == {("UNKNOWN_REFERENCE", f"{LINE}.itemRef.id")}


def test_us_documents_are_in_the_base_currency() -> None:
    assert not told(take("invoices", {**US_INVOICE, "currency": "usd"}, US))
    found = take("invoices", {**US_INVOICE, "currency": "EUR"}, US)
    assert told(found) == {("PUSH_CURRENCY_NOT_BASE", "currency")}


def test_us_bills_have_no_tax() -> None:
    body = body_of(take("bills", US_BILL, US))
    assert (body["vendor_id"], body["total"]) == ("SUPPLY", "50.00")
    assert "tax_override" not in body
    bad = changed(US_BILL, 5, "lineItems", "0", "taxAmount")
    found = take("bills", changed(bad, 0, "totalAmount"), US)
    assert told(found) == {("PUSH_TAX_UNSUPPORTED", f"{LINE}.taxAmount")}


def test_departments_are_no_categories_of_us_books() -> None:
    refs = [{"id": "department_1"}]
    bad = changed(US_INVOICE, refs, "lineItems", "0", "trackingCategoryRefs")
    place = f"{LINE}.trackingCategoryRefs.0.id"
    assert told(take("invoices", bad, US)) == {("PUSH_TRACKING_UNKNOWN", place)}


def test_a_credit_note_without_a_date_is_dated_today() -> None:
    assert body_of(take("creditNotes", without(UK_CREDIT_NOTE, "issueDate"), UK))["date"] == (
        "2026-03-02"
    )


def test_the_moment_of_the_last_change_is_handed_on() -> None:
    stamp = "2026-01-01T00:00:00Z"
    assert take("bills", {**UK_BILL, "sourceModifiedDate": stamp}, UK).source_modified == stamp
    assert take("bills", {**UK_BILL, "sourceModifiedDate": 5}, UK).source_modified is None
