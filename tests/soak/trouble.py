"""Trouble at random, from one seed: companies that misbehave, and processes that are killed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from random import Random
from threading import Event, Thread

from clary.companies.sandbox.faults import list_faults, set_fault
from clary.kernel.errors import Busy
from tests.soak.processes import Command

FAULTS: Sequence[tuple[str, str]] = (
    ("busy", "write"),
    ("busy", "connect"),
    ("busy", "read"),
    ("lost-session", "write"),
    ("lost-session", "read"),
    ("crash-after-commit", "write"),
)
"""What strikes, and on what."""

MOST_TIMES = 2


class Faults:
    """Arms a fault in one company after another, as long as it is not stopped."""

    def __init__(self, chance: Random, paths: Sequence[Path], seconds: float) -> None:
        """Strike in the companies of these files, one fault every so many seconds."""
        self._chance, self._paths, self._seconds = chance, paths, seconds
        self._stopped = Event()
        self._armed: Counter[tuple[Path, str, str]] = Counter()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Arm no more."""
        self._stopped.set()
        self._thread.join()

    def struck(self) -> Counter[str]:
        """Return how often each kind has struck."""
        found: Counter[str] = Counter()
        for path in self._paths:
            left = {(each.kind, each.on): each.times for each in list_faults(path)}
            for (where, kind, on), times in self._armed.items():
                if where == path:
                    found[f"{kind} on {on}"] += times - left.get((kind, on), 0)
        return found

    def _run(self) -> None:
        while not self._stopped.wait(self._seconds):
            path = self._chance.choice(self._paths)
            kind, on = self._chance.choice(FAULTS)
            times = self._chance.randint(1, MOST_TIMES)
            try:
                if not list_faults(path):
                    set_fault(path, kind, times=times, on=on)
                    self._armed[path, kind, on] += times
            except Busy:  # someone is writing for long; another one is struck in its place
                continue


class Kills:
    """Kills one of several processes now and then, and starts it anew.

    Attributes:
        killed: numbers of all processes that were killed.
        counts: how often each was.
    """

    def __init__(
        self, chance: Random, starts: Mapping[str, Callable[[], Command]], seconds: float
    ) -> None:
        """Start the processes.

        Args:
            chance: decides which one is killed, and when.
            starts: starts each of them, by name.
            seconds: from one kill to the next, on average.
        """
        self._chance, self._starts, self._seconds = chance, starts, seconds
        self.killed: set[int] = set()
        self.counts: Counter[str] = Counter()
        self._running = {name: start() for name, start in starts.items()}
        self._due = self._next()

    def wait_until_ready(self) -> None:
        """Wait until all of them work."""
        for each in self._running.values():
            each.wait_until_ready()
        self._due = self._next()

    def if_due(self) -> None:
        """Kill one if its time has come, and start it again at once."""
        if time.monotonic() < self._due:
            return
        name = self._chance.choice(sorted(self._starts))
        self.killed.add(self._running[name].pid)
        self.counts[name] += 1
        self._running[name].kill()
        self._running[name] = self._starts[name]()
        self._running[name].wait_until_ready()
        self._due = self._next()

    def end(self) -> None:
        """End all of them in good order."""
        for each in self._running.values():
            each.end()

    def discard(self) -> None:
        """Leave none of them behind, whatever they do."""
        for each in self._running.values():
            each.discard()

    def _next(self) -> float:
        return time.monotonic() + self._seconds * self._chance.uniform(0.5, 1.5)
