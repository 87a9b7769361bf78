"""What a document is worth: discounts, amounts of the header, rates, tax and days."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from clary.flows.push.lookups import TaxRateSeen
from tests.flows.push.documents import (
    UK_BILL,
    UK_CREDIT_NOTE,
    UK_DIRECT_COST,
    UK_INVOICE,
    UK_JOURNAL_ENTRY,
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
LINE = "lineItems.0"
TOTALS = ("subTotal", "taxAmount", "totalTaxAmount", "totalAmount")
DIFFER, INVALID, LOST = "PUSH_AMOUNTS_DIFFER", "PUSH_DISCOUNT_INVALID", "PUSH_MONEY_LOST"


def bare(document: dict[str, Any], **header: object) -> dict[str, Any]:
    """Return a document without the totals of its header, with other properties there."""
    kept = {name: value for name, value in document.items() if name not in TOTALS}
    return {**deepcopy(kept), **header}


def line(**stated: object) -> list[dict[str, Any]]:
    """Return a line with these amounts."""
    known = {"accountRef": {"id": "4000"}, "taxRateRef": {"id": "1"}, "description": "Work"}
    return [{**known, **stated}]


# --- discounts ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amounts", "net"),
    [
        ({"quantity": 2, "unitAmount": 50, "discountPercentage": 100}, "0.00"),
        ({"quantity": 2, "unitAmount": 50, "discountAmount": 100}, "0.00"),
        (
            {"quantity": 2, "unitAmount": 50, "discountAmount": 10, "discountPercentage": 10},
            "90.00",
        ),
        ({"quantity": -1, "unitAmount": 50, "discountAmount": -5}, "-45.00"),
        ({"quantity": -1, "unitAmount": 50, "discountPercentage": 10}, "-45.00"),
        ({"subTotal": 90, "discountAmount": 1000, "discountPercentage": 10}, "90.00"),
    ],
)
def test_a_discount_takes_off_what_there_is(amounts: dict[str, Any], net: str) -> None:
    found = take("invoices", bare(UK_INVOICE, lineItems=line(**amounts)), UK)
    assert body_of(found)["lines"][0]["amount"] == net


@pytest.mark.parametrize(
    ("amounts", "code", "field"),
    [
        ({"quantity": 2, "unitAmount": 50, "discountPercentage": -50}, INVALID, "Percentage"),
        ({"quantity": 2, "unitAmount": 50, "discountPercentage": 150}, INVALID, "Percentage"),
        ({"quantity": 2, "unitAmount": 50, "discountAmount": -10}, INVALID, "Amount"),
        ({"quantity": 2, "unitAmount": 50, "discountAmount": 100.01}, INVALID, "Amount"),
        ({"quantity": -2, "unitAmount": 50, "discountAmount": 10}, INVALID, "Amount"),
        ({"subTotal": 50, "discountAmount": -10}, INVALID, "Amount"),
        (
            {"quantity": 2, "unitAmount": 50, "discountAmount": 20, "discountPercentage": 10},
            DIFFER,
            "Amount",
        ),
    ],
)
def test_a_discount_never_adds_nor_contradicts_itself(
    amounts: dict[str, Any], code: str, field: str
) -> None:
    found = take("invoices", bare(UK_INVOICE, lineItems=line(**amounts)), UK)
    assert told(found) == {(code, f"{LINE}.discount{field}")}


DISCOUNTED = {"quantity": 3, "unitAmount": 33.33, "discountPercentage": 10}


@pytest.mark.parametrize("kind", ["invoices", "creditNotes"])
@pytest.mark.parametrize(
    "header",
    [
        {"totalDiscount": 10},
        {"totalDiscount": 10.0, "discountPercentage": 10},
        {"discountPercentage": 10},
        {"totalDiscount": 0, "discountPercentage": 0, "additionalTaxAmount": 0},
        {"withholdingTax": [], "additionalTaxPercentage": 0},
        {"withholdingTax": [{"name": "none", "amount": 0}]},
    ],
)
def test_a_header_may_say_what_its_lines_say(kind: str, header: dict[str, Any]) -> None:
    document = {"invoices": UK_INVOICE, "creditNotes": UK_CREDIT_NOTE}[kind]
    found = take(kind, bare(document, lineItems=line(**DISCOUNTED), **header), UK)
    assert body_of(found)["lines"][0]["amount"] == "89.99"
    assert not warned(found)


@pytest.mark.parametrize(
    ("header", "finding"),
    [
        ({"totalDiscount": 10}, (DIFFER, "totalDiscount")),
        ({"totalDiscount": -10}, (DIFFER, "totalDiscount")),
        ({"discountPercentage": 10}, (DIFFER, "discountPercentage")),
        ({"additionalTaxAmount": 5}, (LOST, "additionalTaxAmount")),
        ({"additionalTaxPercentage": 5}, (LOST, "additionalTaxPercentage")),
        (
            {"withholdingTax": [{"name": "a", "amount": 0}, {"name": "b", "amount": 2}]},
            (LOST, "withholdingTax"),
        ),
        ({"totalDiscount": "10"}, ("PUSH_PROPERTY_KIND", "totalDiscount")),
    ],
)
@pytest.mark.parametrize("amounts", [{"subTotal": 100}, {"quantity": 1, "unitAmount": 100}])
def test_money_of_the_header_that_no_line_says_is_refused(
    header: dict[str, Any], finding: tuple[str, str], amounts: dict[str, Any]
) -> None:
    found = take("invoices", bare(UK_INVOICE, lineItems=line(**amounts), **header), UK)
    assert told(found) == {finding}
    assert not found.records


def test_bills_and_the_us_edition_are_no_different() -> None:
    assert told(take("bills", {**UK_BILL, "totalDiscount": 10}, UK)) == {(DIFFER, "totalDiscount")}
    us = {**US_INVOICE, "withholdingTax": [{"amount": 1}]}
    assert told(take("invoices", us, US)) == {(LOST, "withholdingTax")}


def test_a_line_that_says_nothing_has_no_discount_either() -> None:
    found = take("invoices", bare(UK_INVOICE, lineItems=line(), totalDiscount=1), UK)
    assert told(found) == {("PUSH_LINE_AMOUNT_MISSING", LINE), (DIFFER, "totalDiscount")}


# --- rates ----------------------------------------------------------------------------


def rated(rate: float) -> dict[str, Any]:
    """Return a bill in euros at a rate."""
    return {
        **UK_BILL,
        "supplierRef": {"id": "EUROSUP"},
        "currency": "EUR",
        "currencyRate": rate,
    }


@pytest.mark.parametrize(
    ("rate", "kept"), [(0.855432, "1.169000"), (0.0053, "188.679245"), (2.59, "0.386100")]
)
def test_a_rate_is_kept_as_its_inverse(rate: float, kept: str) -> None:
    assert Decimal(body_of(take("bills", rated(rate), UK))["exchange_rate"]) == Decimal(kept)


@pytest.mark.parametrize("rate", [30_000, 5_000_000, 97.3])
def test_a_rate_that_the_books_cannot_keep_is_refused(rate: float) -> None:
    found = take("bills", rated(rate), UK)
    assert told(found) == {("PUSH_RATE_INVALID", "currencyRate")}
    assert "too few digits" in found.findings[0].message


def test_a_large_rate_whose_inverse_is_exact_is_kept() -> None:
    assert Decimal(body_of(take("bills", rated(50_000), UK))["exchange_rate"]) == Decimal("0.00002")


# --- tax ------------------------------------------------------------------------------


def taxed(tax: float, rate: str = "1") -> dict[str, Any]:
    """Return a bill of 100.00 with a tax of its own."""
    stated = line(subTotal=100, taxAmount=tax, totalAmount=100 + tax, taxRateRef={"id": rate})
    return bare(UK_BILL, lineItems=stated)


@pytest.mark.parametrize("tax", [19.99, 20, 20.01])
def test_tax_that_was_rounded_otherwise_is_nothing_to_tell(tax: float) -> None:
    assert not warned(take("bills", taxed(tax), UK))


@pytest.mark.parametrize("tax", [0, 19.98, 90])
def test_other_tax_than_the_rate_gives_is_kept_and_told(tax: float) -> None:
    found = take("bills", taxed(tax), UK)
    assert body_of(found)["tax_override"] is True
    assert warned(found) == {("PUSH_TAX_UNUSUAL", f"{LINE}.taxAmount")}
    assert "T1 of its net comes to 20.00" in found.findings[0].message


def test_nobody_charges_tax_that_the_buyer_accounts_for() -> None:
    reverse = replace(UK, rates={"T1": TaxRateSeen("T1", "Reverse", Decimal(20), is_reverse=True)})
    assert not warned(take("bills", taxed(0), reverse))
    assert warned(take("bills", taxed(20), reverse))


def test_tax_at_an_unknown_rate_is_told_of_the_rate_alone() -> None:
    found = take("bills", taxed(5, "77"), UK)
    assert told(found) == {("UNKNOWN_REFERENCE", f"{LINE}.taxRateRef.id")}
    assert not warned(found)


def test_a_line_without_tax_is_told_of_nothing() -> None:
    stated = without(taxed(20), "lineItems", "0", "taxAmount")
    assert not warned(take("bills", stated, UK))


def test_direct_costs_are_told_of_their_tax_too() -> None:
    stated = bare(UK_DIRECT_COST, subTotal=30, taxAmount=9, totalAmount=39)
    found = take("directCosts", changed(stated, 9, "lineItems", "0", "taxAmount"), UK)
    assert warned(found) == {("PUSH_TAX_UNUSUAL", f"{LINE}.taxAmount")}


def line_without_tax(**stated: object) -> list[dict[str, Any]]:
    """Return a line of 100.00 at twenty percent."""
    return line(subTotal=100, **stated)


@pytest.mark.parametrize(
    ("header", "total"),
    [
        ({}, None),
        ({"subTotal": 0, "totalTaxAmount": 0, "totalAmount": 0}, None),
        ({"totalTaxAmount": 20}, "120.00"),
        ({"totalTaxAmount": 25}, "125.00"),
        ({"totalTaxAmount": 0, "totalAmount": 130}, "130.00"),
    ],
)
def test_what_the_header_says_is_said_to_the_books(
    header: dict[str, Any], total: str | None
) -> None:
    """What the tax is, the books know; they refuse another total than they come to."""
    found = take("invoices", bare(UK_INVOICE, lineItems=line_without_tax(), **header), UK)
    assert body_of(found).get("total") == total


def test_tax_and_total_of_the_header_do_not_contradict_each_other() -> None:
    header = {"totalTaxAmount": 30, "totalAmount": 120}
    found = take("invoices", bare(UK_INVOICE, lineItems=line_without_tax(), **header), UK)
    assert told(found) == {(DIFFER, "totalAmount")}


@pytest.mark.parametrize(
    ("stated", "tax"),
    [({"totalAmount": 125}, "25.00"), ({"totalAmount": 100}, "0.00"), ({"taxAmount": 19}, "19.00")],
)
def test_the_total_of_a_line_says_its_tax(stated: dict[str, Any], tax: str) -> None:
    body = body_of(take("invoices", bare(UK_INVOICE, lineItems=line_without_tax(**stated)), UK))
    assert body["lines"][0]["tax_amount"] == tax
    assert Decimal(body["total"]) == 100 + Decimal(tax)


@pytest.mark.parametrize("header", [{}, {"discountPercentage": 10**14}, {"totalDiscount": 1}])
@pytest.mark.parametrize(
    "amounts",
    [
        {},
        {"taxAmount": 1},
        {"totalAmount": 10**14},
        {"discountPercentage": 10},
        {"discountPercentage": 10**14},
        {"discountPercentage": 10**14, "discountAmount": 1},
    ],
)
def test_a_line_beyond_all_bounds_is_told(amounts: dict[str, Any], header: dict[str, Any]) -> None:
    stated = line(quantity=10**14, unitAmount=10**14, **amounts)
    found = take("invoices", bare(UK_INVOICE, lineItems=stated, **header), UK)
    assert ("NUMBER_TOO_LARGE", f"{LINE}.quantity") in told(found)
    assert not found.records


# --- days -----------------------------------------------------------------------------


@pytest.mark.parametrize("day", ["1901-01-01", "2019-12-31", "2028-01-01", "2099-01-01"])
@pytest.mark.parametrize(
    ("kind", "document", "name"),
    [
        ("invoices", UK_INVOICE, "issueDate"),
        ("bills", UK_BILL, "issueDate"),
        ("journalEntries", UK_JOURNAL_ENTRY, "createdOn"),
    ],
)
def test_a_day_far_from_today_is_told(
    day: str, kind: str, document: dict[str, Any], name: str
) -> None:
    found = take(kind, {**document, name: day}, UK)
    assert body_of(found)["date"] == day
    assert ("PUSH_DATE_UNUSUAL", name) in warned(found)


@pytest.mark.parametrize("day", ["2020-01-01", "2027-12-31"])
def test_a_day_that_documents_have_is_nothing_to_tell(day: str) -> None:
    found = take("invoices", {**UK_INVOICE, "issueDate": day, "dueDate": "2099-01-01"}, UK)
    assert not warned(found)
