"""Answers as they leave: status, headers and text, of what a route gave or of an error."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from fastapi import Response

from clary.api.native.calls import Reply
from clary.api.native.problems import PROBLEM, headers_of, problem
from clary.api.native.routes import Route
from clary.flows.operations.planner import KEY_PENDING
from clary.flows.payments.problems import UNFINISHED
from clary.hub.telling import outside
from clary.kernel.errors import Busy, ClaryError, Unauthorised, Unreachable

SERVER_ERROR = 500

_PENDING = frozenset({KEY_PENDING.name, UNFINISHED.name})
"""Refusals because of a run that goes on: once it has ended the answer is another."""


@dataclass(frozen=True, slots=True)
class Finished:
    """An answer.

    Attributes:
        status: HTTP status.
        text: its body; empty for none.
        media: what the body is.
        headers: headers of its own.
        is_final: a retry would be answered the same; not so where something was busy or
            failed, or a right was missing, and nothing was done.
    """

    status: int
    text: str
    media: str
    headers: Mapping[str, str] = field(default_factory=dict)
    is_final: bool = True

    def with_headers(self, headers: Mapping[str, str]) -> Finished:
        """Return the answer with headers added; its own stay as they are."""
        return replace(self, headers={**headers, **self.headers})

    def response(self) -> Response:
        """Return it as it is sent."""
        media = self.media if self.text else None
        return Response(self.text, self.status, headers=dict(self.headers), media_type=media)


def finished(reply: Reply, route: Route) -> Finished:
    """Return what a route answered as it leaves."""
    headers = dict(reply.headers)
    return Finished(reply.status, reply.text, route.media, headers, is_final=reply.is_final)


def failed(error: ClaryError, instance: str) -> Finished:
    """Return the problem document of an error as it leaves."""
    text = json.dumps(problem(outside(error), instance), ensure_ascii=False)
    passes = isinstance(error, Busy | Unreachable | Unauthorised) or error.status >= SERVER_ERROR
    passes = passes or any(each.code in _PENDING for each in error.findings)
    return Finished(error.status, text, PROBLEM, headers_of(error), is_final=not passes)
