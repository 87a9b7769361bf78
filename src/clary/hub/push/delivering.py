"""Delivers what consumers of webhooks are to be told, again and again for a day."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from threading import Event, Thread
from typing import Any, Final

from sqlalchemy import Row, select, update

from clary.hub import webhooks
from clary.hub.installation import Installation
from clary.hub.push.tables import PUSH_CONSUMER, PUSH_DELIVERY
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError

DELIVERED: Final = "delivered"
FAILED: Final = "failed"
TICK: Final = 1.0
"""Seconds between two looks at what is due."""

_LOG = logging.getLogger(__name__)
_SCOPE: Final = "push deliveries"
_CLAIM: Final = timedelta(seconds=4 * webhooks.SECONDS)
"""How long a message is left to whoever tries it; a process that dies gives it back so."""


def secret_label(consumer: str) -> str:
    """Return what ties a consumer's secret to it."""
    return f"webhook/{consumer}"


def deliver_due(installation: Installation) -> int:
    """Try every message that is due once, and return how many were tried."""
    tried = 0
    while (row := _claimed(installation)) is not None:
        _try(installation, row)
        tried += 1
    return tried


def _claimed(installation: Installation) -> Row[Any] | None:
    """Return the message that is due longest, left alone by others for a moment."""
    now = installation.clock.now()
    due = (
        select(PUSH_DELIVERY, PUSH_CONSUMER.c.url, PUSH_CONSUMER.c.secret)
        .join(PUSH_CONSUMER, PUSH_CONSUMER.c.id == PUSH_DELIVERY.c.consumer)
        .where(PUSH_DELIVERY.c.next_at <= timestamp(now))
        .order_by(PUSH_DELIVERY.c.next_at)
        .limit(1)
    )
    with installation.database.read() as read:
        if read.execute(due).first() is None:
            return None
    with installation.database.write(_SCOPE) as write:
        row = write.execute(due).first()
        if row is not None:
            write.execute(
                update(PUSH_DELIVERY)
                .where(PUSH_DELIVERY.c.id == row.id)
                .values(next_at=timestamp(now + _CLAIM), attempts=row.attempts + 1)
            )
        return row


def _try(installation: Installation, row: Row[Any]) -> None:
    now = installation.clock.now()
    try:
        secret = installation.vault.unsealed(row.secret, secret_label(row.consumer))
        private = webhooks.private_allowed(installation.settings)
        sent = webhooks.send(row.url, secret, row.id, row.body, now, private=private)
    except ClaryError as error:
        sent = webhooks.Sent(None, error.findings[0].message)
    pause = webhooks.RETRIES[row.attempts] if row.attempts < len(webhooks.RETRIES) else None
    ended = sent.reason is None or pause is None
    again = None if ended or pause is None else timestamp(now + pause)
    values: dict[str, object] = {"answered": sent.status, "reason": sent.reason, "next_at": again}
    if ended:
        state = DELIVERED if sent.reason is None else FAILED
        values |= {"state": state, "ended_at": timestamp(now)}
    with installation.database.write(_SCOPE) as write:
        write.execute(update(PUSH_DELIVERY).where(PUSH_DELIVERY.c.id == row.id).values(**values))


class Deliverer:
    """The thread of a process that delivers messages and marks what has timed out."""

    def __init__(self, installation: Installation, also: Callable[[Installation], object]) -> None:
        """Deliver for an installation; `also` is done at each look."""
        self._installation = installation
        self._also = also
        self._stopped = Event()
        self._thread = Thread(target=self._run, name="push-deliverer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the message that is under way."""
        self._stopped.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.wait(TICK):
            try:
                self._also(self._installation)
                deliver_due(self._installation)
            except ClaryError:
                continue  # the database cannot be used just now; nothing is lost by waiting
            except Exception:  # noqa: BLE001 - logged; the next look tries again
                _LOG.exception("webhooks could not be delivered")
