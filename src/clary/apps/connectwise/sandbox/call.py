"""One request and its answer, as the handlers see them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from clary.apps.connectwise.sandbox.file import SiteFile
from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.wire import Json, as_object, encoded, parsed

LARGEST_PAGE = 1000
USUAL_PAGE = 25


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: a member, with what the member may see.

    Attributes:
        name: identifier of the member.
        member_id: id of the member.
        role: name of the security role.
        location: the only location whose documents are seen; none at system level 1.
    """

    name: str
    member_id: int
    role: str
    location: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back: one text, or the pieces of a long one."""

    status: int
    body: str | Iterator[str]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Call:
    """A request inside its transaction.

    Attributes:
        connection: the site's file, in the transaction of this request.
        file: the site.
        ids: the ids in the path, outermost first.
        name: the name in the path, where there is one instead of an id.
        query: the query, names in lower case.
        body: the body as it came.
        caller: who asks.
        url: the address without its query.
        forward_only: the caller wants pages by id.
        now: this moment as the site writes moments.
        generation: how much had been written to the site before the transaction began.
    """

    connection: sqlite3.Connection
    file: SiteFile
    ids: tuple[int, ...]
    name: str
    query: Mapping[str, str]
    body: bytes
    caller: Caller
    url: str
    forward_only: bool
    now: str
    generation: int

    def json(self) -> Json:
        """Return the body.

        Raises:
            Refused: it is no JSON (400).
        """
        return parsed(self.body)

    def object(self) -> Mapping[str, Json]:
        """Return the body, which must be an object.

        Raises:
            Refused: it is something else (400).
        """
        return as_object(self.json())

    def number(self, name: str, usual: int, highest: int) -> int:
        """Return a whole number of the query.

        Raises:
            Refused: it is none, or out of bounds (400).
        """
        text = self.query.get(name.casefold(), "")
        if not text:
            return usual
        if not (text.isascii() and text.isdecimal() and int(text) <= highest):
            raise Refused.invalid(f"{name} must be a whole number up to {highest}.")
        return int(text)


Handler: TypeAlias = Callable[[Call], Answer]


def answered(value: Json, status: int = 200) -> Answer:
    """Return a value as the answer."""
    return Answer(status, encoded(value))


def found(row: Sequence[object] | None, what: str, identifier: object) -> Sequence[object]:
    """Return a row that must be there.

    Raises:
        Refused: it is not (404).
    """
    if row is None:
        raise Refused.missing(what, identifier)
    return row
