"""How the site speaks: paths, pages, links, counts, fields, media type, errors."""

from __future__ import annotations

import re
from decimal import Decimal

import httpx
import pytest

from tests.apps.connectwise.sandbox.caller import BASE, Caller
from tests.sites import Site

LIST = "finance/accounting/unpostedinvoices"


def links(header: str) -> dict[str, str]:
    return {name: url for url, name in re.findall(r'<([^>]+)>; rel="(\w+)"', header)}


@pytest.mark.parametrize(
    "path",
    [
        "finance/billingTerms",
        "FINANCE/BillingTerms/",
        "finance/billingterms/",
        "finance//billingTerms",
    ],
)
def test_paths_are_read_whatever_their_case_and_last_slash(path: str, reading: Caller) -> None:
    assert [each["name"] for each in reading.get(path)][:2] == ["Net 30", "Due on receipt"]


@pytest.mark.parametrize("names", [("pageSize", "orderBy"), ("pagesize", "orderby")])
def test_query_names_are_read_whatever_their_case(names: tuple[str, str], reading: Caller) -> None:
    query: dict[str, str | int] = {names[0]: 1, names[1]: "dueDays desc"}
    told = reading.get("finance/billingTerms", **query)
    assert [each["name"] for each in told] == ["Net 30"]


def test_a_page_has_25_records_unless_asked_and_links_to_next_and_last(reading: Caller) -> None:
    first = reading("GET", LIST)
    count = reading.get(f"{LIST}/count")["count"]
    assert (len(first.json), count) == (25, 39)
    found = links(first.headers["link"])
    assert set(found) == {"next", "last"}
    assert httpx.URL(found["next"]).params["page"] == "2"
    last = reading("GET", LIST, query={"page": 2})
    assert len(last.json) == 14
    assert "link" not in last.headers
    assert reading.get(LIST, page=3) == []


def test_links_keep_what_was_asked(reading: Caller) -> None:
    query: dict[str, str | int] = {
        "conditions": 'invoiceType="Standard" and locationId=1',
        "pageSize": 2,
        "fields": "id",
    }
    told = reading("GET", LIST, query=query)
    params = httpx.URL(links(told.headers["link"])["next"]).params
    assert dict(params) == {**{k: str(v) for k, v in query.items()}, "page": "2"}


@pytest.mark.parametrize("size", ["0x", "-1", "1001", "1e3"])
def test_a_page_has_1000_records_at_most(size: str, reading: Caller) -> None:
    told = reading("GET", LIST, query={"pageSize": size})
    assert (told.status, told.json["code"]) == (400, "InvalidObject")


@pytest.mark.parametrize(
    "path",
    [LIST, "finance/invoices", "company/companies", "finance/accounting/unpostedprocurement"],
)
def test_forward_only_pages_give_every_record_once(path: str, reading: Caller) -> None:
    whole = [each["id"] for each in reading.get(path, pageSize=1000)]
    found: list[int] = []
    url = httpx.URL(reading.url + BASE + path, params={"pageSize": "7"})
    for _ in range(len(whole)):
        told = httpx.get(
            url,
            headers={"pagination-type": "forward-only", "clientId": "x"},
            auth=("demo+public", "private"),
        )
        found += [each["id"] for each in told.json()]
        onward = links(told.headers.get("link", ""))
        assert set(onward) <= {"next"}
        if not onward:
            break
        url = httpx.URL(onward["next"])
        assert url.params["pageId"] == str(found[-1])
    assert found == sorted(whole)


def test_where_forward_only_is_not_known_pages_are_numbered(reading: Caller) -> None:
    path = "finance/invoices/39002/glEntries"
    told = reading("GET", path, query={"pageSize": 2}, headers={"pagination-type": "forward-only"})
    assert set(links(told.headers["link"])) == {"next", "last"}


def test_fields_limit_what_is_told(reading: Caller) -> None:
    told = reading.get(LIST, fields="billingLogId,company/name,Total", pageSize=1)
    assert told == [
        {"billingLogId": 39001, "company": {"name": "Bridge Insurance"}, "total": Decimal("282.50")}
    ]
    told = reading.get("company/companies/2", fields="id,name,taxCode/name,nothing")
    assert told == {"id": 2, "name": "Bridge Insurance", "taxCode": {"name": "CA"}}


def test_amounts_are_numbers_that_say_what_is_stored(reading: Caller) -> None:
    told = reading("GET", "finance/invoices/39001")
    assert '"total":282.50' in told.text
    assert "e-" not in told.text


def test_answers_carry_the_vendors_media_type_and_version(reading: Caller) -> None:
    told = reading("GET", "system/info")
    assert told.headers["content-type"].startswith("application/vnd.connectwise.com+json")
    assert "version=2025.1" in told.headers["content-type"]
    assert told.headers["api-current-version"] == "2025.1"


def test_what_is_sent_must_be_json(reading: Caller) -> None:
    url = reading.url + BASE + "finance/accounting/export"
    send = {"auth": ("demo+public", "private")}
    for content, kind, expected in (
        (b"a=1", "application/x-www-form-urlencoded", 415),
        (b"{", "application/json", 400),
        (b'{"x": NaN}', "application/json", 400),
        (b'"\\ud800"', "application/json", 400),
        (b"[]", "application/json; charset=utf-8", 400),
        (b"[" * 100_000, "application/json", 400),
    ):
        headers = {"clientId": "x", "Content-Type": kind}
        told = httpx.post(url, content=content, headers=headers, **send)  # type: ignore[arg-type]  # keyword arguments of one kind
        assert told.status_code == expected, told.text
        assert set(told.json()) == {"code", "message", "errors"}


def test_a_body_has_a_limit(fresh: Site) -> None:
    url = fresh.url + BASE + "finance/accounting/export"
    size = 65 * 1024 * 1024
    told = httpx.post(url, content=b" " * size, headers={"Content-Type": "application/json"})
    assert told.status_code == 413


def test_an_unknown_method_tells_the_known_ones(reading: Caller) -> None:
    told = reading("DELETE", "finance/accounting/export")
    assert (told.status, told.headers["allow"]) == (405, "POST")
    assert reading("PATCH", "finance/accounting/batches/1", []).status == 405


@pytest.mark.parametrize("path", ["finance/invoices/x", "finance/invoices/99999999999", "nothing"])
def test_what_is_not_there_is_not_found(path: str, reading: Caller) -> None:
    told = reading("GET", path)
    assert (told.status, told.json["code"]) == (404, "NotFound")
