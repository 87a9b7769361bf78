"""Processes of the benchmarks: servers that say where they listen, and what they use."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_CLARY = Path(sys.executable).with_name("clary")
_STOP_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Server:
    """A process that serves.

    Attributes:
        url: where it listens.
        pid: its id.
    """

    url: str
    pid: int

    def memory(self) -> float:
        """Return the memory that it holds, in MB."""
        text = Path(f"/proc/{self.pid}/status").read_text(encoding="ascii")
        [line] = [one for one in text.splitlines() if one.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024


def cpu_seconds(pid: int) -> float:
    """Return the processor seconds that a process has used, all its threads together."""
    text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    fields = text.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def process(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Server]:
    """Give a process that prints one line with its address, and end it."""
    started = subprocess.Popen(
        command, env=dict(environment), stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        line = "" if started.stdout is None else started.stdout.readline()
        if not line:
            message = f"{command[0]} did not start"
            raise RuntimeError(message)
        yield Server(line.split()[-1], started.pid)
    finally:
        started.terminate()
        try:
            started.wait(_STOP_SECONDS)
        finally:
            started.kill()
            started.wait()


@contextmanager
def serving(environment: Mapping[str, str], *options: str) -> Iterator[Server]:
    """Give `clary serve` with these options."""
    command = [str(_CLARY), "serve", "--port", "0", *options]
    with process(command, environment) as server:
        yield server
