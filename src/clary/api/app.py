"""The application that `clary serve` serves: health and metrics, and every API below its path."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from clary.api import push
from clary.api.metrics import registry
from clary.hub.installation import Installation
from clary.hub.lanes import Lanes
from clary.hub.services.working import healthy
from clary.kernel.errors import ClaryError


def build(installation: Installation, lanes: Lanes | None) -> FastAPI:
    """Return the application of an installation.

    Args:
        installation: what is served; it stays open as long as the application is used.
        lanes: woken when work is accepted; none where other processes do the work.

    `state.accounting` has a `start()` to call before the first request, and a `stop()` to
    call after the last.
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
    async def problem(_: Request, error: ClaryError) -> JSONResponse:
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
    app.mount("/accounting", accounting)
    app.state.accounting = accounting.state
    return app
