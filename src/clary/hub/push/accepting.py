"""Stores what is accepted, several requests in one durable commit.

A commit costs one flush of the disk whether it holds one push or fifty.  Requests that come
while one commit is under way wait for the next and share it; a lone request waits for nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Final

from sqlalchemy import Connection, insert

from clary.hub.push.tables import PUSH_OPERATION
from clary.hub.work import Work

LARGEST_GROUP: Final = 200
"""Most requests that share a commit."""

KIND: Final = "push"
"""What work items of pushes are called."""

_SCOPE: Final = "push accepting"


Also = Callable[[Connection], None]


class Accepted:
    """One push that waits to be stored.

    Attributes:
        values: its row.
        also: what else is put down in the same transaction.
        company: the connection of the installation whose work it is; none where nothing is
            left to do.
        stored: ends when it is stored, or with what went wrong.
    """

    __slots__ = ("also", "company", "stored", "values")

    def __init__(self, values: dict[str, object], company: str | None, also: Also | None) -> None:
        """Wait with a row."""
        self.values = values
        self.also = also
        self.company = company
        self.stored: Future[None] = Future()


class Acceptor:
    """The one thread of a process that stores what is accepted."""

    def __init__(self, work: Work, wake: Callable[[str], None]) -> None:
        """Store in the database of `work`; `wake` is told which company has new work."""
        self._work = work
        self._wake = wake
        self._queue: SimpleQueue[Accepted | None] = SimpleQueue()
        self._lock = Lock()
        self._thread: Thread | None = None

    def store(
        self, values: dict[str, object], company: str | None, also: Also | None = None
    ) -> None:
        """Store a push durably, and let its company's lane know.

        Args:
            values: its row.
            company: the connection of the installation whose work it is, if any is left.
            also: what else is put down in the same transaction.

        Raises:
            ClaryError: it could not be stored; nothing of it was.
        """
        accepted = Accepted(values, company, also)
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="push-acceptor", daemon=True)
                self._thread.start()
            self._queue.put(accepted)
        accepted.stored.result()
        if company is not None:
            self._wake(company)

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
            group = [first]
            while len(group) < LARGEST_GROUP and not self._queue.empty():
                following = self._queue.get()
                if following is None:
                    going = False
                    break
                group.append(following)
            self._store(group)

    def _store(self, group: Sequence[Accepted]) -> None:
        """Store a group, or each by itself where one of them spoils it for the others."""
        try:
            self._commit(group)
        except Exception as error:  # noqa: BLE001 - it is raised where the request waits
            if len(group) == 1:
                group[0].stored.set_exception(error)
                return
            for each in group:
                self._store([each])
            return
        for each in group:
            each.stored.set_result(None)

    def _commit(self, group: Sequence[Accepted]) -> None:
        companies: dict[str, list[str]] = {}
        for each in group:
            if each.company is not None:
                companies.setdefault(each.company, []).append(str(each.values["key"]))
        with self._work.database.write(_SCOPE) as write:
            write.execute(insert(PUSH_OPERATION), [each.values for each in group])
            for company, keys in companies.items():
                self._work.add(write, company, KIND, keys)
            for each in group:
                if each.also is not None:
                    each.also(write)
