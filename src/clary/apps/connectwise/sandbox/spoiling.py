"""Documents that are told wrongly on purpose, so that readers can be tried on them.

A spoilt value replaces one field of one document in every export, whatever it was: a total
that is not that of the lines, three decimals, a word that nobody knows.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator

from clary.apps.connectwise.sandbox.listing import Body
from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.wire import Json, Raw, encoded

DOCUMENTS = ("invoice", "expense", "purchase", "adjustment", "transfer")


class Spoiling:
    """The values that are told instead of the right ones."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        """Read what is spoilt."""
        self._values: dict[tuple[str, str], list[tuple[str, str]]] = {}
        for document, key, path, value in connection.execute(
            "SELECT document, document_key, path, value FROM spoilt"
        ):
            self._values.setdefault((document, key), []).append((path, value))

    def applied(self, document: str, bodies: Iterable[Body]) -> Iterator[Body]:
        """Yield the documents, those that are spoilt changed.

        Args:
            document: invoice, expense, purchase, adjustment or transfer.
            bodies: as the export gives them.
        """
        for body in bodies:
            for path, value in self._values.get((document, str(body["id"])), ()):
                _put(body, path, Raw(value))
            yield body


def spoil(connection: sqlite3.Connection, document: str, key: str, path: str, value: Json) -> None:
    """Spoil a field of a document, or make it right again with no value.

    Args:
        connection: the site's file.
        document: invoice, expense, purchase, adjustment or transfer.
        key: its id in the export.
        path: field, with slashes and places of lines: `detail/0/total`.
        value: what is told instead; none makes it right again.

    Raises:
        Refused: no such kind of document (400).
    """
    if document not in DOCUMENTS:
        raise Refused.invalid(f"document is one of {', '.join(DOCUMENTS)}.")
    connection.execute(
        "DELETE FROM spoilt WHERE document = ? AND document_key = ? AND path = ?",
        (document, key, path),
    )
    if value is not None:
        connection.execute(
            "INSERT INTO spoilt VALUES (?, ?, ?, ?)", (document, key, path, encoded(value))
        )


def _put(body: Body, path: str, value: Json) -> None:
    place: Json = body
    *parts, last = path.strip("/").split("/")
    for part in parts:
        if isinstance(place, list) and part.isdecimal() and int(part) < len(place):
            place = place[int(part)]
        elif isinstance(place, dict) and part in place:
            place = place[part]
        else:
            return
    if isinstance(place, dict):
        place[last] = value
