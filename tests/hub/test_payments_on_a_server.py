"""Payments go their whole way with an installation in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from clary.flows.payments.settled import Way
from clary.hub.services.payments import Outcome, list_syncs, show_sync, sync_invoices
from tests.databases import URL_FILE, Server
from tests.paying import Paying, codes, paying
from tests.sites import connectwise_site


@pytest.fixture
def served(tmp_path: Path, server: Server) -> Iterator[Paying]:
    """Give a company and a site, and an installation in PostgreSQL."""
    name = server.new()
    (tmp_path / URL_FILE).write_text(server.url(name), encoding="utf-8")
    with (
        connectwise_site(tmp_path, "--seed", "us", "--invoices", "20") as site,
        paying(tmp_path, site, "us") as sides,
    ):
        assert sides.installation.database.kind == "postgresql"
        yield sides
    server.drop(name)


def test_they_are_shown_once_and_taken_back(served: Paying) -> None:
    one, by_hand = served.post(), served.post(by_hand=True)
    served.pay(one, 1500)
    served.pay(by_hand, 1000)
    done = served.sync()
    assert done.outcome is Outcome.COMPLETED
    assert codes(done, by_hand) == []
    paid = [served.paid(each) for each in (one, by_hand)]
    assert paid == [[("P", "15.00", None)], [("P", "10.00", None)]]
    assert served.sync().outcome is Outcome.NOTHING
    [*_, first] = list_syncs(served.installation)
    listed = {each.invoice for each in sync_invoices(served.installation, first)}
    assert listed >= {one.key, by_hand.key}
    assert show_sync(served.installation, first.id).way is Way.FAST
    served.undo(done)
    assert served.paid(one) == []
