"""A client that keeps a number of connections busy, and tells how quickly each was answered.

It runs in a process of its own and does as little as can be done for a request: one write of
bytes that were made before, one read, and a look at the status.  What it used of the processor
is part of what it tells, so that it can be seen not to be what limits the server.
"""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from urllib.parse import urlsplit

MARK = "########"
"""What stands for a number of eight digits in the body, another one in each request."""

_FIRST = 10_000_000
_READ = 65_536


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be sent.

    Attributes:
        url: where to.
        body: the body; `MARK` in it becomes a number.
        expected: status that every answer has.
        key: API key; none is sent if empty.
        connections: how many requests are under way at a time, each on its own connection.
        requests: how many requests in all.
        first: number of the first request.
    """

    url: str
    body: str
    expected: int = 200
    key: str = ""
    connections: int = 16
    requests: int = 1_000
    first: int = 0


@dataclass(frozen=True, slots=True)
class Answered:
    """How requests were answered.

    Attributes:
        rate: requests per second.
        median: milliseconds of the median answer.
        p99: milliseconds within which 99 of 100 answers came.
        most: milliseconds of the slowest answer.
        busy: part of one processor that the client used.
    """

    rate: float
    median: float
    p99: float
    most: float
    busy: float


def load(asked: Asked) -> Answered:
    """Send the requests from a process of their own and return how they were answered."""
    command = [sys.executable, "-m", "bench.load"]
    text = json.dumps(asdict(asked))
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, text=True, check=True)
    return Answered(**json.loads(done.stdout))


@dataclass(slots=True)
class _Line:
    """One connection: when its request went out, and what has come of the answer."""

    connection: socket.socket
    sent_at: float = 0.0
    received: bytes = b""

    def ask(self, request: bytes) -> None:
        self.received = b""
        self.sent_at = time.perf_counter()
        self.connection.sendall(request)

    def is_answered(self) -> bool:
        """Read what has come and tell whether the answer is whole."""
        part = self.connection.recv(_READ)
        if not part:
            message = "the server hung up"
            raise RuntimeError(message)
        self.received += part
        head, found, body = self.received.partition(b"\r\n\r\n")
        if not found:
            return False
        place = head.lower().index(b"content-length:") + len(b"content-length:")
        return len(body) >= int(head[place:].split(b"\r\n", 1)[0])

    def require(self, status: bytes) -> None:
        if self.received[9:12] != status:
            raise RuntimeError(self.received.decode("utf-8", "replace")[:2_000])


def _requests(asked: Asked) -> Iterator[bytes]:
    before, _, after = asked.body.partition(MARK)
    parts = urlsplit(asked.url)
    head = (
        f"POST {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"{f'Authorization: Basic {asked.key}' + chr(13) + chr(10) if asked.key else ''}"
        f"Content-Type: application/json\r\nContent-Length: {len(asked.body.encode())}\r\n\r\n"
    )
    start, end = (head + before).encode(), after.encode()
    for number in range(asked.first, asked.first + asked.requests):
        yield start + str(_FIRST + number).encode() + end


def _run(asked: Asked) -> Answered:
    address = urlsplit(asked.url)
    status = str(asked.expected).encode()
    requests = iter(list(_requests(asked)))
    selector = selectors.EpollSelector()
    lines = []
    for _ in range(asked.connections):
        line = _Line(socket.create_connection((address.hostname or "", address.port or 80)))
        line.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        selector.register(line.connection, selectors.EVENT_READ, line)
        lines.append(line)
    seconds: list[float] = []
    busy, started = time.process_time(), time.perf_counter()
    for line in lines:
        line.ask(next(requests))
    while len(seconds) < asked.requests:
        for chosen, _ in selector.select():
            line = chosen.data
            if not line.is_answered():
                continue
            seconds.append(time.perf_counter() - line.sent_at)
            line.require(status)
            following = next(requests, None)
            if following is not None:
                line.ask(following)
    took = time.perf_counter() - started
    used = time.process_time() - busy
    for line in lines:
        line.connection.close()
    return _answered(seconds, took, used)


def _answered(seconds: list[float], took: float, used: float) -> Answered:
    ordered = sorted(each * 1_000 for each in seconds)
    return Answered(
        rate=len(ordered) / took,
        median=ordered[len(ordered) // 2],
        p99=ordered[len(ordered) * 99 // 100],
        most=ordered[-1],
        busy=used / took,
    )


if __name__ == "__main__":
    print(json.dumps(asdict(_run(Asked(**json.load(sys.stdin))))))
