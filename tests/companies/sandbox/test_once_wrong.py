"""Situations in which books once went wrong: renamed parties, edited stock, broken groups."""

from __future__ import annotations

import stat
from decimal import Decimal
from pathlib import Path

import pytest

from clary.companies.contract import Query, Session
from clary.companies.sandbox.session import SandboxSession
from clary.kernel.change import Body, Origin, Verb
from clary.kernel.errors import ClaryError, Rejected
from tests.companies.sandbox.small import (
    balances,
    bill,
    everything,
    goods,
    invoice,
    key,
    lines,
    plain,
)


def number_of(session: Session, name: str, body: Body) -> str:
    """Create a document and return its transaction number."""
    return str(session.create(name, body).key)


def test_an_edit_after_a_rename_stays_with_the_same_customer(us: Session) -> None:
    number = number_of(us, "sales_invoice", invoice(goods("FIFO", "1", "10")))
    us.update("customer", key("customer", "ACME"), {"id": "ACME2"})
    us.update("item", key("item", "FIFO"), {"id": "FIFO2"})
    us.create("customer", {"id": "ACME", "name": "Another"})
    us.update(
        "sales_invoice", key("sales_invoice", number), {"lines": lines(goods("FIFO2", "2", "10"))}
    )
    owed = {str(one["id"]): one["balance"] for one in us.read("customer", Query())}
    assert (owed["ACME2"], owed["ACME"]) == ("20.00", "0.00")
    assert us.get("item", key("item", "FIFO2"))["quantity_on_hand"] == "-2"


def test_a_renamed_record_is_followed_by_lists_that_name_it(us: Session) -> None:
    us.create("job", {"id": "J", "name": "Job", "customer_id": "ACME"})
    us.create(
        "item",
        {
            "id": "SET",
            "description": "Set",
            "class": "assembly",
            "components": lines({"item_id": "FIFO", "quantity": "2"}),
        },
    )
    us.update("customer", key("customer", "ACME"), {"id": "NEW"})
    us.update("item", key("item", "FIFO"), {"id": "FIRST"})
    assert us.get("job", key("job", "J"))["customer_id"] == "NEW"
    components = us.get("item", key("item", "SET"))["components"]
    assert components == [{"item_id": "FIRST", "quantity": "2"}]


def test_goods_that_an_edited_sale_uses_are_not_taken_back(us: Session) -> None:
    us.create("purchase", bill(goods("FIFO", "1", "5")))
    sale = number_of(us, "sales_invoice", invoice(goods("FIFO", "1", "9")))
    later = number_of(us, "purchase", bill(goods("FIFO", "10", "20")))
    us.update(
        "sales_invoice", key("sales_invoice", sale), {"lines": lines(goods("FIFO", "11", "9"))}
    )
    before = everything(us)
    with pytest.raises(Rejected) as error:
        us.act("purchase", key("purchase", later), Verb.VOID, {})
    assert error.value.code == "STOCK_USED_SINCE"
    assert us.uses("purchase", key("purchase", later)) == [f"sales_invoice {sale}"]
    assert everything(us) == before


@pytest.mark.parametrize("item", ["FIFO", "LIFO", "AVERAGE"])
def test_documents_of_one_item_are_taken_back_newest_first(us: Session, item: str) -> None:
    before = everything(us)
    first = number_of(us, "purchase", bill(goods(item, "10", "4")))
    second = number_of(us, "purchase", bill(goods(item, "5", "6")))
    sale = number_of(us, "sales_invoice", invoice(goods(item, "12", "9")))
    for name, number in (("sales_invoice", sale), ("purchase", second), ("purchase", first)):
        us.act(name, key(name, number), Verb.VOID, {})
    assert everything(us) == before


def test_money_on_account_stays_when_applications_change(us: Session) -> None:
    us.create("sales_invoice", invoice(plain("900.00"), number="BIG"))
    receipt: Body = {
        "reference": "R",
        "customer_id": "ACME",
        "date": "2026-03-03",
        "cash_account_id": "1020",
        "amount": "500.00",
        "applications": lines({"invoice_number": "BIG", "amount": "300.00"}),
    }
    record = key("receipt", number_of(us, "receipt", receipt))
    us.update(
        "receipt", record, {"applications": lines({"invoice_number": "BIG", "amount": "350.00"})}
    )
    body = us.get("receipt", record)
    assert (body["amount"], body["unapplied_amount"]) == ("500.00", "150.00")
    assert balances(us)["1020"] == "500.00"


def test_tax_that_was_kept_stays_kept_when_lines_change(us: Session) -> None:
    taxes = lines({"agency_id": "STATE", "amount": "9.00"}, {"agency_id": "CITY", "amount": "1.25"})
    body = invoice(plain("100.00"), tax_code_id="TAXED", taxes=taxes, tax_override=True)
    record = key("sales_invoice", number_of(us, "sales_invoice", body))
    us.update("sales_invoice", record, {"lines": lines(plain("110.00"))})
    assert us.get("sales_invoice", record)["tax_total"] == "10.25"


def test_one_origin_may_name_documents_of_two_types(us: Session) -> None:
    origin = Origin("psa", "1001")
    us.create("sales_invoice", invoice(plain("1.00")), origin)
    us.create("purchase", bill(plain("1.00", "6100")), origin)
    assert [found.fate.value for found in us.find_origins("purchase", [origin])] == ["live"]


@pytest.mark.parametrize(
    ("details", "code"), [({"date": "abc"}, "TYPE_WRONG"), ({"dat": "2026-01-01"}, "FIELD_UNKNOWN")]
)
def test_wrong_details_of_a_step_are_refused(us: Session, details: Body, code: str) -> None:
    record = key("sales_invoice", number_of(us, "sales_invoice", invoice(plain("1.00"))))
    with pytest.raises(Rejected) as error:
        us.act("sales_invoice", record, Verb.VOID, details)
    assert error.value.code == code
    assert "reversed_by" not in us.get("sales_invoice", record)


def test_a_void_moves_no_stamp_of_its_customer(us: Session) -> None:
    record = key("sales_invoice", number_of(us, "sales_invoice", invoice(plain("1.00"))))
    us.act("sales_invoice", record, Verb.VOID, {"date": "2026-09-09"})
    assert us.get("customer", key("customer", "ACME"))["last_invoice_date"] == "2026-03-02"


def test_ids_are_unique_in_any_case_of_any_letter(us: Session) -> None:
    us.create("customer", {"id": "CAFÉ", "name": "Café"})
    with pytest.raises(Rejected) as error:
        us.create("customer", {"id": "café", "name": "Café"})
    assert error.value.code == "DUPLICATE_KEY"


def test_a_number_used_again_after_a_void_names_the_standing_document(us: Session) -> None:
    first = key("sales_invoice", number_of(us, "sales_invoice", invoice(plain("1.00"), number="7")))
    us.act("sales_invoice", first, Verb.VOID, {})
    second = number_of(us, "sales_invoice", invoice(plain("2.00"), number="7"))
    found = us.get("sales_invoice", key("sales_invoice", "customer:ACME:7"))
    assert found["transaction_number"] == int(second)


def test_a_bill_that_comes_later_gets_its_due_date(us: Session) -> None:
    us.update("vendor", key("vendor", "V-ACME"), {"terms": "net", "due_days": 14})
    body = bill(plain("5.00", "6100"), waiting_on_bill=True)
    record = key("purchase", number_of(us, "purchase", body))
    assert "due_date" not in us.get("purchase", record)
    us.update("purchase", record, {"waiting_on_bill": False, "number": "B-9"})
    assert us.get("purchase", record)["due_date"] == "2026-02-16"


def test_a_group_that_breaks_in_the_middle_moves_no_balance(us: SandboxSession) -> None:
    us.create("sales_invoice", invoice(plain("10.00"), number="OPEN"))
    before = everything(us)
    connection = us._books.connection  # noqa: SLF001 - SQLite's own limit is the smallest full disk
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(ClaryError) as error:
        _post_on_and_on(us)
    assert error.value.code == "DISK_FULL"
    connection.execute("PRAGMA max_page_count = 1000000")
    assert everything(us) == before
    assert Decimal(str(us.get("customer", key("customer", "ACME"))["balance"])) == 10


def _post_on_and_on(session: Session) -> None:
    """Post invoices and receipts in one group, going on past errors as a caller may."""
    refused: list[ClaryError] = []
    with session.group():
        for number in range(600):
            document = invoice(plain("1.00"), number=str(number))
            receipt: Body = {
                "reference": str(number),
                "customer_id": "ACME",
                "date": "2026-03-03",
                "cash_account_id": "1020",
                "applications": lines({"invoice_number": str(number), "amount": "0.50"}),
            }
            for name, body in (("sales_invoice", document), ("receipt", receipt)):
                try:
                    session.create(name, body)
                except ClaryError as error:
                    refused.append(error)
    assert not refused, "the group ended as if all was well"


def test_a_company_file_is_for_its_owner_only(us_path: Path) -> None:
    assert stat.S_IMODE(us_path.stat().st_mode) == 0o600
