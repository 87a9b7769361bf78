"""The levels of a tax code: fields of the code and records of their own, kept equal."""

from __future__ import annotations

import sqlite3

from clary.apps.connectwise.sandbox.declared import LEVELS
from clary.apps.connectwise.sandbox.wire import Json, as_object, encoded, parsed

PAIRS = {
    "Rate": "taxRate",
    "RateType": "rateType",
    "Caption": "caption",
    "TaxCodeXref": "taxCodeXref",
    "AgencyXref": "agencyXref",
    "ServicesFlag": "taxServicesFlag",
    "ExpensesFlag": "taxExpensesFlag",
    "ProductsFlag": "taxProductsFlag",
}
"""End of the field's name in the code, and its name in the level."""


def levels_from_code(connection: sqlite3.Connection, code: int) -> None:
    """Make the level records say what the fields of their code say."""
    row = connection.execute("SELECT body FROM tax_code WHERE id = ?", (code,)).fetchone()
    known = {
        each.get("taxLevel"): each
        for each in (as_object(parsed(b.encode())) for b in _levels(connection, code))
    }
    connection.execute("DELETE FROM tax_code_level WHERE parent = ?", (code,))
    if row is None:
        return
    body = as_object(parsed(row[0].encode()))
    for number, word in enumerate(LEVELS, start=1):
        level: dict[str, Json] = {
            inner: body[f"level{word}{end}"]
            for end, inner in PAIRS.items()
            if body.get(f"level{word}{end}") is not None
        }
        if "taxRate" not in level:
            continue
        identifier = known.get(number, {}).get("id") or code * 10 + number
        whole = {"id": identifier, "taxLevel": number, "rateType": "Percent", **level}
        connection.execute(
            "INSERT INTO tax_code_level (id, parent, body) VALUES (?, ?, ?)",
            (identifier, code, encoded(whole)),
        )


def levels_to_code(connection: sqlite3.Connection, code: int) -> None:
    """Make the fields of a code say what its level records say."""
    row = connection.execute("SELECT body FROM tax_code WHERE id = ?", (code,)).fetchone()
    levels = [as_object(parsed(text.encode())) for text in _levels(connection, code)]
    starts = tuple(f"level{word}" for word in LEVELS)
    body = {k: v for k, v in as_object(parsed(row[0].encode())).items() if not k.startswith(starts)}
    for place, level in enumerate(levels):
        number = level.get("taxLevel")
        at = number if isinstance(number, int) else place + 1
        if not 1 <= at <= len(LEVELS):
            continue
        for end, inner in PAIRS.items():
            if level.get(inner) is not None:
                body[f"level{LEVELS[at - 1]}{end}"] = level[inner]
    connection.execute("UPDATE tax_code SET body = ? WHERE id = ?", (encoded(body), code))


def _levels(connection: sqlite3.Connection, code: int) -> list[str]:
    sql = "SELECT body FROM tax_code_level WHERE parent = ? ORDER BY id"
    return [row[0] for row in connection.execute(sql, (code,))]
