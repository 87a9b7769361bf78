"""Paths, headers and bodies made to harm, and clients that hang up: told, or nothing at all."""

from __future__ import annotations

import json
import socket
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from clary.hub.push.problems import ID_LENGTH
from tests.api.push.served import Client, Company, Served, encoded
from tests.flows.push import documents
from tests.flows.push.shelf import changed

JSON = {"Content-Type": "application/json"}
LINE = ("lineItems", "0")
INVOICE = documents.UK_INVOICE
DIGITS = "9" * 5000


def line(server: Served) -> socket.socket:
    """Return a connection to the server."""
    place = urlsplit(server.url)
    assert place.hostname is not None
    return socket.create_connection((place.hostname, place.port or 0), timeout=30)


def raw(server: Served, target: str, *headers: str, method: str = "GET") -> tuple[int, bytes]:
    """Send a request as it stands, and return status and body of the answer."""
    with line(server) as connection:
        lines = [f"{method} /accounting{target} HTTP/1.1", "Host: here", "Connection: close"]
        connection.sendall("\r\n".join([*lines, *headers, "", ""]).encode("latin-1"))
        got = b""
        while part := connection.recv(65536):
            got += part
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def key_of(client: Client) -> str:
    return f"Authorization: Basic {encoded(client.key)}"


# --- paths ---------------------------------------------------------------------------


ODD_IDS = [
    "..%2f..%2fwebhooks",
    "%2e%2e",
    "../../webhooks",
    "a%00b",
    "%ff%fe",
    "%252e%252e%252f",
    "A" * 4000,
    "%F0%9F%98%80",
    "';DROP%20TABLE%20push_operations;--",
    "a%0d%0aX-Injected:%20yes",
    "%5c..%5c",
    "{company}",
    "\xe9",
]


@pytest.mark.parametrize("odd", ODD_IDS)
@pytest.mark.parametrize(
    "path",
    [
        "/companies/{odd}",
        "/companies/{id}/push/{odd}",
        "/companies/{id}/data/customers/{odd}",
        "/companies/{id}/data/invoices/{odd}",
        "/companies/{id}/data/journalEntries/{odd}",
        "/companies/{id}/data/{odd}",
        "/companies/{id}/data/history/{odd}",
        "/companies/{id}/connections/{odd}/options/invoices",
        "/integrations/{odd}",
        "/webhooks/{odd}/deliveries",
    ],
)
def test_odd_paths_lead_nowhere(odd: str, path: str, server: Served, uk: Company) -> None:
    status, body = raw(server, path.format(odd=odd, id=uk.id), key_of(uk.client))
    # A server may refuse the bytes by itself (400); dots may lead to what is public anyway.
    assert status in (400, 404) or (status == 405 and "webhooks" in odd), body
    assert b"Traceback" not in body
    if status == 404:
        assert len(json.loads(body)["error"]) < 20 * ID_LENGTH
    assert uk.client.ask("GET", "/integrations").status == 200


@pytest.mark.parametrize("odd", ["A" * 4000, "..%2f..", "a%00b", "99999999999999999999999"])
@pytest.mark.parametrize("kind", ["customers", "invoices"])
def test_odd_records_fail_as_operations(odd: str, kind: str, uk: Company) -> None:
    stated = documents.UK_DOCUMENTS[kind]
    answer = uk.client.ask("PUT", f"{uk.connected}/push/{kind}/{odd}", stated)
    if answer.status == 200:
        assert uk.ended(answer.body)["status"] == "Failed"
    else:
        assert answer.status in (400, 404)
    if kind == "invoices":
        answer = uk.client.ask("DELETE", f"{uk.connected}/push/{kind}/{odd}")
        assert answer.status in (400, 404) or uk.ended(answer.body)["status"] == "Failed"


def test_a_query_beyond_all_bounds_is_refused(uk: Company) -> None:
    path = f"{uk.path}/data/invoices"
    for query in ("id=" + "1" * 5000, "{" * 200 + "id=1" + "}" * 200, "id=1&&" * 300 + "id=1"):
        assert uk.client.ask("GET", path, query=query).status in (200, 400)
    assert uk.client.ask("GET", path, query="x" * 60_000).status in (400, 414, 431)
    assert uk.client.ask("GET", path, page=10**8, pageSize=5000).body["results"] == []
    for name in ("page", "pageSize"):
        for wrong in ("0", "-1", "1e3", "9" * 30, "\u0661", "1.0"):
            stated: dict[str, Any] = {name: wrong}
            assert uk.client.ask("GET", path, **stated).status == 400


@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("amountDue>", "column 10:"),
        ("amountDue>0&&", "end"),
        ("{amountDue>0", "end"),
        ("amountDue>0 && (x=1)", "column 16:"),
        ("=5", "column 1:"),
        ("a==b", "column 2:"),
    ],
)
def test_a_syntax_error_is_told_with_its_place(query: str, place: str, uk: Company) -> None:
    for path in ("data/invoices", "push", "data/history", "connections"):
        answer = uk.client.ask("GET", f"{uk.path}/{path}", query=query)
        assert answer.status == 400
        said = answer.body["error"]
        assert said.startswith("Error parsing query - ")
        assert place in said, said


# --- headers ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "header",
    [
        "Authorization: Basic " + "A" * 20_000,
        "Authorization: Basic !!!!",
        "Authorization: Basic",
        "Authorization: Bearer x",
        "Authorization: Basic \xff\xfe",
        "Authorization: Basic AAAA AAAA",
        "Authorization: Basic " + encoded("\x00"),
        "Authorization: Basic " + encoded(":"),
        "Authorization: Basic " + encoded("clary_" + "x" * 300),
    ],
)
def test_odd_keys_are_no_keys(header: str, server: Served, client: Client) -> None:
    status, _ = raw(server, "/companies", header)
    assert status in (400, 401, 431)
    assert client.ask("GET", "/companies").status == 200


def test_the_first_of_two_keys_is_not_mixed_with_the_second(server: Served, client: Client) -> None:
    bad = "Authorization: Basic " + encoded("nothing")
    status, _ = raw(server, "/companies", bad, key_of(client))
    assert status == 401


@pytest.mark.parametrize(
    "headers",
    [
        ("X-Much: " + "y" * 200_000,),
        tuple(f"X-Many-{number}: y" for number in range(5000)),
        ("Content-Length: -1",),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Type: " + "z" * 5000, "Content-Length: 0"),
    ],
)
def test_headers_made_to_harm_harm_nothing(
    headers: tuple[str, ...], server: Served, client: Client
) -> None:
    try:
        status, _ = raw(server, "/companies", key_of(client), *headers)
        assert status in (200, 400, 413, 431)
    except (ConnectionError, IndexError):
        pass  # the server hung up, which is an answer, too
    assert client.ask("GET", "/companies").status == 200


# --- bodies ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ("2026-02-30", ("issueDate",)),
        ("2026-13-01T00:00:00", ("issueDate",)),
        ("0000-00-00", ("issueDate",)),
        ("2025-02-29T00:00:00Z", ("dueDate",)),
        ("tomorrow", ("dueDate",)),
        (20260301, ("issueDate",)),
        ("60.00", (*LINE, "unitAmount")),
        ("1,000", (*LINE, "quantity")),
        (True, (*LINE, "taxAmount")),
        ([1], (*LINE, "unitAmount")),
        (1e300, (*LINE, "unitAmount")),
        (-1e300, (*LINE, "taxAmount")),
        (1e-300, (*LINE, "unitAmount")),
        (10**30, (*LINE, "quantity")),
        ({"id": 1}, ("customerRef",)),
        ("ACME", ("customerRef",)),
        ({}, ("lineItems",)),
        ([[]], ("lineItems",)),
        ("A" * 100_000, ("note",)),
        ("A" * 100_000, ("customerRef", "id")),
        ("\x01\x02", ("invoiceNumber",)),
    ],
)
def test_a_wrong_value_fails_as_it_is_accepted_by_property(
    value: object, place: tuple[str, ...], uk: Company
) -> None:
    accepted = uk.push("invoices", changed(INVOICE, value, *place))
    assert (accepted["status"], accepted["statusCode"]) == ("Failed", 400)
    parts = [each for each in place if each != "0"]
    wanted = parts[-1] if value != {"id": 1} else "Id"
    told = [each["itemId"] for each in accepted["validation"]["errors"]]
    assert any(each.lower().startswith(parts[0].lower()) for each in told), told
    assert any(wanted.lower() in each.lower() for each in told), told
    assert "data" not in accepted


@pytest.mark.parametrize(
    "number", ["1e999999999", "-1e999999999", "1e-999999999", DIGITS, f"0.{DIGITS}", "NaN"]
)
def test_numbers_out_of_all_bounds_cost_nothing(number: str, uk: Company) -> None:
    text = json.dumps(changed(INVOICE, "@", *LINE, "unitAmount")).replace('"@"', number)
    begun = time.monotonic()
    path = f"{uk.connected}/push/invoices"
    answer = uk.client.ask("POST", path, content=text.encode(), headers=JSON)
    assert time.monotonic() - begun < 5
    assert answer.status == 400 or answer.body["status"] == "Failed"


@pytest.mark.parametrize(
    ("value", "place", "item"),
    [
        ("NOBODY", ("customerRef", "id"), "CustomerRef.Id"),
        ("8999", (*LINE, "accountRef", "id"), "LineItems[0].AccountRef.Id"),
        ("X77", (*LINE, "taxRateRef", "id"), "LineItems[0].TaxRateRef.Id"),
        (
            "department_999",
            (*LINE, "trackingCategoryRefs", "0", "id"),
            "LineItems[0].TrackingCategoryRefs[0].Id",
        ),
        (
            "project_NONE",
            (*LINE, "trackingCategoryRefs", "1", "id"),
            "LineItems[0].TrackingCategoryRefs[1].Id",
        ),
    ],
)
def test_an_unknown_reference_fails_as_it_is_written(
    value: str, place: tuple[str, ...], item: str, uk: Company
) -> None:
    accepted = uk.push("invoices", changed(INVOICE, value, *place))
    assert accepted["status"] == "Pending"
    ended = uk.ended(accepted)
    assert (ended["status"], ended["statusCode"]) == ("Failed", 400)
    assert item in [each["itemId"] for each in ended["validation"]["errors"]]


def test_many_lines_and_deep_values_are_told_and_bounded(uk: Company) -> None:
    many = changed(INVOICE, INVOICE["lineItems"] * 5000, "lineItems")
    failed = uk.push("invoices", many)
    assert failed["status"] == "Failed"
    assert len(failed["validation"]["errors"]) <= 100
    nested: Any = "x"
    for _ in range(60):
        nested = [nested]
    path = f"{uk.connected}/push/customers"
    deep = {**documents.UK_CUSTOMER, "contacts": nested}
    assert uk.client.ask("POST", path, deep).status in (200, 400)
    twice = b'{"id": "A", "id": "B", "customerName": "Twice"}'
    answer = uk.client.ask("POST", path, content=twice, headers=JSON)
    assert answer.status == 400 or answer.body["status"] in ("Failed", "Pending")


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/xml", "multipart/form-data; boundary=x", "json"]
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_another_content_type_is_refused(method: str, kind: str, uk: Company) -> None:
    path = f"{uk.connected}/push/customers" + ("" if method == "POST" else "/ACME")
    answer = uk.client.ask(method, path, content=b"{}", headers={"Content-Type": kind})
    assert answer.status == 415


# --- clients that hang up ------------------------------------------------------------------


def head(company: Company, size: int) -> bytes:
    """Return the head of a push with a body of a size."""
    lines = [
        f"POST /accounting{company.connected}/push/customers HTTP/1.1",
        "Host: here",
        key_of(company.client),
        "Content-Type: application/json",
        f"Content-Length: {size}",
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_client_that_hangs_up_while_it_sends_pushes_nothing(server: Served, uk: Company) -> None:
    body = json.dumps({**documents.UK_CUSTOMER, "id": "HALFWAY"}).encode()
    before = uk.client.good("GET", f"{uk.path}/push", pageSize=1)["totalResults"]
    for sent in (0, 1, len(body) // 2, len(body) - 1):
        with line(server) as connection:
            connection.sendall(head(uk, len(body)) + body[:sent])
    time.sleep(0.5)
    assert uk.client.good("GET", f"{uk.path}/push", pageSize=1)["totalResults"] == before


def test_a_client_that_hangs_up_while_it_waits_has_pushed_once(server: Served, uk: Company) -> None:
    body = json.dumps({**documents.UK_CUSTOMER, "id": "WAITED"}).encode()
    before = uk.client.good("GET", f"{uk.path}/push", pageSize=1)["totalResults"]
    # Nothing can be stored while the test writes, so that the answer has to wait.
    with server.installation.database.write(), line(server) as connection:
        connection.sendall(head(uk, len(body)) + body)
        time.sleep(1)
    until = time.monotonic() + 30
    while uk.client.ask("GET", f"{uk.path}/data/customers/WAITED").status != 200:
        assert time.monotonic() < until
        time.sleep(0.1)
    after = uk.client.good("GET", f"{uk.path}/push", pageSize=1)["totalResults"]
    assert after == before + 1


def test_a_client_that_hangs_up_while_it_is_answered_harms_nothing(
    server: Served, uk: Company
) -> None:
    for _ in range(20):
        with line(server) as connection:
            target = f"GET /accounting{uk.path}/data/journalEntries?pageSize=5000 HTTP/1.1"
            asked = "\r\n".join([target, "Host: here", key_of(uk.client), "", ""])
            connection.sendall(asked.encode())
            connection.recv(1)
    assert uk.client.ask("GET", "/companies").status == 200
