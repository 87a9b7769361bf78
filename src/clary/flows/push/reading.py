"""Reads a pushed document by the declaration of its type: kinds, what is required, choices.

What comes out holds the properties that the edition writes or checks, under their names in the API:
texts, exact Decimals, civil dates as ISO text, booleans, objects and lists.  Lengths are
checked later, on the ledger's own field.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Final, TypeAlias

from clary.flows.push import problems
from clary.flows.push.declaring import Field, OptionType, heard_of, names_of
from clary.kernel.errors import Code, Finding, Severity
from clary.ledger.fields import EditionName
from clary.ledger.schema import (
    DECIMALS_TOO_MANY,
    ENTRIES_TOO_MANY,
    NUMBER_TOO_LARGE,
    TEXT_TOO_LONG,
)

Said: TypeAlias = "str | Decimal | bool | dict[str, Said] | list[dict[str, Said]]"
"""A value as it was read."""

Tree: TypeAlias = dict[str, Said]
"""The stated properties of an object."""

NUMBER_DIGITS: Final = 15
"""Most digits of a number before its point: beyond every amount, quantity and rate."""

NUMBER_PLACES: Final = 12
"""Most decimals of a number; the field that it is for allows fewer."""

TEXT_LIMIT: Final = 4_000
"""Most characters of any text, before it is looked up; the field that it is for allows fewer."""

ENTRIES_LIMIT: Final = 1_000
"""Most entries of any list; the group that it is for may allow fewer."""

_DAY_FORM: Final = "a date such as 2026-01-31 or 2026-01-31T00:00:00"

EXPECTED: Final[Mapping[OptionType, str]] = {
    OptionType.ARRAY: "a list of objects",
    OptionType.OBJECT: "an object",
    OptionType.STRING: "text",
    OptionType.NUMBER: "a number such as 12.5, without quotes",
    OptionType.BOOLEAN: "true or false",
    OptionType.DATE_TIME: _DAY_FORM,
}

_MOMENT: Final = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:T([01][0-9]|2[0-3]):[0-5][0-9](?::[0-5][0-9](?:\.[0-9]{1,9})?)?"
    r"(?:Z|[+-][0-9]{2}:[0-9]{2})?)?"
)


def civil_day(text: str) -> str | None:
    """Return the civil day that a date or moment names, or none where it is neither.

    A document's date is the one that its source wrote: no time zone ever moves it.
    """
    found = _MOMENT.fullmatch(text.strip())
    if found is None:
        return None
    try:
        return date.fromisoformat(found.group(1)).isoformat()
    except ValueError:
        return None


def read(
    fields: tuple[Field, ...], document: Mapping[str, object], edition: EditionName
) -> tuple[Tree, list[Finding]]:
    """Return what a document states, and what is wrong with its properties."""
    reader = _Reader(edition)
    return reader.properties(fields, document, ""), reader.findings


class _Reader:
    """One reading of one document: collects the findings on the way."""

    def __init__(self, edition: EditionName) -> None:
        self.edition = edition
        self.findings: list[Finding] = []
        self._convert: dict[OptionType, Callable[[Field, object, str], Said | None]] = {
            OptionType.ARRAY: self._array,
            OptionType.OBJECT: self._object,
            OptionType.STRING: self._text,
            OptionType.NUMBER: self._number,
            OptionType.BOOLEAN: self._flag,
            OptionType.DATE_TIME: self._day,
        }

    def properties(
        self, fields: tuple[Field, ...], stated: Mapping[str, object], where: str
    ) -> Tree:
        """Return the properties of one object; note those that lack or do not count."""
        tree: Tree = {}
        for field in heard_of(fields, self.edition):
            value = stated.get(field.name)
            if value is None or value == "":
                if self.edition in field.required and not stated.get(field.instead):
                    self._require(field, f"{where}{field.name}")
                continue
            converted = self._property(field, value, f"{where}{field.name}")
            if converted is not None:
                tree[field.name] = converted
        self._note_ignored(fields, stated, where)
        return tree

    def _property(self, field: Field, value: object, where: str) -> Said | None:
        converted = self._convert[field.kind](field, value, where)
        if field.kind is OptionType.ARRAY and converted == []:
            self._require(field, where)
        return converted

    def _require(self, field: Field, where: str) -> None:
        if self.edition in field.required:
            self._note(problems.PUSH_PROPERTY_REQUIRED, where, label=field.label, name=where)

    def _note_ignored(
        self, fields: tuple[Field, ...], stated: Mapping[str, object], where: str
    ) -> None:
        known = names_of(fields, self.edition)
        for name, value in stated.items():
            if name not in known and value:
                path = f"{where}{name}"
                self.findings.append(problems.PUSH_PROPERTY_IGNORED.warning(field=path, name=path))

    def _note(self, code: Code, where: str, **values: object) -> None:
        self.findings.append(
            code.finding(record=None, field=where, severity=Severity.ERROR, **values)
        )

    def _unfit(self, field: Field, where: str) -> Said | None:
        self._note(
            problems.PUSH_PROPERTY_KIND,
            where,
            label=field.label,
            name=where,
            expected=EXPECTED[field.kind],
        )
        return None

    def _array(self, field: Field, value: object, where: str) -> Said | None:
        # One object stands for a list of one: some clients send categories so (2.2).
        entries = [value] if isinstance(value, dict) else value
        if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
            return self._unfit(field, where)
        if len(entries) > ENTRIES_LIMIT:
            self._note(ENTRIES_TOO_MANY, where, label=field.label, limit=ENTRIES_LIMIT)
            return None
        return [
            self.properties(field.fields, entry, f"{where}.{position}.")
            for position, entry in enumerate(entries)
        ]

    def _object(self, field: Field, value: object, where: str) -> Said | None:
        if not isinstance(value, dict):
            return self._unfit(field, where)
        return self.properties(field.fields, value, f"{where}.") if field.fields else {}

    def _text(self, field: Field, value: object, where: str) -> Said | None:
        if not isinstance(value, str):
            return self._unfit(field, where)
        if not value.strip():
            self._require(field, where)
            return None
        if len(value) > TEXT_LIMIT:
            self._note(TEXT_TOO_LONG, where, label=field.label, limit=TEXT_LIMIT)
            return None
        choices = field.choices.get(self.edition, ())
        if choices and value not in choices:
            self._note(
                problems.PUSH_CHOICE_UNKNOWN,
                where,
                label=field.label,
                choices=", ".join(choices),
            )
            return None
        return value

    def _number(self, field: Field, value: object, where: str) -> Said | None:
        if isinstance(value, bool) or not isinstance(value, int | Decimal):
            return self._unfit(field, where)
        if not value:
            return Decimal(0)
        number = Decimal(value)
        if number.adjusted() >= NUMBER_DIGITS:
            limit = f"{10**NUMBER_DIGITS - 1:,}"
            self._note(NUMBER_TOO_LARGE, where, label=field.label, limit=limit)
            return None
        # Bounded before any arithmetic: an exponent costs its sender nothing.
        if int(number.as_tuple().exponent) < -NUMBER_PLACES:
            self._note(DECIMALS_TOO_MANY, where, label=field.label, places=NUMBER_PLACES)
            return None
        return number

    def _flag(self, field: Field, value: object, where: str) -> Said | None:
        return value if isinstance(value, bool) else self._unfit(field, where)

    def _day(self, field: Field, value: object, where: str) -> Said | None:
        day = civil_day(value) if isinstance(value, str) else None
        return self._unfit(field, where) if day is None else day
