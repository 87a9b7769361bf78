"""What a route of the native API declares: where it is, what it takes, and what answers it.

The shell serves it and the OpenAPI document describes it, both from this one declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from clary.api.native.calls import Answered, Call, Reply
from clary.api.native.values import Nothing

Answer: TypeAlias = Callable[[Call], Answered]
GoesOn: TypeAlias = Callable[[Call, str], Reply]

WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
EVENTS: Final = "text/event-stream"
PLAIN: Final = "text/plain"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One verb at one path.

    Attributes:
        verb: the HTTP method.
        path: path below /api/v1, with places in braces; a slash in a place is sent as %2F,
            but in a place such as `{number:path}` it may stand as it is.
        name: the one name of the operation, such as `list_runs`.
        tag: group in the document.
        summary: one line.
        answer: what is called; it takes the call and gives the answer.
        goes_on: is called in its place for a request that is sent again while the plan, to
            which it came before, is begun or waits; it takes the call and the id of the plan.
        description: more than one line, where it needs that.
        query: model of the parameters.
        body: model of the body; none where there is none.
        body_optional: the body may be left out, and is an empty object then.
        shown: model or JSON Schema of the answer; none where it has no body.
        status: status of the usual answer.
        others: further answers that are no problems: status and model.
        problems: statuses of problems beside those that every route has.
        example: an answer.
        sent: an example of the body.
        places: examples of the path's places, where the usual ones do not do.
        headers: headers that it reads besides the usual ones.
        media: what the answer is, where it is not JSON.
        is_secret: the answer holds what is shown once: it is never stored.
    """

    verb: str
    path: str
    name: str
    tag: str
    summary: str
    answer: Answer
    goes_on: GoesOn | None = None
    description: str = ""
    query: type[BaseModel] = Nothing
    body: type[BaseModel] | None = None
    body_optional: bool = False
    shown: type[BaseModel] | Mapping[str, Any] | None = None
    status: int = 200
    others: Mapping[int, type[BaseModel]] = field(default_factory=dict)
    problems: tuple[int, ...] = ()
    example: Any = None
    sent: Any = None
    places: Mapping[str, str] = field(default_factory=dict)
    headers: tuple[str, ...] = ()
    media: str = JSON
    is_secret: bool = False

    @property
    def writes(self) -> bool:
        """Tell whether it changes anything."""
        return self.verb in WRITES
