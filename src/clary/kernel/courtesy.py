"""Long work makes way for the pushes that the same process answers meanwhile.

The threads of a process share one interpreter: a thread that computes lets the others wait,
and a request whose work is a millisecond takes many.  What nobody waits for therefore rests
after each document while requests are under way; it never rests more than a part of the time,
so that no load of requests can stop it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SHARE: Final = 9
"""How long long work rests at most, as a multiple of what it has computed."""

LONGEST_REST: Final = 0.05
"""Seconds of the longest rest at a time: who waits for Sage computes little, and rests little."""


class _Requests:
    """The requests that are under way in this process."""

    def __init__(self) -> None:
        self._count = 0
        self._lock = threading.Lock()
        self.none = threading.Event()
        self.none.set()

    def __enter__(self) -> None:
        with self._lock:
            self._count += 1
            self.none.clear()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._count -= 1
            if not self._count:
                self.none.set()


class _Mine(threading.local):
    """What is known of the thread that asks.

    Attributes:
        since: how long it had computed when it last could rest, in seconds; none where it
            makes way for nobody.
    """

    since: float | None = None


answering: Final = _Requests()
"""To be entered while a request is answered; also several times at once."""

_mine: Final = _Mine()


@contextmanager
def making_way() -> Iterator[None]:
    """Let this thread rest at `make_way` while the block lasts."""
    before, _mine.since = _mine.since, time.thread_time()
    try:
        yield
    finally:
        _mine.since = before


def make_way() -> None:
    """Rest for a moment if this thread makes way and a request is under way."""
    if _mine.since is None:
        return
    if not answering.none.is_set():
        worked = time.thread_time() - _mine.since
        answering.none.wait(min(SHARE * worked, LONGEST_REST))
    _mine.since = time.thread_time()
