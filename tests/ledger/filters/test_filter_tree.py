from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from clary.kernel.errors import Rejected
from clary.ledger.filters import And, Comparison, Not, Operator, Or, Tree
from clary.ledger.filters.tree import (
    KEYWORDS,
    MAXIMUM_DEPTH,
    MAXIMUM_LIST,
    MAXIMUM_NODES,
    MAXIMUM_PATH,
    MAXIMUM_TEXT,
    SYMBOLS,
    leaves,
    map_leaves,
)

LEAF = Comparison("name", Operator.EQUAL, ("A",))


def refusal(make: Callable[[], object]) -> str:
    with pytest.raises(Rejected) as caught:
        make()
    assert caught.value.status == 400
    assert caught.value.exit_status == 2
    return caught.value.code


def nested(levels: int) -> Tree:
    tree: Tree = LEAF
    for _ in range(levels - 1):
        tree = Not(tree)
    return tree


def test_every_operator_has_a_symbol() -> None:
    assert set(SYMBOLS) == set(Operator)


def test_depth_is_limited() -> None:
    assert nested(MAXIMUM_DEPTH).depth == MAXIMUM_DEPTH
    assert refusal(lambda: nested(MAXIMUM_DEPTH + 1)) == "FILTER_TOO_DEEP"


@pytest.mark.parametrize("group", [And, Or])
def test_size_is_limited(group: Callable[[tuple[Tree, ...]], Tree]) -> None:
    assert group((LEAF,) * (MAXIMUM_NODES - 1)).nodes == MAXIMUM_NODES
    assert refusal(lambda: group((LEAF,) * MAXIMUM_NODES)) == "FILTER_TOO_LARGE"


def test_lists_are_limited() -> None:
    longest = Comparison("name", Operator.IN, ("A",) * MAXIMUM_LIST)
    assert len(longest.values) == MAXIMUM_LIST
    too_long = ("A",) * (MAXIMUM_LIST + 1)
    assert refusal(lambda: Comparison("name", Operator.NOT_IN, too_long)) == "FILTER_LIST_TOO_LONG"


def test_texts_are_limited() -> None:
    Comparison("name", Operator.EQUAL, ("A" * MAXIMUM_TEXT,))
    too_long = "A" * (MAXIMUM_TEXT + 1)
    code = refusal(lambda: Comparison("name", Operator.EQUAL, (too_long,)))
    assert code == "FILTER_TEXT_TOO_LONG"


@pytest.mark.parametrize("text", ["a\0b", "\ud800"])
def test_characters_that_no_store_can_hold_are_refused(text: str) -> None:
    code = refusal(lambda: Comparison("name", Operator.EQUAL, (text,)))
    assert code == "FILTER_CHARACTER"


@pytest.mark.parametrize("number", ["999999999999999999", "0.000000000000000001", "-0", "1E+17"])
def test_numbers_within_eighteen_digits_are_taken(number: str) -> None:
    Comparison("balance", Operator.EQUAL, (Decimal(number),))


@pytest.mark.parametrize("number", ["1E+18", "1E-19", "1E+999999", "0E-400"])
def test_numbers_beyond_eighteen_digits_are_refused(number: str) -> None:
    code = refusal(lambda: Comparison("balance", Operator.EQUAL, (Decimal(number),)))
    assert code == "FILTER_NUMBER_TOO_LARGE"


@pytest.mark.parametrize(
    ("operator", "count"),
    [
        (Operator.EQUAL, 0),
        (Operator.EQUAL, 2),
        (Operator.LIKE, 2),
        (Operator.IN, 0),
        (Operator.NOT_IN, 0),
        (Operator.BETWEEN, 1),
        (Operator.NOT_BETWEEN, 3),
        (Operator.IS_NULL, 1),
        (Operator.IS_NOT_NULL, 1),
    ],
)
def test_each_operator_has_its_number_of_values(operator: Operator, count: int) -> None:
    assert refusal(lambda: Comparison("name", operator, ("A",) * count)) == "FILTER_SHAPE"


@pytest.mark.parametrize(
    "path", ["", "a b", "1a", "a.", ".a", "a..b", "é", "a'b", "x" * (MAXIMUM_PATH + 1), "a\n"]
)
def test_names_that_the_text_cannot_write_are_refused(path: str) -> None:
    assert refusal(lambda: Comparison(path, Operator.IS_NULL)) == "FILTER_SHAPE"


@pytest.mark.parametrize("word", sorted(KEYWORDS))
def test_keywords_cannot_name_a_field_but_may_begin_one(word: str) -> None:
    assert refusal(lambda: Comparison(word.upper(), Operator.IS_NULL)) == "FILTER_SHAPE"
    assert Comparison(f"{word}_of", Operator.IS_NULL).field == f"{word}_of"
    assert Comparison(f"terms.{word}", Operator.IS_NULL).field == f"terms.{word}"


@pytest.mark.parametrize(
    "value", [1, 1.5, None, datetime(2026, 1, 1, tzinfo=UTC), b"A", Decimal("NaN"), Decimal("Inf")]
)
def test_values_of_other_kinds_are_refused(value: object) -> None:
    code = refusal(lambda: Comparison("name", Operator.EQUAL, (value,)))  # type: ignore[arg-type]  # what is tested
    assert code == "FILTER_SHAPE"


@pytest.mark.parametrize("group", [And, Or])
def test_groups_join_at_least_two_parts(group: Callable[[tuple[Tree, ...]], Tree]) -> None:
    assert refusal(lambda: group(())) == "FILTER_SHAPE"
    assert refusal(lambda: group((LEAF,))) == "FILTER_SHAPE"


def test_leaves_are_walked_and_mapped_in_order() -> None:
    second = Comparison("date", Operator.LESS, (date(2026, 1, 1),))
    tree: Tree = And((LEAF, Not(Or((second, LEAF)))))
    assert list(leaves(tree)) == [LEAF, second, LEAF]
    assert map_leaves(tree, lambda leaf: leaf) == tree
    renamed = map_leaves(tree, lambda leaf: Comparison("other", leaf.operator, leaf.values))
    assert [leaf.field for leaf in leaves(renamed)] == ["other"] * 3
