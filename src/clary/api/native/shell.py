"""What every request of the native API passes through, from its bytes to its answer.

The shell reads the bounded body asynchronously; everything behind it is plain and runs in a
thread of a pool of its own, so that slow books keep no push waiting.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Final, TypeVar
from urllib.parse import quote

from fastapi import Request, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from clary.api.bodies import HUNG_UP, LONGEST_HEADER, read_body
from clary.api.credentials import BASIC, BEARER, stated_key
from clary.api.limiting import Counted, Limiter
from clary.api.native import checking
from clary.api.native.answers import Finished, failed, finished
from clary.api.native.calls import Answered, Attempt, Call, Following
from clary.api.native.conditional import require_read, unchanged
from clary.api.native.crowding import Crowding
from clary.api.native.finding import Finder, Found, Missing
from clary.api.native.idempotency import HEADER, Once
from clary.api.native.problems import API_KEY_MISSING, HEADER_UNFIT, RATE_LIMIT, REQUEST_FAILED
from clary.api.native.routes import Route
from clary.api.native.scope import company_of, require_seen
from clary.api.native.streams import Streams
from clary.hub.access import Access
from clary.hub.installation import Installation
from clary.hub.services.dropping import require_not_dropped
from clary.hub.services.keys import KEY_REFUSED, authenticate
from clary.hub.services.queueing import is_under_way
from clary.kernel.errors import ClaryError
from clary.kernel.identifiers import new_id

THREADS: Final = 24
"""Requests that are worked on at once; further ones wait their turn."""

KEY_THREADS: Final = 4
"""Keys and streams that are looked at at once: short looks, which wait for no company."""

_USUAL_HEADERS: Final = (HEADER, "if-match", "if-none-match", "prefer", "last-event-id")
T = TypeVar("T")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request with its body, or with what was wrong with that."""

    request: Request
    found: Found
    body: str | ClaryError


@dataclass(frozen=True, slots=True)
class _Known:
    """Whose request it is, and what is left of that one's minute."""

    acting: Installation
    key: str
    company: str | None
    headers: Mapping[str, str]


class Shell:
    """The native API as an application."""

    def __init__(
        self,
        installation: Installation,
        finder: Finder,
        limit: int,
        crowding: Crowding | None = None,
    ) -> None:
        """Serve the routes of `finder`.

        Args:
            installation: what is served.
            finder: finds the routes.
            limit: most requests of a key in a minute.
            crowding: how many requests there may be at once; as usual if none.
        """
        self._installation = installation
        self._finder = finder
        self._limiter = Limiter(limit)
        self._threads = ThreadPoolExecutor(THREADS, "native")
        self._quick = ThreadPoolExecutor(KEY_THREADS, "native-keys")
        self._crowding = crowding or Crowding()
        self._once = Once(installation)
        self.streams = Streams(self._quick, self._renewed)

    def stop(self) -> None:
        """Wait for what runs; called after the last request."""
        self.streams.close()
        self._threads.shutdown(wait=True)
        self._quick.shutdown(wait=True)

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
        return await self._answered(_Asked(request, found, body))

    async def _answered(self, asked: _Asked) -> Response:
        """Return the answer of a request: who asks is known at once, the rest has its turn."""
        known = await self._in(self._quick, {}, lambda: self._known(asked))
        if isinstance(known, Finished):
            return known.response()
        writes = asked.found.route.writes
        try:
            async with self._crowding.place(known.acting.actor, known.company, writes=writes):
                answer = await self._in(
                    self._threads, known.headers, lambda: self._done(asked, known)
                )
        except ClaryError as error:  # there was no place
            return _refused(error).with_headers(known.headers).response()
        if isinstance(answer, Following):
            return self.streams.response(answer, known.acting, known.key, known.headers)
        return answer.with_headers(known.headers).response()

    async def _in(
        self, threads: ThreadPoolExecutor, headers: Mapping[str, str], do: Callable[[], T]
    ) -> T | Finished:
        """Return what `do` gives in one of these threads, or its error as it leaves."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(threads, _safely, do, headers)

    def _known(self, asked: _Asked) -> _Known | Finished:
        """Return whose request it is, or why it is refused whatever it asks for."""
        key = _key(asked.request)
        access = authenticate(self._installation, key)
        counted = self._limiter.count(access.actor)
        headers = _limits(counted)
        if not counted.is_allowed:
            error = RATE_LIMIT.raised(limit=counted.limit)
            return _refused(error).with_headers(headers)
        acting = self._installation.acting_as(access)
        return _Known(acting, key, company_of(acting, asked.found.places), headers)

    def _done(self, asked: _Asked, known: _Known) -> Finished | Following:
        route, acting = asked.found.route, known.acting
        require_seen(acting, asked.found.places)
        if isinstance(asked.body, ClaryError):
            raise asked.body
        call = _call(asked, asked.body, acting, self.streams.is_closing)
        if not call.retry:
            return _answer(route, call)

        def once(attempt: Attempt) -> Finished:
            answer = _answer(route, replace(call, attempt=attempt))
            assert isinstance(answer, Finished)  # noqa: S101 - no stream writes
            return answer

        sent = f"{asked.request.url.query}\n{asked.body}"
        return self._once.answer(call.retry, call.headers[HEADER], sent, route, once)

    def _renewed(self, key: str) -> Installation | None:
        """Return the installation as the bearer of a key may use it now, if it still may."""
        try:
            return self._installation.acting_as(authenticate(self._installation, key))
        except ClaryError:
            return None


def _safely(do: Callable[[], T], headers: Mapping[str, str]) -> T | Finished:
    try:
        return do()
    except ClaryError as error:
        return _refused(error).with_headers(headers)
    except Exception:  # noqa: BLE001 - the boundary of the process: it is logged and told
        instance = new_id("request")
        _LOG.exception("request %s failed", instance)
        return failed(REQUEST_FAILED.raised(), instance).with_headers(headers)


def _answer(route: Route, call: Call) -> Finished | Following:
    plan = call.attempt.plan
    answer: Answered
    if plan is not None and route.goes_on is not None and _goes_on(call.installation, plan):
        answer = route.goes_on(call, plan)
    else:
        answer = route.answer(replace(call, attempt=replace(call.attempt, plan=None)))
    if isinstance(answer, Following):
        return answer
    return finished(unchanged(route, call.headers, answer), route)


def _goes_on(installation: Installation, plan: str) -> bool:
    """Tell whether the plan of an earlier attempt is under way, and not to be made anew.

    Raises:
        Rejected: somebody has dropped it (WORK_DROPPED).
    """
    found = is_under_way(installation, plan)
    # Afterwards: what is dropped between the two must not be planned anew.
    require_not_dropped(installation, plan)
    return found


def _call(asked: _Asked, body: str, acting: Installation, stopping: Callable[[], bool]) -> Call:
    request, route = asked.request, asked.found.route
    stated = request.query_params.multi_items()
    headers = _headers(request, (*_USUAL_HEADERS, *route.headers))
    require_read(route, headers)
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
