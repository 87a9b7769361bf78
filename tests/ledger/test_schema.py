"""Bodies are checked exactly as declared, every problem at once, and come out canonical."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache

import jsonschema  # type: ignore[import-untyped]  # its stubs are not among the tools
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clary.kernel.change import Body
from clary.kernel.errors import Rejected
from clary.ledger.fields import EDITIONS, EditionName
from clary.ledger.record import Record
from clary.ledger.registry import record_types_in
from clary.ledger.schema import (
    GROUP_LIMIT,
    Purpose,
    Scope,
    canonical_body,
    check,
    iso_date,
    json_schema,
    schema_class,
    unknown_field,
)
from clary.ledger.types.sales import SalesInvoice
from tests.ledger.declared_bodies import bodies

ACME = {"id": "ACME", "name": "Acme"}


def accepted(
    name: str,
    body: Mapping[str, object],
    edition: EditionName = "us",
    release: int | None = None,
    purpose: Purpose = Purpose.CREATE,
) -> Body:
    record, findings = check(name, body, edition, release, purpose)
    assert findings == []
    assert isinstance(record, Record)
    return canonical_body(record)


def refused(
    name: str,
    body: Mapping[str, object],
    edition: EditionName = "us",
    release: int | None = None,
    purpose: Purpose = Purpose.CREATE,
) -> list[tuple[str, str | None]]:
    record, findings = check(name, body, edition, release, purpose)
    assert record is None
    return [(each.code, each.field) for each in findings]


@cache
def schema_of(name: str, edition: EditionName, purpose: Purpose) -> dict[str, object]:
    return json_schema(name, edition, purpose=purpose)


def test_every_problem_is_reported_at_once_with_its_field() -> None:
    found = refused(
        "customer",
        {"id": "A" * 21, "nam": "x", "credit_limit": "1.234", "ship_to": [{"zip": 5}]},
    )
    assert set(found) == {
        ("TEXT_TOO_LONG", "id"),
        ("FIELD_UNKNOWN", "nam"),
        ("FIELD_REQUIRED", "name"),
        ("DECIMALS_TOO_MANY", "credit_limit"),
        ("TYPE_WRONG", "ship_to.0.zip"),
    }


def test_findings_name_the_record() -> None:
    _, findings = check("customer", {}, "us", record="customer ACME")
    assert {each.record for each in findings} == {"customer ACME"}


def test_an_unknown_field_gets_near_matches_of_its_own_group() -> None:
    _, findings = check("customer", {**ACME, "bill_to": {"citty": "x"}}, "us")
    assert (findings[0].field, "did you mean city" in findings[0].remedy) == (
        "bill_to.citty",
        True,
    )


def test_a_field_of_the_other_edition_is_unknown_even_where_it_is_empty() -> None:
    assert refused("customer", {**ACME, "on_hold": None}) == [("FIELD_UNKNOWN", "on_hold")]
    assert accepted("customer", {"id": "acme01", "on_hold": True}, "uk")["on_hold"] is True


def test_a_field_is_unknown_before_its_release() -> None:
    vendor = {"id": "V", "name": "V", "use_payment_defaults": True}
    assert refused("vendor", vendor, release=2013) == [("FIELD_UNKNOWN", "use_payment_defaults")]
    assert accepted("vendor", vendor, release=2014) == vendor


def test_what_the_company_works_out_cannot_be_stated() -> None:
    assert refused("customer", {**ACME, "balance": "1.00"}) == [("FIELD_COMPUTED", "balance")]
    stored = accepted("customer", {**ACME, "balance": "1"}, purpose=Purpose.STORED)
    assert stored["balance"] == "1.00"


def test_an_update_states_what_changes_and_may_clear_it() -> None:
    body = accepted("customer", {"name": None, "bill_to": {"city": "Rome"}}, purpose=Purpose.UPDATE)
    assert body == {"name": None, "bill_to": {"city": "Rome"}}


def test_entries_of_a_list_are_complete_even_in_an_update() -> None:
    found = refused("customer", {"contacts": [{"title": "Boss"}]}, purpose=Purpose.UPDATE)
    assert found == [("FIELD_REQUIRED", "contacts.0.name")]


def test_a_required_text_is_not_stated_by_an_empty_one() -> None:
    assert refused("customer", {"id": "", "name": " "}) == [
        ("FIELD_REQUIRED", "name"),
        ("FIELD_REQUIRED", "id"),
    ]


def test_references_go_to_upper_case_where_the_edition_stores_them_so() -> None:
    assert accepted("customer", {"id": "acme01"}, "uk")["id"] == "ACME01"
    assert refused("customer", {"id": "AC ME"}, "uk") == [("TEXT_CHARACTERS", "id")]


@pytest.mark.parametrize("key", ["\u0131K1", "\ufb011", "\u017fK1", "STRA\u00dfE"])
def test_a_reference_is_never_another_ones_in_capitals(key: str) -> None:
    body = {"customer_id": key, "cash_account_id": "1200", "date": "2026-03-01", "amount": "5"}
    assert refused("receipt", body, "uk") == [("TEXT_CHARACTERS", "customer_id")]
    assert refused("customer", {"id": key}, "uk") == [("TEXT_CHARACTERS", "id")]


@pytest.mark.parametrize("mark", ["*", "?", "+", "\n", "\t", "\0"])
def test_an_id_holds_no_forbidden_character(mark: str) -> None:
    found = refused("customer", {"id": f"A{mark}B", "name": "x"})
    assert found == [("TEXT_CHARACTERS", "id")]
    _, findings = check("customer", {"id": f"A{mark}B", "name": "x"}, "us")
    assert "Leave out * ? +" in findings[0].remedy


def test_notes_may_have_lines_and_names_may_not() -> None:
    document = {"customer_id": "ACME", "date": "2026-01-31", "note": "one\ntwo"}
    assert accepted("sales_invoice", document)["note"] == "one\ntwo"
    _, findings = check("customer", {"id": "A", "name": "one\ntwo"}, "us")
    assert findings[0].remedy == "Leave out line breaks and other control characters."


def test_a_uk_reference_says_which_characters_it_may_hold() -> None:
    _, findings = check("customer", {"id": "A-B"}, "uk")
    assert findings[0].remedy == "Use only the letters A-Z and the digits 0-9."


@pytest.mark.parametrize(
    ("stated", "kept"),
    [
        ("12.5", "12.50"),
        (" 12 ", "12.00"),
        (".5", "0.50"),
        ("-0", "0.00"),
        (12, "12.00"),
        (Decimal("1E+3"), "1000.00"),
    ],
)
def test_an_amount_is_kept_with_two_decimals(stated: object, kept: str) -> None:
    assert accepted("customer", {**ACME, "credit_limit": stated})["credit_limit"] == kept


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ("1,000.00", "TYPE_WRONG"),
        ("1_000", "TYPE_WRONG"),
        ("1e3", "TYPE_WRONG"),
        ("", "TYPE_WRONG"),
        (True, "TYPE_WRONG"),
        (1.5, "TYPE_WRONG"),
        (Decimal("NaN"), "TYPE_WRONG"),
        ("1.005", "DECIMALS_TOO_MANY"),
        (Decimal("1E-40"), "DECIMALS_TOO_MANY"),
        ("0." + "0" * 20 + "1", "DECIMALS_TOO_MANY"),
        ("9999999999999.999", "DECIMALS_TOO_MANY"),
        ("10000000000000", "NUMBER_TOO_LARGE"),
        ("1" * 16, "NUMBER_TOO_LARGE"),
        ("1" * 16 + ".123", "NUMBER_TOO_LARGE"),
        (-(10**13), "NUMBER_TOO_LARGE"),
        (Decimal("1E+40"), "NUMBER_TOO_LARGE"),
    ],
)
def test_what_is_no_amount_is_refused(stated: object, code: str) -> None:
    assert refused("customer", {**ACME, "credit_limit": stated}) == [(code, "credit_limit")]


@pytest.mark.parametrize(
    ("name", "body", "limit"),
    [
        ("customer", {"credit_limit": "1" * 16}, "9,999,999,999,999.99"),
        ("customer", {"discount_percent": "1" * 19}, "9,999,999,999,999.99999"),
        ("customer", {"price_level": 2**60}, "9,007,199,254,740,992"),
    ],
)
def test_of_a_number_that_is_too_large_the_limit_is_told(
    name: str, body: dict[str, object], limit: str
) -> None:
    _, (found,) = check(name, {**ACME, **body}, "us")
    assert found.code == "NUMBER_TOO_LARGE"
    assert f"the largest number that fits is {limit}." in found.message


@pytest.mark.parametrize("stated", [{}, {"id": None}, {"id": ""}, {"id": "  "}])
def test_a_key_that_is_missing_or_empty_is_missing(stated: dict[str, object]) -> None:
    assert refused("customer", {"name": "Acme", **stated}) == [("FIELD_REQUIRED", "id")]


def test_a_required_field_stated_as_nothing_is_missing() -> None:
    assert refused("customer", {**ACME, "name": None}) == [("FIELD_REQUIRED", "name")]
    entry = {"account_id": None, "amount": "1.00"}
    body = {"date": None, "lines": [entry, {"account_id": "1", "amount": "-1.00"}]}
    assert refused("journal_entry", body) == [
        ("FIELD_REQUIRED", "date"),
        ("FIELD_REQUIRED", "lines.0.account_id"),
    ]


@pytest.mark.parametrize("stated", ["2026-1-31", "20260131", "2026-02-30", "31/01/2026", 5])
def test_a_date_is_a_day_of_the_calendar_in_one_form(stated: object) -> None:
    document = {"customer_id": "ACME", "date": stated}
    assert refused("sales_invoice", document) == [("TYPE_WRONG", "date")]


def test_dates_and_moments_may_come_as_such() -> None:
    document: dict[str, object] = {"customer_id": "ACME", "date": date(2026, 1, 31)}
    assert accepted("sales_invoice", document)["date"] == "2026-01-31"
    saved = {**ACME, "last_saved_at": datetime(2026, 1, 31, 9, tzinfo=UTC)}
    body = accepted("customer", saved, purpose=Purpose.STORED)
    assert body["last_saved_at"] == "2026-01-31T09:00:00.000000Z"
    assert accepted("customer", body, purpose=Purpose.STORED) == body


@pytest.mark.parametrize("stated", [datetime(2026, 1, 1), "2026-01-31", 5])  # noqa: DTZ001 - a naive one is refused
def test_a_moment_has_a_time_zone(stated: object) -> None:
    found = refused("customer", {**ACME, "last_saved_at": stated}, purpose=Purpose.STORED)
    assert found == [("TYPE_WRONG", "last_saved_at")]


def test_a_moment_is_no_date() -> None:
    with pytest.raises(ValueError, match="not a date"):
        iso_date(datetime(2026, 1, 1, tzinfo=UTC))


def test_a_choice_lists_its_words() -> None:
    _, findings = check("customer", {**ACME, "terms": "soon"}, "us")
    assert findings[0].code == "CHOICE_UNKNOWN"
    assert "net, cod, prepaid" in findings[0].remedy


@pytest.mark.parametrize("stated", ["yes", 1, "true"])
def test_a_flag_is_true_or_false(stated: object) -> None:
    assert refused("customer", {**ACME, "inactive": stated}) == [("TYPE_WRONG", "inactive")]


def test_a_group_has_at_most_as_many_entries_as_the_edition_allows() -> None:
    many = {**ACME, "ship_to": [{}] * 21}
    assert refused("customer", many) == [("ENTRIES_TOO_MANY", "ship_to")]
    _, findings = check("customer", many, "us")
    assert "20" in findings[0].message


def test_a_group_that_is_no_list_is_refused_as_a_whole() -> None:
    assert refused("customer", {**ACME, "ship_to": "x"}) == [("TYPE_WRONG", "ship_to")]
    assert refused("customer", {**ACME, "bill_to": []}) == [("TYPE_WRONG", "bill_to")]
    assert refused("customer", {**ACME, "ship_to": [5]}) == [("TYPE_WRONG", "ship_to.0")]


def test_the_limit_without_a_rule_is_bounded() -> None:
    assert GROUP_LIMIT == 10_000


def test_an_alias_is_the_only_name_that_leaves() -> None:
    item = {"id": "I", "description": "x", "class": "stock"}
    assert accepted("item", item) == item
    assert refused("item", {**item, "class": "wood"}) == [("CHOICE_UNKNOWN", "class")]


def test_an_unknown_type_has_no_schema() -> None:
    with pytest.raises(Rejected, match="no record type"):
        schema_class("nothing", "us")


def test_a_schema_is_compiled_once() -> None:
    assert schema_class("customer", "us") is schema_class("customer", "us")


def test_a_path_that_names_no_field_is_told_by_its_group() -> None:
    scope = Scope("us", None, Purpose.CREATE)
    finding = unknown_field("sales_invoice", SalesInvoice, scope, "lines.0.amout")
    assert finding.field == "lines.0.amout"
    assert "did you mean amount" in finding.remedy
    assert unknown_field("sales_invoice", SalesInvoice, scope, "number.x").code == "FIELD_UNKNOWN"


@settings(max_examples=120)
@given(st.data())
def test_what_the_declarations_allow_passes_check_and_json_schema_alike(
    data: st.DataObject,
) -> None:
    edition: EditionName = data.draw(st.sampled_from(EDITIONS))
    declared = data.draw(st.sampled_from(record_types_in(edition)))
    body = data.draw(bodies(declared.record, edition))
    record, findings = check(declared.name, body, edition)
    assert findings == []
    assert record is not None
    jsonschema.validate(body, schema_of(declared.name, edition, Purpose.CREATE))
    canonical = canonical_body(record)
    jsonschema.validate(canonical, schema_of(declared.name, edition, Purpose.STORED))
    again, _ = check(declared.name, canonical, edition, purpose=Purpose.STORED)
    assert again is not None
    assert canonical_body(again) == canonical


@pytest.mark.parametrize("purpose", list(Purpose))
@pytest.mark.parametrize("edition", EDITIONS)
def test_every_type_has_a_valid_json_schema(edition: EditionName, purpose: Purpose) -> None:
    for declared in record_types_in(edition):
        schema = json_schema(declared.name, edition, purpose=purpose)
        jsonschema.Draft202012Validator.check_schema(schema)
        assert schema["$id"] == f"urn:clary:{edition}:{declared.name}:{purpose.value}"
        assert schema["additionalProperties"] is False
        known = declared.fields_in(edition).items()
        stated = {name for name, spec in known if not spec.computed}
        every = set(declared.fields_in(edition))
        assert set(schema["properties"]) == (every if purpose is Purpose.STORED else stated)
