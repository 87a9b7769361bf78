"""Who wants to be told of what, as it is stored, and when a daily message is due."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, tzinfo
from enum import StrEnum
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, select

from clary.hub.access import Access, Role
from clary.hub.happenings import KINDS, Kind
from clary.hub.notify_tables import SUBSCRIPTION
from clary.hub.tables import API_KEY
from clary.hub.users import find_user
from clary.kernel.clock import from_timestamp, next_at, timestamp

BUSY_MINUTES: Final = 30
"""How long a company is busy before that is told, unless a subscription says otherwise."""


class Channel(StrEnum):
    """How messages travel."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class OwnerKind(StrEnum):
    """Whose rights bound what a subscription tells.

    Those of a user, of an API key, or of whoever may use this machine and with it everything.
    """

    USER = "user"
    KEY = "key"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who is told of what.

    Attributes:
        id: its id.
        name: what people call it.
        owner: name of the user or key whose rights bound what it tells.
        owner_kind: whether that is a user, a key, or the person at the machine.
        channel: by e-mail or by webhook.
        targets: addresses or URLs.
        kinds: what it tells of; none is everything.
        companies: folded names of the companies it tells of; none is all that the owner sees.
        daily_at: local time of a daily message; none tells at once.
        zone: time zone of that time, and of the times in messages.
        next_digest_at: when the next daily message is due, aware.
        busy_minutes: how long a company is busy before that is told.
        paused: nothing is told, nor kept to be told.
        secret: signs webhooks, encrypted.
    """

    id: str
    name: str
    owner: str
    owner_kind: OwnerKind
    channel: Channel
    targets: tuple[str, ...]
    kinds: frozenset[Kind]
    companies: tuple[str, ...] | None
    daily_at: time | None
    zone: str
    next_digest_at: datetime | None
    busy_minutes: int
    paused: bool
    created_at: datetime
    updated_at: datetime
    secret: bytes | None = field(default=None, repr=False)

    def wants(self, kind: Kind, company: str | None, at: datetime, minutes: int | None) -> bool:
        """Tell whether it asks for a happening.

        Args:
            kind: what happened.
            company: to which company; none is the installation.
            at: when; what was before the subscription is not told.
            minutes: for how long a company has been busy; none where it is about no time.
        """
        if self.paused or at < self.created_at or (self.kinds and kind not in self.kinds):
            return False
        if minutes is not None and minutes != self.busy_minutes:
            return False
        return company is None or self.companies is None or company.casefold() in self.companies

    def told(self) -> dict[str, Any]:
        """Return it as faces and the audit trail show it, without its secret."""
        return {
            "name": self.name,
            "owner": self.owner,
            "channel": self.channel.value,
            # What follows a question mark may be a secret of the receiver.
            "targets": [each.partition("?")[0] for each in self.targets],
            "about": [each.value for each in KINDS if each in self.kinds] or None,
            "companies": None if self.companies is None else list(self.companies),
            "daily_at": None if self.daily_at is None else f"{self.daily_at:%H:%M}",
            "zone": self.zone,
            "busy_minutes": self.busy_minutes,
            "paused": self.paused,
        }


def subscription_of(row: Row[Any]) -> Subscription:
    """Return a subscription as it was read."""
    return Subscription(
        id=row.id,
        name=row.name,
        owner=row.owner,
        owner_kind=OwnerKind(row.owner_kind),
        channel=Channel(row.channel),
        targets=tuple(json.loads(row.targets)),
        kinds=frozenset(Kind(each) for each in json.loads(row.kinds) if each in set(Kind)),
        companies=None if row.companies is None else tuple(json.loads(row.companies)),
        daily_at=None if row.daily_at is None else time.fromisoformat(row.daily_at),
        zone=row.zone or "UTC",
        next_digest_at=None if row.next_digest_at is None else from_timestamp(row.next_digest_at),
        busy_minutes=row.busy_minutes,
        paused=bool(row.paused),
        created_at=from_timestamp(row.created_at),
        updated_at=from_timestamp(row.updated_at),
        secret=row.secret,
    )


def values_of(found: Subscription) -> dict[str, object]:
    """Return the columns of a subscription."""
    told = found.told()
    return {
        **{name: told[name] for name in ("name", "owner", "channel", "daily_at", "zone")},
        "id": found.id,
        "folded": found.name.casefold(),
        "owner_kind": found.owner_kind.value,
        "targets": json.dumps(found.targets),
        "kinds": json.dumps(told["about"] or []),
        "companies": None if found.companies is None else json.dumps(told["companies"]),
        "next_digest_at": found.next_digest_at and timestamp(found.next_digest_at),
        "busy_minutes": found.busy_minutes,
        "paused": found.paused,
        "secret": found.secret,
        "created_at": timestamp(found.created_at),
        "updated_at": timestamp(found.updated_at),
    }


def all_subscriptions(read: Connection) -> Sequence[Subscription]:
    """Return every subscription by name."""
    rows = read.execute(select(SUBSCRIPTION).order_by(SUBSCRIPTION.c.folded)).all()
    return [subscription_of(row) for row in rows]


def find_subscription(read: Connection, name: str) -> Subscription | None:
    """Return the subscription called `name` in any case, or none."""
    query = select(SUBSCRIPTION).where(SUBSCRIPTION.c.folded == name.casefold())
    row = read.execute(query).one_or_none()
    return None if row is None else subscription_of(row)


def owner_access(read: Connection, found: Subscription, now: datetime) -> Access | None:
    """Return what the owner of a subscription may do now; none if they may do nothing."""
    if found.owner_kind is OwnerKind.LOCAL:
        return Access(found.owner, Role.ADMIN)
    if found.owner_kind is OwnerKind.USER:
        user = find_user(read, found.owner)
        return None if user is None or user.disabled else user.access
    named = API_KEY.c.folded == found.owner.casefold()
    query = select(API_KEY).where(named, API_KEY.c.revoked_at.is_(None))
    row = read.execute(query).one_or_none()
    if row is None or (row.expires_at is not None and row.expires_at <= timestamp(now)):
        return None
    companies = None if row.companies is None else frozenset(json.loads(row.companies))
    return Access(row.name, Role(row.role), companies, key=row.name)


def may_be_told(access: Access | None, kind: Kind, company: str | None) -> bool:
    """Tell whether someone may be told of a happening of a company, or of the installation."""
    return access is not None and access.allows(KINDS[kind].role, company)


def clocks(zone: str) -> tzinfo:
    """Return the clocks of a time zone; those of UTC where this machine does not know it."""
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        return UTC


def next_digest(at: time, zone: str, now: datetime) -> datetime:
    """Return when the clocks of a time zone next show a time of the day, after now.

    Args:
        at: time of the day, to the minute.
        zone: name of the time zone, such as Europe/London.
        now: the present moment, aware.
    """
    return next_at(at, now, clocks(zone))
