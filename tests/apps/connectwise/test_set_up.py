"""Each setting of a site that posting depends on is judged on its own line."""

from __future__ import annotations

import pytest

from clary.apps.connectwise.checking import CheckLine, CheckState
from clary.apps.connectwise.gaps import check_companies, check_members, check_product_types
from clary.apps.connectwise.set_up import Ask, check_accounts, check_package
from clary.apps.connectwise.shapes import (
    AccountingPackageSetup,
    Company,
    GLAccount,
    GLCaption,
    Member,
    ProductType,
)

GOOD = {
    "accountingPackage": {"id": 6, "identifier": "Other", "name": "Other"},
    "includeExpensesFlag": True,
    "transferExpensesAsBillFlag": True,
    "includeSalesTaxFlag": True,
    "inventorySOHFlag": True,
    "includeCogsEntriesFlag": False,
}
OK, WARNING, FAILED = CheckState.OK, CheckState.WARNING, CheckState.FAILED


def package(ask: Ask | None = None, **changed: object) -> dict[str, CheckLine]:
    setup = AccountingPackageSetup.model_validate({**GOOD, **changed})
    return {line.name: line for line in check_package(setup, ask or Ask())}


def test_a_package_that_is_set_up_well_passes() -> None:
    found = package()
    assert {line.state for line in found.values()} == {OK}
    assert list(found) == [
        "accounting package",
        "sales tax",
        "expenses",
        "inventory",
        "cost entries",
    ]


COSTING = Ask(costing=True)
PACKAGES: dict[str, tuple[Ask, dict[str, object], str, CheckState, str]] = {
    "another package": (
        Ask(),
        {"accountingPackage": {"identifier": "QB99"}},
        "accounting package",
        FAILED,
        "CONNECTWISE_PACKAGE_WRONG",
    ),
    "no sales tax": (
        Ask(),
        {"includeSalesTaxFlag": False},
        "sales tax",
        FAILED,
        "CONNECTWISE_SALES_TAX_LEFT_OUT",
    ),
    "expenses as journal": (
        Ask(),
        {"transferExpensesAsBillFlag": False},
        "expenses",
        WARNING,
        "CONNECTWISE_EXPENSES_AS_JOURNAL",
    ),
    "bills without expenses": (
        Ask(),
        {"includeExpensesFlag": False},
        "expenses",
        WARNING,
        "CONNECTWISE_EXPENSES_FLAG_IDLE",
    ),
    "no inventory": (
        Ask(),
        {"inventorySOHFlag": None},
        "inventory",
        FAILED,
        "CONNECTWISE_INVENTORY_LEFT_OUT",
    ),
    "needless costs": (
        Ask(),
        {"includeCogsEntriesFlag": True},
        "cost entries",
        WARNING,
        "CONNECTWISE_COSTS_NEEDLESS",
    ),
    "no costs": (COSTING, {}, "cost entries", WARNING, "CONNECTWISE_COSTS_LEFT_OUT"),
}


@pytest.mark.parametrize("case", PACKAGES)
def test_a_setting_that_is_wrong_names_the_menu(case: str) -> None:
    ask, changed, name, state, code = PACKAGES[case]
    found = package(ask, **changed)
    line = found.pop(name)
    assert (line.state, [finding.code for finding in line.findings]) == (state, [code])
    assert "System > Setup Tables > Accounting Package Setup" in line.remedy
    assert {other.state for other in found.values()} == {OK}


def test_settings_that_do_not_matter_pass() -> None:
    neither = package(includeExpensesFlag=False, transferExpensesAsBillFlag=False)
    assert neither["expenses"].state is OK
    assert package(COSTING, includeCogsEntriesFlag=True)["cost entries"].state is OK


def test_a_site_without_a_package_is_told() -> None:
    lines = list(check_package(None, Ask()))
    assert [line.findings[0].code for line in lines] == ["CONNECTWISE_PACKAGE_MISSING"]


TWO = {
    "segment1": "Account",
    "segment1type": "Account",
    "segment2": "Department",
    "segment2type": "Account",
}
SALES = {"glType": "RP", "segment1": "4000", "segment2": "10"}
FREIGHT = {"glType": "PF", "segment1": "5700"}


def accounts(
    caption: dict[str, str] | None = None,
    mapped: tuple[dict[str, str], ...] = (SALES, FREIGHT),
    ask: Ask | None = None,
) -> dict[str, CheckLine]:
    captions = GLCaption.model_validate(TWO if caption is None else caption)
    listed = [GLAccount.model_validate(each) for each in mapped]
    return {line.name: line for line in check_accounts(captions, listed, ask or Ask())}


def test_accounts_that_are_set_up_well_pass() -> None:
    found = accounts()
    assert {line.state for line in found.values()} == {OK}
    assert found["account segments"].found == "2 set up, 2 used"


def test_the_longest_account_needs_its_segments() -> None:
    line = accounts({"segment1": "Account", "segment1type": "Account"})["account segments"]
    assert (line.state, line.findings[0].code) == (FAILED, "CONNECTWISE_SEGMENTS_FEW")
    assert "4000-10 has 2" in line.findings[0].message
    longer = accounts(ask=Ask(accounts=("4000", "4000-10-EF")))["account segments"]
    assert "4000-10-EF has 3" in longer.findings[0].message
    colons = accounts(ask=Ask(delimiter=":", accounts=("4000-10-EF", "4000:10")))
    assert colons["account segments"].state is OK


def test_no_segments_at_all_is_told() -> None:
    lines = list(check_accounts(None, [], Ask()))
    assert lines[0].findings[0].code == "CONNECTWISE_SEGMENTS_MISSING"


def test_a_segment_that_is_a_class_gives_a_warning_by_its_name() -> None:
    line = accounts({**TWO, "segment2type": "Class"})["segment types"]
    assert (line.state, line.found) == (WARNING, "Account: Account, Department: Class")
    assert "Department has the type Class" in line.findings[0].message


@pytest.mark.parametrize(
    ("mapped", "state"),
    [
        ((SALES,), FAILED),
        ((SALES, {"glType": "PF"}), FAILED),
        (({"mappedType": {"name": "Purchase Order Freight"}, "segment1": "5700"},), OK),
    ],
    ids=["none", "empty", "by name"],
)
def test_freight_needs_an_account(mapped: tuple[dict[str, str], ...], state: CheckState) -> None:
    line = accounts(mapped=mapped)["freight account"]
    assert line.state is state
    assert ("Purchase Order Freight" in line.remedy) is (state is FAILED)


@pytest.mark.parametrize(
    ("delimiter", "numbers", "state"),
    [
        ("-", ("4000-10",), OK),
        (":", ("4000-10",), WARNING),
        (":", ("4000-10", "4000:10"), OK),
        (":", ("4000",), OK),
        ("-", (), OK),
    ],
    ids=["fits", "other", "both", "plain", "unknown"],
)
def test_the_delimiter_is_that_of_the_company(
    delimiter: str, numbers: tuple[str, ...], state: CheckState
) -> None:
    line = accounts(ask=Ask(delimiter=delimiter, accounts=numbers))["account delimiter"]
    assert line.state is state
    assert ("account_delimiter=hyphen" in line.remedy) is (state is WARNING)


# -- records that lack a number -----------------------------------------------------------------

COMPANIES = [
    {"id": 1, "identifier": "Acme", "accountNumber": "ACME", "types": [{"name": "Client"}]},
    {"id": 2, "identifier": "Bare", "types": [{"name": "Client"}]},
    {"id": 3, "identifier": "Untyped"},
    {"id": 4, "identifier": "Prospect", "types": [{"name": "Prospect"}]},
    {"id": 5, "identifier": "Gone", "deletedFlag": True, "types": [{"name": "Client"}]},
    {"id": 6, "identifier": "Supply", "isVendorFlag": True, "vendorIdentifier": "SUPPLY"},
    {"id": 7, "identifier": "Nobody", "isVendorFlag": True},
]


def test_customers_and_vendors_without_their_number_are_named() -> None:
    customers, vendors = check_companies(Company.model_validate(each) for each in COMPANIES)
    assert (customers.name, customers.state) == ("customers", WARNING)
    assert customers.found == "2 without: Bare, Untyped"
    assert "Account Number" in customers.remedy
    assert (vendors.state, vendors.found) == (WARNING, "1 without: Nobody")
    assert "Vendor Xref" in vendors.remedy


def test_many_names_are_cut_and_counted() -> None:
    bare = [Company(id=n, identifier=f"C{n:02}") for n in range(1, 15)]
    customers, vendors = check_companies(bare)
    assert customers.found.endswith("C10 and 4 more")
    assert vendors.state is OK


def test_members_are_people_with_a_vendor_number() -> None:
    members = [
        Member(id=1, identifier="ada", vendor_number="ADA"),
        Member(id=2, identifier="bob"),
        Member(id=3, identifier="left", inactive_flag=True),
        Member(id=4, identifier="api", license_class="A"),
    ]
    (line,) = check_members(members)
    assert (line.state, line.found) == (WARNING, "1 without: bob")
    assert "Vendor Number" in line.remedy


def test_product_types_name_a_class_of_item() -> None:
    types = [
        ProductType(id=1, name="Goods", type_xref="InventoryPart"),
        ProductType(id=2, name="Odd"),
        ProductType(id=3, name="Old", inactive_flag=True),
        ProductType(id=4, name="New", type_xref="SomethingNew"),
    ]
    (line,) = check_product_types(types)
    assert (line.state, line.found) == (WARNING, "1 without: Odd")
