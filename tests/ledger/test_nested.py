"""Groups inside records have names and keys of their own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.errors import Rejected
from clary.ledger.fields import EDITIONS
from clary.ledger.nested import (
    ENTRY_KEYS,
    NestedType,
    entries_of,
    find_type,
    nested_named,
    nested_types,
    nested_types_in,
)
from clary.ledger.record import RecordType, fields_of
from clary.ledger.registry import record_type


def nested(name: str) -> NestedType:
    found = find_type(name, "us")
    assert isinstance(found, NestedType)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "customer.ship_to",
        "CustomerList.ShipToAddress",
        "customers.ShipTo",
        "customer.ship-to",
    ],
)
def test_a_group_is_found_by_every_name_of_its_parent_and_itself(name: str) -> None:
    assert nested(name).name == "customer.ship_to"


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("EmployeeList.PayInfo", "employee.pay"),
        ("EmployeeList.EmployerFields", "employee.employer_fields"),
        ("EmployeeList.EmployeeField", "employee.employee_fields"),
        ("VendorList.CustomFields", "vendor.custom_fields"),
        ("customer.BillToAddress", "customer.bill_to"),
    ],
)
def test_sages_own_names_of_groups_are_aliases(name: str, canonical: str) -> None:
    assert nested(name).name == canonical


def test_a_name_without_a_dot_is_the_record_type() -> None:
    assert isinstance(find_type("CustomerList", "us"), RecordType)


def test_an_unknown_group_lists_those_there_are() -> None:
    with pytest.raises(Rejected) as caught:
        find_type("customer.shipping", "us")
    assert "customer.ship_to" in caught.value.findings[0].remedy
    with pytest.raises(Rejected) as caught:
        find_type("ship_method.x", "us")
    assert "did you mean" not in caught.value.findings[0].remedy


def test_a_group_of_the_other_edition_is_unknown_here() -> None:
    assert nested("vendor.remit_to").label_in("us") == "Remit-to addresses"
    with pytest.raises(Rejected):
        find_type("vendor.remit_to", "uk")


def test_every_group_is_found_by_its_canonical_name() -> None:
    for edition in EDITIONS:
        for each in nested_types_in(edition):
            assert nested_named(each.name) is each
            assert find_type(each.name, edition) is each
    assert nested_named("customer.nothing") is None


def test_each_key_of_an_entry_is_one_of_its_fields() -> None:
    for record, key in ENTRY_KEYS.items():
        assert key in fields_of(record)


def test_a_single_group_and_a_group_of_many_are_told_apart() -> None:
    found = {each.field: each.many for each in nested_types(record_type("customer"))}
    assert found == {"contacts": True, "custom_fields": True, "bill_to": False, "ship_to": True}


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_a_key_text_names_exactly_its_parent_and_entry(parent: str, entry: str) -> None:
    ship_to, bill_to = nested("customer.ship_to"), nested("customer.bill_to")
    assert ship_to.parse(ship_to.key_text(parent, entry)) == (parent, entry)
    assert ship_to.parse(ship_to.key_text(parent, None)) == (parent, None)
    assert bill_to.parse(bill_to.key_text(parent, None)) == (parent, None)


@pytest.mark.parametrize("text", ["", "/1", "ACME/", "A/1/2"])
def test_a_text_that_names_no_entry_is_refused(text: str) -> None:
    with pytest.raises(Rejected) as caught:
        nested("customer.ship_to").parse(text)
    assert caught.value.code == "ENTRY_KEY_INVALID"
    assert "the position from 1" in caught.value.findings[0].remedy


def test_a_single_group_has_no_entries_to_name() -> None:
    with pytest.raises(Rejected) as caught:
        nested("customer.bill_to").parse("ACME/1")
    assert "nothing else" in caught.value.findings[0].remedy


def test_entries_are_found_by_position_or_by_their_key_in_any_case() -> None:
    addresses, contacts = nested("customer.ship_to"), nested("customer.contacts")
    group = [{"name": "Ann"}, {"name": "BOB"}]
    assert addresses.positions(group, "2") == [1]
    assert addresses.positions(group, "3") == addresses.positions(group, "x") == []
    assert addresses.positions(group, "9" * 5000) == []
    assert contacts.positions(group, "bob") == [1]
    assert contacts.entry(group, "Ann") == {"name": "Ann"}
    assert contacts.entry(group, "Cid") is None
    assert contacts.entry(group, None) is None
    assert nested("customer.bill_to").entry({"city": "Rome"}, None) == {"city": "Rome"}


def test_what_is_no_list_has_no_entries() -> None:
    assert entries_of(None) == entries_of("x") == []
    assert entries_of([{"a": 1}, 5]) == [{"a": 1}]


def test_a_nested_type_knows_its_fields() -> None:
    assert nested("employee.pay").entry_key == "number"
    assert "rate" in nested("employee.pay").fields
