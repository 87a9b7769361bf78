"""Shares an amount out in whole minor units, so that the parts always add up to it."""

from __future__ import annotations

from collections.abc import Sequence

from clary.kernel.money import rounded_ratio


def shared(amount: int, weights: Sequence[int]) -> list[int]:
    """Return `amount` in parts as large as `weights`, which add up to it exactly.

    Each part is what remains, times its weight, over the weights that remain; weights
    that add up to zero share evenly.
    """
    chosen = list(weights) if sum(weights) else [1] * len(weights)
    rest, whole = amount, sum(chosen)
    parts = []
    for weight in chosen:
        part = rounded_ratio(rest, weight, whole) if whole else rest
        parts.append(part)
        rest -= part
        whole -= weight
    return parts
