from __future__ import annotations

import contextlib
from pathlib import Path

import pytest

from clary.companies.contract import Operation
from clary.companies.sandbox import users
from clary.companies.sandbox.file import connect, transaction
from clary.companies.sandbox.users import FoundUser, Rights
from clary.kernel.errors import Severity, Unauthorised
from clary.ledger.fields import EditionName
from clary.ledger.registry import all_record_types
from clary.ledger.types.people import RIGHT_AREAS
from tests.companies.sandbox.at_sage import act, make, rows


def user(path: Path, name: str, edition: EditionName = "us") -> FoundUser:
    with contextlib.closing(connect(path)) as connection:
        found = users.find_user(connection, edition, name)
    assert found is not None
    return found


def rights(level: str = "none", edition: EditionName = "us", **levels: str) -> Rights:
    return Rights("BOB", edition, False, dict.fromkeys(RIGHT_AREAS, level) | levels)


@pytest.mark.parametrize(("edition", "person"), [("us", "PERSON"), ("uk", "MANAGER")])
def test_a_new_company_has_its_person_and_the_connector_as_administrators(
    tmp_path: Path, edition: EditionName, person: str
) -> None:
    path = make(tmp_path, edition)
    assert rows(path, "SELECT id, administrator FROM user_record ORDER BY record_number") == [
        (person, 1),
        ("CLARY", 1),
    ]


def test_user_names_are_found_in_any_case(tmp_path: Path) -> None:
    assert user(make(tmp_path, "us"), "clary").name == "CLARY"


@pytest.mark.parametrize(
    ("level", "allowed"),
    [
        ("none", set()),
        ("read", {"read"}),
        ("add", {"read", "create"}),
        ("edit", {"read", "create", "update", "post", "allocate", "unallocate"}),
        ("full", {each.value for each in Operation}),
    ],
)
def test_each_level_allows_its_operations_and_those_below(level: str, allowed: set[str]) -> None:
    passed = set()
    for operation in Operation:
        with contextlib.suppress(Unauthorised):
            users.check_right(rights(level), "customer", operation)
            passed.add(operation.value)
    assert passed == allowed


def test_a_missing_right_names_the_menu_that_grants_it() -> None:
    with pytest.raises(Unauthorised) as caught:
        users.check_right(rights("read"), "purchase", Operation.CREATE)
    (finding,) = caught.value.findings
    assert finding.code == "RIGHT_MISSING"
    assert (
        "has the level read in Vendors & Purchases: Maintenance; add is needed" in finding.message
    )
    assert "Maintain > Users > Set Up Security > Vendors & Purchases" in finding.remedy


def test_areas_are_checked_one_by_one() -> None:
    only_sales = rights("none", customers_and_sales="full")
    users.check_right(only_sales, "sales_invoice", Operation.VOID)
    with pytest.raises(Unauthorised, match="Banking & General Ledger"):
        users.check_right(only_sales, "journal_entry", Operation.READ)


def test_what_us_books_take_by_import_only_needs_that_right_too() -> None:
    without_import = rights("full", import_export="read")
    users.check_right(without_import, "item", Operation.READ)
    with pytest.raises(Unauthorised, match="Company: Import/Export"):
        users.check_right(without_import, "item", Operation.CREATE)
    users.check_right(rights("full", "uk", import_export="none"), "item", Operation.CREATE)


def test_only_an_administrator_changes_users() -> None:
    users.check_right(rights("full"), "user", Operation.READ)
    with pytest.raises(Unauthorised, match="is not an administrator"):
        users.check_right(rights("full"), "user", Operation.CREATE)
    users.check_right(Rights("BOSS", "us", True), "user", Operation.CREATE)


def test_every_record_type_belongs_to_an_area_of_the_screen() -> None:
    for declared in all_record_types():
        assert users.area_of(declared.name) in RIGHT_AREAS
        for edition in declared.words:
            assert users.area_of(declared.name) in users.AREA_LABELS[edition]


def test_missing_rights_tell_errors_from_warnings() -> None:
    found = users.missing_rights(
        rights(
            "full", customers_and_sales="none", inventory_and_services="read", import_export="add"
        )
    )
    assert [(each.severity, each.message.split(" in ")[1].split(";")[0]) for each in found] == [
        (Severity.ERROR, "Customers & Sales: Maintenance"),
        (Severity.WARNING, "Inventory & Services: Maintenance"),
        (Severity.WARNING, "Company: Import/Export"),
    ]
    assert all("Maintain > Users > Set Up Security > " in each.remedy for each in found)


def test_an_administrator_misses_nothing() -> None:
    assert users.missing_rights(Rights("BOSS", "us", True)) == []


def test_without_sdk_data_access_a_us_connector_stays_out() -> None:
    assert (
        users.missing_rights(rights("full", sdk_data_access="read"))[0].severity is Severity.ERROR
    )
    with pytest.raises(Unauthorised, match="SDK Data Access"):
        users.check_access_right(rights("full", sdk_data_access="edit"))
    users.check_access_right(rights("none", "uk"))


def test_an_administrator_whose_level_is_set_stops_being_one(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "set-rights CLARY banking_and_general_ledger read")
    found = user(path, "CLARY").rights
    assert not found.administrator
    assert found.level("banking_and_general_ledger") == "read"
    assert found.level("customers_and_sales") == "full"


def test_a_password_is_kept_hashed_and_opens_its_user_only(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    with contextlib.closing(connect(path)) as connection:
        with transaction(connection, path):
            users.set_password(connection, "CLARY", "sesame")
        assert users.password_fits(connection, "clary", "sesame")
        assert not users.password_fits(connection, "CLARY", "Sesame")
        assert not users.password_fits(connection, "CLARY", None)
        assert users.password_fits(connection, "PERSON", None)
        assert not users.password_fits(connection, "PERSON", "sesame")
        with transaction(connection, path):
            users.set_password(connection, "CLARY", "")
        assert users.password_fits(connection, "CLARY", "")
    assert b"sesame" not in path.read_bytes()


def test_equal_passwords_have_different_hashes(tmp_path: Path) -> None:
    path = make(tmp_path, "us")
    act(path, "set-password CLARY same")
    act(path, "set-password PERSON same")
    (first,), (second,) = rows(path, "SELECT hash FROM password")
    assert first != second
