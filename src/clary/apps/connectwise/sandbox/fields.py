"""What a field of a resource is: one declaration for answers, conditions and changes.

A resource is either a list of JSON bodies (companies, members, tax codes), whose fields are
declared in one line of text each, or a view of the site's document tables, whose fields are
declared with the SQL that gives them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from clary.apps.connectwise.sandbox.wire import Json, Number, Raw, money, quantity


class Kind(StrEnum):
    """What a field holds, and so how it is stored, compared and shown."""

    TEXT = "text"
    NUMBER = "number"
    WHOLE = "whole"
    MONEY = "money"
    QUANTITY = "quantity"
    FLAG = "flag"
    DAY = "day"
    MOMENT = "moment"
    REFERENCE = "ref"
    LIST = "list"
    JSON = "json"


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a resource.

    Attributes:
        name: path in the body, parts of a reference after a slash: `company/id`.
        kind: what it holds.
        sql: expression that gives its stored value.
        column: column that a change writes; empty where the field only shows something.
        table: list that a reference leads to, on the field of its id.
        required: a new record must have it.
        length: most characters of a text; 0 means no limit.
        choices: the texts allowed; empty means any.
    """

    name: str
    kind: Kind
    sql: str
    column: str = ""
    required: bool = False
    length: int = 0
    choices: tuple[str, ...] = ()
    table: str = ""


_SHOWN: Mapping[Kind, Callable[[Any], Json]] = {
    Kind.MONEY: money,
    Kind.QUANTITY: quantity,
    Kind.FLAG: bool,
    Kind.DAY: lambda day: f"{day}T00:00:00Z",
    Kind.JSON: Raw,
    Kind.WHOLE: int,
    Kind.NUMBER: Number,
}


def shown(kind: Kind, value: object) -> Json:
    """Return a stored value, which is not none, as it goes out."""
    show = _SHOWN.get(kind)
    return show(value) if show else str(value)


def body_fields(declared: str, columns: tuple[str, ...] = ()) -> tuple[Field, ...]:
    """Return the fields of a JSON body from their short declarations.

    Args:
        declared: words such as `name!:50 taxRate!:number rateType!:Amount|Percent status:ref`;
            `!` marks what is required, a number is the most characters of a text.
        columns: names that the table holds as generated columns of their own.
    """
    return tuple(_body_field(word, columns) for word in declared.split())


def _body_field(word: str, columns: tuple[str, ...]) -> Field:
    start, _, spec = word.partition(":")
    name = start.removesuffix("!")
    sql = f"r.{name}" if name in columns else f"json_extract(r.body, '$.{name}')"
    kind, length = Kind.TEXT, 0
    choices: tuple[str, ...] = ()
    if spec.isdecimal():
        length = int(spec)
    elif "|" in spec:
        choices = tuple(spec.split("|"))
    elif spec:
        kind = Kind(spec)
    return Field(name, kind, sql, name, start.endswith("!"), length, choices)


def reference(
    name: str, alias: str, *parts: str, column: str = "", table: str = "", required: bool = False
) -> tuple[Field, ...]:
    """Return the fields of a reference to a joined list.

    Args:
        name: name of the reference, such as `company`.
        alias: the joined table.
        parts: what it shows besides its id; each is a column of the list.
        column: column of the main table that a change writes.
        table: the list it leads to; with `column` only.
        required: a new record must have it.
    """
    return (
        Field(f"{name}/id", Kind.WHOLE, f"{alias}.id", column, required=required, table=table),
        *(Field(f"{name}/{part}", Kind.TEXT, f"{alias}.{part}") for part in parts),
    )


def currency(alias: str = "cu", column: str = "") -> tuple[Field, ...]:
    """Return the fields of the reference to a currency."""
    inside = "json_extract({}.body, '$.{}')".format
    return (
        *reference(
            "currency",
            alias,
            "symbol",
            "currencyIdentifier",
            "name",
            column=column,
            table="currency",
        ),
        Field("currency/currencyCode", Kind.TEXT, inside(alias, "currencyCode.name")),
        Field("currency/decimalSeparator", Kind.TEXT, inside(alias, "decimalSeparator")),
        Field("currency/thousandsSeparator", Kind.TEXT, inside(alias, "thousandsSeparator")),
        Field("currency/numberOfDecimals", Kind.WHOLE, inside(alias, "numberOfDecimals")),
        Field("currency/displaySymbolFlag", Kind.FLAG, inside(alias, "displaySymbolFlag")),
        Field("currency/displayIdFlag", Kind.FLAG, inside(alias, "displayIdFlag")),
        Field("currency/rightAlign", Kind.FLAG, inside(alias, "rightAlign")),
        Field(
            "currency/negativeParenthesesFlag", Kind.FLAG, inside(alias, "negativeParenthesesFlag")
        ),
    )


STAMP = (
    Field("_info/lastUpdated", Kind.MOMENT, "r.updated_on"),
    Field("_info/updatedBy", Kind.TEXT, "r.updated_by"),
)
"""When a record was changed last, and by whom."""
