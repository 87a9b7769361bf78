"""Orders know what has been delivered of them, through posting, editing and taking back."""

from __future__ import annotations

import pytest

from clary.companies.contract import Session
from clary.kernel.change import Body, JsonValue, Verb
from tests.companies.sandbox.small import bill, goods, invoice, key, lines, plain

pytestmark = pytest.mark.rule("US-ORDER-DELIVERED")


def order(session: Session, *entries: Body, number: str = "S1", customer: str = "ACME") -> str:
    """Enter a sales order and return its key."""
    body: Body = {
        "number": number,
        "customer_id": customer,
        "date": "2026-02-01",
        "lines": lines(*entries),
    }
    return str(session.create("sales_order", body).key)


def naming(quantity: str, item: str = "PART", **more: JsonValue) -> Body:
    """Return an invoice line that names the order."""
    return {**goods(item, quantity, "9"), "sales_order_number": "S1", **more}


def sell(session: Session, *entries: Body) -> str:
    return str(session.create("sales_invoice", invoice(*entries)).key)


def delivered(session: Session, number: str, name: str = "sales_order") -> list[JsonValue]:
    """Return what each line of an order says it has delivered."""
    field = "quantity_delivered" if name == "sales_order" else "quantity_received"
    stored = session.get(name, key(name, number))["lines"]
    assert isinstance(stored, list)
    return [line.get(field) for line in stored if isinstance(line, dict)]


def test_a_line_that_names_the_order_line_delivers_it(us: Session) -> None:
    number = order(us, goods("PART", "5", "9"), goods("PART", "3", "9"), plain("7.00"))
    sell(us, naming("2", sales_order_line=2))
    assert delivered(us, number) == [None, "2", None]
    sell(us, naming("4.5", sales_order_line=2), naming("1", sales_order_line=1))
    assert delivered(us, number) == ["1", "6.5", None]
    assert us.get("sales_order", key("sales_order", number)).get("closed") is not True


def test_a_line_that_names_only_the_order_delivers_its_item_line_by_line(us: Session) -> None:
    number = order(us, goods("PART", "2", "9"), goods("LABOR", "1", "9"), goods("PART", "3", "9"))
    sell(us, naming("1", "part"))
    assert delivered(us, number) == ["1", None, None]
    big = sell(us, naming("9"), naming("1", "TEXT"))
    assert delivered(us, number) == ["2", None, "8"]
    us.act("sales_invoice", key("sales_invoice", big), Verb.VOID, {})
    assert delivered(us, number) == ["1", None, None]


@pytest.mark.parametrize("way", ["void", "delete", "edit"])
def test_what_is_taken_back_is_no_longer_delivered(us: Session, way: str) -> None:
    number = order(us, goods("PART", "5", "9"))
    sold = key("sales_invoice", sell(us, naming("2", sales_order_line=1)))
    assert delivered(us, number) == ["2"]
    if way == "void":
        us.act("sales_invoice", sold, Verb.VOID, {})
    elif way == "delete":
        us.delete("sales_invoice", sold)
    else:
        us.update("sales_invoice", sold, {"lines": lines(naming("3", sales_order_line=1))})
    assert delivered(us, number) == (["3"] if way == "edit" else [None])


def test_goods_received_of_a_purchase_order_come_with_bills_and_waiting_receipts(
    us: Session,
) -> None:
    body: Body = {
        "number": "P1",
        "vendor_id": "V-ACME",
        "date": "2026-02-01",
        "lines": lines(goods("FIFO", "10", "4")),
    }
    number = str(us.create("purchase_order", body).key)
    part = {**goods("FIFO", "4", "4"), "purchase_order_number": "P1"}
    us.create("purchase", bill(part, waiting_on_bill=True))
    us.create("purchase", bill({**part, "purchase_order_line": 1}, number="B2"))
    assert delivered(us, number, "purchase_order") == ["8"]


def test_an_edited_order_keeps_what_was_delivered_of_it(us: Session) -> None:
    number = order(us, goods("PART", "5", "9"))
    named = key("sales_order", number)
    sell(us, naming("2"))
    us.update("sales_order", named, {"closed": True})
    assert delivered(us, number) == ["2"]
    us.update("sales_order", named, {"lines": lines(goods("LABOR", "1", "9"), plain("1.00"))})
    assert delivered(us, number) == [None, None]
    us.update("sales_order", named, {"lines": lines(plain("1.00"), goods("PART", "1", "9"))})
    assert delivered(us, number) == [None, "2"]
    us.update("sales_order", named, {"number": "S2"})
    assert delivered(us, number) == [None, None]


def test_an_order_of_another_customer_or_none_is_told_and_changes_nothing(us: Session) -> None:
    number = order(us, goods("PART", "5", "9"), customer="BETA")
    made = us.create("sales_invoice", invoice(naming("2"), naming("1", sales_order_line=7)))
    assert [(one.code, one.field) for one in made.warnings] == [
        ("ORDER_UNKNOWN", "lines.0.sales_order_number"),
        ("ORDER_UNKNOWN", "lines.1.sales_order_number"),
    ]
    received = us.create(
        "purchase", bill({**goods("FIFO", "1", "4"), "purchase_order_number": "S1"}, number="B1")
    )
    assert [one.code for one in received.warnings] == ["ORDER_UNKNOWN"]
    assert delivered(us, number) == [None]


def test_a_place_that_the_order_has_not_delivers_nothing(us: Session) -> None:
    number = order(us, goods("PART", "5", "9"))
    sell(us, naming("2", sales_order_line=2))
    assert delivered(us, number) == [None]


def test_an_order_and_its_invoice_may_come_in_one_group(us: Session) -> None:
    with us.group():
        number = order(us, goods("PART", "5", "9"))
        sell(us, naming("2"))
    assert delivered(us, number) == ["2"]


def test_quotes_are_not_delivered(us: Session) -> None:
    body: Body = {
        "number": "S1",
        "customer_id": "ACME",
        "date": "2026-02-01",
        "lines": lines(goods("PART", "1", "9")),
    }
    quote = us.create("quote", body)
    sell(us, naming("1"))
    stored = us.get("quote", key("quote", quote.key))["lines"]
    assert isinstance(stored, list)
    assert stored == [{**goods("PART", "1", "9"), "amount": "9.00"}]
