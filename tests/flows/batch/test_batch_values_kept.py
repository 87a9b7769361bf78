"""Quantities, keys and references at their limits, and what is asked for only once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from clary.flows.batch.mapping import Drafting, Need, as_written, invalid_id
from clary.flows.batch.overrides import MappingKind
from clary.flows.batch.settings import BatchSettings, Creating, TaxPolicy
from clary.flows.batch.sharing import shared
from clary.flows.batch.similar import Suggestions
from clary.flows.batch.source import SourceItem, SourceParty
from clary.flows.batch.tax_policy import check_rounding
from clary.flows.batch.values import SHOWN, Values, shortened
from clary.ledger.fields import EditionName
from clary.ledger.posting.problems import Problems
from tests.flows.batch.shelves import Desk, SessionLists


def values() -> Values:
    return Values(Problems("invoice 1001"))


def codes(read: Values) -> list[str]:
    return [finding.code for finding in read.problems.findings]


# -- values ----------------------------------------------------------------------------------


def test_a_quantity_is_rounded_to_five_decimals_and_none_stays_none() -> None:
    read = values()
    assert read.quantity(Decimal("0.3333333"), "quantity") == Decimal("0.33333")
    assert read.quantity(None, "quantity") is None
    assert not read.problems.findings


def test_a_quantity_that_no_field_holds_is_refused() -> None:
    read = values()
    assert read.quantity(Decimal("1E13"), "quantity") is None
    assert codes(read) == ["BATCH_AMOUNT_TOO_LARGE"]
    assert read.problems.failed


def test_a_key_that_loses_nothing_is_taken_and_one_that_would_is_refused() -> None:
    read = values()
    assert read.key(None, "id") == ""
    assert read.key(" ACME ", "id") == "ACME"
    assert read.key("MÜLLER\t1", "id") == "MÜLLER 1"
    assert not read.problems.findings
    read.key("AC\u200bME", "id")
    assert codes(read) == ["BATCH_KEY_UNREADABLE"]


def test_a_text_of_other_letters_loses_nothing_and_nothing_is_told() -> None:
    read = values()
    assert read.text("Café  Søn", "memo") == "Café Søn"
    read.finish()
    assert not read.problems.findings


@pytest.mark.parametrize("count", [1, SHOWN, SHOWN + 1])
def test_texts_that_lost_signs_are_told_of_in_one_warning_that_names_some(count: int) -> None:
    read = values()
    for number in range(count):
        read.text("bell\x07", f"memo{number}")
    read.finish()
    [finding] = read.problems.findings
    assert finding.field == "memo0"
    assert f"memo{min(count, SHOWN) - 1}" in finding.message
    assert ("..." in finding.message) is (count > SHOWN)


@pytest.mark.parametrize(
    ("length", "kept"), [(3, "one"), (5, "one"), (7, "one two"), (9, "one two"), (2, "on")]
)
def test_a_text_is_cut_between_words_where_that_keeps_half_of_it(length: int, kept: str) -> None:
    assert shortened("one two three", length) == kept


@pytest.mark.parametrize(
    ("amount", "weights", "parts"),
    [
        (100, [1, 0], [100, 0]),
        (100, [0, 1], [0, 100]),
        (100, [0, 0], [50, 50]),
        (100, [1, -1], [50, 50]),
        (-100, [1, 1, 1], [-33, -34, -33]),
        (100, [], []),
    ],
)
def test_a_share_is_as_large_as_its_weight(
    amount: int, weights: list[int], parts: list[int]
) -> None:
    assert shared(amount, weights) == parts


@pytest.mark.parametrize(
    ("settings", "account", "told"),
    [
        (BatchSettings(), None, []),
        (BatchSettings(tax_policy=TaxPolicy.ADJUST, rounding_account="6900"), "6900", []),
        (BatchSettings(tax_policy=TaxPolicy.ADJUST, rounding_account="6999"), None, ["6999"]),
        (BatchSettings(tax_policy=TaxPolicy.ADJUST), None, ["(none is stated)"]),
    ],
)
def test_a_rounding_account_is_missed_before_a_document_needs_it(
    settings: BatchSettings, account: str | None, told: list[str]
) -> None:
    found = list(check_rounding(settings, account, "psa"))
    assert [each.code for each in found] == ["BATCH_ROUNDING_ACCOUNT_UNKNOWN"] * len(told)
    assert all(word in each.message for word, each in zip(told, found, strict=True))


# -- references ------------------------------------------------------------------------------


def drafting() -> Drafting:
    return Drafting(Problems("invoice 1001"))


def test_needs_of_one_id_are_the_same_in_any_case() -> None:
    assert Need("customer", "Acme").key == Need("customer", "ACME").key
    assert Need("customer", "Acme").key != Need("vendor", "Acme").key


def test_a_reference_is_found_once_and_told_each_time(us: Desk) -> None:
    us.settings = BatchSettings(create={"customer": Creating.REFUSE, "item": Creating.REFUSE})
    mapping, first, second = us.mapping(), drafting(), drafting()
    for noted in (first, second):
        assert mapping.customer(SourceParty("NEWCO"), noted) is None
        assert mapping.item(SourceItem("CABLE"), noted, "lines.0.item_id") is None
    expected = ["customer_id", "lines.0.item_id"]
    assert [finding.field for finding in first.problems.findings] == expected
    assert [finding.field for finding in second.problems.findings] == expected


def test_an_item_id_that_sage_cannot_hold_is_told_with_its_place(us: Desk) -> None:
    noted = drafting()
    assert us.mapping().item(SourceItem("C" * 40), noted, "lines.0.item_id") is None
    [finding] = noted.problems.findings
    assert finding.code == "BATCH_ID_INVALID"
    assert "Product Catalog" in finding.remedy


def test_no_name_is_no_tax_code_and_no_agency(us: Desk) -> None:
    mapping = us.mapping()
    assert mapping.tax_code("") is None
    code = mapping.tax_code("TAX")
    assert code is not None
    assert mapping.agency(code, None) is None
    assert mapping.agency(code, "city") == "CITY"


def test_a_department_is_looked_for_once_and_only_in_uk_books(us: Desk, uk: Desk) -> None:
    mapping, noted = uk.mapping(), drafting()
    for _ in range(2):
        assert mapping.department([None, "3"], noted, "department_id") == "3"
        assert mapping.department(["West"], noted, "department_id") is None
    assert [finding.code for finding in noted.problems.findings] == [
        "BATCH_DEPARTMENT_UNKNOWN",
        "BATCH_DEPARTMENT_UNKNOWN",
    ]
    untold = drafting()
    assert us.mapping().department(["West"], untold, "department_id") is None
    assert not untold.problems.findings


def test_an_unknown_tax_code_is_told_once_for_a_document(uk: Desk) -> None:
    mapping, noted = uk.mapping(), drafting()
    mapping.note_tax_code(["VAT"], noted, "lines.0.tax_code_id")
    mapping.note_tax_code(["VAT"], noted, "lines.1.tax_code_id")
    [finding] = noted.problems.findings
    assert finding.field == "lines.0.tax_code_id"


@pytest.mark.parametrize(
    ("kind", "edition", "target", "written"),
    [
        (MappingKind.TAX_CODE, "us", " tax ", "tax"),
        (MappingKind.TAX_CODE, "uk", "01", "T1"),
        (MappingKind.TAX_CODE, "uk", "t5", "T5"),
        (MappingKind.CUSTOMER, "uk", "acme", "ACME"),
        (MappingKind.VENDOR, "uk", "a & b", "a & b"),
        (MappingKind.DEPARTMENT, "uk", "003", "3"),
        (MappingKind.ACCOUNT, "uk", "0040", "0040"),
    ],
)
def test_a_target_is_written_as_its_books_write_it(
    kind: MappingKind, edition: EditionName, target: str, written: str
) -> None:
    assert as_written(kind, edition, target) == written


def test_a_record_that_an_edition_has_not_has_no_id_there() -> None:
    assert invalid_id("department", "us", "3") == "the edition has no department"
    assert invalid_id("department", "uk", "3") is None


# -- suggestions -----------------------------------------------------------------------------


def test_what_was_asked_once_is_not_searched_again(us: Desk) -> None:
    found = Suggestions(SessionLists(us.session))
    first = found.similar("customer", "NORTHWND")
    assert [each.id for each in first][:1] == ["NORTHWIND"]
    assert found.similar("customer", "NORTHWND") is first


def test_a_twin_has_the_same_name_but_for_case_signs_and_legal_form(us: Desk) -> None:
    found = Suggestions(SessionLists(us.session))
    assert found.twin("customer", "NORTHWIND TRADERS, Inc.") == "NORTHWIND"
    assert found.twin("customer", "The Acme Machine-Works") == "ACME"
    assert found.twin("customer", "Acme") is None
    assert found.twin("customer", "Inc.") is None
