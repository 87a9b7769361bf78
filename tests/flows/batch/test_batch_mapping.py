"""References become what is in the books: by decision, by rule, or not without a finding."""

from __future__ import annotations

import pytest

from clary.flows.batch.mapping import Drafting, invalid_id
from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.settings import BatchSettings, Creating, confirmation
from clary.flows.batch.similar import SEARCHES, Suggestions
from clary.flows.batch.source import SourceItem, SourceParty
from clary.kernel.errors import Finding, Severity
from clary.ledger.fields import EditionName
from clary.ledger.posting.problems import Problems
from tests.flows.batch.shelves import Desk, SessionLists


def drafting() -> Drafting:
    return Drafting(Problems("invoice 1001"))


def only(noted: Drafting) -> Finding:
    [finding] = noted.problems.findings
    return finding


# -- accounts --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "delimiter", "account", "rest"),
    [
        ("4100", "-", "4100", ""),
        ("4100-10", "-", "4100-10", ""),
        ("4100-10-WEST", "-", "4100-10", "WEST"),
        ("4000-WEST", "-", "4000", "WEST"),
        ("4000:WEST", ":", "4000", "WEST"),
        ("4000", "", "4000", ""),
    ],
)
def test_the_longest_run_of_segments_that_is_an_account_counts(
    us: Desk, text: str, delimiter: str, account: str, rest: str
) -> None:
    us.settings = BatchSettings(delimiter=delimiter)
    found = us.mapping().account(text, drafting(), "account_id")
    assert found is not None
    assert (found.id, found.class_code) == (account, rest)


def test_an_unknown_account_is_never_created_and_says_how_to_free_the_frozen_one(us: Desk) -> None:
    noted = drafting()
    assert us.mapping().account("4001", noted, "lines.0.account_id") is None
    finding = only(noted)
    assert (finding.code, finding.field) == ("BATCH_ACCOUNT_UNKNOWN", "lines.0.account_id")
    for word in ("Open, save", "Closed, save", "refresh", "4000"):
        assert word in finding.remedy
    assert not noted.needs


def test_a_finding_is_told_wherever_its_reference_is_used(us: Desk) -> None:
    mapping, first, second = us.mapping(), drafting(), drafting()
    mapping.account("4001", first, "lines.0.account_id")
    mapping.account("4001", second, "lines.7.account_id")
    assert only(second).field == "lines.7.account_id"


def test_a_mapping_to_nothing_is_told(us: Desk) -> None:
    us.overrides[(MappingKind.ACCOUNT, "9999")] = "4OOO"
    noted = drafting()
    assert us.mapping().account("9999", noted, "account_id") is None
    assert only(noted).code == "BATCH_MAPPING_DANGLING"


# -- customers and vendors -------------------------------------------------------------------


def test_an_account_number_is_a_customer_whatever_its_case(us: Desk) -> None:
    noted = drafting()
    assert us.mapping().customer(SourceParty("acme"), noted) == "ACME"
    assert not noted.needs


def test_a_stored_mapping_comes_before_the_rule(us: Desk) -> None:
    us.overrides[(MappingKind.CUSTOMER, "acme")] = "NORTHWIND"
    assert us.mapping().customer(SourceParty("ACME"), drafting()) == "NORTHWIND"


def test_a_missing_record_is_created_asked_about_or_refused(us: Desk) -> None:
    party = SourceParty("NEWCO", "New Company")
    created = drafting()
    assert us.mapping().vendor(party, created) == "NEWCO"
    assert [(need.record_type, need.party) for need in created.needs.values()] == [
        ("vendor", party)
    ]

    us.settings = BatchSettings(create={"vendor": Creating.ASK})
    asked = drafting()
    assert us.mapping().vendor(party, asked) is None
    assert only(asked).code == "BATCH_RECORD_UNCONFIRMED"
    assert confirmation("vendor", "NEWCO") in only(asked).remedy

    us.settings = BatchSettings(
        create={"vendor": Creating.ASK}, confirmed=frozenset({confirmation("vendor", "NEWCO")})
    )
    assert us.mapping().vendor(party, drafting()) == "NEWCO"

    us.settings = BatchSettings(create={"vendor": Creating.REFUSE})
    refused = drafting()
    assert us.mapping().vendor(party, refused) is None
    assert only(refused).code == "BATCH_RECORD_MISSING"


def test_similar_records_are_suggested_and_never_taken(us: Desk) -> None:
    us.settings = BatchSettings(create={"customer": Creating.REFUSE})
    noted = drafting()
    assert us.mapping().customer(SourceParty("NORTHWND", "Northwind Trading"), noted) is None
    assert "NORTHWIND Northwind Traders" in only(noted).remedy


def test_a_namesake_of_a_new_record_is_told(us: Desk) -> None:
    noted = drafting()
    assert us.mapping().customer(SourceParty("C-77", "ACME Machine-Works, Inc."), noted) == "C-77"
    finding = only(noted)
    assert (finding.code, finding.severity) == ("BATCH_RECORD_SIMILAR", Severity.WARNING)
    assert "ACME" in finding.message


@pytest.mark.parametrize(
    ("record_type", "edition", "value", "valid"),
    [
        ("customer", "us", "A" * 20, True),
        ("customer", "us", "A" * 21, False),
        ("customer", "us", "A+B", False),
        ("customer", "uk", "ACME01", True),
        ("customer", "uk", "ACME-1", False),
        ("item", "uk", "A B", False),
    ],
)
def test_an_id_must_fit_the_declared_field(
    record_type: str,
    edition: str,
    value: str,
    valid: bool,  # noqa: FBT001 - the expectation
) -> None:
    known: EditionName = "us" if edition == "us" else "uk"
    reason = invalid_id(record_type, known, value)
    assert (reason is None) is valid


def test_an_id_that_sage_cannot_hold_is_told_with_its_place(us: Desk) -> None:
    noted = drafting()
    assert us.mapping().customer(SourceParty("A*B"), noted) is None
    assert only(noted).code == "BATCH_ID_INVALID"
    assert "Finance > Account Number" in only(noted).remedy


# -- items -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("xref", "item_class", "code"),
    [
        ("Inventory Part", "stock", None),
        ("InventoryPart", "stock", None),
        ("Non-Inventory Part", "non_stock", None),
        ("NonInventoryPart", "non_stock", None),
        ("Service", "service", None),
        ("Other Charge", "description_only", "BATCH_ITEM_CLASS_ASSUMED"),
        ("Barter", "description_only", "BATCH_ITEM_CLASS_ASSUMED"),
        (None, "description_only", "BATCH_ITEM_CLASS_ASSUMED"),
    ],
)
def test_the_product_type_decides_the_class_of_a_new_item(
    us: Desk, xref: str | None, item_class: str, code: str | None
) -> None:
    noted = drafting()
    item = us.mapping().item(SourceItem("CABLE", type_xref=xref), noted, "lines.0.item_id")
    assert item is not None
    assert item.item_class == item_class
    [need] = noted.needs.values()
    assert need.item_class == item_class
    assert [finding.code for finding in noted.problems.findings] == ([code] if code else [])


def test_a_stored_mapping_of_a_product_type_counts(us: Desk) -> None:
    us.overrides[(MappingKind.ITEM_CLASS, "Other Charge")] = "service"
    noted = drafting()
    item = us.mapping().item(SourceItem("CABLE", type_xref="Other Charge"), noted, "item_id")
    assert item is not None
    assert item.item_class == "service"
    assert not noted.problems.findings


def test_serialised_products_become_plain_and_it_says_so(us: Desk) -> None:
    noted = drafting()
    source = SourceItem("CABLE", type_xref="InventoryPart", serialized=True)
    us.mapping().item(source, noted, "item_id")
    assert only(noted).code == "BATCH_ITEM_SERIALIZED"
    known = drafting()
    us.mapping().item(SourceItem("widget", serialized=True), known, "item_id")
    assert not known.problems.findings


def test_uk_items_have_no_description_only(uk: Desk) -> None:
    item = uk.mapping().item(SourceItem("CABLE"), drafting(), "item_id")
    assert item is not None
    assert item.item_class == "non_stock"


# -- suggestions -----------------------------------------------------------------------------


def test_the_search_for_suggestions_is_bounded(us: Desk) -> None:
    suggestions = Suggestions(SessionLists(us.session))
    assert suggestions.similar("customer", "NORTHWND")[0].id == "NORTHWIND"
    for number in range(SEARCHES):
        suggestions.similar("customer", f"NORTHWND{number}")
    assert suggestions.similar("customer", "NORTHWNDX") == ()


def test_tax_that_names_no_code_at_all_is_told(us: Desk) -> None:
    noted = drafting()
    us.mapping().note_tax_code([], noted, "tax_code_id")
    assert only(noted).code == "BATCH_TAX_CODE_MISSING"
