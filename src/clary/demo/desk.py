"""Where the weekly work of a service company is done: its books and its ConnectWise site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from clary.demo.checks import Checked
from clary.flows.batch.listing import Candidate
from clary.hub.installation import Installation
from clary.hub.services.batches import BatchAsked, list_unposted
from clary.hub.services.companies import TrialBalance, trial_balance

APP = "psa"
"""Name of the connection to ConnectWise."""

INITIALS = "CD"
"""Initials in the numbers of batches."""

SITE_FILE = "sites/connectwise.db"


@dataclass(slots=True)
class Desk(Checked):
    """Where the work on one company is done.

    Attributes:
        installation: whose services do it.
        day: the day of the work.
    """

    installation: Installation
    day: date

    def balances(self) -> TrialBalance:
        """Return the balances of all accounts now."""
        return trial_balance(self.installation, self.name)

    def waiting(self, location: str) -> list[Candidate]:
        """Return what waits at a location of ConnectWise."""
        return list_unposted(self.installation, APP, BatchAsked(location=location))

    def check_moved(self, name: str, before: TrialBalance, told: str) -> TrialBalance:
        """Check that balances moved and debits still equal credits; return the balances."""
        now = self.balances()
        moved = now.accounts != before.accounts
        self.check(name, moved and now.total_debit == now.total_credit, told)
        return now


@contextmanager
def sandbox_site(installation: Installation) -> Iterator[str]:
    """Serve a sandbox ConnectWise site of the US company, and give its address.

    It ends with this program, however that ends.

    Raises:
        Misconfigured: it cannot be made, or no port can be had.
    """
    # A site is loaded only to be served.
    from clary.apps.connectwise.sandbox.making import ready  # noqa: PLC0415
    from clary.apps.connectwise.sandbox.server import serving  # noqa: PLC0415

    file = installation.settings.home / SITE_FILE
    ready(file, seed="us", invoices=0, clock=installation.clock)
    with serving(file) as url:
        yield url
