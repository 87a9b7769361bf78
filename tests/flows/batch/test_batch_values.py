"""Single values of an export are read the same way everywhere, and shares add up."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.flows.batch.sharing import shared
from clary.flows.batch.uk_ids import LENGTH, proposed, reference_of
from clary.flows.batch.values import civil_date, cleaned, gl_ids, shortened


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31T23:59:59Z", date(2026, 1, 31)),
        ("5/1/2014 5:21:58 AM", date(2014, 5, 1)),
        (" 12/31/2025 ", date(2025, 12, 31)),
        ("31/12/2025", None),
        ("later", None),
    ],
)
def test_a_date_is_the_one_that_stands_there(text: str, day: date | None) -> None:
    assert civil_date(text) == day


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("1010,1011", (1010, 1011)),
        (" 1010 , ", (1010,)),
        ("", ()),
        (None, ()),
        ("10,-1", None),
        ("10,1e3", None),
        ("9" * 40, None),
    ],
)
def test_the_ids_of_a_header_are_whole_numbers_or_nothing(
    text: str | None, ids: tuple[int, ...] | None
) -> None:
    assert gl_ids(text) == ids


@pytest.mark.parametrize(
    ("text", "kept", "lost"),
    [
        ("plain", "plain", False),
        (" two\r\nlines\tof text ", "two lines of text", False),
        ("bell\x07", "bell", True),
        ("hot \U0001f525 fix \u2764\ufe0f", "hot fix", True),
        ("zero\u200bwidth", "zerowidth", True),
        ("Müller & Søn © 2026 ½ €5 漢字", "Müller & Søn © 2026 ½ €5 漢字", False),
    ],
)
def test_only_what_cannot_be_held_is_left_out(
    text: str,
    kept: str,
    lost: bool,  # noqa: FBT001 - the expectation
) -> None:
    assert cleaned(text) == (kept, lost)


@given(st.text(max_size=300))
def test_what_was_cleaned_stays_as_it_is(text: str) -> None:
    once, _ = cleaned(text)
    assert cleaned(once) == (once, False)


@given(st.text(max_size=300), st.integers(min_value=1, max_value=160))
def test_a_text_is_cut_to_what_fits_and_never_changed_otherwise(text: str, length: int) -> None:
    kept = shortened(text, length)
    assert len(kept) <= length
    assert text.startswith(kept)
    assert len(text) > length or kept == text


@given(
    st.integers(min_value=-(10**9), max_value=10**9),
    st.lists(st.integers(min_value=-(10**6), max_value=10**6), min_size=1, max_size=12),
)
def test_shares_always_add_up(amount: int, weights: list[int]) -> None:
    parts = shared(amount, weights)
    assert len(parts) == len(weights)
    assert sum(parts) == amount


@pytest.mark.parametrize(
    ("key", "reference"),
    [("acme", "ACME"), ("ACME0001", "ACME0001"), ("ACME00011", None), ("A-1", None), ("É1", None)],
)
def test_a_reference_is_eight_letters_and_digits(key: str, reference: str | None) -> None:
    assert reference_of(key) == reference


def test_a_proposal_comes_from_the_name_and_is_free() -> None:
    taken = {"NORTHERN", "NORTHER1"}
    found = proposed("C-000123", "The Northern Electric Co. Ltd", taken.__contains__)
    assert found == "NORTHER2"
    assert proposed("C-000123", "Café Zoë", taken.__contains__) == "CAFEZOE"
    assert proposed("C-000123", "漢字", taken.__contains__) == "C000123"


@given(st.text(max_size=40), st.text(max_size=60), st.sets(st.sampled_from(["ACCOUNT", "A", "AA"])))
def test_a_proposal_always_is_a_reference(key: str, name: str, taken: set[str]) -> None:
    found = proposed(key, name, taken.__contains__)
    assert reference_of(found) == found
    assert len(found) <= LENGTH
    assert found not in taken
