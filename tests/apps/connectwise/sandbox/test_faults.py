"""Each misbehaviour does what it says, as often as it was asked for, where it was asked for."""

from __future__ import annotations

import time

import httpx
import pytest

from tests.apps.connectwise.sandbox.caller import BASE, Caller, record_ids
from tests.sites import Site

BATCHES = "finance/accounting/batches"


def test_too_many_requests_say_when_to_come_again(fresh: Site, ask: Caller) -> None:
    fresh.fault("too-many-requests", times=2, seconds=7)
    told = [ask("GET", "system/info") for _ in range(3)]
    assert [each.status for each in told] == [429, 429, 200]
    assert told[0].headers["retry-after"] == "7"
    assert set(told[0].json) == {"code", "message", "errors"}


@pytest.mark.parametrize(
    ("kind", "status", "done"),
    [
        ("error-before", 500, False),
        ("error-after", 500, True),
        ("hang-before", 504, False),
        ("hang-after", 504, True),
        ("malformed", 201, True),
        ("web-page", 200, False),
        ("login-page", 302, False),
        ("slow", 201, True),
    ],
)
def test_the_work_is_done_or_not(
    kind: str, status: int, fresh: Site, ask: Caller, *, done: bool
) -> None:
    ids = record_ids(ask.export())["10001"]
    fresh.fault(kind, method="POST", path=BATCHES, seconds=0)
    assert ask.get(f"{BATCHES}/count") == {"count": 0}
    told = ask.batch("one", ids)
    assert told.status == status
    assert ask.get(f"{BATCHES}/count") == {"count": int(done)}
    if kind == "malformed":
        with pytest.raises(ValueError, match="Expecting"):
            _ = told.json
    if kind == "login-page":
        page = httpx.get(fresh.url + told.headers["location"])
        assert "text/html" in page.headers["content-type"]
    if kind == "web-page":
        assert told.text.startswith("<!DOCTYPE html>")


def test_a_connection_is_dropped_after_the_work(fresh: Site, ask: Caller) -> None:
    ids = record_ids(ask.export())["10001"]
    fresh.fault("drop-after", method="POST")
    with pytest.raises(httpx.RemoteProtocolError):
        ask.batch("one", ids)
    assert ask.get(f"{BATCHES}/count") == {"count": 1}


@pytest.mark.parametrize("kind", ["slow", "hang-before", "hang-after"])
def test_waiting_takes_as_long_as_it_says(kind: str, fresh: Site) -> None:
    fresh.fault(kind, seconds=2)
    with pytest.raises(httpx.ReadTimeout), httpx.Client(timeout=0.3) as client:
        client.get(fresh.url + BASE + "system/info")
    begun = time.monotonic()
    fresh.fault(kind, seconds=1)
    httpx.get(fresh.url + BASE + "system/info")
    assert time.monotonic() - begun >= 1


def test_a_site_that_hangs_still_ends_at_once(fresh: Site) -> None:
    fresh.fault("hang-before", seconds=3000)
    with pytest.raises(httpx.ReadTimeout), httpx.Client(timeout=0.3) as client:
        client.get(fresh.url + BASE + "system/info")
    fresh.process.terminate()
    assert fresh.process.wait(10) == 0


def test_faults_are_listed_and_ended(fresh: Site, ask: Caller) -> None:
    fresh.fault("error-before", times=5, path="finance/invoices")
    assert ask("GET", "system/info").status == 200
    assert ask("GET", "finance/invoices").status == 500
    assert httpx.get(f"{fresh.url}/sandbox/faults").json() == [
        {"kind": "error-before", "times": 4, "method": "", "path": "finance/invoices", "seconds": 1}
    ]
    fresh.clear_faults()
    assert ask("GET", "finance/invoices").status == 200


@pytest.mark.parametrize(
    "wrong", [{"kind": "no-such"}, {"kind": "slow", "times": -1}, {"kind": "slow", "seconds": "x"}]
)
def test_an_unknown_fault_is_refused(wrong: dict[str, object], fresh: Site) -> None:
    told = httpx.post(f"{fresh.url}/sandbox/faults", json=wrong)
    assert told.status_code == 400


def test_the_screen_tells_what_there_is(fresh: Site) -> None:
    told = httpx.get(f"{fresh.url}/sandbox").json()
    assert {"unbatch", "close-batch", "receive-line"} <= {act["name"] for act in told["acts"]}
    assert {"hang-after", "malformed"} <= {fault["kind"] for fault in told["faults"]}
    assert httpx.post(f"{fresh.url}/sandbox/acts/no-such", json={}).status_code == 404
