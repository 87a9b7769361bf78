"""Lanes make way for a push while it is answered, and not for a client that takes its time."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import ASGIApp, Message

from clary.api import push
from clary.hub.services.keys import add_key
from clary.kernel.courtesy import answering
from tests.hub.push.test_pushing import Office, customer, office

__all__ = ["office"]


@pytest.fixture
def served(office: Office) -> Iterator[ASGIApp]:
    app = push.routes(office.installation)
    app.state.start()
    try:
        yield app.state.short
    finally:
        app.state.stop()


def asking(office: Office, key: str) -> dict[str, Any]:
    """Return what a push says of itself before its body comes."""
    login = base64.b64encode(f":{key}".encode())
    path = f"/companies/{office.company}/connections/{office.connection}/push/customers"
    return {
        "type": "http",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [
            (b"host", b"here"),
            (b"authorization", b"Basic " + login),
            (b"content-type", b"application/json"),
        ],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 2),
    }


def test_a_request_counts_from_its_body_to_its_answer(office: Office, served: ASGIApp) -> None:
    key = add_key(office.installation, "shop").key
    assert key is not None
    told: dict[str, bool] = {}
    office.installation.trip = lambda point: told.update({point: answering.none.is_set()})
    sent: list[Message] = []

    async def receive() -> Message:
        told["body"] = answering.none.is_set()
        return {"type": "http.request", "body": json.dumps(customer("WAY")).encode()}

    async def send(message: Message) -> None:
        sent.append(message)

    async def ask() -> None:
        await served(asking(office, key), receive, send)

    asyncio.run(ask())
    assert sent[0]["status"] == 200
    assert told == {"body": True, "push stored": False, "push committed": False}
    assert answering.none.is_set()


def test_a_client_that_never_sends_its_body_stops_no_lane(office: Office, served: ASGIApp) -> None:
    key = add_key(office.installation, "shop").key
    assert key is not None

    async def receive() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(_: Message) -> None:
        raise AssertionError

    async def hang() -> None:
        request = asyncio.ensure_future(served(asking(office, key), receive, send))
        await asyncio.wait([request], timeout=0.2)
        assert not request.done()
        assert answering.none.is_set()
        request.cancel()
        await asyncio.wait([request])

    asyncio.run(hang())
    assert answering.none.is_set()
