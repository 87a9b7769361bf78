from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.change import Body
from clary.kernel.errors import Failed
from clary.ledger.filters import Not, Tree, check, parse
from clary.ledger.filters import compile as compiled
from clary.ledger.filters.evaluate import like_expression
from tests.ledger.filters.worlds import BODIES, FIELDS, FLAT, PATTERNS, TEXTS, fitting_trees

ACME: Body = {
    "id": "Acme-\N{LATIN CAPITAL LETTER E WITH ACUTE}",
    "name": "Acme",
    "balance": "120.50",
    "rate": "0.5",
    "count": 3,
    "date": "2026-01-31",
    "saved": "2026-01-31T14:30:00.000000Z",
    "inactive": False,
    "type": "CUSTOMER",
    "terms": {"days": 30},
    "lines": [{"item_id": "A", "taxable": True}, {"item_id": None}],
}
"""One record that the examples below are asked about."""


def chosen(text: str, body: Body) -> bool:
    return compiled(check(parse(text), FIELDS))(body)


@pytest.mark.parametrize(
    "text",
    [
        "id = 'ACME-\N{LATIN CAPITAL LETTER E WITH ACUTE}'",
        "id in ('x', 'acme-\N{LATIN CAPITAL LETTER E WITH ACUTE}')",
        "id > 'ACME-'",
        "name = 'Acme'",
        "name <> 'ACME'",
        "name < 'B'",
        "name like 'aCm_'",
        "name like '%M%'",
        "name not like 'Acm'",
        "balance = 120.5",
        "balance > 99.99",
        "balance between 120.50 and 120.50",
        "balance in (1, 120.500)",
        "rate = 0.50",
        "count >= 3",
        "count not in (1, 2)",
        "date <= 2026-01-31",
        "date not between 2026-02-01 and 2026-02-28",
        "saved > 2026-01-31",
        "saved < '2026-01-31T16:30:01+02:00'",
        "inactive = false",
        "inactive in (false)",
        "inactive is not null",
        "type = 'CUSTOMER'",
        "terms.days = 30",
        "lines.item_id = 'A'",
        "lines.item_id = 'a'",
        "lines.item_id in ('a')",
        "lines.item_id is null",
        "lines.item_id is not null",
        "lines.taxable = true",
        "lines.taxable = false",
        "not name = 'B' and (count = 1 or count = 3)",
    ],
)
def test_a_record_that_satisfies_a_filter_is_chosen(text: str) -> None:
    assert chosen(text, ACME)
    assert not chosen(f"not ({text})", ACME)


@pytest.mark.parametrize(
    "text",
    [
        "id <> 'acme-\N{LATIN CAPITAL LETTER E WITH ACUTE}'",
        "id not in ('acme-\N{LATIN CAPITAL LETTER E WITH ACUTE}')",
        "id = 'acme-\N{LATIN SMALL LETTER E WITH ACUTE}'",
        "id >= 'acme'",
        "name = 'acme'",
        "name = 'Acme '",
        "name like 'Acm'",
        "name like '_Acme'",
        "balance > 120.50",
        "count between 4 and 3",
        "inactive = true",
        "inactive is null",
        "inactive <> false",
        "terms.days is null",
        "lines.taxable is null",
    ],
)
def test_a_record_that_fails_a_filter_is_not_chosen(text: str) -> None:
    assert not chosen(text, ACME)
    assert chosen(f"not ({text})", ACME)


@pytest.mark.parametrize(
    "text",
    [
        "name = 'A'",
        "name <> 'A'",
        "name like '%'",
        "name not like 'A'",
        "count in (1)",
        "count not in (1)",
        "count between 1 and 2",
        "count not between 1 and 2",
        "count = 1 or name = 'A'",
        "terms.days = 30",
    ],
)
@pytest.mark.parametrize("body", [{}, {"name": None, "count": None, "terms": None}])
def test_a_comparison_with_null_is_unknown_and_so_is_its_opposite(text: str, body: Body) -> None:
    assert not chosen(text, body)
    assert not chosen(f"not ({text})", body)
    assert chosen(f"({text}) or date is null", body)
    assert chosen(f"not (({text}) and date is not null)", body)


def test_fields_in_an_absent_group_are_null() -> None:
    assert chosen("terms.days is null", {})
    assert chosen("terms.days is null", {"terms": {}})


@pytest.mark.parametrize("body", [{}, {"inactive": None}])
def test_a_flag_that_is_not_stated_means_no(body: Body) -> None:
    assert chosen("inactive = false and inactive is not null", body)
    assert chosen("not inactive = true", body)
    assert not chosen("inactive is null", body)


@pytest.mark.parametrize("body", [{}, {"lines": None}, {"lines": []}])
def test_an_empty_list_satisfies_nothing(body: Body) -> None:
    assert not chosen("lines.item_id = 'A'", body)
    assert not chosen("lines.item_id is null", body)
    assert chosen("not lines.item_id = 'A'", body)


def test_a_path_into_a_list_asks_for_any_entry() -> None:
    two: Body = {"lines": [{"item_id": "A"}, {"item_id": "B"}]}
    assert chosen("lines.item_id = 'A' and lines.item_id = 'B'", two)
    assert chosen("lines.item_id <> 'A'", two)
    assert not chosen("not lines.item_id = 'A'", two)
    assert chosen("not lines.item_id = 'C'", two)
    with_null: Body = {"lines": [{"item_id": "A"}, {}]}
    assert chosen("lines.item_id = 'A'", with_null)
    assert not chosen("lines.item_id = 'C' or not lines.item_id = 'C'", with_null)


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("name = 'A'", {"name": 5}),
        ("count = 1", {"count": True}),
        ("count = 1", {"count": "1"}),
        ("balance > 1", {"balance": "high"}),
        ("balance > 1", {"balance": 2}),
        ("inactive = true", {"inactive": "yes"}),
        ("name in ('A')", {"name": ["A"]}),
        ("terms.days = 1", {"terms": "net 30"}),
        ("lines.item_id = 'A'", {"lines": ["A"]}),
    ],
)
def test_a_record_in_another_form_is_an_error_and_never_a_mismatch(text: str, body: Body) -> None:
    with pytest.raises(Failed) as caught:
        chosen(text, body)
    assert caught.value.code == "FILTER_RECORD_VALUE"
    assert caught.value.findings[0].field == text.split(" ", maxsplit=1)[0]


@given(fitting_trees([*FLAT, "terms.days", "lines.item_id", "lines.taxable"]), BODIES)
def test_no_record_satisfies_a_filter_and_its_opposite(tree: Tree, body: Body) -> None:
    bound = check(tree, FIELDS)
    assert not (compiled(bound)(body) and compiled(Not(bound))(body))
    assert compiled(Not(Not(bound)))(body) is compiled(bound)(body)


@pytest.fixture(scope="module")
def sqlite() -> Iterator[sqlite3.Connection]:
    """SQLite, whose `like` ours must equal."""
    database = sqlite3.connect(":memory:")
    yield database
    database.close()


@given(text=TEXTS, pattern=PATTERNS)
def test_like_equals_that_of_sqlite(sqlite: sqlite3.Connection, text: str, pattern: str) -> None:
    (expected,) = sqlite.execute("select ? like ?", (text, pattern)).fetchone()
    assert (like_expression(pattern).match(text) is not None) is bool(expected)


@given(
    text=st.text(alphabet="ab", max_size=9),
    pattern=st.lists(st.text(alphabet="ab_", max_size=2), max_size=5).map("%".join),
)
def test_like_equals_that_of_sqlite_for_many_wildcards(
    sqlite: sqlite3.Connection, text: str, pattern: str
) -> None:
    (expected,) = sqlite.execute("select ? like ?", (text, pattern)).fetchone()
    assert (like_expression(pattern).match(text) is not None) is bool(expected)


@pytest.mark.parametrize(
    ("text", "pattern", "found"),
    [
        ("ÉCOLE", "école", False),
        ("\u212a", "k", False),
        ("\u017f", "s", False),
        ("a\nb", "a_b", True),
        ("a\n", "a", False),
        ("[x]", "[X]", True),
        ("", "%", True),
        ("", "_", False),
        ("aba", "%a%b%", True),
        ("xaxbx", "%a_b%", True),
        ("abcab", "%ab%ab", True),
        ("ab", "%ab%ab", False),
    ],
)
def test_like_examples(text: str, pattern: str, *, found: bool) -> None:
    assert (like_expression(pattern).match(text) is not None) is found


def test_like_stays_linear_on_hostile_patterns() -> None:
    # With plain backtracking this would take longer than the universe has existed.
    pattern = like_expression("%a" * 400 + "%b")
    assert pattern.match("a" * 3000) is None
