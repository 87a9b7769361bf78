"""What stock costs: first in first out, last in first out, average; pure arithmetic.

Quantities are units of five decimals, costs are minor units.  The costs of an issue are
always made by the books, never by whoever posts the sale.
"""

from __future__ import annotations

from dataclasses import dataclass

from clary.kernel.money import rounded_ratio
from clary.ledger.posting.rows import StockMove
from clary.ledger.posting.views import PRICE_UNITS, ItemView


@dataclass(frozen=True, slots=True)
class Standing:
    """The stock of one item at one moment; layers are number, quantity and cost."""

    item: ItemView
    quantity: int
    value: int
    layers: list[tuple[int, int, int]]


def unit_total(unit_cost: int, quantity: int) -> int:
    """Return the cost of `quantity` at `unit_cost` (both of five decimals)."""
    return rounded_ratio(unit_cost * quantity, 1, PRICE_UNITS * PRICE_UNITS // 100)


def issue(standing: Standing, line: int, quantity: int) -> StockMove:
    """Return what taking `quantity` out of stock costs, by the item's method.

    What stock does not cover is short and costs nothing until goods are received
    (inferred; a real export shows a sale of stock that was not there at cost 0.00).
    """
    if standing.item.cost_method == "average":
        return _issue_average(standing, line, quantity)
    layers = standing.layers
    if standing.item.cost_method == "lifo":
        layers = layers[::-1]
    uses: list[tuple[int, int, int]] = []
    wanted = quantity
    for number, remaining, cost in layers:
        if not wanted:
            break
        taken = min(wanted, remaining)
        part = cost if taken == remaining else rounded_ratio(cost, taken, remaining)
        uses.append((number, taken, part))
        wanted -= taken
    total = sum(part for _, _, part in uses)
    return StockMove(standing.item, line, -quantity, -total, tuple(uses), wanted)


def _issue_average(standing: Standing, line: int, quantity: int) -> StockMove:
    on_hand = max(standing.quantity, 0)
    covered = min(quantity, on_hand)
    whole = covered == on_hand
    cost = standing.value if whole else rounded_ratio(standing.value, covered, on_hand)
    return StockMove(standing.item, line, -quantity, -cost, (), quantity - covered)


def current_cost(view: ItemView, quantity: int) -> int:
    """Return what `quantity` would cost today, for goods that come back into stock."""
    if view.quantity > 0:
        return rounded_ratio(view.value, quantity, view.quantity)
    return unit_total(view.unit_cost, quantity)
