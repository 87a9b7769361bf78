"""Lists are read whole, page by page, whichever style of pages a site has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest

from clary.apps.connectwise.client import Client, Record
from clary.kernel.errors import (
    Misconfigured,
    Rejected,
)
from tests.apps.connectwise.bench import bench
from tests.apps.connectwise.odd_site import (
    Asked,
    Handler,
    Says,
    each_time,
    odd_site,
    usual,
)


def listed(first: int, last: int) -> list[dict[str, int]]:
    return [{"id": number} for number in range(first, last + 1)]


def ids(records: Iterator[Record]) -> list[int]:
    return [cast("int", record["id"]) for record in records]


def by_id(asked: Asked) -> Says:
    """Answer as a site with 7 records that pages by id, 3 at a time."""
    if asked.path.startswith("/login"):
        return usual(asked)
    assert asked.headers.get("pagination-type") == "forward-only"
    after = int(asked.query.get("pageId", "0"))
    records = listed(after + 1, min(after + 3, 7))
    link = f'<https://elsewhere.example/x?pageId={after + 3}>; rel="next"' if after < 6 else ""
    return Says(records, 200, {"link": link})


def by_number(asked: Asked) -> Says:
    """Answer as a site that knows numbered pages only, and links to none of them."""
    if asked.path.startswith("/login"):
        return usual(asked)
    page = int(asked.query.get("page", "1"))
    return Says(listed(page * 3 - 2, min(page * 3, 7)))


def refusing_ids(asked: Asked) -> Says:
    if "pagination-type" in asked.headers:
        return Says({"code": "InvalidRequest", "message": "no forward-only here"}, 400)
    return by_number(asked)


def in_its_own_order(asked: Asked) -> Says:
    """Answer as a site that gives newest first unless it is told an order, and knows no ids."""
    if asked.path.startswith("/login"):
        return usual(asked)
    page = int(asked.query.get("page", "1"))
    records = listed(1, 7)
    if asked.query.get("orderBy") != "id asc":
        records.reverse()
    link = f'<https://x/?page={page + 1}>; rel="next"' if page < 3 else ""
    return Says(records[page * 3 - 3 : page * 3], 200, {"link": link})


def moving(asked: Asked) -> Says:
    """Answer as a numbered list that a new record moves while it is read."""
    if asked.path.startswith("/login"):
        return usual(asked)
    page = int(asked.query.get("page", "1"))
    records = [{"id": number} for number in (7, 1, 2, 3, 4, 5, 6)]
    return Says(listed(1, 3) if page == 1 else records[page * 3 - 3 : page * 3])


@pytest.mark.parametrize(
    "handler", [by_id, by_number, refusing_ids, in_its_own_order], ids=lambda h: h.__name__
)
def test_every_style_of_pages_gives_every_record_once(handler: Handler) -> None:
    with bench(handler) as made:
        records = made.client.pages(
            "/list", conditions="id > 0", fields=("id", "name"), page_size=3
        )
        assert ids(records) == list(range(1, 8))
    asked = made.site.asked[1]
    assert asked.query["conditions"] == "id > 0"
    assert asked.query["fields"] == "id,name"
    assert asked.query["pageSize"] == "3"


def test_records_come_as_they_are_asked_for() -> None:
    with bench(by_id) as made:
        records = made.client.pages("/list", page_size=3)
        assert next(records) == {"id": 1}
        assert made.site.calls == ["GET /list"]


def test_another_order_takes_numbered_pages() -> None:
    with bench(by_number) as made:
        found = ids(made.client.pages("/list", order_by="name desc", page_size=3))
    assert found == list(range(1, 8))
    assert all("pagination-type" not in asked.headers for asked in made.site.asked)


def test_a_list_that_never_ends_is_noticed() -> None:
    again = Says(listed(1, 3), 200, {"link": '<https://x/?pageId=3>; rel="next"'})
    with bench(each_time(again)) as made, pytest.raises(Misconfigured, match="never end"):
        list(made.client.pages("/list", page_size=3))
    assert len(made.site.calls) == 2


@pytest.mark.parametrize("link", ["", '<https://x/?page=1>; rel="next"'], ids=["same", "back"])
def test_numbered_pages_that_never_end_are_noticed(link: str) -> None:
    headers = {"link": link} if link else {}
    again = Says(listed(1, 3), 200, headers)
    with bench(each_time(again)) as made, pytest.raises(Misconfigured, match="never end"):
        list(made.client.pages("/list", order_by="name desc", page_size=3))
    assert len(made.site.calls) <= 2


def test_a_record_that_a_moving_list_gives_twice_counts_once() -> None:
    with bench(moving) as made:
        found = ids(made.client.pages("/list", order_by="name desc", page_size=3))
    assert found == [1, 2, 3, 4, 5, 6]


def test_an_answer_that_is_too_large_is_not_asked_for_in_another_style() -> None:
    with odd_site(each_time(Says([{"text": "x" * 1_100_000}]))) as site:
        made = Client(replace(site.settings(), answer_bytes=1024 * 1024))
        with made, pytest.raises(Rejected, match="larger than 1 MB"):
            list(made.pages("/list"))
        assert site.calls == ["GET /list"]


@pytest.mark.parametrize("document", [{"id": 1}, [1, 2], "text", None], ids=str)
def test_what_is_no_list_of_records_is_told(document: object) -> None:
    with (
        bench(each_time(Says(document))) as made,
        pytest.raises(Misconfigured, match="list of records"),
    ):
        list(made.client.pages("/list"))


def test_a_missing_list_is_not_asked_for_in_another_style() -> None:
    with bench() as made, pytest.raises(Rejected):
        list(made.client.pages("/list"))
    assert made.site.calls == ["GET /list"]


def test_records_are_counted() -> None:
    with bench(each_time(Says({"count": 12}), Says({"total": 12}))) as made:
        assert made.client.count("/list", "id > 3") == 12
        with pytest.raises(Misconfigured, match="count was expected"):
            made.client.count("/list")
    assert made.site.asked[1].query == {"conditions": "id > 3"}
