"""Turns answers into shapes, in one place, so that an odd record is told by its name.

A record that cannot be read at all is the record's fault and no reason for a traceback.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from pydantic import ValidationError

from clary.apps.connectwise.client import Client, Json
from clary.apps.connectwise.shapes import Shape
from clary.kernel.errors import Rejected, declare

RECORD_UNREADABLE = declare(
    "CONNECTWISE_RECORD_UNREADABLE",
    Rejected,
    "A record of ConnectWise at {path} cannot be read: {why}.",
    "Look at the record in ConnectWise and correct it there; if it is right, report it.",
)

S = TypeVar("S", bound=Shape)

_MOST_NAMED = 5


def shaped(shape: type[S], answer: Json, path: str) -> S:
    """Return an answer as a shape.

    Raises:
        Rejected: it does not have that shape (CONNECTWISE_RECORD_UNREADABLE).
    """
    # A context manager would cost as much as reading a small record does.
    try:
        return shape.model_validate(answer)
    except ValidationError as error:
        raise unread(shape, answer, path, error) from None


def unread(shape: type[Shape], answer: Json, path: str, error: ValidationError) -> Rejected:
    """Return what tells by its name, in our words, of a record that cannot be read."""
    wrong = error.errors(include_url=False, include_input=False, include_context=False)
    why = "; ".join(_told(each["loc"], each["msg"]) for each in wrong[:_MOST_NAMED])
    key = answer.get("id") if isinstance(answer, Mapping) else None
    finding = RECORD_UNREADABLE.finding(
        record=None if key is None else f"{shape.__name__} {key}",
        field=".".join(map(str, wrong[0]["loc"])) or None,
        path=path,
        why=why,
    )
    return Rejected(finding)


def _told(place: Sequence[str | int], message: str) -> str:
    where = ".".join(map(str, place))
    return f"{where}: {message}" if where else message


class Reader:
    """Typed calls over a client; `client` itself does what no typed call does."""

    def __init__(self, client: Client) -> None:
        """Call through `client`, which stays the caller's to close."""
        self.client = client

    def one(self, shape: type[S], path: str) -> S:
        """Return the record at a path.

        Raises:
            Rejected: there is none (CONNECTWISE_NOT_FOUND), or it cannot be read.
        """
        return shaped(shape, self.client.get(path), path)

    def many(
        self,
        shape: type[S],
        path: str,
        conditions: str = "",
        *,
        child_conditions: str = "",
        order_by: str = "",
        fields: Sequence[str] = (),
    ) -> Iterator[S]:
        """Yield the records of a list as they arrive; arguments as for `Client.pages`."""
        records = self.client.pages(
            path,
            conditions=conditions,
            child_conditions=child_conditions,
            order_by=order_by,
            fields=fields,
        )
        for record in records:
            yield shaped(shape, record, path)
