"""What a document states that it is worth."""

from __future__ import annotations

from typing import Any

import pytest

from clary.kernel.change import Body
from clary.ledger.record import Family
from clary.ledger.registry import all_record_types, record_type
from clary.ledger.worth import stated_worth

LINE: dict[str, Any] = {"account_id": "4000"}


def worth(kind: str, **body: Any) -> int | None:  # noqa: ANN401 - JSON values of any kind
    return stated_worth(record_type(kind), body)


@pytest.mark.parametrize(
    "declared",
    [each for each in all_record_types() if each.family is not Family.LIST],
    ids=lambda each: each.name,
)
def test_no_document_without_an_amount_is_light(declared: Any) -> None:  # noqa: ANN401 - a record type
    assert stated_worth(declared, {"date": "2026-03-02"}) is None
    lines: Body = {"lines": [{"item_id": "A", "quantity": "5"}]}
    if "lines" in declared.groups:
        assert stated_worth(declared, lines) is None
    if declared.total is not None:
        assert stated_worth(declared, {declared.total: "-12.50"}) == 1250


def test_amounts_count_where_they_stand() -> None:
    lines = [{**LINE, "amount": "100.00", "tax_amount": "20.00"}, {**LINE, "amount": "-30.00"}]
    assert worth("sales_invoice", lines=lines) == 12_000
    assert worth("sales_invoice", lines=lines, freight_amount="5.00") == 12_500
    assert worth("sales_invoice", lines=lines, total="200.00") == 20_000
    assert worth("receipt", applications=[{"invoice_number": "1", "amount": "7.00"}]) == 700
    taxed: dict[str, Any] = {"lines": [{**LINE, "amount": "1"}], "taxes": [{"amount": "0.10"}]}
    assert worth("sales_invoice", **taxed) == 110


def test_a_price_or_a_cost_counts_with_its_quantity_and_is_rounded_up() -> None:
    assert worth("sales_invoice", lines=[{"quantity": "3", "unit_price": "33.335"}]) == 10_001
    cost = {"item_id": "A", "quantity": "-10000", "unit_cost": "500"}
    assert worth("inventory_adjustment", lines=[cost]) == 500_000_000
    stated = {"quantity": "3", "unit_price": "33.335", "amount": "100.00"}
    assert worth("sales_invoice", lines=[stated]) == 10_000


def test_a_total_does_not_tell_what_goes_both_ways() -> None:
    into, out = {"item_id": "A", "quantity": "5"}, {"item_id": "B", "quantity": "-5"}
    assert worth("inventory_adjustment", lines=[into, out], total="0.00") is None
    assert worth("inventory_adjustment", lines=[into, into], total="9.00") == 900


def test_a_text_line_weighs_nothing() -> None:
    lines = [{"description": "Thank you"}, {**LINE, "amount": "5.00"}]
    assert worth("sales_invoice", lines=lines) == 500


def test_what_is_no_number_is_no_amount() -> None:
    assert worth("bank_transfer", total={"$ref": {"change": 1, "field": "total"}}) is None
    assert worth("bank_transfer", total="NaN") is None
    later = {**LINE, "amount": {"$ref": {"change": 1, "field": "total"}}}
    assert worth("sales_invoice", lines=[later, {**LINE, "amount": "5.00"}]) is None
