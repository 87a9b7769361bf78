"""Commands at a terminal, where a person is asked and answers."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
from collections.abc import Callable, Sequence

from tests.announcing import CLARY
from tests.cli.conftest import CommandLine

SECONDS = 60
LINES, COLUMNS = 40, 80


def at_terminal(
    clary: CommandLine, arguments: Sequence[str], steps: Sequence[tuple[str, Callable[[], str]]]
) -> tuple[int, str]:
    """Run a command at a terminal; as each question is seen, type what its step returns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {"CLARY_HOME": str(clary.home), "CLARY_SECRETS": "file", "TERM": "xterm"}
    process = subprocess.Popen(
        [CLARY, *arguments],
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen, left = b"", list(steps)
    start = 0
    while select.select([ours], [], [], SECONDS)[0]:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # the other end was closed
            break
        seen += piece
        if left and left[0][0].encode() in seen[start:]:
            start = len(seen)
            os.write(ours, f"{left.pop(0)[1]()}\n".encode())
    else:
        process.kill()
    code = process.wait()
    os.close(ours)
    assert not left, seen.decode()
    return code, seen.decode()
