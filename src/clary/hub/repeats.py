"""Requests that may be sent again: what was answered under an idempotency key, kept for a while.

A request claims its name before it is worked on.  Whoever sends the same again meanwhile is
told to wait, later gets the same answer.  Before its plan is applied, the claim takes note of
it: whoever takes over the claim of a dead process, or sends again what had no final answer,
finds how that very plan stands, so that nothing is planned anew and nothing is done twice.
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
    """The right to work on a request; the others with its name wait.

    Attributes:
        name: names the request.
        token: names this claim.
        plan: id of the plan that an earlier claim was about to apply, if there was one.
    """

    name: str
    token: str
    plan: str | None = None


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
            plan = None if row is None else _noted(row, print_)
            write.execute(delete(REPEAT).where(REPEAT.c.name == name))
            claim = Claim(name, new_id("claim"), plan)
            values = {
                "name": name,
                "token": claim.token,
                "print": print_,
                "owner": this_process(_PURPOSE),
                "ends_at": timestamp(now + CLAIM),
                "answer": plan,
            }
            write.execute(insert(REPEAT).values(values))
        return claim

    def _is_free(self, row: Row[Any], now: datetime) -> bool:
        """Tell whether a row holds nothing: past its time, or its process died at work."""
        return from_timestamp(row.ends_at) <= now or (row.status is None and is_gone(row.owner))

    def note(self, claim: Claim, plan: str | None) -> None:
        """Take note of the plan that is about to be applied for a request; none forgets it."""
        with self._database.write(_scope(claim.name)) as write:
            write.execute(update(REPEAT).where(*_of(claim)).values(answer=plan))

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
        """Give a request free, so that it can be sent again; what was noted of it stays."""
        now = timestamp(self._clock.now())
        with self._database.write(_scope(claim.name)) as write:
            write.execute(delete(REPEAT).where(*_of(claim), REPEAT.c.answer.is_(None)))
            write.execute(update(REPEAT).where(*_of(claim)).values(ends_at=now))

    def _sweep(self) -> None:
        now = self._clock.now()
        with self._lock:
            if self._swept is not None and now - self._swept < SWEEP:
                return
            self._swept = now
        # What was noted of a request without an answer is kept as long as an answer is.
        is_noted = REPEAT.c.status.is_(None) & REPEAT.c.answer.is_not(None)
        is_over = REPEAT.c.ends_at <= timestamp(now)
        is_old = REPEAT.c.ends_at <= timestamp(now - RETENTION)
        with self._database.write(_SCOPE) as write:
            write.execute(delete(REPEAT).where(is_over & ~is_noted | is_old))


def _scope(name: str) -> str:
    return f"{_SCOPE} {name}"


def _of(claim: Claim) -> tuple[Any, Any]:
    return REPEAT.c.name == claim.name, REPEAT.c.token == claim.token


def _noted(row: Row[Any], print_: str) -> str | None:
    """Return the plan that was noted of a request whose claim is over, if there is one.

    Raises:
        Rejected: it was noted of another request (IDEMPOTENCY_OTHER).
    """
    if row.status is not None or row.answer is None:
        return None
    _require_same(row, print_)
    return str(row.answer)


def _require_same(row: Row[Any], print_: str) -> None:
    if not hmac.compare_digest(row.print, print_):
        raise IDEMPOTENCY_OTHER.raised()


def _kept(row: Row[Any], print_: str) -> Kept:
    _require_same(row, print_)
    if row.status is None:
        raise IDEMPOTENCY_RUNNING.raised()
    if row.status == SECRET:
        raise IDEMPOTENCY_SECRET.raised()
    return Kept(row.status, row.media, json.loads(row.headers), row.answer)
