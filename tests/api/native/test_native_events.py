"""Runs as server-sent events: followed while they run, replayed, cut off and gone on with."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import insert, select, update
from starlette.responses import StreamingResponse

from clary.api.native.calls import Following
from clary.api.native.streams import MOST_OF_ONE, Streams
from clary.engine.tables import EVENTS, RUNS
from clary.hub.installation import Installation
from clary.kernel.clock import timestamp
from tests.api.native.asking import Native, client
from tests.api.push.served import Served, served

OPERATIONS = "/companies/north/operations"
ENDS_WITHIN = 10


@dataclass
class Event:
    """One event of a stream."""

    id: str
    name: str
    data: Any


def _events(lines: Iterator[str]) -> Iterator[Event]:
    """Yield the events of a stream, as a browser reads them; comments are left out."""
    held: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(": ")
            held[name] = value
        else:
            if "data" in held:
                yield Event(held.get("id", ""), held.get("event", ""), json.loads(held["data"]))
            held = {}


@contextmanager
def _stream(client: Native, run: str, last: str | None = None) -> Iterator[Iterator[Event]]:
    headers = {"Authorization": f"Bearer {client.key}"}
    if last is not None:
        headers["Last-Event-ID"] = last
    url = f"{client.url}/runs/{run}/events"
    with client.http.stream("GET", url, headers=headers) as got:
        assert got.status_code == 200
        assert got.headers["content-type"].startswith("text/event-stream")
        yield _events(got.iter_lines())


def _documents(mark: str, count: int) -> dict[str, Any]:
    documents = [{"id": f"{mark}{number:04}", "name": "x"} for number in range(count)]
    return {"operation": "create", "record_type": "customer", "documents": documents}


def _running(client: Native) -> str:
    """Return the run that runs now."""
    until = time.monotonic() + ENDS_WITHIN
    while time.monotonic() < until:
        for each in client.good("GET", "/runs", limit=1)["items"]:
            if each["state"] == "running":
                return str(each["id"])
        time.sleep(0.02)
    message = "no run began"
    raise AssertionError(message)


def test_a_run_is_followed_while_it_runs_and_gone_on_with_where_it_was_cut_off(
    shop: Native,
) -> None:
    with ThreadPoolExecutor(1) as threads:
        work = threads.submit(shop.good, "POST", OPERATIONS, _documents("E", 400))
        run = _running(shop)
        seen: list[Event] = []
        with _stream(shop, run) as events:
            for event in events:
                seen.append(event)
                break  # hangs up in the middle
        with _stream(shop, run, seen[-1].id) as events:
            seen += list(events)
        assert work.result()["run"]["applied"] == 400
    assert seen[-1].name == "end"
    log = []
    after: dict[str, str] = {}
    while True:
        page = shop.good("GET", f"/runs/{run}/log", limit=500, **after)
        log += page["items"]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert [each.data for each in seen[:-1]] == log
    assert [int(each.id) for each in seen[:-1]] == [each["id"] for each in log]


def test_what_has_ended_is_replayed_and_the_stream_ends(shop: Native) -> None:
    run = shop.good("POST", OPERATIONS, _documents("R", 3))["run"]["id"]
    with _stream(shop, run) as events:
        whole = list(events)
    assert whole[-1].name == "end"
    with _stream(shop, run, whole[0].id) as events:
        assert [each.id for each in events] == [each.id for each in whole[1:]]
    got = shop.ask("GET", f"/runs/{run}/events", after=whole[-2].id)
    assert "event: run" not in got.text
    stated = {"Last-Event-ID": "x"}
    shop.refused(400, "HEADER_UNFIT", "GET", f"/runs/{run}/events", headers=stated)
    shop.refused(404, "RUN_UNKNOWN", "GET", "/runs/run_nobody/events")


def _unended(server: Served, client: Native) -> str:
    """Return a run that never ends."""
    run = client.good("POST", OPERATIONS, _documents(f"U{time.time_ns() % 1000}", 1))["run"]["id"]
    with server.installation.database.write() as write:
        write.execute(update(RUNS).where(RUNS.c.id == run).values(state="running"))
    return str(run)


def test_one_key_has_so_many_streams_and_those_that_hang_up_are_forgotten(
    server: Served,
) -> None:
    many = client(server, "many streams")
    run = _unended(server, many)
    limits = httpx.Limits(max_connections=None)
    many.http.close()
    many.http = httpx.Client(timeout=60, trust_env=False, limits=limits)
    for _ in range(2):
        opened = [_stream(many, run) for _ in range(MOST_OF_ONE)]
        streams = [each.__enter__() for each in opened]
        assert all(next(each).name == "run" for each in streams)
        many.refused(429, "STREAMS_TOO_MANY", "GET", f"/runs/{run}/events")
        for each in opened:
            each.__exit__(None, None, None)
        time.sleep(2.5)  # a stream without events notices at its next look
    many.http.close()


def test_a_stream_ends_with_the_server(tmp_path: Path) -> None:
    seen: list[Event] = []
    began = 0.0
    with served(tmp_path, north="uk") as server:
        shop = client(server, "shop")
        run = _unended(server, shop)
        follower = Native(shop.url, shop.key)

        def follow() -> None:
            with _stream(follower, run) as events:
                seen.extend(events)

        threads = ThreadPoolExecutor(1)
        following = threads.submit(follow)
        while not seen and time.monotonic() < 1e9:
            time.sleep(0.05)
        began = time.monotonic()
        shop.http.close()
    assert time.monotonic() - began < ENDS_WITHIN
    following.result(ENDS_WITHIN)
    threads.shutdown()
    follower.http.close()


def test_heartbeats_show_that_it_lives_and_end_it_once_the_key_is_gone(
    server: Served, shop: Native
) -> None:
    run = _unended(server, shop)
    acting = Installation(server.installation.settings)
    allowed = iter([acting, acting, None])
    with ThreadPoolExecutor(2) as threads:
        streams = Streams(threads, lambda _: next(allowed), heartbeat=0.1)
        text = asyncio.run(_read(streams, run, acting))
    acting.close()
    assert 1 <= text.count(": still here") <= 3
    assert "event: end" not in text


async def _read(streams: Streams, run: str, acting: Installation) -> str:
    response = streams.response(Following(run), acting, "key", {})
    assert isinstance(response, StreamingResponse)
    return "".join([str(part) async for part in response.body_iterator])


def test_a_run_that_is_never_still_ends_as_well_once_the_key_is_gone(
    server: Served, shop: Native
) -> None:
    """The key is looked at by the clock: events that keep coming put no look off."""
    run = _unended(server, shop)
    acting = Installation(server.installation.settings)
    serial = select(RUNS.c.serial).where(RUNS.c.id == run).scalar_subquery()
    news = {"level": "info", "message": "More", "done": 1, "total": 2}
    moment = timestamp(acting.clock.now())
    ended = threading.Event()

    def happens() -> None:
        while not ended.wait(0.05):
            with server.installation.database.write() as write:
                write.execute(insert(EVENTS).values(run=serial, time=moment, **news))

    async def read(streams: Streams) -> str:
        return await asyncio.wait_for(_read(streams, run, acting), ENDS_WITHIN)

    with ThreadPoolExecutor(3) as threads:
        busy = threads.submit(happens)
        try:
            text = asyncio.run(read(Streams(threads, lambda _: None, heartbeat=0.5)))
        finally:
            ended.set()
            busy.result()
    acting.close()
    assert text.count("id: ") > 1
    assert "event: end" not in text


def test_what_has_ended_and_was_seen_whole_is_not_asked_for_for_ever(shop: Native) -> None:
    run = shop.good("POST", OPERATIONS, _documents("W", 3))["run"]["id"]
    with _stream(shop, run) as events:
        whole = list(events)
    assert whole[-1].id == whole[-2].id
    path = f"/runs/{run}/events"
    for last in (whole[-1].id, str(int(whole[-1].id) + 5)):
        got = shop.ask("GET", path, headers={"Last-Event-ID": last})
        assert (got.status_code, got.content) == (204, b"")
    before = shop.ask("GET", path, headers={"Last-Event-ID": whole[0].id})
    assert before.status_code == 200


@pytest.mark.parametrize("path", ["/runs/{run}", "/runs/{run}/events", "/runs/{run}/log"])
def test_runs_of_a_company_that_may_not_be_seen_are_not_there(
    server: Served, shop: Native, path: str
) -> None:
    run = shop.good("POST", OPERATIONS, _documents(f"H{len(path)}", 1))["run"]["id"]
    foreign = client(server, f"foreign {len(path)}", companies=("south",))
    foreign.refused(404, "RUN_UNKNOWN", "GET", path.format(run=run))
    assert foreign.good("GET", "/runs")["items"] == []
    foreign.http.close()
