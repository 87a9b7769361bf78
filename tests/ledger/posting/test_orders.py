"""Quotes and orders of both editions: lines are added up, nothing posts."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.ledger.posting import orders, uk_orders
from clary.ledger.posting.rows import Posting
from clary.ledger.types.purchases import PurchaseOrder, PurchaseOrderLine
from clary.ledger.types.sales import OrderLine, Quote, SalesLine, SalesOrder
from tests.ledger.posting.shelf import DAY
from tests.ledger.posting.worlds import money, uk_company, us_company


def nothing_posts(posting: Posting) -> bool:
    return not (posting.rows or posting.stock or posting.open or posting.party_change)


@pytest.mark.rule("US-ORDERS")
def test_a_us_quote_is_added_up_and_posts_nothing() -> None:
    shelf = us_company()
    lines = [
        SalesLine(item_id="FIFO", quantity=Decimal(3), unit_price=Decimal("9.99")),
        SalesLine(account_id="4000", amount=money("5")),
    ]
    posting = shelf.post(orders.plan_sales_order, Quote(customer_id="ACME", date=DAY, lines=lines))
    assert (posting.total, nothing_posts(posting)) == (3497, True)
    assert posting.filled["lines"] == [(0, {"amount": "29.97"}), (1, {"amount": "5.00"})]


@pytest.mark.rule("US-ORDERS")
def test_a_us_purchase_order_is_added_up_and_posts_nothing() -> None:
    shelf = us_company()
    lines = [PurchaseOrderLine(item_id="FIFO", quantity=Decimal(2), unit_price=Decimal(4))]
    order = PurchaseOrder(vendor_id="PAPER", date=DAY, lines=lines)
    posting = shelf.post(orders.plan_purchase_order, order)
    assert (posting.total, nothing_posts(posting)) == (800, True)


def test_an_order_says_everything_that_is_wrong_with_it() -> None:
    shelf = us_company()
    lines = [
        OrderLine(item_id="GONE", account_id="1100", job_id="NONE", amount=money("1")),
        OrderLine(quantity=Decimal(-1), unit_price=Decimal(1)),
    ]
    order = SalesOrder(customer_id="NOBODY", tax_code_id="GONE", date=DAY, lines=lines)
    assert shelf.refusals(orders.plan_sales_order, order) == {
        ("UNKNOWN_REFERENCE", "customer_id"),
        ("UNKNOWN_REFERENCE", "tax_code_id"),
        ("UNKNOWN_REFERENCE", "lines.0.item_id"),
        ("CONTROL_ACCOUNT", "lines.0.account_id"),
        ("UNKNOWN_REFERENCE", "lines.0.job_id"),
        ("QUANTITY_NEGATIVE", "lines.1.quantity"),
    }
    empty = PurchaseOrder(vendor_id="PAPER", date=DAY, lines=[])
    assert shelf.refused(orders.plan_purchase_order, empty) == {"LINES_REQUIRED"}


@pytest.mark.rule("UK-DOCUMENT")
def test_a_uk_order_has_vat_and_posts_nothing() -> None:
    shelf = uk_company()
    lines = [OrderLine(item_id="DESK", quantity=Decimal(3), unit_price=Decimal(10))]
    order = SalesOrder(customer_id="ACME", date=DAY, lines=lines)
    posting = shelf.post(uk_orders.plan_sales_order, order)
    assert (posting.total, posting.tax, nothing_posts(posting)) == (3600, 600, True)


@pytest.mark.rule("UK-DOCUMENT")
def test_a_uk_purchase_order_in_euro_keeps_its_own_figures() -> None:
    shelf = uk_company()
    lines = [PurchaseOrderLine(item_id="DESK", quantity=Decimal(1), unit_price=Decimal(100))]
    order = PurchaseOrder(vendor_id="PAPIER", date=DAY, lines=lines)
    posting = shelf.post(uk_orders.plan_purchase_order, order)
    assert (posting.filled["total"], posting.total, nothing_posts(posting)) == (
        "120.00",
        9600,
        True,
    )


@pytest.mark.rule("UK-ON-HOLD")
def test_an_account_on_hold_stops_orders_as_preferred() -> None:
    shelf = uk_company()
    shelf.customers["ACME"].on_hold = True
    lines = [OrderLine(account_id="4000", amount=money("1"))]
    order = SalesOrder(customer_id="ACME", date=DAY, lines=lines)
    assert shelf.warned(uk_orders.plan_sales_order, order) == {"PARTY_ON_HOLD"}
    shelf.set_policy(on_hold="stop")
    assert shelf.refused(uk_orders.plan_sales_order, order) == {"PARTY_ON_HOLD"}


@pytest.mark.rule("UK-PARTY-EXISTS")
def test_an_order_of_nobody_is_refused() -> None:
    lines = [PurchaseOrderLine(account_id="5000", amount=money("1"))]
    order = PurchaseOrder(vendor_id="NOBODY", date=DAY, lines=lines)
    assert uk_company().refusals(uk_orders.plan_purchase_order, order) == {
        ("UNKNOWN_REFERENCE", "vendor_id")
    }
