"""One ConnectWise connection in use, as the installation opens it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from clary.apps.connectwise.client import Client
from clary.apps.connectwise.line import Hold
from clary.apps.connectwise.preconditions import Ask, CheckLine, check, prove
from clary.apps.connectwise.resources import Accounting
from clary.apps.connectwise.settings import Settings
from clary.apps.connectwise.target import ConnectwiseTarget
from clary.kernel.clock import Clock

PATIENCE_UNDER_LEASE = 15
"""Seconds that a call waits for a busy site while a company is held for writing."""


class ConnectwiseApp:
    """A site with everything that works on it; to be closed after use.

    Attributes:
        settings: the settings as they were stated, for flows that have their own.
        identity: what pins the connection to one company of one site.
        title: the company and site, for people.
        accounting: all typed calls.
    """

    def __init__(self, stated: Mapping[str, str], clock: Clock) -> None:
        """Connect at the first call.

        Raises:
            Rejected: the site is no address, or one without encryption.
            Misconfigured: there is nothing to log on with, or the file of certificate
                authorities cannot be used.
        """
        self.settings = dict(stated)
        self._clock = clock
        self._typed = Settings.of(stated)
        self.identity = self._typed.identity
        self.title = f"{self._typed.company} at {self._typed.site.text}"
        self.accounting = Accounting(Client(self._typed, clock=clock))
        self._writing: Client | None = None

    def __enter__(self) -> Self:
        """Return the connection."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close the connections to the site."""
        self.accounting.client.close()
        if self._writing is not None:
            self._writing.close()

    def prove(self) -> str:
        """Log on, and return what answers, in words.

        Raises:
            Misconfigured: it is not ConnectWise that answers, or knows no such company.
            Unauthorised: the keys are not taken.
            Unreachable, Busy: the site cannot be used just now.
        """
        return prove(self.accounting.client)

    def mark(self) -> str:
        """Return what tells the site from others of its host, or empty where it tells nothing.

        Raises:
            ClaryError: the site cannot be read.
        """
        return self.accounting.mark()

    def check(self, accounts: Sequence[str] = ()) -> Iterator[CheckLine]:
        """Yield the list of what must be right before documents are posted.

        Args:
            accounts: account numbers of the company that is posted into, if known.
        """
        costing = self.settings.get("costing") == "yes"
        ask = Ask(delimiter=self._typed.delimiter, costing=costing, accounts=accounts)
        return check(self.accounting.client, ask)

    def target(self, hold: Hold) -> ConnectwiseTarget:
        """Return the site as a target of the executor; it waits less than a reader would.

        Args:
            hold: makes sure, before each request, that nobody else may write meanwhile.
        """
        if self._writing is None:
            hasty = replace(self._typed, patience=PATIENCE_UNDER_LEASE)
            self._writing = Client(hasty, clock=self._clock, hold=hold)
        return ConnectwiseTarget(Accounting(self._writing), self.identity)
