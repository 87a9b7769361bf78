"""Delivers what consumers of webhooks are to be told, again and again for a day.

Each consumer has one sender at a time, in whichever process, so that it is told things in the
order in which they came about, and some consumers are told at once, so that none waits for
another one's slow answers.  What was not taken is tried again later, and holds nothing up.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta
from threading import Event, Thread
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, func, select, update

from clary.engine.lease import LEASE_HELD, Leases
from clary.engine.owner import is_gone, this_process
from clary.hub import webhooks
from clary.hub.installation import Installation
from clary.hub.push.events import is_told
from clary.hub.push.tables import PUSH_CONSUMER, PUSH_DELIVERY
from clary.kernel.clock import timestamp
from clary.kernel.errors import ClaryError

DELIVERED: Final = "delivered"
FAILED: Final = "failed"
TICK: Final = 1.0
"""Seconds between two looks at what is due."""

AT_ONCE: Final = 16
"""Consumers that a process tells at the same time."""

_LOG = logging.getLogger(__name__)
_SCOPE: Final = "push deliveries"
_CLAIM: Final = timedelta(seconds=4 * webhooks.SECONDS)
"""How long a message is left to whoever tries it; a process that dies gives it back so."""


def secret_label(consumer: str) -> str:
    """Return what ties a consumer's secret to it."""
    return f"webhook/{consumer}"


def consumers_due(installation: Installation) -> list[str]:
    """Return the consumers that are to be told something now, those due longest first."""
    told = select(PUSH_CONSUMER.c.id).where(is_told(installation.clock.now()))
    due = (
        select(PUSH_DELIVERY.c.consumer)
        .where(_is_due(installation), PUSH_DELIVERY.c.consumer.in_(told))
        .group_by(PUSH_DELIVERY.c.consumer)
        .order_by(func.min(PUSH_DELIVERY.c.next_at))
    )
    with installation.database.read() as read:
        return list(read.execute(due).scalars())


def _is_due(installation: Installation) -> ColumnElement[bool]:
    return PUSH_DELIVERY.c.next_at <= timestamp(installation.clock.now())


def deliver_to(installation: Installation, consumer: str, ending: Event | None = None) -> int:
    """Try what is due for one consumer in order, up to the first that it does not take.

    Args:
        installation: whose messages.
        consumer: its id.
        ending: once it is set, no other message is begun.

    Returns how many were tried; none while another process tells the same consumer.
    """
    end = ending or Event()
    leases = Leases(installation.database, installation.clock, is_gone=is_gone)
    owner, seconds = this_process("webhooks"), int(_CLAIM.total_seconds())
    try:
        lease = leases.acquire(f"webhook {consumer}", owner, seconds)
    except ClaryError as error:
        if error.code != LEASE_HELD.name:
            raise
        return 0
    tried = 0
    with lease:
        while not end.is_set() and (row := _claimed(installation, consumer)) is not None:
            lease.check()
            tried += 1
            if not _try(installation, row, end):
                break
    return tried


def _claimed(installation: Installation, consumer: str) -> Row[Any] | None:
    """Return the message of a consumer that is due longest, left alone by others for a moment."""
    due = (
        select(PUSH_DELIVERY, PUSH_CONSUMER.c.url, PUSH_CONSUMER.c.secret)
        .join(PUSH_CONSUMER, PUSH_CONSUMER.c.id == PUSH_DELIVERY.c.consumer)
        .where(PUSH_DELIVERY.c.consumer == consumer, _is_due(installation))
        .order_by(PUSH_DELIVERY.c.next_at, PUSH_DELIVERY.c.created_at)
        .limit(1)
    )
    with installation.database.read() as read:
        if read.execute(due).first() is None:
            return None
    with installation.database.write(_SCOPE) as write:
        row = write.execute(due).first()
        if row is not None:
            again = timestamp(installation.clock.now() + _CLAIM)
            write.execute(
                update(PUSH_DELIVERY)
                .where(PUSH_DELIVERY.c.id == row.id)
                .values(next_at=again, attempts=row.attempts + 1)
            )
        return row


def _try(installation: Installation, row: Row[Any], ending: Event) -> bool:
    """Send a message, store what became of it, and tell whether it was taken."""
    now = installation.clock.now()
    try:
        secret = installation.vault.unsealed(row.secret, secret_label(row.consumer))
        private = webhooks.private_allowed(installation.settings)
        sent = webhooks.send(row.url, secret, row.id, row.body, now, private=private, ending=ending)
    except ClaryError as error:
        sent = webhooks.Sent(None, error.findings[0].message)
    pause = webhooks.RETRIES[row.attempts] if row.attempts < len(webhooks.RETRIES) else None
    ended = sent.reason is None or pause is None
    again = None if ended or pause is None else timestamp(now + pause)
    values: dict[str, object] = {"answered": sent.status, "reason": sent.reason, "next_at": again}
    if ended:
        state = DELIVERED if sent.reason is None else FAILED
        values |= {"state": state, "ended_at": timestamp(now)}
    # Where it is to be sent once more by now, this attempt is none of that.
    this = (PUSH_DELIVERY.c.id == row.id, PUSH_DELIVERY.c.attempts == row.attempts + 1)
    with installation.database.write(_SCOPE) as write:
        write.execute(update(PUSH_DELIVERY).where(*this).values(**values))
    return sent.reason is None


class Deliverer:
    """What delivers messages in a process, and marks what has timed out."""

    def __init__(self, installation: Installation, also: Callable[[Installation], object]) -> None:
        """Deliver for an installation; `also` is done at each look."""
        self._installation = installation
        self._also = also
        self._stopped = Event()
        self._telling: dict[str, Future[int]] = {}
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="webhook")
        self._thread = Thread(target=self._run, name="push-deliverer", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the messages that are under way, each of which has a moment left."""
        self._stopped.set()
        self._thread.join()
        self._pool.shutdown(cancel_futures=True)

    def _run(self) -> None:
        while not self._stopped.wait(TICK):
            for do in (self._time_out, self._deliver):
                try:
                    do()
                except ClaryError:
                    continue  # the database cannot be used just now; nothing is lost by waiting
                except Exception:  # noqa: BLE001 - logged; the next look tries again
                    _LOG.exception("webhooks could not be delivered")

    def _time_out(self) -> None:
        self._also(self._installation)

    def _deliver(self) -> None:
        """Hand every consumer with something due to the pool, which takes them in this order."""
        for name in [name for name, each in self._telling.items() if each.done()]:
            error = self._telling.pop(name).exception()
            if error is not None and not isinstance(error, ClaryError):
                _LOG.error("webhooks could not be delivered", exc_info=error)
        for consumer in consumers_due(self._installation):
            if consumer not in self._telling:
                self._telling[consumer] = self._pool.submit(
                    deliver_to, self._installation, consumer, self._stopped
                )
