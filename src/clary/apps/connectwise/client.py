"""The REST interface of ConnectWise: paths and bodies are those of the vendor's documents.

Thin on purpose: answers are plain dictionaries whose numbers are exact, and no call knows
of accounting.  A read is tried again when the site is busy or fails; a write that may have
been done never is: whoever asked for it looks first.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from types import TracebackType
from typing import Literal, Self, TypeVar

from clary.apps.connectwise.answers import Json, Record, decoded, encoded, unreadable
from clary.apps.connectwise.line import Hold, Line, Request, hold_nothing, sleep
from clary.apps.connectwise.paging import FORWARD_ONLY, MOST_PAGES, Place, following
from clary.apps.connectwise.problems import REFUSED
from clary.apps.connectwise.settings import Settings
from clary.apps.connectwise.transport import Reply
from clary.kernel.clock import Clock, SystemClock
from clary.kernel.errors import ClaryError, Rejected

__all__ = ["Client", "Json", "Operation", "Record", "Settings"]

Answer = TypeVar("Answer")


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
        hold: Hold = hold_nothing,
    ) -> None:
        """Connect at the first call.

        Args:
            settings: site, company, keys and bounds.
            clock: tells the time.
            pause: waits between two tries.
            hold: called before each try, with how long that and the wait after it may take.

        Raises:
            Misconfigured: the file of certificate authorities cannot be used.
        """
        self.settings = settings
        self._line = Line(settings, clock or SystemClock(), pause, hold)

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

    def post_as(self, read: Callable[[bytes], Answer], path: str, body: Json) -> Answer | Json:
        """Send a body that only computes and return what `read` makes of the answer as it came.

        Args:
            read: takes less work than reading an answer whole; where it raises ValueError,
                as for an answer that is none, that is what is returned or raised.
            path: where to.
            body: what is sent.
        """
        request = Request("POST", path, body=encoded(body))
        reply = self._line.send(request)
        try:
            return read(reply.body)
        except ValueError:
            return self._decoded(reply, request)

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
        return self._decoded(self._line.send(request), request)

    def _decoded(self, reply: Reply, request: Request) -> Json:
        return decoded(reply, host=self._line.host, what=request.what, safe=request.safe)

    def _pages(self, path: str, query: Mapping[str, str], size: int) -> Iterator[list[Record]]:
        """Yield the pages of a list: by id where the list has such, else by number."""
        # Pages by id come in the order of ids, so another order needs numbered pages.
        if "orderBy" in query or not (yield from self._by_id(path, query, size)):
            yield from self._by_number(path, {"orderBy": "id asc", **query}, size)

    def _by_id(
        self, path: str, query: Mapping[str, str], size: int
    ) -> Generator[list[Record], None, bool]:
        """Yield the pages of a list by id; return False, with none given, where it has none."""
        place: Place | None = Place()
        seen: set[Place] = set()
        while place is not None:
            try:
                asked = Request("GET", path, {**query, **place.query}, FORWARD_ONLY)
                reply = self._line.send(asked)
            except Rejected as error:
                if seen or error.code != REFUSED.name:
                    raise
                return False
            records = self._records(reply, path)
            after = following(reply.headers, len(records), size, 1) if records else None
            if after is not None and after.page is not None:
                if not seen:
                    return False
                after = None
            yield records
            seen.add(place)
            place = after
            if place in seen or len(seen) >= MOST_PAGES:
                raise self._endless(path)
        return True

    def _by_number(self, path: str, query: Mapping[str, str], size: int) -> Iterator[list[Record]]:
        """Yield the pages of a list by number, each record once though the list may move."""
        page = 1
        known: set[int] = set()
        while page:
            numbered = query if page == 1 else {**query, "page": str(page)}
            reply = self._line.send(Request("GET", path, numbered))
            records = self._records(reply, path)
            fresh = [each for each in records if _number(each) not in known]
            if records and not fresh:
                raise self._endless(path)
            yield fresh
            known.update(number for each in fresh if (number := _number(each)) is not None)
            place = following(reply.headers, len(records), size, page) if records else None
            after = 0 if place is None else place.page or page
            if after and not page < after <= MOST_PAGES:
                raise self._endless(path)
            page = after

    def _endless(self, path: str) -> ClaryError:
        return unreadable(self._line.host, f"GET {path}", "its pages never end")

    def _records(self, reply: Reply, path: str) -> list[Record]:
        what = f"GET {path}"
        answer = decoded(reply, host=self._line.host, what=what, safe=True)
        listed = answer if isinstance(answer, list) else [None]
        records = [each for each in listed if isinstance(each, Mapping)]
        if len(records) < len(listed):
            raise unreadable(self._line.host, what, "a list of records was expected")
        return records


def _number(record: Record) -> int | None:
    """Return the id of a record, where it was asked for."""
    number = record.get("id")
    return number if isinstance(number, int) else None
