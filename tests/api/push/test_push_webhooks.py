"""Webhooks: signed, with the reason of a failure, replayable, and never to private addresses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import Any

import pytest
from standardwebhooks import Webhook

from clary.hub import webhooks
from clary.kernel.errors import ClaryError
from tests.api.push.served import Client, Company
from tests.flows.push import documents
from tests.flows.push.shelf import without


@dataclass
class Receiver:
    """Someone who is told of things."""

    url: str
    got: SimpleQueue[tuple[dict[str, str], str]] = field(default_factory=SimpleQueue)
    status: int = 200


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            made.got.put((dict(self.headers), self.rfile.read(size).decode()))
            self.send_response(made.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield made
    server.shutdown()
    thread.join()
    server.server_close()


def told(receiver: Receiver, secret: str) -> Any:  # noqa: ANN401 - JSON
    """Return the next message, its signature checked."""
    headers, body = receiver.got.get(timeout=30)
    return Webhook(secret).verify(body, headers)


def test_a_consumer_is_told_signed_and_with_the_reason(
    client: Client, uk: Company, receiver: Receiver
) -> None:
    kinds = ["customers.write.successful", "{dataType}.write.unsuccessful"]
    made = client.good("POST", "/webhooks", {"url": receiver.url, "eventTypes": kinds})
    secret = made["secret"]
    assert secret.startswith("whsec_")
    listed = client.good("GET", "/webhooks")["results"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert "secret" not in listed[0]
    stated = {**documents.UK_CUSTOMER, "id": "HOOKED"}
    uk.written("customers", stated)
    event = told(receiver, secret)
    assert event["eventType"] == "customers.write.successful"
    assert event["payload"]["record"] == {"id": "HOOKED"}
    assert event["payload"]["referenceCompany"]["id"] == uk.id
    receiver.status = 503
    uk.push("customers", without(stated, "customerName"))
    event = told(receiver, secret)
    assert (event["eventType"], event["payload"]["status"]) == (
        "customers.write.unsuccessful",
        "Failed",
    )
    assert event["payload"]["validation"]["errors"][0]["itemId"] == "CustomerName"
    receiver.status = 200
    # It was not delivered: it is tried again by itself.
    assert told(receiver, secret) == event
    replayed = client.good("POST", f"/webhooks/{made['id']}/replay", {"delivered": True})
    assert replayed == {"replayed": 2}
    again = [told(receiver, secret)["id"] for _ in range(2)]
    assert event["id"] in again
    found = client.good("GET", f"/webhooks/{made['id']}/deliveries")["results"]
    assert len(found) == 2
    client.good("DELETE", f"/webhooks/{made['id']}")
    assert client.good("GET", "/webhooks")["results"] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest",
        "https://[::ffff:192.168.0.1]/hook",
        "http://192.0.2.1/hook",
        "ftp://192.0.2.1/hook",
        "https://user:word@192.0.2.1/",
        "https://",
        "no address",
        "https://a.invalid:99999/",
    ],
)
def test_private_and_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(ClaryError) as caught:
        webhooks.check_target(url, private=False)
    assert caught.value.code == "WEBHOOK_TARGET_REFUSED"
