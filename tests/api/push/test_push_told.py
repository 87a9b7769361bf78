"""Who is told by webhooks: only who may see all books of a company, and only while they may."""

from __future__ import annotations

from queue import Empty

import pytest

from clary.hub.services.keys import revoke_key
from tests.api.push.served import Client, Company, Served
from tests.flows.push import documents
from tests.receiving import Receiver, receiving


def link(client: Client, path: str, books: str) -> Company:
    connection = client.good("POST", f"{path}/connections", {"platformKey": "hbql"})
    here = f"{path}/connections/{connection['id']}"
    client.good("PUT", f"{here}/authorization", {"company": books})
    return Company(client, path.rpartition("/")[2], connection["id"])


def test_a_consumer_hears_nothing_of_books_that_its_maker_may_not_see(
    server: Served, client: Client
) -> None:
    southern = server.client("southern", companies=("south",))
    consumer = southern.good("POST", "/webhooks", {"url": "http://127.0.0.1:9/nobody"})
    made = client.good("POST", "/companies", {"name": "Moved from south to north"})
    path = f"/companies/{made['id']}"
    first = link(client, path, "south")
    client.good("PATCH", first.connected, {"status": "Unlinked"})
    second = link(client, path, "north")
    second.ended(second.push("customers", {}))
    told = southern.good("GET", f"/webhooks/{consumer['id']}/deliveries")["results"]
    assert "connection.connected" in {each["eventType"] for each in told}
    assert not [each for each in told if "write" in str(each["eventType"])]
    southern.good("DELETE", f"/webhooks/{consumer['id']}")


def test_a_consumer_ends_with_the_key_that_made_it(
    server: Served, client: Client, uk: Company, receiver: Receiver
) -> None:
    leaver = server.client("leaver")
    with receiving() as forgotten:
        leaver.good("POST", "/webhooks", {"url": forgotten.url})
        stays = client.good("POST", "/webhooks", {"url": receiver.url})
        revoke_key(server.installation, "leaver")
        uk.written("customers", {**documents.UK_CUSTOMER, "id": "AFTER"})
        receiver.got.get(timeout=30)
        with pytest.raises(Empty):
            forgotten.got.get(timeout=2)
    client.good("DELETE", f"/webhooks/{stays['id']}")
