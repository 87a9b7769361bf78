"""One request as the routes see it, and one answer as they give it.

The shell around it is asynchronous; what is called with a `Call` is plain, and runs in a thread.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel

from clary.api.native import paging
from clary.api.native.values import Paged
from clary.hub.installation import Installation

M = TypeVar("M", bound=BaseModel)

OK: Final = 200
CREATED: Final = 201
ACCEPTED: Final = 202
EMPTY: Final = 204
UNCHANGED: Final = 304


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer.

    Attributes:
        text: JSON text, or plain text where the route says so; empty for none.
        status: HTTP status.
        headers: headers of its own.
        is_final: a retry would be answered the same; not so while anything of it is pending.
    """

    text: str = ""
    status: int = OK
    headers: Mapping[str, str] = field(default_factory=dict)
    is_final: bool = True

    @classmethod
    def of(cls, shown: object, status: int = OK, **headers: str) -> Reply:
        """Return the answer that shows JSON-ready values.

        Args:
            shown: the values.
            status: the HTTP status.
            headers: headers, with `_` for `-`.
        """
        named = {name.replace("_", "-"): text for name, text in headers.items()}
        return cls(json.dumps(shown, ensure_ascii=False, separators=(",", ":")), status, named)

    @classmethod
    def empty(cls) -> Reply:
        """Return the answer that says no more than that it was done."""
        return cls(status=EMPTY)


@dataclass(frozen=True, slots=True)
class Following:
    """An answer that streams the events of a run.

    Attributes:
        run: the run.
        after: only events after this one.
    """

    run: str
    after: int = 0


Answered: TypeAlias = Reply | Following


def _forget(_: str | None) -> None:
    """Take no note."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt of a request with an idempotency key.

    Attributes:
        plan: the plan to which an earlier attempt came that had no final answer, if one did.
        note: takes note of the plan that is about to be applied, for attempts to come; none
            makes them plan anew.
    """

    plan: str | None = None
    note: Callable[[str | None], None] = _forget


@dataclass(frozen=True, slots=True)
class Call:
    """A request, checked against what its route declares.

    Attributes:
        installation: as whoever asks may use it.
        root: address of the API, without a slash at the end.
        path: path below the root, as it was sent.
        places: what stands in the path's places, by name.
        headers: headers by name in lower case: those that the route reads.
        retry: names this request among those with an idempotency key, the same at each
            retry; empty where it states none.
        stopping: tells whether the server is about to stop; long work then ends between two
            documents, and goes on later.
        attempt: what earlier attempts of the request came to.
    """

    installation: Installation
    root: str
    path: str
    places: Mapping[str, str]
    headers: Mapping[str, str]
    stated: Mapping[str, str]
    retry: str
    stopping: Callable[[], bool]
    _query: BaseModel
    _body: BaseModel | None
    attempt: Attempt = field(default_factory=Attempt)

    def __getitem__(self, name: str) -> str:
        """Return what stands in a place of the path."""
        return self.places[name]

    def query(self, model: type[M]) -> M:
        """Return the parameters; `model` is the one that the route declares."""
        return _of(model, self._query)

    def body(self, model: type[M]) -> M:
        """Return the body; `model` is the one that the route declares."""
        return _of(model, self._body)

    def after(self) -> Sequence[Any] | None:
        """Return where the page before ended, as it was told to `paged`; none at the start.

        Raises:
            Rejected: the cursor belongs to another query (CURSOR_INVALID).
        """
        cursor = self.query_paged().after
        return None if cursor is None else paging.position(cursor, self._asked())

    def query_paged(self) -> Paged:
        """Return the parameters of a list."""
        return _of(Paged, self._query)

    def paged(
        self,
        items: Sequence[object],
        last: Sequence[Any] | None,
        head: Mapping[str, object] | None = None,
    ) -> Reply:
        """Return a page.

        Args:
            items: its items.
            last: where the page ends, JSON values that tell where the next one begins; none
                where there is no next one.
            head: what stands beside the items.
        """
        shown = {**(head or {}), "items": items}
        if last is None:
            return Reply.of({**shown, "next": None})
        following = paging.cursor(last, self._asked())
        query = urlencode({**self.stated, "after": following})
        link = f'<{self.root}{self.path}?{query}>; rel="next"'
        return Reply.of({**shown, "next": following}, Link=link)

    def _asked(self) -> str:
        """Return what a cursor belongs to: the path and the parameters but for the page."""
        kept = {name: v for name, v in self.stated.items() if name not in ("after", "limit")}
        return json.dumps([self.path, sorted(kept.items())])


def _of(model: type[M], found: BaseModel | None) -> M:
    if not isinstance(found, model):
        message = f"the route declares {type(found).__name__}, not {model.__name__}"
        raise TypeError(message)
    return found
