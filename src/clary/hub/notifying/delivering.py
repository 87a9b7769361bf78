"""Delivers messages, one process at a time each, again and again until they are taken.

A message is claimed before it is sent, so that two processes never send the same one at the same
time, and what became of it is recorded after.  A process that dies in between leaves it to the
others: it is then sent again, with the same id.  Nothing is lost, and one message can come twice
for each such death.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Event
from typing import Any, Final

from sqlalchemy import Row, Select, select, update

from clary.engine.owner import is_gone, this_process
from clary.hub import webhooks
from clary.hub.access import Role
from clary.hub.happenings import NOTIFICATIONS
from clary.hub.installation import Installation
from clary.hub.notify_tables import MESSAGE, SUBSCRIPTION
from clary.hub.notifying.gathering import DELIVERED, FAILED, TRIAL, WAITING
from clary.hub.notifying.mail import SECRET_LABEL, Mail, MailServer, send, server_of, stored_server
from clary.hub.notifying.problems import (
    MAIL_DEFERRED,
    MAIL_REFUSED,
    MAIL_SERVER_MISSING,
    NOTIFY_OWNER_GONE,
    WEBHOOK_UNDELIVERED,
)
from clary.hub.notifying.subscriptions import Channel, owner_access, subscription_of
from clary.kernel.clock import from_timestamp, timestamp
from clary.kernel.errors import ClaryError, Finding

PAUSES: Final = {
    Channel.WEBHOOK: webhooks.RETRIES,
    Channel.MAIL: (*webhooks.RETRIES, *[timedelta(hours=8)] * 12),
}
"""Pauses before each further attempt: for a day, and for five days with e-mail, since a mail
server that fails on a Friday is often seen to on the Monday."""

CLAIM: Final = timedelta(minutes=10)
"""How long a message is left to whoever sends it: longer than all steps of it may take."""

SERVER_REST: Final = timedelta(seconds=30)
"""How long no e-mail is tried after the server itself could not be used."""

POINTS: Final = ("message claimed", "message sent", "message recorded")
"""Points between two durable steps, in their order."""

_OF_MESSAGES: Final = frozenset({MAIL_REFUSED.name, MAIL_DEFERRED.name, NOTIFY_OWNER_GONE.name})
"""Trouble that one e-mail has; any other is the server's, and all e-mail has it."""
_FINAL: Final = frozenset({MAIL_REFUSED.name, NOTIFY_OWNER_GONE.name})
"""Trouble that no further attempt can mend."""
_LOG = logging.getLogger(__name__)


def secret_label(subscription: str) -> str:
    """Return what ties a subscription's secret to it."""
    return f"notify/{subscription}"


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of an attempt.

    Attributes:
        problem: why it does not count as delivered; none where it does.
        status: HTTP status of a receiver's answer.
    """

    problem: Finding | None = None
    status: int | None = None


class Deliverer:
    """Delivers the messages of one channel; remembers when the mail server failed."""

    def __init__(
        self, installation: Installation, channel: Channel, ending: Event | None = None
    ) -> None:
        """Deliver for an installation, in the name of this process.

        Args:
            installation: whose messages.
            channel: those that travel so.
            ending: once it is set, an answer is waited for only a moment longer.
        """
        self._ending = ending
        self._installation = installation
        self._channel = channel
        self._owner = this_process("notifications")
        self._mail_rests_until: datetime | None = None

    def deliver_one(self) -> bool:
        """Try the message that is due longest; tell whether there was one."""
        row = self._claimed()
        if row is None:
            return False
        self._installation.trip("message claimed")
        self.attempt(row)
        return True

    def attempt(self, row: Row[Any]) -> Sent:
        """Send a message that was claimed, and record what became of it."""
        sent = self._sent(row)
        self._installation.trip("message sent")
        now = self._installation.clock.now()
        channel = self._channel
        code = sent.problem.code if sent.problem else None
        if channel is Channel.MAIL and code is not None and code not in _OF_MESSAGES:
            self._mail_rests_until = now + SERVER_REST
        self._record(row, sent, _next_at(row, channel, code, now), now)
        self._installation.trip("message recorded")
        return sent

    def give_back(self) -> None:
        """Let others send at once what processes had claimed that are dead."""
        claimed = MESSAGE.c.claimed_by.is_not(None) & (MESSAGE.c.state == WAITING)
        query = select(MESSAGE.c.claimed_by).where(claimed).distinct()
        with self._installation.database.read() as read:
            dead = [each for each in read.execute(query).scalars() if is_gone(each)]
        if dead:
            now = timestamp(self._installation.clock.now())
            mine = update(MESSAGE).where(claimed, MESSAGE.c.claimed_by.in_(dead))
            with self._installation.database.write(NOTIFICATIONS) as write:
                write.execute(mine.values(claimed_by=None, next_at=now))

    def claimed(self, message: str) -> Row[Any] | None:
        """Claim one message by its id, whether or not it is due."""
        return self._claim(_MESSAGES.where(MESSAGE.c.id == message))

    def _claimed(self) -> Row[Any] | None:
        """Claim the message that is due longest; none where there is none."""
        now = self._installation.clock.now()
        if self._mail_rests_until is not None and now < self._mail_rests_until:
            return None
        due = _MESSAGES.where(
            MESSAGE.c.next_at <= timestamp(now),
            SUBSCRIPTION.c.channel == self._channel.value,
            SUBSCRIPTION.c.paused.is_(False),
        )
        return self._claim(due.order_by(MESSAGE.c.next_at).limit(1))

    def _claim(self, wanted: Select[Any]) -> Row[Any] | None:
        database, now = self._installation.database, self._installation.clock.now()
        with database.read() as read:
            if read.execute(wanted).first() is None:
                return None
        with database.write(NOTIFICATIONS) as write:
            row = write.execute(wanted).first()
            if row is not None:
                claim = update(MESSAGE).where(MESSAGE.c.id == row.message)
                write.execute(
                    claim.values(
                        next_at=timestamp(now + CLAIM),
                        claimed_by=self._owner,
                        attempts=row.attempts + 1,
                    )
                )
        return row

    def _sent(self, row: Row[Any]) -> Sent:
        try:
            self._require_owner(row)
            if self._channel is Channel.WEBHOOK:
                return self._posted(row)
            send(self._server(), _mail(row))
        except ClaryError as error:
            return Sent(error.findings[0])
        return Sent()

    def _require_owner(self, row: Row[Any]) -> None:
        """Make sure that the owner may still see what the message tells of.

        Raises:
            Unauthorised: they may not (NOTIFY_OWNER_GONE).
        """
        found, now = subscription_of(row), self._installation.clock.now()
        with self._installation.database.read() as read:
            access = owner_access(read, found, now)
        companies = json.loads(row.body)["companies"]
        if access is None or not all(access.allows(Role.VIEWER, each) for each in companies):
            raise NOTIFY_OWNER_GONE.raised(owner=found.owner)

    def _posted(self, row: Row[Any]) -> Sent:
        installation = self._installation
        secret = installation.vault.unsealed(row.secret, secret_label(row.id))
        private = webhooks.private_allowed(installation.settings)
        body = json.dumps(json.loads(row.body)["document"], ensure_ascii=False)
        now = installation.clock.now()
        sent = webhooks.send(
            row.target, secret, row.message, body, now, private=private, ending=self._ending
        )
        if sent.reason is None:
            return Sent(status=sent.status)
        return Sent(WEBHOOK_UNDELIVERED.finding(reason=sent.reason), sent.status)

    def _server(self) -> MailServer:
        with self._installation.database.read() as read:
            row = stored_server(read)
        if row is None:
            raise MAIL_SERVER_MISSING.raised()
        return server_of(row, password_of(self._installation, row))

    def _record(self, row: Row[Any], sent: Sent, again: datetime | None, now: datetime) -> None:
        problem = sent.problem
        values: dict[str, object] = {
            "claimed_by": None,
            "answered": sent.status,
            "reason_code": problem.code if problem else None,
            "reason": problem.message if problem else None,
            "next_at": again and timestamp(again),
        }
        if again is None:
            state = FAILED if problem else DELIVERED
            values |= {"state": state, "ended_at": timestamp(now)}
        # Whoever has claimed it since knows better.
        mine = (MESSAGE.c.id == row.message) & (MESSAGE.c.attempts == row.attempts + 1)
        with self._installation.database.write(NOTIFICATIONS) as write:
            write.execute(update(MESSAGE).where(mine, MESSAGE.c.state == WAITING).values(**values))


_MESSAGES: Final = (
    select(
        SUBSCRIPTION,
        MESSAGE.c.id.label("message"),
        MESSAGE.c.kind.label("message_kind"),
        MESSAGE.c.target,
        MESSAGE.c.subject,
        MESSAGE.c.body,
        MESSAGE.c.attempts,
        MESSAGE.c.created_at.label("written_at"),
    )
    .join(SUBSCRIPTION, SUBSCRIPTION.c.id == MESSAGE.c.subscription)
    .where(MESSAGE.c.state == WAITING)
)


def _next_at(row: Row[Any], channel: Channel, code: str | None, now: datetime) -> datetime | None:
    """Return when a message is tried again; none where it has ended."""
    pauses, attempts = PAUSES[channel], int(row.attempts)
    if code is None or code in _FINAL or row.message_kind == TRIAL or attempts >= len(pauses):
        return None
    return now + pauses[attempts]


def _mail(row: Row[Any]) -> Mail:
    body = json.loads(row.body)
    written = from_timestamp(row.written_at)
    return Mail(row.message, row.target, row.subject, body["text"], body["page"], written)


def password_of(installation: Installation, row: Row[Any]) -> str | None:
    """Return the password of the mail server in clear, or none where it has none.

    Raises:
        Misconfigured: it is stored and cannot be read here.
    """
    if row.password is None:
        return None
    return installation.vault.unsealed(row.password, SECRET_LABEL)
