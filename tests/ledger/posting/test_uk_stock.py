"""UK products: stock moves at its cost and never posts to the nominal ledger."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.ledger.posting import journals, uk_purchases, uk_sales
from clary.ledger.posting.rows import Posting
from clary.ledger.types.journals import AdjustmentLine, InventoryAdjustment
from clary.ledger.types.purchases import Purchase, PurchaseLine, VendorCredit
from clary.ledger.types.sales import CreditMemo, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY, Shelf
from tests.ledger.posting.worlds import money, uk_company


def buy(shelf: Shelf, quantity: str, price: str) -> Posting:
    line = PurchaseLine(item_id="DESK", quantity=Decimal(quantity), unit_price=Decimal(price))
    document = Purchase(vendor_id="PAPER", date=DAY, lines=[line])
    return shelf.post(uk_purchases.post_purchase, document)


def invoice(quantity: str | None, form: str | None = "document") -> SalesInvoice:
    amount = None if quantity else money("10")
    line = SalesLine(
        item_id="DESK",
        quantity=None if quantity is None else Decimal(quantity),
        unit_price=None if quantity is None else Decimal(10),
        amount=amount,
    )
    return SalesInvoice(customer_id="ACME", date=DAY, form=form, lines=[line])


def stock(shelf: Shelf) -> tuple[int, int]:
    return shelf.items["DESK"].quantity // 100_000, shelf.items["DESK"].value


@pytest.mark.rule("UK-STOCK-NO-POSTING")
def test_bought_products_go_into_stock_and_post_to_their_purchase_nominal() -> None:
    shelf = uk_company()
    posting = buy(shelf, "10", "4")
    assert shelf.effect(posting) == {"5001": 4000, "2201": 800, "2100": -4800}
    assert stock(shelf) == (10, 4000)


@pytest.mark.rule("UK-STOCK-FIFO")
@pytest.mark.rule("UK-STOCK-NO-POSTING")
@pytest.mark.rule("UK-UPDATE-LEDGERS")
def test_a_document_takes_the_oldest_goods_when_its_ledgers_are_updated() -> None:
    shelf = uk_company()
    buy(shelf, "5", "4")
    buy(shelf, "5", "6")
    made, _ = shelf.check(uk_sales.post_invoice, invoice("7"))
    assert made.stock == []
    posting = shelf.post(uk_sales.update_ledgers, invoice("7"))
    assert shelf.effect(posting) == {"4001": -7000, "2200": -1400, "1100": 8400}
    assert stock(shelf) == (3, 1800)


@pytest.mark.rule("UK-STOCK-NO-POSTING")
def test_a_batch_entry_moves_no_stock() -> None:
    shelf = uk_company()
    shelf.post(uk_sales.post_invoice, invoice("7", form="ledger"))
    assert stock(shelf) == (0, 0)


@pytest.mark.rule("UK-STOCK-NEGATIVE")
def test_stock_does_not_go_below_zero_unless_allowed() -> None:
    shelf = uk_company()
    buy(shelf, "5", "4")
    assert shelf.refusals(uk_sales.update_ledgers, invoice("6")) == {
        ("STOCK_SHORT", "lines.0.quantity")
    }
    shelf.set_policy(negative_stock=True)
    assert shelf.warned(uk_sales.update_ledgers, invoice("6")) == {"STOCK_SHORT"}


@pytest.mark.rule("UK-STOCK-FIFO")
def test_returned_goods_come_back_at_what_they_cost_now() -> None:
    shelf = uk_company()
    buy(shelf, "5", "4")
    line = SalesLine(item_id="DESK", quantity=Decimal(2), unit_price=Decimal(10))
    memo = CreditMemo(customer_id="ACME", date=DAY, form="document", lines=[line])
    shelf.post(uk_sales.update_ledgers, memo)
    assert stock(shelf) == (7, 2800)


@pytest.mark.rule("UK-STOCK-FIFO")
def test_goods_sent_back_to_a_supplier_leave_at_their_cost() -> None:
    shelf = uk_company()
    buy(shelf, "5", "4")
    line = PurchaseLine(item_id="DESK", quantity=Decimal(2), unit_price=Decimal(9))
    credit = VendorCredit(vendor_id="PAPER", date=DAY, lines=[line])
    posting = shelf.post(uk_purchases.post_purchase_credit, credit)
    assert shelf.effect(posting)["5001"] == -1800
    assert stock(shelf) == (3, 1200)


def test_a_documents_line_of_stock_has_a_quantity_that_is_not_negative() -> None:
    shelf = uk_company()
    assert shelf.refused(uk_sales.post_invoice, invoice(None)) == {"QUANTITY_REQUIRED"}
    assert shelf.warned(uk_sales.post_invoice, invoice(None, form="ledger")) == set()
    line = SalesLine(item_id="DESK", quantity=Decimal(-1), unit_price=Decimal(-10))
    document = SalesInvoice(customer_id="ACME", date=DAY, lines=[line])
    assert shelf.refused(uk_sales.post_invoice, document) == {"QUANTITY_NEGATIVE"}


def test_a_refused_line_keeps_the_stock_of_the_others_where_it_is() -> None:
    shelf = uk_company()
    lines = [
        SalesLine(account_id="9000", amount=money("1")),
        SalesLine(item_id="DESK", quantity=Decimal(1), unit_price=Decimal(10)),
    ]
    document = SalesInvoice(customer_id="ACME", date=DAY, form="document", lines=lines)
    assert shelf.refused(uk_sales.update_ledgers, document) == {"UNKNOWN_REFERENCE"}


@pytest.mark.rule("UK-STOCK-NO-POSTING")
@pytest.mark.parametrize(
    ("quantity", "cost", "left"), [("3", Decimal(4), (3, 1200)), ("3", None, (3, 0))]
)
def test_an_adjustment_moves_stock_and_posts_nothing(
    quantity: str, cost: Decimal | None, left: tuple[int, int]
) -> None:
    shelf = uk_company()
    line = AdjustmentLine(item_id="DESK", quantity=Decimal(quantity), unit_cost=cost)
    document = InventoryAdjustment(date=DAY, lines=[line])
    posting = shelf.post(journals.post_adjustment, document)
    assert (posting.rows, stock(shelf)) == ([], left)


@pytest.mark.rule("UK-STOCK-NEGATIVE")
def test_an_adjustment_takes_no_more_than_there_is() -> None:
    line = AdjustmentLine(item_id="DESK", quantity=Decimal(-1))
    document = InventoryAdjustment(date=DAY, lines=[line])
    assert uk_company().refused(journals.post_adjustment, document) == {"STOCK_SHORT"}
