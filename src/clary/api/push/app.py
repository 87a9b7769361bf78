"""The shell of the push API: it reads requests, knows who asks, and answers in its words."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Match, Route
from starlette.types import ASGIApp, Receive, Scope, Send

from clary.api.bodies import HUNG_UP, JSON, LONGEST_HEADER, check_characters, read_body
from clary.api.credentials import BASIC, stated_key
from clary.api.limiting import USUAL, Limiter
from clary.api.push.calls import Call, Reply
from clary.api.push.gathering import Gathering
from clary.api.push.limiting import PUSH_RATE_LIMIT, headers_of
from clary.api.push.record_routes import PUSHES
from clary.api.push.table import ROUTES, UPLOADS, Answer
from clary.flows.push import answers
from clary.hub.installation import Installation
from clary.hub.push.accepting import Acceptor, OutdatedError
from clary.hub.push.delivering import Deliverer
from clary.hub.push.keeping import new_key
from clary.hub.push.problems import PUSH_KEY_MISSING
from clary.hub.services.keys import KEY_REFUSED, authenticate
from clary.hub.services.push_desk import Desk, Standing, Ticket
from clary.hub.services.push_operations import time_out_operations
from clary.hub.telling import outside
from clary.hub.work import Work
from clary.kernel.courtesy import answering
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
PUSH_INTERNAL = declare(
    "PUSH_INTERNAL",
    Failed,
    "The server failed at this request.",
    "Send it again; if it fails again, report its correlation id.",
)

SHORT: Final = 100_000
"""Most characters of a document that is judged between two other requests; a longer one gets
a thread, so that nobody waits for it."""

_STATUS: Final = {404: PUSH_PATH_UNKNOWN, 405: PUSH_METHOD_UNKNOWN}
_LOG = logging.getLogger(__name__)
_CALLED: Final = ("idempotency-key",)


def nobody(_: str) -> None:
    """Wake nobody: other processes look by themselves."""


def routes(
    installation: Installation,
    wake: Callable[[str], None] = nobody,
    *,
    limit: int = USUAL,
) -> Starlette:
    """Return the application of the push API, to be mounted at its path.

    Args:
        installation: what is served; it stays open as long as the application is used.
        wake: told the name of a company that has new work.
        limit: most requests of a key in a minute.

    `state.short` is the same application with a short way for pushes.  `state.start()` begins
    to deliver webhooks; `state.stop()` ends what runs beside the requests, and is called after
    the last of them.
    """

    def trip(point: str) -> None:
        installation.trip(point)

    acceptor = Acceptor(Work(installation.database, installation.clock), wake, trip)
    shell = _Shell(installation, Desk(acceptor), Limiter(limit))
    app = Starlette(
        routes=[
            Route(path, shell.endpoint(answer), methods=[verb])
            for verb, path, answer in sorted(ROUTES, key=_pushes_first)
        ],
        exception_handlers={HTTPException: _no_route},
    )
    deliverer = Deliverer(installation, time_out_operations)
    app.state.start = deliverer.start
    app.state.short = _short(app, shell)

    def stop() -> None:
        deliverer.stop()
        acceptor.stop()

    app.state.stop = stop
    return app


def _short(app: ASGIApp, shell: _Shell) -> ASGIApp:
    """Return an application that answers pushes itself and leaves the rest to another.

    What the framework puts around every request, to tell errors that nobody has told, costs
    a push a twelfth of its time; pushes tell all of theirs.
    """
    pushes = [
        (Route(path, endpoint, methods=[verb]), endpoint)
        for verb, path, answer in ROUTES
        if answer in PUSHES
        for endpoint in (shell.endpoint(answer),)
    ]

    async def passed(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            for route, endpoint in pushes:
                match, found = route.matches(scope)
                if match is Match.FULL:
                    scope.update(found)
                    response = await endpoint(Request(scope, receive, send))
                    await response(scope, receive, send)
                    return
        await app(scope, receive, send)

    return passed


def _pushes_first(route: tuple[str, str, Answer]) -> bool:
    """Order routes: most requests are pushes, whose paths no other route has."""
    return route[2] not in PUSHES


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
        self._gathering = Gathering(desk.acceptor)

    def endpoint(self, answer: Answer) -> Callable[[Request], Awaitable[Response]]:
        """Return what answers a route."""

        async def answered(request: Request) -> Response:
            try:
                if answer in UPLOADS:
                    check_characters(request)
                body = "" if answer in UPLOADS else await read_body(request)
            except ClaryError as error:
                return _problem(error, {})
            except ClientDisconnect:  # nobody is left to answer, and nothing was done
                return Response(status_code=HUNG_UP)
            if answer in UPLOADS:  # its client takes its time
                return await self._answer(request, body, answer)
            with answering:
                return await self._answer(request, body, answer)

        return answered

    async def _answer(self, request: Request, body: str, answer: Answer) -> Response:
        headers: dict[str, str] = {}
        try:
            reply = await self._remembered(request, body, answer, headers)
            if reply is None:
                reply = await run_in_threadpool(self._judged, request, body, answer, headers)
                reply = await self._stored(reply)
            return _response(reply, headers)
        except ClaryError as error:
            return _problem(error, headers)
        except Exception:  # noqa: BLE001 - the boundary of the process: it is logged and told
            correlation = new_key()
            _LOG.exception("request %s failed", correlation)
            return _problem(PUSH_INTERNAL.raised(), headers, correlation)

    async def _remembered(
        self, request: Request, body: str, answer: Answer, headers: dict[str, str]
    ) -> Reply | None:
        """Answer a push by the right that is remembered; none where more has to be asked.

        It takes no thread: nothing here waits but for the commit.
        """
        if answer not in PUSHES or len(body) > SHORT:
            return None
        places = request.path_params
        standing = self._desk.standing(_key(request), places["company"], places["connection"])
        if standing is None:
            return None
        self._count(standing.installation.actor, headers)
        try:
            call = self._call(request, body, standing.installation, standing=standing)
            judged = answer(call)
        except ClaryError:  # by what was remembered; what is so now may be something else
            return None
        # Only what was certainly not stored is judged anew: a push is stored once.
        try:
            return await self._stored(judged)
        except OutdatedError:
            self._desk.forget(standing)
            return None

    def _judged(
        self, request: Request, body: str, answer: Answer, headers: dict[str, str]
    ) -> Reply:
        """Answer a request, whose key is authenticated for it alone."""
        key, ticket = _key(request), None
        if answer in PUSHES:
            places = request.path_params
            ticket = self._desk.ticket(
                self._installation, key, places["company"], places["connection"]
            )
        access = authenticate(self._installation, key)
        self._count(access.actor, headers)
        acting = self._installation.acting_as(access)
        return answer(self._call(request, body, acting, ticket=ticket))

    async def _stored(self, reply: Reply) -> Reply:
        """Return a reply once its push is stored, if it is about one."""
        if reply.later is None:
            return reply
        if not reply.later.has_ended:
            await self._gathering.stored(reply.later)
        return Reply(reply.later.result(), reply.status)

    def _count(self, actor: str, headers: dict[str, str]) -> None:
        """Count a request once, and note what its answer says of it.

        Raises:
            Busy: it is one too many (PUSH_RATE_LIMIT).
        """
        if headers:
            return
        counted = self._limiter.count(actor)
        headers.update(headers_of(counted))
        if not counted.is_allowed:
            raise PUSH_RATE_LIMIT.raised(limit=self._limiter.limit)

    def _call(
        self,
        request: Request,
        body: str,
        acting: Installation,
        *,
        ticket: Ticket | None = None,
        standing: Standing | None = None,
    ) -> Call:
        scope = request.scope
        stated = scope["query_string"]
        root = str(scope.get("root_path", "")).rstrip("/")
        host = request.headers.get("host") or request.url.netloc
        return Call(
            installation=acting,
            desk=self._desk,
            root=f"{scope['scheme']}://{host}{root}",
            path=str(scope["path"]).removeprefix(root),
            places={name: str(value) for name, value in request.path_params.items()},
            query=dict(reversed(request.query_params.multi_items())) if stated else {},
            headers={
                name: request.headers[name][:LONGEST_HEADER]
                for name in _CALLED
                if name in request.headers
            },
            body=body,
            ticket=ticket,
            standing=standing,
        )


def _key(request: Request) -> str:
    """Return the API key of a request.

    Raises:
        Unauthorised: there is none (PUSH_KEY_MISSING).
    """
    key = stated_key(request.headers.get("authorization", ""), (BASIC,))
    if key is None:
        raise PUSH_KEY_MISSING.raised()
    return key


def _response(reply: Reply, headers: Mapping[str, str]) -> Response:
    kind = JSON if reply.text else None
    return Response(reply.text, reply.status, headers=dict(headers), media_type=kind)


def _problem(
    error: ClaryError, headers: Mapping[str, str], correlation: str | None = None
) -> Response:
    """Return an error in the API's own words."""
    named, error = correlation or new_key(), outside(error)
    if error.code in (KEY_REFUSED.name, PUSH_KEY_MISSING.name):
        error = PUSH_KEY_MISSING.raised()
        headers = {**headers, "WWW-Authenticate": "Basic"}
    text = answers.encoded(answers.error(error, named))
    return Response(text, error.status, headers=dict(headers), media_type=JSON)
