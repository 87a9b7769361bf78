"""The REST interface of ConnectWise: paths and bodies are those of the vendor's documents.

Thin on purpose: answers are plain dictionaries whose numbers are exact, and no call knows
of accounting.  A read is tried again when the site is busy or fails; a write that may have
been done never is: whoever asked for it looks first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Literal, Self

from clary.apps.connectwise.answers import Json, Record, decoded, encoded, unreadable
from clary.apps.connectwise.line import Line, Request, sleep
from clary.apps.connectwise.paging import FORWARD_ONLY, MOST_PAGES, Place, following
from clary.apps.connectwise.problems import NOT_FOUND
from clary.apps.connectwise.settings import Settings
from clary.apps.connectwise.transport import Reply
from clary.kernel.clock import Clock, SystemClock
from clary.kernel.errors import Rejected

__all__ = ["Client", "Json", "Operation", "Record", "Settings"]


@dataclass(frozen=True, slots=True)
class Operation:
    """One step of a JSON Patch.

    Attributes:
        op: what is done.
        path: the field, such as `amount` or `country/id`.
        value: the new value; not used to remove.
    """

    op: Literal["add", "replace", "remove"]
    path: str
    value: Json = None

    def as_dict(self) -> Record:
        """Return the step as it is sent."""
        step: dict[str, Json] = {"op": self.op, "path": f"/{self.path.lstrip('/')}"}
        return step if self.op == "remove" else {**step, "value": self.value}


class Client:
    """A connection to one company of one ConnectWise site, to be closed after use.

    Every call raises the same errors:

        Rejected: ConnectWise refused it; a finding for each problem, with its field.
        Unauthorised: keys, rights or client id are not taken.
        Busy: the site takes no more requests for longer than the settings' patience.
        Unreachable: the site does not answer, or fails, still after several tries.
        Uncertain: a write that may have been done or not.
        Misconfigured: it is not ConnectWise that answers, or not understandably.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Clock | None = None,
        pause: Callable[[timedelta], None] = sleep,
    ) -> None:
        """Connect at the first call.

        Args:
            settings: site, company, keys and bounds.
            clock: tells the time.
            pause: waits between two tries.

        Raises:
            Misconfigured: the file of certificate authorities cannot be used.
        """
        self.settings = settings
        self._line = Line(settings, clock or SystemClock(), pause)

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._line.close()

    def discover(self) -> str:
        """Return the code base of the site, asked for anew; it needs no keys."""
        return self._line.discover()

    def get(self, path: str, **query: str | int) -> Json:
        """Return what is at a path."""
        stated = {name: str(value) for name, value in query.items()}
        return self._answer(Request("GET", path, stated))

    def pages(
        self,
        path: str,
        *,
        conditions: str = "",
        child_conditions: str = "",
        order_by: str = "",
        fields: Sequence[str] = (),
        page_size: int | None = None,
    ) -> Iterator[Record]:
        """Yield the records of a list, fetched page by page as they are asked for.

        Args:
            path: the list.
            conditions: which records, see `conditions.py`; empty for all.
            child_conditions: conditions on members of lists inside the records.
            order_by: `field asc` or `field desc`; empty for the site's own order.
            fields: names of the fields to give; all where none is named.
            page_size: records of one page; that of the settings where not given.
        """
        size = page_size or self.settings.page_size
        stated = {
            "conditions": conditions,
            "childConditions": child_conditions,
            "orderBy": order_by,
            "fields": ",".join(fields),
            "pageSize": str(size),
        }
        query = {name: value for name, value in stated.items() if value}
        for records in self._pages(path, query, size):
            yield from records

    def count(self, path: str, conditions: str = "") -> int:
        """Return how many records of a list meet the conditions."""
        query = {"conditions": conditions} if conditions else {}
        request = Request("GET", f"{path}/count", query)
        answer = self._answer(request)
        found = answer.get("count") if isinstance(answer, Mapping) else None
        if not isinstance(found, int):
            raise unreadable(self._line.host, request.what, "a count was expected")
        return found

    def post(
        self, path: str, body: Json, *, safe: bool = False, answer_wanted: bool = True
    ) -> Json:
        """Send a body to a path and return what it answers.

        Args:
            path: where to.
            body: what is sent.
            safe: it only computes and changes nothing, so that it may be sent twice.
            answer_wanted: the answer counts; else it is not read, and none is returned.
        """
        content = encoded(body)
        request = Request("POST", path, body=content, safe=safe, answer_wanted=answer_wanted)
        return self._answer(request)

    def put(self, path: str, body: Json) -> Json:
        """Replace the record at a path and return it."""
        return self._answer(Request("PUT", path, body=encoded(body), safe=False))

    def patch(self, path: str, operations: Sequence[Operation]) -> Json:
        """Change fields of the record at a path and return it."""
        body = encoded([operation.as_dict() for operation in operations])
        return self._answer(Request("PATCH", path, body=body, safe=False))

    def delete(self, path: str) -> None:
        """Delete the record at a path."""
        self._answer(Request("DELETE", path, safe=False, answer_wanted=False))

    def _answer(self, request: Request) -> Json:
        reply = self._line.send(request)
        return decoded(reply, host=self._line.host, what=request.what, safe=request.safe)

    def _pages(self, path: str, query: Mapping[str, str], size: int) -> Iterator[list[Record]]:
        """Yield the pages of a list: by id where the list has such, else by number."""
        # Pages by id come in the order of ids, so another order needs numbered pages.
        forward = "orderBy" not in query
        place: Place | None = Place()
        seen: set[Place] = set()
        page = 1
        while place is not None:
            reply = self._page(path, {**query, **place.query}, forward=forward)
            records = self._records(reply, path)
            yield records
            seen.add(place)
            place = following(reply.headers, len(records), size, page) if records else None
            if place in seen or len(seen) >= MOST_PAGES:
                raise unreadable(self._line.host, f"GET {path}", "its pages never end")
            page = page + 1 if place is None or place.page is None else place.page
            forward = place is not None and place.page is None

    def _page(self, path: str, query: Mapping[str, str], *, forward: bool) -> Reply:
        """Return one page; a list that refuses pages by id is asked for them by number."""
        if forward:
            try:
                return self._line.send(Request("GET", path, query, FORWARD_ONLY))
            except Rejected as error:
                if "pageId" in query or error.code == NOT_FOUND.name:
                    raise
        return self._line.send(Request("GET", path, query))

    def _records(self, reply: Reply, path: str) -> list[Record]:
        what = f"GET {path}"
        answer = decoded(reply, host=self._line.host, what=what, safe=True)
        listed = answer if isinstance(answer, list) else [None]
        records = [each for each in listed if isinstance(each, Mapping)]
        if len(records) < len(listed):
            raise unreadable(self._line.host, what, "a list of records was expected")
        return records
