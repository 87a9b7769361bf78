"""The application that `clary serve` serves: health and metrics, and every API below its path."""

from __future__ import annotations

from typing import Final

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.types import ASGIApp, Receive, Scope, Send

from clary.api import native, push
from clary.api.metrics import registry
from clary.hub.installation import Installation
from clary.hub.lanes import Lanes
from clary.hub.services.working import healthy
from clary.hub.telling import outside
from clary.kernel.errors import ClaryError

PUSH_PATH: Final = "/accounting"
"""Where the push API is."""

NATIVE_PATH: Final = "/api/v1"
"""Where the native API is."""


def front(app: FastAPI) -> ASGIApp:
    """Return an application that `build` made, with a short way to each API.

    What the framework puts around every other request costs a push a tenth of its time, and
    would answer a path with a line break itself.
    """
    ways: dict[str, ASGIApp] = {PUSH_PATH: app.state.pushes, NATIVE_PATH: app.state.native}

    async def passed(scope: Scope, receive: Receive, send: Send) -> None:
        for path, way in ways.items():
            if scope["type"] == "http" and scope["path"].startswith(f"{path}/"):
                root = scope.get("root_path", "")
                inner = {**scope, "app_root_path": root, "root_path": f"{root}{path}"}
                await way(inner, receive, send)
                return
        await app(scope, receive, send)

    return passed


def build(installation: Installation, lanes: Lanes | None) -> FastAPI:
    """Return the application of an installation.

    Args:
        installation: what is served; it stays open as long as the application is used.
        lanes: woken when work is accepted; none where other processes do the work.

    `state.accounting` has a `start()` to call before the first request, and a `stop()` to
    call after the last; so has `state.native`, whose `close_streams()` is called first.
    """
    app = FastAPI(title="Clary", docs_url=None, redoc_url=None, openapi_url=None)
    collected = registry(installation)

    @app.get("/healthz")
    def health() -> JSONResponse:
        try:
            return JSONResponse(healthy(installation))
        except ClaryError as error:
            return JSONResponse({"status": "failed", "code": error.code}, status_code=503)

    @app.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(collected), media_type=CONTENT_TYPE_LATEST)

    @app.exception_handler(ClaryError)
    async def problem(_: Request, failure: ClaryError) -> JSONResponse:
        error = outside(failure)
        document = {
            "type": f"urn:clary:error:{error.code}",
            "title": error.findings[0].message,
            "status": error.status,
            "code": error.code,
        }
        return JSONResponse(
            document, status_code=error.status, media_type="application/problem+json"
        )

    accounting = push.routes(installation, lanes.wake if lanes is not None else push.nobody)
    app.mount(PUSH_PATH, accounting)
    app.state.accounting = accounting.state
    app.state.pushes = accounting.state.short
    own = native.routes(installation)
    app.mount(NATIVE_PATH, own)
    app.state.native = own
    return app
