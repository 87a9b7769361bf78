"""Spares bulk work most of Python's search for cycles, which finds none.

Documents are trees: what a plan or a run makes of them dies when nothing names it any more.
Left alone, the collector looks through all that lives every few hundred objects, which takes
a quarter of the time that a plan of ten thousand documents takes.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

SELDOM: Final = (50_000, 20, 100)
"""When each generation is looked through: objects made and not given back, then rounds."""

_lock = Lock()
_at_work = 0
_usual = gc.get_threshold()


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Let the collector work seldom until the last piece of bulk work in this process ends."""
    global _at_work, _usual  # noqa: PLW0603 - the collector belongs to the whole process, too
    with _lock:
        if not _at_work:
            _usual = gc.get_threshold()
            gc.set_threshold(*SELDOM)
        _at_work += 1
    try:
        yield
    finally:
        with _lock:
            _at_work -= 1
            if not _at_work:
                gc.set_threshold(*_usual)
