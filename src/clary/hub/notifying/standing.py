"""How notifications stand: what waits, what does not get through, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Select, func, select

from clary.hub.notify_tables import MESSAGE, NOTICE
from clary.hub.notifying.gathering import DELIVERED, FAILED, TRIAL, WAITING
from clary.hub.notifying.problems import NOTIFY_FAILING
from clary.hub.notifying.subscriptions import Subscription, all_subscriptions
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import Finding, code_named

RECENT: Final = timedelta(days=7)
"""How long a message that was given up counts."""


@dataclass(frozen=True, slots=True)
class NotifyStanding:
    """How one subscription stands.

    Attributes:
        subscription: which.
        gathered: happenings that wait for a message.
        waiting: messages that wait to be delivered.
        given_up: messages that were given up in the last seven days.
        delivered_at: when the last one was delivered, aware; none if none was.
        code: why the last attempt failed, where that has not been put right since.
        reason: the same in words.
    """

    subscription: Subscription
    gathered: int
    waiting: int
    given_up: int
    delivered_at: datetime | None
    code: str | None
    reason: str | None

    @property
    def failing(self) -> Finding | None:
        """What stands against it, or none."""
        if self.code is None or self.reason is None:
            return None
        declared = code_named(self.code)
        name = self.subscription.name
        remedy = (declared.remedy if declared else "").replace("NAME", name, 1)
        shown = remedy if "{" not in remedy else f"See `clary notify log {name}`."
        return NOTIFY_FAILING.warning(name=name, reason=self.reason, remedy=shown)


def standings(read: Connection, now: datetime) -> Sequence[NotifyStanding]:
    """Return how every subscription stands, by name."""
    gathered = _by_subscription(
        read, select(NOTICE.c.subscription, func.sum(NOTICE.c.many)).group_by(NOTICE.c.subscription)
    )
    counted = select(MESSAGE.c.subscription, func.count()).group_by(MESSAGE.c.subscription)
    waiting = _by_subscription(read, counted.where(MESSAGE.c.state == WAITING))
    recent = MESSAGE.c.ended_at > timestamp(now - RECENT)
    lost = (MESSAGE.c.state == FAILED) & (MESSAGE.c.kind != TRIAL)
    given_up = _by_subscription(read, counted.where(lost, recent))
    return [
        NotifyStanding(
            found,
            gathered.get(found.id, 0),
            waiting.get(found.id, 0),
            given_up.get(found.id, 0),
            *_last(read, found),
        )
        for found in all_subscriptions(read)
    ]


def _by_subscription(read: Connection, query: Select[Any]) -> dict[str, int]:
    return {row[0]: int(row[1]) for row in read.execute(query)}


def _last(read: Connection, found: Subscription) -> tuple[datetime | None, str | None, str | None]:
    """Return when a message was last delivered, and why the newest that failed since did."""
    mine = MESSAGE.c.subscription == found.id
    delivered = read.execute(
        select(func.max(MESSAGE.c.ended_at)).where(mine, MESSAGE.c.state == DELIVERED)
    ).scalar_one()
    failed = (
        select(MESSAGE.c.reason_code, MESSAGE.c.reason, MESSAGE.c.state, MESSAGE.c.ended_at)
        .where(mine, MESSAGE.c.reason_code.is_not(None), MESSAGE.c.state != DELIVERED)
        .order_by(MESSAGE.c.created_at.desc(), MESSAGE.c.id.desc())
        .limit(1)
    )
    row = read.execute(failed).first()
    at = None if delivered is None else from_timestamp(delivered)
    mended = row is None or (row.state == FAILED and delivered is not None)
    if row is None or (mended and delivered > (row.ended_at or "")):
        return at, None, None
    return at, row.reason_code, row.reason
