"""The tables of the UK edition agree with the record declarations and the type library."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal

import pytest

from clary.companies.sandbox import rules
from clary.kernel.errors import Code, Finding, all_codes
from clary.ledger.editions import uk, uk_sdo
from clary.ledger.posting import problems, uk_problems
from clary.ledger.registry import record_type
from clary.ledger.types.lists import UK_ACCOUNT_TYPES, UK_ITEM_CLASSES, UK_NOMINAL_KINDS
from clary.ledger.types.parties import PAYMENT_DUE_FROM
from tests.surroundings import reference_file

LIBRARY = "uk/sdo_v32_typelib.json"


def enum(name: str) -> dict[str, int]:
    enums = json.loads(reference_file(LIBRARY).read_text(encoding="utf-8"))["enums"]
    found: dict[str, int] = enums[name]
    return found


def folded(names: Mapping[str, int], prefix: str = "sdo") -> dict[str, int]:
    return {name.removeprefix(prefix).lower(): number for name, number in names.items()}


@pytest.mark.rule("UK-CONTROL-ACCOUNTS")
def test_the_control_accounts_have_the_default_codes() -> None:
    codes = {one.name: one.code for one in uk.CONTROL_ACCOUNTS}
    assert (codes["debtors"], codes["creditors"], codes["sales_tax"]) == ("1100", "2100", "2200")
    assert all(uk.category_of(code) for code in codes.values() if code)
    assert [one.number for one in uk.CONTROL_ACCOUNTS] == list(range(21))
    assert {one.kind for one in uk.CONTROL_ACCOUNTS} == set(UK_NOMINAL_KINDS)
    assert all(uk.DEFAULTS[one.name] == one.code for one in uk.CONTROL_ACCOUNTS if one.code)


@pytest.mark.rule("UK-CONTROL-ACCOUNTS")
def test_control_accounts_are_numbered_as_in_the_type_library() -> None:
    real = folded(enum("ControlAccounts"))
    ours = {one.name.replace("_", "").lower(): one.number for one in uk.CONTROL_ACCOUNTS}
    ours["exchangeratevariance"] = ours.pop("exchangevariance")
    assert ours == real


@pytest.mark.rule("UK-CATEGORY")
@pytest.mark.parametrize(
    ("code", "category"),
    [
        ("0010", "fixed_assets"),
        ("1100", "current_assets"),
        ("2202", "current_liabilities"),
        ("2330", "long_term_liabilities"),
        ("3200", "capital_and_reserves"),
        ("4999", "sales"),
        ("40001", "sales"),
        ("49999", "sales"),
        ("5000", "purchases"),
        ("6999", "direct_expenses"),
        ("8299", "overheads"),
        ("9998", "overheads"),
        ("5300", None),
        ("8300", None),
        ("ABC", None),
    ],
)
def test_a_nominal_codes_range_gives_its_category(code: str, category: str | None) -> None:
    assert uk.category_of(code) == category


def test_ranges_are_in_order_do_not_overlap_and_name_categories() -> None:
    bounds = [bound for one in uk.CHART for bound in (one.low, one.high)]
    assert bounds == sorted(bounds)
    assert {one.category for one in uk.CHART} == set(UK_ACCOUNT_TYPES) == set(uk.CATEGORIES)


@pytest.mark.rule("UK-TAX-CODES")
def test_tax_codes_are_t0_to_t99_with_the_usual_rates() -> None:
    assert [code.id for code in uk.TAX_CODES] == [f"T{number}" for number in range(100)]
    rates = {code.id: code.rate for code in uk.TAX_CODES if code.rate and not code.reverse_charge}
    assert rates == {"T1": Decimal(20), "T5": Decimal(5), "T25": Decimal(20)}
    assert not uk.TAX_CODES[9].on_return
    reverse = {code.id for code in uk.TAX_CODES if code.reverse_charge}
    assert reverse == {"T8", "T16", "T18", "T20", "T21", "T24", "T26"}


def test_every_transaction_type_belongs_to_a_record_type_of_the_edition() -> None:
    for one in uk.TRANSACTION_TYPES:
        assert one.record_type is None or "uk" in record_type(one.record_type).words
    refused = {one.code for one in uk.TRANSACTION_TYPES if not one.imported}
    assert {"SR", "PP", "SD", "PD"} <= refused


def test_numbers_are_those_of_the_type_library() -> None:
    assert {one.code.lower(): one.number for one in uk.TRANSACTION_TYPES} == folded(
        enum("TransType")
    )
    assert {name.lower(): number for name, number in uk.STOCK_TRANSACTION_TYPES.items()} == folded(
        enum("StockTransType")
    )
    assert set(uk.DOCUMENT_TYPES.values()) <= set(enum("InvoiceType").values())
    assert set(uk.CATEGORIES.values()) == set(enum("NominalCategory").values())
    assert set(uk.NOMINAL_KINDS.values()) == set(enum("NominalType").values())
    assert set(uk.ITEM_TYPES.values()) == set(enum("StockItemType").values())
    assert list(uk.PAYMENT_DUE_FROM.values()) == sorted(enum("PaymentDueFromOption").values())


def test_the_words_of_the_tables_are_those_of_the_records() -> None:
    assert tuple(uk.ITEM_TYPES) == UK_ITEM_CLASSES
    assert tuple(uk.NOMINAL_KINDS) == UK_NOMINAL_KINDS
    assert tuple(uk.PAYMENT_DUE_FROM) == PAYMENT_DUE_FROM


@pytest.mark.rule("UK-SDO-CODES")
def test_error_numbers_and_names_are_those_of_the_type_library() -> None:
    real = enum("ErrorCode")
    assert {name: number for number, name in enumerate(uk_sdo.SDO_ERRORS)} == real


@pytest.mark.rule("UK-SDO-CODES")
def test_a_finding_has_the_number_that_sage_would_give() -> None:
    def number(code: Code, field: str | None = None) -> int | None:
        return uk_sdo.number_of(Finding(code.name, "", "", field=field))

    assert number(problems.PARTY_ON_HOLD) == 70
    assert number(problems.UNKNOWN_REFERENCE, "lines.3.account_id") == 65
    assert number(problems.UNKNOWN_REFERENCE, "cash_account_id") == 66
    assert number(problems.UNKNOWN_REFERENCE, "lines.3.tax_code_id") == 18
    assert number(problems.UNKNOWN_REFERENCE) == 18
    assert uk_sdo.number_of(Finding("NO_SUCH_CODE", "", "")) is None


@pytest.mark.rule("UK-SDO-CODES")
def test_remedies_of_uk_problems_name_sages_error() -> None:
    finding = uk_problems.TERMS_NOT_AGREED.finding(type="customer", value="ACME")
    assert finding.remedy.endswith("(SDO error 73, sdoSalPurAccountTermsNotAgreed)")


@pytest.mark.rule("UK-SDO-RETRY")
def test_only_what_passes_by_itself_is_tried_again() -> None:
    assert uk_sdo.remedy_of(23) is uk_sdo.Remedy.AGAIN
    assert uk_sdo.remedy_of(22) is uk_sdo.Remedy.PERSON
    assert uk_sdo.remedy_of(88) is uk_sdo.Remedy.MEND
    assert not uk_sdo.TRY_AGAIN & uk_sdo.PERSON_MUST_ACT


def test_every_code_with_a_number_is_a_code_of_ours() -> None:
    declared = {code.name for code in all_codes()} | {rules.DUPLICATE_KEY.name}
    assert set(uk_sdo.SDO_BY_CODE) <= declared
