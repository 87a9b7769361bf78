"""Long work rests while requests are under way, for a part of the time, and never otherwise."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from clary.kernel import courtesy
from clary.kernel.courtesy import LONGEST_REST, SHARE, answering, make_way, making_way

WORKED = LONGEST_REST / SHARE * 2
"""Seconds of computing after which a rest is as long as one may be."""


@pytest.fixture
def a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a rest last a minute, so that no busy machine looks like one, nor hides one."""
    monkeypatch.setattr(courtesy, "LONGEST_REST", 60.0)
    monkeypatch.setattr(courtesy, "SHARE", 60 / WORKED)


def compute(seconds: float = WORKED) -> None:
    """Use the processor for so long."""
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


def rest() -> float:
    """Return the seconds that this thread was made to rest."""
    started = time.monotonic()
    make_way()
    return time.monotonic() - started


def waits(action: Callable[[], None]) -> bool:
    """Tell whether a thread is still at something after half of the longest rest."""
    thread = threading.Thread(target=action)
    thread.start()
    thread.join(courtesy.LONGEST_REST / 2)
    is_waiting = thread.is_alive()
    thread.join()
    return is_waiting


def long_work(*, polite: bool) -> Callable[[], None]:
    """Return work that rests until the end of the longest rest, if it rests at all."""

    def impolite() -> None:
        compute()
        for _ in range(10):
            make_way()

    def work() -> None:
        with making_way():
            impolite()

    return work if polite else impolite


def test_it_rests_while_a_request_is_under_way() -> None:
    with making_way(), answering:
        compute()
        assert rest() >= LONGEST_REST * 0.9


def test_a_rest_is_in_proportion_to_what_was_computed() -> None:
    with making_way(), answering:
        compute(LONGEST_REST / SHARE / 5)
        make_way()
        # Nothing was computed since, so that it cannot be held up by any number of requests.
        started = time.monotonic()
        for _ in range(1_000):
            make_way()
        assert time.monotonic() - started < 1_000 * LONGEST_REST / 10


def test_several_requests_end_one_by_one() -> None:
    with making_way():
        with answering:
            with answering:
                pass
            compute()
            assert rest() >= LONGEST_REST * 0.9
        assert answering.none.is_set()


@pytest.mark.usefixtures("a_minute")
def test_it_goes_on_as_soon_as_the_last_request_has_ended() -> None:
    begun, ended = threading.Event(), threading.Event()

    def request() -> None:
        with answering:
            begun.set()
            ended.wait()

    with making_way():
        thread = threading.Thread(target=request)
        thread.start()
        begun.wait()
        compute()
        threading.Timer(0.1, ended.set).start()
        assert 0.05 < rest() < 30
        thread.join()


def test_what_nobody_waits_for_rests() -> None:
    with answering:
        assert waits(long_work(polite=True))


@pytest.mark.usefixtures("a_minute")
def test_what_somebody_waits_for_does_not_rest() -> None:
    with answering:
        assert not waits(long_work(polite=False))


@pytest.mark.usefixtures("a_minute")
def test_a_thread_that_made_way_does_not_for_ever() -> None:
    with making_way():
        compute()
    with answering:
        compute()
        assert rest() < courtesy.LONGEST_REST / 2


def test_making_way_within_making_way_ends_with_the_outer_one() -> None:
    with making_way(), answering:
        with making_way():
            pass
        compute()
        assert rest() >= LONGEST_REST * 0.9


@pytest.mark.usefixtures("a_minute")
def test_without_requests_nobody_rests() -> None:
    assert answering.none.is_set()
    with making_way():
        compute()
        assert rest() < courtesy.LONGEST_REST / 2
