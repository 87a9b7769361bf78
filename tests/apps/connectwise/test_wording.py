"""Bodies, numbers, waits and links are read and written exactly."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from clary.apps.connectwise.answers import Json, decoded, encoded
from clary.apps.connectwise.client import Operation
from clary.apps.connectwise.paging import Place, following, next_place
from clary.apps.connectwise.patience import wait_before
from clary.apps.connectwise.transport import Reply
from clary.kernel.errors import ClaryError, Misconfigured, Uncertain

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)


def read(body: bytes, *, media: str = "application/json", safe: bool = True) -> Json:
    reply = Reply(200, {"content-type": media}, body)
    return decoded(reply, host="psa.example.com", what="GET /x", safe=safe)


def test_numbers_keep_their_digits_both_ways() -> None:
    assert read(b'{"a": 0.10, "b": 12, "c": 1.10e2}') == {
        "a": Decimal("0.10"),
        "b": 12,
        "c": Decimal(110),
    }
    assert encoded({"a": Decimal("0.10"), "b": [Decimal("1E+2"), 3], "c": None, "d": True}) == (
        b'{"a": 0.10, "b": [100, 3], "c": null, "d": true}'
    )


def test_text_is_written_as_json_writes_it() -> None:
    body: Json = {"é\n": 'say "hi" \U0001f600', "empty": {}, "none": []}
    assert json.loads(encoded(body)) == body


def test_an_empty_answer_is_none() -> None:
    assert read(b"  ") is None


@pytest.mark.parametrize(
    "body",
    [
        b'{"a": ',
        b"nonsense",
        b'{"a": NaN}',
        b'{"a": 1e999999999}',
        b'{"a": 0.' + b"1" * 100 + b"}",
        b"[" * 200_000,
        b'"\xff"',
        b"1" * 10_000,
    ],
)
def test_what_cannot_be_read_is_told_without_its_text(body: bytes) -> None:
    with pytest.raises(Misconfigured) as caught:
        read(body)
    assert caught.value.code == "CONNECTWISE_ANSWER_INVALID"
    assert len(str(caught.value)) < 300
    with pytest.raises(Uncertain):
        read(body, safe=False)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"<html><form><input type='password'></form></html>", "CONNECTWISE_LOGIN_PAGE"),
        (b"<!DOCTYPE html><title>Log in</title>", "CONNECTWISE_LOGIN_PAGE"),
        (b"<html><h1>It works!</h1></html>", "CONNECTWISE_NOT_THERE"),
    ],
)
def test_a_web_page_is_told_as_one(body: bytes, code: str) -> None:
    with pytest.raises(ClaryError) as caught:
        read(body)
    assert caught.value.code == code


def test_a_patch_names_its_field_with_one_slash() -> None:
    assert Operation("replace", "/amount", Decimal("1.50")).as_dict() == {
        "op": "replace",
        "path": "/amount",
        "value": Decimal("1.50"),
    }
    assert Operation("remove", "paymentDate").as_dict() == {"op": "remove", "path": "/paymentDate"}


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        ("7", 7),
        (" 0 ", 0),
        ("Mon, 02 Mar 2026 09:30:12 GMT", 12),
        ("Mon, 02 Mar 2026 09:29:00 GMT", 0),
        ("Mon, 02 Mar 2026 09:30:12 -0000", 12),
    ],
)
def test_the_wait_is_as_long_as_the_site_says(stated: str, seconds: int) -> None:
    assert wait_before(1, stated, NOW) == timedelta(seconds=seconds)


def test_without_a_word_the_waits_grow_and_differ() -> None:
    waits = [
        [wait_before(attempt, stated, NOW) for stated in ("", "soon")] for attempt in range(1, 12)
    ]
    for attempt, pair in enumerate(waits):
        least = min(timedelta(milliseconds=500) * 2**attempt, timedelta(seconds=60))
        assert all(least <= wait <= least * 5 / 4 for wait in pair)
    assert len({wait_before(5, "", NOW) for _ in range(200)}) > 1


def test_a_link_gives_only_where_to_go_on() -> None:
    numbered = (
        '<https://evil.example/x?page=2&pageSize=5>; rel="next", <https://a/x?page=9>; rel="last"'
    )
    assert next_place(numbered) == Place(page=2)
    assert next_place("<https://a/x?pagesize=5&pageid=17>; rel=next") == Place(page_id="17")
    assert next_place('<https://a/x?page=9>; rel="last"') is None
    assert next_place("") is None
    assert next_place('<https://a/x?page=soon>; rel="next"') is None


def test_a_full_page_without_a_link_may_have_another_after_it() -> None:
    assert following({}, 5, 5, 3) == Place(page=4)
    assert following({}, 4, 5, 3) is None
    assert following({"link": ""}, 5, 5, 3) is None
