"""One writer per company: the lease on a company's identity, with an epoch as fence.

The epoch grows with every acquisition, so that whatever an earlier holder still tries
can be told apart and refused, by the journal and by companies that know the epoch.  It is
never below the time in milliseconds: a database that was lost, or restored from a backup,
goes on above the epochs that the companies have seen since.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Event, Thread
from types import TracebackType
from typing import Self

from sqlalchemy import Connection, insert, select, update

from clary.engine.owner import named
from clary.engine.tables import LEASES
from clary.kernel.clock import Clock, from_timestamp, timestamp
from clary.kernel.errors import Busy, ClaryError, declare
from clary.store import Database

LEASE_HELD = declare(
    "LEASE_HELD",
    Busy,
    "{owner} is writing to the company {company}, at least until {until}.",
    "Wait until it is done; a plan stays stored and can be applied then.",
)
LEASE_LOST = declare(
    "LEASE_LOST",
    Busy,
    "The lease on the company {identity} ran out or was taken over by {owner}.",
    "Resume the run; what was sent is looked up before anything is written again.",
)

_CHECKS = 5
"""How often a lease that is kept is checked within its own time."""


@dataclass(slots=True)
class Lease:
    """The right to write to one company until it expires.

    Attributes:
        identity: the company's identity.
        owner: who holds it, in words that tell the process.
        epoch: grows with every acquisition.
        seconds: how long it lasts from each renewal.
        expires_at: when it ends unless renewed, aware.
        beside: another lease that is checked and renewed with it, if any.
    """

    identity: str
    owner: str
    epoch: int
    seconds: int
    expires_at: datetime
    _database: Database
    _clock: Clock
    beside: Lease | None = None

    def __enter__(self) -> Self:
        """Return the lease; it is given back at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Give the lease back."""
        self.release()

    def check(self, lasting: timedelta = timedelta(0)) -> None:
        """Make sure the lease still holds; it is renewed when less than half is left.

        Args:
            lasting: how long it must hold from now on at least, as what is about to be done
                cannot be stopped halfway; it may last longer than its own time for that.

        Raises:
            Busy: it, or the one beside it, ran out or was taken over (LEASE_LOST).
        """
        if self.beside is not None:
            self.beside.check(lasting)
        left = self.expires_at - self._clock.now()
        if left <= timedelta(0):
            raise LEASE_LOST.raised(identity=self.identity, owner="another process")
        if left < max(timedelta(seconds=self.seconds) / 2, lasting):
            # Twice as long, so that a row of short steps does not renew it at each of them.
            self.renew(2 * lasting)

    def renew(self, lasting: timedelta = timedelta(0)) -> None:
        """Start the lease's time anew, for `lasting` where that is longer.

        Raises:
            Busy: of it, or of the one beside it, another holder took over (LEASE_LOST).
        """
        if self.beside is not None:
            self.beside.renew(lasting)
        expires_at = self._clock.now() + max(timedelta(seconds=self.seconds), lasting)
        with self._database.write(self.identity) as connection:
            self.fence(connection)
            connection.execute(
                update(LEASES)
                .where(LEASES.c.identity == self.identity)
                .values(expires_at=timestamp(expires_at))
            )
        self.expires_at = expires_at

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep the lease while the block lasts, also through steps that cannot check it.

        Planning, and looking once more at what a plan was made from, may take longer than a
        lease lasts.  It is checked beside them, so that only a process that died or was
        stopped lets it run out.
        """
        ended = Event()
        keeper = Thread(target=self._keep, args=(ended,), name="lease", daemon=True)
        keeper.start()
        try:
            yield
        finally:
            ended.set()
            keeper.join()

    def _keep(self, ended: Event) -> None:
        while not ended.wait(self.seconds / _CHECKS):
            try:
                self.check()
            except ClaryError:
                # Whoever uses the lease meets the same, if it lasts, at the next step.
                continue

    def is_held(self, connection: Connection) -> bool:
        """Tell, inside a transaction, whether nobody took over since."""
        return self._holder(connection) == (self.owner, self.epoch)

    def fence(self, connection: Connection) -> None:
        """Make sure, inside a transaction, that nobody took over since.

        Raises:
            Busy: another holder took over (LEASE_LOST).
        """
        owner, epoch = self._holder(connection)
        if (owner, epoch) != (self.owner, self.epoch):
            raise LEASE_LOST.raised(identity=self.identity, owner=owner or "another process")

    def _holder(self, connection: Connection) -> tuple[str, int]:
        query = select(LEASES.c.owner, LEASES.c.epoch).where(LEASES.c.identity == self.identity)
        row = connection.execute(query).one_or_none()
        # A database that was restored may never have known this lease.
        return ("", 0) if row is None else (row.owner, row.epoch)

    def release(self) -> None:
        """Give the lease back; giving back one that was lost does nothing."""
        with self._database.write(self.identity) as connection:
            connection.execute(
                update(LEASES)
                .where(
                    LEASES.c.identity == self.identity,
                    LEASES.c.epoch == self.epoch,
                    LEASES.c.owner == self.owner,
                )
                .values(owner="", expires_at=timestamp(self._clock.now()))
            )


class Leases:
    """The leases of an installation."""

    def __init__(
        self, database: Database, clock: Clock, *, is_gone: Callable[[str], bool] | None = None
    ) -> None:
        """Keep leases in `database`.

        Args:
            database: the installation's database.
            clock: tells when a lease ends.
            is_gone: tells whether an owner is certainly dead, so that its lease need
                not be waited for (see `engine.owner`); without it time alone decides.
        """
        self._database = database
        self._clock = clock
        self._is_gone = is_gone

    def acquire(self, identity: str, owner: str, seconds: int, company: str = "") -> Lease:
        """Take the lease on a company for `seconds`.

        Args:
            identity: the company.
            owner: who takes it.
            seconds: how long it lasts.
            company: what people call the company, for the message.

        Raises:
            Busy: someone else holds it; the message says who and until when (LEASE_HELD).
        """
        now = self._clock.now()
        expires_at = now + timedelta(seconds=seconds)
        with self._database.write(identity) as connection:
            last = self._vacant_epoch(connection, identity, now, company or identity)
            epoch = max(last + 1, _milliseconds(now))
            values = {"owner": owner, "epoch": epoch, "expires_at": timestamp(expires_at)}
            if last == 0:
                connection.execute(insert(LEASES), {"identity": identity, **values})
            else:
                connection.execute(
                    update(LEASES).where(LEASES.c.identity == identity).values(**values)
                )
        return Lease(
            identity=identity,
            owner=owner,
            epoch=epoch,
            seconds=seconds,
            expires_at=expires_at,
            _database=self._database,
            _clock=self._clock,
        )

    def _vacant_epoch(
        self, connection: Connection, identity: str, now: datetime, company: str
    ) -> int:
        row = connection.execute(
            select(LEASES).where(LEASES.c.identity == identity).with_for_update()
        ).first()
        if row is None:
            return 0
        held = bool(row.owner) and from_timestamp(row.expires_at) > now
        if held and not (self._is_gone is not None and self._is_gone(row.owner)):
            until = f"{from_timestamp(row.expires_at):%Y-%m-%d %H:%M:%S} UTC"
            raise LEASE_HELD.raised(owner=named(row.owner), company=company, until=until)
        return int(row.epoch)

    def holder(self, identity: str) -> tuple[str, datetime] | None:
        """Return who holds the lease on a company and until when, or none."""
        with self._database.read() as connection:
            row = connection.execute(select(LEASES).where(LEASES.c.identity == identity)).first()
        if row is None or not row.owner:
            return None
        until = from_timestamp(row.expires_at)
        return (row.owner, until) if until > self._clock.now() else None


def _milliseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // timedelta(milliseconds=1)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
