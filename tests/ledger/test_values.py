"""Text becomes a value of its field, or a finding; never a guess."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.errors import Rejected
from clary.ledger.fields import EDITIONS, EditionName, FieldSpec, Kind, Rule
from clary.ledger.registry import record_type, record_types_in
from clary.ledger.schema import Purpose, Scope
from clary.ledger.values import (
    DEPTH_LIMIT,
    TEXT_LIMIT,
    VALUES_LIMIT,
    body_from_texts,
    from_text,
    measure,
    read_json,
)
from tests.ledger.declared_bodies import plain_values

US = Scope("us", None, Purpose.CREATE)


def spec(kind: Kind, **attributes: object) -> FieldSpec:
    choices = ("always_hold", "net") if kind is Kind.CHOICE else ()
    rules: dict[EditionName, Rule] = {"us": Rule(choices=choices)}
    given: dict[str, object] = {"name": "f", "kind": kind, "label": "F", "rules": rules}
    return FieldSpec(**{**given, **attributes})  # type: ignore[arg-type]  # tests state what they need


@pytest.mark.parametrize(
    ("kind", "places", "text", "value"),
    [
        (Kind.TEXT, 0, " Acme ", " Acme "),
        (Kind.INTEGER, 0, " -12 ", -12),
        (Kind.MONEY, 2, "12.5", "12.50"),
        (Kind.MONEY, 2, "-0", "0.00"),
        (Kind.DECIMAL, 5, "1.50000", "1.5"),
        (Kind.DATE, 0, " 2026-01-31", "2026-01-31"),
        (Kind.DATETIME, 0, "2026-01-31T09:30:00.000000Z", "2026-01-31T09:30:00.000000Z"),
        (Kind.BOOLEAN, 0, "Yes", True),
        (Kind.BOOLEAN, 0, "FALSE", False),
        (Kind.CHOICE, 0, "Always Hold", "always_hold"),
        (Kind.CHOICE, 0, "NET", "net"),
        (Kind.GROUP, 0, '[{"amount": 1.10}]', [{"amount": Decimal("1.10")}]),
        (Kind.MONEY, 2, " ", None),
        (Kind.GROUP, 0, "", None),
    ],
)
def test_a_text_is_read_as_its_field_says(
    kind: Kind, places: int, text: str, value: object
) -> None:
    assert from_text(spec(kind, places=places), text, "us") == (value, [])


@pytest.mark.parametrize(
    ("kind", "text", "code"),
    [
        (Kind.INTEGER, "1.0", "TYPE_WRONG"),
        (Kind.INTEGER, "1" * 17, "NUMBER_TOO_LARGE"),
        (Kind.MONEY, "1,000.00", "TYPE_WRONG"),
        (Kind.MONEY, "12.505", "DECIMALS_TOO_MANY"),
        (Kind.MONEY, "1" * 14, "NUMBER_TOO_LARGE"),
        (Kind.MONEY, "-" + "1" * 14 + ".123", "NUMBER_TOO_LARGE"),
        (Kind.DATE, "31.01.2026", "TYPE_WRONG"),
        (Kind.DATE, "2026-02-30", "TYPE_WRONG"),
        (Kind.DATETIME, "2026-01-31", "TYPE_WRONG"),
        (Kind.BOOLEAN, "1", "TYPE_WRONG"),
        (Kind.CHOICE, "later", "CHOICE_UNKNOWN"),
        (Kind.GROUP, "5", "TYPE_WRONG"),
        (Kind.GROUP, "{", "BODY_NOT_JSON"),
    ],
)
def test_a_text_that_is_no_value_is_a_finding_at_its_place(
    kind: Kind, text: str, code: str
) -> None:
    value, findings = from_text(spec(kind, places=2), text, "us", "lines.0.f")
    assert value is None
    assert [(each.code, each.field) for each in findings] == [(code, "lines.0.f")]


def test_a_finding_without_a_path_names_the_field() -> None:
    _, findings = from_text(spec(Kind.DATE), "soon", "us")
    assert findings[0].field == "f"


def test_the_label_is_the_editions() -> None:
    labelled = spec(Kind.DATE, rules={"uk": Rule(label="Expiry")})
    assert "Expiry" in from_text(labelled, "soon", "uk")[1][0].message
    assert "F is" in from_text(labelled, "soon", "us")[1][0].message


@given(st.data())
def test_every_plain_value_is_read_from_its_own_text(data: st.DataObject) -> None:
    edition: EditionName = data.draw(st.sampled_from(EDITIONS))
    declared = data.draw(st.sampled_from(record_types_in(edition)))
    plain = [s for s in declared.fields_in(edition).values() if s.kind is not Kind.GROUP]
    chosen = data.draw(st.sampled_from(plain))
    value = data.draw(plain_values(chosen, chosen.rules[edition]))
    text = str(value).lower() if isinstance(value, bool) else str(value)
    read, findings = from_text(chosen, text, edition)
    assert findings == []
    again, _ = from_text(chosen, str(read) if read is not None else "", edition)
    assert again == read or isinstance(read, bool)


def texts(name: str, pairs: dict[str, str]) -> tuple[dict[str, object], list[tuple[str, str]]]:
    declared = record_type(name)
    body, findings = body_from_texts(declared.record, name, pairs, US)
    return body, [(each.code, each.field or "") for each in findings]


def test_dotted_paths_lead_into_groups_and_entries() -> None:
    body, findings = texts(
        "sales_invoice",
        {"customer_id": "A", "ship_to.city": "Rome", "lines.0.amount": "5", "lines.1.amount": "6"},
    )
    assert findings == []
    assert body == {
        "customer_id": "A",
        "ship_to": {"city": "Rome"},
        "lines": [{"amount": "5.00"}, {"amount": "6.00"}],
    }


def test_pairs_may_come_as_a_stream_and_a_later_one_replaces_an_earlier() -> None:
    declared = record_type("customer")
    pairs = [("name", "A"), ("name", "B")]
    assert body_from_texts(declared.record, "customer", pairs, US) == ({"name": "B"}, [])


@pytest.mark.parametrize(
    "path",
    [
        "nothing",
        "lines.amount",
        "lines.0",
        "lines.x.amount",
        "lines.0.0.amount",
        "lines.99999.amount",
        "0.amount",
        "ship_to.0.city",
        "number.x",
        "number.0",
        "bank_id",
        "",
    ],
)
def test_a_path_that_leads_nowhere_is_unknown(path: str) -> None:
    assert texts("sales_invoice", {path: "1"}) == ({}, [("FIELD_UNKNOWN", path)])


def test_entries_are_numbered_without_gaps() -> None:
    body, findings = texts("sales_invoice", {"lines.1.amount": "5"})
    assert findings == [("ENTRY_GAP", "lines.1.amount")]
    assert body == {"lines": []}


def test_a_group_that_was_cleared_takes_no_entries() -> None:
    _, findings = texts("sales_invoice", {"ship_to": "", "ship_to.city": "Rome"})
    assert findings == [("ENTRY_GAP", "ship_to.city")]


def test_json_numbers_stay_exact() -> None:
    assert read_json('{"a": 0.1, "b": 12}') == {"a": Decimal("0.1"), "b": 12}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": }', "a value is missing at line 1, column 7."),
        ('{"a": 1\n "b": 2}', "a comma or a closing bracket is missing at line 2, column 2."),
        ('{"ä€😀": "ö" 1}', "missing at line 1, column 13."),
        ('{"a": "x\ty"}', "control character stands in a text at line 1, column 9."),
        ('{"a": 1}\n {', "something follows the end of the document at line 2, column 2."),
        ('{"a": "open', "a text that has no end begins at line 1, column 7."),
        ('{"a": NaN}', "NaN is no number of JSON at line 1, column 7."),
        ('{"a": "NaN",\n "b": [1, -Infinity]}', "-Infinity is no number of JSON at line 2, col"),
        ('{"a": 1, "a": 2}', "'a' is stated twice in one object at line 1, column 10."),
        ('{"ü": {"b": 1},\n "x": {"b": "\\"}{",\n"b": 2}}', "'b' is stated twice in one object"),
        ('{"ü": {"b": 1},\n "x": {"b": "\\"}{",\n"b": 2}}', "at line 3, column 1."),
        ('[{"a": 1}, {"a": {"a": 1}, "\\u0061": 2}]', "'a' is stated twice"),
        ("1" * 5000, "a number has more than 400 digits at line 1, column 1."),
        ('{"a": 0.' + "1" * 5000 + "}", "a number has more than 400 digits at line 1, column 7."),
        ('{"a": 1e99999999999999999999}', "too large a number at line 1, column 7."),
    ],
)
def test_what_is_no_json_is_told_with_its_place(text: str, words: str) -> None:
    with pytest.raises(Rejected) as caught:
        read_json(text)
    assert caught.value.code == "BODY_NOT_JSON"
    assert words in str(caught.value)


def test_lines_are_counted_from_where_the_text_was_taken() -> None:
    with pytest.raises(Rejected, match="at line 8, column 1"):
        read_json('{"a":\n}', first_line=7)


@given(st.text(alphabet='{}[],:"\\ab1 -.eNIü\n', max_size=40))
def test_any_text_is_read_or_refused_at_a_place_inside_it(text: str) -> None:
    try:
        read_json(text)
    except Rejected as error:
        found = re.search(r"line (\d+), column (\d+)", str(error))
        assert found is not None
        lines = text.split("\n")
        assert int(found[1]) <= len(lines)
        assert int(found[2]) <= len(lines[int(found[1]) - 1]) + 1


@pytest.mark.parametrize("depth", [DEPTH_LIMIT + 1, 200_000])
def test_deep_nesting_is_refused(depth: int) -> None:
    with pytest.raises(Rejected) as caught:
        read_json("[" * depth + "]" * depth)
    assert caught.value.code == "BODY_TOO_DEEP"


def test_nesting_up_to_the_limit_is_fine() -> None:
    assert read_json("[" * DEPTH_LIMIT + "]" * DEPTH_LIMIT) is not None


def test_size_is_bounded() -> None:
    for value in ("x" * (TEXT_LIMIT + 1), ["x"] * VALUES_LIMIT):
        with pytest.raises(Rejected) as caught:
            measure(value)
        assert caught.value.code == "BODY_TOO_LARGE"
    with pytest.raises(Rejected, match="characters"):
        read_json(" " * (TEXT_LIMIT + 1))
