"""Webhooks are told one after another to each consumer, and none waits for another one."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from clary.hub import webhooks
from clary.hub.installation import Installation
from clary.hub.push import events
from clary.hub.push.delivering import AT_ONCE, Deliverer, deliver_to
from clary.hub.push.tables import PUSH_DELIVERY
from clary.hub.services.push_companies import CompanyAsked, create_push_company
from clary.hub.services.push_webhooks import create_consumer, replay_deliveries
from clary.kernel.settings import read
from tests.receiving import Receiver, receiving

MESSAGES = 20


@pytest.fixture
def house(tmp_path: Path, migrated_url: str) -> Iterator[Installation]:
    settings = {
        "CLARY_HOME": str(tmp_path / "home"),
        "CLARY_SECRETS": "file",
        "CLARY_WEBHOOKS": "any",
        "CLARY_DATABASE_URL": migrated_url,
    }
    with Installation(read(settings), actor="Ada") as installation:
        yield installation


@contextmanager
def hanging(*, dripping: bool = False) -> Iterator[str]:
    """Give the address of a receiver that takes connections and never ends an answer."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        ended = threading.Event()

        def take() -> None:
            held: list[socket.socket] = []
            while not ended.is_set():
                try:
                    held.append(listener.accept()[0])
                except OSError:
                    break
                if dripping:
                    threading.Thread(target=drip, args=(held[-1],)).start()
            for each in held:
                each.close()

        def drip(receiver: socket.socket) -> None:
            while not ended.is_set():
                try:
                    receiver.sendall(b"H")
                except OSError:
                    return
                ended.wait(0.1)

        thread = threading.Thread(target=take)
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/hook"
        finally:
            ended.set()
            with socket.create_connection(listener.getsockname()):
                pass
            thread.join()


def number(receiver: Receiver, seconds: float = 5) -> int:
    """Return the number that the next message tells."""
    _, body = receiver.got.get(timeout=seconds)
    return int(json.loads(body)["payload"]["number"])


def tell(house: Installation, count: int = MESSAGES) -> None:
    """Have something to tell to every consumer, so many times."""
    company = create_push_company(house, CompanyAsked("Acme"))
    now = house.clock.now()
    with house.database.write("test") as write:
        for number in range(count):
            at = now + timedelta(microseconds=number)
            events.tell(write, company, "customers.write.successful", {"number": number}, at)


def consumer(house: Installation, url: str) -> str:
    made = create_consumer(house, url, ["customers.write.successful"], [], disabled=False)
    return str(made.id)


@contextmanager
def delivering(house: Installation) -> Iterator[Deliverer]:
    deliverer = Deliverer(house, lambda _: None)
    deliverer.start()
    try:
        yield deliverer
    finally:
        deliverer.stop()


@pytest.mark.both_databases
def test_a_receiver_that_hangs_delays_no_other_and_order_is_kept(house: Installation) -> None:
    with hanging() as slow, hanging(dripping=True) as dripping, receiving() as receiver:
        for url in (slow, dripping, receiver.url):
            consumer(house, url)
        tell(house)
        began = time.monotonic()
        with delivering(house):
            got = [number(receiver, webhooks.SECONDS) for _ in range(MESSAGES)]
            assert time.monotonic() - began < webhooks.SECONDS / 2
            ending = time.monotonic()
        # Those that hang are left within a moment, and tried again by who comes next.
        assert time.monotonic() - ending < webhooks.GRACE + 2
    assert got == list(range(MESSAGES))


def test_more_that_hang_than_are_told_at_once_pass_within_one_time_out(
    house: Installation,
) -> None:
    with hanging() as slow, receiving() as receiver:
        for _ in range(AT_ONCE):
            consumer(house, slow)
        consumer(house, receiver.url)
        tell(house, 3)
        with delivering(house):
            got = [number(receiver, 2 * webhooks.SECONDS) for _ in range(3)]
    assert got == [0, 1, 2]


def test_an_answer_that_drips_in_is_cut_off_in_time(house: Installation) -> None:
    with hanging(dripping=True) as url:
        began = time.monotonic()
        now = house.clock.now()
        ending = threading.Event()
        ending.set()
        secret = webhooks.new_secret()
        sent = webhooks.send(url, secret, "1", "{}", now, private=True, ending=ending)
    assert (sent.status, sent.reason) == (None, "no answer in time")
    assert time.monotonic() - began < webhooks.GRACE + 1


def test_what_is_not_taken_waits_and_the_next_look_goes_on_behind_it(house: Installation) -> None:
    with receiving() as receiver:
        name = consumer(house, receiver.url)
        tell(house, 3)
        receiver.status = 503
        assert deliver_to(house, name) == 1
        receiver.status = 200
        assert deliver_to(house, name) == 2
        got = [number(receiver) for _ in range(3)]
        assert got == [0, 1, 2]
        assert receiver.got.empty()
    with house.database.read() as connection:
        states = connection.execute(
            select(PUSH_DELIVERY.c.state).order_by(PUSH_DELIVERY.c.created_at)
        ).scalars()
        assert list(states) == ["waiting", "delivered", "delivered"]


def test_what_is_to_be_sent_again_while_it_is_sent_is_sent_again(house: Installation) -> None:
    with receiving() as receiver:
        name = consumer(house, receiver.url)
        tell(house, 1)
        receiver.meanwhile.append(lambda: replay_deliveries(house, name, None, everything=True))
        assert deliver_to(house, name) == 2
        assert [number(receiver) for _ in range(2)] == [0, 0]


def test_one_process_tells_a_consumer_at_a_time(house: Installation) -> None:
    with hanging() as url:
        name = consumer(house, url)
        tell(house, 2)
        ending = threading.Event()
        first = threading.Thread(target=deliver_to, args=(house, name, ending))
        first.start()
        until = time.monotonic() + 10
        while not _claimed(house) and time.monotonic() < until:
            time.sleep(0.02)
        assert deliver_to(house, name) == 0
        ending.set()
        first.join()


def _claimed(house: Installation) -> bool:
    with house.database.read() as connection:
        return any(connection.execute(select(PUSH_DELIVERY.c.attempts)).scalars())
