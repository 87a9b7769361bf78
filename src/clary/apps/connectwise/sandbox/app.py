"""The site as a web application: the way of a request from its bytes to its answer.

Requests are answered in threads, each in one transaction of the site's file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse
from starlette.routing import Route as WebRoute

from clary.apps.connectwise.sandbox import access, resources, screen
from clary.apps.connectwise.sandbox.call import Answer, Call, Caller, answered
from clary.apps.connectwise.sandbox.faults import Fault, Faults
from clary.apps.connectwise.sandbox.file import SiteFile, value_of
from clary.apps.connectwise.sandbox.problems import Refused
from clary.apps.connectwise.sandbox.routing import MethodRefused, Route, Router, as_ids
from clary.apps.connectwise.sandbox.wire import LARGEST_BODY, Json, encoded, gathered
from clary.kernel.clock import Clock, SystemClock

BASE = "apis/3.0"
VERSION = "2025.1"
MEDIA_TYPE = f"application/vnd.connectwise.com+json; version={VERSION}"
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
LOGIN_PAGE = "/v4_6_release/login/login.aspx"
_PAGE = "<!DOCTYPE html><title>Log in</title><h1>Log in to the sandbox site</h1>"


@contextmanager
def application(file: Path, clock: Clock | None = None) -> Iterator[Starlette]:
    """Give the site of a file as a web application.

    Raises:
        Misconfigured: the file is not a site's.
    """
    site = Site(SiteFile(file), clock or SystemClock())
    try:
        yield Starlette(
            routes=[WebRoute("/{path:path}", site.answer, methods=METHODS)],
            exception_handlers={Exception: _failed},
        )
    finally:
        site.file.close()


async def _failed(_request: Request, _error: Exception) -> Response:
    return _response(_error_answer(Refused(500, "ServerError", "The site itself failed.")))


class Site:
    """One site: its file, its paths, its faults."""

    def __init__(self, file: SiteFile, clock: Clock) -> None:
        self.file = file
        self.clock = clock
        self.faults = Faults()
        token = Route(
            "POST",
            "system/members/{}/tokens",
            lambda call: access.make_token(call, clock),
            None,
            named=True,
        )
        self._router = Router([*resources.routes(), token])
        self._screen = Router(screen.routes(self.faults))

    async def answer(self, request: Request) -> Response:
        """Answer any request."""
        try:
            body = await _body(request)
        except Refused as refused:
            return _response(_error_answer(refused))
        first, _, rest = request.path_params["path"].strip("/").partition("/")
        if first.casefold() == "sandbox":
            return await run_in_threadpool(self._respond, request, self._screen, rest, body)
        if first.casefold() == "login" or rest.casefold().startswith("login/"):
            return await run_in_threadpool(self._log_in, request)
        path = rest[len(BASE) :].strip("/") if rest.casefold().startswith(BASE) else None
        fault = self.faults.take(request.method, path) if path is not None else None
        early = await _before(fault)
        if early is not None:
            return early
        made = await run_in_threadpool(self._respond, request, self._router, path, body)
        return await _after(fault, made)

    def _log_in(self, request: Request) -> Response:
        parts = request.url.path.strip("/").split("/")
        if [part.casefold() for part in parts[:2]] != ["login", "companyinfo"]:
            return Response(_PAGE, media_type="text/html")
        with self.file.reading() as connection:
            company = value_of(connection, "company")
            if len(parts) < len(("login", "companyinfo", "id")) or parts[2] != company:
                return _response(_error_answer(Refused.missing("Company", "of this name")))
            told: dict[str, Json] = {
                "CompanyName": value_of(connection, "name"),
                "CompanyID": company,
                "Codebase": value_of(connection, "codebase") + "/",
                "VersionCode": f"v{VERSION}",
                "IsCloud": False,
                "SiteUrl": request.url.netloc,
            }
        return _response(answered(told))

    def _respond(self, request: Request, router: Router, path: str | None, body: bytes) -> Response:
        try:
            if router is self._router:
                self._check_base(request, path)
            route, parts = router.find(request.method, path or "")
            return _response(*self._handled(request, route, parts, body))
        except Refused as refused:
            return _response(_error_answer(refused))

    def _check_base(self, request: Request, path: str | None) -> None:
        with self.file.reading() as connection:
            codebase = value_of(connection, "codebase")
        first = request.url.path.strip("/").partition("/")[0]
        if path is None or first.casefold() != codebase.casefold():
            raise Refused(404, "NotFound", f"There is nothing at {request.url.path}.")

    def _handled(
        self, request: Request, route: Route, parts: tuple[str, ...], body: bytes
    ) -> tuple[Answer, ExitStack]:
        """Return the answer, and what keeps its transaction open while it is sent."""
        generation = self.file.generation
        with ExitStack() as stack:
            opened = self.file.writing() if route.changes else self.file.reading()
            connection = stack.enter_context(opened)
            call = Call(
                connection=connection,
                file=self.file,
                ids=() if route.named else as_ids(parts),
                name=parts[0] if route.named else "",
                query={name.casefold(): value for name, value in request.query_params.items()},
                body=body,
                caller=Caller("(screen)", 0, "Admin"),
                url=f"{request.url.scheme}://{request.url.netloc}{request.url.path}",
                forward_only=request.headers.get("pagination-type", "").casefold()
                == "forward-only",
                now=self.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                generation=generation,
            )
            if request.url.path.strip("/").partition("/")[0].casefold() != "sandbox":
                call.caller = self._who(call, request)
                access.check_right(call.caller, route)
                _check_type(request, body)
            made = route.handler(call)
            kept = stack.pop_all() if not isinstance(made.body, str) else ExitStack()
        return made, kept

    def _who(self, call: Call, request: Request) -> Caller:
        given = access.credentials(request.headers.get("authorization", ""))
        who = access.caller(call.connection, given, self.clock)
        if not request.headers.get("clientid", "").strip():
            raise Refused.unauthorised("Provide the header clientId.")
        return who


async def _body(request: Request) -> bytes:
    pieces, size = [], 0
    async for piece in request.stream():
        size += len(piece)
        if size > LARGEST_BODY:
            raise Refused(413, "RequestTooLarge", f"A body has at most {LARGEST_BODY} bytes.")
        pieces.append(piece)
    return b"".join(pieces)


def _check_type(request: Request, body: bytes) -> None:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().casefold()
    if body and not (kind == "application/json" or kind.endswith("+json")):
        raise Refused(415, "UnsupportedMediaType", "Send application/json.")


def _error_answer(refused: Refused) -> Answer:
    told: dict[str, Json] = {
        "code": refused.code,
        "message": refused.message,
        "errors": [dict[str, Json](mistake.as_dict()) for mistake in refused.mistakes],
    }
    headers = {"Allow": refused.allowed} if isinstance(refused, MethodRefused) else {}
    return Answer(refused.status, encoded(told), headers)


def _response(made: Answer, kept: ExitStack | None = None) -> Response:
    headers: Mapping[str, str] = {**made.headers, "api-current-version": VERSION}
    if isinstance(made.body, str):
        content = made.body.encode("utf-8")
        return Response(content, made.status, headers, media_type=MEDIA_TYPE)
    pieces = _closing(made.body, kept or ExitStack())
    return StreamingResponse(pieces, made.status, headers, media_type=MEDIA_TYPE)


def _closing(pieces: Iterator[str], kept: ExitStack) -> Iterator[bytes]:
    with kept:
        yield from gathered(pieces)


# -- faults ------------------------------------------------------------------------------------


async def _before(fault: Fault | None) -> Response | None:
    """Return the answer of a fault that strikes before the work, waiting where it says so."""
    if fault is None:
        return None
    if fault.kind in {"slow", "hang-before"}:
        await asyncio.sleep(fault.seconds)
    match fault.kind:
        case "too-many-requests":
            refused = Refused(429, "TooManyRequests", "Too many requests.")
            made = _error_answer(refused)
            return _response(Answer(429, made.body, {"Retry-After": str(fault.seconds)}))
        case "error-before":
            return _response(_error_answer(Refused(500, "ServerError", "An error has occurred.")))
        case "hang-before":
            return Response("Gateway timeout", 504, media_type="text/plain")
        case "login-page":
            return RedirectResponse(LOGIN_PAGE, 302)
        case "web-page":
            return Response(_PAGE, media_type="text/html")
        case _:
            return None


async def _after(fault: Fault | None, made: Response) -> Response:
    """Return what a fault makes of the answer after the work was done."""
    kind = fault.kind if fault is not None else ""
    if kind == "error-after":
        return _response(_error_answer(Refused(500, "ServerError", "An error has occurred.")))
    if fault is not None and kind == "hang-after":
        await asyncio.sleep(fault.seconds)
        return Response("Gateway timeout", 504, media_type="text/plain")
    if kind == "malformed":
        return Response('{"code": "x", "items": [1, 2', made.status_code, media_type=MEDIA_TYPE)
    if kind == "drop-after":
        return StreamingResponse(
            _broken(), made.status_code, {"Content-Length": "100000"}, media_type=MEDIA_TYPE
        )
    return made


async def _broken() -> AsyncIterator[bytes]:
    """Yield the start of an answer that never ends as announced."""
    yield b'{"code": "x"'
