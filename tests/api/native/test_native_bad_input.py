"""What clients send that makes no sense: refused with a problem that says what to do."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from clary.api.bodies import LARGEST_BODY
from tests.api.native.asking import Native
from tests.api.push.served import Served

CUSTOMERS = "/companies/north/records/customer"
INVOICES = "/companies/north/records/sales_invoice"
OPERATIONS = "/companies/north/operations"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "BODY_NOT_JSON"),
        (b"{", "BODY_NOT_JSON"),
        (b'{"id": "A",}', "BODY_NOT_JSON"),
        (b'{"id": "A", "id": "B"}', "BODY_NOT_JSON"),
        (b'{"id": NaN}', "BODY_NOT_JSON"),
        (b'{"id": 1e999999999}', "TYPE_WRONG"),
        (b"[" * 5000, "BODY_TOO_DEEP"),
        (b'{"a":' * 50 + b"1" + b"}" * 50, "BODY_TOO_DEEP"),
        (b"[]", "BODY_UNFIT"),
        (b'"text"', "BODY_UNFIT"),
        (b"null", "BODY_UNFIT"),
        (b"\xff\xfe{}", "REQUEST_NOT_TEXT"),
        (b'{"id": "A\\u0000"}', "REQUEST_CHARACTER"),
        (b'{"id": "\\ud800"}', "REQUEST_CHARACTER"),
        (b'{"body": {"id": "A"}, "more": 1}', "ENVELOPE_INVALID"),
        (b'{"body": {"id": "A"}, "tracked": {"a": 1}}', "ENVELOPE_INVALID"),
    ],
)
def test_a_body_that_is_no_record_is_refused(shop: Native, text: bytes, code: str) -> None:
    got = shop.ask("POST", CUSTOMERS, content=text, headers={"Content-Type": "application/json"})
    assert (got.status_code // 100, got.json()["code"]) == (4, code), got.text
    assert got.json()["findings"][0]["remedy"]


@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", "x"])
def test_a_body_that_is_said_to_be_something_else_is_refused(shop: Native, kind: str) -> None:
    headers = {"Content-Type": kind}
    got = shop.ask("POST", CUSTOMERS, content=b'{"id": "A"}', headers=headers)
    assert (got.status_code, got.json()["code"]) == (415, "REQUEST_CONTENT_TYPE")


def test_a_body_that_is_too_large_is_refused(shop: Native) -> None:
    text = json.dumps({"id": "A", "name": "x" * LARGEST_BODY}).encode()
    got = shop.ask("POST", CUSTOMERS, content=text)
    assert (got.status_code, got.json()["code"]) == (413, "REQUEST_TOO_LARGE")


def test_a_body_without_an_end_is_cut_off(shop: Native) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(10_000):
            yield b" " * 10_000

    headers = {"Authorization": f"Bearer {shop.key}", "Content-Type": "application/json"}
    with httpx.Client(trust_env=False, timeout=30) as http:
        try:
            got = http.post(f"{shop.url}{CUSTOMERS}", content=endless(), headers=headers)
        except httpx.TransportError:  # the server does not read on
            return
    assert got.status_code == 413


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({"name": "No id"}, "FIELD_REQUIRED", "id"),
        ({"id": "A", "nonsense": 1}, "FIELD_UNKNOWN", "nonsense"),
        ({"id": "A", "credit_limit": "much"}, "TYPE_WRONG", "credit_limit"),
        ({"id": "A", "credit_limit": 10**50}, "NUMBER_TOO_LARGE", "credit_limit"),
        ({"id": "A", "credit_limit": "1.005"}, "DECIMALS_TOO_MANY", "credit_limit"),
        ({"id": "A", "inactive": "maybe"}, "TYPE_WRONG", "inactive"),
        ({"id": ["A"]}, "TYPE_WRONG", "id"),
    ],
)
def test_each_field_is_told(shop: Native, body: object, code: str, field: str) -> None:
    found = shop.ask("POST", CUSTOMERS, body)
    assert found.status_code in (400, 422), found.text
    told = {(each["code"], each["field"]) for each in found.json()["findings"]}
    assert (code, field) in told, found.text


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"date": "2026-02-30"}, "date"),
        ({"date": "30/01/2026"}, "date"),
        ({"date": 20260130}, "date"),
        ({"customer_id": "NOBODY"}, "customer_id"),
        ({"lines": [{"quantity": "x"}]}, "lines.0.quantity"),
        ({"lines": "none"}, "lines"),
    ],
)
def test_each_field_of_a_document_is_told(shop: Native, change: object, field: str) -> None:
    assert isinstance(change, dict)
    line = {"quantity": "1", "unit_price": "1.00", "account_id": "4000", "tax_code_id": "T1"}
    body = {"customer_id": "C1", "date": "2026-03-02", "form": "ledger", "lines": [line]}
    shop.ask("PUT", f"{CUSTOMERS}/C1", {"name": "C1"}, mode="sparse")
    found = shop.ask("POST", INVOICES, {**body, **change}, dry_run="true")
    rows = found.json().get("preview") or [found.json()]
    told = [each["field"] for row in rows for each in row["findings"]]
    assert any(each and each.startswith(field) for each in told), found.text


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"where": "balance >"}, "FILTER_SYNTAX"),
        ({"where": "nothing = 1"}, "FILTER_FIELD_UNKNOWN"),
        ({"where": "balance like 'x'"}, "FILTER_OPERATOR_UNFIT"),
        ({"where": "balance > 'x'"}, "FILTER_VALUE_UNFIT"),
        ({"where": "not " * 200 + "id = 'A'"}, "FILTER_TOO_DEEP"),
        ({"where": "id = 'A" * 10}, "FILTER_SYNTAX"),
        ({"where": "x" * 20_001}, "PARAMETER_UNFIT"),
        ({"order": "nothing"}, "FIELD_UNKNOWN"),
        ({"order": "contacts"}, "ORDER_UNFIT"),
        ({"order": ",,"}, "PARAMETER_UNFIT"),
        ({"fields": "nothing"}, "FIELD_UNKNOWN"),
        ({"fields": "id;drop table"}, "PARAMETER_UNFIT"),
        ({"limit": "0"}, "PARAMETER_UNFIT"),
        ({"limit": "501"}, "PARAMETER_UNFIT"),
        ({"limit": "-1"}, "PARAMETER_UNFIT"),
        ({"limit": "1.5"}, "PARAMETER_UNFIT"),
        ({"limit": "ten"}, "PARAMETER_UNFIT"),
        ({"limit": "9" * 5000}, "PARAMETER_UNFIT"),
        ({"period": "last_week"}, None),
        ({"period": "2026-02-30..2026-03-01"}, None),
        ({"nonsense": "1"}, "PARAMETER_UNFIT"),
        ({"where": "id = '\x00'"}, None),
    ],
)
def test_a_query_that_makes_no_sense_is_refused(
    shop: Native, query: dict[str, Any], code: str | None
) -> None:
    found = shop.ask("GET", CUSTOMERS, **query)
    assert 400 <= found.status_code < 500, found.text
    assert code in (None, found.json()["code"]), found.text


def test_an_error_in_a_filter_says_where(shop: Native) -> None:
    found = shop.refused(400, "FILTER_SYNTAX", "GET", CUSTOMERS, where="name = 'a' or\nbalance >")
    assert "line 2, column 10" in found["detail"]


def test_a_parameter_is_stated_once(shop: Native) -> None:
    shop.refused(422, "PARAMETER_UNFIT", "GET", f"{CUSTOMERS}?limit=1&limit=2")


@pytest.mark.parametrize(
    "change",
    [
        {"operation": "destroy"},
        {"operation": "act"},
        {"verb": "void"},
        {"record_type": "no_such_type"},
        {"documents": []},
        {"documents": {"id": "A"}},
        {"documents": [1]},
        {"documents": [{"id": f"X{n}"} for n in range(1001)]},
        {"batch": 0},
        {"batch": "10"},
        {"nonsense": True},
        {"record_type": None},
    ],
)
def test_an_operation_that_does_not_fit_together_is_refused(shop: Native, change: object) -> None:
    assert isinstance(change, dict)
    body = {"operation": "create", "record_type": "customer", "documents": [{"id": "A"}]}
    got = shop.ask("POST", OPERATIONS, {**body, **change})
    assert got.status_code in (400, 404, 422), got.text
    assert got.json()["findings"]


@pytest.mark.parametrize("confirm", ["NO_SUCH_GUARD", "mass_change", "A,,B"])
def test_a_guard_that_there_is_not_cannot_be_confirmed(shop: Native, confirm: str) -> None:
    got = shop.ask("POST", CUSTOMERS, {"id": "GUARD", "name": "x"}, confirm=confirm)
    assert got.status_code in (400, 422), got.text
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/GUARD")


@pytest.mark.parametrize("as_of", ["2026-02-30", "yesterday", "20260101", ""])
def test_a_day_that_is_none_is_refused(shop: Native, as_of: str) -> None:
    shop.refused(422, "PARAMETER_UNFIT", "GET", "/companies/north/trial-balance", as_of=as_of)


def test_clients_that_hang_up_do_no_harm(server: Served, shop: Native) -> None:
    address = urlsplit(server.url)
    body = json.dumps({"id": "HUNGUP", "name": "x"}).encode()
    head = (
        f"POST /api/v1{CUSTOMERS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {shop.key}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    whole = head + body
    for cut in (10, len(head) - 1, len(head), len(whole) - 1):
        with socket.create_connection((address.hostname, address.port), 5) as raw:
            raw.sendall(whole[:cut])
    time.sleep(0.5)
    shop.refused(404, "RECORD_NOT_FOUND", "GET", f"{CUSTOMERS}/HUNGUP")
    with socket.create_connection((address.hostname, address.port), 5) as raw:
        raw.sendall(whole)  # hangs up without waiting for the answer
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if shop.ask("GET", f"{CUSTOMERS}/HUNGUP").status_code == 200:
            return
        time.sleep(0.1)
    message = "what was sent as a whole is done"
    raise AssertionError(message)


def test_what_the_network_is_no_http_is_refused(server: Served, shop: Native) -> None:
    address = urlsplit(server.url)
    for sent in (b"\x00\x01\x02\r\n\r\n", b"GET\r\n\r\n", b"GET / HTTP/9\r\n\r\n", b"A" * 100_000):
        with socket.create_connection((address.hostname, address.port), 5) as raw:
            raw.sendall(sent)
            raw.settimeout(5)
            with suppress(TimeoutError, ConnectionError):
                raw.recv(1000)
    assert shop.good("GET", "/runs")["items"] is not None
