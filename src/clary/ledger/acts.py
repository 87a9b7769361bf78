"""What a step may be told besides its record, once, so that every face checks it alike.

A misspelt name or a date that is none would otherwise be ignored by one door and refused
by another, after the documents before it are written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from clary.kernel.change import Body, Verb
from clary.kernel.errors import Finding
from clary.ledger.fields import FieldSpec, Kind, Rule, day, integer, money
from clary.ledger.record import Record, fields_of
from clary.ledger.schema import Purpose, Scope, canonical_body, check_class
from clary.ledger.values import from_text

_REQUIRED: Final = Rule(required=True)


class NoDetails(Record):
    """A step that says everything by itself."""


class Dating(Record):
    """A step that may be dated otherwise than its document."""

    date: dt.date | None = day("Date")


class Allocating(Dating):
    """What ties a credit to an invoice."""

    invoice: int | None = integer("Invoice", us=_REQUIRED, uk=_REQUIRED)
    amount: Decimal | None = money("Amount", us=_REQUIRED, uk=_REQUIRED)
    discount_amount: Decimal | None = money("Discount amount")


DETAILS: Final[Mapping[Verb, type[Record]]] = MappingProxyType(
    {
        Verb.POST: NoDetails,
        Verb.VOID: Dating,
        Verb.REVERSE: Dating,
        Verb.ALLOCATE: Allocating,
        Verb.UNALLOCATE: Dating,
    }
)
"""What each step may be told; both editions and every record type have the same."""

_SCOPE: Final = Scope("uk", None, Purpose.CREATE)


def details_of(verb: Verb) -> dict[str, FieldSpec]:
    """Return the details that a step may be told, by name."""
    return fields_of(DETAILS[verb])


def check_details(
    verb: Verb, details: Mapping[str, object], record: str | None = None
) -> tuple[Body, list[Finding]]:
    """Return the details of a step in canonical form, and every problem found.

    Args:
        verb: the step.
        details: values as they came, a number also as text, as a command gives it; none
            is the same as not stated.
        record: the record in words, for the findings.

    Returns:
        The details, empty where there is any problem, and the problems.
    """
    specs = details_of(verb)
    stated = {
        name: _typed(specs.get(name), value) for name, value in details.items() if value is not None
    }
    checked, findings = check_class(DETAILS[verb], verb.value, stated, _SCOPE, record)
    return ({} if checked is None else canonical_body(checked)), findings


def _typed(spec: FieldSpec | None, value: object) -> object:
    """Return a number that came as text as a number; anything else is checked as it is."""
    if spec is None or spec.kind is not Kind.INTEGER or not isinstance(value, str):
        return value
    number, findings = from_text(spec, value, _SCOPE.edition)
    return value if findings else number
