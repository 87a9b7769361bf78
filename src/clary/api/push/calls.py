"""One request as the routes see it, and one answer as they give it.

The shell around it is asynchronous; what is called with a `Call` is plain, and runs in a thread.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, cast

from clary.flows.push import answers, inbound
from clary.flows.push.answers import Page
from clary.flows.push.showing import Record, Shown
from clary.hub.installation import Installation
from clary.hub.push.accepting import Accepted
from clary.hub.push.problems import PUSH_BODY_INVALID
from clary.hub.services.push_desk import Desk, Standing, Ticket

OK: Final = 200
CREATED: Final = 201
EMPTY: Final = 204


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        text: JSON text; empty for none.
        status: HTTP status.
        later: a push that is to be stored; the text is its answer.
    """

    text: str = ""
    status: int = OK
    later: Accepted | None = None

    @classmethod
    def of(cls, shown: Shown, status: int = OK) -> Reply:
        """Return the answer that shows something."""
        return cls(answers.encoded(shown), status)


@dataclass(frozen=True, slots=True)
class Call:
    """A request.

    Attributes:
        installation: as whoever asks may use it.
        desk: accepts pushes.
        root: address of the API, without a slash at the end.
        path: path below the root.
        places: what stands in the path's places, by name.
        query: the parameters; the first of each name.
        headers: headers by name in lower case.
        body: the body as text.
        ticket: what the right to push is remembered by, for pushes.
        standing: the right to push as it is remembered, for pushes.
    """

    installation: Installation
    desk: Desk
    root: str
    path: str
    places: Mapping[str, str]
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: str = ""
    ticket: Ticket | None = None
    standing: Standing | None = None
    _read: dict[str, Mapping[str, object]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> str:
        """Return what stands in a place of the path."""
        return self.places[name]

    @property
    def page(self) -> Page:
        """The page that is asked for.

        Raises:
            Rejected: it cannot be used (PUSH_PAGE_INVALID).
        """
        asked = self.query
        return Page.of(
            asked.get("page"), asked.get("pageSize"), asked.get("query"), asked.get("orderBy")
        )

    def document(self) -> Mapping[str, object]:
        """Return the body as one JSON object.

        Raises:
            Rejected: it is none.
        """
        if "body" not in self._read:
            self._read["body"] = inbound.document(self.body)
        return self._read["body"]

    def text(self, name: str) -> str | None:
        """Return a text of the body, none where it is not stated.

        Raises:
            Rejected: it is no text (PUSH_BODY_INVALID).
        """
        value = self.document().get(name)
        if value is None or isinstance(value, str):
            return value
        raise PUSH_BODY_INVALID.raised(what=name, value=str(value)[:80], expected="a text")

    def flag(self, name: str) -> bool:
        """Return a yes or no of the body; no where it is not stated.

        Raises:
            Rejected: it is neither (PUSH_BODY_INVALID).
        """
        value = self.document().get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise PUSH_BODY_INVALID.raised(what=name, value=str(value)[:80], expected="true or false")

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a list of texts of the body; empty where it is not stated.

        Raises:
            Rejected: it is no such list (PUSH_BODY_INVALID).
        """
        value = self.document().get(name)
        if value is None:
            return ()
        if isinstance(value, list) and all(isinstance(each, str) for each in value):
            return tuple(cast("list[str]", value))
        raise PUSH_BODY_INVALID.raised(what=name, value="...", expected="a list of texts")

    def texts_by_name(self, name: str) -> Mapping[str, str] | None:
        """Return texts by name of the body, none where they are not stated.

        Raises:
            Rejected: it is nothing of that kind (PUSH_BODY_INVALID).
        """
        value = self.document().get(name)
        if value is None:
            return None
        if isinstance(value, dict) and all(isinstance(each, str) for each in value.values()):
            return cast("dict[str, str]", value)
        raise PUSH_BODY_INVALID.raised(what=name, value="...", expected="texts by name")

    def paged(self, results: list[Record], total: int) -> Reply:
        """Return a page of a list."""
        return Reply.of(answers.paged(results, total, self.page, self.path))
