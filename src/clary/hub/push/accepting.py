"""Stores what is accepted, several requests in one durable commit.

A commit costs one flush of the disk whether it holds one push or fifty.  Requests that come
while one commit is under way wait for the next and share it; a lone request waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select

from clary.hub.push.problems import PUSH_KEY_REUSED
from clary.hub.push.rights import Basis, Rows, rows_of
from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.work import Work

LARGEST_GROUP: Final = 200
"""Most requests that share a commit."""

KIND: Final = "push"
"""What work items of pushes are called."""

ACCEPT_POINTS: Final = ("push stored", "push committed")
"""Points around the commit that accepts pushes, in their order."""

_SCOPE: Final = "push accepting"

_INSERTED: Final = insert(PUSH_OPERATION)
_KEYS: Final = select(PUSH_OPERATION.c.key)

Also = Callable[[Connection], None]


class OutdatedError(Exception):
    """What the right to push rests on is no longer as it was; nothing was stored."""


class Accepted:
    """One push that was judged, and what came of storing it.

    Attributes:
        values: its row, with the answer where it has an Idempotency-Key.
        answer: what its client is answered once it is stored.
        company: the connection of the installation whose work it is; none where nothing is
            left to do.
        also: what else is put down in the same transaction.
        basis: what the right to push rests on, and its rows as they were when it was judged;
            none where it was judged just now.
        ended: called once it has ended.
    """

    __slots__ = ("_outcome", "also", "answer", "basis", "company", "ended", "values")

    def __init__(
        self,
        values: dict[str, object],
        answer: str,
        company: str | None = None,
        *,
        also: Also | None = None,
        basis: tuple[Basis, Rows] | None = None,
        outcome: str | None = None,
    ) -> None:
        """Wait with a row; `outcome` is the answer of one that was stored before."""
        self.values = values
        self.answer = answer
        self.company = company
        self.also = also
        self.basis = basis
        self.ended: Callable[[], None] | None = None
        self._outcome: str | Exception | None = outcome

    @property
    def has_ended(self) -> bool:
        """Tell whether it was stored, or will not be."""
        return self._outcome is not None

    def end(self, outcome: str | Exception) -> None:
        """Say what came of it: the answer to its client, or what went wrong."""
        self._outcome = outcome
        if self.ended is not None:
            self.ended()

    def result(self) -> str:
        """Return the answer to its client.

        Raises:
            ClaryError: it could not be stored; nothing of it was.
            OutdatedError: the right to push is no longer what it was judged by.
        """
        if isinstance(self._outcome, str):
            return self._outcome
        raise self._outcome or RuntimeError


@dataclass(frozen=True, slots=True)
class _Handed:
    """Pushes that were handed over together, and who is told that all of them have ended."""

    group: Sequence[Accepted]
    ended: Callable[[], None]


class Acceptor:
    """The one thread of a process that stores what is accepted."""

    def __init__(
        self,
        work: Work,
        wake: Callable[[str], None],
        trip: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Store in the database of `work`.

        Args:
            work: the work of the installation.
            wake: is told which company has new work.
            trip: is told of each of `ACCEPT_POINTS` as it is reached.
        """
        self._work = work
        self._wake = wake
        self._trip = trip
        self._queue: SimpleQueue[_Handed | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def store(self, group: Sequence[Accepted], ended: Callable[[], None]) -> None:
        """Store pushes durably, and let their companies' lanes know.

        A push with an Idempotency-Key that was stored before is not stored again: it ends
        with the same answer.

        Args:
            group: the pushes.
            ended: called in another thread once each of them has ended.
        """
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="push-acceptor", daemon=True)
                self._thread.start()
            self._queue.put(_Handed(group, ended))

    def stop(self) -> None:
        """Store what waits, and end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            thread.join()

    def _run(self) -> None:
        going = True
        while going:
            first = self._queue.get()
            if first is None:
                return
            handed, size = [first], len(first.group)
            while size < LARGEST_GROUP and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    going = False
                    break
                handed.append(following)
                size += len(following.group)
            self._store([each for one in handed for each in one.group])
            for one in handed:
                one.ended()

    def _store(self, group: Sequence[Accepted]) -> None:
        """Store a group, or each by itself where one of them spoils it for the others."""
        try:
            outcomes = self._commit(group)
        except Exception as error:  # noqa: BLE001 - it is raised where the request waits
            self._store_rest(group, error)
        else:
            self._end(group, outcomes)

    def _store_rest(self, group: Sequence[Accepted], error: Exception) -> None:
        """Store what a commit that failed has not stored.

        A database may store and be gone before it says so: what is there is not stored again.
        """
        try:
            there = self._there(group)
        except Exception as unknown:  # noqa: BLE001 - it is raised where the requests wait
            self._end(group, [unknown] * len(group))
            return
        for each in group:
            if each.values["key"] in there:
                self._end([each], [each.answer])
            elif len(group) == 1:
                self._end([each], [error])
            else:
                self._store([each])

    def _there(self, group: Sequence[Accepted]) -> Collection[object]:
        """Return the keys of those pushes that are stored.

        One with an Idempotency-Key has the key of an earlier request; it may be stored again,
        since that finds the earlier one and its answer.
        """
        keys = [each.values["key"] for each in group if each.values["idempotency"] is None]
        with self._work.database.read() as read:
            return set(read.execute(_KEYS.where(PUSH_OPERATION.c.key.in_(keys))).scalars())

    def _end(self, group: Sequence[Accepted], outcomes: Sequence[str | Exception]) -> None:
        for each, outcome in zip(group, outcomes, strict=True):
            each.end(outcome)
        for company in {each.company for each in group}:
            if company is not None:
                self._wake(company)

    def _commit(self, group: Sequence[Accepted]) -> Sequence[str | Exception]:
        """Store a group in one transaction and return what came of each."""
        with self._work.database.write(_SCOPE) as write:
            judged = list(_judged(write, group))
            stored = [each for each, end in zip(group, judged, strict=True) if end is None]
            if stored:
                write.execute(_INSERTED, [each.values for each in stored])
                self._add_work(write, stored)
            self._trip("push stored")
        self._trip("push committed")
        return [end or each.answer for each, end in zip(group, judged, strict=True)]

    def _add_work(self, write: Connection, stored: Iterable[Accepted]) -> None:
        companies: dict[str, list[str]] = {}
        for each in stored:
            if each.company is not None:
                companies.setdefault(each.company, []).append(str(each.values["key"]))
        for company, keys in companies.items():
            self._work.add(write, company, KIND, keys)
        for each in stored:
            if each.also is not None:
                each.also(write)


def _judged(write: Connection, group: Sequence[Accepted]) -> Iterable[str | Exception | None]:
    """Yield for each push none if it is to be stored, or else what comes of it."""
    bases = {each.basis[0] for each in group if each.basis is not None}
    rows = rows_of(write, bases) if bases else {}
    names = [each.values["idempotency"] for each in group if each.values["idempotency"]]
    before = _stored_before(write, names) if names else {}
    for each in group:
        found = before.get(each.values["idempotency"])
        if each.basis is not None and rows[each.basis[0]] != each.basis[1]:
            yield OutdatedError()
        elif found is None:
            yield None
        elif found.request == each.values["request"]:
            yield str(found.answer)
        else:
            yield PUSH_KEY_REUSED.raised()


def _stored_before(
    write: Connection, names: Sequence[object]
) -> Mapping[object, Row[Any, Any, Any]]:
    table = PUSH_OPERATION.c
    query = select(table.idempotency, table.request, table.answer)
    found: dict[object, Row[Any, Any, Any]] = {}
    for row in write.execute(query.where(table.idempotency.in_(names))):
        found[row.idempotency] = row
    return found
