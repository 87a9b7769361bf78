"""The tables of the US edition agree with the record declarations and with real files."""

from __future__ import annotations

import json

import pytest

from clary.ledger.editions import us
from clary.ledger.registry import record_type
from clary.ledger.types.lists import COST_METHODS, US_ACCOUNT_TYPES, US_ITEM_CLASSES
from clary.ledger.types.parties import CREDIT_STATUSES
from tests.surroundings import reference_file

ENUMS = "us/peachwserver_22_enums.json"


def folded(names: dict[str, int]) -> dict[str, int]:
    return {name.removeprefix("peachwIEObj"): number for name, number in names.items()}


@pytest.mark.rule("US-ACCOUNT-TYPES")
def test_every_account_type_has_its_two_numbers() -> None:
    assert tuple(one.name for one in us.ACCOUNT_TYPES) == US_ACCOUNT_TYPES
    assert [one.code for one in us.ACCOUNT_TYPES] == [
        0, 1, 2, 3, 4, 5, 6, 8, 10, 11, 12, 14, 16, 18, 19, 21, 23, 24,
    ]  # fmt: skip
    assert [one.sdk_code for one in us.ACCOUNT_TYPES] == list(range(18))


@pytest.mark.rule("US-ITEM-CLASSES")
def test_every_item_class_and_costing_method_has_its_number() -> None:
    assert tuple(us.ITEM_CLASSES) == US_ITEM_CLASSES
    assert sorted([*us.ITEM_CLASSES.values(), *us.PREMIUM_ITEM_CLASSES]) == list(range(12))
    assert tuple(us.COST_METHODS) == COST_METHODS


@pytest.mark.rule("US-CREDIT-STATUSES")
def test_the_credit_statuses_are_numbered_in_order_and_hold_refuses() -> None:
    assert tuple(one.name for one in us.CREDIT_STATUSES) == CREDIT_STATUSES
    assert [one.number for one in us.CREDIT_STATUSES] == list(range(5))
    refusing = {one.name for one in us.CREDIT_STATUSES if one.effect is us.CreditEffect.REFUSE}
    assert refusing == {"hold_over_limit", "always_hold"}


@pytest.mark.rule("US-OBJECTS")
def test_every_object_carries_record_types_of_the_edition() -> None:
    assert [one.number for one in us.OBJECTS] == list(range(39))
    for one in us.OBJECTS:
        for name in one.record_types:
            assert "us" in record_type(name).words
    for name in us.DELETABLE_OBJECTS:
        assert "us" in record_type(name).words


@pytest.mark.rule("US-OBJECTS")
def test_objects_have_the_numbers_of_the_interface() -> None:
    enums = json.loads(reference_file(ENUMS).read_text(encoding="utf-8"))
    real = folded(enums["PeachwIEObj"])
    assert real.pop("NumberOfObjects") == len(us.OBJECTS)
    assert {one.name: one.number for one in us.OBJECTS} == real
    assert set(us.DELETABLE_OBJECTS.values()) <= set(enums["PeachBusObjects"].values())


@pytest.mark.rule("US-OBJECTS")
@pytest.mark.parametrize(
    "name", ["CustomerList", "VendorList", "EmployeeList", "PaymentsJournal", "CashReceiptsJournal"]
)
def test_sages_own_object_names_are_aliases_of_the_record_types(name: str) -> None:
    carried = next(one.record_types for one in us.OBJECTS if one.name == name)
    assert record_type(name, "us").name == carried[0]


@pytest.mark.rule("US-JOURNAL-CODES")
def test_every_posted_document_is_told_apart_by_its_journal_numbers() -> None:
    keys = [(one.journal, one.extended) for one in us.JOURNALS]
    assert len(set(keys)) == len(keys)
    for one in us.JOURNALS:
        assert "us" in record_type(one.record_type).words
