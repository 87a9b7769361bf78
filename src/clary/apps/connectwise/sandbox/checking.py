"""Checks of what is sent: types, lengths, choices, required fields and references.

Everything that is wrong is told at once, one entry per field, as the vendor's errors do.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from decimal import Decimal

from clary.apps.connectwise.sandbox.fields import Field, Kind
from clary.apps.connectwise.sandbox.problems import Mistake, Refused
from clary.apps.connectwise.sandbox.wire import Json, Number

_BOTH = {"identifier": "identifier", "name": "name"}
_NAME = {"name": "name"}
REFERENCES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "company": ("company", _BOTH),
    "billToCompany": ("company", _BOTH),
    "shipToCompany": ("company", _BOTH),
    "vendorCompany": ("company", _BOTH),
    "vendor": ("company", _BOTH),
    "member": ("member", {"identifier": "identifier"}),
    "manager": ("member", {"identifier": "identifier"}),
    "taxCode": ("tax_code", {"name": "identifier"}),
    "billingTerms": ("billing_term", _NAME),
    "terms": ("billing_term", _NAME),
    "currency": (
        "currency",
        {"name": "name", "symbol": "symbol", "currencyIdentifier": "currencyIdentifier"},
    ),
    "location": ("location", _NAME),
    "securityLocation": ("location", _NAME),
    "defaultLocation": ("location", _NAME),
    "department": ("department", _BOTH),
    "subcategory": ("subcategory", _NAME),
    "unitOfMeasure": ("unit_of_measure", _NAME),
    "warehouse": ("warehouse", _NAME),
    "catalogItem": ("catalog", {"identifier": "identifier"}),
    "product": ("catalog", {"identifier": "identifier"}),
}
"""Table of each reference, and what it shows besides the id, with the column of it.

A reference whose table is not listed (a status, a country) is kept as it is sent.
"""

_MOMENT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}(\.\d+)?Z?)?")
_DIGITS = 18
_TYPES = {
    Kind.TEXT: "a text",
    Kind.NUMBER: "a number",
    Kind.MONEY: "an amount with at most two decimals",
    Kind.QUANTITY: "a number with at most three decimals",
    Kind.WHOLE: "a whole number",
    Kind.FLAG: "true or false",
    Kind.DAY: "a date such as 2026-01-31T00:00:00Z",
    Kind.MOMENT: "a date such as 2026-01-31T00:00:00Z",
    Kind.REFERENCE: "a reference with an id",
    Kind.LIST: "a list",
}


def mistakes_in(body: Mapping[str, Json], fields: Sequence[Field], word: str) -> list[Mistake]:
    """Return what is wrong with a body.

    Args:
        body: the whole of it; `id` and `_info` are the site's own and are not looked at.
        fields: the fields there are.
        word: what the resource is called.
    """
    known = {each.name.partition("/")[0] for each in fields} | {"id", "_info"}
    found = [
        Mistake("InvalidField", f"{word} has no field {name}.", name, word)
        for name in body
        if name not in known
    ]
    for each in fields:
        value = body.get(each.name)
        if value is None or value == "":
            if each.required:
                message = f"The {each.name} field is required."
                found.append(Mistake("MissingRequiredField", message, each.name, word))
            continue
        wrong = wrong_with(each, value)
        if wrong is not None:
            found.append(Mistake(wrong[0], wrong[1], each.name, word))
    return found


def wrong_with(field: Field, value: Json) -> tuple[str, str] | None:
    """Return code and message of what is wrong with a value that is not empty."""
    if not _fits(field.kind, value):
        return "InvalidType", f"{field.name} must be {_TYPES[field.kind]}."
    if field.length and isinstance(value, str) and len(value) > field.length:
        return "MaxLengthField", f"{field.name} has at most {field.length} characters."
    if field.choices and value not in field.choices:
        return "InvalidChoice", f"{field.name} is one of {', '.join(field.choices)}."
    return None


def _fits(kind: Kind, value: Json) -> bool:
    match kind:
        case Kind.FLAG:
            return isinstance(value, bool)
        case Kind.NUMBER | Kind.WHOLE | Kind.MONEY | Kind.QUANTITY:
            return not isinstance(value, bool) and _is_number(kind, value)
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.DAY | Kind.MOMENT:
            return isinstance(value, str) and _MOMENT.fullmatch(value) is not None
        case Kind.REFERENCE:
            return isinstance(value, dict)
        case Kind.LIST:
            return isinstance(value, list)
        case Kind.JSON:
            return True


def _is_number(kind: Kind, value: Json) -> bool:
    if not isinstance(value, int | Decimal | Number):
        return False
    number = Decimal(value)
    if number.adjusted() > _DIGITS:
        return False
    decimals = {Kind.WHOLE: 0, Kind.MONEY: 2, Kind.QUANTITY: 3}.get(kind)
    return decimals is None or number == round(number, decimals)


def stored(kind: Kind, value: Json) -> str | int | None:
    """Return a checked value as its column holds it."""
    if value is None:
        return None
    if kind is Kind.MONEY or kind is Kind.QUANTITY:
        return int(Decimal(str(value)).scaleb(2 if kind is Kind.MONEY else 3))
    if kind is Kind.DAY:
        return str(value)[: len("2026-01-31")]
    if kind is Kind.FLAG or kind is Kind.WHOLE:
        return int(Decimal(str(int(value) if isinstance(value, bool) else value)))
    return str(value)


def reference(
    connection: sqlite3.Connection, name: str, value: Json, word: str
) -> tuple[dict[str, Json], Mistake | None]:
    """Return a reference with what the site knows of it, and what is wrong with it.

    A reference is found by its id, else by its identifier or name.
    """
    given = dict(value) if isinstance(value, dict) else {}
    known = REFERENCES.get(name)
    if known is None:
        return given, None
    table, parts = known
    row = find(connection, table, parts, given)
    if row is None:
        shown = ", ".join(f"{part} {given[part]}" for part in ("id", *parts) if given.get(part))
        message = f"{name} {shown} does not exist."
        return given, Mistake("NotFound", message, name, word)
    made: dict[str, Json] = {"id": row[0]}
    made |= dict(zip(parts, row[1:], strict=True))
    return made, None


def find(
    connection: sqlite3.Connection,
    table: str,
    parts: Mapping[str, str],
    given: Mapping[str, Json],
) -> Sequence[str | int] | None:
    """Return id and parts of the record that a reference means, or none.

    Args:
        connection: the site's file.
        table: the list that the reference leads to.
        parts: what it is found by besides its id, with the column of it.
        given: the reference as it was sent.
    """
    columns = ", ".join(("id", *parts.values()))
    for part, column in {"id": "id", **parts}.items():
        value = given.get(part)
        if isinstance(value, int | str) and not isinstance(value, bool):
            sql = f"SELECT {columns} FROM {table} WHERE {column} = ? COLLATE NOCASE"
            row: Sequence[str | int] | None = connection.execute(sql, (value,)).fetchone()
            return row
    return None


def refuse(mistakes: Sequence[Mistake], word: str) -> None:
    """Refuse the request if there are mistakes.

    Raises:
        Refused: with all of them (400).
    """
    if mistakes:
        raise Refused.invalid(f"{word} object is invalid", *mistakes)
