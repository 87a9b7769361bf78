"""Limits of requests, errors of our own, and what the shell does with both."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx
import pytest
import uvicorn

from clary.api.native.app import Native
from clary.api.native.calls import Call, Following, Reply
from clary.api.native.crowding import Crowding
from clary.api.native.finding import Finder
from clary.api.native.routes import Route
from clary.api.native.shell import THREADS, Shell
from clary.api.native.values import JsonObject, Shown, Writing
from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.kernel.settings import read

LIMIT = 5


class Anything(Shown):
    """An answer."""

    made: JsonObject


def _fails(_: Call) -> Reply:
    message = "the canary sings"
    raise RuntimeError(message)


MADE: list[int] = []


def _makes(_: Call) -> Reply:
    MADE.append(1)
    return Reply.of({"secret": f"canary-{len(MADE)}"}, 201)


GOES_ON = Event()
"""What the slow requests wait for, as others wait for a company."""

BEGUN: list[str] = []


def _waits(call: Call) -> Reply:
    BEGUN.append(call.installation.actor)
    assert GOES_ON.wait(60)
    return Reply.of({"made": {}})


def _is_quick(_: Call) -> Reply:
    return Reply.of({"made": {}})


def _follows(_: Call) -> Following:
    return Following("run_that_is_not_there")


def _route(name: str, answer: Any, verb: str = "POST", **more: Any) -> Route:  # noqa: ANN401 - attributes of a route
    return Route(
        verb=verb,
        path=more.pop("path", f"/{name}"),
        name=name,
        tag="t",
        summary="s",
        answer=answer,
        query=Writing,
        shown=Anything,
        **more,
    )


BOOKS = "/companies/{company}/books"
ROUTES = [
    _route("fails", _fails),
    _route("secret", _makes, status=201, is_secret=True),
    _route("waits", _waits),
    _route("quick", _is_quick, "GET"),
    _route("events", _follows, "GET"),
    _route("write_books", _waits, path=BOOKS),
    _route("read_books", _is_quick, "GET", path=BOOKS),
]


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    environment = {"CLARY_HOME": str(tmp_path), "CLARY_SECRETS": "file"}
    with Installation(read(environment)) as installation:
        yield installation


@pytest.fixture
def caller(installation: Installation) -> Iterator[httpx.Client]:
    """Give a client of a server that serves these routes."""
    made = Native(Shell(installation, Finder(ROUTES), LIMIT), "{}")
    with _served(made) as url, _client(url, installation, "robot") as caller:
        yield caller


@contextmanager
def _served(made: Native) -> Iterator[str]:
    """Serve the routes while the block lasts, and give the address."""
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(made, log_level="warning", lifespan="off"))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
        listener.close()
        made.stop()


def _client(url: str, installation: Installation, name: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {add_key(installation, name).key}"}
    limits = httpx.Limits(max_connections=2 * THREADS)
    return httpx.Client(base_url=url, headers=headers, trust_env=False, limits=limits, timeout=60)


def test_a_key_has_so_many_requests_a_minute(
    installation: Installation, caller: httpx.Client
) -> None:
    left = []
    while (got := caller.post("/secret")).status_code != 429:
        left.append(int(got.headers["ratelimit-remaining"]))
        assert got.headers["ratelimit-limit"] == str(LIMIT)
        assert len(left) <= 2 * LIMIT  # the minute may have turned once
    assert left[0] == LIMIT - 1
    assert left[-1] == 0
    assert got.json()["code"] == "RATE_LIMIT"
    assert 1 <= int(got.headers["retry-after"]) <= 60
    assert got.headers["ratelimit-reset"] == got.headers["retry-after"]
    other = add_key(installation, "other").key
    fresh = caller.post("/secret", headers={"Authorization": f"Bearer {other}"})
    assert fresh.status_code == 201


def test_an_error_of_ours_tells_only_by_what_the_log_has_it(
    caller: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        got = caller.post("/fails", headers={"Idempotency-Key": "x"})
    assert (got.status_code, got.json()["code"]) == (500, "REQUEST_FAILED")
    assert "canary" not in got.text
    assert "RuntimeError" not in got.text
    instance = re.sub("^urn:clary:request:", "", got.json()["instance"])
    assert instance in caplog.text
    assert "canary" in caplog.text
    again = caller.post("/fails", headers={"Idempotency-Key": "x"})
    assert "idempotent-replayed" not in again.headers


def test_a_secret_that_is_shown_once_is_not_kept_for_a_retry(
    installation: Installation, caller: httpx.Client
) -> None:
    before = len(MADE)
    first = caller.post("/secret", headers={"Idempotency-Key": "one"})
    assert first.status_code == 201
    again = caller.post("/secret", headers={"Idempotency-Key": "one"})
    assert (again.status_code, again.json()["code"]) == (409, "IDEMPOTENCY_SECRET")
    assert len(MADE) == before + 1
    secret = first.json()["secret"].encode()
    files = [path for path in installation.settings.home.rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if secret in path.read_bytes()]


def test_a_web_socket_is_not_opened(installation: Installation) -> None:
    made = Native(Shell(installation, Finder(ROUTES), LIMIT), "{}")
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:  # noqa: ANN401 - a message of the protocol
        sent.append(message)

    asyncio.run(made({"type": "websocket", "path": "/fails"}, receive, send))
    made.stop()
    assert sent == [{"type": "websocket.close", "code": 1008}]


@contextmanager
def _slow(url: str, installation: Installation, path: str, *names: str) -> Iterator[list[Any]]:
    """Have each of these keys send more requests than there are threads while the block lasts.

    Gives their answers, once the block has ended.
    """
    GOES_ON.clear()
    BEGUN.clear()
    answers: list[Any] = []
    with ThreadPoolExecutor(len(names) * 2 * THREADS) as senders:
        clients = [_client(url, installation, name) for name in names]
        sent = [senders.submit(each.post, path) for each in clients for _ in range(2 * THREADS)]
        try:
            _settled()
            yield answers
        finally:
            GOES_ON.set()
            answers += [each.result() for each in sent]
            for each in clients:
                each.close()


def _settled() -> None:
    """Wait until no further slow request begins."""
    before = -1
    while not BEGUN or len(BEGUN) != before:
        before = len(BEGUN)
        time.sleep(0.3)


def _quickly(client: httpx.Client, path: str) -> httpx.Response:
    began = time.monotonic()
    got = client.get(path)
    assert time.monotonic() - began < 2, path
    return got


def test_one_key_that_waits_leaves_the_api_to_the_others(installation: Installation) -> None:
    crowding = Crowding(of_key=4, of_company=4, patience=1)
    made = Native(Shell(installation, Finder(ROUTES), 1000, crowding), "{}")
    with _served(made) as url, _client(url, installation, "other") as other:
        with _slow(url, installation, "/waits", "greedy") as answers:
            assert _quickly(other, "/quick").status_code == 200
            assert _quickly(other, "/events").text.startswith("retry:")
            wrong = {"Authorization": "Bearer nothing"}
            assert httpx.get(f"{url}/quick", headers=wrong, timeout=2).status_code == 401
            time.sleep(1.2)  # those beyond the bound are told meanwhile
        assert BEGUN == ["key greedy"] * 4
        told = [each for each in answers if each.status_code != 200]
        assert len(told) == 2 * THREADS - 4
        assert {(each.status_code, each.json()["code"]) for each in told} == {(429, "KEY_CROWDED")}
        assert {each.headers["content-type"] for each in told} == {"application/problem+json"}
        assert all(int(each.headers["retry-after"]) > 0 for each in told)
        assert _quickly(other, "/quick").status_code == 200


def test_one_company_that_waits_leaves_the_api_to_the_others(installation: Installation) -> None:
    crowding = Crowding(of_key=20, of_company=6, patience=1)
    made = Native(Shell(installation, Finder(ROUTES), 1000, crowding), "{}")
    with _served(made) as url, _client(url, installation, "other") as other:
        with _slow(url, installation, "/companies/acme/books", "one", "two") as answers:
            assert _quickly(other, "/companies/acme/books").status_code == 200
            assert _quickly(other, "/quick").status_code == 200
            time.sleep(1.2)
        assert len(BEGUN) == 6
        told = {(each.status_code, each.json()["code"]) for each in answers if each.is_error}
        assert (503, "COMPANY_CROWDED") in told
        assert told <= {(503, "COMPANY_CROWDED"), (429, "KEY_CROWDED")}
        assert all("retry-after" in each.headers for each in answers if each.is_error)


def test_a_request_beyond_the_bound_has_its_turn_when_there_is_one(
    installation: Installation,
) -> None:
    crowding = Crowding(of_key=2, of_company=2, patience=30)
    made = Native(Shell(installation, Finder(ROUTES), 1000, crowding), "{}")
    with _served(made) as url:
        with _slow(url, installation, "/companies/acme/books", "patient") as answers:
            assert len(BEGUN) == 2
        assert {each.status_code for each in answers} == {200}
        assert len(BEGUN) == 2 * THREADS
