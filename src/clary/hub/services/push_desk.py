"""What is known of the companies behind connections, for a moment, so that accepting is quick.

A push is accepted in milliseconds, and what it is checked against then changes seldom.  Each
company is asked anew every few seconds; what a document refers to is never kept here.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from threading import Lock
from typing import Final

from clary.companies.contract import Info, TypeCapability
from clary.hub.decisions import REFUSE_FOREIGN_BILLS, value_for
from clary.hub.installation import Installation
from clary.hub.push.accepting import Acceptor
from clary.hub.push.keeping import PushCompany, PushConnection
from clary.hub.push.problems import PUSH_KEY_RUNNING
from clary.hub.push.rights import Basis, Rows, expiry_of, rows_of
from clary.hub.services.opening import open_company
from clary.kernel.clock import timestamp
from clary.kernel.errors import Busy, Unreachable

SECONDS: Final = 2.0
"""How long what is known of a company is used without asking again."""

ASKING_SECONDS: Final = 8.0
"""How long it is used at most while one request asks anew."""

STANDING_SECONDS: Final = 30.0
"""How long a key is not authenticated anew: less than how exactly its last use is kept."""

MOST: Final = 10_000
"""Most companies that are remembered."""


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a company.

    Attributes:
        info: what it is.
        capabilities: what its doors can do.
        refuse_foreign_bills: the setting of that name.
    """

    info: Info
    capabilities: Mapping[str, TypeCapability]
    refuse_foreign_bills: bool


@dataclass(frozen=True, slots=True)
class Ticket:
    """What a request may be remembered by, made before its key is authenticated.

    Attributes:
        name: stands for the key and the connection of the path.
        basis: what its right to push rests on.
        rows: the rows of that.
    """

    name: bytes
    basis: Basis
    rows: Rows


@dataclass(frozen=True, slots=True)
class Standing:
    """What a client's right to push to a connection came to.

    Attributes:
        installation: as the bearer of the key may use it.
        company: the company of the API.
        connection: its connection.
        bound: the connection of the installation whose books it is for.
        ticket: what all this rests on.
        until: when it is judged anew, by the monotonic clock.
    """

    installation: Installation
    company: PushCompany
    connection: PushConnection
    bound: str
    ticket: Ticket
    until: float

    @property
    def rests_on(self) -> tuple[Basis, Rows]:
        """What has to be as it was when a push is stored."""
        return self.ticket.basis, self.ticket.rows


@dataclass(slots=True)
class Desk:
    """What accepting pushes needs beside the installation, one for each process.

    Attributes:
        acceptor: stores what is accepted.
    """

    acceptor: Acceptor
    _known: dict[str, tuple[float, Known | None]] = field(default_factory=dict)
    _asking: set[str] = field(default_factory=set)
    _sent: dict[str, float] = field(default_factory=dict)
    _standings: dict[bytes, Standing] = field(default_factory=dict)
    _running: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def known(self, installation: Installation, company: str) -> Known | None:
        """Return what is known of a company; none where it never could be asked so far.

        While one request asks anew, others go on with what was known before.

        Raises:
            Guarded: the connection leads to another company now.
            Misconfigured: it has no such connection, or its settings do not work.
        """
        with self._lock:
            if self._is_fresh(company):
                return self.last_known(company)
            self._asking.add(company)
        try:
            found: Known | None = _asked(installation, company)
        except (Busy, Unreachable):
            found = self.last_known(company)
        finally:
            self._asking.discard(company)
        with self._lock:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[company] = (time.monotonic(), found)
        return found

    def last_known(self, company: str) -> Known | None:
        """Return what is known of a company, however long ago it was asked."""
        _, known = self._known.get(company, (0.0, None))
        return known

    def _is_fresh(self, company: str) -> bool:
        """Tell whether a company need not be asked now."""
        if company not in self._known:
            return False
        limit = ASKING_SECONDS if company in self._asking else SECONDS
        return time.monotonic() - self._known[company][0] < limit

    def ticket(self, installation: Installation, key: str, company: str, connection: str) -> Ticket:
        """Return what a request may be remembered by; its key is not authenticated by that."""
        basis = Basis.of(key, company)
        with installation.database.read() as read:
            rows = rows_of(read, {basis})[basis]
        return Ticket(_name(key, company, connection), basis, rows)

    def remember(
        self,
        ticket: Ticket,
        installation: Installation,
        company: PushCompany,
        books: tuple[PushConnection, str],
    ) -> None:
        """Remember the right to push that has just been judged, for a while."""
        until = time.monotonic() + STANDING_SECONDS
        with self._lock:
            if len(self._standings) >= MOST:
                self._standings.clear()
            self._standings[ticket.name] = Standing(installation, company, *books, ticket, until)

    def forget(self, standing: Standing) -> None:
        """Judge a right anew with the next request."""
        with self._lock:
            self._standings.pop(standing.ticket.name, None)

    def standing(self, key: str, company: str, connection: str) -> Standing | None:
        """Return the right to push that is remembered, if nothing has to be asked for it.

        Whoever stores a push by it looks whether what it rests on still is as it was.
        """
        found = self._standings.get(_name(key, company, connection))
        if found is None or time.monotonic() >= found.until:
            return None
        ends = expiry_of(found.ticket.rows)
        if ends is not None and ends <= timestamp(found.installation.clock.now()):
            return None
        return None if self._is_sent(found.bound) else found

    def _is_sent(self, company: str) -> bool:
        """Tell whether a request has to ask the company anew; of many at once one has to."""
        with self._lock:
            if self._is_fresh(company):
                return False
            now = time.monotonic()
            asked = self._known.get(company, (0.0, None))[0]
            sent = self._sent.get(company, 0.0)
            if sent > asked and now - asked < ASKING_SECONDS:
                return False
            if len(self._sent) >= MOST:
                self._sent.clear()
            self._sent[company] = now
            return True

    def claim(self, name: str) -> None:
        """Let one request with an Idempotency-Key be answered at a time.

        Raises:
            Busy: another one is (PUSH_KEY_RUNNING).
        """
        with self._lock:
            if name in self._running:
                raise PUSH_KEY_RUNNING.raised()
            self._running.add(name)

    def release(self, name: str) -> None:
        """Say that a request with an Idempotency-Key has been answered."""
        with self._lock:
            self._running.discard(name)


def _name(key: str, company: str, connection: str) -> bytes:
    """Return what stands for a key and a path; nothing tells the key from it."""
    return sha256(f"{key}\0{company}\0{connection}".encode()).digest()


def _asked(installation: Installation, company: str) -> Known:
    opened = open_company(installation, company)
    with installation.database.read() as read:
        refuses = value_for(read, REFUSE_FOREIGN_BILLS, company)
    return Known(opened.info, opened.company.capabilities(), refuses == "yes")
