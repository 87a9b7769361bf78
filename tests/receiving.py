"""A receiver of webhooks on loopback, for every test that looks at what is sent."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue
from typing import TypeAlias

Message: TypeAlias = tuple[dict[str, str], str]
"""Headers by their names in lower case, and the body."""


@dataclass
class Receiver:
    """Someone who is told of things.

    Attributes:
        url: where.
        got: every message, in order.
        status: what it answers.
        meanwhile: done before it answers, once.
    """

    url: str
    got: SimpleQueue[Message] = field(default_factory=SimpleQueue)
    status: int = 200
    meanwhile: list[Callable[[], object]] = field(default_factory=list)

    def so_far(self) -> list[Message]:
        """Return what has come since this was asked last."""
        return [self.got.get_nowait() for _ in range(self.got.qsize())]


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Listen until the context ends."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            headers = {name.lower(): value for name, value in self.headers.items()}
            made.got.put((headers, self.rfile.read(size).decode()))
            while made.meanwhile:
                made.meanwhile.pop()()
            self.send_response(made.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    made = Receiver(f"http://127.0.0.1:{server.server_address[1]}/hook")
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
