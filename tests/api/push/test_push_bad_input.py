"""Bad input, keys, idempotency: what is malformed is told, and never more than that."""

from __future__ import annotations

import json
import socket
from typing import Any
from urllib.parse import urlsplit

import pytest

from clary.hub.access import Role
from clary.hub.services.keys import revoke_key
from tests.api.push.served import Client, Company, Served
from tests.flows.push import documents
from tests.flows.push.shelf import changed, without

NOWHERE = "0f0f0f0f-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}


def customer(key: str) -> dict[str, Any]:
    return {**documents.UK_CUSTOMER, "id": key}


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'"text"', 400),
        (b'{"id": NaN}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 100_000, 400),
        (b'{"a": ' * 2_000 + b"1" + b"}" * 2_000, 400),
        (b'{"id": "' + b"A" * 3_000_000 + b'"}', 413),
    ],
)
def test_what_is_no_document_is_malformed(content: bytes, status: int, uk: Company) -> None:
    path = f"{uk.connected}/push/customers"
    answer = uk.client.ask("POST", path, content=content, headers=JSON)
    assert answer.status == status, answer.body


def test_another_content_type_is_refused(uk: Company) -> None:
    path = f"{uk.connected}/push/customers"
    headers = {"Content-Type": "text/plain"}
    answer = uk.client.ask("POST", path, content=b"{}", headers=headers)
    assert answer.status == 415


@pytest.mark.parametrize(
    ("kind", "stated", "item"),
    [
        ("customers", without(documents.UK_CUSTOMER, "customerName"), "CustomerName"),
        ("customers", changed(documents.UK_CUSTOMER, "A" * 9, "id"), "Id"),
        ("invoices", changed(documents.UK_INVOICE, "2026-02-30", "issueDate"), "IssueDate"),
        (
            "invoices",
            changed(documents.UK_INVOICE, "60.00", "lineItems", "0", "unitAmount"),
            "LineItems[0].UnitAmount",
        ),
        (
            "invoices",
            changed(documents.UK_INVOICE, 1e300, "lineItems", "0", "unitAmount"),
            "LineItems[0].UnitAmount",
        ),
    ],
)
def test_what_a_document_lacks_fails_as_it_is_accepted(
    kind: str, stated: object, item: str, uk: Company
) -> None:
    accepted = uk.push(kind, stated)
    assert (accepted["status"], accepted["statusCode"]) == ("Failed", 400)
    assert accepted["validation"]["errors"][0]["itemId"] == item
    assert uk.operation(accepted["pushOperationKey"]) == accepted


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "{connected}/push/taxRates", 404),
        ("POST", "{connected}/push/bogus", 404),
        ("PUT", "{connected}/push/payments/1", 404),
        ("DELETE", "{connected}/push/customers/A", 404),
        ("GET", "{connected}/options/taxRates", 404),
        ("GET", "{path}/data/bogus", 404),
        ("GET", "{path}/data/invoices/999999", 404),
        ("GET", "{path}/data/invoices/..%2f..", 404),
        ("GET", "{path}/push/" + NOWHERE, 404),
        ("GET", f"/companies/{NOWHERE}", 404),
        ("GET", "/integrations/none", 404),
        ("GET", "/nothing", 404),
        ("PATCH", "/webhooks", 405),
        ("GET", "{path}/data/invoices?page=0", 400),
        ("GET", "{path}/data/invoices?pageSize=many", 400),
        ("GET", "{path}/data/invoices?query=amountDue%3E", 400),
        ("GET", "{path}/data/invoices?query=bogus%3D1", 400),
        ("GET", "{path}/data/invoices?orderBy=bogus", 400),
        ("POST", "{connected}/push/customers?timeoutInMinutes=soon", 400),
        ("POST", "/companies", 400),
    ],
)
def test_what_is_not_there_or_malformed_is_told(
    method: str, path: str, status: int, uk: Company
) -> None:
    here = path.format(connected=uk.connected, path=uk.path)
    body: object = {} if method in ("POST", "PUT") else None
    answer = uk.client.ask(method, here, body)
    assert answer.status == status, answer.body
    assert answer.body["statusCode"] == status


def test_a_syntax_error_tells_its_place(uk: Company) -> None:
    answer = uk.client.ask("GET", f"{uk.path}/data/invoices", query="amountDue>1&&(x=1)")
    assert answer.status == 400
    assert "Error parsing query" in answer.body["error"]


def test_the_same_request_is_answered_once(uk: Company) -> None:
    path, stated = f"{uk.connected}/push/customers", customer("ONCE")
    headers = {"Idempotency-Key": "once-1"}
    first = uk.client.ask("POST", path, stated, headers=headers)
    again = uk.client.ask("POST", path, stated, headers=headers)
    assert again.body == first.body
    other = uk.client.ask("POST", path, customer("OTHER"), headers=headers)
    assert other.status == 422
    assert uk.ended(first.body)["status"] == "Success"
    # The first answer stays the answer, also after the operation has ended.
    assert uk.client.ask("POST", path, stated, headers=headers).body == first.body
    gone = f"{path}/ONCE"
    assert uk.client.ask("PUT", gone, stated, headers=headers).status == 422


@pytest.mark.parametrize("key", ["", "not-a-key", "clary_aaaaaaaaaaaa_bbbbbbbbbbbbbbbb"])
@pytest.mark.parametrize("path", ["/companies", "/webhooks", "/integrations"])
def test_nothing_is_told_without_a_key(path: str, key: str, server: Served) -> None:
    answer = server.bearer(key).ask("GET", path)
    assert (answer.status, answer.body["error"]) == (401, "Unauthorized")


def test_a_revoked_key_is_refused_at_once(server: Served) -> None:
    leaving = server.client("leaving")
    assert leaving.ask("GET", "/companies").status == 200
    revoke_key(server.installation, "leaving")
    assert leaving.ask("GET", "/companies").status == 401


def test_one_companys_key_never_sees_another(server: Served, uk: Company) -> None:
    other = server.client("south-only", companies=("south",))
    assert other.good("GET", "/companies")["results"] == []
    operation = uk.push("customers", customer("HIDDEN"))
    for path in (
        uk.path,
        uk.connected,
        f"{uk.path}/push",
        f"{uk.path}/push/{operation['pushOperationKey']}",
        f"{uk.path}/data/customers",
        f"{uk.path}/dataStatus",
        f"{uk.connected}/options/customers",
    ):
        assert other.ask("GET", path).status == 404, path
    refused = other.ask("POST", f"{uk.connected}/push/customers", customer("HIDDEN"))
    assert refused.status == 404
    made = other.good("POST", "/companies", {"name": "Mine"})
    path = f"/companies/{made['id']}/connections"
    connection = other.good("POST", path, {"platformKey": "hbql"})
    foreign = other.ask("PUT", f"{path}/{connection['id']}/authorization", {"company": "north"})
    assert foreign.status == 403
    uk.ended(operation)


def test_a_viewer_pushes_nothing(server: Served, uk: Company) -> None:
    viewer = server.client("viewer", Role.VIEWER)
    assert viewer.ask("GET", f"{uk.path}/data/customers").status == 200
    refused = viewer.ask("POST", f"{uk.connected}/push/customers", customer("VIEWED"))
    assert refused.status == 403


def test_answers_tell_the_rate_limit(client: Client) -> None:
    headers = client.ask("GET", "/integrations").headers
    left = int(headers["X-Rate-Limit-Remaining"])
    assert 0 < left < int(headers["X-Rate-Limit-Limit"])
    assert headers["X-Rate-Limit-Reset"].endswith("Z")


def test_a_client_that_hangs_up_harms_nothing(server: Served, uk: Company) -> None:
    place = urlsplit(server.url)
    assert place.hostname is not None
    with socket.create_connection((place.hostname, place.port or 0)) as line:
        head = (
            f"POST /accounting{uk.connected}/push/customers HTTP/1.1\r\n"
            "Host: here\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"
        )
        line.sendall(head.encode() + json.dumps({"id": "HALF"}).encode())
    assert uk.client.ask("GET", "/companies").status == 200
    assert uk.client.ask("GET", f"{uk.path}/data/customers/HALF").status == 404
