"""Tax of US sales: what a document states of it is what is posted, or an error by property."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from clary.flows.push import answers, inbound, outbound
from clary.flows.push.inbound import Inbound, Terms
from clary.flows.push.showing import Showing
from clary.flows.push.types import type_at
from clary.kernel.change import Body
from tests.flows.push.documents import US_BILL, US_DIRECT_COST, US_INVOICE
from tests.flows.push.shelf import TODAY, body_of, changed, take, told, us_shelf

US = us_shelf()
LINE = "lineItems.0"
NV, CA = {"taxRateRef": {"id": "NV"}}, {"taxRateRef": {"id": "CA"}}


def line(**stated: object) -> dict[str, Any]:
    """Return a line of 100.00 with these amounts besides."""
    return {
        "description": "Work",
        "quantity": 2,
        "unitAmount": 50,
        "accountRef": {"id": "40000"},
        **stated,
    }


def pushed(*lines: dict[str, Any], **header: object) -> Inbound:
    """Push an invoice of these lines."""
    return take("invoices", {**US_INVOICE, "lineItems": list(lines), **header}, US)


def types_of(found: Inbound) -> list[int | None]:
    """Return the tax type of each line."""
    return [each.get("tax_type") for each in body_of(found)["lines"]]


# --- what is stated of a line ----------------------------------------------------------


@pytest.mark.parametrize(
    ("stated", "place"),
    [
        ({**NV, "taxAmount": 8}, "taxAmount"),
        ({**NV, "taxAmount": 0}, "taxAmount"),
        ({**NV, "totalAmount": 100}, "totalAmount"),
        ({**NV, "totalAmount": 0}, "totalAmount"),
        ({**NV, "taxAmount": 6.98, "totalAmount": 106.98}, "taxAmount"),
        ({**CA, "taxAmount": 8.22}, "taxAmount"),
    ],
)
def test_other_tax_than_the_rate_gives_is_refused_at_the_line(
    stated: dict[str, Any], place: str
) -> None:
    assert told(pushed(line(**stated))) == {("TAX_DIFFERS", f"{LINE}.{place}")}


@pytest.mark.parametrize(
    ("stated", "total"),
    [
        ({**NV, "taxAmount": 7}, "107.00"),
        ({**NV, "totalAmount": 107}, "107.00"),
        ({**NV, "taxAmount": 7.01}, "107.01"),
        ({**CA, "taxAmount": 8.25}, "108.25"),
        ({**CA, "taxAmount": 8.24}, "108.24"),
    ],
)
def test_what_a_document_comes_to_is_said_to_the_books(stated: dict[str, Any], total: str) -> None:
    assert body_of(pushed(line(**stated)))["total"] == total


def test_tax_that_was_rounded_line_by_line_is_kept() -> None:
    lines = [line(quantity=1, unitAmount=33.36, taxAmount=2.34, **NV)] * 3
    body = body_of(pushed(*lines))
    # Seven percent of 100.08 is 7.01.
    assert body["taxes"] == [{"agency_id": "STATE", "amount": "7.02"}]
    assert body["total"] == "107.10"
    right = body_of(pushed(*[line(quantity=1, unitAmount=33.33, taxAmount=2.33, **NV)] * 3))
    assert right["total"] == "106.98"


def test_the_agency_that_gets_most_takes_the_rounding() -> None:
    body = body_of(pushed(line(**CA), totalTaxAmount=8.26))
    assert body["taxes"] == [
        {"agency_id": "STATE", "amount": "6.26"},
        {"agency_id": "COUNTY", "amount": "2.00"},
    ]


@pytest.mark.parametrize("stated", [{"taxAmount": 0}, {"totalAmount": 100}])
def test_a_line_that_states_no_tax_and_no_rate_is_not_taxed(stated: dict[str, Any]) -> None:
    found = pushed(line(**stated), line())
    assert types_of(found) == [2, None]
    assert "total" not in body_of(found)
    assert body_of(pushed(line(**stated)))["total"] == "100.00"


def test_a_line_that_states_nothing_goes_by_the_customer() -> None:
    found = pushed(line())
    assert types_of(found) == [None]
    assert not {"total", "tax_code_id", "taxes"} & set(body_of(found))


@pytest.mark.parametrize("others", [[], [line(**NV)]])
def test_tax_without_a_rate_is_refused(others: list[dict[str, Any]]) -> None:
    for stated in ({"taxAmount": 7}, {"totalAmount": 107}):
        found = pushed(line(**stated), *others)
        assert told(found) == {("PUSH_TAX_RATE_MISSING", f"{LINE}.taxRateRef")}


def test_tax_finer_than_a_penny_is_refused() -> None:
    assert told(pushed(line(taxAmount=7.001, **NV))) == {("DECIMALS_TOO_MANY", f"{LINE}.taxAmount")}
    assert told(pushed(line(), totalTaxAmount=7.001)) == {("DECIMALS_TOO_MANY", "totalAmount")}


# --- what is stated of the whole -------------------------------------------------------


@pytest.mark.parametrize(
    ("header", "finding"),
    [
        ({"totalTaxAmount": 9}, ("TAX_DIFFERS", "totalTaxAmount")),
        ({"totalTaxAmount": 7, "totalAmount": 108}, ("PUSH_AMOUNTS_DIFFER", "totalAmount")),
        ({"subTotal": 101}, ("PUSH_AMOUNTS_DIFFER", "subTotal")),
    ],
)
def test_totals_that_contradict_the_rate_or_each_other(
    header: dict[str, Any], finding: tuple[str, str]
) -> None:
    assert told(pushed(line(**NV), **header)) == {finding}


@pytest.mark.parametrize("lines", [[line(**NV)], [line()]])
@pytest.mark.parametrize(
    ("header", "total"),
    [
        ({"totalTaxAmount": 7}, "107.00"),
        ({"totalAmount": 107}, "107.00"),
        ({"subTotal": 100, "totalTaxAmount": 0, "totalAmount": 107}, "107.00"),
        ({"subTotal": 0, "totalTaxAmount": 0, "totalAmount": 0}, None),
    ],
)
def test_a_total_that_is_stated_decides(
    lines: list[dict[str, Any]], header: dict[str, Any], total: str | None
) -> None:
    assert body_of(pushed(*lines, **header)).get("total") == total


def test_tax_on_what_is_bought_is_refused_in_every_way() -> None:
    bill = {**US_BILL, "totalAmount": 0}
    bought = {"description": "Paper", "accountRef": {"id": "60000"}, "subTotal": 50}
    for stated, header, place in (
        ({"taxAmount": 4}, {}, f"{LINE}.taxAmount"),
        ({"totalAmount": 54}, {}, f"{LINE}.totalAmount"),
        ({}, {"taxAmount": 4}, "taxAmount"),
    ):
        found = take("bills", {**bill, **header, "lineItems": [{**bought, **stated}]}, US)
        assert told(found) == {("PUSH_TAX_UNSUPPORTED", place)}
    cost = changed(US_DIRECT_COST, 2, "lineItems", "0", "taxAmount")
    found = take("directCosts", {**cost, "taxAmount": 2, "totalAmount": 32}, US)
    assert told(found) == {("PUSH_TAX_UNSUPPORTED", f"{LINE}.taxAmount")}


# --- what is read ----------------------------------------------------------------------

WORK: Body = {"description": "Work", "amount": "60.00", "account_id": "40000", "tax_type": 1}
MORE: Body = {"description": "More", "amount": "40.00", "account_id": "40000", "tax_type": 1}
INVOICE: Body = {
    "transaction_number": 7,
    "number": "INV-7",
    "customer_id": "ACME",
    "date": "2026-03-01",
    "tax_code_id": "NV",
    "taxes": [{"agency_id": "STATE", "account_id": "23100", "amount": "7.00"}],
    "tax_total": "7.00",
    "total": "157.00",
    "amount_due": "157.00",
    "lines": [
        WORK,
        {"description": "Travel", "amount": "50.00", "account_id": "40000", "tax_type": 2},
        MORE,
    ],
}
UNTAXED: Body = {
    **{name: value for name, value in INVOICE.items() if name != "taxes"},
    "tax_total": "0.00",
    "total": "50.00",
    "amount_due": "50.00",
    "lines": [{"description": "Travel", "amount": "50.00", "account_id": "40000", "tax_type": 2}],
}


def shown(record: Body) -> dict[str, Any]:
    """Return an invoice as a client reads it."""
    push_type = type_at("invoices")
    assert push_type is not None
    read = outbound.show(push_type, record, Showing(US))
    found: dict[str, Any] = json.loads(answers.encoded(read), parse_float=Decimal)
    return found


def taxed(record: Body) -> list[tuple[str | None, str, str]]:
    """Return tax rate, tax and total of each line as it is read."""
    return [
        ((each.get("taxRateRef") or {}).get("id"), str(each["taxAmount"]), str(each["totalAmount"]))
        for each in shown(record)["lineItems"]
    ]


def update(record: Body, stated: Mapping[str, object]) -> Inbound:
    """Update an invoice with a document."""
    push_type = type_at("invoices")
    assert push_type is not None
    document = inbound.document(json.dumps(stated, default=float))
    now = outbound.show(push_type, record, Showing(US))
    return inbound.take_update(push_type, document, now, record, US, Terms(TODAY))


def news(record: Body, stated: Mapping[str, object]) -> Body:
    """Return what a document changes of an invoice."""
    found = update(record, stated)
    assert not told(found), found.findings
    return found.records[0].body


def test_lines_are_read_with_their_share_of_the_tax() -> None:
    assert taxed(INVOICE) == [
        ("NV", "4.20", "64.20"),
        (None, "0", "50.00"),
        ("NV", "2.80", "42.80"),
    ]
    assert taxed(UNTAXED) == [(None, "0", "50.00")]


THIRDS: Body = {
    **INVOICE,
    "lines": [{"amount": "33.36", "account_id": "40000", "tax_type": 1}] * 3,
}


def test_shares_add_up_to_what_was_posted() -> None:
    posted: Body = {**THIRDS, "tax_total": "7.01", "total": "107.09"}
    assert [tax for _, tax, _ in taxed(posted)] == ["2.33", "2.34", "2.34"]
    strange: Body = {**posted, "tax_total": "9.00", "total": "109.08"}
    assert sum(Decimal(tax) for _, tax, _ in taxed(strange)) == 9
    gone: Body = {**strange, "tax_code_id": "GONE"}
    assert [tax for _, tax, _ in taxed(gone)] == ["3.00", "3.00", "3.00"]


def test_tax_on_freight_is_on_no_line() -> None:
    freight: Body = {**INVOICE, "freight_amount": "100.00", "tax_total": "14.00", "total": "264.00"}
    assert [tax for _, tax, _ in taxed(freight)] == ["4.20", "0", "2.80"]
    assert shown(freight)["totalTaxAmount"] == 14


def test_lines_without_a_tax_type_are_taxed_where_the_document_is() -> None:
    bare: list[Body] = [{"amount": "100.00", "account_id": "40000"}]
    assert taxed({**INVOICE, "lines": bare}) == [("NV", "7.00", "107.00")]
    assert taxed({**UNTAXED, "lines": bare}) == [(None, "0", "100.00")]


@pytest.mark.parametrize("record", [INVOICE, UNTAXED])
def test_what_was_read_changes_nothing_and_a_word_no_tax(record: Body) -> None:
    read = shown(record)
    assert news(record, read) == {}
    lines = [{**each, "description": "Other"} for each in read["lineItems"]]
    body = news(record, {**read, "lineItems": lines})
    assert set(body) == {"lines", "total"}
    assert body["total"] == record["total"]
    made, before = body["lines"], record["lines"]
    assert isinstance(made, list)
    assert isinstance(before, list)
    assert [x["tax_type"] for x in made] == [x["tax_type"] for x in before]


def test_with_other_lines_the_total_as_it_was_counts() -> None:
    read = shown(UNTAXED)
    twice = {**read, "lineItems": read["lineItems"] * 2}
    refused = {("PUSH_AMOUNTS_DIFFER", "subTotal"), ("PUSH_AMOUNTS_DIFFER", "totalAmount")}
    assert told(update(UNTAXED, twice)) == refused
    plain = [{"description": "Work", "subTotal": 50, "accountRef": {"id": "40000"}}] * 2
    stale = {**read, "subTotal": 0, "lineItems": plain}
    assert news(UNTAXED, stale)["total"] == "50.00"
    assert "total" not in news(UNTAXED, {**stale, "totalAmount": 0})


def test_with_another_rate_the_total_as_it_was_counts() -> None:
    rated = [
        {"description": text, "subTotal": net, "accountRef": {"id": "40000"}, **NV}
        for text, net in (("Work", 60), ("More", 40))
    ]
    record: Body = {**INVOICE, "lines": [WORK, MORE], "total": "107.00"}
    stated = {**shown(record), "totalTaxAmount": 0, "lineItems": rated}
    assert news(record, stated) == {}
    other = [{**each, **CA} for each in rated]
    body = news(record, {**stated, "lineItems": other})
    assert body == {"tax_code_id": "CA", "total": "107.00"}


def test_kept_rounding_is_stated_again_with_other_words() -> None:
    kept: Body = {"agency_id": "STATE", "account_id": "23100", "amount": "7.02"}
    record: Body = {**THIRDS, "taxes": [kept], "tax_total": "7.02", "total": "107.10"}
    read = shown(record)
    worded = [{**each, "description": "Other"} for each in read["lineItems"]]
    body = news(record, {**read, "lineItems": worded})
    assert (body["total"], body["taxes"]) == ("107.10", [{"agency_id": "STATE", "amount": "7.02"}])


def test_an_update_says_nothing_of_freight_that_it_does_not_know() -> None:
    freight: Body = {**INVOICE, "freight_amount": "100.00", "tax_total": "14.00", "total": "264.00"}
    read = shown(freight)
    worded = [{**each, "description": "Other"} for each in read["lineItems"]]
    assert news(freight, {**read, "lineItems": worded})["total"] == "264.00"
    unsaid = {**read, "subTotal": 0, "totalTaxAmount": 0, "totalAmount": 0, "lineItems": worded}
    assert "total" not in news(freight, unsaid)
