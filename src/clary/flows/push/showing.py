"""The pieces that every read shape of the push API is made of: references, dates, amounts.

Required values are never null: an amount that the books do not hold is 0 (push-api.md 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from clary.flows.push.lookups import Lookups
from clary.flows.push.tracking import DEPARTMENT, PROJECT
from clary.kernel.change import Body, JsonValue
from clary.kernel.money import round_half_up
from clary.ledger.editions.uk import DEFAULT_DEPARTMENT

Shown: TypeAlias = "str | int | bool | Decimal | Mapping[str, Shown] | Sequence[Shown] | None"
"""A value of an answer; amounts are exact Decimals, written as JSON numbers."""

Record: TypeAlias = dict[str, Shown]

ZERO: Final = Decimal(0)
RATE_PLACES: Final = 9
"""Decimals of a currency rate (OpenAPI, currency rate)."""


@dataclass(frozen=True, slots=True)
class Showing:
    """What a record is shown with.

    Attributes:
        books: names of what it refers to.
        modified: when the copy that is read was last changed, as ISO text.
    """

    books: Lookups
    modified: str | None = None

    @property
    def is_uk(self) -> bool:
        """Tell whether the company is of the UK edition."""
        return self.books.edition == "uk"


def word(body: Mapping[str, JsonValue], name: str) -> str | None:
    """Return the text of a field, none where it is not stated."""
    value = body.get(name)
    return value if isinstance(value, str) and value else None


def amount(body: Mapping[str, JsonValue], name: str) -> Decimal:
    """Return the number of a field, 0 where it is not stated."""
    value = body.get(name)
    return Decimal(value) if isinstance(value, str | int) else ZERO


def rows(body: Mapping[str, JsonValue], name: str) -> list[Mapping[str, JsonValue]]:
    """Return the entries of a group; none where it is not stated."""
    value = body.get(name)
    if isinstance(value, Mapping):
        return [value]
    if isinstance(value, list | tuple):
        return [entry for entry in value if isinstance(entry, Mapping)]
    return []


def stated(**values: Shown) -> Record:
    """Return the values that are not none."""
    return {name: value for name, value in values.items() if value is not None}


def midnight(day: JsonValue) -> str | None:
    """Return a civil day as the API writes it: midnight without a zone (2.3)."""
    return f"{day}T00:00:00" if isinstance(day, str) else None


def stamps(body: Body, showing: Showing, *, is_deleted: bool = False) -> Record:
    """Return when a record was changed, in the copy and in the books."""
    changed = word(body, "last_saved_at") or word(body, "created_at")
    return stated(
        modifiedDate=showing.modified,
        sourceModifiedDate=changed,
        metadata={"isDeleted": is_deleted},
    )


def account_ref(showing: Showing, key: str | None) -> Record | None:
    """Return a reference to an account, none where there is no key."""
    if key is None:
        return None
    found = showing.books.account(key)
    return stated(id=key, name=found.name if found else None)


def rate_id(showing: Showing, code: str) -> str:
    """Return the id of a tax code: in the UK the bare number of T1 (2.3)."""
    bare = code.removeprefix("T")
    return bare if showing.is_uk and bare.isdecimal() else code


def rate_ref(showing: Showing, code: str | None) -> Record | None:
    """Return a reference to a tax rate, none where there is no code."""
    if code is None:
        return None
    found = showing.books.tax_rate(code)
    return stated(
        id=rate_id(showing, code),
        name=found.name if found else None,
        effectiveTaxRate=found.rate if found else None,
    )


def tracking_refs(showing: Showing, line: Mapping[str, JsonValue]) -> list[Shown]:
    """Return the tracking categories of a line; a UK one always has a department (2.3)."""
    refs: list[Shown] = []
    if showing.is_uk:
        key = word(line, "department_id") or DEFAULT_DEPARTMENT
        refs.append(_category(showing, DEPARTMENT, "department", key))
    job = word(line, "job_id")
    if job is not None:
        refs.append(_category(showing, PROJECT, "job", job))
    return refs


def _category(showing: Showing, prefix: str, record_type: str, key: str) -> Record:
    return stated(id=f"{prefix}{key}", name=showing.books.name(record_type, key))


def currency_of(body: Body, showing: Showing) -> Record:
    """Return currency and rate of a document: base units for one foreign unit, where it has one."""
    base = showing.books.currency
    currency = word(body, "currency") or base
    rate = amount(body, "exchange_rate")
    if not rate and currency != base:
        return {"currency": currency}
    inverse = round_half_up(1 / rate, RATE_PLACES) if rate else Decimal(1)
    return {"currency": currency, "currencyRate": inverse}


def key_of(body: Body) -> str:
    """Return the id of a document: its transaction number as text (2.3)."""
    return str(body.get("transaction_number", ""))
