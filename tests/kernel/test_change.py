"""What a change, an origin and a reference are, whoever stores them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.change import (
    Action,
    Body,
    Change,
    JsonValue,
    Origin,
    Ref,
    canonical_text,
    version_of,
)

texts = st.text(st.characters(codec="utf-8"), max_size=8)
origins = st.builds(Origin, texts, texts, texts, st.integers(1, 99))


@given(origins, origins)
def test_two_origins_never_share_one_text(one: Origin, other: Origin) -> None:
    assert (one.text == other.text) == (one == other)
    assert (one.base == other.base) == (
        (one.system, one.document, one.revision) == (other.system, other.document, other.revision)
    )


def test_colons_inside_a_part_do_not_move_it_into_the_next() -> None:
    assert Origin("a:b", "c").text != Origin("a", "b:c").text
    assert Origin("a%3Ab", "c").text != Origin("a:b", "c").text
    assert Origin("shop", "INV-1").text == "shop:INV-1:1:1"


def test_an_attempt_changes_the_token_and_not_the_base() -> None:
    first, second = Origin("shop", "7"), Origin("shop", "7", attempt=2)
    assert first.base == second.base
    assert first.token != second.token
    assert len(first.token) == 12


@given(st.integers(1, 9999), texts)
def test_a_reference_survives_a_body_and_a_key(change: int, field: str) -> None:
    ref = Ref(change, field)
    assert Ref.of(ref.as_value()) == ref
    assert Ref.of_key(ref.as_key()) == ref


@pytest.mark.parametrize(
    "value", [None, 5, "$ref", {"$ref": 5}, {"$ref": {}, "more": 1}, {"ref": {}}, []]
)
def test_what_is_no_reference_is_a_plain_value(value: JsonValue) -> None:
    assert Ref.of(value) is None


@pytest.mark.parametrize("key", [None, "ACME", "ref:1:key", ""])
def test_what_is_no_reference_is_a_plain_key(key: str | None) -> None:
    assert Ref.of_key(key) is None


@pytest.mark.parametrize(
    ("key", "after", "document", "shown"),
    [
        ("ACME", {"id": "OTHER"}, "doc", "customer ACME"),
        (None, {"id": "ACME"}, "doc", "customer ACME"),
        (None, None, "doc", "customer doc"),
        (None, {}, None, "customer #3"),
    ],
)
def test_a_change_names_its_record_as_well_as_it_can(
    key: str | None, after: Body | None, document: str | None, shown: str
) -> None:
    change = Change(3, "books", Action.CREATE, "customer", key, after=after, document=document)
    assert change.record == shown


def test_the_version_of_a_record_does_not_depend_on_the_order_of_its_fields() -> None:
    one: Body = {"id": "ACME", "name": "Acmé", "lines": [{"a": 1, "b": None}]}
    other: Body = {"lines": [{"b": None, "a": 1}], "name": "Acmé", "id": "ACME"}
    assert canonical_text(one) == canonical_text(other)
    assert version_of(one) == version_of(other) != version_of({"id": "ACME"})
    assert "é" in canonical_text(one)
