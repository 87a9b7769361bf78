"""Idempotency-Key: one request is answered once, another is refused, errors are not kept."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from clary.hub.services.keys import revoke_key
from tests.api.push.served import Answer, Client, Company, Served
from tests.flows.push import documents
from tests.flows.push.shelf import without


def customer(key: str) -> dict[str, Any]:
    return {**documents.UK_CUSTOMER, "id": key}


def keyed(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def post(company: Company, stated: object, key: str) -> Answer:
    path = f"{company.connected}/push/customers"
    return company.client.ask("POST", path, stated, headers=keyed(key))


def count(company: Company) -> int:
    """Return how many operations there are."""
    return int(company.client.good("GET", f"{company.path}/push", pageSize=1)["totalResults"])


Again = Callable[[object], Answer]


def request(uk: Company, method: str) -> tuple[Again, object, object]:
    """Return a request of a method, with two bodies that differ (or two records)."""
    here = f"{uk.connected}/push"

    def put(body: object) -> Answer:
        path = f"{here}/customers/CHANGED"
        return uk.client.ask("PUT", path, body, headers=keyed("put"), forceUpdate="true")

    def delete(record: object) -> Answer:
        return uk.client.ask("DELETE", f"{here}/invoices/{record}", headers=keyed("delete"))

    if method == "POST":
        return lambda body: post(uk, body, "post"), customer("POSTED"), customer("POSTED2")
    if method == "PUT":
        stated = {**customer("CHANGED"), "customerName": "One"}
        uk.written("customers", stated)
        return put, {**stated, "customerName": "Two"}, {**stated, "customerName": "Three"}
    numbers = [{**documents.UK_INVOICE, "invoiceNumber": f"KEY-{place}"} for place in (1, 2)]
    first, second = [uk.written("invoices", each) for each in numbers]
    return delete, first, second


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_same_request_is_replayed_and_another_is_refused(method: str, uk: Company) -> None:
    ask, body, other = request(uk, method)
    first = ask(body)
    assert first.body["status"] == "Pending"
    before = count(uk)
    assert ask(body).body == first.body
    assert uk.ended(first.body)["status"] == "Success"
    # Also after its end: what was answered then, not what it is by now.
    assert ask(body).body == first.body
    refused = ask(other)
    assert refused.status == 422
    assert "Idempotency-Key" in refused.body["error"]
    assert count(uk) == before


def test_the_key_belongs_to_the_company_and_the_method(server: Served, uk: Company) -> None:
    first = post(uk, customer("MINE"), "shared")
    path = f"{uk.connected}/push/invoices/1"
    assert uk.client.ask("DELETE", path, headers=keyed("shared")).status == 422
    # Whoever asks for the company: its API key may have been changed for another meanwhile.
    other = Company(server.client("rotated"), uk.id, uk.connection)
    assert post(other, customer("MINE"), "shared").body == first.body
    revoke_key(server.installation, "rotated")
    elsewhere = server.linked(uk.client, "south")
    again = post(elsewhere, customer("MINE"), "shared")
    assert again.body["pushOperationKey"] != first.body["pushOperationKey"]


def test_a_failure_that_was_accepted_is_replayed(uk: Company) -> None:
    stated = without(customer("LACKING"), "customerName")
    first = post(uk, stated, "failed")
    assert first.body["status"] == "Failed"
    assert post(uk, stated, "failed").body == first.body


def test_what_was_not_accepted_is_not_kept(uk: Company) -> None:
    path = f"{uk.connected}/push/customers"
    for malformed in (b"{", b"[]"):
        answer = uk.client.ask("POST", path, content=malformed, headers=keyed("mended"))
        assert answer.status == 400
    assert post(uk, customer("MENDED"), "mended").body["status"] == "Pending"


@pytest.mark.parametrize("key", ["x" * 256, "\x7f", ""])
def test_a_key_that_cannot_be_one_is_refused(key: str, uk: Company) -> None:
    answer = post(uk, customer("BADKEY"), key)
    assert answer.status == 400
    assert "Idempotency-Key" in answer.body["error"]


def test_a_request_that_is_being_answered_is_409_and_only_that(server: Served, uk: Company) -> None:
    stated = customer("HELD")
    first = {"client": uk.client, "other": server.bearer(uk.client.key)}
    with ThreadPoolExecutor(1) as pool:
        with server.installation.database.write():  # nothing can be stored meanwhile
            running = pool.submit(post, uk, stated, "held")
            second = Company(first["other"], uk.id, uk.connection)
            refused = until_refused(second, stated)
            assert not running.done()
            assert refused.body["canBeRetried"] == "True"
            assert post(second, customer("HELD2"), "held").status in (409, 422)
        answer = running.result(30)
    assert answer.body["status"] == "Pending"
    # Its operation is pending, its request is answered: that is replayed.
    assert post(uk, stated, "held").body == answer.body
    assert uk.ended(answer.body)["status"] == "Success"


def until_refused(company: Company, stated: object) -> Answer:
    """Send a request that another connection is sending, too, once that one has arrived."""
    time.sleep(1)
    answer = post(company, stated, "held")
    assert answer.status == 409, json.dumps(answer.body)
    return answer


def test_the_same_key_at_the_same_time_makes_one_operation(server: Served, uk: Company) -> None:
    clients = [server.bearer(uk.client.key) for _ in range(8)]
    before = count(uk)

    def send(client: Client) -> Answer:
        return post(Company(client, uk.id, uk.connection), customer("RACE"), "race")

    with ThreadPoolExecutor(len(clients)) as pool:
        answers = list(pool.map(send, clients))
    assert {each.status for each in answers} <= {200, 409}
    keys = {each.body["pushOperationKey"] for each in answers if each.status == 200}
    assert len(keys) == 1
    assert count(uk) == before + 1
