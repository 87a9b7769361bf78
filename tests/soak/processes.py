"""Servers and workers as processes of their own, which can be killed from outside or by themselves.

`Command` is the installed program, as people start it.  `Armed` runs the same server or
worker in a child that was forked from a process with everything imported, so that it starts
in a moment, and kills itself at a given point; it says which one just before.
"""

from __future__ import annotations

import multiprocessing
import os
import select
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing import forkserver

from tests import surroundings
from tests.announcing import CLARY
from tests.soak.armed import Order, run
from tests.surroundings import ROOT, unmeasured

START_SECONDS = 60
END_SECONDS = 60
REACH_SECONDS = 120
"""Longest wait for a point: some are passed seldom, and machines are shared."""
_FORKED = multiprocessing.get_context("forkserver")
_FORKED.set_forkserver_preload(["tests.soak.armed"])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Command:
    """The program `clary` with some arguments."""

    def __init__(self, environment: Mapping[str, str], *arguments: str) -> None:
        """Start it."""
        dies_with_us = [surroundings.system_command("setpriv"), "--pdeathsig=KILL"]
        self._process = subprocess.Popen(
            [*dies_with_us, CLARY, *arguments],
            env={**unmeasured(), **environment},
            cwd=ROOT,
            stdout=subprocess.PIPE,
            encoding="utf-8",
        )

    @property
    def pid(self) -> int:
        """Its number."""
        return self._process.pid

    def wait_until_ready(self) -> str:
        """Return the line that it prints once it works."""
        assert self._process.stdout is not None
        ready, _, _ = select.select([self._process.stdout], [], [], START_SECONDS)
        line = self._process.stdout.readline() if ready else ""
        assert line.startswith("Clary "), f"it did not start: {line!r}"
        return line

    def kill(self) -> None:
        """Kill it, which must still be alive, and wait until it is gone."""
        assert self._process.poll() is None, f"it had ended with {self._process.returncode}"
        self._process.kill()
        assert self._process.wait(END_SECONDS) == -signal.SIGKILL
        self._close()

    def end(self) -> None:
        """Tell it to end, and wait until it has."""
        self._process.terminate()
        code = self._process.wait(END_SECONDS)
        self._close()
        assert code == 0, f"it ended with {code}"

    def discard(self) -> None:
        """Leave nothing of it behind, whatever it does."""
        self._process.kill()
        self._process.wait(END_SECONDS)
        self._close()

    def _close(self) -> None:
        assert self._process.stdout is not None
        self._process.stdout.close()


class Armed:
    """A server or worker that stops itself at a point."""

    def __init__(self, environment: Mapping[str, str], order: Order) -> None:
        """Start it with these settings."""
        _ensure_nursery()
        self.order = order
        self._is_gone = False
        self._said, theirs = _FORKED.Pipe(duplex=False)
        self._process = _FORKED.Process(target=run, args=(dict(environment), order, theirs))
        self._process.start()
        theirs.close()
        self._pid = self._process.pid

    @property
    def pid(self) -> int:
        """Its number."""
        assert self._pid is not None
        return self._pid

    @property
    def is_gone(self) -> bool:
        """Tell whether it was seen to end."""
        return self._is_gone

    def wait_until_ready(self) -> None:
        """Wait until it works."""
        assert self._said.poll(START_SECONDS), "it did not start"
        assert self._said.recv() == "ready"

    def has_spoken(self, seconds: float) -> bool:
        """Tell whether it says something within some time."""
        return self._said.poll(seconds)

    def wait_until_reached(self, seconds: float = REACH_SECONDS) -> None:
        """Wait until it says that it has reached its point."""
        assert self._said.poll(seconds), f"{self.order} was never reached"
        assert self._said.recv() == self.order.point

    def wait_until_killed(self, seconds: float = REACH_SECONDS) -> None:
        """Wait until it has killed itself, which must have been at its very point."""
        self.wait_until_reached(seconds)
        self._process.join(END_SECONDS)
        assert self._process.exitcode == -signal.SIGKILL, self._process.exitcode
        self._close()

    def end(self) -> None:
        """Tell it to end, and wait until it has; one that never began is killed."""
        self._process.terminate()
        self._process.join(END_SECONDS)
        code = self._process.exitcode
        self._close()
        assert code == 0, f"{self.order} ended with {code}"

    def go_on(self) -> None:
        """Let it go on that stopped at its point."""
        os.kill(self.pid, signal.SIGCONT)

    def discard(self) -> None:
        """Leave nothing of it behind, whatever it does."""
        if not self._is_gone:
            self._process.kill()
            self._process.join(END_SECONDS)
            self._close()

    def _close(self) -> None:
        self._is_gone = True
        self._said.close()
        self._process.close()


@contextmanager
def discarded(processes: Sequence[Armed]) -> Iterator[None]:
    """Leave none of these processes behind, even those that are added to the list later."""
    try:
        yield
    finally:
        for each in processes:
            each.discard()


def _ensure_nursery() -> None:
    """Start the process that others are forked from, without any measuring of coverage."""
    measured = {name: os.environ[name] for name in os.environ if name.startswith("COVERAGE_")}
    for name in measured:
        del os.environ[name]
    try:
        forkserver.ensure_running()
    finally:
        os.environ.update(measured)
