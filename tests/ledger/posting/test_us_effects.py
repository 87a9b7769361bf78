"""What each document does to the general ledger, by item class: one test per cell."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.ledger.posting import us_purchases, us_sales
from clary.ledger.posting.rows import RowKind
from clary.ledger.types.purchases import Purchase, PurchaseLine, VendorCredit
from clary.ledger.types.sales import CreditMemo, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY, Shelf
from tests.ledger.posting.worlds import made, money, us_company

STOCK = ("FIFO", "LIFO", "AVERAGE", "KIT")
WORK = ("PART", "HOUR", "SHIFT")


def bill(item_id: str | None, quantity: str, price: str, **values: object) -> Purchase:
    line = made(
        PurchaseLine,
        item_id=item_id,
        quantity=Decimal(quantity),
        unit_price=Decimal(price),
        **values,
    )
    return Purchase(vendor_id="PAPER", number=None, date=DAY, lines=[line])


def invoice(item_id: str | None, quantity: str, price: str, **values: object) -> SalesInvoice:
    line = made(
        SalesLine, item_id=item_id, quantity=Decimal(quantity), unit_price=Decimal(price), **values
    )
    return SalesInvoice(customer_id="ACME", date=DAY, lines=[line])


def memo(item_id: str | None, quantity: str, price: str) -> CreditMemo:
    line = SalesLine(item_id=item_id, quantity=Decimal(quantity), unit_price=Decimal(price))
    return CreditMemo(customer_id="ACME", date=DAY, lines=[line])


def credit(item_id: str | None, quantity: str, price: str) -> VendorCredit:
    line = PurchaseLine(item_id=item_id, quantity=Decimal(quantity), unit_price=Decimal(price))
    return VendorCredit(vendor_id="PAPER", date=DAY, lines=[line])


def stocked(item_id: str) -> Shelf:
    """Return a company that has bought ten of a stock item for 4.00 each."""
    shelf = us_company()
    shelf.post(us_purchases.post_purchase, bill(item_id, "10", "4"))
    return shelf


@pytest.mark.rule("US-STOCK-PURCHASE")
@pytest.mark.parametrize("item_id", STOCK)
def test_a_purchase_of_stock_debits_inventory_and_credits_payables(item_id: str) -> None:
    shelf = us_company()
    posting = shelf.post(us_purchases.post_purchase, bill(item_id, "10", "4"))
    assert shelf.effect(posting) == {"1200": 4000, "2000": -4000}
    assert (shelf.items[item_id].quantity, shelf.items[item_id].value) == (1_000_000, 4000)


@pytest.mark.rule("US-STOCK-SALE")
@pytest.mark.rule("US-COSTS-BY-BOOKS")
@pytest.mark.parametrize("item_id", STOCK)
def test_a_sale_of_stock_moves_receivable_revenue_cost_and_inventory(item_id: str) -> None:
    shelf = stocked(item_id)
    posting = shelf.post(us_sales.post_invoice, invoice(item_id, "3", "9.99"))
    assert shelf.effect(posting) == {"1100": 2997, "4000": -2997, "5000": 1200, "1200": -1200}
    assert (shelf.items[item_id].quantity, shelf.items[item_id].value) == (700_000, 2800)


@pytest.mark.rule("US-CREDIT-MEMO")
@pytest.mark.parametrize("item_id", STOCK)
def test_a_credit_memo_takes_stock_back_at_what_it_costs_now(item_id: str) -> None:
    shelf = stocked(item_id)
    posting = shelf.post(us_sales.post_credit_memo, memo(item_id, "2", "9.99"))
    assert shelf.effect(posting) == {"1100": -1998, "4000": 1998, "5000": -800, "1200": 800}
    assert shelf.items[item_id].quantity == 1_200_000


@pytest.mark.rule("US-VENDOR-CREDIT")
@pytest.mark.parametrize("item_id", STOCK)
def test_a_vendor_credit_sends_stock_back_at_its_cost(item_id: str) -> None:
    shelf = stocked(item_id)
    posting = shelf.post(us_purchases.post_vendor_credit, credit(item_id, "2", "4"))
    assert shelf.effect(posting) == {"2000": 800, "1200": -800}
    assert shelf.items[item_id].value == 3200


@pytest.mark.rule("US-VENDOR-CREDIT")
def test_what_a_vendor_credit_gives_beyond_the_cost_goes_to_cost_of_sales() -> None:
    shelf = stocked("FIFO")
    posting = shelf.post(us_purchases.post_vendor_credit, credit("FIFO", "2", "5"))
    assert shelf.effect(posting) == {"2000": 1000, "1200": -800, "5000": -200}


@pytest.mark.rule("US-SERVICE-PURCHASE")
@pytest.mark.parametrize("item_id", WORK)
def test_a_purchase_of_work_debits_the_salaries_account(item_id: str) -> None:
    shelf = us_company()
    posting = shelf.post(us_purchases.post_purchase, bill(item_id, "2", "7.50"))
    assert shelf.effect(posting) == {"6000": 1500, "2000": -1500}
    assert shelf.items[item_id].quantity == 0


@pytest.mark.rule("US-SERVICE-SALE")
@pytest.mark.rule("US-COSTS-BY-BOOKS")
@pytest.mark.parametrize("item_id", WORK)
def test_a_sale_of_work_credits_the_salaries_account_against_cost_of_sales(item_id: str) -> None:
    shelf = us_company()
    posting = shelf.post(us_sales.post_invoice, invoice(item_id, "2", "20"))
    assert shelf.effect(posting) == {"1100": 4000, "4100": -4000, "5000": 1500, "6000": -1500}


@pytest.mark.rule("US-CREDIT-MEMO")
@pytest.mark.parametrize("item_id", WORK)
def test_a_credit_memo_of_work_takes_the_cost_entry_back(item_id: str) -> None:
    shelf = us_company()
    posting = shelf.post(us_sales.post_credit_memo, memo(item_id, "2", "20"))
    assert shelf.effect(posting) == {"1100": -4000, "4100": 4000, "5000": -1500, "6000": 1500}


@pytest.mark.rule("US-VENDOR-CREDIT")
@pytest.mark.parametrize("item_id", WORK)
def test_a_vendor_credit_of_work_credits_the_salaries_account(item_id: str) -> None:
    shelf = us_company()
    posting = shelf.post(us_purchases.post_vendor_credit, credit(item_id, "2", "7.50"))
    assert shelf.effect(posting) == {"6000": -1500, "2000": 1500}


@pytest.mark.rule("US-DESCRIPTION-PURCHASE")
def test_a_purchase_of_a_description_only_item_debits_cost_of_sales() -> None:
    shelf = us_company()
    posting = shelf.post(us_purchases.post_purchase, bill("NOTE", "1", "12"))
    assert shelf.effect(posting) == {"5000": 1200, "2000": -1200}


@pytest.mark.rule("US-DESCRIPTION-SALE")
def test_a_sale_of_a_description_only_item_has_no_cost_entry() -> None:
    shelf = us_company()
    posting = shelf.post(us_sales.post_invoice, invoice("NOTE", "1", "30"))
    assert shelf.effect(posting) == {"1100": 3000, "4000": -3000}


@pytest.mark.rule("US-CREDIT-MEMO")
def test_a_credit_memo_of_a_description_only_item_has_no_cost_entry() -> None:
    shelf = us_company()
    posting = shelf.post(us_sales.post_credit_memo, memo("NOTE", "1", "30"))
    assert shelf.effect(posting) == {"1100": -3000, "4000": 3000}


@pytest.mark.rule("US-VENDOR-CREDIT")
def test_a_vendor_credit_of_a_description_only_item_credits_cost_of_sales() -> None:
    shelf = us_company()
    posting = shelf.post(us_purchases.post_vendor_credit, credit("NOTE", "1", "12"))
    assert shelf.effect(posting) == {"5000": -1200, "2000": 1200}


def test_a_line_without_an_item_posts_to_its_own_account() -> None:
    shelf = us_company()
    sale = shelf.post(us_sales.post_invoice, invoice(None, "1", "30", account_id="4100"))
    assert shelf.effect(sale) == {"1100": 3000, "4100": -3000}
    bought = shelf.post(us_purchases.post_purchase, bill(None, "1", "12", account_id="6500"))
    assert shelf.effect(bought) == {"6500": 1200, "2000": -1200}


def test_a_stated_account_wins_over_the_items_own_outside_stock() -> None:
    shelf = us_company()
    sale = shelf.post(us_sales.post_invoice, invoice("NOTE", "1", "30", account_id="4100"))
    assert shelf.effect(sale) == {"1100": 3000, "4100": -3000}
    bought = shelf.post(us_purchases.post_purchase, bill("HOUR", "1", "12", account_id="6500"))
    assert shelf.effect(bought) == {"6500": 1200, "2000": -1200}


def test_each_row_says_what_it_is_and_which_line_it_comes_from() -> None:
    shelf = stocked("FIFO")
    posting = shelf.post(us_sales.post_invoice, invoice("FIFO", "3", "9.99"))
    told = [(row.kind, row.line, row.quantity) for row in posting.rows]
    assert told == [
        (RowKind.LINE, 0, 300_000),
        (RowKind.COST, 0, None),
        (RowKind.STOCK, 0, None),
        (RowKind.CONTROL, None, None),
    ]


def test_an_amount_alone_is_enough_for_a_line_without_stock() -> None:
    shelf = us_company()
    lines = [SalesLine(account_id="4000", amount=money("12.34"))]
    posting = shelf.post(
        us_sales.post_invoice, SalesInvoice(customer_id="ACME", date=DAY, lines=lines)
    )
    assert posting.total == 1234
    assert posting.filled["lines"] == [
        (0, {"account_id": "4000", "amount": "12.34", "tax_type": 1})
    ]
