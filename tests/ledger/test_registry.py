"""Record types are found by every name that people and other systems use for them."""

from __future__ import annotations

import pytest

from clary.kernel.errors import Rejected
from clary.ledger.registry import all_record_types, record_type, record_types_in


@pytest.mark.parametrize(
    ("name", "canonical"),
    [
        ("customer", "customer"),
        ("CustomerList", "customer"),
        ("VendorList", "vendor"),
        ("EmployeeList", "employee"),
        ("PaymentsJournal", "payment"),
        ("CashReceiptsJournal", "receipt"),
        ("SalesJournal", "sales_invoice"),
        ("GeneralJournal", "journal_entry"),
        ("InventoryItemsList", "item"),
        ("ChartOfAccounts", "account"),
        ("supplier", "vendor"),
        ("Purchase Invoice", "purchase"),
        ("credit-note", "credit_memo"),
        ("nominal", "account"),
    ],
)
def test_an_alias_names_the_type(name: str, canonical: str) -> None:
    assert record_type(name).name == canonical


def test_no_two_types_share_a_name_or_alias() -> None:
    seen: dict[str, str] = {}
    for declared in all_record_types():
        for name in {declared.name, *declared.aliases}:
            folded = name.replace("_", "").casefold()
            assert seen.setdefault(folded, declared.name) == declared.name, name


def test_an_unknown_name_gets_near_matches() -> None:
    with pytest.raises(Rejected) as caught:
        record_type("custmer")
    finding = caught.value.findings[0]
    assert finding.code == "TYPE_UNKNOWN"
    assert "did you mean customer" in finding.remedy


def test_a_name_like_no_other_gets_no_guess() -> None:
    with pytest.raises(Rejected) as caught:
        record_type("zzzz")
    assert "did you mean" not in caught.value.findings[0].remedy


def test_a_type_of_the_other_edition_is_unknown_here() -> None:
    assert record_type("bank", "uk").name == "bank"
    with pytest.raises(Rejected, match="in the edition us"):
        record_type("bank", "us")


def test_each_edition_lists_its_types_in_order_of_creation() -> None:
    us, uk = record_types_in("us"), record_types_in("uk")
    assert [t.order for t in us] == sorted(t.order for t in us)
    assert "bank" in {t.name for t in uk} - {t.name for t in us}
    assert "employee" in {t.name for t in us} - {t.name for t in uk}
