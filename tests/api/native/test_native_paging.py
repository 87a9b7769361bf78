"""Pages by cursor: nothing is shown twice or left out while records are added."""

from __future__ import annotations

from itertools import pairwise
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tests.api.native.asking import Native

CUSTOMERS = "/companies/north/records/customer"
NAMES = [None, "a", "B", "b", "É", "zz", "b"]


@pytest.fixture(scope="module")
def filled(shop: Native) -> Native:
    documents: list[dict[str, Any]] = []
    for number in range(40):
        name = NAMES[number % len(NAMES)]
        documents.append({"id": f"P{number:03}", "name": name or "-", "city": None})
        documents[-1]["bill_to"] = {} if name is None else {"city": name}
        documents[-1]["inactive"] = number % 3 == 0
        documents[-1]["credit_limit"] = str(number % 4 * 10)
        documents[-1].pop("city")
    body = {"operation": "create", "record_type": "customer", "documents": documents}
    done = shop.good("POST", "/companies/north/operations", body)
    assert done["run"]["applied"] == 40, done["results"][0]
    return shop


def _all(client: Native, path: str, **query: Any) -> list[Any]:  # noqa: ANN401 - JSON
    """Return all items of a list, page by page, by its links."""
    items: list[Any] = []
    got = client.ask("GET", path, **query)
    while True:
        assert got.status_code == 200, got.text
        items += got.json()["items"]
        if got.json()["next"] is None:
            assert "link" not in got.headers
            return items
        link = got.headers["link"].partition(">")[0].removeprefix("<")
        stated: dict[str, Any] = dict(parse_qsl(urlsplit(link).query))
        assert stated["after"] == got.json()["next"]
        got = client.ask("GET", path, **stated)


@pytest.mark.parametrize(
    "order",
    ["", "name", "-name", "inactive,-name", "-inactive", "credit_limit,id", "-credit_limit,name"],
)
@pytest.mark.parametrize("limit", [1, 7, 500])
def test_pages_are_the_list_in_its_order(filled: Native, order: str, limit: int) -> None:
    query = {"where": "id like 'P%'", "fields": "id", **({"order": order} if order else {})}
    whole = filled.good("GET", CUSTOMERS, limit=500, **query)["items"]
    assert len(whole) == 40
    if limit == 1 and order not in ("", "-name"):
        limit = 3  # one at a time takes as long as all other orders together
    assert _all(filled, CUSTOMERS, limit=limit, **query) == whole


def test_orders_are_those_of_their_kinds(filled: Native) -> None:
    query = {"where": "id like 'P%'", "fields": "name,credit_limit", "order": "-credit_limit,name"}
    found = _all(filled, CUSTOMERS, limit=6, **query)
    for before, after in pairwise(found):
        here, there = float(before["credit_limit"]), float(after["credit_limit"])
        assert here > there or (here == there and before["name"] <= after["name"])


def test_what_is_added_meanwhile_shifts_no_page(filled: Native) -> None:
    query: dict[str, Any] = {"where": "id like 'P%'", "fields": "id", "limit": 10}
    first = filled.good("GET", CUSTOMERS, **query)
    for number in (0, 5, 35):
        filled.good("PUT", f"{CUSTOMERS}/P{number:03}A", {"name": "Late"})
    rest = []
    after = first["next"]
    while after is not None:
        page = filled.good("GET", CUSTOMERS, after=after, **query)
        rest += page["items"]
        after = page["next"]
    seen = [each["id"] for each in first["items"] + rest]
    assert len(seen) == len(set(seen)) == 41
    assert {f"P{n:03}" for n in range(40)} <= set(seen)
    assert "P035A" in seen  # it came behind where the reader was
    assert "P000A" not in seen  # it came before
    for number in (0, 5, 35):
        filled.good("DELETE", f"{CUSTOMERS}/P{number:03}A")


def test_a_cursor_of_another_query_is_refused(filled: Native) -> None:
    query: dict[str, Any] = {"where": "id like 'P%'", "limit": 5}
    after = filled.good("GET", CUSTOMERS, **query)["next"]
    for other in (
        {"where": "id like 'Q%'"},
        {"where": "id like 'P%'", "order": "name"},
        {"where": "id like 'P%'", "fields": "id"},
    ):
        filled.refused(400, "CURSOR_INVALID", "GET", CUSTOMERS, after=after, **other)
    vendors = CUSTOMERS.replace("customer", "vendor")
    filled.refused(400, "CURSOR_INVALID", "GET", vendors, after=after, **query)
    filled.refused(400, "CURSOR_INVALID", "GET", "/runs", after=after)
    for wrong in ("x", "W10", "eyJ9", after[:-4], "%00"):
        filled.refused(400, "CURSOR_INVALID", "GET", CUSTOMERS, after=wrong, **query)
    larger = filled.good("GET", CUSTOMERS, after=after, where="id like 'P%'", limit=9)
    assert len(larger["items"]) == 9


def test_plans_runs_rows_results_and_logs_are_paged(filled: Native) -> None:
    runs = _all(filled, "/runs", limit=2, company="north")
    assert [each["id"] for each in runs] == [
        each["id"] for each in filled.good("GET", "/runs", limit=500, company="north")["items"]
    ]
    plans = _all(filled, "/plans", limit=3)
    assert len(plans) == len({each["id"] for each in plans}) >= len(runs)
    large = next(each for each in runs if each["planned"] == 40)
    plan = large["plans"][0]
    rows = _all(filled, f"/plans/{plan}/rows", limit=11)
    assert [each["number"] for each in rows] == list(range(1, 41))
    results = _all(filled, f"/runs/{large['id']}/results", limit=13)
    assert [each["number"] for each in results] == list(range(1, 41))
    log = _all(filled, f"/runs/{large['id']}/log", limit=1)
    ids = [each["id"] for each in log]
    assert ids == sorted(set(ids))
    assert ids


def test_findings_of_a_plan_are_paged(filled: Native) -> None:
    documents = [{"id": f"P{number:03}", "name": "There"} for number in range(7)]
    body = {"operation": "create", "record_type": "customer", "documents": documents}
    plan = filled.good("POST", "/companies/north/operations", body, dry_run="true")["plan"]["id"]
    found = _all(filled, f"/plans/{plan}/findings", limit=2)
    assert [each["code"] for each in found] == ["RECORD_EXISTS"] * 7
