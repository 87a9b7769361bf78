"""List records of a US company: keys, references, defaults, changes and deletion."""

from __future__ import annotations

from pathlib import Path

import pytest

from clary.companies.contract import Order, Query, Session
from clary.companies.sandbox import SandboxCompany
from clary.kernel.change import Body
from clary.kernel.errors import ClaryError, Rejected
from clary.ledger import filters
from clary.ledger.registry import record_type
from tests.companies.sandbox.small import goods, invoice, key, lines, plain


def refused(error: pytest.ExceptionInfo[ClaryError]) -> set[tuple[str, str | None]]:
    """Return code and field of every finding."""
    return {(finding.code, finding.field) for finding in error.value.findings}


def query(where: str, name: str = "customer", **more: object) -> Query:
    """Return a query with a bound filter."""
    fields = filters.declared_fields(record_type(name), "us")
    return Query(where=filters.check(filters.parse(where), fields), **more)  # type: ignore[arg-type]  # the fields of Query


@pytest.mark.rule("US-ID-UNIQUE")
def test_an_id_is_unique_whatever_its_case(us: Session) -> None:
    with pytest.raises(Rejected) as error:
        us.create("customer", {"id": "acme", "name": "Again"})
    assert refused(error) == {("DUPLICATE_KEY", "id")}


def test_every_problem_of_a_record_is_told_at_once(us: Session) -> None:
    body: Body = {
        "id": "A*",
        "name": "x" * 40,
        "credit_limit": "1.234",
        "terms": "never",
        "colour": "red",
        "inactive": "yes",
        "customer_since": "2026-02-30",
        "balance": "5.00",
    }
    with pytest.raises(Rejected) as error:
        us.create("customer", body)
    assert refused(error) == {
        ("TEXT_CHARACTERS", "id"),
        ("TEXT_TOO_LONG", "name"),
        ("DECIMALS_TOO_MANY", "credit_limit"),
        ("CHOICE_UNKNOWN", "terms"),
        ("FIELD_UNKNOWN", "colour"),
        ("TYPE_WRONG", "inactive"),
        ("TYPE_WRONG", "customer_since"),
        ("FIELD_COMPUTED", "balance"),
    }


def test_an_unknown_reference_is_refused_by_field(us: Session) -> None:
    ship_to = lines({"name": "Dock", "tax_code_id": "NOPE"})
    body: Body = {"id": "NEW", "name": "New", "account_id": "9999", "ship_to": ship_to}
    with pytest.raises(Rejected) as error:
        us.create("customer", body)
    assert refused(error) == {
        ("UNKNOWN_REFERENCE", "account_id"),
        ("UNKNOWN_REFERENCE", "ship_to.0.tax_code_id"),
    }


@pytest.mark.rule("US-ID-CHANGE")
def test_a_changed_id_keeps_identity_and_history(us: Session) -> None:
    us.create("sales_invoice", invoice(plain("10.00")))
    before = us.get("customer", key("customer", "ACME"))
    us.update("customer", key("customer", "ACME"), {"id": "ACME2"})
    after = us.get("customer", key("customer", f"guid:{before['guid']}"))
    assert after["id"] == "ACME2"
    assert after["record_number"] == before["record_number"]
    assert [one["customer_id"] for one in us.read("sales_invoice", Query())] == ["ACME2"]


def test_an_account_id_never_changes(us: Session) -> None:
    with pytest.raises(Rejected) as error:
        us.update("account", key("account", "4000"), {"id": "4001"})
    assert refused(error) == {("KEY_FIXED", "id")}


def test_the_class_of_an_item_is_set_once(us: Session) -> None:
    with pytest.raises(Rejected) as error:
        us.update("item", key("item", "PART"), {"class": "stock"})
    assert refused(error) == {("FIELD_FIXED", "class")}


def test_the_costing_method_is_fixed_once_the_item_moved(us: Session) -> None:
    us.update("item", key("item", "FIFO"), {"cost_method": "lifo"})
    us.create("sales_invoice", invoice(goods("FIFO", "1", "5")))
    with pytest.raises(Rejected) as error:
        us.update("item", key("item", "FIFO"), {"cost_method": "fifo"})
    assert refused(error) == {("FIELD_FIXED", "cost_method")}


def test_there_is_one_retained_earnings_account(us: Session) -> None:
    with pytest.raises(Rejected) as error:
        us.create("account", {"id": "3901", "name": "Second", "type": "retained_earnings"})
    assert refused(error) == {("RETAINED_EARNINGS_ONCE", "type")}


def test_a_used_record_is_not_deleted_and_says_by_what(us: Session) -> None:
    written = us.create("sales_invoice", invoice(goods("LABOR", "1", "5")))
    for name, record in (("customer", "ACME"), ("item", "LABOR"), ("account", "4000")):
        with pytest.raises(Rejected) as error:
            us.delete(name, key(name, record))
        assert f"sales_invoice {written.key}" in str(error.value), name
    with pytest.raises(Rejected) as error:
        us.delete("account", key("account", "2310"))
    assert "tax_code TAXED" in str(error.value)


def test_an_unused_record_is_deleted_and_the_feed_tells(us: Session) -> None:
    us.delete("customer", key("customer", "BETA"))
    told = [(one.kind.value, one.key) for one in us.changes("customer", "2000")]
    assert ("deleted", "BETA") in told
    with pytest.raises(Rejected) as error:
        us.get("customer", key("customer", "BETA"))
    assert error.value.code == "RECORD_NOT_FOUND"


def test_a_field_changed_to_none_is_cleared_and_others_stay(us: Session) -> None:
    record = key("customer", "ACME")
    us.update("customer", record, {"email": "a@example.org", "bill_to": {"city": "Reno"}})
    us.update("customer", record, {"email": None})
    body = us.get("customer", record)
    assert "email" not in body
    assert body["bill_to"] == {"city": "Reno"}
    assert body["due_days"] == 30


def test_a_required_field_is_not_cleared(us: Session) -> None:
    with pytest.raises(Rejected) as error:
        us.update("customer", key("customer", "ACME"), {"name": None})
    assert refused(error) == {("FIELD_REQUIRED", "name")}


def test_what_was_never_saved_again_has_no_stamp(us: Session) -> None:
    assert "last_saved_at" not in us.get("customer", key("customer", "ACME"))
    us.update("customer", key("customer", "ACME"), {"fax": "1"})
    assert us.get("customer", key("customer", "ACME"))["last_saved_at"]


def test_filters_orders_fields_and_limits(us: Session) -> None:
    for number in range(5):
        body: Body = {
            "id": f"N{number}",
            "name": f"Name {number % 2}",
            "credit_limit": f"{number}.50",
        }
        us.create("customer", body)
    asked = query(
        "credit_limit between 1.5 and 3.5 and name like 'name%'",
        order=(Order("name"), Order("id", descending=True)),
        fields=("id", "credit_limit"),
        limit=2,
    )
    assert list(us.read("customer", asked)) == [
        {"id": "N2", "credit_limit": "2.50"},
        {"id": "N3", "credit_limit": "3.50"},
    ]


def test_documents_are_filtered_by_columns_and_by_what_they_state(us: Session) -> None:
    us.create("sales_invoice", invoice(plain("10.00"), number="1", customer_po="X"))
    us.create("sales_invoice", invoice(plain("20.00"), number="2", customer="BETA"))
    found = us.read(
        "sales_invoice", query("customer_id = 'ACME' and customer_po = 'X'", "sales_invoice")
    )
    assert [body["number"] for body in found] == ["1"]
    found = us.read(
        "sales_invoice", query("amount_due > 15 and date >= 2026-03-01", "sales_invoice")
    )
    assert [body["number"] for body in found] == ["2"]
    found = us.read("sales_invoice", query("lines.amount = 10", "sales_invoice"))
    assert [body["number"] for body in found] == ["1"]


def test_two_documents_of_one_number_are_ambiguous_by_party(us: Session) -> None:
    first = us.create("sales_invoice", invoice(plain("10.00"), number="7"))
    second = us.create("sales_invoice", invoice(plain("10.00"), number="7"))
    assert [warning.code for warning in second.warnings] == ["NUMBER_DUPLICATE"]
    with pytest.raises(Rejected) as error:
        us.get("sales_invoice", key("sales_invoice", "customer:ACME:7"))
    assert error.value.code == "RECORD_AMBIGUOUS"
    assert f"{first.key}, {second.key}" in error.value.findings[0].remedy


def test_a_prospect_becomes_a_customer_with_its_first_invoice(us: Session) -> None:
    us.create("customer", {"id": "MAYBE", "name": "Maybe", "prospect": True})
    us.create("sales_invoice", invoice(plain("1.00"), customer="MAYBE"))
    assert us.get("customer", key("customer", "MAYBE"))["prospect"] is False


def test_a_refused_operation_inside_a_group_leaves_nothing_and_the_rest_stands(us: Session) -> None:
    written = us.create("sales_invoice", invoice(plain("10.00"), number="KEEP"))
    with us.group():
        us.create("sales_invoice", invoice(plain("20.00"), number="BEFORE"))
        with pytest.raises(Rejected):
            us.update(
                "sales_invoice",
                key("sales_invoice", written.key),
                {"lines": lines(plain("5.00", "1100"))},
            )
        us.create("sales_invoice", invoice(plain("30.00"), number="AFTER"))
    numbers = {str(body["number"]): body["total"] for body in us.read("sales_invoice", Query())}
    assert numbers == {"KEEP": "10.00", "BEFORE": "20.00", "AFTER": "30.00"}
    assert us.get("customer", key("customer", "ACME"))["balance"] == "60.00"


def test_an_edited_invoice_is_posted_again_under_its_number(us: Session) -> None:
    written = us.create(
        "sales_invoice", invoice(goods("FIFO", "2", "5"), number="E", tax_code_id="TAXED")
    )
    record = key("sales_invoice", written.key)
    us.update("sales_invoice", record, {"lines": lines(goods("FIFO", "3", "5"))})
    body = us.get("sales_invoice", record)
    assert (body["total"], body["tax_total"]) == ("16.09", "1.09")
    assert us.get("item", key("item", "FIFO"))["quantity_on_hand"] == "-3"
    us.update("sales_invoice", record, {"customer_po": "PO 9"})
    assert us.get("sales_invoice", record)["customer_po"] == "PO 9"


def test_another_connection_sees_what_was_written_and_the_cache_follows(us_path: Path) -> None:
    with SandboxCompany(us_path).session(write=True) as first:
        first.create("sales_invoice", invoice(plain("10.00")))
    with SandboxCompany(us_path).session(write=True) as second:
        second.update(
            "customer",
            key("customer", "ACME"),
            {"credit_limit": "15.00", "credit_status": "hold_over_limit"},
        )
        with pytest.raises(Rejected) as error:
            second.create("sales_invoice", invoice(plain("10.00")))
        assert refused(error) == {("CREDIT_OVER_LIMIT", "customer_id")}
