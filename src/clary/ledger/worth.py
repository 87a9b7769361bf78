"""What a document is worth as far as its own body says: how much money its author moves.

Whoever decides whether a document is large must not be led astray by lines that cancel each
other out, nor by one that states no amount.  So the amounts of a document are added up by
side, from what the record types declare, and where an amount is missing nothing is told.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_UP, Decimal, DecimalException
from functools import cache

from clary.kernel.change import JsonValue
from clary.kernel.money import MONEY_PLACES
from clary.ledger.fields import FieldSpec, Kind
from clary.ledger.nested import entries_of
from clary.ledger.record import Record, RecordType, fields_of, groups_of, is_many

_OF_A_MOVE = ("item_id", "quantity", "amount")
"""A line that names one of these moves something, even where no number is told of it."""


def stated_worth(declared: RecordType, body: Mapping[str, JsonValue]) -> int | None:
    """Return what a document is worth by its own figures, or none where they do not tell.

    That is the larger of its total and of what its amounts of one sign come to, in minor units
    of the document's currency, rounded up, never negative.

    Args:
        declared: its record type.
        body: its canonical body; one that lacks fields is told by those that are there.
    """
    total = _number(body.get(declared.total)) if declared.total else None
    stated = [*_amounts(declared.record, body, declared.total)]
    lines = [
        (entry, [*_line_amounts(record, entry)])
        for name, record in _lists(declared.record)
        for entry in entries_of(body.get(name))
    ]
    untold = [entry for entry, told in lines if not told and _moves(entry)]
    if untold and (total is None or _two_sided(entry for entry, _ in lines)):
        return None
    amounts = [*stated, *(amount for _, told in lines for amount in told)]
    if total is None and not amounts:
        return None
    return minor_units_above(max(abs(total or Decimal(0)), larger_side(amounts)))


def moved_worth(
    declared: RecordType,
    was: Mapping[str, JsonValue] | None,
    stated: Mapping[str, JsonValue] | None,
) -> int:
    """Return what a change of a document moves by its own figures, in minor units.

    That is the larger of what it was worth and what it will be; nothing where neither tells.

    Args:
        declared: its record type.
        was: its body before; none where it is new.
        stated: what is stated anew; none where it is deleted or acted on.
    """
    before = stated_worth(declared, was) if was else None
    after = stated_worth(declared, outcome(declared, was or {}, stated)) if stated else None
    return max(before or 0, after or 0)


def outcome(
    declared: RecordType, was: Mapping[str, JsonValue], stated: Mapping[str, JsonValue]
) -> dict[str, JsonValue]:
    """Return a document as it will be; what the books work out anew is left to them."""
    kept = {**was, **stated}
    if "lines" in stated:
        for name in (declared.total, "taxes"):
            if name is not None and name not in stated:
                kept.pop(name, None)
    return {name: value for name, value in kept.items() if value is not None}


def larger_side(amounts: Iterable[Decimal]) -> Decimal:
    """Return the sum of the positive or of the negative amounts, the larger, without its sign."""
    sides = {True: Decimal(0), False: Decimal(0)}
    for amount in amounts:
        sides[amount > 0] += abs(amount)
    return max(sides.values())


def minor_units_above(amount: Decimal) -> int:
    """Return an amount in whole minor units, rounded away from zero."""
    return int(amount.scaleb(MONEY_PLACES).to_integral_value(ROUND_UP))


@cache
def _lists(record: type[Record]) -> tuple[tuple[str, type[Record]], ...]:
    """Return the names of the groups of which a document has many, and what one of them is."""
    return tuple(
        (name, entry)
        for name, entry in groups_of(record).items()
        if is_many(record.model_fields[name].annotation)
    )


@cache
def _amount_fields(record: type[Record]) -> tuple[str, ...]:
    return tuple(name for name, spec in fields_of(record).items() if _is_amount(name, spec))


def _is_amount(name: str, spec: FieldSpec) -> bool:
    """Tell whether a field is a part of what a document comes to: a discount is none."""
    is_money = spec.kind is Kind.MONEY or (
        spec.kind is Kind.DECIMAL and spec.places == MONEY_PLACES
    )
    return is_money and not spec.computed and not name.startswith("discount")


@cache
def _price_fields(record: type[Record]) -> tuple[str, ...]:
    """Return what the quantity of a line is multiplied with: its price, or its cost."""
    return tuple(name for name in fields_of(record) if name in ("unit_price", "unit_cost"))


def _amounts(
    record: type[Record], body: Mapping[str, JsonValue], without: str | None = None
) -> Iterator[Decimal]:
    for name in _amount_fields(record):
        found = _number(body.get(name))
        if found is not None and name != without:
            yield found


def _line_amounts(record: type[Record], entry: Mapping[str, JsonValue]) -> Iterator[Decimal]:
    """Yield the amounts of a line: quantity times price where it states no amount."""
    yield from _amounts(record, entry)
    quantity = _number(entry.get("quantity"))
    if quantity is None or _number(entry.get("amount")) is not None:
        return
    prices = (_number(entry.get(name)) for name in _price_fields(record))
    yield from (price * quantity for price in prices if price is not None)


def _moves(entry: Mapping[str, JsonValue]) -> bool:
    return any(entry.get(name) is not None for name in _OF_A_MOVE)


def _two_sided(entries: Iterable[Mapping[str, JsonValue]]) -> bool:
    """Tell whether lines go both ways, so that their total does not tell what they move."""
    quantities = [_number(entry.get("quantity")) or Decimal(0) for entry in entries]
    return any(each > 0 for each in quantities) and any(each < 0 for each in quantities)


def _number(value: JsonValue) -> Decimal | None:
    """Return what a canonical value says, none where it is no number."""
    if value is None or not isinstance(value, str | int) or isinstance(value, bool):
        return None
    try:
        found = Decimal(value)
    except DecimalException:
        return None
    return found if found.is_finite() else None
