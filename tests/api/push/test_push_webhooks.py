"""Webhooks: signed, with the reason of a failure, replayable, and never to private addresses."""

from __future__ import annotations

from typing import Any

import pytest
from standardwebhooks import Webhook

from clary.hub import webhooks
from clary.kernel.errors import ClaryError
from tests.api.push.served import Client, Company, Served, against
from tests.flows.push import documents
from tests.flows.push.shelf import PLATFORM, without
from tests.receiving import Receiver


def told(receiver: Receiver, secret: str) -> Any:  # noqa: ANN401 - JSON
    """Return the next message, its signature checked."""
    headers, body = receiver.got.get(timeout=30)
    return Webhook(secret).verify(body, headers)


def test_a_consumer_is_told_signed_and_with_the_reason(
    client: Client, uk: Company, receiver: Receiver
) -> None:
    kinds = ["customers.write.successful", "{dataType}.write.unsuccessful"]
    made = client.good("POST", "/webhooks", {"url": receiver.url, "eventTypes": kinds})
    secret = made["secret"]
    assert secret.startswith("whsec_")
    listed = client.good("GET", "/webhooks")["results"]
    assert [each["id"] for each in listed] == [made["id"]]
    assert "secret" not in listed[0]
    stated = {**documents.UK_CUSTOMER, "id": "HOOKED"}
    uk.written("customers", stated)
    event = told(receiver, secret)
    assert event["eventType"] == "customers.write.successful"
    assert event["payload"]["record"] == {"id": "HOOKED"}
    assert event["payload"]["referenceCompany"]["id"] == uk.id
    receiver.status = 503
    uk.push("customers", without(stated, "customerName"))
    event = told(receiver, secret)
    assert (event["eventType"], event["payload"]["status"]) == (
        "customers.write.unsuccessful",
        "Failed",
    )
    assert event["payload"]["validation"]["errors"][0]["itemId"] == "CustomerName"
    receiver.status = 200
    # It was not delivered: it is tried again by itself.
    assert told(receiver, secret) == event
    replayed = client.good("POST", f"/webhooks/{made['id']}/replay", {"delivered": True})
    assert replayed == {"replayed": 2}
    again = [told(receiver, secret)["id"] for _ in range(2)]
    assert event["id"] in again
    found = client.good("GET", f"/webhooks/{made['id']}/deliveries")["results"]
    assert len(found) == 2
    client.good("DELETE", f"/webhooks/{made['id']}")
    assert client.good("GET", "/webhooks")["results"] == []


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://10.0.0.1/hook",
        "https://169.254.169.254/latest",
        "https://[::ffff:192.168.0.1]/hook",
        "http://192.0.2.1/hook",
        "ftp://192.0.2.1/hook",
        "https://user:word@192.0.2.1/",
        "https://",
        "no address",
        "https://a.invalid:99999/",
    ],
)
def test_private_and_odd_addresses_are_refused(url: str) -> None:
    with pytest.raises(ClaryError) as caught:
        webhooks.check_target(url, private=False)
    assert caught.value.code == "WEBHOOK_TARGET_REFUSED"


def test_messages_are_what_the_reference_file_says(
    server: Served, client: Client, receiver: Receiver
) -> None:
    made = client.good("POST", "/webhooks", {"url": receiver.url})
    company = server.linked(client, "south")
    client.good("POST", f"{company.path}/data/queue/invoices")
    client.good("POST", f"{company.path}/data/queue/invoices")
    company.written("customers", {**documents.UK_CUSTOMER, "id": "EVENTS"})
    company.push("customers", {})
    client.good("PATCH", company.connected, {"status": "Unlinked"})
    client.good("PUT", f"{company.connected}/authorization", {"company": "south"})
    client.good("DELETE", company.connected)
    client.good("DELETE", company.path)
    expected = {
        "company.created": "CompanyWebhook",
        "connection.created": "ConnectionWebhook",
        "connection.connected": "ConnectionWebhook",
        "read.completed.initial": "ReadCompletedWebhook",
        "read.completed": "ReadCompletedWebhook",
        "customers.write.successful": "DataTypeWriteWebhook",
        "customers.write.unsuccessful": "DataTypeWriteWebhook",
        "connection.disconnected": "ConnectionWebhook",
        "connection.reconnected": "ConnectionWebhook",
        "connection.deleted": "ConnectionWebhook",
        "company.deleted": "CompanyWebhook",
    }
    seen: dict[str, object] = {}
    while set(seen) != set(expected):
        event = told(receiver, made["secret"])
        seen[event["eventType"]] = event
    for kind, schema in expected.items():
        found = against(PLATFORM, f"/components/schemas/{schema}", seen[kind])
        assert not found, (kind, found)
    client.good("DELETE", f"/webhooks/{made['id']}")


def test_a_consumer_of_one_company_is_asked_for_by_tags(client: Client) -> None:
    hook = {"url": "http://127.0.0.1:9/", "companyId": "0f0f0f0f-0000-4000-8000-000000000000"}
    answer = client.ask("POST", "/webhooks", hook)
    assert answer.status == 400
    assert "companyTags" in answer.body["error"]
