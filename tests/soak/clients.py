"""Clients that push to many companies at once and repeat what was not answered.

A request is repeated with its Idempotency-Key until it is answered, as a careful client does
whose connection broke: it can't know whether the server took the document.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import Any

import httpx

from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.services.keys import add_key
from clary.ledger.fields import EditionName
from tests.api.push.served import PLATFORMS, encoded
from tests.soak.pushes import Pushed, Writer

REPEAT_SECONDS = 0.05
PATIENCE_SECONDS = 60
MOST_UNPAID = 20


@dataclass(frozen=True, slots=True)
class Accepted:
    """One push that was answered.

    Attributes:
        pushed: the document.
        key: key of its operation.
        sent: when it was sent first, in seconds of the monotonic clock.
        answered: when it was answered.
        tries: how often it was sent.
    """

    pushed: Pushed
    key: str
    sent: float
    answered: float
    tries: int


@dataclass(slots=True)
class Books:
    """One writer of a company: what it pushed, and how it reaches the company.

    Attributes:
        name: the connection of the installation.
        company: path of the company of the API.
        connection: path of its connection.
        writer: writes the documents.
        accepted: what was answered, in order.
    """

    name: str
    company: str
    connection: str
    writer: Writer
    accepted: list[Accepted] = field(default_factory=list)
    _unpaid: list[Accepted] = field(default_factory=list)

    def push(self, http: Http) -> None:
        """Push the next document: a payment, where an invoice of ours is known to be written."""
        pushed = self._payment(http) or self.writer.next()
        done = http.push(self.connection, pushed)
        self.accepted.append(done)
        is_invoice = pushed.record == "sales_invoice" and not pushed.fails
        if is_invoice and len(self._unpaid) < MOST_UNPAID:
            self._unpaid.append(done)

    def _payment(self, http: Http) -> Pushed | None:
        if not self._unpaid or self.writer.chance.random() > PAYING:
            return None
        oldest = self._unpaid[0]
        status, change = http.outcome(self.company, oldest.key)
        if status == "Pending":
            return None
        assert status == "Success", (self.name, oldest, status)
        del self._unpaid[0]
        return self.writer.payment_of(oldest.pushed, change)


PAYING = 0.15
"""Share of pushes that pay an invoice."""


class Http:
    """One connection to a server that may be gone for a while."""

    def __init__(self, address: Callable[[], str], key: str) -> None:
        """Reach the server at `address()` with an API key."""
        self._address = address
        self._headers = {"Authorization": f"Basic {encoded(key)}"}
        self._http = httpx.Client(timeout=20, trust_env=False)

    def close(self) -> None:
        """End the connection."""
        self._http.close()

    def push(self, path: str, pushed: Pushed) -> Accepted:
        """Push a document until it is answered."""
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        sent = time.monotonic()
        answer, tries = self._asked("POST", f"{path}/push/{pushed.path}", pushed.body, headers)
        return Accepted(pushed, answer["pushOperationKey"], sent, time.monotonic(), tries)

    def outcome(self, company: str, key: str) -> tuple[str, str]:
        """Return how an operation stands, and the id of its record if it has one."""
        answer, _ = self._asked("GET", f"{company}/push/{key}")
        changes = answer["changes"] or [{"recordRef": {"id": ""}}]
        return answer["status"], changes[0]["recordRef"]["id"]

    def good(self, method: str, path: str, body: object = None) -> Any:  # noqa: ANN401 - JSON
        """Send a request until it succeeds and return what it answers."""
        return self._asked(method, path, body)[0]

    def _asked(
        self, method: str, path: str, body: object = None, headers: dict[str, str] | None = None
    ) -> tuple[Any, int]:
        until, tries = time.monotonic() + PATIENCE_SECONDS, 0
        stated = {**self._headers, **(headers or {})}
        while True:
            tries += 1
            told: object
            try:
                url = f"{self._address()}/accounting{path}"
                got = self._http.request(method, url, json=body, headers=stated)
            except httpx.TransportError as error:
                told = error
            else:
                if got.status_code < 300:
                    return got.json(), tries
                # A 409 tells that the same request is being answered, a 5xx that it was not.
                assert got.status_code == 409 or got.status_code >= 500, (path, got.text)
                told = got.text
            assert time.monotonic() < until, f"{method} {path} was never answered: {told!r}"
            time.sleep(REPEAT_SECONDS)


def link(http: Http, name: str, edition: EditionName) -> tuple[str, str]:
    """Link a new company of the API to books, and return its path and its connection's."""
    made = http.good("POST", "/companies", {"name": f"Company {name}"})
    company = f"/companies/{made['id']}"
    connection = http.good("POST", f"{company}/connections", {"platformKey": PLATFORMS[edition]})
    path = f"{company}/connections/{connection['id']}"
    assert http.good("PUT", f"{path}/authorization", {"company": name})["status"] == "Linked"
    return company, path


class Crowd:
    """Clients that push at the same time, each for books of its own.

    `failed` holds what a client ended with that should not have ended.
    """

    def __init__(
        self,
        installation: Installation,
        address: Callable[[], str],
        shares: Sequence[Sequence[Books]],
        *,
        each: int | None = None,
        pause: float = 0.0,
    ) -> None:
        """Make a client with an API key of its own for each share of the books.

        Args:
            installation: gives the keys.
            address: tells where the server is.
            shares: the books of each client; it goes round them.
            each: how many documents are pushed to each of the books; until told to stop if
                none.
            pause: seconds between two pushes of a client.
        """
        self.stopped = Event()
        self._each, self._pause = each, pause
        self._clients: list[tuple[Http, Sequence[Books]]] = []
        self._running: list[Future[None]] = []
        for number, share in enumerate(shares):
            key = add_key(installation, f"client {number}", Role.OPERATOR, None).key
            assert key is not None
            self._clients.append((Http(address, key), share))
        self._threads = ThreadPoolExecutor(len(self._clients), "client")

    def start(self) -> None:
        """Begin to push."""
        self._running = [self._threads.submit(self._run, *each) for each in self._clients]

    @property
    def is_busy(self) -> bool:
        """Tell whether anyone still pushes."""
        return not all(each.done() for each in self._running)

    def check(self) -> None:
        """Raise what made a client end, if anything did."""
        for each in self._running:
            if each.done():
                each.result()

    def stop(self) -> None:
        """Let each client have its last push answered, and end; what failed is raised."""
        self.stopped.set()
        self.join()

    def join(self) -> None:
        """Wait until all clients have ended; what failed is raised."""
        self._threads.shutdown()
        self.check()

    def _run(self, http: Http, share: Sequence[Books]) -> None:
        try:
            rounds = 0
            while not self.stopped.is_set() and (self._each is None or rounds < self._each):
                rounds += 1
                for books in share:
                    books.push(http)
                    self.stopped.wait(self._pause)
        finally:
            http.close()
