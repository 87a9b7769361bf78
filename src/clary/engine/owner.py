"""Who holds a lease: a text that names this process, and whether such a process is dead.

Without it a killed command would keep its company closed until its lease runs out.  A
process is only called dead where that is certain: the same machine since the same start,
the same process table, and no process with this number that started at that time.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

_PROCESSES = Path("/proc")
_OWNER = re.compile(r"\[(?P<machine>[^\s/]+)/(?P<process>[0-9]+)/(?P<start>[0-9]+)\]$")
_PROCESS = re.compile(r" (\[[^\s\]]+\]|\(process [0-9]+\))$")
_START_FIELD = 18
"""Place of the start time among the fields that follow name and state in /proc/PID/stat."""
_DEAD = frozenset("ZX")
"""States of a process that has ended and is only waiting to be forgotten."""


def this_process(purpose: str) -> str:
    """Return the owner text of this process, for example `clary worker [1f2e-4026/812/5523]`."""
    machine = _machine()
    start = _started(os.getpid())
    if machine is None or start is None:
        return f"{purpose} (process {os.getpid()})"
    return f"{purpose} [{machine}/{os.getpid()}/{start}]"


def named(owner: str) -> str:
    """Return an owner text as people read it, without what names the process."""
    return _PROCESS.sub("", owner)


def is_gone(owner: str) -> bool:
    """Tell whether the process behind an owner text is certainly dead."""
    match = _OWNER.search(owner)
    if match is None or match["machine"] != _machine():
        return False
    return _started(int(match["process"])) != match["start"]


def _machine() -> str | None:
    """Return a name for this start of the machine and this table of processes, if known."""
    try:
        boot = (_PROCESSES / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        table = (_PROCESSES / "self/ns/pid").stat().st_ino
    except OSError:
        return None
    return f"{boot}-{table}"


def _started(process: int) -> str | None:
    """Return when a process started, in ticks since the machine did; none if there is none."""
    try:
        stat = (_PROCESSES / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in _DEAD else fields[_START_FIELD]
