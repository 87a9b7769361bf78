"""Small parts that every document of an export is made of."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from clary.apps.connectwise.sandbox.wire import Json, Number

SHARE, PERCENT = 5, 3
"""How a rate of thousandths of a percent is told: as a share of 1, or in percent."""

XREF_SHOWN = {
    "InventoryPart": "Inventory Part",
    "NonInventoryPart": "Non-Inventory Part",
    "OtherCharge": "Other Charge",
    "Service": "Service",
}
"""Product type cross-references as exports write them."""


def rows(
    connection: sqlite3.Connection, sql: str, parameters: Sequence[object]
) -> list[dict[str, Any]]:
    """Return what a query finds, each row by the names of its columns."""
    cursor = connection.execute(sql, tuple(parameters))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor]


def reference(identifier: int | None, name: str | None) -> Json:
    """Return a reference by id and name; none where there is nothing to refer to."""
    return {"id": identifier, "name": name} if identifier else None


def company(identifier: int | None, code: str | None, name: str | None) -> Json:
    """Return a reference to a company or a member."""
    return {"id": identifier, "identifier": code, "name": name} if identifier else None


def item(row: dict[str, Any]) -> Json:
    """Return the reference to the catalog item of a row."""
    return {
        "id": row["item_id"],
        "identifier": row["item"],
        "serializedFlag": bool(row.get("serialised")),
    }


def rate(thousandths: int, digits: int) -> Number:
    """Return a rate, with `digits` SHARE or PERCENT, without trailing zeros."""
    return Number(format(Decimal(thousandths).scaleb(-digits).normalize(), "f"))
