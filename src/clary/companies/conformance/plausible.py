"""Values for declared fields: valid, distinct by field and record, and nasty within the rules.

Texts fill their field to the last character and hold what trips drivers up: accents and
dashes of Windows-1252, quotes, ampersands, commas.  Two fields never get the same value,
so that a value in the wrong place is noticed.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from clary.kernel.change import JsonValue
from clary.kernel.money import decimal_text, money_text
from clary.ledger.fields import EditionName, FieldSpec, Kind, Rule

PATTERN: Final = "Søn & Co. \u201cNº 1\u201d, l'été \u2013 50 % <b> "
"""Fills texts; every mark of it is in Windows-1252."""

WITHOUT_LIMIT: Final = 60
"""Length of a text that has no declared limit."""


def text(spec: FieldSpec, rule: Rule, serial: int, length: int | None = None) -> str:
    """Return a text of exactly `length` characters (the field's own limit if none)."""
    wanted = length if length is not None else rule.length or WITHOUT_LIMIT
    if rule.characters == "alphanumeric":
        return f"{_letters(serial)}{'X' * wanted}"[:wanted]
    start = f"{serial} {spec.label}{chr(10) if spec.multiline else ' '}"
    whole = start + PATTERN * (wanted // len(PATTERN) + 1)
    allowed = "".join(mark for mark in whole if mark not in rule.characters)
    cut = (allowed + "x" * wanted)[:wanted]
    # Sage trims texts, so the last character must be one that stays.
    solid = f"{cut[:-1]}x" if cut != cut.rstrip() else cut
    return solid.upper() if rule.upper else solid


def _letters(serial: int) -> str:
    return f"{serial:04d}"


def email(serial: int, length: int) -> str:
    """Return an address of exactly `length` characters."""
    end = f"{serial}@example.com"
    return ("books." * length)[: length - len(end)] + end


def value(
    spec: FieldSpec,
    edition: EditionName,
    *,
    serial: int,
    place: int,
    day: date,
    in_list: bool,
) -> JsonValue:
    """Return a value for a plain field.

    Args:
        spec: the field; not a group and not a reference.
        edition: whose rule holds.
        serial: number of the record.
        place: place of the field in its record, which makes values distinct.
        day: a day on which documents can be posted.
        in_list: the record is one of a list, whose flags are set; a document's flags
            change what it does and are stated as no.
    """
    rule = spec.rule(edition) or Rule()
    if spec.kind is Kind.TEXT:
        limit = rule.length or WITHOUT_LIMIT
        return email(serial, limit) if spec.name == "email" else text(spec, rule, serial)
    if spec.kind is Kind.CHOICE:
        return rule.choices[-1]
    if spec.kind is Kind.BOOLEAN:
        return in_list
    if spec.kind is Kind.DATE:
        return (day + timedelta(days=place)).isoformat()
    if spec.kind is Kind.MONEY:
        return money_text(123_456 + place)
    if spec.kind is Kind.DECIMAL:
        return decimal_text((12 + place % 80) * 10**spec.places + _digits(spec), spec.places)
    return 1


def _digits(spec: FieldSpec) -> int:
    return int("3456789"[: spec.places] or "0")
