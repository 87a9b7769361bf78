"""What consumers of webhooks are told, put down in the transaction of what happened.

The envelope is the established one (push-api.md 1.7); beside it a failed write says why, so
that nobody has to ask for the operation to learn it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

from sqlalchemy import ColumnElement, Connection, Row, insert, select

from clary.flows.push import answers
from clary.flows.push.answers import Status
from clary.flows.push.declaring import PushVerb
from clary.flows.push.showing import Record
from clary.flows.push.types import ALL_TYPES
from clary.hub.access import KEY_ACTOR
from clary.hub.push.keeping import PushCompany, PushOperation, new_key
from clary.hub.push.tables import PUSH_CONSUMER, PUSH_DELIVERY
from clary.hub.tables import API_KEY
from clary.kernel.clock import timestamp

Consumers: TypeAlias = Sequence[Row[Any]]

EVERYTHING: Final = "*"
"""Event type of consumers that are told of everything."""

_OTHER_KINDS: Final = (
    *("company.created", "company.deleted", "company.product.added", "company.product.removed"),
    *("connection.created", "connection.connected", "connection.disconnected"),
    *("connection.reconnected", "connection.failed", "connection.deleted"),
    *("read.completed", "read.completed.initial"),
    *("client.rateLimit.reached", "client.rateLimit.reset"),
)
"""Event types besides those of writes; some never happen here (push-api.md 1.7)."""

KINDS: Final = frozenset(
    {
        EVERYTHING,
        *_OTHER_KINDS,
        *(
            f"{data_type}.write.{ended}"
            for data_type in ("{dataType}", *(each.name for each in ALL_TYPES))
            for ended in ("successful", "unsuccessful")
        ),
    }
)
"""Event types that a consumer may name; `{dataType}` stands for each."""

WAITING: Final = "waiting"

_WRITES: Final[Mapping[PushVerb, str]] = {
    PushVerb.CREATE: "Create",
    PushVerb.UPDATE: "Update",
    PushVerb.DELETE: "Delete",
}


def company_told(company: PushCompany) -> Record:
    """Return what every event says of its company."""
    return {
        "id": company.id,
        "name": company.name,
        **({} if company.description is None else {"description": company.description}),
        "tags": dict(company.tags),
    }


def of_company(company: PushCompany) -> Record:
    """Return the payload of an event that is about a company itself.

    Where to look at it is told below the API's address, which an event does not know.
    """
    return {
        **company_told(company),
        "redirect": f"/companies/{company.id}",
        "created": timestamp(company.created_at),
    }


def of_operation(
    operation: PushOperation, company: PushCompany, now: datetime
) -> tuple[str, Record]:
    """Return the event of an operation that ended, as its type and its payload."""
    shown = operation.shown(now)
    ended = "successful" if shown.status is Status.SUCCESS else "unsuccessful"
    payload: Record = {
        "id": operation.key,
        "type": _WRITES[operation.verb],
        "referenceCompany": company_told(company),
        "connectionId": operation.connection,
        "requestedOnDate": shown.requested,
        **({} if shown.completed is None else {"completedOnDate": shown.completed}),
        "status": shown.status.value,
        "record": None if operation.change_id is None else {"id": operation.change_id},
        "attachmentId": None,
    }
    if shown.status is not Status.SUCCESS:
        payload["errorMessage"] = shown.error
        payload["validation"] = answers.validation(shown.findings, shown.model)
    return f"{operation.data_type}.write.{ended}", payload


def consumers(read: Connection, now: datetime) -> Consumers:
    """Return the consumers that are told of anything."""
    return read.execute(select(PUSH_CONSUMER).where(is_told(now))).all()


def is_told(now: datetime) -> ColumnElement[bool]:
    """Return the condition that a consumer is told of anything.

    One that a key has made ends with the key: what is told outlives nobody's right to know it.
    """
    named = PUSH_CONSUMER.c.created_by == KEY_ACTOR + API_KEY.c.name
    ended = API_KEY.c.revoked_at.is_not(None) | (API_KEY.c.expires_at <= timestamp(now))
    outlived = select(API_KEY.c.public).where(named, ended).correlate(PUSH_CONSUMER).exists()
    return PUSH_CONSUMER.c.disabled.is_(False) & ~outlived


def tell(
    write: Connection,
    company: PushCompany,
    kind: str,
    payload: Record,
    now: datetime,
    known: Consumers | None = None,
    books: str | None = None,
) -> None:
    """Put an event down for every consumer that wants it, in the caller's transaction.

    Args:
        write: the transaction.
        company: the company that it is about.
        kind: its type.
        payload: what is told.
        now: when it happened, aware.
        known: the consumers, where they have been read in this transaction.
        books: what it happened in; the company need not be linked to them any more.
    """
    bound = {each.bound.casefold() for each in company.connections if each.bound}
    if books:
        bound.add(books.casefold())
    found = consumers(write, now) if known is None else known
    rows = [row for row in found if _wants(row, company, kind, bound)]
    if not rows:
        return
    message = new_key()
    body = answers.encoded(
        {
            "id": message,
            "eventType": kind,
            "generatedDate": timestamp(now),
            "payload": payload,
        }
    )
    write.execute(
        insert(PUSH_DELIVERY),
        [
            {
                "id": new_key(),
                "consumer": row.id,
                "event_type": kind,
                "body": body,
                "state": WAITING,
                "attempts": 0,
                "next_at": timestamp(now),
                "created_at": timestamp(now),
            }
            for row in rows
        ],
    )


def _wants(row: Row[Any], company: PushCompany, kind: str, bound: set[str]) -> bool:
    """Tell whether a consumer is told of an event of a company.

    Its maker has to have the right to all books that the company is linked to.
    """
    allowed = None if row.companies is None else set(json.loads(row.companies))
    if allowed is not None and not (bound and bound <= allowed):
        return False
    return _fits(json.loads(row.event_types), kind) and _tagged(
        json.loads(row.company_tags), company
    )


def _fits(types: Sequence[str], kind: str) -> bool:
    """Tell whether one of the types is the event's; `{dataType}.write.…` is of all types."""
    general = f"{{dataType}}{kind[kind.index('.write.') :]}" if ".write." in kind else kind
    return not types or EVERYTHING in types or kind in types or general in types


def _tagged(tags: Sequence[str], company: PushCompany) -> bool:
    own = {f"{name}:{value}" for name, value in company.tags.items()}
    return not tags or not own.isdisjoint(tags)
