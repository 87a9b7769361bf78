"""Writers of one process come one at a time, in their order, and nobody is left behind."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from pathlib import Path
from threading import Event, Thread

import pytest
from sqlalchemy import text

from clary.kernel.errors import Busy
from clary.store import Database
from clary.store.turns import Turns

LONG = 60.0


def waiting(turns: Turns, count: int) -> None:
    """Return once so many wait."""
    until = time.monotonic() + LONG
    while turns.waiting < count:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_they_come_in_the_order_in_which_they_asked() -> None:
    turns, came = Turns(), []

    def come(number: int) -> None:
        with turns.turn(LONG):
            came.append(number)

    threads = [Thread(target=come, args=(number,)) for number in range(5)]
    with turns.turn(LONG):
        for number, thread in enumerate(threads):
            thread.start()
            waiting(turns, number + 1)
    for thread in threads:
        thread.join()
    assert came == [0, 1, 2, 3, 4]


def test_who_has_waited_long_enough_leaves_and_stops_nobody() -> None:
    turns = Turns()
    with turns.turn(LONG), ThreadPoolExecutor(1) as threads:
        with pytest.raises(TimeoutError):
            threads.submit(lambda: ExitStack().enter_context(turns.turn(0.01))).result()
        assert turns.waiting == 0
    with turns.turn(0.01):
        pass


def test_an_error_inside_gives_the_place_back() -> None:
    turns = Turns()
    with suppress(ValueError), turns.turn(LONG):
        raise ValueError
    with turns.turn(0.01):
        pass


def test_an_interruption_leaves_the_queue() -> None:
    program = """
import signal, sys, threading, time
from clary.store.turns import Turns
signal.signal(signal.SIGINT, signal.default_int_handler)
turns = Turns()
held = turns.turn(60)
held.__enter__()
def press():
    while not turns.waiting:
        time.sleep(0.001)
    signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
threading.Thread(target=press).start()
try:
    with turns.turn(60):
        sys.exit("it was not interrupted")
except KeyboardInterrupt:
    held.__exit__(None, None, None)
with turns.turn(1):
    print("free")
"""
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("free\n", "")


def test_a_writer_beside_busy_ones_gets_its_turn(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'clary.db'}")
    with database.write() as write:
        write.execute(text("create table note (id integer primary key)"))
    ended = Event()

    def write_on() -> int:
        count = 0
        while not ended.is_set():
            with database.write() as write:
                for _ in range(20):
                    write.execute(text("insert into note default values"))
            count += 1
        return count

    with ThreadPoolExecutor(2) as threads:
        busy = [threads.submit(write_on) for _ in range(2)]
        for _ in range(20):
            with database.write() as write:
                write.execute(text("insert into note default values"))
        ended.set()
        # Alone, each asks SQLite again and again: hundreds of theirs come before twenty of ours.
        assert all(each.result() <= 40 for each in busy)
    database.close()


def test_who_waits_too_long_is_told_so(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path / 'clary.db'}", busy_milliseconds=20)
    with database.write(), ThreadPoolExecutor(1) as threads:
        waits = threads.submit(lambda: ExitStack().enter_context(database.write()))
        with pytest.raises(Busy) as refused:
            waits.result()
    assert refused.value.code == "DATABASE_LOCKED"
    database.close()
