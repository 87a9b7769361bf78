"""A program that uses the push API over HTTP, as any program outside of Clary does."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import httpx

from clary.hub.installation import Installation

Json = Mapping[str, Any]
"""A JSON object."""

PATH: Final = "/accounting"
"""Where the push API is, below the URL of the server."""

_ANSWER_SECONDS: Final = 30
_LOOK_SECONDS: Final = 0.05


@contextmanager
def served(installation: Installation) -> Iterator[str]:
    """Serve an installation, with a worker, on a free port of this machine; give its URL.

    Raises:
        Misconfigured: no port can be had.
    """
    # Server and engine take a moment to load: not before they are needed.
    from clary.api.server import serving  # noqa: PLC0415
    from clary.hub.lanes import Lanes  # noqa: PLC0415

    with serving(installation, Lanes(installation, at_once=1)) as url:
        yield url


@dataclass(frozen=True, slots=True)
class Caller:
    """A program with an API key.

    Attributes:
        http: sends its requests.
    """

    http: httpx.Client

    def ask(self, method: str, path: str, body: Json | None = None, **headers: str) -> Json:
        """Send a request and return the document that answers it.

        Args:
            method: its verb.
            path: below the API.
            body: sent as JSON, if any.
            headers: further headers; `_` stands for `-`.

        Raises:
            httpx.HTTPError: it failed, which it does if Clary is broken alone.
        """
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.http.request(method, path, json=body, headers=named)
        answer.raise_for_status()
        found: Json = answer.json()
        return found

    def ended(self, path: str) -> Json:
        """Return the operation at `path` once it has ended, or as it is when time is over."""
        until = time.monotonic() + _ANSWER_SECONDS
        while (found := self.ask("GET", path))["status"] == "Pending":
            if time.monotonic() > until:
                break
            time.sleep(_LOOK_SECONDS)
        return found


@contextmanager
def calling(url: str, key: str) -> Iterator[Caller]:
    """Give a program that calls the server at `url` with an API key."""
    base = f"{url}{PATH}"
    with httpx.Client(
        base_url=base, auth=("", key), timeout=_ANSWER_SECONDS, trust_env=False
    ) as http:
        yield Caller(http)
