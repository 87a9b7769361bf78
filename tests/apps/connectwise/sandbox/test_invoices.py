"""Invoices: opened and closed, accounts frozen meanwhile, lines edited, payments."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tests.apps.connectwise.sandbox.caller import Caller, Json, document, record_ids
from tests.sites import Site

OPEN, CLOSED = ("status", {"id": 1}), ("status", {"name": "Closed"})


def invoice(ask: Caller, number: str) -> Json:
    return ask.get("finance/invoices", conditions=f'invoiceNumber="{number}"')[0]


def accounts(ask: Caller, number: str) -> list[str]:
    told = document(ask.export(exportInvoicesFlag=True), number)
    return [line["accountNumber"] for line in told["detail"]]


@pytest.mark.parametrize("path", ["finance/invoices", "finance/closedInvoices"])
def test_accounts_stay_as_they_were_when_the_invoice_was_closed(path: str, ask: Caller) -> None:
    mapped = ask.get("finance/glAccounts", conditions='mappedType/name="Revenue - Service"')[0]
    identifier = invoice(ask, "10002")["id"]
    before = record_ids(ask.export())["10002"]
    ask.patch(f"finance/glAccounts/{mapped['id']}", ("segment1", "40300"))
    assert accounts(ask, "10002") == ["40100", "40000", "23100", "23110"]
    ask.patch(f"{path}/{identifier}", OPEN)
    assert "10002" not in record_ids(ask.export())
    ask.patch(f"{path}/{identifier}", CLOSED)
    assert accounts(ask, "10002") == ["40300", "40000", "23100", "23110"]
    assert not set(before) & set(record_ids(ask.export())["10002"])


def test_segments_are_joined_and_classes_kept_apart(ask: Caller, fresh: Site) -> None:
    mapped = ask.get("finance/glAccounts", conditions='mappedType/name="Revenue - Service"')[0]
    ask.patch(f"finance/glAccounts/{mapped['id']}", ("segment2", "01"), ("segment3", "EAST"))
    ask.patch("finance/glCaptions/1", ("segment2", "Part"), ("segment3", "Region"))
    ask.patch("finance/glCaptions/1", ("segment2type", "Account"), ("segment3type", "Class"))
    fresh.act("set-delimiter", sign=":")
    fresh.act("open-invoice", invoice="10002")
    fresh.act("close-invoice", invoice="10002")
    line = document(ask.export(exportInvoicesFlag=True), "10002")["detail"][0]
    assert (line["accountNumber"], line["glClass"]) == ("40100:01", "EAST")


def test_a_put_opens_and_closes_as_well(ask: Caller) -> None:
    before = invoice(ask, "10002")
    told = ask("PUT", f"finance/closedInvoices/{before['id']}", {"status": {"id": 1}})
    assert (told.status, told.json["status"]["isClosed"]) == (200, False)
    opened = invoice(ask, "10002")
    told = ask("PUT", f"finance/invoices/{before['id']}", {**opened, "status": {"id": 3}})
    assert told.status == 200
    assert told.json["closedBy"] == "CLARY"


def test_what_is_in_a_batch_is_not_opened(ask: Caller) -> None:
    identifier = invoice(ask, "10002")["id"]
    ask.batch("held", record_ids(ask.export())["10002"])
    patch = [{"op": "replace", "path": "status/id", "value": 1}]
    for path in ("finance/invoices", "finance/closedInvoices"):
        assert ask("PATCH", f"{path}/{identifier}", patch).status == 409
    assert ask("DELETE", f"finance/invoices/{identifier}").status == 409


def test_without_an_account_number_nothing_is_closed(ask: Caller) -> None:
    identifier = invoice(ask, "10002")["id"]
    ask.patch(f"finance/invoices/{identifier}", OPEN)
    ask.patch("company/companies/3", ("accountNumber", None))
    patch = [{"op": "replace", "path": "/status/id", "value": 3}]
    told = ask("PATCH", f"finance/invoices/{identifier}", patch)
    assert (told.status, told.codes) == (400, ["MissingAccountNumber"])
    assert invoice(ask, "10002")["status"]["isClosed"] is False


def test_a_missing_mapping_leaves_an_invoice_without_rows(ask: Caller, fresh: Site) -> None:
    mapped = ask.get("finance/glAccounts", conditions='mappedType/name="Revenue - Service"')[0]
    assert ask("DELETE", f"finance/glAccounts/{mapped['id']}").status == 204
    fresh.act("open-invoice", invoice="10002")
    fresh.act("close-invoice", invoice="10002")
    assert "10002" not in record_ids(ask.export())
    waiting = ask.get("finance/accounting/unpostedinvoices", conditions='invoiceNumber="10002"')
    assert len(waiting) == 1


def test_only_some_fields_of_a_closed_invoice_change(ask: Caller) -> None:
    identifier = invoice(ask, "10002")["id"]
    told = ask.patch(
        f"finance/invoices/{identifier}", ("reference", "SAGE-1"), ("/customerPO", "P")
    )
    assert (told["reference"], told["customerPO"]) == ("SAGE-1", "P")
    for name, value in (("taxCode", {"id": 2}), ("total", 1), ("date", "2026-01-01T00:00:00Z")):
        patch = [{"op": "replace", "path": name, "value": value}]
        told_of = ask("PATCH", f"finance/invoices/{identifier}", patch)
        assert (told_of.status, told_of.codes) == (400, ["ReadOnlyField"])


def test_an_open_invoice_follows_its_tax_code(ask: Caller) -> None:
    identifier = invoice(ask, "10002")["id"]
    ask.patch(f"finance/invoices/{identifier}", OPEN)
    told = ask.patch(f"finance/invoices/{identifier}", ("taxCode", {"name": "EXEMPT"}))
    assert (told["salesTax"], told["total"]) == (0, 262)


def test_the_screen_edits_a_line_also_of_a_closed_invoice(ask: Caller, fresh: Site) -> None:
    before = invoice(ask, "10002")
    fresh.act("edit-invoice-line", invoice="10002", line=1, price=120.55)
    after = invoice(ask, "10002")
    assert after["total"] == before["total"] + Decimal("21.10")
    assert after["_info"]["lastUpdated"] > before["_info"]["lastUpdated"]
    told = document(ask.export(exportInvoicesFlag=True), "10002")
    assert (told["total"], told["detail"][0]["total"]) == (after["total"], Decimal("-241.10"))
    fresh.act("edit-invoice-line", invoice="10002", line=2, amount=40, text="Less")
    assert invoice(ask, "10002")["productTotal"] == 40
    with pytest.raises(AssertionError, match="404"):
        fresh.act("edit-invoice-line", invoice="10002", line=9, amount=1)
    with pytest.raises(AssertionError, match="at most 2 decimals"):
        fresh.act("edit-invoice-line", invoice="10002", line=1, amount=1.005)


def test_the_screen_adds_invoices_and_credit_memos(ask: Caller, fresh: Site) -> None:
    made = fresh.act(
        "add-invoice",
        company="TOPAZ-LAW",
        date="2026-02-03",
        number="X-1",
        location=2,
        lines=[
            {
                "text": "Work",
                "quantity": 1.5,
                "price": 100,
                "ticket": 9,
                "summary": "S",
                "notes": "N",
            },
            {"item": "CB-03", "quantity": 2, "taxable": True},
        ],
    )
    told = document(ask.export(exportInvoicesFlag=True, summarizeInvoices="Detailed"), "X-1")
    assert told["id"] == made["invoice"]
    assert [(line["description"], line["total"]) for line in told["detail"]] == [
        ("Ticket #9: S: N", -150),
        ("Patch cable 2m", -20),
        ("Sales Tax", Decimal("-1.20")),
        ("Sales Tax", Decimal("-0.25")),
    ]
    memo = fresh.act(
        "add-invoice",
        company="TOPAZ-LAW",
        type="CreditMemo",
        credits="X-1",
        lines=[{"text": "Back", "price": 50}],
    )
    assert invoice(ask, "X-1")["balance"] == Decimal("121.45")
    assert invoice(ask, memo["number"])["balance"] == 0
    for wrong in (
        {"company": "NOBODY"},
        {"company": "TOPAZ-LAW", "type": "Wrong"},
        {"company": "TOPAZ-LAW", "lines": [{"item": "NOTHING"}]},
        {"company": "TOPAZ-LAW", "lines": [{"kind": "wrong"}]},
    ):
        with pytest.raises(AssertionError, match=r"40[04]"):
            fresh.act("add-invoice", **wrong)
    with pytest.raises(AssertionError, match=r"409.*There is an invoice x-1 already"):
        fresh.act("add-invoice", company="TOPAZ-LAW", number="x-1", lines=[{"price": 1}])


def test_an_invoice_is_made_and_deleted_by_its_client(ask: Caller) -> None:
    made = ask.post("finance/invoices", {"type": "Standard", "company": {"id": 2}})
    assert (made["status"]["isClosed"], made["total"]) == (False, 0)
    told = ask("POST", "finance/invoices", {"type": "Wrong", "invoiceNumber": "x" * 16})
    assert told.status == 400
    assert {each["field"] for each in told.json["errors"]} == {"type", "invoiceNumber", "company"}
    again = {"type": "Standard", "company": {"id": 2}, "invoiceNumber": "10001"}
    assert ask("POST", "finance/invoices", again).codes == ["ObjectExists"]
    assert ask("DELETE", f"finance/invoices/{made['id']}").status == 204


def test_gl_entries_are_changed_until_they_are_batched(ask: Caller) -> None:
    identifier = invoice(ask, "10002")["id"]
    path = f"finance/invoices/{identifier}/glEntries"
    row = next(each for each in ask.get(path) if each["type"] == "R")
    ask.patch(f"{path}/{row['id']}", ("segment1", "40300"))
    assert accounts(ask, "10002")[0] == "40300"
    ask.batch("held", record_ids(ask.export())["10002"])
    assert ask.get(f"{path}/{row['id']}")["isBatched"] is True
    patch = [{"op": "replace", "path": "segment1", "value": "1"}]
    assert ask("PATCH", f"{path}/{row['id']}", patch).status == 409


def test_the_whole_invoice_is_told_with_products_times_and_expenses(reading: Caller) -> None:
    told = reading.get("finance/info/invoice/39002")
    assert told["invoice"]["invoiceNumber"] == "10002"
    assert [each["catalogItem"]["identifier"] for each in told["products"]] == ["UC-04"]
    assert [each["ticket"]["id"] for each in told["timeEntries"]] == [4712]


# -- payments ------------------------------------------------------------------------------------


def test_payments_make_the_balance(ask: Caller) -> None:
    identifier = invoice(ask, "10002")["id"]
    path = f"finance/invoices/{identifier}/payments"
    made = ask.post(
        path,
        {
            "type": "P",
            "amount": 100.05,
            "paymentDate": "2026-02-01T00:00:00Z",
            "invoice": {"id": identifier},
        },
    )
    assert (made["amount"], made["paymentDate"]) == (Decimal("100.05"), "2026-02-01T00:00:00Z")
    after = invoice(ask, "10002")
    assert (after["payments"], after["balance"]) == (Decimal("100.05"), Decimal("165.00"))
    changed = ask.patch(f"{path}/{made['id']}", ("/amount", 265.05), ("paymentDate", None))
    assert changed["amount"] == Decimal("265.05")
    assert "paymentDate" not in changed
    assert invoice(ask, "10002")["balance"] == 0
    told = ask("PUT", f"{path}/{made['id']}", {**changed, "amount": 5})
    assert (told.status, told.json["amount"]) == (200, 5)
    assert ask("DELETE", f"{path}/{made['id']}").status == 204
    assert invoice(ask, "10002")["balance"] == Decimal("265.05")
    assert ask.get(path) == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({}, "MissingRequiredField"),
        ({"amount": 1.005}, "InvalidType"),
        ({"amount": "many"}, "InvalidType"),
        ({"amount": 1, "paymentDate": "soon"}, "InvalidType"),
        ({"amount": 1, "type": "X"}, "InvalidChoice"),
        ({"amount": 1, "invoice": {"id": 1}}, "InvalidObject"),
        ({"amount": 1, "credit": {"id": 39001}}, "InvalidObject"),
        ({"amount": 1, "credit": {"id": 1}}, "NotFound"),
    ],
)
def test_a_wrong_payment_is_refused(body: object, code: str, ask: Caller) -> None:
    told = ask("POST", "finance/invoices/39002/payments", body)
    assert (told.status, told.codes) == (400, [code])
    assert ask("POST", "finance/invoices/1/payments", {"amount": 1}).status == 404


def test_a_credit_memo_names_its_invoice_by_a_payment(reading: Caller) -> None:
    of, memo = invoice(reading, "10012"), invoice(reading, "10013")
    on_invoice = reading.get(f"finance/invoices/{of['id']}/payments")
    assert [(p["type"], p["credit"]["identifier"], p["amount"]) for p in on_invoice] == [
        ("C", "10013", Decimal("10.73"))
    ]
    assert reading.get(f"finance/invoices/{memo['id']}/payments") == on_invoice
    assert (of["credits"], memo["balance"]) == (Decimal("10.73"), 0)
