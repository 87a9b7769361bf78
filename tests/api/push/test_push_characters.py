"""NUL and halves of surrogate pairs: refused by both APIs, wherever in a request they are."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import Request

from clary.api.bodies import check_characters, read_body
from clary.kernel.errors import ClaryError
from tests.api.push.served import Company, Served

JSON = {"Content-Type": "application/json"}
CODE = "that no text can have"


def is_refused(status: int, body: Any) -> bool:  # noqa: ANN401 - JSON
    return status == 400 and CODE in (body.get("error") or body.get("detail"))


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/companies", r'{"name": "a", "description": "x\u0000y"}'),
        ("/companies", r'{"name": "a", "description": "x\ud800y"}'),
        ("/companies", r'{"name": "a", "description": "x\udc00\ud800y"}'),
        ("/companies", r'{"name": "a", "tags": {"a\uDfff": "b"}}'),
        ("{connected}/push/suppliers", r'{"id": "SUR1", "supplierName": "x\uD800y"}'),
        ("{connected}/push/suppliers", r'{"id": "SUR2", "supplierName": "x", "\ud83d": 1}'),
        ("{connected}/push/suppliers", r'{"id": "SUR3", "supplierName": "\\\u0000"}'),
        ("{connected}/push/suppliers", '{"id": "SUR4", "supplierName": "\0"}'),
        ("/webhooks", r'{"url": "http://127.0.0.1:9/", "eventTypes": ["\ud800"]}'),
    ],
)
def test_no_body_holds_what_is_no_character(path: str, content: str, uk: Company) -> None:
    here = path.format(connected=uk.connected)
    answer = uk.client.ask("POST", here, content=content.encode(), headers=JSON)
    assert is_refused(answer.status, answer.body), answer.body


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        (r"\ud83d\ude00", "\U0001f600"),
        (r"\\u0000 \\ud800", r"\u0000 \ud800"),
        (r"\u00e9\n\"", 'é\n"'),
        ("\U0001f600", "\U0001f600"),
    ],
)
def test_every_other_character_is_taken(text: str, stored: str, uk: Company) -> None:
    content = f'{{"name": "odd", "description": "{text}"}}'.encode()
    made = uk.client.ask("POST", "/companies", content=content, headers=JSON)
    assert made.status == 200, made.body
    found = uk.client.good("GET", f"/companies/{made.body['id']}")
    assert found["description"] == stored


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/companies/%00"),
        ("GET", "{path}/push/%00"),
        ("GET", "{path}/data/customers/a%00b"),
        ("DELETE", "{connected}/push/invoices/%00"),
        ("DELETE", "/webhooks/%00"),
        ("GET", "{path}/data/customers?query=id%3Da%00"),
        ("GET", "{path}/push?orderBy=%00"),
        ("POST", "{connected}/push/invoices/%00/attachment"),
    ],
)
def test_no_path_and_no_parameter_holds_nul(method: str, path: str, uk: Company) -> None:
    here = path.format(connected=uk.connected, path=uk.path)
    answer = uk.client.ask(method, here)
    assert is_refused(answer.status, answer.body), answer.body
    assert "sqlite" not in str(answer.body)


def test_a_percent_sign_before_two_zeros_is_none(uk: Company) -> None:
    answer = uk.client.ask("GET", f"{uk.path}/data/customers", query="id=%00")
    assert answer.status == 200, answer.body


def test_the_native_api_refuses_the_same(server: Served, uk: Company) -> None:
    headers = {"Authorization": f"Bearer {uk.client.key}"}
    with httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, trust_env=False) as http:
        bodies = [r'{"id": "\ud800"}', r'{"id": "\u0000"}']
        answers = [
            http.post("/companies/north/records/customer", content=each, headers=JSON)
            for each in bodies
        ]
        answers.append(http.get("/companies/north/records/customer", params={"where": "id = '\0'"}))
    for answer in answers:
        assert is_refused(answer.status_code, answer.json()), answer.text


def asked(**scope: object) -> Request:
    """Return a request of which the server's own parser would let less through."""
    usual: dict[str, object] = {"type": "http", "path": "/", "query_string": b"", "headers": []}
    return Request({**usual, **scope})


def test_a_header_with_nul_is_refused() -> None:
    with pytest.raises(ClaryError) as caught:
        check_characters(asked(headers=[(b"idempotency-key", b"a\0b")]))
    assert caught.value.code == "REQUEST_CHARACTER"


def test_what_is_refused_is_not_read() -> None:
    with pytest.raises(ClaryError) as caught:
        asyncio.run(read_body(asked(path="/\0")))  # it has nothing that could be read from
    assert caught.value.code == "REQUEST_CHARACTER"


# --- moments --------------------------------------------------------------------------

OVERFLOWING = ["0001-01-01T00:00:00+05:00", "9999-12-31T23:00:00-05:00"]


@pytest.mark.parametrize("moment", OVERFLOWING)
@pytest.mark.parametrize("path", ["{path}/data/invoices", "{path}/push", "/companies"])
def test_a_moment_that_no_calendar_has_is_malformed(moment: str, path: str, uk: Company) -> None:
    names = {"{path}/data/invoices": "issueDate", "{path}/push": "requestedOnUtc"}
    query = f"{names.get(path, 'created')}>{moment}"
    answer = uk.client.ask("GET", path.format(path=uk.path), query=query)
    assert answer.status == 400, answer.body


@pytest.mark.parametrize("moment", OVERFLOWING)
def test_nothing_is_replayed_since_such_a_moment(moment: str, uk: Company) -> None:
    made = uk.client.good("POST", "/webhooks", {"url": "http://127.0.0.1:9/", "eventTypes": []})
    path = f"/webhooks/{made['id']}"
    answer = uk.client.ask("POST", f"{path}/replay", {"since": moment})
    assert answer.status == 400, answer.body
    uk.client.good("DELETE", path)
