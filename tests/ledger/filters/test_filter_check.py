from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given

from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Finding, Rejected
from clary.ledger.fields import Kind
from clary.ledger.filters import (
    And,
    BoundComparison,
    Canonical,
    Comparison,
    FieldTable,
    Not,
    Operator,
    Or,
    Tree,
    check,
    parse,
)
from clary.ledger.filters.tree import leaves
from tests.ledger.filters.worlds import FIELDS, FLAT, fitting_trees


def bound(text: str) -> BoundComparison:
    tree = check(parse(text), FIELDS)
    assert isinstance(tree, BoundComparison)
    return tree


def findings(text: str) -> tuple[Finding, ...]:
    with pytest.raises(Rejected) as caught:
        check(parse(text), FIELDS)
    assert caught.value.exit_status == 2
    return caught.value.findings


def finding(text: str) -> Finding:
    (only,) = findings(text)
    return only


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name = '1000'", "1000"),
        ("name < 'M'", "M"),
        ("name like 'A%'", "A%"),
        ("balance = 100", "100"),
        ("balance = -12.50", "-12.50"),
        ("balance = '12.50'", "12.50"),
        ("balance = -0", "0"),
        ("rate = 0.00001", "0.00001"),
        ("rate = +3", "3"),
        ("count = 12", 12),
        ("count = 12.00", 12),
        ("count = '12'", 12),
        ("date = 2026-01-31", "2026-01-31"),
        ("date = '2026-01-31'", "2026-01-31"),
        ("saved >= 2026-01-31", "2026-01-31T00:00:00.000000Z"),
        ("saved >= '2026-01-31'", "2026-01-31T00:00:00.000000Z"),
        ("saved = '2026-01-31T14:30:00Z'", "2026-01-31T14:30:00.000000Z"),
        ("saved = '2026-01-31 14:30+02:00'", "2026-01-31T12:30:00.000000Z"),
        ("saved = '2026-01-31T14:30:00.25Z'", "2026-01-31T14:30:00.250000Z"),
        ("saved > '0001-01-01T00:00:00Z'", "0001-01-01T00:00:00.000000Z"),
        ("inactive = true", True),
        ("type = 'PROSPECT'", "PROSPECT"),
        ("terms.days = 30", 30),
        ("lines.item_id = 'A'", "A"),
    ],
)
def test_values_become_canonical(text: str, value: Canonical) -> None:
    leaf = bound(text)
    assert leaf.values == (value,)
    assert type(leaf.values[0]) is type(value)
    assert leaf.kind is FIELDS.kinds[leaf.field]


def test_numbers_lose_their_exponents() -> None:
    tree = Comparison("balance", Operator.IN, (Decimal("1E+3"), Decimal("-0E+3")))
    leaf = check(tree, FIELDS)
    assert isinstance(leaf, BoundComparison)
    assert leaf.values == ("1000", "0")


@pytest.mark.parametrize(
    ("text", "code", "told", "remedy"),
    [
        ("blance = 1", "FILTER_FIELD_UNKNOWN", "blance", "perhaps balance"),
        ("Balance = 1", "FILTER_FIELD_UNKNOWN", "Balance", "perhaps balance"),
        ("lines.item = 1", "FILTER_FIELD_UNKNOWN", "lines.item", "lines.item_id"),
        ("qqqqqqqqqq = 1", "FILTER_FIELD_UNKNOWN", "qqqqqqqqqq", "Use one of their fields; "),
        ("lines is null", "FILTER_FIELD_GROUP", "lines", "lines.item_id"),
        ("name = 1000", "FILTER_VALUE_UNFIT", "holds text", "'1000'"),
        ("name = true", "FILTER_VALUE_UNFIT", "with true", "quotes"),
        ("name = 2026-01-31", "FILTER_VALUE_UNFIT", "2026-01-31", "quotes"),
        ("balance = 'high'", "FILTER_VALUE_UNFIT", "amount of money", "1200.50"),
        ("balance = '1,200'", "FILTER_VALUE_UNFIT", "'1,200'", "thousands"),
        ("balance = '1e5'", "FILTER_VALUE_UNFIT", "'1e5'", "amount"),
        ("balance = '\N{ARABIC-INDIC DIGIT FIVE}'", "FILTER_VALUE_UNFIT", "holds", "amount"),
        ("rate = true", "FILTER_VALUE_UNFIT", "with true", "number"),
        ("rate = 2026-01-31", "FILTER_VALUE_UNFIT", "2026-01-31", "number"),
        ("count = 1.5", "FILTER_VALUE_UNFIT", "with 1.5", "whole number"),
        ("count = '1.5'", "FILTER_VALUE_UNFIT", "with '1.5'", "whole number"),
        ("date = 20260131", "FILTER_VALUE_UNFIT", "20260131", "YYYY-MM-DD"),
        ("date = '2026-02-30'", "FILTER_VALUE_UNFIT", "2026-02-30", "YYYY-MM-DD"),
        ("date = '20260131'", "FILTER_VALUE_UNFIT", "20260131", "YYYY-MM-DD"),
        ("date = '2026-01-31T00:00:00Z'", "FILTER_VALUE_UNFIT", "a date", "YYYY-MM-DD"),
        ("saved > '2026-01-31T14:30'", "FILTER_VALUE_UNFIT", "a moment", "time zone"),
        ("saved > '2026-02-30T14:30Z'", "FILTER_VALUE_UNFIT", "a moment", "time zone"),
        ("saved > '9999-12-31T23:59:59-05:00'", "FILTER_VALUE_UNFIT", "a moment", "time zone"),
        ("saved > 5", "FILTER_VALUE_UNFIT", "a moment", "time zone"),
        ("inactive = 'true'", "FILTER_VALUE_UNFIT", "'true'", "without quotes"),
        ("inactive = false and inactive = 0", "FILTER_VALUE_UNFIT", "with 0", "true or false"),
        ("type = 'PROSPCT'", "FILTER_CHOICE_UNKNOWN", "'PROSPCT'", "CUSTOMER, PROSPECT"),
        ("type = 1", "FILTER_VALUE_UNFIT", "with 1", "single quotes"),
        ("balance like '1%'", "FILTER_OPERATOR_UNFIT", "`like`", "between"),
        ("type like 'P%'", "FILTER_OPERATOR_UNFIT", "`like`", "in, not in"),
        ("type > 'CUSTOMER'", "FILTER_OPERATOR_UNFIT", "`>`", "in, not in"),
        ("inactive < true", "FILTER_OPERATOR_UNFIT", "`<`", "is null"),
        ("inactive not between false and true", "FILTER_OPERATOR_UNFIT", "`not between`", "="),
        ("saved = 2026-01-31", "FILTER_WHOLE_DAY", "2026-01-31", "saved >= 2026-01-31"),
        ("saved in ('2026-01-31')", "FILTER_WHOLE_DAY", "2026-01-31", "saved >= 2026-01-31"),
    ],
)
def test_what_does_not_fit_is_told_with_what_to_write(
    text: str, code: str, told: str, remedy: str
) -> None:
    found = finding(text)
    assert found.code == code
    assert told in found.message
    assert remedy in found.remedy


def test_all_problems_are_told_at_once_and_each_once() -> None:
    text = (
        "nam = 1 and not (name = 2 or date like '2%') and name = 2"
        " and date in ('x', 2026-01-01, 'y')"
    )
    assert [(found.code, found.field) for found in findings(text)] == [
        ("FILTER_FIELD_UNKNOWN", "nam"),
        ("FILTER_VALUE_UNFIT", "name"),
        ("FILTER_OPERATOR_UNFIT", "date"),
        ("FILTER_VALUE_UNFIT", "date"),
        ("FILTER_VALUE_UNFIT", "date"),
    ]


def test_at_most_a_hundred_problems_are_told() -> None:
    tree: Tree = Or(tuple(Comparison(f"field_{n}", Operator.IS_NULL) for n in range(900)))
    with pytest.raises(Rejected) as caught:
        check(tree, FIELDS)
    assert len(caught.value.findings) == 100


def test_groups_are_kept() -> None:
    tree = check(parse("not (name = 'A' or count = 1) and date is null"), FIELDS)
    assert tree == And(
        (
            Not(
                Or(
                    (
                        BoundComparison("name", Operator.EQUAL, ("A",), Kind.TEXT),
                        BoundComparison("count", Operator.EQUAL, (1,), Kind.INTEGER),
                    )
                )
            ),
            BoundComparison("date", Operator.IS_NULL, (), Kind.DATE),
        )
    )


def test_paths_through_lists_are_marked() -> None:
    assert bound("lines.item_id = 'A'").repeated
    assert not bound("terms.days = 1").repeated


@pytest.mark.parametrize(
    ("text", "any_case"),
    [
        ("id = 'a'", True),
        ("id <> 'a'", True),
        ("id in ('a')", True),
        ("lines.item_id not in ('a')", True),
        ("id < 'a'", False),
        ("id between 'a' and 'b'", False),
        ("name = 'a'", False),
    ],
)
def test_only_the_equality_of_ids_ignores_case(text: str, *, any_case: bool) -> None:
    assert bound(text).any_case is any_case


def test_a_choice_without_a_fixed_set_takes_any_word() -> None:
    fields = FieldTable({"type": "choice"})
    leaf = check(parse("type = 'anything'"), fields)
    assert isinstance(leaf, BoundComparison)
    assert leaf.values == ("anything",)


@given(fitting_trees(FLAT))
def test_bound_values_have_the_form_of_record_bodies(tree: Tree) -> None:
    for leaf in leaves(check(tree, FIELDS)):
        for value in leaf.values:
            match leaf.kind:
                case Kind.INTEGER:
                    assert type(value) is int
                case Kind.BOOLEAN:
                    assert type(value) is bool
                case Kind.MONEY | Kind.DECIMAL:
                    assert Decimal(str(value)).is_finite()
                case Kind.DATE:
                    assert date.fromisoformat(str(value)).isoformat() == value
                case Kind.DATETIME:
                    assert timestamp(from_timestamp(str(value))) == value
                case _:
                    assert type(value) is str
