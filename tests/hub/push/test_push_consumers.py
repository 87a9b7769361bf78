"""Where webhooks may go: nothing private, whether asked for by a client or found at delivery."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from clary.hub.access import Access, Role
from clary.hub.installation import Installation
from clary.hub.push.delivering import deliver_to
from clary.hub.push.tables import PUSH_CONSUMER, PUSH_DELIVERY
from clary.hub.services.push_companies import CompanyAsked, create_push_company
from clary.hub.services.push_connections import delete_push_connection
from clary.hub.services.push_webhooks import create_consumer, list_consumers, list_deliveries
from clary.kernel.errors import ClaryError
from tests.hub.push.test_pushing import Office, customer, office

__all__ = ["office"]

PRIVATE = [
    "https://127.0.0.1/hook",
    "https://localhost/hook",
    "https://[::1]/hook",
    "https://10.1.2.3/hook",
    "https://172.16.0.1/hook",
    "https://192.168.1.1/hook",
    "https://169.254.169.254/latest/meta-data",
    "https://100.64.0.1/hook",
    "https://0.0.0.0/hook",
    "https://[fe80::1]/hook",
    "https://[fd00::1]/hook",
    "https://[::ffff:10.0.0.1]/hook",
    "https://2130706433/hook",
    "http://192.0.2.1/hook",
    "file:///etc/passwd",
]


@pytest.mark.parametrize("url", PRIVATE)
def test_a_consumer_at_a_private_address_is_refused(url: str, installation: Installation) -> None:
    with pytest.raises(ClaryError) as caught:
        create_consumer(installation, url)
    assert caught.value.code == "WEBHOOK_TARGET_REFUSED"
    assert list_consumers(installation) == []


def test_a_consumer_names_events_that_there_are(installation: Installation) -> None:
    for kind in ("invoices.write.success", "bogus", "Invoices.write.successful"):
        with pytest.raises(ClaryError) as caught:
            create_consumer(installation, "https://93.184.216.34/hook", [kind])
        assert caught.value.code == "PUSH_BODY_INVALID"
        assert kind in caught.value.findings[0].message
    good = ("invoices.write.successful", "{dataType}.write.unsuccessful", "read.completed", "*")
    assert create_consumer(installation, "https://93.184.216.34/hook", good).event_types == good


@pytest.mark.parametrize("url", ["https://127.0.0.1/hook", "https://localhost/hook"])
def test_a_target_that_became_private_is_told_nothing(url: str, installation: Installation) -> None:
    made = create_consumer(installation, "https://93.184.216.34/hook")
    with installation.database.write() as write:
        write.execute(update(PUSH_CONSUMER).values(url=url))
    create_push_company(installation, CompanyAsked("Told"))
    assert deliver_to(installation, made.id) == 1
    [delivery] = list_deliveries(installation, made.id)
    assert delivery.state == "waiting"
    assert delivery.status is None
    assert delivery.reason
    with installation.database.read() as read:
        assert read.execute(select(PUSH_DELIVERY.c.attempts)).scalar_one() == 1


def test_who_may_see_the_books_is_told_of_ends_there_without_their_connection(
    office: Office,
) -> None:
    """A connection may be deleted while operations wait; they end all the same."""
    told = {}
    for books in ("north", "south"):
        access = Access(books, Role.OPERATOR, frozenset({books}))
        asking = office.installation.acting_as(access)
        told[books] = create_consumer(asking, "https://93.184.216.34/hook").id
    office.push("customers", customer("CD1"))
    delete_push_connection(office.installation, office.company, office.connection)
    office.drain()
    kinds = {
        books: [each.event_type for each in list_deliveries(office.installation, key)]
        for books, key in told.items()
    }
    assert sorted(kinds["north"]) == ["connection.deleted", "customers.write.successful"]
    assert kinds["south"] == []
