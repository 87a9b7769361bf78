"""A Ctrl-C waits for what must not be cut in two."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from threading import Thread

import pytest

from clary.kernel.interrupting import uninterrupted


@pytest.fixture(autouse=True)
def at_a_terminal() -> Iterator[None]:
    """Let signals do what they do where a person has started a program."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def pressed(times: int, done: list[str], error: str = "") -> None:
    """Do something while a person presses Ctrl-C."""
    with uninterrupted():
        for _ in range(times):
            signal.raise_signal(signal.SIGINT)
        if error:
            raise ValueError(error)
        done.append("all of it")


def test_an_interruption_waits_for_the_end() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        pressed(1, done)
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_second_one_does_not_wait() -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        pressed(2, done)
    assert done == []


def test_nobody_interrupts() -> None:
    done: list[str] = []
    pressed(0, done)
    assert done == ["all of it"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_error_inside_goes_before_an_interruption() -> None:
    with pytest.raises(ValueError, match="inside"):
        pressed(1, [], "inside")


def test_a_program_that_knows_the_signal_itself_keeps_it() -> None:
    told = []
    signal.signal(signal.SIGINT, lambda *_: told.append("here"))
    with uninterrupted():
        signal.raise_signal(signal.SIGINT)
        assert told == ["here"]


def test_threads_leave_signals_alone() -> None:
    seen = []

    def look() -> None:
        with uninterrupted():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
