"""Rules that the field declarations keep: lengths and characters of identifiers and names."""

from __future__ import annotations

import pytest

from clary.kernel.change import Body
from clary.ledger import schema
from clary.ledger.fields import EditionName
from clary.ledger.schema import Purpose

PARTY: Body = {"name": "Name"}
ITEM: Body = {"description": "Item", "class": "stock"}
ACCOUNT: Body = {"name": "Account", "type": "cash"}
NOMINAL: Body = {"name": "Nominal"}


def codes(record_type: str, edition: EditionName, body: Body) -> set[str]:
    """Return what a new record's fields are refused for."""
    _, findings = schema.check(record_type, body, edition, None, Purpose.CREATE, record_type)
    return {one.code for one in findings}


@pytest.mark.rule("US-ID-LENGTH")
@pytest.mark.parametrize(
    ("record_type", "body", "length"),
    [
        ("customer", PARTY, 20),
        ("vendor", PARTY, 20),
        ("item", ITEM, 20),
        ("account", ACCOUNT, 15),
        ("tax_code", {}, 8),
    ],
)
def test_a_us_id_has_a_length_of_its_own(record_type: str, body: Body, length: int) -> None:
    assert codes(record_type, "us", {**body, "id": "A" * length}) == set()
    assert codes(record_type, "us", {**body, "id": "A" * (length + 1)}) == {"TEXT_TOO_LONG"}


@pytest.mark.rule("US-ID-CHARACTERS")
@pytest.mark.parametrize("character", list("*?+"))
@pytest.mark.parametrize(
    ("record_type", "body"), [("customer", PARTY), ("vendor", PARTY), ("item", ITEM)]
)
def test_a_us_id_holds_none_of_three_characters(
    record_type: str, body: Body, character: str
) -> None:
    assert codes(record_type, "us", {**body, "id": f"A{character}"}) == {"TEXT_CHARACTERS"}


@pytest.mark.rule("UK-ACCOUNT-REF")
@pytest.mark.parametrize(
    ("reference", "problems"),
    [
        ("ABC12345", set()),
        ("abc1", set()),
        ("ABC123456", {"TEXT_TOO_LONG"}),
        ("ABC 1", {"TEXT_CHARACTERS"}),
        ("ABC-1", {"TEXT_CHARACTERS"}),
        ("ÄBC1", {"TEXT_CHARACTERS"}),
    ],
)
@pytest.mark.parametrize("record_type", ["customer", "vendor"])
def test_a_uk_account_reference_is_short_and_plain(
    record_type: str, reference: str, problems: set[str]
) -> None:
    assert codes(record_type, "uk", {**PARTY, "id": reference}) == problems


@pytest.mark.rule("UK-ACCOUNT-REF")
def test_a_uk_account_reference_is_stored_in_upper_case() -> None:
    typed, _ = schema.check(
        "customer", {**PARTY, "id": "abc1"}, "uk", None, Purpose.CREATE, "customer"
    )
    assert typed is not None
    assert schema.canonical_body(typed)["id"] == "ABC1"


@pytest.mark.rule("UK-NAME-LENGTH")
@pytest.mark.parametrize(
    ("field", "length"), [("name", 60), ("contact_name", 30), ("telephone1", 30), ("email", 255)]
)
def test_uk_names_and_telephones_have_their_lengths(field: str, length: int) -> None:
    assert codes("customer", "uk", {**PARTY, "id": "A", field: "x" * length}) == set()
    assert codes("customer", "uk", {**PARTY, "id": "A", field: "x" * (length + 1)}) == {
        "TEXT_TOO_LONG"
    }


@pytest.mark.rule("UK-NAME-LENGTH")
def test_uk_address_lines_have_60_characters() -> None:
    def address(length: int) -> Body:
        return {**PARTY, "id": "A", "bill_to": {"line1": "x" * length}}

    assert codes("customer", "uk", address(60)) == set()
    assert codes("customer", "uk", address(61)) == {"TEXT_TOO_LONG"}


@pytest.mark.rule("UK-STOCK-CODE")
@pytest.mark.parametrize(
    ("code", "problems"),
    [
        ("A" * 30, set()),
        ("A-1/B", set()),
        ("A" * 31, {"TEXT_TOO_LONG"}),
        ("A 1", {"TEXT_CHARACTERS"}),
    ],
)
def test_a_uk_stock_code_has_30_characters_and_no_spaces(code: str, problems: set[str]) -> None:
    assert codes("item", "uk", {"description": "Desk", "id": code}) == problems


def test_a_uk_nominal_code_has_8_characters() -> None:
    assert codes("account", "uk", {**NOMINAL, "id": "12345678"}) == set()
    assert codes("account", "uk", {**NOMINAL, "id": "123456789"}) == {"TEXT_TOO_LONG"}
