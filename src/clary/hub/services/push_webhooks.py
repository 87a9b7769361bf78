"""Consumers of the push API's webhooks, and the messages that went to them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from clary.hub import webhooks
from clary.hub.access import Role
from clary.hub.installation import Installation
from clary.hub.push.delivering import DELIVERED, secret_label
from clary.hub.push.events import KINDS, WAITING
from clary.hub.push.keeping import new_key
from clary.hub.push.problems import ID_LENGTH, PUSH_BODY_INVALID, PUSH_CONSUMER_UNKNOWN
from clary.hub.push.tables import PUSH_CONSUMER, PUSH_DELIVERY
from clary.hub.services.permissions import companies_seen, needs_somewhere
from clary.hub.trail import Entry
from clary.kernel.clock import timestamp

MOST_CONSUMERS: Final = 50
MOST_TAGS: Final = 10
TAG_LENGTH: Final = 128
MOST_TYPES: Final = 100
_SCOPE: Final = "push consumers"


@dataclass(frozen=True, slots=True)
class Consumer:
    """A consumer of webhooks.

    Attributes:
        id: its id.
        url: where messages go.
        disabled: nothing is sent.
        event_types: what it is told of; everything if none.
        company_tags: `name:value`; companies with one of them, all if none.
        created_by: who made it.
        secret: what messages are signed with; told once, as it is made.
    """

    id: str
    url: str
    disabled: bool
    event_types: tuple[str, ...]
    company_tags: tuple[str, ...]
    created_by: str
    secret: str | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to a consumer.

    Attributes:
        id: its id, which it carries as `webhook-id`.
        event_type: what happened.
        state: waiting, delivered or failed.
        attempts: how often it was tried.
        next_at: when it is tried next, as ISO text in UTC.
        status: HTTP status of the last answer.
        reason: why the last attempt failed.
        created: when it happened, as ISO text in UTC.
    """

    id: str
    event_type: str
    state: str
    attempts: int
    next_at: str | None
    status: int | None
    reason: str | None
    created: str


def _mine(installation: Installation, row: Row[Any]) -> bool:
    access = installation.access
    return access.allows(Role.VIEWER) or row.created_by == access.actor


@needs_somewhere(Role.VIEWER)
def list_consumers(installation: Installation) -> list[Consumer]:
    """Return the consumers: all of them, or one's own without a role for the installation."""
    query = select(PUSH_CONSUMER).order_by(PUSH_CONSUMER.c.created_at)
    with installation.database.read() as read:
        rows = read.execute(query).all()
    return [_consumer(row) for row in rows if _mine(installation, row)]


@needs_somewhere(Role.OPERATOR)
def create_consumer(
    installation: Installation,
    url: str,
    event_types: Sequence[str] = (),
    company_tags: Sequence[str] = (),
    *,
    disabled: bool = False,
) -> Consumer:
    """Make a consumer; it is told of the companies that its maker may see.

    Raises:
        Rejected: nothing can be sent there (WEBHOOK_TARGET_REFUSED), or something else
            cannot be used (PUSH_BODY_INVALID).
        Misconfigured: secrets cannot be stored.
    """
    if len(company_tags) > MOST_TAGS or any(len(tag) > TAG_LENGTH for tag in company_tags):
        expected = f"at most {MOST_TAGS} texts of {TAG_LENGTH} characters"
        raise PUSH_BODY_INVALID.raised(what="companyTags", value="...", expected=expected)
    if len(event_types) > MOST_TYPES or any(len(kind) > TAG_LENGTH for kind in event_types):
        expected = f"at most {MOST_TYPES} names of events"
        raise PUSH_BODY_INVALID.raised(what="eventTypes", value="...", expected=expected)
    unknown = next((kind for kind in event_types if kind not in KINDS), None)
    if unknown is not None:
        expected = "names of events, such as invoices.write.successful or read.completed"
        raise PUSH_BODY_INVALID.raised(what="eventTypes", value=unknown, expected=expected)
    webhooks.check_target(url, private=webhooks.private_allowed(installation.settings))
    if len(list_consumers(installation)) >= MOST_CONSUMERS:
        expected = f"at most {MOST_CONSUMERS} consumers"
        raise PUSH_BODY_INVALID.raised(what="consumers", value="one more", expected=expected)
    key, secret = new_key(), webhooks.new_secret()
    sealed = installation.vault.sealed(secret, secret_label(key))
    seen = companies_seen(installation)
    companies = None if seen is None else json.dumps([name.casefold() for name in seen])
    made = Consumer(
        key, url, disabled, tuple(event_types), tuple(company_tags), installation.actor, secret
    )
    with installation.database.write(_SCOPE) as write:
        write.execute(
            insert(PUSH_CONSUMER).values(
                id=key,
                url=url,
                disabled=disabled,
                event_types=json.dumps(list(event_types)),
                company_tags=json.dumps(list(company_tags)),
                companies=companies,
                secret=sealed,
                created_at=timestamp(installation.clock.now()),
                created_by=installation.actor,
            )
        )
        new = {"url": _told(url), "event_types": list(event_types)}
        installation.trail.record(write, Entry("webhook.add", record=key, new=new))
    return made


@needs_somewhere(Role.OPERATOR)
def delete_consumer(installation: Installation, consumer_id: str) -> None:
    """Forget a consumer and what was to be sent to it.

    Raises:
        Rejected: there is none.
    """
    found = _find(installation, consumer_id)
    with installation.database.write(_SCOPE) as write:
        mine = delete(PUSH_CONSUMER).where(PUSH_CONSUMER.c.id == found.id)
        if not write.execute(mine).rowcount:  # somebody else was faster
            raise PUSH_CONSUMER_UNKNOWN.raised(id=consumer_id[:ID_LENGTH])
        entry = Entry("webhook.remove", record=found.id, old={"url": _told(found.url)})
        installation.trail.record(write, entry)


@needs_somewhere(Role.VIEWER)
def list_deliveries(
    installation: Installation, consumer_id: str, limit: int = 100
) -> list[Delivery]:
    """Return the newest messages to a consumer.

    Raises:
        Rejected: there is no such consumer.
    """
    found = _find(installation, consumer_id)
    query = (
        select(PUSH_DELIVERY)
        .where(PUSH_DELIVERY.c.consumer == found.id)
        .order_by(PUSH_DELIVERY.c.created_at.desc(), PUSH_DELIVERY.c.id)
        .limit(limit)
    )
    with installation.database.read() as read:
        return [
            Delivery(
                row.id,
                row.event_type,
                row.state,
                row.attempts,
                row.next_at,
                row.answered,
                row.reason,
                row.created_at,
            )
            for row in read.execute(query)
        ]


@needs_somewhere(Role.OPERATOR)
def replay_deliveries(
    installation: Installation, consumer_id: str, since: datetime | None, *, everything: bool
) -> int:
    """Send messages again, and return how many.

    Args:
        installation: where they are stored.
        consumer_id: to whom.
        since: those that are not older, aware; all if none.
        everything: those that were delivered, too; else only the others.

    Raises:
        Rejected: there is no such consumer.
    """
    found = _find(installation, consumer_id)
    now = timestamp(installation.clock.now())
    chosen = (
        update(PUSH_DELIVERY)
        .where(PUSH_DELIVERY.c.consumer == found.id)
        .values(state=WAITING, attempts=0, next_at=now, ended_at=None)
    )
    if since is not None:
        chosen = chosen.where(PUSH_DELIVERY.c.created_at >= timestamp(since))
    if not everything:
        chosen = chosen.where(PUSH_DELIVERY.c.state != DELIVERED)
    with installation.database.write(_SCOPE) as write:
        return write.execute(chosen).rowcount


def _told(url: str) -> str:
    """Return an address as the audit trail keeps it: its query may hold a secret."""
    return url.partition("?")[0]


def _find(installation: Installation, consumer_id: str) -> Consumer:
    query = select(PUSH_CONSUMER).where(PUSH_CONSUMER.c.id == consumer_id)
    with installation.database.read() as read:
        row = read.execute(query).one_or_none()
    if row is None or not _mine(installation, row):
        raise PUSH_CONSUMER_UNKNOWN.raised(id=consumer_id[:ID_LENGTH])
    return _consumer(row)


def _consumer(row: Row[Any]) -> Consumer:
    return Consumer(
        row.id,
        row.url,
        bool(row.disabled),
        tuple(json.loads(row.event_types)),
        tuple(json.loads(row.company_tags)),
        row.created_by,
    )
