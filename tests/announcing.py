"""Servers of ours as processes of their own, which say where they are and end cleanly."""

from __future__ import annotations

import select
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

CLARY = Path(sys.executable).with_name("clary")
START_SECONDS = 120
STOP_SECONDS = 30


@contextmanager
def announced(
    *arguments: str | Path, environment: Mapping[str, str]
) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Run `clary` with arguments until the block ends; give the address that it says first.

    Args:
        arguments: the command that serves, with its options.
        environment: all that the process knows of its surroundings.
    """
    process = subprocess.Popen(
        [CLARY, *arguments], env=environment, stdout=subprocess.PIPE, encoding="utf-8"
    )
    try:
        yield _address(process), process
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        finally:
            process.kill()
            if process.stdout is not None:
                process.stdout.close()
            process.wait()


def _address(process: subprocess.Popen[str]) -> str:
    """Return the address from the line that a server prints once it listens."""
    assert process.stdout is not None
    ready, _, _ = select.select([process.stdout], [], [], START_SECONDS)
    line = process.stdout.readline() if ready else ""
    assert " http://" in line, f"the server did not start: {line!r}"
    return line.rsplit(" ", 1)[1].strip()
