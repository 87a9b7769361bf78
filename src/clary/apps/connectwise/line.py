"""The signed line to one company: keys, code base and tries, for every request alike.

Whatever may change under way is put in when a request is sent, not when it is asked for:
a token that ran out is fetched anew, a code base that a release has changed is asked for
again, once, and a site that is busy is given the time it asks for.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from threading import RLock
from urllib.parse import quote

from clary.apps.connectwise.answers import decoded, encoded, web_page
from clary.apps.connectwise.authentication import Keys, stated_keys, token_keys
from clary.apps.connectwise.patience import wait_before
from clary.apps.connectwise.problems import (
    COMPANY_UNKNOWN,
    NOT_CONNECTWISE,
    OUTCOME_UNKNOWN,
    SITE_BUSY,
    Answered,
    Mask,
    refusal,
    speaks_vendor,
)
from clary.apps.connectwise.settings import Settings
from clary.apps.connectwise.transport import CONNECT_SECONDS, Call, Reply, Transport
from clary.kernel.clock import Clock
from clary.kernel.errors import ClaryError, Rejected, Unauthorised, Unreachable, declare

NOT_ACTED_FOR = declare(
    "CONNECTWISE_NOT_ACTED_FOR",
    Unauthorised,
    "ConnectWise does not let us act for the member {member}: {said}.",
    "Check the setting `member`. An integrator login needs access level All records and the"
    " Member API (System > Setup Tables > Integrator Login); API keys need a member who may log"
    " in for others.",
)

MEDIA_TYPE = "application/vnd.connectwise.com+json"
_TOO_MANY = 429
_UNAUTHORISED = 401
_NOT_FOUND = 404
_PASSING = frozenset({408, 500, 502, 503, 504, 520, 522, 524})
"""Statuses that may go away by themselves; those from 520 come from the cloud's gateway."""

_REDISCOVERY = timedelta(minutes=1)
"""A record that is missing looks like an old code base; no more than one look in this time."""

_CODEBASE = re.compile("[A-Za-z0-9._-]{1,60}")


Hold = Callable[[timedelta], None]
"""Makes sure that nobody else may write for a length of time; raises where somebody does."""


def sleep(length: timedelta) -> None:
    """Wait."""
    time.sleep(length.total_seconds())


def hold_nothing(_: timedelta) -> None:
    """Let a reader go on: it stands in nobody's way."""


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked of the API, before it is signed.

    Attributes:
        method: HTTP method.
        path: path below the API's address, from its first slash.
        query: names and values of the query.
        headers: further headers.
        body: what is sent, as bytes of JSON.
        safe: it changes nothing, so that it may be sent twice.
        answer_wanted: the body of the answer counts.
    """

    method: str
    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    safe: bool = True
    answer_wanted: bool = True

    @property
    def what(self) -> str:
        """The request in words."""
        return f"{self.method} {self.path}"


class Line:
    """Sends requests to one company of one site; see `Client` for the errors."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        pause: Callable[[timedelta], None],
        hold: Hold = hold_nothing,
    ) -> None:
        """Connect at the first request.

        Args:
            settings: site, company, keys and bounds.
            clock: tells the time.
            pause: waits between two tries.
            hold: called before each try, with how long that and the wait after it may take.

        Raises:
            Misconfigured: the file of certificate authorities cannot be used.
        """
        self._settings = settings
        self._clock = clock
        self._pause = pause
        self._hold = hold
        self._transport = Transport(settings)
        self._keys = stated_keys(settings)
        self._token: Keys | None = None
        self._patience = timedelta(seconds=settings.patience)
        self._longest = timedelta(seconds=CONNECT_SECONDS + settings.timeout + settings.patience)
        self._codebase = settings.codebase
        self._looked_at = clock.now() - _REDISCOVERY
        self._one_at_a_time = RLock()

    @property
    def host(self) -> str:
        """The server's name."""
        return self._settings.site.host

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def send(self, request: Request) -> Reply:
        """Return the answer to a request; it is one of success.

        Threads may share a line; they wait for each other, as sites want it.
        """
        with self._one_at_a_time:
            return self._sent(request)

    def _sent(self, request: Request) -> Reply:
        reply = self._signed(request)
        if reply.status == _UNAUTHORISED and self._token is not None:
            self._token = None
            reply = self._signed(request)
        if reply.status == _NOT_FOUND and self._has_moved(reply, request):
            reply = self._signed(request)
        if not reply.done:
            raise refusal(self._answered(reply, request.what), self._mask)
        return reply

    def _signed(self, request: Request) -> Reply:
        return self._patiently(lambda: self._call(request, self._signature()), safe=request.safe)

    def discover(self) -> str:
        """Ask the site for its code base, the part of every address that releases change.

        Raises:
            Misconfigured: it is no ConnectWise, or knows no such company.
        """
        company = self._settings.company
        what = f"GET /login/companyinfo/{company}"
        url = f"{self._settings.site.url}/login/companyinfo/{quote(company, safe='')}"
        headers = {"accept": "application/json", "clientid": self._settings.client_id}
        reply = self._patiently(lambda: Call("GET", url, what, headers=headers), safe=True)
        if not reply.done:
            raise self._no_company(reply, what)
        answer = decoded(reply, host=self.host, what=what, safe=True)
        if answer is not None and not isinstance(answer, Mapping):
            raise NOT_CONNECTWISE.raised(host=self.host, why="it gives no record of the company")
        if answer is None:
            raise COMPANY_UNKNOWN.raised(host=self.host, company=company)
        codebase = str(answer.get("Codebase") or "").strip("/")
        if not _CODEBASE.fullmatch(codebase):
            raise NOT_CONNECTWISE.raised(host=self.host, why="it names no code base")
        self._codebase, self._looked_at = codebase, self._clock.now()
        return codebase

    def _no_company(self, reply: Reply, what: str) -> ClaryError:
        """Return what it means that a site tells nothing of the company."""
        answered = self._answered(reply, what)
        error = refusal(answered, self._mask)
        if not isinstance(error, Rejected):
            return error
        if speaks_vendor(answered):
            return COMPANY_UNKNOWN.raised(host=self.host, company=self._settings.company)
        if reply.media_type == "text/html":
            return web_page(reply.body, self.host, what)
        return NOT_CONNECTWISE.raised(host=self.host, why=f"status {reply.status}")

    def _has_moved(self, reply: Reply, request: Request) -> bool:
        """Tell whether the site has another code base now; a fixed one is never asked for."""
        recent = self._clock.now() - self._looked_at < _REDISCOVERY
        own_words = speaks_vendor(self._answered(reply, request.what))
        if self._settings.codebase or (recent and own_words):
            return False
        before = self._codebase
        return self.discover() != before

    def _call(self, request: Request, signature: Mapping[str, str]) -> Call:
        codebase = self._codebase or self.discover()
        settings = self._settings
        headers = {
            "accept": f"{MEDIA_TYPE}; version={settings.version}",
            "clientid": settings.client_id,
            "user-agent": "clary",
            **request.headers,
            **signature,
        }
        if request.body is not None:
            headers["content-type"] = "application/json"
        return Call(
            method=request.method,
            url=f"{settings.site.url}/{codebase}/apis/3.0{request.path}",
            what=request.what,
            query=request.query,
            headers=headers,
            content=request.body,
            safe=request.safe,
            answer_wanted=request.answer_wanted,
        )

    def _signature(self) -> Mapping[str, str]:
        """Return the headers that sign a request: of the member acted for, if there is one."""
        if not self._settings.member:
            return self._keys.headers
        if self._token is None or not self._token.good_at(self._clock.now()):
            self._token = self._fetched_token()
        return self._token.headers

    def _fetched_token(self) -> Keys:
        member = self._settings.member
        request = Request(
            "POST",
            f"/system/members/{quote(member, safe='')}/tokens",
            body=encoded({"memberIdentifier": member}),
        )
        reply = self._patiently(lambda: self._call(request, self._keys.headers), safe=True)
        if not reply.done:
            error = refusal(self._answered(reply, request.what), self._mask)
            if reply.status == _UNAUTHORISED or not isinstance(error, Rejected | Unauthorised):
                raise error
            raise NOT_ACTED_FOR.raised(member=member, said=str(error).rstrip("."))
        answer = decoded(reply, host=self.host, what=request.what, safe=True)
        stated = answer if isinstance(answer, Mapping) else {}
        keys = token_keys(self._settings.company, stated, self._clock.now())
        if keys is None:
            raise NOT_ACTED_FOR.raised(member=member, said="the answer holds no keys")
        return keys

    def _patiently(self, call: Callable[[], Call], *, safe: bool) -> Reply:
        """Return the answer to a request, tried again while that may help.

        A write that was refused unread (too many requests, no connection) is tried again
        like a read; one that may have been done is not.
        """
        waited = timedelta(0)
        attempt = 0
        while True:
            attempt += 1
            sent, retry_after = call(), ""
            self._hold(self._longest)
            try:
                reply = self._transport.exchange(sent)
            except Unreachable as failure:
                error: ClaryError = failure
            else:
                passing = self._passing(reply, sent.what, safe=safe)
                if passing is None:
                    return reply
                error, retry_after = passing, reply.headers.get("retry-after", "")
            wait = wait_before(attempt, retry_after, self._clock.now())
            waited += wait
            if attempt > self._settings.retries or waited > self._patience:
                raise error
            self._pause(wait)

    def _passing(self, reply: Reply, what: str, *, safe: bool) -> ClaryError | None:
        """Return the error that an answer stands for where another try may help, or none.

        Raises:
            Uncertain: a write was answered with a failure, and may have been done.
        """
        if reply.status == _TOO_MANY:
            later = reply.headers.get("retry-after", "")
            until = f"; it asks to wait: {self._mask.said(later)}" if later else ""
            return SITE_BUSY.raised(what=what, until=until)
        if reply.status < 500 and reply.status not in _PASSING:  # noqa: PLR2004 - server errors
            return None
        error = refusal(self._answered(reply, what), self._mask)
        if not safe:
            raise OUTCOME_UNKNOWN.raised(what=what, reason=str(error).rstrip("."))
        return error if reply.status in _PASSING else None

    def _answered(self, reply: Reply, what: str) -> Answered:
        return reply.answered(self.host, what)

    @property
    def _mask(self) -> Mask:
        token = self._token.secrets if self._token else ()
        return Mask((*self._settings.secrets, *self._keys.secrets, *token))
