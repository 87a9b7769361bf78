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
        self._holder: Lock | None = None
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
        mine = Lock()
        try:  # begun before the place is asked for: a person may interrupt it anywhere
            self._take(mine, seconds)
            yield
        finally:
            self._give_back(mine)

    def _take(self, mine: Lock, seconds: float) -> None:
        with self._guard:
            if self._holder is None:
                self._holder = mine
                return
            mine.acquire()
            self._waiting.append(mine)
        if not mine.acquire(timeout=seconds):
            with self._guard:
                if self._holder is not mine:
                    raise TimeoutError
        # Called at the last moment, it has the place.

    def _give_back(self, mine: Lock) -> None:
        """Call the next, or leave the queue."""
        with self._guard:
            if mine in self._waiting:
                self._waiting.remove(mine)
            elif self._holder is mine:
                self._holder = self._waiting.popleft() if self._waiting else None
                if self._holder is not None:
                    self._holder.release()
