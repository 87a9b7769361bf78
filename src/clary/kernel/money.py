"""Money without floats: Decimal at the edges, integer minor units in stores.

One place for the conversions and for rounding, so that no layer rounds its own way.
Half up is the rounding of both editions (UK: value added tax per line; sage50-uk.md
section 5, "VAT rounding"; US: inferred from the same practice).
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

MONEY_PLACES = 2
"""Decimals of an amount of money in every currency the two editions keep books in."""

RATE_PLACES = 5
"""Decimals of quantities and unit prices, as Sage 50 US exports print them."""

_QUANTA = tuple(Decimal(1).scaleb(-places) for places in range(13))
_SCALES = tuple(10**places for places in range(13))
_WIDE = Context(prec=100)


def round_half_up(amount: Decimal, places: int = MONEY_PLACES) -> Decimal:
    """Return `amount` rounded to `places` decimals, halves away from zero.

    So is a product of numbers that are each within bounds; whether it is, is told behind.
    """
    return amount.quantize(_QUANTA[places], ROUND_HALF_UP, _WIDE)


def to_minor(amount: Decimal, places: int = MONEY_PLACES) -> int:
    """Return `amount` in integer units of `places` decimals (12.30 is 1230).

    Raises:
        ValueError: `amount` has more decimals than `places`, or is not finite.
    """
    try:
        scaled = amount * _SCALES[places]
        whole = int(scaled)
    except (InvalidOperation, OverflowError, ValueError) as error:
        text = f"{amount} is not an amount of money"
        raise ValueError(text) from error
    if whole != scaled:
        text = f"{amount} has more than {places} decimals"
        raise ValueError(text)
    return whole


def from_minor(units: int, places: int = MONEY_PLACES) -> Decimal:
    """Return the Decimal of integer `units` with `places` decimals (1230 is 12.30)."""
    return Decimal(units).scaleb(-places)


def money_text(units: int) -> str:
    """Return minor units as canonical text with two decimals (1230 is "12.30")."""
    if units < 0:
        return f"-{-units // 100}.{-units % 100:02d}"
    return f"{units // 100}.{units % 100:02d}"


def decimal_text(units: int, places: int) -> str:
    """Return integer `units` of `places` decimals as the shortest canonical text.

    Trailing zeros are dropped: 150000 of five places is "1.5", 100000 is "1".
    """
    sign = "-" if units < 0 else ""
    whole, rest = divmod(abs(units), _SCALES[places])
    if not rest:
        return f"{sign}{whole}" if whole else "0"
    return f"{sign}{whole}." + f"{rest:0{places}d}".rstrip("0")


def canonical(amount: Decimal, places: int) -> str:
    """Return a Decimal as canonical text: two decimals for money, shortest otherwise.

    `amount` has at most `places` decimals; more are a mistake of the caller's, which the
    fixed width would hide, so schemas check it before.
    """
    if places == MONEY_PLACES:
        return f"{amount + 0:.2f}"
    return f"{(amount + 0).normalize():f}"


def rounded_ratio(amount: int, numerator: int, denominator: int) -> int:
    """Return `amount` * `numerator` / `denominator` in whole minor units, half up.

    Halves go away from zero, as `round_half_up` does.  All arguments are integers, so
    that bulk posting can compute tax and cost without making a Decimal per line.

    Raises:
        ZeroDivisionError: `denominator` is zero.
    """
    product = amount * numerator
    negative = (product < 0) is not (denominator < 0)
    magnitude = (2 * abs(product) + abs(denominator)) // (2 * abs(denominator))
    return -magnitude if negative else magnitude
