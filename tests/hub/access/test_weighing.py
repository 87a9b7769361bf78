"""What a plan comes to: nothing that moves money is light for want of an amount or by its rate."""

from __future__ import annotations

import pytest

from clary.flows.operations.requests import Document, Operation, OperationOptions
from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.services.applying import Applying, apply_plan
from clary.hub.services.approving import ApprovalAnswer, approval_of, approve_plan
from clary.hub.services.deciding import change_decision
from clary.hub.services.operations import Asked, operate, plan_operation
from clary.hub.services.runs import plan_the_undo
from clary.hub.services.sandbox import NewSandbox, create_sandbox
from clary.kernel.change import Body, Verb
from clary.kernel.errors import Guarded
from tests.hub.access.posting import asked

BOB = Access("Bob", Role.APPROVER)
DAY = "2026-03-02"


@pytest.fixture
def us(house: Installation) -> Installation:
    """Give a US company with goods, where plans above 1,000.00 need an approval."""
    create_sandbox(house, NewSandbox("South", "us", seed="demo"))
    change_decision(house, "approval_amount", "1000")
    return house


@pytest.fixture
def uk(house: Installation) -> Installation:
    """Give a UK company with Foreign Trader, where plans above 1,000.00 need an approval."""
    create_sandbox(house, NewSandbox("North", "uk", seed="demo"))
    vendor: Body = {"id": "EUROVEND", "name": "Euro Vendor", "currency": "EUR"}
    operate(house, "North", asked("vendor", vendor), Applying())
    change_decision(house, "approval_amount", "1000")
    return house


def weighed(house: Installation, company: str, kind: str, *bodies: Body) -> ApprovalAnswer:
    plan = plan_operation(house, company, asked(kind, *bodies)).plan
    assert not plan.errors, plan.findings
    return approval_of(house, plan.id)


def adjusted(quantity: str, cost: str | None, item: str = "AP-01") -> Body:
    line: Body = {"item_id": item, "quantity": quantity, "account_id": "39005"}
    return {**line, "unit_cost": cost} if cost is not None else line


def bill(amount: str, **stated: str) -> Body:
    line: Body = {
        "description": "Parts",
        "amount": amount,
        "account_id": "5000",
        "tax_code_id": "T9",
        "tax_amount": "0.00",
    }
    return {"vendor_id": "EUROVEND", "number": "E1", "date": DAY, "lines": [line], **stated}


def test_goods_that_are_taken_into_stock_weigh_what_they_cost(us: Installation) -> None:
    body: Body = {"date": DAY, "lines": [adjusted("10000", "500")]}
    found = weighed(us, "South", "inventory_adjustment", body)
    assert (found.amount, found.needed) == (500_000_000, True)
    with pytest.raises(Guarded):
        apply_plan(us, found.plan, Applying())


def test_goods_that_come_and_go_do_not_cancel_each_other_out(us: Installation) -> None:
    change_decision(us, "approval_amount", None)
    lines = [adjusted("100", "500")]
    into = plan_operation(us, "South", asked("inventory_adjustment", {"date": DAY, "lines": lines}))
    apply_plan(us, into.plan.id, Applying())
    change_decision(us, "approval_amount", "1000")
    swap: Body = {"date": DAY, "lines": [adjusted("90", "500"), adjusted("-90", None)]}
    found = weighed(us, "South", "inventory_adjustment", swap)
    assert found.needed
    assert found.amount is not None
    assert found.amount >= 4_500_000


def test_an_adjustment_that_is_taken_back_weighs_what_it_was(us: Installation) -> None:
    body: Body = {"date": DAY, "number": "ADJ", "lines": [adjusted("10", "500")]}
    plan = plan_operation(us, "South", asked("inventory_adjustment", body)).plan.id
    approve_plan(us.acting_as(BOB), plan)
    run = apply_plan(us, plan, Applying()).run
    assert run.applied == 1
    assert approval_of(us, plan_the_undo(us, run.id).plan.id).amount == 500_000


def test_lines_that_cancel_each_other_out_weigh_what_they_move(us: Installation) -> None:
    lines: list[Body] = [
        {"description": "To", "amount": "900000.00", "account_id": "40000"},
        {"description": "From", "amount": "-900000.00", "account_id": "40100"},
    ]
    body: Body = {"customer_id": "TOPAZ-LAW", "number": "Z1", "date": DAY, "lines": lines}
    found = weighed(us, "South", "sales_invoice", body)
    assert found.amount is not None
    assert found.amount >= 90_000_000


def test_a_price_with_more_decimals_than_money_weighs_what_is_posted(us: Installation) -> None:
    line: Body = {
        "description": "Hours",
        "quantity": "3",
        "unit_price": "33.335",
        "account_id": "40000",
    }
    body: Body = {"customer_id": "TOPAZ-LAW", "number": "P1", "date": DAY, "lines": [line]}
    found = weighed(us, "South", "sales_invoice", body)
    assert found.amount is not None
    assert found.amount >= 10_001


@pytest.mark.parametrize("rate", ["1.17", "0.8547"])
def test_a_rate_that_does_not_divide_evenly_is_no_trouble(uk: Installation, rate: str) -> None:
    found = weighed(uk, "North", "purchase", bill("100.00", currency="EUR", exchange_rate=rate))
    assert found.amount == {"1.17": 8547, "0.8547": 11700}[rate]
    assert apply_plan(uk, found.plan, Applying()).run.applied == 1


def test_no_rate_that_is_stated_makes_a_document_light(uk: Installation) -> None:
    stated = bill("900000.00", currency="EUR", exchange_rate="1000000")
    found = weighed(uk, "North", "purchase", stated)
    assert found.amount == 76_923_077
    with pytest.raises(Guarded):
        apply_plan(uk, found.plan, Applying())


def test_the_currency_of_the_party_counts_where_none_is_stated(uk: Installation) -> None:
    assert weighed(uk, "North", "purchase", bill("117.00")).amount == 10_000
    light = weighed(uk, "North", "purchase", bill("900000.00", exchange_rate="1000000"))
    assert light.amount == 76_923_077


def test_the_rate_of_a_currency_waits_for_an_approval(uk: Installation) -> None:
    asks = Asked(Operation.UPDATE, "currency", [Document("1", {"rate": "1000000"}, key="EUR")])
    found = approval_of(uk, plan_operation(uk, "North", asks).plan.id)
    assert (found.amount, found.needed) == (None, True)


def test_what_is_taken_back_weighs_at_the_rate_that_it_has(uk: Installation) -> None:
    dear = bill("9000.00", currency="EUR", exchange_rate="0.5")
    plan = plan_operation(uk, "North", asked("purchase", dear)).plan.id
    approve_plan(uk.acting_as(BOB), plan)
    run = apply_plan(uk, plan, Applying()).run
    assert run.applied == 1
    assert approval_of(uk, plan_the_undo(uk, run.id).plan.id).amount == 1_800_000


def test_an_act_of_which_nothing_is_known_waits_for_an_approval(us: Installation) -> None:
    line: Body = {"description": "W", "amount": "10", "quantity": "1", "account_id": "40000"}
    body: Body = {"customer_id": "TOPAZ-LAW", "number": "V1", "date": DAY, "lines": [line]}
    made = plan_operation(us, "South", asked("sales_invoice", body)).plan.id
    apply_plan(us, made, Applying())
    options = OperationOptions(verb=Verb.VOID)
    key = "customer:TOPAZ-LAW:V1"
    twice = [Document("1", key=key), Document("2", key=key)]
    asks = Asked(Operation.ACT, "sales_invoice", twice, options)
    found = approval_of(us, plan_operation(us, "South", asks).plan.id)
    assert (found.amount, found.needed) == (None, True)


def test_tax_that_the_books_work_out_counts(uk: Installation) -> None:
    line: Body = {
        "description": "Work",
        "amount": "1000.00",
        "account_id": "4000",
        "tax_code_id": "T1",
    }
    body: Body = {"customer_id": "MILLPRIN", "number": "T1", "date": DAY, "lines": [line]}
    assert weighed(uk, "North", "sales_invoice", body).amount == 120_000
