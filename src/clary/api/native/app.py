"""Puts the native API together: the shell, its routes, and the document that describes them."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Response
from starlette.types import Receive, Scope, Send

from clary.api.limiting import USUAL
from clary.api.native import openapi
from clary.api.native.finding import Finder
from clary.api.native.shell import Shell
from clary.api.native.table import ROUTES
from clary.hub.installation import Installation

DOCUMENT = "/openapi.json"
NO_SOCKETS = 1008
"""What somebody is told who opens a web socket: there is none."""


@dataclass(frozen=True, slots=True)
class Native:
    """The native API as an application, to be mounted at its path."""

    shell: Shell
    document: str

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request; the document needs no key."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": NO_SOCKETS})
            return
        root = str(scope.get("root_path", ""))
        path = str(scope["path"]).removeprefix(root)
        if path == DOCUMENT and scope["method"] == "GET":
            response = Response(self.document, media_type="application/json")
            await response(scope, receive, send)
            return
        await self.shell(scope, receive, send)

    def close_streams(self) -> None:
        """End what streams, so that the server can stop; further streams end at once."""
        self.shell.streams.close()

    def stop(self) -> None:
        """End what runs beside the requests; called after the last of them."""
        self.shell.stop()


def routes(installation: Installation, *, limit: int = USUAL) -> Native:
    """Return the native API of an installation.

    Args:
        installation: what is served; it stays open as long as the application is used.
        limit: most requests of a key in a minute.
    """
    return Native(Shell(installation, Finder(ROUTES), limit), openapi.text(ROUTES))
