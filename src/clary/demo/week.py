"""The week of a service company that bills in ConnectWise and keeps its books in Sage 50."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clary.companies.contract import Info
from clary.demo.batching import (
    Connected,
    Posted,
    Stopped,
    TakenOut,
    be_stopped,
    connect,
    post_the_week,
    take_out,
)
from clary.demo.checks import Check
from clary.demo.collecting import Received, Synced, receive, tell_payments
from clary.demo.desk import Desk
from clary.hub.services.applying import RunAnswer

PAID = 3
"""Invoices that are paid; the one after them is taken back."""


@dataclass(frozen=True, slots=True)
class Week:
    """What was done with ConnectWise, step by step.

    Attributes:
        title: name of the company in its books.
        currency: their currency.
        connected: ConnectWise, connected and tested.
        stopped: documents that could not be posted as they are.
        posted: batches that were posted and run again.
        received: receipts entered in Sage.
        synced: payments brought to ConnectWise.
        taken_out: an invoice that was taken back.
        checks: what must be so.
    """

    title: str
    currency: str
    connected: Connected
    stopped: Stopped
    posted: Posted
    received: Received
    synced: Synced
    taken_out: TakenOut
    checks: Sequence[Check]

    @property
    def runs(self) -> list[RunAnswer]:
        """Every run, in order."""
        posted = self.posted.run.run
        return [
            *([posted] if posted else []),
            *(batch.again for batch in self.posted.batches),
            self.received.run,
            self.synced.done.run,
            self.synced.again.run,
            self.taken_out.run,
        ]


def tell_week(desk: Desk, url: str, info: Info, tell_step: Callable[[str], None]) -> Week:
    """Do the work of a week with the ConnectWise site at `url`.

    Args:
        desk: where it is done.
        url: address of the site.
        info: the company.
        tell_step: told what is being done now.

    Raises:
        ClaryError: something could not be done at all.
    """
    connected = connect(desk, url)
    stopped = be_stopped(desk)
    tell_step("Posting a batch of every kind from ConnectWise")
    posted = post_the_week(desk)
    tell_step("Bringing payments back to ConnectWise")
    invoices = posted.invoices
    received = receive(desk, invoices[:PAID])
    synced = tell_payments(desk)
    tell_step("Taking one invoice back")
    mistaken = invoices[PAID]
    taken_out = take_out(desk, mistaken, posted.batch_of(mistaken))
    return Week(
        title=info.name,
        currency=info.currency,
        connected=connected,
        stopped=stopped,
        posted=posted,
        received=received,
        synced=synced,
        taken_out=taken_out,
        checks=desk.checks,
    )
