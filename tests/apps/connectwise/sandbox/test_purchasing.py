"""Purchase orders received by their clients and at the screen, and expenses until approved."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.apps.connectwise.sandbox.caller import Caller, Json
from tests.sites import Site

ORDERS = "procurement/purchaseorders"


def purchases(ask: Caller, number: str) -> list[Json]:
    told = ask.export(exportProductsFlag=True)["purchaseTransactions"]
    return [each for each in told if each["documentNumber"] == number]


def order(ask: Caller, number: str) -> Json:
    return ask.get(ORDERS, conditions=f'poNumber="{number}"')[0]


def test_a_line_is_listed_once_it_is_received_and_closed(ask: Caller) -> None:
    identifier = order(ask, "PO-2003")["id"]
    path = f"{ORDERS}/{identifier}/lineitems"
    line = next(each for each in ask.get(path) if each["receivedStatus"] == "Waiting")
    ask.patch(f"{path}/{line['id']}", ("receivedStatus", "FullyReceived"), ("packingSlip", "PS-X"))
    assert len(purchases(ask, "PO-2003")) == 1
    told = ask.patch(f"{path}/{line['id']}", ("closedFlag", True))
    assert (told["receivedQuantity"], told["batchedFlag"]) == (40, False)
    made = purchases(ask, "PO-2003")
    assert [each["packingSlip"] for each in made] == ["PS-7003", "PS-X"]
    assert made[1]["total"] == 160
    patch = [{"op": "replace", "path": "receivedQuantity", "value": 1}]
    assert ask("PATCH", f"{path}/{line['id']}", patch).status == 409


def test_part_of_a_line_is_received(ask: Caller, fresh: Site) -> None:
    fresh.act("receive-line", order="PO-2003", line=2, quantity=15, packing_slip="PS-7003")
    made = purchases(ask, "PO-2003")
    assert [each["packingSlip"] for each in made] == ["PS-7003", "PS-7003-2"]
    assert [line["quantity"] for line in made[1]["purchaseDetail"]] == [-15]


def test_what_is_received_but_open_is_not_listed(ask: Caller, fresh: Site) -> None:
    fresh.act("receive-line", order="PO-2903", line=1, close=False)
    assert purchases(ask, "PO-2903") == []
    with pytest.raises(AssertionError, match="404"):
        fresh.act("receive-line", order="PO-2903", line=2)


def test_the_vendors_invoice_comes_later(ask: Caller, fresh: Site) -> None:
    assert "vendorInvoiceNumber" not in purchases(ask, "PO-2002")[0]
    fresh.act("add-vendor-invoice", order="PO-2002", number="V-9", date="2026-02-03")
    told = purchases(ask, "PO-2002")[0]
    assert (told["vendorInvoiceNumber"], told["vendorInvoiceDate"]) == (
        "V-9",
        "2026-02-03T00:00:00Z",
    )
    ask.patch(f"{ORDERS}/{order(ask, 'PO-2002')['id']}", ("vendorInvoiceNumber", "V-10"))
    assert purchases(ask, "PO-2002")[0]["vendorInvoiceNumber"] == "V-10"


def test_an_order_is_made_received_and_closed_by_its_client(ask: Caller) -> None:
    made = ask.post(
        ORDERS,
        {
            "poNumber": "PO-9",
            "vendorCompany": {"identifier": "AlderDrives"},
            "terms": {"id": 1},
            "taxCode": {"id": 1},
            "taxPoFlag": True,
            "freightCost": 5,
        },
    )
    path = f"{ORDERS}/{made['id']}/lineitems"
    line = ask.post(
        path,
        {
            "product": {"identifier": "NS-OFFICE"},
            "quantity": 3,
            "unitCost": 12.4,
            "receivedQuantity": 3,
            "closedFlag": True,
        },
    )
    told = purchases(ask, "PO-9")[0]
    assert told["total"] == Decimal("37.20") + Decimal("2.23") + Decimal("0.47") + 5
    assert told["purchaseDetail"][0]["accountNumber"] == "73000"
    assert ask.get(f"{path}/{line['id']}")["tax"] == Decimal("2.70")
    after = ask.patch(f"{ORDERS}/{made['id']}", ("status", {"name": "Closed"}))
    assert after["closedFlag"] is True
    assert after["total"] == told["total"]
    assert ask("POST", ORDERS, {"poNumber": "po-9", "vendorCompany": {"id": 44}}).status == 400


def test_an_expense_waits_once_it_is_approved(ask: Caller, fresh: Site) -> None:
    made = ask.post(
        "expense/entries",
        {
            "company": {"id": 2},
            "type": {"name": "Parking"},
            "member": {"identifier": "MWEBB"},
            "amount": 7.5,
            "date": "2026-02-03T00:00:00Z",
        },
    )
    path = f"expense/entries/{made['id']}"
    assert ask.patch(path, ("amount", 8))["amount"] == 8
    conditions = f"expenseDetailId={made['id']}"
    assert ask.get("finance/accounting/unpostedexpenses", conditions=conditions) == []
    fresh.act("approve-expense", expense=made["id"])
    waiting = ask.get("finance/accounting/unpostedexpenses", conditions=conditions)
    assert [(w["total"], w["accountNumber"], w["glType"]) for w in waiting] == [(8, "70000", "EE")]
    assert ask("PATCH", path, [{"op": "replace", "path": "amount", "value": 9}]).status == 409
    assert ask("DELETE", path).status == 409
    bill = ask.export(exportExpensesFlag=True, includedExpenseIds=[made["id"]])["expenseBills"]
    assert [(each["vendorNumber"], each["total"]) for each in bill] == [("WEBB-M", 8)]


def test_an_unapproved_expense_is_deleted(ask: Caller) -> None:
    body = {"company": {"id": 2}, "type": {"id": 1}, "amount": 1, "date": "2026-02-03T00:00:00Z"}
    made = ask.post("expense/entries", body)
    assert ask("DELETE", f"expense/entries/{made['id']}").status == 204
    assert ask("GET", f"expense/entries/{made['id']}").status == 404
