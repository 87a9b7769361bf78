"""What stock costs: FIFO, LIFO and average, goods sold before they came, goods returned."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from clary.ledger.posting import journals, us_purchases, us_sales
from clary.ledger.types.journals import AdjustmentLine, InventoryAdjustment
from clary.ledger.types.purchases import Purchase, PurchaseLine, VendorCredit
from clary.ledger.types.sales import CreditMemo, SalesInvoice, SalesLine
from tests.ledger.posting.shelf import DAY, Shelf
from tests.ledger.posting.worlds import made, us_company


def buy(shelf: Shelf, item_id: str, quantity: str, price: str) -> dict[str, int]:
    line = PurchaseLine(item_id=item_id, quantity=Decimal(quantity), unit_price=Decimal(price))
    document = Purchase(vendor_id="PAPER", date=DAY, lines=[line])
    return shelf.effect(shelf.post(us_purchases.post_purchase, document))


def sell(shelf: Shelf, *quantities: tuple[str, str]) -> dict[str, int]:
    lines = [
        SalesLine(item_id=item_id, quantity=Decimal(quantity), unit_price=Decimal(10))
        for item_id, quantity in quantities
    ]
    document = SalesInvoice(customer_id="ACME", date=DAY, lines=lines)
    return shelf.effect(shelf.post(us_sales.post_invoice, document))


def adjust(shelf: Shelf, item_id: str, quantity: str, **values: object) -> dict[str, int]:
    line = made(AdjustmentLine, item_id=item_id, quantity=Decimal(quantity), **values)
    document = InventoryAdjustment(date=DAY, lines=[line])
    return shelf.effect(shelf.post(journals.post_adjustment, document))


@pytest.mark.rule("US-FIFO")
def test_fifo_takes_the_oldest_layer_first() -> None:
    shelf = us_company()
    buy(shelf, "FIFO", "5", "4")
    buy(shelf, "FIFO", "5", "6")
    assert sell(shelf, ("FIFO", "7"))["5000"] == 5 * 400 + 2 * 600
    assert sell(shelf, ("FIFO", "3"))["5000"] == 3 * 600
    assert (shelf.items["FIFO"].quantity, shelf.items["FIFO"].value) == (0, 0)


@pytest.mark.rule("US-LIFO")
def test_lifo_takes_the_newest_layer_first() -> None:
    shelf = us_company()
    buy(shelf, "LIFO", "5", "4")
    buy(shelf, "LIFO", "5", "6")
    assert sell(shelf, ("LIFO", "7"))["5000"] == 5 * 600 + 2 * 400
    assert sell(shelf, ("LIFO", "3"))["5000"] == 3 * 400


@pytest.mark.rule("US-AVERAGE")
def test_average_takes_the_average_of_what_is_there() -> None:
    shelf = us_company()
    buy(shelf, "AVERAGE", "5", "4")
    buy(shelf, "AVERAGE", "5", "6")
    assert sell(shelf, ("AVERAGE", "7"))["5000"] == 3500
    assert sell(shelf, ("AVERAGE", "3"))["5000"] == 1500
    assert shelf.items["AVERAGE"].value == 0


@pytest.mark.rule("US-AVERAGE")
def test_the_last_of_an_average_takes_the_rounding_with_it() -> None:
    shelf = us_company()
    adjust(shelf, "AVERAGE", "3", unit_cost=Decimal("0.33333"))
    costs = [sell(shelf, ("AVERAGE", "1"))["5000"] for _ in range(3)]
    assert costs == [33, 34, 33]
    assert shelf.items["AVERAGE"].value == 0


def test_part_of_a_layer_costs_its_share_and_the_rest_the_remainder() -> None:
    shelf = us_company()
    adjust(shelf, "FIFO", "3", unit_cost=Decimal("0.33333"))
    assert shelf.items["FIFO"].value == 100
    assert [sell(shelf, ("FIFO", "1"))["5000"] for _ in range(3)] == [33, 34, 33]


@pytest.mark.parametrize("item_id", ["FIFO", "LIFO", "AVERAGE"])
def test_two_lines_of_one_invoice_share_the_stock(item_id: str) -> None:
    shelf = us_company()
    buy(shelf, item_id, "2", "4")
    buy(shelf, item_id, "2", "6")
    effect = sell(shelf, (item_id, "1"), (item_id, "2"), (item_id, "1"))
    assert effect["5000"] == 2000
    assert shelf.items[item_id].value == 0


@pytest.mark.rule("US-STOCK-SHORT")
@pytest.mark.parametrize("item_id", ["FIFO", "LIFO", "AVERAGE"])
def test_stock_sold_before_it_came_costs_nothing_until_it_comes(item_id: str) -> None:
    shelf = us_company()
    assert sell(shelf, (item_id, "3")) == {"1100": 3000, "4000": -3000}
    assert shelf.items[item_id].quantity == -300_000
    effect = buy(shelf, item_id, "5", "4")
    assert effect == {"1200": 800, "5000": 1200, "2000": -2000}
    assert (shelf.items[item_id].quantity, shelf.items[item_id].value) == (200_000, 800)


@pytest.mark.rule("US-STOCK-SHORT")
def test_short_stock_warns_where_negative_stock_is_allowed_and_is_refused_elsewhere() -> None:
    shelf = us_company()
    line = SalesLine(item_id="FIFO", quantity=Decimal(3), unit_price=Decimal(10))
    document = SalesInvoice(customer_id="ACME", date=DAY, lines=[line])
    assert shelf.warned(us_sales.post_invoice, document) == {"STOCK_SHORT"}
    shelf.set_policy(negative_stock=False)
    assert shelf.refusals(us_sales.post_invoice, document) == {("STOCK_SHORT", "lines.0.quantity")}


@pytest.mark.rule("US-STOCK-SHORT")
def test_goods_returned_while_stock_is_short_never_enter_it() -> None:
    shelf = us_company()
    shelf.items["FIFO"].unit_cost = 400_000
    sell(shelf, ("FIFO", "3"))
    line = SalesLine(item_id="FIFO", quantity=Decimal(2), unit_price=Decimal(10))
    memo = CreditMemo(customer_id="ACME", date=DAY, lines=[line])
    effect = shelf.effect(shelf.post(us_sales.post_credit_memo, memo))
    assert effect == {"1100": -2000, "4000": 2000}
    assert (shelf.items["FIFO"].quantity, shelf.items["FIFO"].value) == (-100_000, 0)


def test_a_return_without_stock_costs_the_items_unit_cost() -> None:
    shelf = us_company()
    shelf.items["FIFO"].unit_cost = 400_000
    line = SalesLine(item_id="FIFO", quantity=Decimal(2), unit_price=Decimal(10))
    memo = CreditMemo(customer_id="ACME", date=DAY, lines=[line])
    assert shelf.effect(shelf.post(us_sales.post_credit_memo, memo))["1200"] == 800


@pytest.mark.rule("US-ADJUSTMENT")
@pytest.mark.parametrize(
    ("item_id", "values", "amount"),
    [("FIFO", {"unit_cost": Decimal("2.5")}, 1000), ("AVERAGE", {}, 0)],
)
def test_an_adjustment_up_debits_inventory(
    item_id: str, values: dict[str, object], amount: int
) -> None:
    shelf = us_company()
    effect = adjust(shelf, item_id, "4", **values)
    assert effect == ({"1200": amount, "5000": -amount} if amount else {})
    assert shelf.items[item_id].quantity == 400_000


@pytest.mark.rule("US-ADJUSTMENT")
def test_an_adjustment_down_credits_inventory_against_the_stated_account() -> None:
    shelf = us_company()
    buy(shelf, "FIFO", "5", "4")
    assert adjust(shelf, "FIFO", "-2", account_id="6500") == {"1200": -800, "6500": 800}


@pytest.mark.rule("US-ADJUSTMENT")
def test_an_adjustment_after_an_oversale_only_fills_the_gap() -> None:
    shelf = us_company()
    sell(shelf, ("FIFO", "3"))
    assert adjust(shelf, "FIFO", "2", unit_cost=Decimal(4)) == {}
    assert (shelf.items["FIFO"].quantity, shelf.items["FIFO"].value) == (-100_000, 0)


@pytest.mark.rule("US-ADJUSTMENT")
def test_an_adjustment_says_everything_that_is_wrong_with_it() -> None:
    shelf = us_company()
    shelf.items["BARE"] = replace(shelf.items["FIFO"], id="BARE", number=20, cost_account_id=None)
    shelf.items["CLOSED"] = replace(
        shelf.items["FIFO"], id="CLOSED", number=21, inventory_account_id="9999"
    )
    lines = [
        AdjustmentLine(item_id="GONE", quantity=Decimal(1)),
        AdjustmentLine(item_id="HOUR", quantity=Decimal(1)),
        AdjustmentLine(item_id="FIFO", quantity=Decimal(0)),
        AdjustmentLine(item_id="BARE", quantity=Decimal(1)),
        AdjustmentLine(item_id="CLOSED", quantity=Decimal(1)),
        AdjustmentLine(item_id="FIFO", quantity=Decimal(1), account_id="1100"),
    ]
    document = InventoryAdjustment(date=DAY, lines=lines)
    assert shelf.refusals(journals.post_adjustment, document) == {
        ("UNKNOWN_REFERENCE", "lines.0.item_id"),
        ("QUANTITY_REQUIRED", "lines.1.quantity"),
        ("QUANTITY_REQUIRED", "lines.2.quantity"),
        ("ITEM_ACCOUNT_MISSING", "lines.3"),
        ("UNKNOWN_REFERENCE", "lines.4"),
        ("CONTROL_ACCOUNT", "lines.5.account_id"),
    }


@pytest.mark.rule("US-LINES")
def test_an_adjustment_without_lines_is_refused() -> None:
    document = InventoryAdjustment(date=DAY, lines=[])
    assert us_company().refused(journals.post_adjustment, document) == {"LINES_REQUIRED"}


@pytest.mark.rule("US-ITEM-ACCOUNTS")
def test_a_stock_item_without_its_accounts_is_refused() -> None:
    shelf = us_company()
    bare = replace(shelf.items["FIFO"], id="BARE", inventory_account_id=None, cost_account_id=None)
    shelf.items["BARE"] = bare
    line = PurchaseLine(item_id="BARE", quantity=Decimal(1), unit_price=Decimal(4))
    document = Purchase(vendor_id="PAPER", date=DAY, lines=[line])
    assert shelf.refusals(us_purchases.post_purchase, document) == {
        ("ITEM_ACCOUNT_MISSING", "lines.0")
    }
    bare.quantity, bare.value = 100_000, 400
    shelf.stacks[bare.number] = [(1, 100_000, 400)]
    sale = SalesInvoice(
        customer_id="ACME",
        date=DAY,
        lines=[SalesLine(item_id="BARE", quantity=Decimal(1), unit_price=Decimal(9))],
    )
    problems = shelf.check(us_sales.post_invoice, sale)[1].findings
    assert [one.code for one in problems] == ["ITEM_ACCOUNT_MISSING", "ITEM_ACCOUNT_MISSING"]


@pytest.mark.rule("US-ITEM-ACCOUNTS")
def test_goods_sent_back_above_cost_need_the_cost_account() -> None:
    shelf = us_company()
    shelf.items["FIFO"].cost_account_id = None
    buy(shelf, "FIFO", "5", "4")
    line = PurchaseLine(item_id="FIFO", quantity=Decimal(1), unit_price=Decimal(5))
    document = VendorCredit(vendor_id="PAPER", date=DAY, lines=[line])
    assert shelf.refusals(us_purchases.post_vendor_credit, document) == {
        ("ITEM_ACCOUNT_MISSING", "lines.0.item_id")
    }
    shelf.items["FIFO"].cost_account_id = "9999"
    assert shelf.refused(us_purchases.post_vendor_credit, document) == {"UNKNOWN_REFERENCE"}


@pytest.mark.rule("US-CONTROL-ACCOUNT")
def test_stock_is_bought_into_its_own_inventory_account_only() -> None:
    shelf = us_company()
    line = PurchaseLine(
        item_id="FIFO", quantity=Decimal(1), unit_price=Decimal(4), account_id="6500"
    )
    document = Purchase(vendor_id="PAPER", date=DAY, lines=[line])
    assert shelf.refusals(us_purchases.post_purchase, document) == {
        ("ACCOUNT_TYPE_WRONG", "lines.0.account_id")
    }
