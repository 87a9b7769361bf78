"""Lets a person's Ctrl-C wait for the end of a group of documents.

Python raises it between any two steps of a program, also where a transaction has just begun
and nobody is there yet who would end it.
"""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from threading import current_thread, main_thread
from types import FrameType


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold a Ctrl-C back until what runs inside has ended; a second one does not wait.

    Where no person can interrupt the work (in a thread, or in a server, which knows signals
    of its own) nothing changes.

    Raises:
        KeyboardInterrupt: at the end, if a person has interrupted it.
    """
    usual = signal.default_int_handler
    if current_thread() is not main_thread() or signal.getsignal(signal.SIGINT) is not usual:
        yield
        return
    held = []

    def hold(number: int, _: FrameType | None) -> None:
        held.append(number)
        signal.signal(signal.SIGINT, usual)

    signal.signal(signal.SIGINT, hold)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, usual)
    if held:
        raise KeyboardInterrupt
