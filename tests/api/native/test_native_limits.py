"""Limits of requests, errors of our own, and what the shell does with both."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
import uvicorn

from clary.api.native.app import Native
from clary.api.native.calls import Call, Reply
from clary.api.native.finding import Finder
from clary.api.native.routes import Route
from clary.api.native.shell import Shell
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


def _route(name: str, answer: Any, **more: Any) -> Route:  # noqa: ANN401 - attributes of a route
    return Route(
        verb="POST",
        path=f"/{name}",
        name=name,
        tag="t",
        summary="s",
        answer=answer,
        query=Writing,
        shown=Anything,
        **more,
    )


ROUTES = [_route("fails", _fails), _route("secret", _makes, status=201, is_secret=True)]


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    environment = {"CLARY_HOME": str(tmp_path), "CLARY_SECRETS": "file"}
    with Installation(read(environment)) as installation:
        yield installation


@pytest.fixture
def caller(installation: Installation) -> Iterator[httpx.Client]:
    """Give a client of a server that serves these routes."""
    made = Native(Shell(installation, Finder(ROUTES), LIMIT), "{}")
    key = add_key(installation, "robot").key
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(made, log_level="warning", lifespan="off"))
    thread = Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, trust_env=False) as caller:
        yield caller
    server.should_exit = True
    thread.join()
    listener.close()
    made.stop()


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
