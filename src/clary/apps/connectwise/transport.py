"""One exchange with the server: sent, answered within bounds, and told in our own errors.

Here it is decided whether a failure came before or after the request was handed over: a
read may simply be tried again, but a write that may have been done is uncertain.
"""

from __future__ import annotations

import functools
import logging
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from clary.apps.connectwise.problems import (
    ANSWER_INVALID,
    ANSWER_TOO_LARGE,
    CERTIFICATE,
    OUTCOME_UNKNOWN,
    REACH_FAILED,
    TIMED_OUT,
    Answered,
)
from clary.apps.connectwise.settings import Settings
from clary.kernel.errors import ClaryError, Misconfigured, declare

CERTIFICATES_UNREADABLE = declare(
    "CONNECTWISE_CERTIFICATES_UNREADABLE",
    Misconfigured,
    "The file of certificate authorities {path} cannot be used: {reason}.",
    "Name a readable file in PEM form with --set certificates=FILE, or take the setting away.",
)

# The library below logs the headers of answers, in which a site may repeat our keys.
logging.getLogger("httpcore").setLevel(logging.INFO)

CONNECT_SECONDS = 10
MEGABYTE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Call:
    """One request.

    Attributes:
        method: HTTP method.
        url: the whole address without its query.
        what: the request in words, for errors: method and path.
        query: names and values of the query.
        headers: what is sent along; it may hold credentials.
        content: the body, in bytes.
        safe: it changes nothing, so that it may be sent twice.
        answer_wanted: the body of the answer counts; else it is thrown away.
    """

    method: str
    url: str
    what: str
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    content: bytes | None = field(default=None, repr=False)
    safe: bool = True
    answer_wanted: bool = True


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: status, headers and body."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def media_type(self) -> str:
        """Kind of the body, without its parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def done(self) -> bool:
        """Tell whether the server did what it was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 - the range of success

    def answered(self, host: str, what: str) -> Answered:
        """Return the reply as what says no."""
        location = self.headers.get("location", "")
        return Answered(self.status, self.media_type, location, self.body, host, what)


class Transport:
    """The connections to one server."""

    def __init__(self, settings: Settings) -> None:
        """Connect as `settings` say, at the first request.

        Raises:
            Misconfigured: the file of certificate authorities cannot be used.
        """
        self._host = settings.site.host
        self._seconds = settings.timeout
        self._limit = settings.answer_bytes
        # A proxy of the surroundings never stands between this machine and itself.
        self._client = httpx.Client(
            verify=_trusted(settings.certificates),
            trust_env=not settings.site.on_this_machine,
            follow_redirects=False,
            timeout=httpx.Timeout(settings.timeout, connect=min(CONNECT_SECONDS, settings.timeout)),
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def exchange(self, call: Call) -> Reply:
        """Send one request and return the answer, whatever its status.

        Raises:
            Unreachable: it was not sent, or changes nothing and got no answer.
            Uncertain: it may have been done; no answer came.
            Misconfigured: the server's certificate is not to be trusted, or its answer
                cannot be read.
            Rejected: the answer is too large.
        """
        try:
            return self._exchange(call)
        except (httpx.ConnectError, httpx.ProxyError, httpx.UnsupportedProtocol) as error:
            raise self._unreached(error) from error
        except (httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise self._too_slow(call) from error
        except httpx.TimeoutException as error:
            raise self._unanswered(call, self._too_slow(call)) from error
        except httpx.DecodingError as error:
            unreadable = ANSWER_INVALID.raised(
                host=self._host, what=call.what, why="it is compressed in a way that does not open"
            )
            raise self._unanswered(call, unreadable) from error
        except httpx.TransportError as error:
            raise self._unanswered(call, self._lost(error)) from error

    def _exchange(self, call: Call) -> Reply:
        until = time.monotonic() + self._seconds
        with self._client.stream(
            call.method,
            call.url,
            params=call.query,
            headers=dict(call.headers),
            content=call.content,
        ) as response:
            wanted = call.answer_wanted or not response.is_success
            body = self._body(response, call, until) if wanted else b""
            return Reply(response.status_code, response.headers, body)

    def _body(self, response: httpx.Response, call: Call, until: float) -> bytes:
        """Return the body, read within the bounds of size and time."""
        body = bytearray()
        for piece in response.iter_bytes():
            body += piece
            if len(body) > self._limit:
                large = ANSWER_TOO_LARGE.raised(what=call.what, limit=self._limit // MEGABYTE)
                raise self._unanswered(call, large)
            if time.monotonic() > until:
                raise self._unanswered(call, self._too_slow(call))
        return bytes(body)

    def _unanswered(self, call: Call, error: ClaryError) -> ClaryError:
        """Return an error that came after the request was handed over."""
        if call.safe:
            return error
        return OUTCOME_UNKNOWN.raised(what=call.what, reason=str(error).rstrip("."))

    def _too_slow(self, call: Call) -> ClaryError:
        return TIMED_OUT.raised(host=self._host, seconds=self._seconds, what=call.what)

    def _lost(self, error: Exception) -> ClaryError:
        return REACH_FAILED.raised(host=self._host, reason=_reason(error))

    def _unreached(self, error: Exception) -> ClaryError:
        for cause in _causes(error):
            if isinstance(cause, ssl.SSLCertVerificationError):
                return CERTIFICATE.raised(host=self._host, reason=cause.verify_message)
        return self._lost(error)


def _causes(error: BaseException) -> list[BaseException]:
    """Return an error and all that led to it."""
    causes: list[BaseException] = []
    following: BaseException | None = error
    while following is not None and following not in causes:
        causes.append(following)
        following = following.__cause__ or following.__context__
    return causes


def _reason(error: Exception) -> str:
    """Return why the network failed, as the system words it; its words of encryption are ours."""
    for cause in reversed(_causes(error)):
        if isinstance(cause, ssl.SSLError):
            return _NO_TLS.get(cause.reason, "no encrypted connection could be made")
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
    return str(error).rstrip(".") or type(error).__name__


_NO_TLS = dict.fromkeys(
    ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"),
    "what answers there does not speak https",
)
"""What it means where the other side talks in the open; by the names of OpenSSL."""


@functools.cache
def _usual_authorities() -> ssl.SSLContext:
    """Return the context of the usual authorities, read once: that takes as long as ten calls."""
    return httpx.create_ssl_context()


def _trusted(certificates: str) -> ssl.SSLContext:
    """Return whose certificates are trusted: the usual authorities, and those of a file."""
    if not certificates:
        return _usual_authorities()
    context = httpx.create_ssl_context()
    try:
        context.load_verify_locations(cafile=Path(certificates))
    except OSError as error:
        reason = error.strerror or str(error)
        raise CERTIFICATES_UNREADABLE.raised(path=certificates, reason=reason) from error
    return context
