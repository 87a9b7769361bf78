"""Runs the server: as a process that ends cleanly on a signal, or beside a program that uses it."""

from __future__ import annotations

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread
from types import FrameType

import uvicorn
from fastapi import FastAPI

from clary.api.app import build, front
from clary.hub.installation import Installation
from clary.hub.lanes import Lanes
from clary.hub.notifying.notifier import Notifier
from clary.kernel.errors import Misconfigured, declare
from clary.kernel.listening import LOOPBACK, listen, url_of

PORT_TAKEN = declare(
    "PORT_TAKEN",
    Misconfigured,
    "The server cannot listen on {host}:{port}: {reason}.",
    "Choose another port with --port, or end the program that uses it.",
)

_GRACE_SECONDS = 5
"""How long the end waits for requests that are under way."""
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class _Announcing(uvicorn.Server):
    """A server that tells once it accepts connections, and as soon as it is to end."""

    def __init__(
        self, config: uvicorn.Config, announce: Callable[[], None], wind_down: Callable[[], None]
    ) -> None:
        super().__init__(config)
        self._announce = announce
        self.wind_down = wind_down

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell."""
        await super().startup(sockets)
        self._announce()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Tell that the end has come; requests that are under way are still answered."""
        self.wind_down()
        super().handle_exit(sig, frame)


def serve(
    installation: Installation,
    lanes: Lanes | None,
    address: tuple[str, int],
    announce: Callable[[str], None],
) -> None:
    """Serve an installation until the process is told to end.

    Args:
        installation: what is served.
        lanes: begun before connections are accepted, and ended after the last request;
            none where other processes do the work.
        address: host and port to listen on; port 0 takes a free one.
        announce: is told the URL once connections are accepted.

    Raises:
        Misconfigured: the port cannot be had (PORT_TAKEN).
        Busy: another process works for the installation (LANES_TAKEN).
    """
    listener = listen(*address, PORT_TAKEN)
    url = url_of(address[0], listener)
    app = build(installation, lanes)
    server = _server(app, lanes, lambda: announce(url))
    # Also while it starts; and once it has ended, it raises the signal that ended it once more.
    for number in _SIGNALS:
        signal.signal(number, server.handle_exit)
    with listener, _at_work(installation, lanes, app):
        server.run(sockets=[listener])


@contextmanager
def serving(installation: Installation, lanes: Lanes) -> Iterator[str]:
    """Serve an installation in a thread while the block lasts, on a free port of this machine.

    It ends with the program, however that ends.

    Args:
        installation: what is served.
        lanes: begun before connections are accepted, and ended after the block.

    Returns:
        The URL, once connections are accepted.

    Raises:
        Misconfigured: no port can be had (PORT_TAKEN).
        Busy: another process works for the installation (LANES_TAKEN).
    """
    listener = listen(LOOPBACK, 0, PORT_TAKEN)
    app = build(installation, lanes)
    settled = Event()
    server = _server(app, lanes, settled.set)

    def run() -> None:
        try:
            server.run(sockets=[listener])
        finally:
            settled.set()  # a server that could not start keeps nobody waiting

    with listener, _at_work(installation, lanes, app):
        thread = Thread(target=run, name="server", daemon=True)
        thread.start()
        settled.wait()
        try:
            yield url_of(LOOPBACK, listener)
        finally:
            server.wind_down()
            server.should_exit = True
            thread.join()


def _server(app: FastAPI, lanes: Lanes | None, announce: Callable[[], None]) -> _Announcing:
    config = uvicorn.Config(
        front(app),
        log_level="warning",
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )

    def wind_down() -> None:
        app.state.native.close_streams()
        if lanes is not None:
            lanes.wind_down()

    return _Announcing(config, announce, wind_down)


@contextmanager
def _at_work(installation: Installation, lanes: Lanes | None, app: FastAPI) -> Iterator[None]:
    """Have everything at work that a server needs, from before its start to after its end."""
    notifier = Notifier(installation)
    if lanes is not None:
        lanes.start()
    try:
        app.state.accounting.start()
        notifier.start()
        yield
    finally:
        notifier.stop()
        app.state.native.stop()
        app.state.accounting.stop()
        if lanes is not None:
            lanes.stop()


def work(installation: Installation, lanes: Lanes, announce: Callable[[], None]) -> None:
    """Work on lanes, and tell people what happens, until the process is told to end.

    Raises:
        Busy: another process works for the installation (LANES_TAKEN).
    """
    told = Event()
    for number in _SIGNALS:
        signal.signal(number, lambda *_: told.set())
    notifier = Notifier(installation)
    lanes.start()
    try:
        notifier.start()
        announce()
        told.wait()
    finally:
        lanes.wind_down()
        notifier.stop()
        lanes.stop()
