"""Customers, suppliers, accounts and items: what a pushed one becomes, and every rule of it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.flows.push.documents import (
    UK_ACCOUNT,
    UK_CUSTOMER,
    UK_ITEM,
    UK_SUPPLIER,
    US_ACCOUNT,
    US_CUSTOMER,
    US_SUPPLIER,
)
from tests.flows.push.shelf import (
    body_of,
    changed,
    take,
    told,
    uk_shelf,
    us_shelf,
    warned,
    without,
)

UK = uk_shelf()
US = us_shelf()


def test_a_uk_customer_is_made() -> None:
    assert body_of(take("customers", UK_CUSTOMER, UK)) == {
        "id": "NEWCO",
        "name": "New Company Ltd",
        "contact_name": "Ann Other",
        "email": "ann@new.example",
        "telephone1": "01632 960001",
        "currency": "GBP",
        "tax_number": "GB123456789",
        "inactive": False,
        "bill_to": {
            "line1": "1 High Street",
            "line2": "Old Town",
            "city": "Ipswich",
            "state": "Suffolk",
            "zip": "IP1 1AA",
            "country": "GB",
        },
    }


@pytest.mark.parametrize("path", ["customers", "suppliers"])
def test_an_id_is_made_upper_case_and_holds_eight_characters_without_spaces(path: str) -> None:
    good = UK_CUSTOMER if path == "customers" else UK_SUPPLIER
    assert body_of(take(path, changed(good, "abc12345", "id"), UK))["id"] == "ABC12345"
    assert told(take(path, changed(good, "abc123456", "id"), UK)) == {("TEXT_TOO_LONG", "id")}
    assert told(take(path, changed(good, "abc 123", "id"), UK)) == {("TEXT_CHARACTERS", "id")}


@pytest.mark.parametrize(
    ("path", "name", "length"),
    [
        ("customers", "customerName", 60),
        ("customers", "contactName", 30),
        ("customers", "emailAddress", 255),
        ("customers", "phone", 30),
        ("customers", "taxNumber", 20),
        ("suppliers", "supplierName", 60),
        ("suppliers", "contactName", 30),
    ],
)
def test_lengths_of_a_party(path: str, name: str, length: int) -> None:
    good = UK_CUSTOMER if path == "customers" else UK_SUPPLIER
    fits = {**good, name: "x" * length}
    assert not told(take(path, fits, UK))
    assert told(take(path, {**good, name: "x" * (length + 1)}, UK)) == {("TEXT_TOO_LONG", name)}


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("customers", "id"),
        ("customers", "customerName"),
        ("suppliers", "id"),
        ("suppliers", "supplierName"),
    ],
)
def test_what_a_party_must_state(path: str, name: str) -> None:
    good = UK_CUSTOMER if path == "customers" else UK_SUPPLIER
    for bad in (without(good, name), changed(good, None, name), changed(good, " ", name)):
        assert told(take(path, bad, UK)) == {("PUSH_PROPERTY_REQUIRED", name)}


def test_a_party_without_a_currency_states_none_and_so_has_the_base_currency() -> None:
    assert "currency" not in body_of(take("customers", without(UK_CUSTOMER, "defaultCurrency"), UK))


def test_a_customer_is_active_or_archived_a_uk_supplier_only_active() -> None:
    archived = take("customers", changed(UK_CUSTOMER, "Archived", "status"), UK)
    assert body_of(archived)["inactive"] is True
    wrong = ("PUSH_CHOICE_UNKNOWN", "status")
    assert told(take("customers", changed(UK_CUSTOMER, "active", "status"), UK)) == {wrong}
    assert told(take("suppliers", changed(UK_SUPPLIER, "Archived", "status"), UK)) == {wrong}
    assert body_of(take("suppliers", {**US_SUPPLIER, "status": "Archived"}, US))["inactive"] is True


@pytest.mark.parametrize("path", ["customers", "suppliers"])
def test_a_uk_party_has_one_address(path: str) -> None:
    good = UK_CUSTOMER if path == "customers" else UK_SUPPLIER
    two = [*good["addresses"], *good["addresses"]]
    found = take(path, changed(good, two, "addresses"), UK)
    assert told(found) == {("PUSH_ONE_ADDRESS", "addresses")}
    assert not found.records


def test_a_uk_address_has_a_first_line() -> None:
    for path, good in (("customers", UK_CUSTOMER), ("suppliers", UK_SUPPLIER)):
        bad = without(good, "addresses", "0", "line1")
        assert told(take(path, bad, UK)) == {("PUSH_PROPERTY_REQUIRED", "addresses.0.line1")}


def test_a_uk_customers_address_has_a_country_code_in_either_property() -> None:
    none = without(UK_CUSTOMER, "addresses", "0", "countryCode")
    place = "addresses.0.countryCode"
    assert told(take("customers", none, UK)) == {("PUSH_PROPERTY_REQUIRED", place)}
    other = changed(none, "ie", "addresses", "0", "country")
    assert body_of(take("customers", other, UK))["bill_to"]["country"] == "IE"
    unknown = changed(UK_CUSTOMER, "XX", "addresses", "0", "countryCode")
    assert "country" not in body_of(take("customers", unknown, UK))["bill_to"]
    wrong = changed(UK_CUSTOMER, "ZZ", "addresses", "0", "countryCode")
    assert told(take("customers", wrong, UK)) == {("PUSH_COUNTRY_UNKNOWN", place)}
    named = changed(none, "United Kingdom", "addresses", "0", "country")
    found = take("customers", named, UK)
    assert told(found) == {("PUSH_COUNTRY_UNKNOWN", "addresses.0.country")}


def test_a_uk_suppliers_address_has_no_country() -> None:
    stated = changed(UK_SUPPLIER, "GB", "addresses", "0", "countryCode")
    found = take("suppliers", stated, UK)
    assert warned(found) == {("PUSH_PROPERTY_IGNORED", "addresses.0.countryCode")}
    assert body_of(found)["mail_to"] == {"line1": "2 High Street", "zip": "IP1 1AB"}


def test_kinds_of_a_uk_address() -> None:
    delivery = changed(UK_CUSTOMER, "Delivery", "addresses", "0", "type")
    body = body_of(take("customers", delivery, UK))
    assert "bill_to" not in body
    assert body["ship_to"][0]["line1"] == "1 High Street"
    wrong = {("PUSH_CHOICE_UNKNOWN", "addresses.0.type")}
    for path, good, kind in (
        ("customers", UK_CUSTOMER, "Billing"),
        ("suppliers", UK_SUPPLIER, "Delivery"),
    ):
        assert told(take(path, changed(good, kind, "addresses", "0", "type"), UK)) == wrong


def test_a_us_customer_has_several_addresses_and_the_base_currency() -> None:
    body = body_of(take("customers", US_CUSTOMER, US))
    assert (body["id"], body["inactive"]) == ("new-co", True)
    assert body["bill_to"]["country"] == "USA"
    assert [each["line1"] for each in body["ship_to"]] == ["2 Dock Road", "3 Dock Road"]
    wrong = take("customers", changed(US_CUSTOMER, "EUR", "defaultCurrency"), US)
    assert told(wrong) == {("PUSH_CURRENCY_NOT_BASE", "defaultCurrency")}
    supplier = body_of(take("suppliers", US_SUPPLIER, US))
    assert supplier["mail_to"] == {"line1": "2 Main Street", "state": "NV"}


def test_findings_of_an_address_name_its_property() -> None:
    long = changed(US_CUSTOMER, "x" * 31, "addresses", "0", "line1")
    assert told(take("customers", long, US)) == {("TEXT_TOO_LONG", "addresses.0.line1")}


def test_what_is_not_written_is_a_warning() -> None:
    stated = {
        **UK_CUSTOMER,
        "contacts": [{"name": "x"}],
        "nonsense": 1,
        "registrationNumber": "",
        "modifiedDate": "2026-03-01T00:00:00Z",
    }
    found = take("customers", stated, UK)
    assert warned(found) == {
        ("PUSH_PROPERTY_IGNORED", "nonsense"),
        ("PUSH_PROPERTY_IGNORED", "contacts"),
    }
    assert not found.is_refused


def test_a_balance_of_an_account_is_no_posting_and_told() -> None:
    found = take("accounts", {**UK_ACCOUNT, "currentBalance": 500}, UK)
    assert warned(found) == {("PUSH_PROPERTY_IGNORED", "currentBalance")}
    assert not warned(take("accounts", {**UK_ACCOUNT, "currentBalance": 0}, UK))


def test_a_uk_account_is_made_in_the_range_of_its_type() -> None:
    body = body_of(take("accounts", UK_ACCOUNT, UK))
    assert body == {"id": "7501", "name": "Postage", "inactive": False}
    wrong = take("accounts", changed(UK_ACCOUNT, "Income", "type"), UK)
    assert told(wrong) == {("PUSH_ACCOUNT_TYPE_WRONG", "type")}
    outside = take("accounts", changed(UK_ACCOUNT, "9000", "nominalCode"), UK)
    assert body_of(outside)["id"] == "9000"
    bank = {**UK_ACCOUNT, "nominalCode": "1220", "type": "Asset", "isBankAccount": True}
    assert body_of(take("accounts", bank, UK))["kind"] == "bank"
    euros = take("accounts", changed(UK_ACCOUNT, "EUR", "currency"), UK)
    assert told(euros) == {("PUSH_CURRENCY_NOT_BASE", "currency")}


@pytest.mark.parametrize(
    ("stated", "ours"),
    [
        ({}, "expenses"),
        ({"fullyQualifiedCategory": "Expense.CostOfSales"}, "cost_of_sales"),
        ({"type": "Asset", "fullyQualifiedCategory": None}, "other_current_assets"),
        ({"type": "Asset", "fullyQualifiedCategory": None, "isBankAccount": True}, "cash"),
    ],
)
def test_a_us_account_has_the_type_of_its_category(stated: dict[str, Any], ours: str) -> None:
    assert body_of(take("accounts", {**US_ACCOUNT, **stated}, US))["type"] == ours


def test_a_us_accounts_category_belongs_to_its_type() -> None:
    wrong = take("accounts", changed(US_ACCOUNT, "Asset.Cash", "fullyQualifiedCategory"), US)
    assert told(wrong) == {("PUSH_ACCOUNT_TYPE_WRONG", "type")}
    missing = take("accounts", {"nominalCode": "1", "name": "x"}, US)
    assert told(missing) == {("PUSH_PROPERTY_REQUIRED", "type")}


def test_an_item_is_made() -> None:
    assert body_of(take("items", UK_ITEM, UK)) == {
        "id": "PAPER-A4",
        "description": "Paper A4",
        "class": "stock",
        "inactive": False,
        "sales_price": "4.5",
        "unit_cost": "3.25",
        "sales_account_id": "4000",
        "purchase_account_id": "5000",
        "tax_code_id": "T1",
    }
    unknown = changed(UK_ITEM, "4999", "invoiceItem", "accountRef", "id")
    found = take("items", unknown, UK)
    assert told(found) == {("UNKNOWN_REFERENCE", "invoiceItem.accountRef.id")}
    assert told(take("items", without(UK_ITEM, "type"), UK)) == {("PUSH_PROPERTY_REQUIRED", "type")}
