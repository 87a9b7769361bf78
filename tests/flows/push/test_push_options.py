"""Option trees: valid, made from the same declarations, and what the reference file says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

import pytest

from clary.flows.push import options
from clary.flows.push.declaring import PushType, PushVerb
from clary.flows.push.types import ALL_TYPES, PLATFORMS, type_at, type_named
from clary.kernel.errors import ClaryError
from clary.ledger.fields import EDITIONS, EditionName
from tests.flows.push.shelf import ACCOUNTING, PLATFORM, faults, option_examples

PUSHED = [
    (push_type, edition)
    for push_type in ALL_TYPES
    for edition in EDITIONS
    if push_type.is_pushed_in(edition)
]

TYPES_DIFFER = {
    # The reference types a day or a text as a number; ours say what the property holds.
    ("payments", "reference", "String"),
    ("payments", "date", "DateTime"),
    ("payments", "note", "String"),
    ("billPayments", "reference", "String"),
    ("billPayments", "date", "DateTime"),
    ("billPayments", "note", "String"),
    ("directCosts", "issueDate", "DateTime"),
    # The data model has a list, of which clients send one or several entries.
    ("directCosts", "lineItems.trackingCategoryRefs", "Array"),
}
REQUIRED_DIFFERS = {
    # Required and ignored at once in the reference; nothing is asked for in vain.
    ("journalEntries", "updatedOn", False),
    ("journalEntries", "modifiedDate", False),
    ("journalEntries", "sourceModifiedDate", False),
    # A line without an account cannot be posted.
    ("journalEntries", "journalLines.accountRef", True),
    ("journalEntries", "journalLines.accountRef.id", True),
}
CHOICES_DIFFER = {
    # The books have no refund of a customer.
    ("payments", "lines.links.type"): ["Invoice", "PaymentOnAccount", "CreditNote", "Payment"],
}
LEFT_OUT = {
    # Inside references that are ignored as a whole.
    ("journalEntries", "recordRef.dataType"),
    ("journalEntries", "journalRef.id"),
    ("journalEntries", "journalRef.name"),
    ("journalEntries", "dataType"),
    ("journalEntries", "id"),
    ("journalEntries", "name"),
}
REQUIRED_BESIDES = {
    # Not in the reference's options, but no invoice is without a day, nor a category without id.
    ("invoices", "issueDate"),
    ("journalEntries", "journalLines.tracking.recordRefs.id"),
}


def walk(node: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    for name, each in (node.get("properties") or {}).items():
        yield f"{path}{name}", each
        yield from walk(each, f"{path}{name}.")


def tree(push_type: PushType, edition: EditionName) -> dict[str, Mapping[str, Any]]:
    return dict(walk(cast("Mapping[str, Any]", options.options(push_type, edition))))


def choices(node: Mapping[str, Any]) -> list[str]:
    return [each["value"] for each in node.get("options") or []]


@pytest.mark.parametrize(
    ("push_type", "edition"), PUSHED, ids=[f"{one.name}-{edition}" for one, edition in PUSHED]
)
def test_options_are_valid(push_type: PushType, edition: EditionName) -> None:
    shown = options.options(push_type, edition)
    assert faults(ACCOUNTING, "PushOption", shown) == []
    assert faults(PLATFORM, "PushOption", shown) == []


def test_the_options_of_the_reference_file_mean_the_same() -> None:
    differing: set[tuple[str, str, Any]] = set()
    seen: set[str] = set()
    for name, theirs in option_examples():
        push_type = type_named(name)
        assert push_type is not None
        seen.add(name)
        ours = tree(push_type, "uk")
        for path, node in walk(theirs):
            if path not in ours:
                differing.add((name, path, None))
                continue
            if node["type"] != ours[path]["type"]:
                differing.add((name, path, ours[path]["type"]))
            if node["required"] != ours[path]["required"]:
                differing.add((name, path, ours[path]["required"]))
            if choices(node) != choices(ours[path]):
                assert choices(ours[path]) == CHOICES_DIFFER[name, path]
    assert len(seen) == 10
    left_out = {(name, path) for name, path, what in differing if what is None}
    assert left_out <= LEFT_OUT
    assert {each for each in differing if each[2] is not None} == TYPES_DIFFER | REQUIRED_DIFFERS


def test_nothing_is_required_besides_what_the_reference_file_requires() -> None:
    for name, theirs in option_examples():
        push_type = type_named(name)
        assert push_type is not None
        known = {path for path, _ in walk(theirs)}
        more = {
            (name, path)
            for path, node in tree(push_type, "uk").items()
            if node["required"] and path not in known
        }
        assert more <= REQUIRED_BESIDES


@pytest.mark.parametrize(
    ("name", "path", "length"),
    [
        ("customers", "id", 8),
        ("customers", "customerName", 60),
        ("customers", "contactName", 30),
        ("customers", "emailAddress", 255),
        ("customers", "phone", 30),
        ("customers", "taxNumber", 20),
        ("suppliers", "id", 8),
        ("suppliers", "supplierName", 60),
        ("suppliers", "contactName", 30),
        ("invoices", "customerRef.id", 8),
        ("invoices", "note", 60),
        ("creditNotes", "customerRef.id", 8),
        ("creditNotes", "note", 60),
        ("bills", "supplierRef.id", 8),
        ("bills", "reference", 30),
        ("bills", "note", 60),
        ("bills", "lineItems.description", 60),
        ("billCreditNotes", "supplierRef.id", 8),
        ("billCreditNotes", "note", 60),
        ("billCreditNotes", "lineItems.description", 60),
        ("payments", "accountRef.id", 8),
        ("payments", "customerRef.id", 8),
        ("billPayments", "accountRef.id", 8),
        ("billPayments", "supplierRef.id", 8),
        ("directCosts", "accountRef.id", 8),
    ],
)
def test_lengths_come_from_the_books_and_are_those_of_the_reference(
    name: str, path: str, length: int
) -> None:
    push_type = type_named(name)
    assert push_type is not None
    node = tree(push_type, "uk")[path]
    assert node["maxLength"] == length
    details = [each["details"] for each in node["validation"]["warnings"]]
    assert f"At most {length} characters." in details


def test_us_options_have_us_lengths_and_words() -> None:
    customers = type_named("customers")
    assert customers is not None
    found = tree(customers, "us")
    assert (found["id"]["maxLength"], found["customerName"]["maxLength"]) == (20, 39)
    assert choices(found["addresses.type"]) == ["Billing", "Delivery", "Unknown"]
    assert "addresses.countryCode" not in found
    assert found["addresses.line1"]["maxLength"] == 30
    shown = options.options(customers, "us")
    assert shown["validation"] == {"warnings": [], "information": []}


def test_lengths_really_found_at_a_company_are_taken_where_they_are_shorter() -> None:
    invoices = type_named("invoices")
    assert invoices is not None
    shown = options.options(invoices, "uk", {"number": 12, "details": 99, "lines.description": 40})
    found = dict(walk(cast("Mapping[str, Any]", shown)))
    assert found["invoiceNumber"]["maxLength"] == 12
    assert found["note"]["maxLength"] == 60
    assert found["lineItems.description"]["maxLength"] == 40


def test_decimals_are_told() -> None:
    bills = type_named("bills")
    assert bills is not None
    found = tree(bills, "uk")
    assert found["lineItems.taxAmount"]["decimals"] == 2
    assert found["lineItems.quantity"]["decimals"] == 5


@pytest.mark.parametrize("name", ["taxRates", "trackingCategories", "paymentMethods", "company"])
def test_what_is_only_read_has_no_options(name: str) -> None:
    push_type = type_named(name)
    assert push_type is not None
    for edition in EDITIONS:
        with pytest.raises(ClaryError) as caught:
            options.options(push_type, edition)
        assert caught.value.status == 404
        message = f"Datatype {name} not supported by platform(s) {PLATFORMS[edition].name}"
        assert caught.value.findings[0].message == message


def test_verbs_that_a_type_has_not_are_refused_in_the_same_words() -> None:
    for path, verb in (
        ("payments", PushVerb.UPDATE),
        ("customers", PushVerb.DELETE),
        ("accounts", PushVerb.UPDATE),
        ("taxRates", PushVerb.CREATE),
        ("transfers", PushVerb.CREATE),
    ):
        with pytest.raises(ClaryError) as caught:
            options.check_verb(type_at(path), path, verb, "uk")
        assert caught.value.findings[0].message == (
            f"Datatype {path} not supported by platform(s) Sage 50 (UK)"
        )
    options.check_verb(type_at("invoices"), "invoices", PushVerb.DELETE, "us")


def test_accounts_have_three_names() -> None:
    accounts = type_at("accounts")
    assert accounts is not None
    assert (accounts.name, accounts.data_path) == ("chartOfAccounts", "accounts")
    assert type_named("chartOfAccounts") is accounts
    assert type_at("chartOfAccounts") is None


@pytest.mark.parametrize(
    ("name", "edition", "ours", "property_"),
    [
        ("invoices", "uk", "lines.2.account_id", "lineItems.2.accountRef.id"),
        ("invoices", "uk", "customer_id", "customerRef.id"),
        ("invoices", "uk", "details", "note"),
        ("invoices", "us", "note", "note"),
        ("invoices", "us", "lines.0.tax_type", "lineItems.0.taxRateRef.id"),
        ("invoices", "uk", "lines", "lineItems"),
        ("invoices", "uk", "lines.3", "lineItems.3"),
        ("invoices", "uk", "freight_amount", "freight_amount"),
        ("customers", "uk", "bill_to.line1", "addresses.0.line1"),
        ("customers", "us", "ship_to.1.zip", "addresses.1.postalCode"),
        ("payments", "uk", "applications.1", "lines.0.links.1"),
        ("payments", "uk", "cash_account_id", "accountRef.id"),
        ("directCosts", "us", "amount", "totalAmount"),
        ("items", "uk", "sales_account_id", "invoiceItem.accountRef.id"),
    ],
)
def test_a_finding_of_the_books_is_told_by_the_property(
    name: str, edition: EditionName, ours: str, property_: str
) -> None:
    push_type = type_named(name)
    assert push_type is not None
    assert push_type.place_of(edition, ours) == property_
