"""Lets the writers of one process in one at a time, in the order in which they came.

SQLite lets one writer in at a time; the others ask again and again, ever more seldom, and whoever
asks at the right moment is next.  Beside a writer that hardly pauses, others would wait for
many times as long as it takes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock


class Turns:
    """The queue of those who want to write; threads share it."""

    def __init__(self) -> None:
        """Begin with nobody at work."""
        self._guard = Lock()
        self._is_taken = False
        self._waiting: deque[Lock] = deque()

    @property
    def waiting(self) -> int:
        """How many wait."""
        return len(self._waiting)

    @contextmanager
    def turn(self, seconds: float) -> Iterator[None]:
        """Hold the one place.

        Args:
            seconds: how long to wait for it.

        Raises:
            TimeoutError: it did not become free in time.
        """
        self._take(seconds)
        try:
            yield
        finally:
            self._give_back()

    def _take(self, seconds: float) -> None:
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            called = Lock()
            called.acquire()
            self._waiting.append(called)
        self._wait(called, seconds)

    def _wait(self, called: Lock, seconds: float) -> None:
        try:
            is_mine = called.acquire(timeout=seconds)
        except BaseException:  # a person interrupts it
            if not self._leave(called):
                self._give_back()
            raise
        if not is_mine and self._leave(called):
            raise TimeoutError

    def _leave(self, called: Lock) -> bool:
        """Leave the queue; tell whether there was time: who is called already has the place."""
        with self._guard:
            if called in self._waiting:
                self._waiting.remove(called)
                return True
            return False

    def _give_back(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().release()
            else:
                self._is_taken = False
