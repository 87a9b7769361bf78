"""Voiding and deleting take back everything a document moved, or nothing at all."""

from __future__ import annotations

import pytest

from clary.companies.contract import Session
from clary.kernel.change import Body, Verb
from clary.kernel.errors import Rejected
from tests.companies.sandbox.small import (
    bill,
    everything,
    goods,
    invoice,
    key,
    lines,
    moved,
    plain,
)

STOCK_ITEMS = ("FIFO", "LIFO", "AVERAGE")


def stocked(session: Session) -> None:
    """Receive stock of every costed item at two prices."""
    for item in STOCK_ITEMS:
        session.create("purchase", bill(goods(item, "10", "4"), number=f"{item}-1"))
        session.create("purchase", bill(goods(item, "10", "6"), number=f"{item}-2"))


def documents() -> list[tuple[str, Body]]:
    """Return one document of each posted type."""
    receipt: Body = {
        "reference": "R1",
        "customer_id": "BETA",
        "date": "2026-03-03",
        "cash_account_id": "1020",
        "amount": "50.00",
        "applications": lines({"invoice_number": "OPEN", "amount": "40.00"}),
    }
    payment: Body = {
        "reference": "C1",
        "vendor_id": "V-BETA",
        "date": "2026-03-03",
        "cash_account_id": "1020",
        "applications": lines({"invoice_number": "DUE", "amount": "30.00"}),
    }
    journal: Body = {
        "number": "J1",
        "date": "2026-03-03",
        "lines": lines(plain("5.00", "6100"), plain("-5.00", "1020")),
    }
    adjustment: Body = {
        "number": "A1",
        "date": "2026-03-03",
        "lines": lines({"item_id": "FIFO", "quantity": "-2", "account_id": "6100"}),
    }
    applied = lines({"invoice_number": "OPEN", "amount": "10.00"})
    return [
        ("sales_invoice", invoice(*(goods(item, "13", "9") for item in STOCK_ITEMS))),
        ("sales_invoice", invoice(goods("LABOR", "2", "50"), tax_code_id="TAXED")),
        ("credit_memo", invoice(goods("FIFO", "1", "9"))),
        ("credit_memo", invoice(plain("10.00"), customer="BETA", applications=applied)),
        ("purchase", bill(goods("LIFO", "5", "7"), number="NEW")),
        ("purchase", bill(goods("TEXT", "1", "7"), number="NEW2", waiting_on_bill=True)),
        ("vendor_credit", bill(goods("FIFO", "2", "5"), number="BACK")),
        ("receipt", receipt),
        ("payment", payment),
        ("journal_entry", journal),
        ("inventory_adjustment", adjustment),
    ]


@pytest.fixture
def busy(us: Session) -> Session:
    """Return the small company with stock, an open invoice and an open bill."""
    stocked(us)
    us.create("sales_invoice", invoice(plain("90.00"), customer="BETA", number="OPEN"))
    us.create("purchase", bill(plain("70.00", "6100"), vendor="V-BETA", number="DUE"))
    return us


@pytest.mark.parametrize("position", range(len(documents())))
@pytest.mark.parametrize("how", ["void", "delete"])
def test_taking_a_document_back_returns_every_figure(
    busy: Session, position: int, how: str
) -> None:
    name, body = documents()[position]
    before = everything(busy)
    written = busy.create(name, body)
    assert everything(busy) != before
    record = key(name, written.key)
    if how == "void":
        busy.act(name, record, Verb.VOID, {})
    else:
        busy.delete(name, record)
    assert everything(busy) == before


def test_a_void_is_a_transaction_of_its_own_with_opposite_rows(busy: Session) -> None:
    written = busy.create("sales_invoice", invoice(goods("FIFO", "13", "9")))
    outcome = busy.act("sales_invoice", key("sales_invoice", written.key), Verb.VOID, {})
    assert outcome.undo is not None
    there = moved(busy, written.key)
    assert moved(busy, outcome.undo["reversal"]) == {a: -amount for a, amount in there.items()}


def test_a_paid_invoice_is_not_voided_and_says_by_what(busy: Session) -> None:
    written = busy.create("sales_invoice", invoice(plain("20.00"), number="PAID"))
    receipt: Body = {
        "reference": "R9",
        "customer_id": "ACME",
        "date": "2026-03-05",
        "cash_account_id": "1020",
        "applications": lines({"invoice_number": "PAID", "amount": "20.00"}),
    }
    paid = busy.create("receipt", receipt)
    before = everything(busy)
    with pytest.raises(Rejected) as refused:
        busy.act("sales_invoice", key("sales_invoice", written.key), Verb.VOID, {})
    assert refused.value.code == "DOCUMENT_SETTLED"
    assert f"transaction {paid.key}" in str(refused.value)
    assert everything(busy) == before


def test_a_bill_whose_goods_were_sold_is_not_voided(busy: Session) -> None:
    bought = busy.create("purchase", bill(goods("FIFO", "5", "9"), number="LATE"))
    busy.create("sales_invoice", invoice(goods("FIFO", "22", "9")))
    with pytest.raises(Rejected) as refused:
        busy.act("purchase", key("purchase", bought.key), Verb.VOID, {})
    assert refused.value.code == "STOCK_USED_SINCE"


def test_a_document_is_voided_once_only(busy: Session) -> None:
    written = busy.create("sales_invoice", invoice(plain("20.00")))
    record = key("sales_invoice", written.key)
    outcome = busy.act("sales_invoice", record, Verb.VOID, {})
    for number in (written.key, (outcome.undo or {})["reversal"]):
        with pytest.raises(Rejected) as refused:
            busy.act("sales_invoice", key("sales_invoice", number), Verb.VOID, {})
        assert refused.value.code in ("DOCUMENT_REVERSED", "DOCUMENT_REVERSAL")


def test_a_deleted_transaction_number_is_never_given_again(busy: Session) -> None:
    written = busy.create("sales_invoice", invoice(plain("20.00")))
    busy.delete("sales_invoice", key("sales_invoice", written.key))
    again = busy.create("sales_invoice", invoice(plain("20.00")))
    assert int(str(again.key)) > int(str(written.key))


def test_goods_sold_before_they_came_cost_nothing_until_they_come(busy: Session) -> None:
    busy.create("sales_invoice", invoice(goods("FIFO", "25", "9")))
    item = busy.get("item", key("item", "FIFO"))
    assert (item["quantity_on_hand"], item["stock_value"]) == ("-5", "0.00")
    bought = busy.create("purchase", bill(goods("FIFO", "8", "5"), number="LATE"))
    item = busy.get("item", key("item", "FIFO"))
    assert (item["quantity_on_hand"], item["stock_value"]) == ("3", "15.00")
    assert {account: str(amount) for account, amount in moved(busy, bought.key).items()} == {
        "1200": "15",
        "5000": "25",
        "2000": "-40",
    }


@pytest.mark.parametrize("item", STOCK_ITEMS)
def test_one_adjustment_may_put_in_and_take_out_the_same_item(busy: Session, item: str) -> None:
    before = everything(busy)
    body: Body = {
        "date": "2026-03-03",
        "lines": lines(
            {"item_id": item, "quantity": "5", "unit_cost": "9", "account_id": "6100"},
            {"item_id": item, "quantity": "-23", "account_id": "6100"},
        ),
    }
    written = busy.create("inventory_adjustment", body)
    record = busy.get("item", key("item", item))
    assert record["quantity_on_hand"] == "2"
    assert not written.warnings
    busy.act("inventory_adjustment", key("inventory_adjustment", written.key), Verb.VOID, {})
    assert everything(busy) == before


def test_an_order_is_changed_and_its_total_worked_out_again(busy: Session) -> None:
    written = busy.create("sales_order", invoice(goods("FIFO", "2", "5"), number="SO"))
    record = key("sales_order", written.key)
    busy.update("sales_order", record, {"lines": lines(goods("FIFO", "4", "5"))})
    assert busy.get("sales_order", record)["total"] == "20.00"


def test_a_total_that_is_stated_beside_other_lines_is_that_of_the_new_ones(busy: Session) -> None:
    written = busy.create("sales_invoice", invoice(plain("10.00"), number="TOTAL"))
    record = key("sales_invoice", written.key)
    changed: Body = {"lines": lines(plain("10.00"), plain("10.00"))}
    with pytest.raises(Rejected) as caught:
        busy.update("sales_invoice", record, {**changed, "total": "10.00"})
    assert [one.code for one in caught.value.findings] == ["TOTAL_DIFFERS"]
    busy.update("sales_invoice", record, {**changed, "total": "20.00"})
    assert busy.get("sales_invoice", record)["total"] == "20.00"
