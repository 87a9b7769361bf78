"""Runs the site: as a process that ends on a signal, or beside the program that uses it.

The web server is part of the extra `hub` and is imported only here and in the modules that
answer requests, so that the command can say what is missing.
"""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

import uvicorn
from starlette.applications import Starlette

from clary.apps.connectwise.sandbox.app import application
from clary.kernel.errors import Misconfigured, declare
from clary.kernel.listening import LOOPBACK, listen, url_of

SITE_PORT_TAKEN = declare(
    "SITE_PORT_TAKEN",
    Misconfigured,
    "The site cannot listen on {host}:{port}: {reason}.",
    "Choose another port with --port, or end the program that uses it.",
)

_GRACE_SECONDS = 2
"""How long the end of the process waits for requests that hang on purpose."""


class _Announcing(uvicorn.Server):
    """A server that tells once it accepts connections."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        self._announce()


def serve(file: Path, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve the site until the process is told to end.

    Args:
        file: the site's file; it is there already.
        host: address to listen on.
        port: port to listen on; 0 takes a free one.
        announce: is told the address once connections are accepted.

    Raises:
        Misconfigured: the port cannot be had (SITE_PORT_TAKEN), or the file is not a site's.
    """
    listener = listen(host, port, SITE_PORT_TAKEN)
    url = url_of(host, listener)
    with application(file) as app:
        server = _server(app, lambda: announce(url))
        _end_quietly()
        server.run(sockets=[listener])


@contextmanager
def serving(file: Path) -> Iterator[str]:
    """Serve the site in a thread while the block lasts, on a free port of this machine.

    It ends with the program, however that ends.

    Args:
        file: the site's file; it is there already.

    Returns:
        The address, once connections are accepted.

    Raises:
        Misconfigured: no port can be had (SITE_PORT_TAKEN), or the file is not a site's.
    """
    listener = listen(LOOPBACK, 0, SITE_PORT_TAKEN)
    url = url_of(LOOPBACK, listener)
    settled = Event()
    with application(file) as app:
        server = _server(app, settled.set)

        def run() -> None:
            try:
                server.run(sockets=[listener])
            finally:
                settled.set()  # a site that could not start keeps nobody waiting

        thread = Thread(target=run, name="sandbox-connectwise", daemon=True)
        thread.start()
        settled.wait()
        try:
            yield url
        finally:
            server.should_exit = True
            thread.join()


def _server(app: Starlette, announce: Callable[[], None]) -> _Announcing:
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )
    return _Announcing(config, announce)


def _end_quietly() -> None:
    """Let the signals that end the server end nothing else: it raises them once more."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: None)
