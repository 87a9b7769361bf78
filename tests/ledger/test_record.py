"""Record classes: their fields by edition and release, their groups, their annotations."""

from __future__ import annotations

import pytest

from clary.ledger.fields import EDITIONS
from clary.ledger.record import (
    Family,
    entry_class,
    fields_of,
    groups_of,
    has_field,
    is_many,
    member,
    visible,
)
from clary.ledger.registry import all_record_types, record_type
from clary.ledger.types.groups import Address
from clary.ledger.types.lists import Item
from clary.ledger.types.parties import Customer


def test_every_type_has_one_key_and_only_lists_state_it() -> None:
    for declared in all_record_types():
        spec = declared.fields[declared.key]
        assert spec.computed is (declared.family is not Family.LIST), declared.name


def test_fields_are_named_as_in_bodies() -> None:
    assert "class" in fields_of(Item)
    assert "item_class" not in fields_of(Item)


def test_a_field_is_there_from_its_first_release_to_its_last() -> None:
    vendor = record_type("vendor")
    spec = vendor.fields["use_payment_defaults"]
    assert not has_field(spec, "us", 2013)
    assert has_field(spec, "us", 2014)
    assert has_field(spec, "us", None)
    assert not has_field(spec, "uk", None)
    assert "use_payment_defaults" not in vendor.fields_in("us", 2013)
    assert "use_payment_defaults" in visible(vendor.fields, "us", 2022)


def test_words_are_those_of_the_edition() -> None:
    words = record_type("vendor").words_in("uk")
    assert words is not None
    assert (words.one, words.many) == ("Supplier", "Suppliers")
    assert record_type("employee").words_in("uk") is None


def test_groups_lead_to_the_class_of_one_entry() -> None:
    assert groups_of(Customer)["ship_to"] is Address
    assert record_type("customer").groups["bill_to"] is Address


def test_an_annotation_tells_whether_there_are_many() -> None:
    many, single = member(Customer, "ship_to"), member(Customer, "bill_to")
    assert many is not None
    assert single is not None
    assert is_many(many.annotation)
    assert is_many(list[Address])
    assert not is_many(single.annotation)
    assert entry_class(list[Address] | None) is Address


@pytest.mark.parametrize("annotation", [str, int | None, dict[str, int], list[int]])
def test_an_annotation_without_records_is_told(annotation: object) -> None:
    with pytest.raises(TypeError, match="holds no record class"):
        entry_class(annotation)


def test_a_name_that_no_field_has_leads_nowhere() -> None:
    assert member(Customer, "nothing") is None


def test_what_is_referred_to_comes_first_in_the_order_of_creation() -> None:
    order = {declared.name: declared.order for declared in all_record_types()}
    # A UK company has all its tax codes from the start, so suppliers need not wait for them.
    there_already = {("item", "item"), ("vendor", "tax_code")}
    for declared in all_record_types():
        for edition in EDITIONS:
            for spec in declared.fields_in(edition).values():
                pair = (declared.name, spec.reference or "")
                if spec.reference in order and pair not in there_already and not spec.computed:
                    assert order[spec.reference] < declared.order, pair
