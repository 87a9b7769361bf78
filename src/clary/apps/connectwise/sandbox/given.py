"""What an act of the screen is given: fields of a body, read with their types."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.wire import Json


@dataclass(frozen=True, slots=True)
class Given:
    """The fields of a body, and this moment as the site writes moments."""

    body: Mapping[str, Json]
    now: str

    def has(self, name: str) -> bool:
        """Tell whether a field was given."""
        return self.body.get(name) is not None

    def value(self, name: str) -> Json:
        """Return a field as it was given."""
        return self.body.get(name)

    def text(self, name: str, usual: str | None = None) -> str:
        """Return a text; a number will do.

        Raises:
            Refused: it is missing and there is no usual one (400).
        """
        found = self.body.get(name, usual)
        if isinstance(found, str | int) and not isinstance(found, bool):
            return str(found)
        raise Refused.invalid(f"{name} is missing.")

    def whole(self, name: str, usual: int) -> int:
        """Return a whole number.

        Raises:
            Refused: it is something else (400).
        """
        found = self.body.get(name, usual)
        if isinstance(found, int) and not isinstance(found, bool):
            return found
        raise Refused.invalid(f"{name} is a whole number.")

    def scaled(self, name: str, digits: int, usual: int) -> int:
        """Return a number with so many decimals as a whole number of the smallest unit.

        Raises:
            Refused: it is something else, or has more decimals (400).
        """
        found = self.body.get(name)
        if found is None:
            return usual
        if isinstance(found, int | Decimal) and not isinstance(found, bool):
            made = Decimal(found).scaleb(digits)
            if made == made.to_integral_value():
                return int(made)
        raise Refused.invalid(f"{name} is a number with at most {digits} decimals.")

    def flag(self, name: str, *, usual: bool) -> bool:
        """Return whether something is so."""
        return self.body.get(name, usual) is True

    def inner(self, name: str) -> list[Given]:
        """Return the objects of a list.

        Raises:
            Refused: it is no list of objects (400).
        """
        found = self.body.get(name, [])
        if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
            raise Refused.invalid(f"{name} is a list of objects.")
        return [Given(each, self.now) for each in found if isinstance(each, dict)]


def only(connection: sqlite3.Connection, sql: str, parameters: Sequence[object], what: str) -> int:
    """Return the id that a query finds.

    Raises:
        Refused: it finds nothing (404).
    """
    row = connection.execute(sql, tuple(parameters)).fetchone()
    if row is None:
        raise Refused(404, "NotFound", f"{what} not found")
    return int(row[0])
