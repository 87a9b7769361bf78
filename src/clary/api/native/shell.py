"""What every request of the native API passes through, from its bytes to its answer.

The shell reads the bounded body asynchronously; everything behind it is plain and runs in a
thread of a pool of its own, so that slow books keep no push waiting.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from clary.api.bodies import HUNG_UP, LONGEST_HEADER, read_body
from clary.api.credentials import BASIC, BEARER, stated_key
from clary.api.limiting import Counted, Limiter
from clary.api.native import checking
from clary.api.native.answers import Finished, failed, finished
from clary.api.native.calls import Call, Following
from clary.api.native.finding import Finder, Found, Missing
from clary.api.native.idempotency import HEADER, Once
from clary.api.native.problems import API_KEY_MISSING, HEADER_UNFIT, RATE_LIMIT, REQUEST_FAILED
from clary.api.native.routes import Route
from clary.api.native.scope import require_seen
from clary.api.native.streams import Streams
from clary.hub.access import Access
from clary.hub.installation import Installation
from clary.hub.services.keys import KEY_REFUSED, authenticate
from clary.kernel.errors import ClaryError
from clary.kernel.identifiers import new_id

THREADS: Final = 24
"""Requests that are worked on at once; further ones wait their turn."""

_USUAL_HEADERS: Final = (HEADER, "if-match", "if-none-match", "prefer", "last-event-id")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with its body, or with what was wrong with that."""

    request: Request
    found: Found
    body: str | ClaryError


@dataclass(frozen=True, slots=True)
class _Opened:
    """A stream that may begin."""

    following: Following
    acting: Installation
    key: str
    headers: Mapping[str, str]


class Shell:
    """The native API as an application."""

    def __init__(self, installation: Installation, finder: Finder, limit: int) -> None:
        """Serve the routes of `finder`; `limit` is the most requests of a key in a minute."""
        self._installation = installation
        self._finder = finder
        self._limiter = Limiter(limit)
        self._threads = ThreadPoolExecutor(THREADS, "native")
        self._once = Once(installation)
        self.streams = Streams(self._threads, self._is_in_force)

    def stop(self) -> None:
        """Wait for what runs; called after the last request."""
        self.streams.close()
        self._threads.shutdown(wait=True)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        request = Request(scope, receive)
        response = await self._response(request)
        await response(scope, receive, send)

    async def _response(self, request: Request) -> Response:
        found = self._finder.find(request.method, _path(request))
        try:
            body: str | ClaryError = await read_body(request)
        except ClaryError as error:  # told to those who have a key
            body = error
        except ClientDisconnect:  # nobody is left to answer, and nothing was done
            return Response(status_code=HUNG_UP)
        if isinstance(found, Missing):
            return _missing(found)
        loop = asyncio.get_running_loop()
        asked = _Asked(request, found, body)
        answer = await loop.run_in_executor(self._threads, self._answered, asked)
        if isinstance(answer, _Opened):
            return self.streams.response(
                answer.following, answer.acting, answer.key, answer.headers
            )
        return answer.response()

    def _answered(self, asked: _Asked) -> Finished | _Opened:
        headers: Mapping[str, str] = {}
        try:
            key = _key(asked.request)
            access = authenticate(self._installation, key)
            counted = self._limiter.count(access.actor)
            headers = _limits(counted)
            acting = self._installation.acting_as(access)
            answer = self._done(asked, acting, counted)
        except ClaryError as error:
            return _refused(error).with_headers(headers)
        except Exception:  # noqa: BLE001 - the boundary of the process: it is logged and told
            instance = new_id("request")
            _LOG.exception("request %s failed", instance)
            return failed(REQUEST_FAILED.raised(), instance).with_headers(headers)
        if isinstance(answer, Following):
            return _Opened(answer, acting, key, headers)
        return answer.with_headers(headers)

    def _done(self, asked: _Asked, acting: Installation, counted: Counted) -> Finished | Following:
        route = asked.found.route
        if not counted.is_allowed:
            raise RATE_LIMIT.raised(limit=counted.limit)
        require_seen(acting, asked.found.places)
        if isinstance(asked.body, ClaryError):
            raise asked.body
        call = _call(asked, asked.body, acting, self.streams.is_closing)
        if not call.retry:
            return _answer(route, call)

        def once() -> Finished:
            answer = _answer(route, call)
            assert isinstance(answer, Finished)  # noqa: S101 - no stream writes
            return answer

        sent = f"{asked.request.url.query}\n{asked.body}"
        return self._once.answer(call.retry, call.headers[HEADER], sent, route, once)

    def _is_in_force(self, key: str) -> bool:
        try:
            authenticate(self._installation, key)
        except ClaryError:
            return False
        return True


def _answer(route: Route, call: Call) -> Finished | Following:
    answer = route.answer(call)
    return answer if isinstance(answer, Following) else finished(answer, route)


def _call(asked: _Asked, body: str, acting: Installation, stopping: Callable[[], bool]) -> Call:
    request, route = asked.request, asked.found.route
    stated = request.query_params.multi_items()
    headers = _headers(request, (*_USUAL_HEADERS, *route.headers))
    root = _root(request)
    query = checking.parameters(route.query, stated)
    return Call(
        installation=acting,
        root=f"{request.url.scheme}://{request.url.netloc}{root}",
        path=_path(request),
        places=asked.found.places,
        headers=headers,
        stated=dict(stated),
        retry=_retry(acting.access, request, headers) if route.writes else "",
        stopping=stopping,
        _query=query,
        _body=None if route.body is None else checking.body(route.body, _stated(route, body)),
    )


def _stated(route: Route, body: str) -> str:
    return "{}" if route.body_optional and not body.strip() else body


def _root(request: Request) -> str:
    return str(request.scope.get("root_path", "")).rstrip("/")


def _path(request: Request) -> str:
    """Return the path below that of the API, as it was sent."""
    raw = request.scope.get("raw_path") or quote(request.scope["path"]).encode("ascii")
    return bytes(raw).decode("latin-1").removeprefix(_root(request))


def _retry(access: Access, request: Request, headers: Mapping[str, str]) -> str:
    """Return what names a request with an idempotency key, for one key of ours and one path."""
    if HEADER not in headers:
        return ""
    path = request.scope["path"]
    parts = (access.actor, request.method, path, headers[HEADER])
    return sha256("\n".join(parts).encode("utf-8", "surrogatepass")).hexdigest()


def _headers(request: Request, names: tuple[str, ...]) -> Mapping[str, str]:
    """Return the headers that are read.

    Raises:
        Rejected: one is too long or empty (HEADER_UNFIT).
    """
    found = {name: request.headers[name] for name in names if name in request.headers}
    for name, text in found.items():
        if not text.strip() or len(text) > LONGEST_HEADER:
            reason = f"it has to have 1 to {LONGEST_HEADER} characters"
            raise HEADER_UNFIT.raised(field=name, reason=reason)
    return found


def _key(request: Request) -> str:
    """Return the API key of a request.

    Raises:
        Unauthorised: there is none (API_KEY_MISSING).
    """
    key = stated_key(request.headers.get("authorization", ""), (BEARER, BASIC))
    if key is None:
        raise API_KEY_MISSING.raised()
    return key


def _refused(error: ClaryError) -> Finished:
    if error.code == KEY_REFUSED.name:
        error = API_KEY_MISSING.raised()
    return failed(error, new_id("request"))


def _missing(found: Missing) -> Response:
    answer = failed(found.error, new_id("request"))
    if found.allowed:
        answer = answer.with_headers({"Allow": ", ".join(found.allowed)})
    return answer.response()


def _limits(counted: Counted) -> Mapping[str, str]:
    """Return the headers that tell a client what is left of its minute."""
    return {
        "RateLimit-Limit": str(counted.limit),
        "RateLimit-Remaining": str(counted.left),
        "RateLimit-Reset": str(counted.seconds),
        **counted.retry,
    }
