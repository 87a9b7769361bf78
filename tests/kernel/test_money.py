"""Money is exact: whole minor units, Decimal at the edges, halves away from zero."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clary.kernel.money import (
    MONEY_PLACES,
    RATE_PLACES,
    canonical,
    decimal_text,
    from_minor,
    money_text,
    round_half_up,
    rounded_ratio,
    to_minor,
)

units = st.integers(-(10**15), 10**15)


@pytest.mark.parametrize(
    ("amount", "rounded"),
    [("0.005", "0.01"), ("-0.005", "-0.01"), ("2.344", "2.34"), ("2.345", "2.35"), ("7", "7.00")],
)
def test_halves_go_away_from_zero(amount: str, rounded: str) -> None:
    assert str(round_half_up(Decimal(amount))) == rounded


def test_rounding_takes_any_number_of_places() -> None:
    assert round_half_up(Decimal("1.23456"), 4) == Decimal("1.2346")


def test_rounding_takes_products_of_the_largest_numbers() -> None:
    assert round_half_up(Decimal("1.005e45")) == Decimal("1.005e45")


@given(units, st.integers(0, 12))
def test_minor_units_and_decimals_are_the_same_amount(number: int, places: int) -> None:
    assert to_minor(from_minor(number, places), places) == number


@pytest.mark.parametrize("amount", ["1.001", "0.0049"])
def test_too_many_decimals_are_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="more than 2 decimals"):
        to_minor(Decimal(amount))


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "sNaN"])
def test_what_is_not_finite_is_no_money(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        to_minor(Decimal(amount))


@pytest.mark.parametrize(
    ("number", "text"), [(0, "0.00"), (5, "0.05"), (-5, "-0.05"), (1230, "12.30"), (-100, "-1.00")]
)
def test_money_is_written_with_two_decimals(number: int, text: str) -> None:
    assert money_text(number) == text


@given(units)
def test_money_text_is_the_amount(number: int) -> None:
    assert to_minor(Decimal(money_text(number))) == number


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0"), (150000, "1.5"), (100000, "1"), (-150000, "-1.5"), (1, "0.00001"), (-1, "-0.00001")],
)
def test_quantities_are_written_as_short_as_can_be(number: int, text: str) -> None:
    assert decimal_text(number, RATE_PLACES) == text


@given(units, st.integers(0, 12))
def test_quantity_text_is_the_quantity(number: int, places: int) -> None:
    assert to_minor(Decimal(decimal_text(number, places)), places) == number


def test_canonical_text_depends_on_the_places_only() -> None:
    assert canonical(Decimal("1.50"), MONEY_PLACES) == canonical(Decimal("1.5"), 2) == "1.50"
    assert canonical(Decimal("1.50000"), RATE_PLACES) == "1.5"


@given(units, units, units.filter(bool))
def test_a_ratio_is_rounded_once_and_exactly(amount: int, above: int, below: int) -> None:
    exact = rounded_ratio(amount, above, below)
    assert abs(2 * (exact * below - amount * above)) <= abs(below)


@pytest.mark.parametrize(
    ("amount", "above", "below", "expected"),
    [(1, 1, 2, 1), (-1, 1, 2, -1), (1, 1, -2, -1), (5, 1, 2, 3), (100, 20, 100, 20), (0, 5, 3, 0)],
)
def test_halves_of_a_ratio_go_away_from_zero(
    amount: int, above: int, below: int, expected: int
) -> None:
    assert rounded_ratio(amount, above, below) == expected


def test_a_ratio_to_nothing_is_an_error() -> None:
    with pytest.raises(ZeroDivisionError):
        rounded_ratio(1, 1, 0)
