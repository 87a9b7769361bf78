"""Sorting beyond memory gives what sorting in memory gives."""

from __future__ import annotations

import random
from decimal import Decimal

import pytest

from clary.companies.contract import Order
from clary.flows.operations import sorting
from clary.kernel.change import Body
from clary.ledger.filters import FieldTable

TABLE = FieldTable({"n": "integer", "m": "money", "t": "text", "f": "boolean"})
ORDER = (Order("t"), Order("m", descending=True), Order("f"))


def rows(count: int) -> list[Body]:
    chance = random.Random(7)  # noqa: S311 - the same rows each time, no secret
    made: list[Body] = []
    for n in range(count):
        row: Body = {"n": n, "t": chance.choice("abc")}
        if chance.random() > 0.3:
            row["m"] = f"{chance.randint(-9, 9)}.50"
        if chance.random() > 0.5:
            row["f"] = chance.random() > 0.5
        made.append(row)
    return made


@pytest.mark.parametrize("limit", [None, 5, 60_000])
def test_many_rows_are_sorted_as_few_are(limit: int | None) -> None:
    many = rows(2 * sorting.IN_MEMORY + 5)
    found = list(sorting.in_order(iter(many), ORDER, TABLE, limit))
    if limit == 5:
        everything = list(sorting.in_order(iter(many), ORDER, TABLE))
        assert found == everything[:5]
        return
    assert len(found) == len(many)
    assert found[0]["t"] == "a"
    assert found[-1]["t"] == "c"
    head = [row for row in found if row["t"] == "a"]
    amounts = [row.get("m") for row in head]
    assert amounts[-1] is None
    numbers = [Decimal(str(m)) for m in amounts if m is not None]
    assert numbers == sorted(numbers, reverse=True)
    ties = [int(str(row["n"])) for row in head if row.get("m") is None and not row.get("f")]
    assert ties == sorted(ties)


def test_few_rows_need_no_file() -> None:
    assert [
        row["n"] for row in sorting.in_order(rows(3), (Order("n", descending=True),), TABLE)
    ] == [
        2,
        1,
        0,
    ]
