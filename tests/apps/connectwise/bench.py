"""A client with the made-up site that it talks to, as several tests use it."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from clary.apps.connectwise.client import Client
from clary.apps.connectwise.settings import Settings
from clary.kernel.clock import FixedClock
from tests.apps.connectwise.odd_site import Handler, OddSite, odd_site, usual

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


class Bench:
    """A client, the site that it talks to, and the waits that it would have made."""

    def __init__(self, site: OddSite, settings: Settings) -> None:
        self.site = site
        self.clock = FixedClock(NOW)
        self.waits: list[timedelta] = []
        self.client = Client(settings, clock=self.clock, pause=self.waits.append)


@contextmanager
def bench(handler: Handler = usual, **stated: str) -> Iterator[Bench]:
    with odd_site(handler) as site:
        made = Bench(site, site.settings(**stated))
        with made.client:
            yield made


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"
