"""A web server on loopback that answers as a test says: what the sandbox site never does.

It is a real server with real sockets; only what stands in its answers is made up.
"""

from __future__ import annotations

import json
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from clary.apps.connectwise.settings import Settings

CODEBASE = "v4_6_release"
BASE = f"/{CODEBASE}/apis/3.0"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as the server got it; names of headers are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Says:
    """An answer: its body as bytes, or as a document that is sent as JSON.

    Attributes:
        hang: seconds to wait before it.
        drop: close the connection instead of answering.
    """

    document: object = None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hang: int = 0
    drop: bool = False

    @property
    def content(self) -> bytes:
        if isinstance(self.document, bytes):
            return self.document
        return json.dumps(self.document).encode()


Handler = Callable[[Asked], Says]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up are part of the tests."""


@dataclass(slots=True)
class OddSite:
    """A running server and what it was asked."""

    port: int
    scheme: str = "http"
    asked: list[Asked] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def calls(self) -> list[str]:
        """Method and path of each request to the interface, in order."""
        inside = [each for each in self.asked if each.path.startswith("/v")]
        return [f"{each.method} {each.path.partition('/apis/3.0')[2]}" for each in inside]

    def settings(self, **stated: str) -> Settings:
        """Return settings that lead here."""
        given = {
            "site": self.url,
            "company": "acme",
            "client_id": "client",
            "public_key": "public-key",
            "private_key": "private-canary",
        }
        return Settings.of({**given, **stated})


def usual(asked: Asked) -> Says:
    """Answer as a site that has nothing."""
    if asked.path.casefold().startswith("/login/companyinfo/"):
        return Says({"Codebase": f"{CODEBASE}/", "CompanyName": "acme"})
    return Says({"code": "NotFound", "message": "nothing here"}, 404)


def each_time(*answers: Says) -> Handler:
    """Answer calls of the interface one after another; the last answer is repeated."""
    waiting = list(answers)

    def answer(asked: Asked) -> Says:
        if asked.path.startswith("/login"):
            return usual(asked)
        return waiting.pop(0) if len(waiting) > 1 else waiting[0]

    return answer


@contextmanager
def odd_site(handler: Handler = usual, context: ssl.SSLContext | None = None) -> Iterator[OddSite]:
    """Serve answers on a free port of this machine; over TLS where a context is given."""

    class _Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("content-length") or 0)
            parts = urlsplit(self.path)
            asked = Asked(
                self.command,
                parts.path,
                dict(parse_qsl(parts.query)),
                {name.lower(): value for name, value in self.headers.items()},
                self.rfile.read(length),
            )
            site.asked.append(asked)
            said = handler(asked)
            time.sleep(said.hang)
            if said.drop:
                self.close_connection = True
                return
            self.send_response(said.status)
            headers = {"content-type": "application/json", **said.headers}
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(said.content)))
            self.end_headers()
            self.wfile.write(said.content)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = _Server(("127.0.0.1", 0), _Handler)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site = OddSite(server.server_address[1], "https" if context else "http")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
