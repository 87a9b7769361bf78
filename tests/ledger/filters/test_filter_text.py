from __future__ import annotations

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.errors import ClaryError, Rejected
from clary.ledger.filters import (
    And,
    Comparison,
    Not,
    Operator,
    Or,
    ParameterValue,
    Tree,
    Value,
    parse,
    render,
)
from clary.ledger.filters.tree import MAXIMUM_TEXT, SYMBOLS
from tests.ledger.filters.worlds import any_comparisons, trees


def leaf(field: str, operator: Operator, *values: Value) -> Comparison:
    return Comparison(field, operator, values)


A = leaf("a", Operator.EQUAL, Decimal(1))
B = leaf("b", Operator.EQUAL, Decimal(2))
C = leaf("c", Operator.EQUAL, Decimal(3))


def problem(text: str, parameters: dict[str, ParameterValue] | None = None) -> ClaryError:
    with pytest.raises(Rejected) as caught:
        parse(text, parameters)
    return caught.value


def test_the_example_of_the_documentation() -> None:
    text = (
        "balance > 100 and name like 'A%' and (type in ('PROSPECT') or inactive = false)"
        " and date between 2026-01-01 and 2026-01-31"
    )
    assert parse(text) == And(
        (
            leaf("balance", Operator.GREATER, Decimal(100)),
            leaf("name", Operator.LIKE, "A%"),
            Or(
                (
                    leaf("type", Operator.IN, "PROSPECT"),
                    leaf("inactive", Operator.EQUAL, False),
                )
            ),
            leaf("date", Operator.BETWEEN, date(2026, 1, 1), date(2026, 1, 31)),
        )
    )
    assert render(parse(text)) == text


@pytest.mark.parametrize(
    ("text", "operator", "values"),
    [
        ("x = 'a'", Operator.EQUAL, ("a",)),
        ("x <> 'a'", Operator.NOT_EQUAL, ("a",)),
        ("x != 'a'", Operator.NOT_EQUAL, ("a",)),
        ("x < 1", Operator.LESS, (Decimal(1),)),
        ("x <= 1", Operator.LESS_EQUAL, (Decimal(1),)),
        ("x > 1", Operator.GREATER, (Decimal(1),)),
        ("x>=1", Operator.GREATER_EQUAL, (Decimal(1),)),
        ("x like '_a%'", Operator.LIKE, ("_a%",)),
        ("x not like 'a'", Operator.NOT_LIKE, ("a",)),
        ("x in (1, 'a', true)", Operator.IN, (Decimal(1), "a", True)),
        ("x not in (2026-01-31)", Operator.NOT_IN, (date(2026, 1, 31),)),
        ("x between 1 and 2", Operator.BETWEEN, (Decimal(1), Decimal(2))),
        ("x not between 1 and 2", Operator.NOT_BETWEEN, (Decimal(1), Decimal(2))),
        ("x is null", Operator.IS_NULL, ()),
        ("x is not null", Operator.IS_NOT_NULL, ()),
    ],
)
def test_every_operator(text: str, operator: Operator, values: tuple[Value, ...]) -> None:
    assert parse(text) == Comparison("x", operator, values)


def test_keywords_may_be_in_any_case() -> None:
    mixed = "NOT x IS Not NULL OR y Not Like 'a' AND z BETWEEN TRUE And false AND u iN (1)"
    assert parse(mixed) == parse(mixed.lower())


@pytest.mark.parametrize(
    ("literal", "value"),
    [
        ("''", ""),
        ("'it''s'", "it's"),
        ("''''", "'"),
        ("'two\nlines'", "two\nlines"),
        ("'and or not ( )'", "and or not ( )"),
        ("'Café ☂'", "Café ☂"),
        ("0", Decimal(0)),
        ("-12.50", Decimal("-12.50")),
        ("+3", Decimal(3)),
        ("007", Decimal(7)),
        ("2026-01-31", date(2026, 1, 31)),
        ("2024-02-29", date(2024, 2, 29)),
        ("'2026-01-31'", "2026-01-31"),
        ("TRUE", True),
        ("False", False),
    ],
)
def test_literals_keep_their_kind(literal: str, value: Value) -> None:
    tree = parse(f"x = {literal}")
    assert isinstance(tree, Comparison)
    (found,) = tree.values
    assert type(found) is type(value)
    assert found == value


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a=1 and b=2 or c=3", Or((And((A, B)), C))),
        ("a=1 or b=2 and c=3", Or((A, And((B, C))))),
        ("a=1 and (b=2 or c=3)", And((A, Or((B, C))))),
        ("a=1 and b=2 and c=3", And((A, B, C))),
        ("a=1 and (b=2 and c=3)", And((A, And((B, C))))),
        ("not a=1 and b=2", And((Not(A), B))),
        ("not (a=1 and b=2)", Not(And((A, B)))),
        ("not not a=1", Not(Not(A))),
        ("((a=1))", A),
        ("NOT a=1 OR\n\tb=2", Or((Not(A), B))),
        ("a\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}1", A),
    ],
)
def test_binding_strength_and_brackets(text: str, tree: Tree) -> None:
    assert parse(text) == tree
    assert parse(render(tree)) == tree


@pytest.mark.parametrize(
    "field", ["addresses.city", "lines.item_id", "inactive", "order", "notes", "is_new", "a.in"]
)
def test_fields_may_be_dotted_and_begin_like_a_keyword(field: str) -> None:
    assert parse(f"{field} is null") == Comparison(field, Operator.IS_NULL)


@given(trees(any_comparisons()))
def test_what_is_rendered_parses_to_an_equal_tree(tree: Tree) -> None:
    text = render(tree)
    if len(text) <= MAXIMUM_TEXT:
        assert render(parse(text)) == text
        # repr tells True from 1 and a text from a date, where == does not.
        assert repr(parse(text)) == repr(tree)


@given(st.text(alphabet="ab.=<>!'%_(),:-/ 0123456789\nandorintlkeu\"", max_size=60))
def test_any_text_gives_a_tree_or_one_of_our_errors(text: str) -> None:
    try:
        tree = parse(text)
    except Rejected as error:
        assert error.findings[0].remedy  # noqa: PT017 - either outcome is right
    else:
        assert parse(render(tree)) == tree


@pytest.mark.parametrize(
    ("text", "line", "column", "expected", "hint"),
    [
        ("", 1, 1, "a field name", "leave it out"),
        ("name", 1, 5, "a comparison", "Complete"),
        ("name = ", 1, 7, "a value", "Complete"),
        ("name = Smith", 1, 8, "a value", "single quotes"),
        ("name = null", 1, 8, "a value", "is null"),
        ("name = 'Smith", 1, 8, "", "no end"),
        ("name = 'a''b", 1, 8, "", "no end"),
        ('name = "Smith"', 1, 8, "", "single quotes"),
        ("name = \N{LEFT SINGLE QUOTATION MARK}Smith'", 1, 8, "", "single quotes"),
        ("a = 1 && b = 2", 1, 7, "", "`and`"),
        ("a = 1 || b = 2", 1, 7, "", "`or`"),
        ("a = 1;", 1, 6, "", "semicolon"),
        ("a = 1e5", 1, 5, "", "digits"),
        ("a = :", 1, 5, "", "colon"),
        ("a == 1", 1, 4, "a value", ""),
        ("a = 1 b = 2", 1, 7, "`and`, `or` or the end", ""),
        ("(a = 1", 1, 7, "a closing bracket", "Complete"),
        ("a = 1)", 1, 6, "the end", ""),
        ("a in (1 2)", 1, 9, "a comma or a closing bracket", ""),
        ("a in ()", 1, 7, "a value", ""),
        ("a = (1)", 1, 5, "a value", "`in`"),
        ("a between 1 or 2", 1, 13, "`and`", ""),
        ("a is 5", 1, 6, "`null` or `not`", ""),
        ("upper(a) = 'A'", 1, 6, "a comparison", "Functions"),
        ("'Smith' = name", 1, 1, "a field name", "field first"),
        ("100 < balance", 1, 1, "a field name", "field first"),
        ("inactive and a = 1", 1, 10, "a comparison", "inactive = true"),
        ("and = 1", 1, 1, "a field name", ""),
        ("a = 1\n  and b = 2\n  or or", 3, 6, "a field name", ""),
        ("a = 1\nand\n", 2, 4, "a field name", "Complete"),
    ],
)
def test_a_slip_is_told_with_its_place_and_what_to_write(
    text: str, line: int, column: int, expected: str, hint: str
) -> None:
    (finding,) = problem(text).findings
    assert finding.code == "FILTER_SYNTAX"
    assert f"line {line}, column {column}:" in finding.message
    assert expected in finding.message
    assert hint in finding.remedy


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-13-01", "2026-1-5", "31/01/2026", "0000-01-01", "2026-01-31T10:00Z"],
)
def test_a_date_must_be_a_day_of_the_calendar(text: str) -> None:
    (finding,) = problem(f"a = 1\n and date = {text}").findings
    assert finding.code == "FILTER_DATE"
    assert f"line 2, column 13: `{text}`" in finding.message


def test_length_is_limited() -> None:
    longest = "a = 1".ljust(MAXIMUM_TEXT)
    assert parse(longest) == A
    assert problem(longest + " ").code == "FILTER_TEXT_TOO_LONG"


def test_hostile_texts_meet_a_limit() -> None:
    assert problem("not " * 4000 + "a = 1").code == "FILTER_TOO_DEEP"
    assert problem(" or ".join(["a=1"] * 2000)).code == "FILTER_TOO_LARGE"
    assert problem(f"a in ({','.join(['1'] * 1001)})").code == "FILTER_LIST_TOO_LONG"
    assert problem("(" * MAXIMUM_TEXT).code == "FILTER_SYNTAX"
    assert problem("a = " + "9" * 19_000).code == "FILTER_NUMBER_TOO_LARGE"
    assert parse("(" * 9000 + "a = 1" + ")" * 9000) == A


def test_parameters_take_the_place_of_values() -> None:
    text = "a = :a and b between :low and :high and c in (:a, 'x') and d like :e"
    values: dict[str, ParameterValue] = {
        "a": "it's",
        "low": 1,
        "high": Decimal("2.5"),
        "e": "A%",
        "other": False,
    }
    assert parse(text, values) == And(
        (
            leaf("a", Operator.EQUAL, "it's"),
            leaf("b", Operator.BETWEEN, Decimal(1), Decimal("2.5")),
            leaf("c", Operator.IN, "it's", "x"),
            leaf("d", Operator.LIKE, "A%"),
        )
    )


def test_equal_looking_parameters_keep_their_kind() -> None:
    for value in (True, 1, date(2026, 1, 1), "2026-01-01"):
        tree = parse("a = :a", {"a": value})
        assert isinstance(tree, Comparison)
        expected = Decimal if type(value) is int else type(value)
        assert type(tree.values[0]) is expected


def test_an_aware_moment_is_bound_as_text_in_utc() -> None:
    zone = timezone(timedelta(hours=2))
    tree = parse("saved > :since", {"since": datetime(2026, 1, 1, 1, 30, tzinfo=zone)})
    assert tree == leaf("saved", Operator.GREATER, "2025-12-31T23:30:00.000000Z")
    same = parse("saved > :since", {"since": datetime(2025, 12, 31, 23, 30, tzinfo=UTC)})
    assert same == tree


def test_a_parameter_without_a_usable_value_is_an_error() -> None:
    assert problem("a = :low").code == "FILTER_PARAMETER_MISSING"
    assert problem("a = :low", {"high": 1}).code == "FILTER_PARAMETER_MISSING"
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what is tested
    for value in (1.5, None, [1], naive):
        error = problem("a = :low", {"low": value})  # type: ignore[dict-item]  # what is tested
        assert error.code == "FILTER_PARAMETER_KIND"


def test_a_text_that_failed_fails_again() -> None:
    assert problem("a = ").findings == problem("a = ").findings


def test_operators_have_one_canonical_text() -> None:
    for operator, symbol in SYMBOLS.items():
        values: tuple[Value, ...] = ("A",)
        if operator in (Operator.BETWEEN, Operator.NOT_BETWEEN):
            values = ("A", "B")
        if operator in (Operator.IS_NULL, Operator.IS_NOT_NULL):
            values = ()
        assert render(Comparison("x", operator, values)).startswith(f"x {symbol}")
    assert render(leaf("x", Operator.EQUAL, Decimal("1E+3"))) == "x = 1000"


def test_the_grammar_library_is_loaded_by_the_first_parse_only() -> None:
    program = (
        "import sys, clary.ledger.filters as filters\n"
        "assert 'lark' not in sys.modules\n"
        "filters.parse('a = 1')\n"
        "assert 'lark' in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
