"""Requests that may be sent again: what was answered under an idempotency key, kept for a while.

A request claims its name before it is worked on.  Whoever sends the same again meanwhile is
told to wait, later gets the same answer; after a crash the claim of the dead process is
taken over, and the work itself is known from the journal, so that nothing is done twice.
Of what was sent only a keyed hash is kept, since it may hold secrets.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from typing import Any, Final

from sqlalchemy import Row, delete, insert, select, update

from clary.engine.owner import is_gone, this_process
from clary.hub.tables import REPEAT
from clary.kernel.clock import Clock, from_timestamp, timestamp
from clary.kernel.errors import Busy, Rejected, declare
from clary.kernel.identifiers import new_id
from clary.store import Database

IDEMPOTENCY_RUNNING = declare(
    "IDEMPOTENCY_RUNNING",
    Busy,
    "The first request with this idempotency key is still being worked on.",
    "Wait a moment and send it again; the answer of the first one will be repeated.",
)
IDEMPOTENCY_OTHER = declare(
    "IDEMPOTENCY_OTHER",
    Rejected,
    "This idempotency key was used for another request before.",
    "Choose a new key for every new request.",
)
IDEMPOTENCY_SECRET = declare(
    "IDEMPOTENCY_SECRET",
    Rejected,
    "This was done before, and its answer held a secret that is shown once.",
    "If the first answer was lost, revoke what it made and make it anew under another key.",
    http_status=409,
)

RETENTION: Final = timedelta(days=2)
"""How long an answer is kept."""

CLAIM: Final = timedelta(hours=1)
"""After this time a claim is taken over even if nobody can tell whether its process is dead."""

SWEEP: Final = timedelta(minutes=10)
"""How often what is past its time is removed."""

SECRET: Final = 0
"""Stands for the status of an answer that is not kept."""

_PURPOSE: Final = "request"
_SCOPE: Final = "repeats"


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer that was given before."""

    status: int
    media: str
    headers: Mapping[str, str]
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """The right to work on a request; the others with its name wait."""

    name: str
    token: str


class Repeats:
    """The requests with idempotency keys of an installation."""

    def __init__(self, database: Database, clock: Clock) -> None:
        """Keep them in `database`."""
        self._database = database
        self._clock = clock
        self._lock = Lock()
        self._swept: datetime | None = None

    def claim(self, name: str, key: str, sent: str) -> Claim | Kept:
        """Begin a request, or return what it was answered before.

        Args:
            name: names the request: who, what, where, and the key.
            key: the idempotency key.
            sent: what was sent.

        Raises:
            Busy: the first one still runs (IDEMPOTENCY_RUNNING).
            Rejected: the first one was another (IDEMPOTENCY_OTHER), or its answer held a
                secret (IDEMPOTENCY_SECRET).
        """
        self._sweep()
        now = self._clock.now()
        print_ = hmac.new(key.encode(), sent.encode("utf-8", "surrogatepass"), sha256).hexdigest()
        with self._database.write(_scope(name)) as write:
            row = write.execute(select(REPEAT).where(REPEAT.c.name == name)).one_or_none()
            if row is not None and not self._is_free(row, now):
                return _kept(row, print_)
            write.execute(delete(REPEAT).where(REPEAT.c.name == name))
            claim = Claim(name, new_id("claim"))
            values = {
                "name": name,
                "token": claim.token,
                "print": print_,
                "owner": this_process(_PURPOSE),
                "ends_at": timestamp(now + CLAIM),
            }
            write.execute(insert(REPEAT).values(values))
        return claim

    def _is_free(self, row: Row[Any], now: datetime) -> bool:
        """Tell whether a row holds nothing: past its time, or its process died at work."""
        return from_timestamp(row.ends_at) <= now or (row.status is None and is_gone(row.owner))

    def keep(self, claim: Claim, answer: Kept) -> None:
        """Keep the answer of a request, unless somebody took it over."""
        values = {
            "status": answer.status,
            "media": answer.media,
            "headers": json.dumps(dict(answer.headers)),
            "answer": answer.text,
            "ends_at": timestamp(self._clock.now() + RETENTION),
        }
        with self._database.write(_scope(claim.name)) as write:
            write.execute(update(REPEAT).where(*_of(claim)).values(values))

    def release(self, claim: Claim) -> None:
        """Give a request free, so that it can be sent again."""
        with self._database.write(_scope(claim.name)) as write:
            write.execute(delete(REPEAT).where(*_of(claim)))

    def _sweep(self) -> None:
        now = self._clock.now()
        with self._lock:
            if self._swept is not None and now - self._swept < SWEEP:
                return
            self._swept = now
        with self._database.write(_SCOPE) as write:
            write.execute(delete(REPEAT).where(REPEAT.c.ends_at <= timestamp(now)))


def _scope(name: str) -> str:
    return f"{_SCOPE} {name}"


def _of(claim: Claim) -> tuple[Any, Any]:
    return REPEAT.c.name == claim.name, REPEAT.c.token == claim.token


def _kept(row: Row[Any], print_: str) -> Kept:
    if not hmac.compare_digest(row.print, print_):
        raise IDEMPOTENCY_OTHER.raised()
    if row.status is None:
        raise IDEMPOTENCY_RUNNING.raised()
    if row.status == SECRET:
        raise IDEMPOTENCY_SECRET.raised()
    return Kept(row.status, row.media, json.loads(row.headers), row.answer)
