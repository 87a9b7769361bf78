"""What is known of the companies behind connections, for a moment, so that accepting is quick.

A push is accepted in milliseconds, and what it is checked against then changes seldom.  Each
company is asked anew every few seconds; what a document refers to is never kept here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

from clary.companies.contract import Info, TypeCapability
from clary.hub.connections import ConnectionKind
from clary.hub.decisions import REFUSE_FOREIGN_BILLS, value_for
from clary.hub.installation import Installation
from clary.hub.push.accepting import Acceptor
from clary.hub.push.problems import PUSH_KEY_RUNNING
from clary.hub.services.opening import open_company
from clary.hub.services.permissions import inner
from clary.kernel.errors import Busy, ClaryError, Unreachable

SECONDS: Final = 2.0
"""How long what is known of a company is used without asking again."""

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


@dataclass(slots=True)
class Desk:
    """What accepting pushes needs beside the installation, one for each process.

    Attributes:
        acceptor: stores what is accepted.
    """

    acceptor: Acceptor
    _known: dict[str, tuple[float, Known]] = field(default_factory=dict)
    _running: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def known(self, installation: Installation, company: str) -> Known | None:
        """Return what is known of a company; none where it never could be asked so far.

        Raises:
            Guarded: the connection leads to another company now.
            Misconfigured: it has no such connection, or its settings do not work.
        """
        kept = self._known.get(company)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        try:
            found = _asked(installation, company)
        except (Busy, Unreachable):
            return None if kept is None else kept[1]
        with self._lock:
            if len(self._known) >= MOST:
                self._known.clear()
            self._known[company] = (time.monotonic() + SECONDS, found)
        return found

    @contextmanager
    def alone(self, name: str) -> Iterator[None]:
        """Let one request with an Idempotency-Key be answered at a time.

        Raises:
            Busy: another one is (PUSH_KEY_RUNNING).
        """
        with self._lock:
            if name in self._running:
                raise PUSH_KEY_RUNNING.raised()
            self._running.add(name)
        try:
            yield
        finally:
            with self._lock:
                self._running.discard(name)


def _asked(installation: Installation, company: str) -> Known:
    opened = open_company(installation, company)
    with installation.database.read() as read:
        refuses = value_for(read, REFUSE_FOREIGN_BILLS, company)
    return Known(opened.info, opened.company.capabilities(), refuses == "yes")


@inner
def is_there(installation: Installation, company: str, identity: str | None) -> bool:
    """Tell whether a connection of the installation still is for the books it was linked to."""
    try:
        found = installation.connections.get(company, ConnectionKind.COMPANY)
    except ClaryError:
        return False
    return identity is None or found.identity == identity
