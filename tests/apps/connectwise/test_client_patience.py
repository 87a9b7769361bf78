"""A read is tried again while that may help; a write that may have been done never is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from clary.apps.connectwise.client import Client, Operation
from clary.engine.lease import LEASE_LOST
from clary.kernel.errors import (
    Busy,
    Misconfigured,
    Rejected,
    Uncertain,
    Unreachable,
)
from tests.apps.connectwise.bench import bench
from tests.apps.connectwise.odd_site import (
    CODEBASE,
    Says,
    each_time,
    odd_site,
)

BUSY = Says({"code": "TooManyRequests", "message": "slow down"}, 429, {"retry-after": "7"})


def test_a_busy_site_is_given_the_time_it_asks_for() -> None:
    later = Says(b"", 429, {"retry-after": "Mon, 02 Mar 2026 09:30:20 GMT"})
    with bench(each_time(BUSY, later, Says({"ok": 1}))) as made:
        assert made.client.get("/a") == {"ok": 1}
    assert made.waits == [timedelta(seconds=7), timedelta(seconds=20)]


def test_a_write_that_was_refused_unread_is_sent_again() -> None:
    with bench(each_time(BUSY, Says({"id": 1}, 201))) as made:
        made.client.post("/a", {})
    assert (made.site.calls, made.waits) == (["POST /a", "POST /a"], [timedelta(seconds=7)])


def test_a_wait_longer_than_the_patience_is_not_waited() -> None:
    said = Says(b"", 429, {"retry-after": "3600"})
    with bench(each_time(said)) as made, pytest.raises(Busy) as caught:
        made.client.get("/a")
    assert (made.site.calls, made.waits) == (["GET /a"], [])
    assert "3600" in str(caught.value)


def test_tries_and_waits_come_to_an_end() -> None:
    with bench(each_time(BUSY)) as made, pytest.raises(Busy):
        made.client.get("/a")
    assert len(made.site.calls) == made.client.settings.retries + 1
    assert len(made.waits) == made.client.settings.retries


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_read_is_tried_again_when_the_site_fails(status: int) -> None:
    failing = Says({"message": "query timeout"}, status)
    with bench(each_time(failing, failing, Says({"ok": 1}))) as made:
        assert made.client.get("/a") == {"ok": 1}
    assert len(made.waits) == 2
    with bench(each_time(failing)) as made, pytest.raises(Unreachable) as caught:
        made.client.get("/a")
    assert "query timeout" in str(caught.value)


def test_an_export_only_computes_and_is_tried_again_too() -> None:
    with bench(each_time(Says(b"", 500), Says({"transactions": []}, 201))) as made:
        made.client.post("/finance/accounting/export", {}, safe=True)
    assert len(made.site.calls) == 2


WRITES: dict[str, Callable[[Client], object]] = {
    "post": lambda client: client.post("/a", {}),
    "put": lambda client: client.put("/a", {}),
    "patch": lambda client: client.patch("/a", [Operation("remove", "b")]),
    "delete": lambda client: client.delete("/a"),
}


@pytest.mark.parametrize("write", WRITES)
@pytest.mark.parametrize(
    "said",
    [Says(b"", 500), Says(b"", 504), Says(drop=True), Says(hang=3)],
    ids=["500", "504", "drop", "hang"],
)
def test_a_write_without_an_answer_is_uncertain_and_never_repeated(write: str, said: Says) -> None:
    with bench(each_time(said), timeout="1") as made, pytest.raises(Uncertain) as caught:
        WRITES[write](made.client)
    assert caught.value.code == "CONNECTWISE_OUTCOME_UNKNOWN"
    assert (len(made.site.calls), made.waits) == (1, [])


@pytest.mark.parametrize("said", [Says(drop=True), Says(hang=2)], ids=["drop", "hang"])
def test_a_read_without_an_answer_is_tried_again(said: Says) -> None:
    with bench(each_time(said, Says({"ok": 1})), timeout="1") as made:
        assert made.client.get("/a") == {"ok": 1}
    assert len(made.waits) == 1


def test_a_broken_answer_to_a_write_is_uncertain() -> None:
    with bench(each_time(Says(b'{"id": 1, ', 201))) as made, pytest.raises(Uncertain):
        made.client.post("/a", {})
    with bench(each_time(Says(b'{"id": 1, ', 201))) as made:
        assert made.client.post("/a", {}, answer_wanted=False) is None


def test_a_web_page_is_no_proof_that_a_write_was_done() -> None:
    page = Says(b"<html>Sign in</html>", 200, {"content-type": "text/html"})
    with bench(each_time(page)) as made, pytest.raises(Misconfigured):
        made.client.post("/a", {}, answer_wanted=False)


def test_nobody_at_the_address_is_unreachable_and_was_not_sent() -> None:
    with odd_site() as site:
        settings = site.settings(codebase=CODEBASE)
    waits: list[timedelta] = []
    with Client(settings, pause=waits.append) as client, pytest.raises(Unreachable) as caught:
        client.post("/a", {})
    assert caught.value.code == "CONNECTWISE_UNREACHABLE"
    assert "refused" in str(caught.value).casefold()
    assert len(waits) == settings.retries


def test_an_answer_larger_than_the_bound_is_given_up() -> None:
    with odd_site(each_time(Says(b"[" + b"1," * 1_000_000 + b"1]"))) as site:
        settings = replace(site.settings(), answer_bytes=1024 * 1024)
        with Client(settings) as client:
            with pytest.raises(Rejected) as caught:
                client.get("/a")
            assert caught.value.code == "CONNECTWISE_ANSWER_TOO_LARGE"
            with pytest.raises(Uncertain):
                client.post("/a", {})


def test_each_try_is_allowed_for_anew() -> None:
    """Whoever writes makes sure before each request that nobody else may write meanwhile."""
    held: list[timedelta] = []
    with odd_site(each_time(BUSY, Says({"id": 1}, 201))) as site:
        settings = replace(site.settings(timeout="20"), patience=15)
        with Client(settings, pause=lambda _: None, hold=held.append) as client:
            client.post("/a", {})
        assert site.calls == ["POST /a", "POST /a"]
    # The code base is asked for first; connecting may take ten seconds more.
    assert held == [timedelta(seconds=45)] * 3


@pytest.mark.parametrize("lost_at", [2, 3])
def test_nothing_is_sent_once_somebody_else_may_write(lost_at: int) -> None:
    held: list[timedelta] = []

    def hold(length: timedelta) -> None:
        held.append(length)
        if len(held) == lost_at:
            raise LEASE_LOST.raised(identity="books", owner="another process")

    with odd_site(each_time(BUSY)) as site:
        with (
            Client(site.settings(), pause=lambda _: None, hold=hold) as client,
            pytest.raises(Busy) as caught,
        ):
            client.delete("/a")
        assert caught.value.code == "LEASE_LOST"
        assert site.calls == ["DELETE /a"] * (lost_at - 2)
