from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.change import Body
from clary.kernel.errors import Unsupported
from clary.ledger.filters import And, BoundTree, Not, Or, Tree, check, parse, split, where
from clary.ledger.filters import compile as compiled
from clary.ledger.filters.tree import MAXIMUM_NODES
from tests.ledger.filters.worlds import BODIES, FIELDS, FLAT, Table, fitting_trees

LISTS = ("lines.item_id", "lines.taxable", "terms.days")


def bound(text: str) -> BoundTree:
    return check(parse(text), FIELDS)


def chosen(tree: BoundTree, bodies: list[Body]) -> list[int]:
    matches = compiled(tree)
    return [number for number, body in enumerate(bodies) if matches(body)]


@pytest.fixture
def table() -> Iterator[Table]:
    """A table with one record."""
    with closing(Table([{"name": "Acme", "count": 1}])) as made:
        yield made


@given(fitting_trees(FLAT), st.lists(BODIES, max_size=8))
def test_sqlite_chooses_the_same_records_as_evaluation(tree: Tree, bodies: list[Body]) -> None:
    whole = check(tree, FIELDS)
    with closing(Table(bodies)) as table:
        for asked in (whole, Not(whole)):
            pushed, remaining = split(asked, table)
            if remaining is None:
                assert table.numbers(*where(asked, table)) == chosen(asked, bodies)
            else:
                assert_parts_choose(asked, pushed, remaining, bodies, table)


@given(
    fitting_trees([*FLAT, *LISTS]),
    st.lists(BODIES, max_size=6),
    st.frozensets(st.sampled_from(FLAT), max_size=4),
)
def test_what_is_pushed_and_what_remains_choose_together_what_the_whole_chooses(
    tree: Tree, bodies: list[Body], without: frozenset[str]
) -> None:
    whole = check(tree, FIELDS)
    with closing(Table(bodies, without)) as table:
        pushed, remaining = split(whole, table)
        assert_parts_choose(whole, pushed, remaining, bodies, table)


def assert_parts_choose(
    whole: BoundTree,
    pushed: BoundTree | None,
    remaining: BoundTree | None,
    bodies: list[Body],
    table: Table,
) -> None:
    numbers = table.numbers(*where(pushed, table)) if pushed else list(range(len(bodies)))
    left = set(chosen(remaining, bodies)) if remaining else set(numbers)
    assert [number for number in numbers if number in left] == chosen(whole, bodies)


def test_the_text_holds_no_values(table: Table) -> None:
    text = "name = 'x'' or 1=1 --' and (balance between 1 and 2.5 or inactive in (true, false))"
    sql, parameters = where(bound(text), table)
    assert sql == ("(name = ? and (balance between ? and ? or coalesce(inactive, 0) in (?, ?)))")
    assert parameters == ("x' or 1=1 --", 100, 250, True, False)


def test_the_equality_of_ids_goes_by_a_collation_that_an_index_may_have(table: Table) -> None:
    text = "id = 'a' and id not in ('b', 'c') and id > 'd' and id like 'e'"
    assert where(bound(text), table) == (
        "(id collate nocase = ? and id collate nocase not in (?, ?) and id > ? and id like ?)",
        ("a", "b", "c", "d", "e"),
    )


def test_patterns_are_not_encoded_and_nulls_have_no_parameter(table: Table) -> None:
    assert where(bound("name not like 'A_'"), table) == ("name not like ?", ("A_",))
    assert where(bound("not date is not null"), table) == ("not (date is not null)", ())


def test_conditions_are_pushed_one_by_one_from_nested_groups(table: Table) -> None:
    tree = bound("(name = 'A' and lines.item_id = 'B') and (count = 1 or terms.days = 2)")
    pushed, remaining = split(tree, table)
    assert pushed == bound("name = 'A'")
    assert remaining == bound("lines.item_id = 'B' and (count = 1 or terms.days = 2)")


def test_nothing_to_push_and_nothing_to_evaluate_are_none(table: Table) -> None:
    assert split(bound("lines.item_id = 'B'"), table).pushed is None
    assert split(bound("name = 'B'"), table).remaining is None


class Generous(Table):
    """A store that names a column for whatever it is asked."""

    def column(self, path: str) -> str:
        return path


def test_fields_inside_lists_are_never_pushed() -> None:
    with closing(Generous([])) as table:
        assert split(bound("lines.item_id = 'B'"), table).pushed is None


def test_values_that_a_column_cannot_hold_are_left_to_evaluation(table: Table) -> None:
    assert split(bound("balance > 10.005"), table).pushed is None
    assert split(bound("balance in (1, 10.005)"), table).pushed is None
    assert split(bound("balance > 10.05"), table).remaining is None


def test_patterns_longer_than_sqlite_takes_are_left_to_evaluation(table: Table) -> None:
    assert split(bound(f"name like '{'a' * 15_000}'"), table).remaining is None
    assert split(bound(f"name like '{chr(0x1F600) * 15_000}'"), table).pushed is None


def test_what_cannot_be_translated_as_a_whole_is_refused(table: Table) -> None:
    with pytest.raises(Unsupported) as caught:
        where(bound("name = 'A' and lines.item_id = 'B'"), table)
    assert caught.value.code == "FILTER_NOT_TRANSLATABLE"


def test_lists_are_pushed_while_there_is_room_for_their_values(table: Table) -> None:
    one = bound(f"count in ({', '.join(str(n) for n in range(1, 1001))})")
    tree = And((one,) * 40)
    pushed, remaining = split(tree, table)
    assert isinstance(pushed, And)
    assert isinstance(remaining, And)
    assert (len(pushed.parts), len(remaining.parts)) == (30, 10)
    sql, parameters = where(pushed, table)
    assert len(parameters) == 30_000
    assert table.numbers(sql, parameters) == [0]


@pytest.mark.parametrize("group", [And, Or])
def test_the_widest_filters_stay_within_the_limits_of_sqlite(
    group: type[And[BoundTree] | Or[BoundTree]], table: Table
) -> None:
    tree = group((bound("count = 1"),) * (MAXIMUM_NODES - 1))
    assert table.numbers(*where(tree, table)) == [0]
    opposite = Not(group((bound("count = 1"),) * (MAXIMUM_NODES - 2)))
    assert table.numbers(*where(opposite, table)) == []


def alternating(levels: int, width: int) -> BoundTree:
    """Nested `not`, `and` and `or`, the groups of `width` conditions; true of count 1."""
    leaf = bound("count = 1")
    tree = leaf
    for level in range(levels):
        others = (leaf,) * (width - 1)
        match level % 3:
            case 0:
                tree = And((*others, tree))
            case 1:
                tree = Not(Not(tree))
            case _:
                tree = Or((bound("count = 2"), *others, tree))
    return Not(Not(tree))


@pytest.mark.parametrize(("width", "deepest"), [(2, 10), (31, 10), (34, 7)])
def test_the_deepest_filters_stay_within_the_limits_of_sqlite(
    width: int, deepest: int, table: Table
) -> None:
    for levels in range(1, 20):
        tree = alternating(levels, width)
        assert compiled(tree)({"count": 1})
        if levels <= deepest:
            sql, parameters = where(tree, table)
            # In a query of the store it may itself stand inside brackets.
            assert table.numbers(f"exists (select 1 where ({sql}))", parameters) == [0]
        else:
            assert split(tree, table) == (None, tree)
