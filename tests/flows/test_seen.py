"""What is remembered across documents is exact, however little space it takes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clary.flows.operations.seen import Ids, Keys, Seen


@given(st.lists(st.sampled_from(["0", "1", "2", "3", "4", "07", "a", "", "9" * 20])))
def test_an_id_is_new_exactly_once(texts: list[str]) -> None:
    ids = Ids()
    seen: set[str] = set()
    for text in texts:
        assert ids.is_new(text) is (text not in seen)
        seen.add(text)


@given(st.lists(st.tuples(st.sampled_from(["A", "a", "b"]), st.booleans())))
def test_changes_of_a_record_are_remembered_in_order(touches: list[tuple[str, bool]]) -> None:
    seen = Seen()
    expected: dict[str, list[int]] = {}
    for number, (key, creates) in enumerate(touches, start=1):
        seen.touch("customer", key, number, creates=creates)
        expected.setdefault(key.casefold(), []).append(number)
    for key in ("a", "b"):
        numbers = expected.get(key, [])
        assert seen.earlier("customer", key) == numbers
        first = touches[numbers[0] - 1][1] if numbers else False
        assert seen.maker("customer", key) == (numbers[0] if first else None)
    assert seen.earlier("vendor", "a") == []


def test_a_refused_record_may_still_be_made() -> None:
    seen = Seen()
    seen.refuse("customer", "A")
    assert seen.refused("customer", "a")
    seen.touch("customer", "A", 2, creates=True)
    assert not seen.refused("customer", "A")


def test_a_key_belongs_to_what_it_was_first_used_for() -> None:
    keys = Keys()
    assert keys.first("k", "one", 1) == (True, 1)
    assert keys.first("k", "one", 2) == (True, 1)
    assert keys.first("k", "two", 3) == (False, 1)
