"""How bodies are written and answers read: exact numbers, and nothing taken on trust.

JSON has no exact decimals of its own, so numbers are read as Decimal and written digit by
digit; a web page where an answer was expected is told as what it is.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import NoReturn, TypeAlias

from clary.apps.connectwise.problems import (
    ANSWER_INVALID,
    LOGIN_PAGE,
    NOT_CONNECTWISE,
    OUTCOME_UNKNOWN,
)
from clary.apps.connectwise.transport import Reply
from clary.kernel.errors import ClaryError

Json: TypeAlias = bool | int | Decimal | str | Sequence["Json"] | Mapping[str, "Json"] | None
"""What an answer holds; a number with a point or exponent is a Decimal."""

Record: TypeAlias = Mapping[str, Json]

LONGEST_NUMBER = 40
"""Digits of the longest number that is read; an exponent may be no larger either."""

_LOGIN = re.compile(rb"type\s*=\s*[\"']?password|log-?\s?in|sign-?\s?in", re.IGNORECASE)


def encoded(body: Json) -> bytes:
    """Return a body as JSON; a Decimal keeps its digits."""
    try:
        # By far the longest bodies hold nothing but ids.
        text = json.dumps(body)
    except TypeError:
        text = "".join(_pieces(body))
    return text.encode("utf-8")


def _pieces(value: Json) -> Iterator[str]:
    if isinstance(value, Decimal):
        yield f"{value:f}"
    elif isinstance(value, Mapping):
        yield "{"
        for position, (name, held) in enumerate(value.items()):
            yield f"{', ' if position else ''}{json.dumps(name)}: "
            yield from _pieces(held)
        yield "}"
    elif isinstance(value, Sequence) and not isinstance(value, str):
        yield "["
        for position, held in enumerate(value):
            yield ", " if position else ""
            yield from _pieces(held)
        yield "]"
    else:
        yield json.dumps(value)


def decoded(reply: Reply, *, host: str, what: str, safe: bool) -> Json:
    """Return what an answer holds, or none where it is empty.

    Args:
        reply: an answer of success.
        host: who answered, for errors.
        what: the request in words, for errors.
        safe: the request changed nothing.

    Raises:
        Misconfigured: it is a web page, or cannot be read.
        Uncertain: it cannot be read, and the request may have changed something.
    """
    body = reply.body.strip()
    if body.startswith(b"<") or reply.media_type == "text/html":
        raise web_page(body, host, what)
    if not body:
        return None
    try:
        answer: Json = json.loads(body, parse_float=_number, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise unreadable(host, what, _reason(error), safe=safe) from None
    return answer


def _reason(error: Exception) -> str:
    """Return why a text is no JSON, without the text itself."""
    if isinstance(error, json.JSONDecodeError):
        return f"it is no JSON ({error.msg} at character {error.pos})"
    return "it is nested too deeply" if isinstance(error, RecursionError) else f"{error}"


def _number(text: str) -> Decimal:
    number = Decimal(text)
    if len(text) > LONGEST_NUMBER or abs(number.adjusted()) > LONGEST_NUMBER:
        message = "it holds a number that is too long"
        raise ValueError(message)
    return number


def _no_number(text: str) -> NoReturn:
    message = f"it holds {text}, which is no number"
    raise ValueError(message)


def unreadable(host: str, what: str, why: str, *, safe: bool = True) -> ClaryError:
    """Return what an answer means that is not what was expected."""
    if safe:
        return ANSWER_INVALID.raised(host=host, what=what, why=why)
    return OUTCOME_UNKNOWN.raised(what=what, reason=f"its answer cannot be read: {why}")


def web_page(body: bytes, host: str, what: str) -> ClaryError:
    """Return what a web page in place of an answer means: log in, or something else."""
    if _LOGIN.search(body):
        return LOGIN_PAGE.raised(host=host, what=what)
    return NOT_CONNECTWISE.raised(host=host, why="a web page came")
