"""Tells how much of a stretch of work each of its stages takes, without touching the work.

A timer interrupts the main thread about a thousand times a second; what is on the stack
then tells the stage, and the time since the last interruption is put down to it.  Nothing
is instrumented, so that the shares are those of the plain program.  Needs a Unix.
"""

from __future__ import annotations

import signal
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import CodeType, FrameType

EVERY = 0.001
"""Seconds between two interruptions."""

OTHER = "everything else"
"""The stage of a stack in which no stage is named."""

_PACKAGE = "/clary/"


class Stages:
    """The time that stages of our own package take.

    Attributes:
        seconds: time by stage, in seconds.
    """

    def __init__(self, stages: Mapping[str, Sequence[str]]) -> None:
        """Know stages by their code.

        Args:
            stages: by the name of each stage what its code is: a folder or module below the
                package (`flows/rehearsal/`), or a function of a module
                (`engine/plan_store.py:_add`).  Of several stages that are on the stack
                the first that is named here counts.
        """
        self.seconds: dict[str, float] = defaultdict(float)
        self._names = [*stages, OTHER]
        self._marks = [(mark, rank) for rank, marks in enumerate(stages.values()) for mark in marks]
        self._ranks: dict[CodeType, int] = {}
        self._last = 0.0

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Put the time of what is done inside down to the stages."""
        before = signal.signal(signal.SIGALRM, self._interrupted)
        self._last = time.perf_counter()
        signal.setitimer(signal.ITIMER_REAL, EVERY, EVERY)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)

    def _interrupted(self, _number: int, frame: FrameType | None) -> None:
        now = time.perf_counter()
        rank = len(self._names) - 1
        while frame is not None:
            found = self._ranks.get(frame.f_code)
            rank = min(rank, self._rank(frame.f_code) if found is None else found)
            frame = frame.f_back
        self.seconds[self._names[rank]] += now - self._last
        self._last = time.perf_counter()

    def _rank(self, code: CodeType) -> int:
        _, _, module = code.co_filename.rpartition(_PACKAGE)
        whole = f"{module}:{code.co_name}"
        ranks = (rank for mark, rank in self._marks if module and whole.startswith(mark))
        found = self._ranks[code] = min(ranks, default=len(self._names) - 1)
        return found
