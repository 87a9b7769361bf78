"""The shell of the push API: it reads requests, knows who asks, and answers in its words."""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from fastapi import FastAPI, Request, Response
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from clary.api.push.calls import Call, Reply
from clary.api.push.limiting import PUSH_RATE_LIMIT, USUAL, Limiter
from clary.api.push.table import ROUTES, Answer
from clary.flows.push import answers
from clary.hub.installation import Installation
from clary.hub.push.accepting import Acceptor
from clary.hub.push.delivering import Deliverer
from clary.hub.push.keeping import new_key
from clary.hub.push.problems import PUSH_KEY_MISSING
from clary.hub.services.keys import KEY_REFUSED, authenticate
from clary.hub.services.push_desk import Desk
from clary.hub.services.push_operations import time_out_operations
from clary.hub.work import Work
from clary.kernel.errors import ClaryError, Failed, Rejected, declare

PUSH_PATH_UNKNOWN = declare(
    "PUSH_PATH_UNKNOWN",
    Rejected,
    "There is nothing at this path.",
    "Check the path against the reference of the API.",
    http_status=404,
)
PUSH_METHOD_UNKNOWN = declare(
    "PUSH_METHOD_UNKNOWN",
    Rejected,
    "This path has no such method.",
    "Check the method against the reference of the API.",
    http_status=405,
)
PUSH_BODY_TOO_LARGE = declare(
    "PUSH_BODY_TOO_LARGE",
    Rejected,
    "The body is larger than {limit} bytes.",
    "Send one document at a time.",
    http_status=413,
)
PUSH_BODY_NOT_TEXT = declare(
    "PUSH_BODY_NOT_TEXT",
    Rejected,
    "The body is no UTF-8 text.",
    "Send JSON in UTF-8.",
    http_status=400,
)
PUSH_CONTENT_TYPE = declare(
    "PUSH_CONTENT_TYPE",
    Rejected,
    "The body is said to be {found!r}.",
    "Send JSON, with the header Content-Type: application/json.",
    http_status=415,
)
PUSH_INTERNAL = declare(
    "PUSH_INTERNAL",
    Failed,
    "The server failed at this request.",
    "Send it again; if it fails again, report its correlation id.",
)

LARGEST_BODY: Final = 2_000_000
"""Most bytes of a request's body."""

LONGEST_HEADER: Final = 500
HUNG_UP: Final = 499
"""Status of a request whose sender hung up; nobody sees it."""
_STATUS: Final = {404: PUSH_PATH_UNKNOWN, 405: PUSH_METHOD_UNKNOWN}
_LOG = logging.getLogger(__name__)
_JSON: Final = "application/json"
_CALLED: Final = ("idempotency-key",)


def nobody(_: str) -> None:
    """Wake nobody: other processes look by themselves."""


def routes(
    installation: Installation,
    wake: Callable[[str], None] = nobody,
    *,
    limit: int = USUAL,
) -> FastAPI:
    """Return the application of the push API, to be mounted at its path.

    Args:
        installation: what is served; it stays open as long as the application is used.
        wake: told the name of a company that has new work.
        limit: most requests of a key in a minute.

    `state.start()` begins to deliver webhooks; `state.stop()` ends what runs beside the
    requests, and is called after the last of them.
    """
    app = FastAPI(title="Clary push API", docs_url=None, redoc_url=None, openapi_url=None)
    acceptor = Acceptor(Work(installation.database, installation.clock), wake)
    shell = _Shell(installation, Desk(acceptor), Limiter(limit))
    deliverer = Deliverer(installation, time_out_operations)
    app.state.start = deliverer.start

    def stop() -> None:
        deliverer.stop()
        acceptor.stop()

    app.state.stop = stop
    for verb, path, answer in ROUTES:
        app.add_api_route(path, shell.endpoint(answer), methods=[verb])
    app.add_exception_handler(HTTPException, _no_route)
    return app


async def _no_route(_: Request, error: Exception) -> Response:
    code = error.status_code if isinstance(error, HTTPException) else 500
    declared = _STATUS.get(code, PUSH_INTERNAL)
    return _problem(declared.raised(), {})


class _Shell:
    """What every request passes through."""

    def __init__(self, installation: Installation, desk: Desk, limiter: Limiter) -> None:
        self._installation = installation
        self._desk = desk
        self._limiter = limiter

    def endpoint(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers a route."""

        async def answered(request: Request) -> Response:
            try:
                body = await _body(request)
            except ClaryError as error:
                return _problem(error, {})
            except ClientDisconnect:  # nobody is left to answer, and nothing was done
                return Response(status_code=HUNG_UP)
            return await run_in_threadpool(self._answer, request, body, answer)

        return answered

    def _answer(self, request: Request, body: str, answer: Answer) -> Response:
        headers: Mapping[str, str] = {}
        try:
            access = authenticate(self._installation, _key(request))
            allowed, headers = self._limiter.count(access.actor)
            if not allowed:
                return _problem(PUSH_RATE_LIMIT.raised(limit=self._limiter.limit), headers)
            acting = self._installation.acting_as(access)
            return _response(answer(self._call(request, body, acting)), headers)
        except ClaryError as error:
            return _problem(error, headers)
        except Exception:  # noqa: BLE001 - the boundary of the process: it is logged and told
            correlation = new_key()
            _LOG.exception("request %s failed", correlation)
            return _problem(PUSH_INTERNAL.raised(), headers, correlation)

    def _call(self, request: Request, body: str, acting: Installation) -> Call:
        root = str(request.scope.get("root_path", "")).rstrip("/")
        address = f"{request.url.scheme}://{request.url.netloc}{root}"
        return Call(
            installation=acting,
            desk=self._desk,
            root=address,
            path=request.url.path.removeprefix(root),
            places={name: str(value) for name, value in request.path_params.items()},
            query=dict(reversed(request.query_params.multi_items())),
            headers={
                name: request.headers[name][:LONGEST_HEADER]
                for name in _CALLED
                if name in request.headers
            },
            body=body,
        )


def _key(request: Request) -> str:
    """Return the API key of a request.

    Raises:
        Unauthorised: there is none (PUSH_KEY_MISSING).
    """
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic" or len(encoded) > LONGEST_HEADER:
        raise PUSH_KEY_MISSING.raised()
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise PUSH_KEY_MISSING.raised() from error
    user, colon, password = text.partition(":")
    return password if colon and password else user


async def _body(request: Request) -> str:
    """Return the body of a request.

    Raises:
        Rejected: it is too large, no text, or said to be something else than JSON.
    """
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise PUSH_BODY_TOO_LARGE.raised(limit=LARGEST_BODY)
        parts.append(part)
    if not size:
        return ""
    stated = request.headers.get("content-type", _JSON).partition(";")[0].strip().lower()
    if stated != _JSON and not stated.endswith("+json"):
        raise PUSH_CONTENT_TYPE.raised(found=stated[:80])
    try:
        return b"".join(parts).decode("utf-8")
    except UnicodeDecodeError as error:
        raise PUSH_BODY_NOT_TEXT.raised() from error


def _response(reply: Reply, headers: Mapping[str, str]) -> Response:
    kind = _JSON if reply.text else None
    return Response(reply.text, reply.status, headers=dict(headers), media_type=kind)


def _problem(
    error: ClaryError, headers: Mapping[str, str], correlation: str | None = None
) -> Response:
    """Return an error in the API's own words."""
    named = correlation or new_key()
    if error.code in (KEY_REFUSED.name, PUSH_KEY_MISSING.name):
        error = PUSH_KEY_MISSING.raised()
        headers = {**headers, "WWW-Authenticate": "Basic"}
    text = answers.encoded(answers.error(error, named))
    return Response(text, error.status, headers=dict(headers), media_type=_JSON)
